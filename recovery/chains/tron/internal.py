"""Coin and TRC-10 moved by programs: the internal transactions of a call.

Knows: the notes by which java-tron says what an internal transaction is, and when the list may be
missing. Must not know: nodes, logs beyond telling a token's plain transfer.

The list is flat. Where a call within fails, java-tron marks it and everything that it had called as
rejected, so a record without the mark has succeeded with all its ancestors. Staking operations of a
contract stand in the same list with an amount, and pay nobody: only calls, creations and
self-destructions move value.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from recovery.chains.shape import garbled, read_object
from recovery.chains.tron.moves import Move, trc10
from recovery.chains.tron.wire import read_address, read_hex, read_int, read_list
from recovery.model import Gap, Note, TransferKind
from recovery.networks import Network

_TYPES: dict[str, str | None] = {
    "call": None,
    "create": "contract_creation",
    "suicide": "self_destruct",
}
_STAKING = (
    "freeze",
    "unfreeze",
    "delegate",
    "undelegate",
    "vote",
    "withdraw",
    "cancelall",
)
"""Beginnings of the notes of staking operations, as ``delegateResourceOfEnergy``."""


@dataclass(slots=True)
class InternalReading:
    moves: list[Move] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    gaps: set[Gap] = field(default_factory=set)


def read_internal(network: Network, answers: Sequence[Any]) -> InternalReading:
    """Read ``internal_transactions`` of a successful call; raises `Garbled`."""
    reading = InternalReading()
    for index, answer in enumerate(answers):
        _read_one(network, index, read_object(answer, "an internal transaction"), reading)
    return reading


def _read_one(
    network: Network, index: int, answer: dict[str, Any], reading: InternalReading
) -> None:
    rejected = answer.get("rejected", False)
    if not isinstance(rejected, bool):
        raise garbled("an internal transaction's rejected is neither true nor false")
    values = [read_object(v, "callValueInfo") for v in read_list(answer, "callValueInfo")]
    amounts = [(read_int(value, "callValue"), value.get("tokenId")) for value in values]
    if rejected:
        if any(amount for amount, _ in amounts):
            text = f"the internal transaction {index} was undone: it paid nothing"
            reading.notes.append(Note("internal_rejected", text))
        return
    if not any(amount for amount, _ in amounts):
        return
    what = read_hex(answer.get("note", ""), "note").decode("utf-8", "replace")
    if what not in _TYPES:
        _read_no_payment(index, what, reading)
        return
    sender = read_address(answer.get("caller_address"), "caller_address")
    recipient = read_address(answer.get("transferTo_address"), "transferTo_address")
    for place, (amount, token_id) in enumerate(amounts):
        if not amount:
            continue
        named = None if token_id in (None, "") else str(token_id)
        if named is not None and not (named.isascii() and named.isdigit()):
            raise garbled("an internal transaction's tokenId is no number")
        reading.moves.append(
            Move(
                position=f"trace:{index}.{place}",
                kind=TransferKind.INTERNAL,
                asset=network.native_asset if named is None else trc10(network, named),
                amount=amount,
                sender=sender,
                recipient=recipient,
                token=named,
                standard=None if named is None else "trc10",
                type=_TYPES[what],
                special=what == "suicide",
            )
        )


def _read_no_payment(index: int, what: str, reading: InternalReading) -> None:
    shown = what[:40] if what.isprintable() else "?"
    if what.lower().startswith(_STAKING):
        text = f"the internal transaction {index} ({shown}) stakes or lends resources: no coin was paid"
        reading.notes.append(Note("resource_delegation", text))
        return
    text = f"the internal transaction {index} is of an unknown kind ({shown!r}): it was not read"
    reading.notes.append(Note("unread_internal_transaction", text))
    reading.gaps.add(Gap.INTERNAL_TRANSFERS)
