"""Answers about one Algorand transaction, turned into evidence.

Knows: payments, asset transfers, closing, clawback, inner transactions, notes, groups, rekeying.
Must not know: HTTP.

A transaction in a block succeeded: what fails never gets there, and a block is never undone. Who
paid whom is covered by the transaction's id, which is recomputed here; what closing gave and what
an application moved inside are the node's word.
"""

from __future__ import annotations

import base64
import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from recovery.assets import token_asset
from recovery.chains import shape
from recovery.chains.algorand.answer import (
    Move,
    Txn,
    party_of,
    read_bytes,
    read_count,
    read_id,
    read_indexed,
    read_pooled,
    text_of,
)
from recovery.chains.algorand.txid import compute_id
from recovery.chains.family import RawTx
from recovery.chains.shape import Json, garbled, read_object, read_text
from recovery.model import (
    Block,
    Evidence,
    Gap,
    Memo,
    MemoKind,
    Note,
    Transfer,
    TransferKind,
    TxFee,
    TxStatus,
)
from recovery.networks import Network

_MOVES_NOTHING = {
    "acfg": "an asset was made, changed or destroyed",
    "afrz": "an asset was frozen or thawed in somebody's account",
    "appl": "an application was called",
    "keyreg": "keys for the consensus were registered",
    "stpf": "a state proof was put into the chain",
    "hb": "an account proved that it is online",
}
"""Types that pay nobody by themselves (an application may, by inner transactions)."""


@dataclass(frozen=True, slots=True)
class Asset:
    """What an asset says of itself: for display, and whether it is one single thing."""

    symbol: str | None
    name: str | None
    decimals: int
    total: int
    freezable: bool
    revocable: bool

    @property
    def is_single(self) -> bool:
        """ARC-3's pure NFT: one unit that can't be divided."""
        return self.total == 1 and self.decimals == 0


def decode(network: Network, raw: RawTx) -> Evidence:
    """Evidence of one transaction; raises `Garbled`."""
    if raw.api == "algod":
        return _decode_pooled(network, raw)
    return _decode_indexed(network, raw)


def _decode_indexed(network: Network, raw: RawTx) -> Evidence:
    answer = read_object(raw.answers["tx"], "the answer")
    tx = read_object(answer.get("transaction"), "transaction")
    txn = read_indexed(network, tx)
    if read_id(tx.get("id"), "id") != raw.tx_hash:
        raise garbled("it is another transaction")
    _check_id(network, txn, raw.tx_hash)
    height = read_count(tx.get("confirmed-round"), "confirmed-round")
    head = read_count(answer.get("current-round"), "current-round")
    if not 0 < height <= head:
        raise garbled("the transaction's round is not below the newest")
    block = Block(height, _next_block_names(raw), read_moment(tx.get("round-time"), "round-time"))
    return _confirmed(network, raw, txn, block, head)


def _next_block_names(raw: RawTx) -> str:
    """The block's hash stands in the next block only; the newest one's is not known yet."""
    after = raw.answers.get("next")
    if after is None:
        return ""
    data = read_bytes(after.get("previous-block-hash"), "previous-block-hash", size=32)
    return base64.b32encode(data).decode("ascii").rstrip("=")


def _decode_pooled(network: Network, raw: RawTx) -> Evidence:
    answer = read_object(raw.answers["tx"], "the answer")
    txn = read_pooled(network, answer)
    _check_id(network, txn, raw.tx_hash)
    head = read_count(read_object(raw.answers["status"], "status").get("last-round"), "last-round")
    error = read_text(answer.get("pool-error"), "pool-error")
    height = read_count(answer.get("confirmed-round", 0), "confirmed-round")
    if not height:
        return _unconfirmed(network, raw, txn, head=head, error=error)
    if error or height > head:
        raise garbled("in a block, and yet refused or above the newest round")
    header = read_object(read_object(raw.answers["block"], "the block").get("block"), "block")
    if read_count(header.get("rnd"), "rnd") != height:
        raise garbled("it is another block")
    named = read_id(read_object(raw.answers["hash"], "blockHash").get("blockHash"), "blockHash")
    block = Block(height, named, read_moment(header.get("ts"), "ts"))
    return _confirmed(network, raw, txn, block, head)


def _unconfirmed(network: Network, raw: RawTx, txn: Txn, *, head: int, error: str) -> Evidence:
    """In the pool, or thrown out of it: gone for good only when its last round is over."""
    gone = bool(error) and head > txn.last
    notes = [Note("last_valid_round", f"no round after {txn.last} can take it")]
    if error and not gone:
        text = f"this node refused it; the sender may send it again up to round {txn.last}: {error}"
        notes.append(Note("pool_rejected", text))
    transfers = Telling(network, raw, txn).transfers()
    if gone:
        transfers = tuple(dataclasses.replace(t, succeeded=False) for t in transfers)
    return Evidence(
        network=network.code,
        chain=network.chain,
        tx_hash=raw.tx_hash,
        status=TxStatus.FAILED if gone else TxStatus.PENDING,
        block=None,
        confirmations=0,
        required_confirmations=network.finality.confirmations,
        final=False,
        fee=None,
        transfers=transfers,
        notes=tuple(notes),
        failure=error[:300] if gone else None,
    )


def _confirmed(network: Network, raw: RawTx, txn: Txn, block: Block, head: int) -> Evidence:
    told = Telling(network, raw, txn)
    transfers = told.transfers()
    if raw.api == "algod":
        told.doubt_untold_closing(txn)
    depth = head - block.height + 1
    needed = network.finality.confirmations or 1
    return Evidence(
        network=network.code,
        chain=network.chain,
        tx_hash=raw.tx_hash,
        status=TxStatus.CONFIRMED,
        block=block,
        confirmations=depth,
        required_confirmations=needed,
        final=depth >= needed,
        fee=TxFee(network.native_asset, txn.fee, text_of(network, txn.sender)),
        transfers=transfers,
        notes=(*told.describe(), *told.notes),
        gaps=frozenset(told.gaps),
    )


def _check_id(network: Network, txn: Txn, tx_hash: str) -> None:
    """Refuse fields that are not those of the id; a type or field of later days can't be written."""
    wanted = network.parameters["genesis_hash"]
    if txn.genesis_hash and base64.b64encode(txn.genesis_hash).decode() != wanted:
        raise garbled("the transaction belongs to another chain")
    if txn.move is None or txn.odd:
        return
    computed = compute_id(txn)
    if computed != tx_hash:
        raise garbled(f"the fields given have the id {computed}, not {tx_hash}")


def read_moment(value: Any, what: str) -> datetime:
    """Seconds since 1970; the chain began in 2019."""
    return shape.read_moment(value, what, since=1_500_000_000, until=5_000_000_000)


class Telling:
    """One transaction on the way to its transfers; notes and gaps gather on the way."""

    def __init__(self, network: Network, raw: RawTx, txn: Txn) -> None:
        self.network = network
        self.txn = txn
        self.assets: Mapping[str, Json] = read_object(raw.answers.get("assets", {}), "assets")
        self.notes: list[Note] = []
        self.gaps: set[Gap] = set()

    def transfers(self) -> tuple[Transfer, ...]:
        found = [*self._own(self.txn, "")]
        inner = [*self._inner(self.txn, "inner:")]
        paid = {t.recipient for t in inner if t.amount}
        if len(paid) > 1:
            inner = [dataclasses.replace(t, batched=True) for t in inner]
        return tuple(dataclasses.replace(t, index=i) for i, t in enumerate([*found, *inner]))

    def describe(self) -> Iterator[Note]:
        """What stands around the payment: its group, other keys, rewards, types without payment."""
        txn = self.txn
        if txn.kind in _MOVES_NOTHING:
            yield Note(f"type_{txn.kind}", _MOVES_NOTHING[txn.kind])
        if txn.group:
            named = base64.b64encode(txn.group).decode()
            text = f"one of the transactions of the group {named}, which all succeeded"
            yield Note("group", text + (", and another paid its fee" if not txn.fee else ""))
        if txn.signer is not None:
            signer = text_of(self.network, txn.signer)
            yield Note("signed_by_other_key", f"the sender's account is controlled by {signer}")
        yield from self._rekeyed(txn)
        if txn.odd and txn.move is not None:
            yield Note("id_not_recomputed", "it has fields that this desk does not know")

    def doubt_untold_closing(self, txn: Txn) -> None:
        """Algod leaves a closing amount of zero out: one it did not tell may be either."""
        if txn.move is not None and txn.move.close_to is not None and not txn.move.rest:
            self.gaps.add(Gap.AMOUNT)
            text = "algod does not tell what closing gave; an indexer does"
            self.notes.append(Note("closing_amount_untold", text))
        for inner in txn.inner:
            self.doubt_untold_closing(inner)

    def _rekeyed(self, txn: Txn) -> Iterator[Note]:
        if txn.rekey_to is not None:
            account, key = (text_of(self.network, k) for k in (txn.sender, txn.rekey_to))
            yield Note("rekeyed", f"from now on {account} is controlled by {key}")
        for inner in txn.inner:
            yield from self._rekeyed(inner)

    def _inner(self, txn: Txn, path: str) -> Iterator[Transfer]:
        for number, inner in enumerate(txn.inner):
            place = f"{path}{number}"
            for transfer in self._own(inner, f"{place}:"):
                single = transfer.kind is TransferKind.NFT
                kind = TransferKind.NFT if single else TransferKind.INTERNAL
                yield dataclasses.replace(transfer, kind=kind)
            yield from self._inner(inner, f"{place}.")

    def _own(self, txn: Txn, prefix: str) -> Iterator[Transfer]:
        """What one transaction moved by itself: its amount, and what closing gave."""
        for account, amount in txn.rewards:
            text = f"{amount} microAlgo of rewards went to {text_of(self.network, account)}: "
            self.notes.append(
                Note("participation_reward", text + "interest on its own balance, from no sender")
            )
        move = txn.move
        if move is None:
            if txn.kind not in _MOVES_NOTHING:
                self.gaps |= {Gap.AMOUNT, Gap.INTERNAL_TRANSFERS}  # anybody may have been paid
                text = f"a transaction of the type {txn.kind!r}, which this desk does not know"
                self.notes.append(Note("unread_transaction_type", text))
            return
        place = "native" if move.asset is None else "token"
        source = move.victim or txn.sender
        if move.victim is not None:
            authority = text_of(self.network, txn.sender)
            text = f"the asset's clawback {authority} took it; the account did not send it"
            self.notes.append(Note("clawback", text))
        opted_in = (
            move.asset is not None
            and move.amount == 0
            and move.receiver == source
            and move.close_to is None
        )
        special = "clawback" if move.victim is not None else None
        paid = self._transfer(txn, move, source, move.receiver, move.amount)
        yield dataclasses.replace(
            paid,
            position=_position(prefix, place),
            type="opt_in" if opted_in else special,
            special=special is not None,
        )
        if move.close_to is not None:
            rest = self._transfer(txn, move, source, move.close_to, move.rest)
            yield dataclasses.replace(
                rest,
                position=_position(prefix, "close"),
                type="close_remainder_to",
                special=True,
            )

    def _transfer(
        self, txn: Txn, move: Move, source: bytes, recipient: bytes, amount: int
    ) -> Transfer:
        asset = None if move.asset is None else self._asset(move.asset)
        kind = TransferKind.NATIVE if move.asset is None else TransferKind.TOKEN
        if asset is not None and asset.is_single:
            kind = TransferKind.NFT
        native = move.asset is None
        return Transfer(
            index=0,
            position="",
            kind=kind,
            asset=self.network.native_asset
            if native
            else token_asset(self.network, "asa", str(move.asset)),
            amount=amount,
            senders=(party_of(self.network, source),),
            recipient=party_of(self.network, recipient),
            memo=read_note(txn.note),
            symbol=self.network.symbol if native else asset.symbol if asset else None,
            decimals=self.network.decimals if native else asset.decimals if asset else None,
            standard=None if native else "asa",
            name=asset.name if asset else None,
        )

    def _asset(self, number: int) -> Asset | None:
        """What the node told of an asset; None where it is destroyed and nobody knows it any more."""
        if str(number) not in self.assets:
            return None
        asset = read_asset(self.assets[str(number)], number)
        powers = [
            word
            for held, word in ((asset.freezable, "freeze"), (asset.revocable, "take back"))
            if held
        ]
        if powers:
            text = f"the issuer of the asset {number} may {' and '.join(powers)} what others hold"
            note = Note("asset_controlled", text)
            if note not in self.notes:
                self.notes.append(note)
        return asset


def _position(prefix: str, place: str) -> str:
    """``native`` ``token`` ``close``; of inner ones ``inner:0`` and ``inner:0:close``."""
    if not prefix:
        return place
    return prefix + place if place == "close" else prefix.rstrip(":")


def read_asset(value: Any, number: int) -> Asset:
    """``GET /v2/assets/ID`` of either API; the indexer wraps it in ``asset``."""
    answer = read_object(value, "the asset")
    inside = read_object(answer.get("asset", answer), "asset")
    if read_count(inside.get("index"), "index") != number:
        raise garbled("it is another asset")
    params = read_object(inside.get("params"), "params")
    decimals = read_count(params.get("decimals"), "decimals")
    if decimals > 19:
        raise garbled("an asset has at most 19 decimals")
    return Asset(
        symbol=_shown(params, "unit-name"),
        name=_shown(params, "name"),
        decimals=decimals,
        total=read_count(params.get("total"), "total"),
        freezable=bool(_shown(params, "freeze")),
        revocable=bool(_shown(params, "clawback")),
    )


def _shown(params: Json, name: str) -> str | None:
    """A text that may be left out; a name that is no text has only its ``-b64`` form."""
    return read_text(params.get(name, ""), name) or None


def read_note(note: bytes) -> Memo | None:
    """The note as text where it is one, else as bytes; an empty one is none."""
    if not note:
        return None
    try:
        text = note.decode("utf-8")
    except UnicodeDecodeError:
        return Memo(MemoKind.BINARY, note.hex())
    if all(c.isprintable() or c in "\t\r\n" for c in text):
        return Memo(MemoKind.TEXT, text)
    return Memo(MemoKind.BINARY, note.hex())


__all__ = ["decode", "read_asset", "read_moment", "read_note"]
