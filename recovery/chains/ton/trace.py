"""A trace: the account transactions that one message set off, and which of them a hash means.

Knows: how messages tie transactions together, and the parts they play. Must not know: whose an account
is, HTTP, what a jetton is worth.

People paste the hash of the message that their wallet sent, of their wallet's transaction, of one in
between, or of the one that paid. The evidence is always of the one that paid, so that one payment has
one key whatever was pasted: `find_subject`. Where several were paid (a batch, a swap), nobody can tell
from the chain alone whose payment is asked for: then the evidence stays with the transaction asked
for, and its transfers point to the others by their hashes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from recovery.chains.shape import Json, garbled, read_object
from recovery.chains.ton.bodies import Op, is_plain
from recovery.chains.ton.rows import Row, read_bool, read_hash, read_row
from recovery.model import AddressKey


class Part(StrEnum):
    """What an account transaction is in its trace, by the message that set it off."""

    START = "start"  # from outside, or the clock
    PAYMENT = "payment"  # coins with a comment or nothing
    TOKEN = "token"  # a jetton wallet is told to take tokens in
    NFT = "nft"  # an NFT is told its new owner
    CALL = "call"  # coins with a call of the contract
    STEP = "step"  # a jetton wallet passes tokens on, a wallet calls itself
    NOTICE = "notice"  # an owner is told that tokens or an NFT came
    CHANGE = "change"  # unused gas comes back
    REFUND = "refund"  # value that bounced elsewhere comes back


_PARTS: dict[int, Part] = {
    Op.JETTON_TRANSFER: Part.STEP,
    Op.JETTON_INTERNAL_TRANSFER: Part.TOKEN,
    Op.NFT_TRANSFER: Part.NFT,
    Op.JETTON_NOTIFICATION: Part.NOTICE,
    Op.NFT_OWNERSHIP_ASSIGNED: Part.NOTICE,
    Op.EXCESSES: Part.CHANGE,
}

DEPOSITS = frozenset({Part.PAYMENT, Part.TOKEN, Part.NFT})
_ASIDE = frozenset({Part.CHANGE, Part.REFUND})


def part_of(row: Row) -> Part:
    payment = row.payment
    if payment is None:
        return Part.START
    if payment.bounced:
        return Part.REFUND
    if is_plain(payment.op):
        return Part.PAYMENT
    if payment.source == row.account:  # a highload wallet calls itself before it pays
        return Part.STEP
    return _PARTS.get(payment.op or 0, Part.CALL)


def pays(row: Row) -> bool:
    """Whether the transaction is a payment of its own, made or refused, not a step to one."""
    return row.returned or part_of(row) in DEPOSITS


@dataclass(frozen=True, slots=True)
class Trace:
    """``complete`` is False while messages are on their way, or where the answer is cut."""

    id: str
    rows: dict[str, Row]
    complete: bool
    _by_message: dict[str, Row]
    _senders: dict[str, Row]

    @property
    def root(self) -> Row | None:
        return self.rows.get(self.id)

    def child(self, message_hash: str) -> Row | None:
        return self._by_message.get(message_hash)

    def children(self, row: Row) -> Iterator[Row]:
        for message in row.out_msgs:
            found = self._by_message.get(message.hash)
            if found is not None:
                yield found

    def parent(self, row: Row) -> Row | None:
        return None if row.payment is None else self._senders.get(row.payment.hash)

    def below(self, row: Row) -> list[Row]:
        """Every transaction that follows from the row's messages, the nearest first."""
        found: dict[str, Row] = {}
        waiting = [row]
        while waiting:
            for child in self.children(waiting.pop(0)):
                if child.hash not in found and child.hash != row.hash:
                    found[child.hash] = child
                    waiting.append(child)
        return list(found.values())


def read_trace(value: Any) -> Trace:
    """Read one item of ``traces``; raises `Garbled`."""
    answer = read_object(value, "a trace")
    rows: dict[str, Row] = {}
    for key, item in read_object(answer.get("transactions"), "transactions").items():
        row = read_row(item)
        if read_hash(key, "a key of transactions") != row.hash:
            raise garbled("a transaction stands under another's hash")
        rows[row.hash] = row
    by_message = {row.in_msg.hash: row for row in rows.values() if row.in_msg is not None}
    sent = (m for row in rows.values() for m in row.out_msgs if m.destination is not None)
    whole = _is_complete(answer)
    return Trace(
        id=read_hash(answer.get("trace_id"), "trace_id"),
        rows=rows,
        complete=whole and all(m.hash in by_message for m in sent),
        _by_message=by_message,
        _senders={m.hash: row for row in rows.values() for m in row.out_msgs},
    )


def _is_complete(answer: Json) -> bool:
    """The index's own word. It may be missing: that each message sent was received is checked anyway."""
    info = read_object(answer.get("trace_info", {}), "trace_info")
    cut = "is_incomplete" in answer and read_bool(answer, "is_incomplete")
    return (
        info.get("trace_state", "complete") == "complete" and not cut and not answer.get("warning")
    )


@dataclass(frozen=True, slots=True)
class Subject:
    """The transaction that the evidence is of; ``elsewhere`` are payments it only points to.

    ``direct`` is True where the transaction asked for is the subject by itself: then the rest of the
    trace decides nothing about it.
    """

    row: Row
    elsewhere: tuple[Row, ...] = ()
    direct: bool = True


def find_subject(trace: Trace, asked: Row) -> Subject:
    """Which transaction of a trace a hash means; see the module's first words."""
    part = part_of(asked)
    if part is Part.NOTICE:
        told = trace.parent(asked)
        if told is not None and part_of(told) in (Part.TOKEN, Part.NFT) and not told.returned:
            return Subject(told, direct=False)
    below = trace.below(asked)
    if part is Part.CALL and not asked.returned:
        return Subject(asked, tuple(filter(_is_payment, below)))
    if asked.returned or part not in (Part.START, Part.STEP):
        return Subject(asked)
    main = [row for row in below if pays(row)]
    others = [row for row in below if not pays(row) and _counts(trace, row)]
    if len(main) == 1 and not others:
        return Subject(main[0], direct=False)
    return Subject(asked, (*main, *others), direct=False)


def _is_payment(row: Row) -> bool:
    return pays(row) or part_of(row) is Part.CALL


def _counts(trace: Trace, row: Row) -> bool:
    """Whether the row may be what is asked for: not gas on its way back, not a mere notice."""
    part = part_of(row)
    if part in _ASIDE or part in (Part.START, Part.STEP):
        return False
    if part is Part.NOTICE:
        told = trace.parent(row)
        return told is None or part_of(told) not in (Part.TOKEN, Part.NFT)
    return True


def find_payer(trace: Trace, row: Row) -> Row | None:
    """The call that paid the row: its parent, past the jetton wallets in between."""
    payer = trace.parent(row)
    while payer is not None and payer.payment and payer.payment.op == Op.JETTON_TRANSFER:
        payer = trace.parent(payer)
    return payer


def is_batch(trace: Trace, payer: Row) -> bool:
    """Whether one call paid two accounts or more."""
    paid: set[AddressKey] = set()
    for child in trace.children(payer):
        if part_of(child) is Part.STEP:
            paid.update(end.account for end in trace.children(child) if pays(end))
        elif pays(child):
            paid.add(child.account)
    return len(paid) > 1


def find_start_fee(trace: Trace) -> tuple[int, AddressKey] | None:
    """What the account that began the trace paid in fees in its own transaction."""
    root = trace.root
    return None if root is None or root.payment is not None else (root.total_fees, root.account)
