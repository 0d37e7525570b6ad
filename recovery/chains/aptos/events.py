"""The events of a transaction as movements: what entered and left which holding, and in which order.

Knows: the framework's events of coins, fungible assets and objects in all their generations. Must
not know: nodes, whose address is ours, what a movement means for a deposit.

Only events of the framework count, by their exact names: a package can emit its own
``…::fungible_asset::Deposit``, never one of ``0x1``. In a generation in between the framework told
each movement twice, by a module event and in the holder's own event stream: it is counted once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from recovery.chains.aptos.stores import Holding, WriteSet, read_write_set
from recovery.chains.aptos.wire import read_address, read_number
from recovery.chains.shape import read_list, read_object, read_text

Place = tuple[str, str]
"""A store's address and nothing, or a holder of coins and the coin's type."""


@dataclass(frozen=True, slots=True)
class Movement:
    """``number`` is the event's place in the transaction. ``entered`` is True for a deposit."""

    number: int
    place: Place
    entered: bool
    amount: int
    holding: Holding


@dataclass(frozen=True, slots=True)
class Handover:
    """An object that changed hands (the owner of a thing; of NFTs, the NFT)."""

    number: int
    thing: str
    giver: str
    taker: str


@dataclass(frozen=True, slots=True)
class Told:
    """All that the events tell. ``unplaced_in`` and ``unplaced_out`` count movements of holdings that
    the transaction's own changes don't name; ``old_tokens`` those of the first token standard."""

    movements: tuple[Movement, ...]
    handovers: tuple[Handover, ...]
    unplaced_in: int = 0
    unplaced_out: int = 0
    old_tokens: int = 0
    inner_failure: str | None = None
    fee_refund: int = 0


@dataclass(frozen=True, slots=True)
class _Sighting:
    """A movement as its event tells it; ``place`` is None where no change names the event's stream."""

    number: int
    kind: str
    entered: bool
    place: Place | None
    amount: int
    streamed: bool


_MODULE = {
    "0x1::fungible_asset::Deposit": True,
    "0x1::fungible_asset::Withdraw": False,
    "0x1::coin::CoinDeposit": True,
    "0x1::coin::CoinWithdraw": False,
}
_STREAM = {
    "0x1::fungible_asset::DepositEvent": True,
    "0x1::fungible_asset::WithdrawEvent": False,
    "0x1::coin::DepositEvent": True,
    "0x1::coin::WithdrawEvent": False,
}
_GENERIC = {"0x1::coin::Deposit<": True, "0x1::coin::Withdraw<": False}
_HANDOVERS = ("0x1::object::Transfer", "0x1::object::TransferEvent")
_OLD_TOKENS = ("0x3::token::Deposit", "0x3::token::DepositEvent", "0x3::token::TokenDeposit")


def read_events(events: Any, changes: Any) -> Told:
    """Raises `Garbled` where an event of the framework has not the framework's shape."""
    listed = [read_object(e, "an event") for e in read_list(events, "events")]
    typed = [(read_text(e.get("type"), "an event's type"), e.get("data")) for e in listed]
    writes = read_write_set(changes, typed)
    sightings: list[_Sighting] = []
    handovers: list[tuple[str, Handover]] = []
    old_tokens = refund = 0
    inner_failure = None
    for number, (event, (name, data)) in enumerate(zip(listed, typed, strict=True)):
        if not name.startswith("0x1::"):
            old_tokens += name in _OLD_TOKENS
        elif name in _HANDOVERS:
            handovers.append((name, _read_handover(number, data)))
        elif name == "0x1::transaction_fee::FeeStatement":
            statement = read_object(data, "the fee statement")
            refund = read_number(statement.get("storage_fee_refund_octas"), "the storage refund")
        elif name == "0x1::multisig_account::TransactionExecutionFailed":
            inner_failure = "the multisig account's own call failed"
        else:
            seen = _read_sighting(number, name, event, data, writes)
            if seen is not None:
                sightings.append(seen)
    movements: list[Movement] = []
    unplaced: list[bool] = []
    for seen in _counted_once(sightings):
        holding = _find_holding(seen, writes)
        if holding is not None and seen.place is not None:
            movements.append(Movement(seen.number, seen.place, seen.entered, seen.amount, holding))
        elif seen.amount:
            unplaced.append(seen.entered)
    return Told(
        movements=tuple(movements),
        handovers=_handed_once(handovers),
        unplaced_in=unplaced.count(True),
        unplaced_out=unplaced.count(False),
        old_tokens=old_tokens,
        inner_failure=inner_failure,
        fee_refund=refund,
    )


def _read_sighting(
    number: int, name: str, event: dict[str, Any], value: Any, writes: WriteSet
) -> _Sighting | None:
    """A movement; None for an event that is none."""
    generic = next((p for p in _GENERIC if name.startswith(p)), None)
    if name not in _MODULE and name not in _STREAM and generic is None:
        return None
    data = read_object(value, name)
    amount = read_number(data.get("amount"), f"the amount of {name}")
    fungible = name.startswith("0x1::fungible_asset::")
    if generic is not None:
        account = read_address(data.get("account"), "the event's account")
        place = (account, name[len(generic) : -1])
        return _Sighting(number, "coin", _GENERIC[generic], place, amount, streamed=False)
    if name in _MODULE:
        if fungible:
            place = (read_address(data.get("store"), "the event's store"), "")
        else:
            account = read_address(data.get("account"), "the event's account")
            place = (account, read_text(data.get("coin_type"), "the event's coin type"))
        kind = "fungible" if fungible else "coin"
        return _Sighting(number, kind, _MODULE[name], place, amount, streamed=False)
    guid = read_object(event.get("guid"), "an event's guid")
    holder = read_address(guid.get("account_address"), "an event's address")
    if fungible:
        return _Sighting(number, "fungible", _STREAM[name], (holder, ""), amount, streamed=True)
    stream = (holder, read_number(guid.get("creation_number"), "an event's stream"))
    found = writes.streams.get(stream)
    return _Sighting(number, "coin", _STREAM[name], found, amount, streamed=True)


def _counted_once(sightings: Sequence[_Sighting]) -> list[_Sighting]:
    """Without the event streams' repetitions of module events."""
    told = Counter((s.kind, s.entered, s.place, s.amount) for s in sightings if not s.streamed)
    kept = []
    for seen in sightings:
        same = (seen.kind, seen.entered, seen.place, seen.amount)
        if seen.streamed and told[same] > 0:
            told[same] -= 1
        else:
            kept.append(seen)
    return kept


def _find_holding(seen: _Sighting, writes: WriteSet) -> Holding | None:
    if seen.place is None:
        return None
    if seen.kind == "fungible":
        return writes.fungible.get(seen.place[0])
    # a coin's holder is its account; the coin store itself may have been migrated since
    owner, coin_type = seen.place
    return writes.coins.get(seen.place) or Holding("coin", coin_type, owner, primary=True)


def _read_handover(number: int, value: Any) -> Handover:
    data = read_object(value, "an object's transfer")
    return Handover(
        number=number,
        thing=read_address(data.get("object"), "the object"),
        giver=read_address(data.get("from"), "the object's giver"),
        taker=read_address(data.get("to"), "the object's taker"),
    )


def _handed_once(handovers: Sequence[tuple[str, Handover]]) -> tuple[Handover, ...]:
    told = Counter((h.thing, h.giver, h.taker) for name, h in handovers if name == _HANDOVERS[0])
    kept = []
    for name, handover in handovers:
        same = (handover.thing, handover.giver, handover.taker)
        if name != _HANDOVERS[0] and told[same] > 0:
            told[same] -= 1
        else:
            kept.append(handover)
    return tuple(kept)
