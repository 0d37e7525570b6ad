"""An extrinsic as Subscan tells it.

Knows: its JSON, where events carry their parameters as a text of JSON. Must not know: HTTP, what
events mean.
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from recovery.chains.polkadot.answer import (
    Event,
    Told,
    read_account,
    read_count,
    read_hash,
    read_moment,
)
from recovery.chains.shape import Json, garbled, read_bool, read_list, read_object, read_text
from recovery.networks import Network


def is_pending(data: Json) -> bool:
    return read_bool(data.get("pending", False), "pending")


def read_place(data: Json) -> tuple[int, int]:
    """Height and index of ``12345678-2``."""
    text = read_text(data.get("extrinsic_index"), "extrinsic_index")
    height, dash, index = text.partition("-")
    if not dash:
        raise garbled("extrinsic_index is no place in a block")
    place = read_count(height, "extrinsic_index"), read_count(index, "extrinsic_index")
    if place[0] != read_count(data.get("block_num"), "block_num"):
        raise garbled("block_num and extrinsic_index contradict each other")
    return place


def read_told(network: Network, data: Json) -> Told:
    """An extrinsic in a block; raises `Garbled`."""
    height, index = read_place(data)
    events, complete = _events(data, height, index)
    fee = data.get("fee_used") or data.get("fee")
    return Told(
        height=height,
        index=index,
        block_hash=read_hash(data.get("block_hash"), "block_hash"),
        time=read_moment(read_count(data.get("block_timestamp"), "block_timestamp"), "the time"),
        finalized=read_bool(data.get("finalized"), "finalized"),
        hash=read_hash(data.get("extrinsic_hash"), "extrinsic_hash"),
        call=read_call(data),
        signer=read_signer(network, data),
        args=read_args(data),
        events=events,
        complete=complete,
        succeeded=read_bool(data.get("success"), "success"),
        tip=0,  # Subscan's fee_used holds the tip
        old_fee=None if fee in (None, "") else read_count(fee, "fee_used"),
        pays_fee=True,
    )


def read_call(data: Json) -> tuple[str, str]:
    pallet = read_text(data.get("call_module"), "call_module").lower()
    name = read_text(data.get("call_module_function"), "call_module_function")
    return pallet, name.replace("_", "").lower()


def read_signer(network: Network, data: Json) -> bytes | None:
    account = data.get("account_id")
    return None if account in (None, "") else read_account(network, account, "account_id")


def read_args(data: Json) -> Json:
    return _named(data.get("params"), "params")


def _named(value: Any, what: str) -> Json:
    found = {}
    for item in read_list([] if value is None else value, what):
        part = read_object(item, what)
        found[read_text(part.get("name"), f"a name in {what}")] = part.get("value")
    return found


def _events(data: Json, height: int, index: int) -> tuple[tuple[Event, ...], bool]:
    """The events in order, and whether all are there: long lists come shortened."""
    found: dict[int, Event] = {}
    for value in read_list(data.get("event"), "event"):
        event = read_object(value, "an event")
        where = (event.get("block_num"), event.get("extrinsic_idx"))
        number = read_count(event.get("event_idx"), "event_idx")
        if where != (height, index) or number in found:
            raise garbled("an event of another extrinsic, or one twice")
        found[number] = Event(
            read_text(event.get("module_id"), "module_id").lower(),
            read_text(event.get("event_id"), "event_id"),
            _values(event.get("params")),
        )
    numbers = sorted(found)
    count = read_count(data.get("event_count"), "event_count")
    if count < len(numbers):
        raise garbled("more events than it counts")
    whole = count == len(numbers) and (not numbers or numbers[-1] - numbers[0] + 1 == count)
    return tuple(found[number] for number in numbers), whole


def _values(params: Any) -> tuple[Any, ...]:
    if isinstance(params, str):
        try:
            params = json.loads(params, parse_float=Decimal) if params else []
        except (ValueError, RecursionError):
            raise garbled("an event's params are no JSON") from None
    values = []
    for item in read_list(params, "an event's params"):
        part = read_object(item, "an event's parameter")
        if "value" not in part:
            raise garbled("an event's parameter without a value")
        values.append(part["value"])
    return tuple(values)
