"""From a node's answers to evidence, for the Cosmos Hub.

Knows: how the signed bytes, the result and the block make status, fee, memo and transfers, from
either API. Must not know: how the answers were asked for; whose addresses these are.

A committed block is final at once. What was signed comes from the bytes; what happened comes from the
events of a transaction whose code is 0, and from nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from recovery.chains.cosmos import signed
from recovery.chains.cosmos.events import Events, read_events
from recovery.chains.cosmos.moves import Move, asset_of, party_of, read_message
from recovery.chains.cosmos.signed import Message, Signed, parse_signed, read_base64
from recovery.chains.family import RawTx
from recovery.chains.shape import find_lock_end, garbled, read_object, read_text
from recovery.errors import Garbled
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


def decode(network: Network, raw: RawTx) -> Evidence:
    """Evidence of one transaction; raises `Garbled` where the answers have not their shape."""
    try:
        return _Decoder(network, raw).evidence()
    except Garbled as wrong:
        text = f"{network.code} {raw.source}: {raw.tx_hash}: {wrong.text}"
        raise Garbled(wrong.reference, text) from None


def read_count(value: Any, what: str) -> int:
    """Both APIs write 64-bit numbers as texts."""
    if not isinstance(value, str) or not re.fullmatch(r"[0-9]{1,19}", value):
        raise garbled(f"{what} is no number: {value!r:.80}")
    return int(value)


def parse_moment(value: Any) -> datetime:
    """RFC 3339 with up to nine digits of seconds; the last three are below what is kept."""
    found = re.fullmatch(
        r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z",
        value if isinstance(value, str) else "",
    )
    if found is None:
        raise garbled(f"a time that can't be read: {value!r:.80}")
    try:
        moment = datetime.fromisoformat(found[1]).replace(tzinfo=UTC)
    except ValueError:
        raise garbled(f"a time that can't be: {value!r:.80}") from None
    return moment.replace(microsecond=int((found[2] or "0").ljust(9, "0")[:6]))


@dataclass(slots=True)
class _Shown:
    """A movement with its place: ``message`` and its count within that message."""

    message: int
    place: int
    move: Move
    succeeded: bool = True
    unlock_at: datetime | None = field(default=None)

    @property
    def position(self) -> str:
        return f"msg:{self.message}" + (f".{self.place}" if self.place else "")


class _Decoder:
    def __init__(self, network: Network, raw: RawTx) -> None:
        self.network = network
        self.answers: Mapping[str, Any] = raw.answers
        self.tx_hash = raw.tx_hash
        self.notes: list[Note] = []
        self.gaps: set[Gap] = set()
        bytes_ = read_base64(raw.answers.get("bytes"), "the transaction")
        self.signed: Signed = parse_signed(bytes_, raw.tx_hash)

    def evidence(self) -> Evidence:
        answer = self.answers.get("result")
        if answer is None:
            return self._pending()
        result = read_object(answer, "the result")
        block = self._block()
        code = result.get("code")
        if not isinstance(code, int) or isinstance(code, bool) or code < 0:
            raise garbled(f"the result has no code: {code!r:.40}")
        events = read_events(result, messages=len(self.signed.messages), succeeded=not code)
        shown = self._failed() if code else self._happened(events)
        failure = _failure(result, code) if code else self._refusal(shown)
        head = read_count(read_object(self.answers.get("head"), "the head").get("height"), "head")
        depth = max(head - block.height + 1, 1)
        wanted = self.network.finality.confirmations or 1
        return Evidence(
            network=self.network.code,
            chain=self.network.chain,
            tx_hash=self.tx_hash,
            status=TxStatus.CONFIRMED if failure is None else TxStatus.FAILED,
            block=block,
            confirmations=depth,
            required_confirmations=wanted,
            final=depth >= wanted,
            fee=self._fee(events, failed=bool(code)),
            transfers=self._transfers(shown),
            notes=tuple(dict.fromkeys(self.notes)),
            gaps=frozenset(self.gaps),
            failure=failure,
        )

    def _pending(self) -> Evidence:
        return Evidence(
            network=self.network.code,
            chain=self.network.chain,
            tx_hash=self.tx_hash,
            status=TxStatus.PENDING,
            block=None,
            confirmations=0,
            required_confirmations=self.network.finality.confirmations,
            final=False,
            fee=None,
            transfers=self._transfers(self._asked(succeeded=True)),
            notes=tuple(self.notes),
        )

    def _block(self) -> Block:
        answer = read_object(self.answers.get("block"), "the block")
        if answer.get("chain_id") != self.network.parameters["chain_id"]:
            raise garbled("the block is of another chain")
        block_hash = read_text(answer.get("hash"), "the block's hash")
        if not re.fullmatch(r"[0-9A-F]{64}", block_hash):
            raise garbled(f"the block's hash is none: {block_hash!r:.80}")
        height = read_count(answer.get("height"), "the block's height")
        return Block(height, block_hash, parse_moment(answer.get("time")))

    def _happened(self, events: Events) -> list[_Shown]:
        """What the messages moved. A successful transaction always leaves events."""
        if not events.outside and not any(events.messages):
            raise garbled("a successful transaction without events")
        shown = []
        for index, (message, group) in enumerate(
            zip(self.signed.messages, events.messages, strict=True)
        ):
            if not group and message.type in (signed.SEND, signed.MULTI_SEND):
                raise garbled("a payment succeeded without its events")
            read = read_message(self.network, message, group)
            self.notes += read.notes
            if read.unsure:
                # Value may have moved that these events do not prove: neither yes nor no.
                self.gaps.add(Gap.INTERNAL_TRANSFERS)
            lock = self._lock_end(message)
            moves = [(m, True) for m in read.moves] + [(m, False) for m in read.refused]
            for place, (move, done) in enumerate(moves):
                shown.append(_Shown(index, place, move, done, lock))
        return shown

    def _lock_end(self, message: Message) -> datetime | None:
        end = signed.read_lock_end(message)
        if end is None:
            return None
        if end <= 0:
            raise garbled(f"a vesting end that can't be: {end}")
        return find_lock_end(end)

    def _asked(self, *, succeeded: bool) -> list[_Shown]:
        """What the messages ask the bank for: of a pending or failed transaction there is no more."""
        shown = []
        for index, message in enumerate(self.signed.messages):
            place = 0
            for asked in signed.find_asked(message):
                payer = party_of(self.network.code, asked.sender) if asked.sender else None
                recipient = party_of(self.network.code, asked.recipient)
                for coin in asked.coins:
                    asset = asset_of(self.network.code, coin.denom)
                    move = Move(recipient, payer, asset, coin.amount)
                    shown.append(_Shown(index, place, move, succeeded, self._lock_end(message)))
                    place += 1
        return shown

    def _failed(self) -> list[_Shown]:
        try:
            return self._asked(succeeded=False)
        except Garbled:  # what failed may have failed because it names nobody
            return []

    def _refusal(self, shown: Sequence[_Shown]) -> str | None:
        """Received packets were refused and nothing else moved: then the transaction paid nobody."""
        refused = any(note.code == "ibc_refused" for note in self.notes)
        if not refused or any(s.succeeded for s in shown) or self.gaps:
            return None
        return "this chain refused the IBC packet; the sender is refunded on the other chain"

    def _fee(self, events: Events, *, failed: bool) -> TxFee | None:
        """The whole declared fee is taken, unless the transaction failed before any event."""
        if failed and not events.outside:
            return None
        coins = self.signed.fee
        if len(coins) > 1:
            listed = ", ".join(f"{c.amount}{c.denom}" for c in coins)
            self.notes.append(Note("fee_in_several_coins", f"the fee was {listed}"))
        payer = self.signed.granter or self.signed.payer or _first_payer(self.signed, events)
        if payer:
            payer = str(party_of(self.network.code, payer).address)
        if not coins:
            return TxFee(self.network.native_asset, 0, payer or None)
        return TxFee(asset_of(self.network.code, coins[0].denom), coins[0].amount, payer or None)

    def _transfers(self, shown: Sequence[_Shown]) -> tuple[Transfer, ...]:
        memo = self.signed.memo
        paid: dict[str, set[str | None]] = {}
        for s in shown:
            if _is_payment(s.move):
                paid.setdefault(str(s.move.sender), set()).add(s.move.recipient.address)
        transfers = []
        for index, s in enumerate(shown):
            move = s.move
            if move.hidden_sender:
                self.gaps.add(Gap.SENDERS)
            symbol, name, decimals = self._name(move)
            transfers.append(
                Transfer(
                    index=index,
                    position=s.position,
                    kind=self._kind(move),
                    asset=move.asset,
                    amount=move.amount,
                    senders=() if move.sender is None else (move.sender,),
                    recipient=move.recipient,
                    memo=_memo(move.memo if move.has_own_memo else memo),
                    succeeded=s.succeeded,
                    symbol=symbol,
                    name=name,
                    decimals=decimals,
                    type=_type_of(s, self.signed),
                    special=move.special,
                    batched=_is_payment(move) and len(paid.get(str(move.sender), ())) > 1,
                    unlock_at=s.unlock_at,
                    standard="cw20" if move.cw20 else None,
                )
            )
        return tuple(transfers)

    def _kind(self, move: Move) -> TransferKind:
        if move.type == "staking_reward":
            return TransferKind.REWARD
        if move.asset != self.network.native_asset:
            return TransferKind.TOKEN
        return TransferKind.INTERNAL if move.by_program else TransferKind.NATIVE

    def _name(self, move: Move) -> tuple[str | None, str | None, int | None]:
        """For display only: the name at a coin's origin, which anybody can choose."""
        if move.asset == self.network.native_asset:
            return self.network.symbol, None, self.network.decimals
        if move.cw20:
            return None, None, None
        namespace, _, reference = move.asset.partition("/")[2].partition(":")
        if namespace == "denom":
            return reference.rpartition("%2F")[2][:64], None, None
        said = (self.answers.get("names") or {}).get(reference)
        if not isinstance(said, list | tuple) or len(said) != 2:
            return None, None, None
        base, path = said
        return str(base).rpartition("/")[2][:64], str(path)[:200], None


def _type_of(shown: _Shown, seen: Signed) -> str | None:
    permanent = seen.messages[shown.message].type == signed.PERMANENT
    return "permanently_locked" if permanent else shown.move.type


def _is_payment(move: Move) -> bool:
    return (
        move.sender is not None
        and move.sender.address is not None
        and not move.special
        and bool(move.amount)
        and move.sender != move.recipient
    )


def _memo(text: str | None) -> Memo | None:
    return Memo(MemoKind.TEXT, text) if text and text.strip() else None


def _first_payer(seen: Signed, events: Events) -> str:
    """The first signer, whom the fee's own events name."""
    for event in events.outside:
        if event.type == "tx" and event.find("fee_payer"):
            return event.find("fee_payer") or ""
    for event in events.outside:
        if event.type == "tx" and event.find("acc_seq"):
            return (event.find("acc_seq") or "").partition("/")[0]
    return signed.find_signer(seen.messages[0]) or ""


def _failure(result: Mapping[str, Any], code: int) -> str:
    space = result.get("codespace")
    log = result.get("raw_log", result.get("log"))
    shown = "".join(c for c in log if c.isprintable())[:200] if isinstance(log, str) else ""
    return f"{space or 'sdk'} code {code}" + (f": {shown}" if shown else "")
