"""One transaction as the indexer or algod writes it, read strictly into one form.

Knows: the indexer's names (``payment-transaction``), the wire's names in algod's answers
(``txn.txn.rcv``), which keys both leave out where they are zero. Must not know: what a transaction
means for anybody. Everything that does not have the protocol's shape raises `Garbled`.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from typing import Any

from recovery.chains.algorand.codec import format_address, parse_address
from recovery.chains.shape import Json, garbled, read_list, read_object, read_text
from recovery.errors import BadInput
from recovery.model import AddressKey, Party
from recovery.networks import Network

MOST = 2**64 - 1
DEEPEST = 10
"""Inner transactions nest up to eight applications deep; more is no honest answer."""

NOBODY = bytes(32)
"""The zero address: keyless, and left out of a transaction's bytes."""


def read_count(value: Any, what: str) -> int:
    """A number of 64 bits: amounts, rounds, ids."""
    if type(value) is not int or not 0 <= value <= MOST:
        raise garbled(f"{what} is no number of 64 bits")
    return value


def read_bytes(value: Any, what: str, *, size: int | None = None) -> bytes:
    try:
        data = base64.b64decode(read_text(value, what), validate=True)
    except binascii.Error:
        raise garbled(f"{what} is no base64") from None
    if size is not None and len(data) != size:
        raise garbled(f"{what} has not {size} bytes")
    return data


def read_key(network: Network, value: Any, what: str) -> bytes:
    """The 32 bytes of an address, its checksum verified."""
    try:
        return parse_address(network, read_text(value, what)).key.payload
    except BadInput as wrong:
        raise garbled(f"{what}: {wrong.text}") from None


def party_of(network: Network, key: bytes) -> Party:
    owner = AddressKey("ed25519", key)
    return Party(format_address(network, owner), owner)


def text_of(network: Network, key: bytes) -> str:
    return str(format_address(network, AddressKey("ed25519", key)))


@dataclass(frozen=True, slots=True)
class Move:
    """What a ``pay`` (``asset`` is None) or ``axfer`` moved.

    ``victim`` is the account a clawback took from. ``rest`` is what ``close_to`` got beside the amount.
    """

    asset: int | None
    receiver: bytes
    amount: int
    close_to: bytes | None
    rest: int
    victim: bytes | None = None


@dataclass(frozen=True, slots=True)
class Txn:
    """One transaction, or an inner one. ``rewards`` are participation rewards by account.

    ``odd`` is True where it has fields this module does not know, so that its id can't be
    recomputed.
    """

    kind: str
    sender: bytes
    fee: int
    first: int
    last: int
    note: bytes
    group: bytes
    lease: bytes
    genesis_id: str
    genesis_hash: bytes
    rekey_to: bytes | None
    move: Move | None
    rewards: tuple[tuple[bytes, int], ...]
    inner: tuple[Txn, ...]
    odd: bool
    signer: bytes | None = None


_INDEXER_KNOWN = frozenset(
    {
        "id", "tx-type", "sender", "fee", "first-valid", "last-valid", "note", "group", "lease",
        "genesis-id", "genesis-hash", "rekey-to", "payment-transaction", "asset-transfer-transaction",
        "confirmed-round", "round-time", "intra-round-offset", "signature", "auth-addr",
        "close-rewards", "closing-amount", "receiver-rewards", "sender-rewards", "inner-txns", "logs",
        "created-asset-index", "created-application-index", "global-state-delta", "local-state-delta",
        "parent-transaction-id", "inner-transaction-offset",
    }
)  # fmt: skip
_PAY_KNOWN = frozenset({"receiver", "amount", "close-amount", "close-remainder-to"})
_AXFER_KNOWN = frozenset({"asset-id", "receiver", "amount", "close-amount", "close-to", "sender"})
_WIRE_KNOWN = frozenset(
    {
        "type", "snd", "fee", "fv", "lv", "note", "grp", "lx", "gen", "gh", "rekey",
        "rcv", "amt", "close", "xaid", "arcv", "aamt", "aclose", "asnd",
    }
)  # fmt: skip


def read_indexed(network: Network, value: Any, *, depth: int = 0) -> Txn:
    """A transaction as the indexer writes it; inner ones lack an id."""
    tx = read_object(value, "the transaction")
    if depth > DEEPEST:
        raise garbled("inner transactions nest too deep")
    kind = read_text(tx.get("tx-type"), "tx-type")
    sender = read_key(network, tx.get("sender"), "sender")
    move, odd = None, not _INDEXER_KNOWN.issuperset(tx)
    if kind == "pay":
        part = read_object(tx.get("payment-transaction"), "payment-transaction")
        odd = odd or not _PAY_KNOWN.issuperset(part)
        move = _move(network, part, close="close-remainder-to", asset=None)
        if move.rest != read_count(tx.get("closing-amount", move.rest), "closing-amount"):
            raise garbled("closing-amount and close-amount differ")
    elif kind == "axfer":
        part = read_object(tx.get("asset-transfer-transaction"), "asset-transfer-transaction")
        odd = odd or not _AXFER_KNOWN.issuperset(part)
        asset = read_count(part.get("asset-id"), "asset-id")
        move = _move(network, part, close="close-to", asset=asset)
    return Txn(
        kind=kind,
        sender=sender,
        fee=read_count(tx.get("fee"), "fee"),
        first=read_count(tx.get("first-valid"), "first-valid"),
        last=read_count(tx.get("last-valid"), "last-valid"),
        note=read_bytes(tx.get("note", ""), "note"),
        group=_hash(tx, "group"),
        lease=_hash(tx, "lease"),
        genesis_id=read_text(tx.get("genesis-id", ""), "genesis-id"),
        genesis_hash=_hash(tx, "genesis-hash"),
        rekey_to=_optional_key(network, tx, "rekey-to"),
        move=move,
        rewards=_rewards(tx, sender, move),
        inner=tuple(
            read_indexed(network, inner, depth=depth + 1)
            for inner in read_list(tx.get("inner-txns", []), "inner-txns")
        ),
        odd=odd,
        signer=_optional_key(network, tx, "auth-addr"),
    )


def _move(network: Network, part: Json, *, close: str, asset: int | None) -> Move:
    close_to = _optional_key(network, part, close)
    rest = read_count(part.get("close-amount", None if close_to else 0), "close-amount")
    if rest and close_to is None:
        raise garbled("a closing amount that nobody got")
    return Move(
        asset=asset,
        receiver=read_key(network, part.get("receiver"), "receiver"),
        amount=read_count(part.get("amount"), "amount"),
        close_to=close_to,
        rest=rest,
        victim=None if asset is None else _optional_key(network, part, "sender"),
    )


def _hash(tx: Json, name: str) -> bytes:
    """32 bytes, or none where the field is left out."""
    return b"" if name not in tx else read_bytes(tx[name], name, size=32)


def _optional_key(network: Network, part: Json, name: str) -> bytes | None:
    """An address; a field that is left out and the zero address are the same."""
    key = read_key(network, part[name], name) if name in part else NOBODY
    return None if key == NOBODY else key


def _rewards(tx: Json, sender: bytes, move: Move | None) -> tuple[tuple[bytes, int], ...]:
    """Interest that touching an account paid out, by the protocol, up to 2022."""
    found = [(sender, read_count(tx.get("sender-rewards", 0), "sender-rewards"))]
    if move is not None:
        found.append((move.receiver, read_count(tx.get("receiver-rewards", 0), "receiver-rewards")))
        if move.close_to is not None:
            paid = read_count(tx.get("close-rewards", 0), "close-rewards")
            found.append((move.close_to, paid))
    return tuple((key, amount) for key, amount in found if amount)


def read_pooled(network: Network, value: Any, *, depth: int = 0) -> Txn:
    """A transaction as algod's ``pending`` answer holds it: wire names, results beside them."""
    answer = read_object(value, "the answer")
    if depth > DEEPEST:
        raise garbled("inner transactions nest too deep")
    signed = read_object(answer.get("txn"), "txn")
    tx = read_object(signed.get("txn"), "txn.txn")
    kind = read_text(tx.get("type"), "type")
    sender = read_key(network, tx.get("snd"), "snd")
    move = None
    if kind == "pay":
        close_to = _optional_key(network, tx, "close")
        move = Move(
            asset=None,
            receiver=read_key(network, tx["rcv"], "rcv") if "rcv" in tx else NOBODY,
            amount=read_count(tx.get("amt", 0), "amt"),
            close_to=close_to,
            rest=_rest(answer, "closing-amount", close_to),
        )
    elif kind == "axfer":
        close_to = _optional_key(network, tx, "aclose")
        move = Move(
            asset=read_count(tx.get("xaid", 0), "xaid"),
            receiver=read_key(network, tx["arcv"], "arcv") if "arcv" in tx else NOBODY,
            amount=read_count(tx.get("aamt", 0), "aamt"),
            close_to=close_to,
            rest=_rest(answer, "asset-closing-amount", close_to),
            victim=_optional_key(network, tx, "asnd"),
        )
    return Txn(
        kind=kind,
        sender=sender,
        fee=read_count(tx.get("fee", 0), "fee"),
        first=read_count(tx.get("fv", 0), "fv"),
        last=read_count(tx.get("lv"), "lv"),
        note=read_bytes(tx.get("note", ""), "note"),
        group=_hash(tx, "grp"),
        lease=_hash(tx, "lx"),
        genesis_id=read_text(tx.get("gen", ""), "gen"),
        genesis_hash=_hash(tx, "gh"),
        rekey_to=_optional_key(network, tx, "rekey"),
        move=move,
        rewards=_rewards(answer, sender, move),
        inner=tuple(
            read_pooled(network, inner, depth=depth + 1)
            for inner in read_list(answer.get("inner-txns", []), "inner-txns")
        ),
        odd=not _WIRE_KNOWN.issuperset(tx),
        signer=_optional_key(network, signed, "sgnr"),
    )


def _rest(answer: Json, name: str, close_to: bytes | None) -> int:
    """What closing gave, told beside the transaction once it is in a block, left out where zero."""
    rest = read_count(answer.get(name, 0), name)
    if rest and close_to is None:
        raise garbled("a closing amount that nobody got")
    return rest


def read_asset_ids(network: Network, txn: Txn) -> tuple[int, ...]:
    """The assets a transaction and its inner ones moved, each once, in order."""
    found: dict[int, None] = {}
    if txn.move is not None and txn.move.asset is not None:
        found[txn.move.asset] = None
    for inner in txn.inner:
        found.update(dict.fromkeys(read_asset_ids(network, inner)))
    return tuple(found)


def read_id(value: Any, what: str) -> str:
    """A hash in base32: a transaction's id, or algod's block hash."""
    text = read_text(value, what)
    if not re.fullmatch(r"[A-Z2-7]{52}", text):
        raise garbled(f"{what} is no hash in base32")
    return text


__all__ = [
    "NOBODY", "Json", "Move", "Txn", "garbled", "party_of", "read_asset_ids", "read_bytes", "read_count",
    "read_id", "read_indexed", "read_key", "read_list", "read_object", "read_pooled", "read_text", "text_of",
]  # fmt: skip
