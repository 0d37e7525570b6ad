"""Executed actions of an Antelope transaction, in one form for both APIs.

Knows: Hyperion's merged documents, nodeos' traces, the packed form of names, assets and texts. Must
not know: which account is whose, what an action means for money.

An action runs once on the account that holds its code and is then shown to whoever that code names:
``receiver == account`` is the execution, all others are notifications and move nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from recovery.chains.antelope.codec import unpack_name
from recovery.chains.shape import garbled, read_object
from recovery.chains.tron.wire import read_hex

_QUANTITY = re.compile(r"(-?)(\d{1,19})(?:\.(\d{1,18}))? ([A-Z]{1,7})")
_NAME = re.compile(r"[a-z1-5.]{1,13}")


@dataclass(frozen=True, slots=True)
class Quantity:
    """Base units, number of decimals and symbol, as the token's contract counts them."""

    amount: int
    decimals: int
    symbol: str


@dataclass(frozen=True, slots=True)
class Action:
    """``sequences`` are the global sequence numbers of its executions: none where the contract itself
    did not run it, two where a transaction ran the very same action twice. ``inline``
    is True where another action caused this one."""

    account: str
    name: str
    data: Mapping[str, Any] | bytes
    actors: tuple[str, ...]
    sequences: tuple[int, ...]
    inline: bool


def read_name(value: Any, what: str) -> str:
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        raise garbled(f"{what} is no account: {value!r:.80}")
    return value


def read_number(value: Any, what: str) -> int:
    """A count, as a number or (64-bit ones) as a text."""
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,20}", value):
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise garbled(f"{what} is no number: {value!r:.80}")
    return value


def read_hyperion(documents: Any) -> list[Action]:
    """The actions of Hyperion's answer; notifications stand in ``receipts`` of their action."""
    if not isinstance(documents, list) or not documents:
        raise garbled("an executed transaction without actions")
    return [_read_document(read_object(document, "an action")) for document in documents]


def _read_document(item: dict[str, Any]) -> Action:
    act = read_object(item.get("act"), "act")
    account = read_name(act.get("account"), "the contract")
    data = act.get("data")
    if isinstance(data, str):  # Hyperion had no ABI
        data = read_hex(data, "data")
    elif not isinstance(data, dict):
        raise garbled(f"the action's data can't be read: {data!r:.80}")
    creator = read_number(item.get("creator_action_ordinal"), "creator_action_ordinal")
    return Action(
        account=account,
        name=_read_action_name(act.get("name")),
        data=data,
        actors=_read_actors(act.get("authorization"), "actor"),
        sequences=_executions(item, account),
        inline=creator > 0,
    )


def _executions(item: dict[str, Any], account: str) -> tuple[int, ...]:
    receipts = item.get("receipts")
    if not isinstance(receipts, list) or not receipts:
        raise garbled("an action without receipts")
    sequences = []
    for place, part in enumerate(receipts):
        receipt = read_object(part, "a receipt")
        if read_name(receipt.get("receiver"), "the receiver") != account:
            continue
        # the document repeats the first receipt's number, which is all that some versions keep
        told = receipt.get("global_sequence", item.get("global_sequence") if not place else None)
        sequences.append(read_number(told, "global_sequence"))
    return tuple(sequences)


def read_traces(traces: Any, signed: Any) -> list[Action]:
    """The actions of nodeos' trace; those that ``signed`` (the block's) lists are not inline."""
    if not isinstance(traces, list):
        raise garbled("the traces are no list")
    if not isinstance(signed, list):
        raise garbled("the signed actions are no list")
    outer = [_signed_key(item) for item in signed]
    actions = []
    for trace in traces:
        item = read_object(trace, "a trace")
        account = read_name(item.get("account"), "the contract")
        name = _read_action_name(item.get("action"))
        data = read_hex(item.get("data"), "data")
        sequence = read_number(item.get("global_sequence"), "global_sequence")
        runs = read_name(item.get("receiver"), "the receiver") == account
        key = (account, name, data)
        is_outer = runs and key in outer
        if is_outer:
            outer.remove(key)
        actions.append(
            Action(
                account=account,
                name=name,
                data=data,
                actors=_read_actors(item.get("authorization"), "account"),
                sequences=(sequence,) if runs else (),
                inline=not is_outer,
            )
        )
    return actions


def _signed_key(item: Any) -> tuple[str, str, bytes]:
    action = read_object(item, "a signed action")
    data = action.get("hex_data", action.get("data"))
    account = read_name(action.get("account"), "the contract")
    return account, _read_action_name(action.get("name")), read_hex(data, "hex_data")


def _read_action_name(value: Any) -> str:
    if not isinstance(value, str):
        raise garbled(f"an action's name is no text: {value!r:.80}")
    return value


def _read_actors(value: Any, key: str) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise garbled("an action's authorization is no list")
    return tuple(read_name(read_object(a, "an authorization").get(key), key) for a in value)


@dataclass(frozen=True, slots=True)
class Payment:
    sender: str
    recipient: str
    quantity: Quantity
    memo: str


def read_payment(action: Action) -> Payment | None:
    """A token's standard ``transfer``; None where its data have another shape."""
    data = action.data
    if isinstance(data, bytes):
        return _unpack_payment(data)
    quantity = parse_quantity(data.get("quantity"))
    memo = data.get("memo")
    if quantity is None or not isinstance(memo, str):
        return None
    sender, recipient = data.get("from"), data.get("to")
    if not isinstance(sender, str) or not isinstance(recipient, str):
        return None
    return Payment(read_name(sender, "from"), read_name(recipient, "to"), quantity, memo)


def parse_quantity(value: Any) -> Quantity | None:
    """``2.5000 A``: the decimals written are the token's own."""
    found = _QUANTITY.fullmatch(value) if isinstance(value, str) else None
    if found is None or found[1]:
        return None
    fraction = found[3] or ""
    return Quantity(int(found[2] + fraction), len(fraction), found[4])


def _unpack_payment(data: bytes) -> Payment | None:
    """Two names, amount and symbol (8 bytes each, little endian), a text with its length."""
    if len(data) < 33:
        return None
    sender, recipient = (unpack_name(int.from_bytes(data[i : i + 8], "little")) for i in (0, 8))
    amount = int.from_bytes(data[16:24], "little", signed=True)
    decimals, letters = data[24], data[25:32].rstrip(b"\0")
    length, start = _unpack_length(data, 32)
    text = data[start:]
    if not re.fullmatch(rb"[A-Z]{1,7}", letters) or decimals > 18 or amount < 0:
        return None
    if len(text) != length:
        return None
    try:
        memo = text.decode("utf-8")
    except UnicodeDecodeError:
        memo = text.decode("utf-8", "replace")
    return Payment(sender, recipient, Quantity(amount, decimals, letters.decode()), memo)


def _unpack_length(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while at < len(data) and shift < 35:
        byte = data[at]
        value, at, shift = value | (byte & 0x7F) << shift, at + 1, shift + 7
        if byte < 0x80:
            return value, at
    return -1, at
