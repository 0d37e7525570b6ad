"""What token contracts say in their logs: NEP-141 and NEP-171 events, and calls without events.

Knows: ``EVENT_JSON`` logs, the standards' methods. Must not know: receipts' trees, evidence.

Anybody's contract can write any log. An event therefore speaks of the tokens of the very account
whose code wrote it, and of nothing else: a forged one makes a token of the forger's own account.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from recovery.chains.near.answer import MOST, Action, parse_json

_PREFIX = "EVENT_JSON:"
_ACCOUNT = re.compile(r"[a-z0-9._-]{2,64}")
CALLS = frozenset({"ft_transfer", "ft_transfer_call"})


@dataclass(frozen=True, slots=True)
class Said:
    """One movement a contract claims of its own tokens; ``token_id`` is None for NEP-141.

    ``place`` is where in the logs it stands. ``sender`` is None where it was minted.
    """

    place: str
    sender: str | None
    recipient: str
    amount: int
    memo: str | None
    token_id: str | None = None


class Unreadable(Exception):
    """An event of a token standard that does not have its shape."""


def read_events(logs: tuple[str, ...]) -> Iterator[Said]:
    """The movements in a contract's logs; raises `Unreadable` for a malformed token event."""
    for number, log in enumerate(logs):
        if not log.startswith(_PREFIX):
            continue
        event = parse_json(log[len(_PREFIX) :])
        if not isinstance(event, dict):
            continue
        standard, name = event.get("standard"), event.get("event")
        wanted = {"nep141": ("ft_transfer", "ft_mint"), "nep171": ("nft_transfer", "nft_mint")}
        if not isinstance(standard, str) or name not in wanted.get(standard, ()):
            continue
        data = event.get("data")
        if not isinstance(data, list):
            raise Unreadable(f"{standard} {name} without a list")
        for position, item in enumerate(data):
            if not isinstance(item, dict):
                raise Unreadable(f"{standard} {name} without an object")
            place = f"log:{number}.{position}"
            yield from _movements(str(name), item, place)


def _movements(name: str, item: dict[str, Any], place: str) -> Iterator[Said]:
    minted = name.endswith("mint")
    sender = None if minted else _account(item.get("old_owner_id"))
    recipient = _account(item.get("owner_id" if minted else "new_owner_id"))
    memo = item.get("memo")
    if memo is not None and not isinstance(memo, str):
        memo = None
    if name.startswith("ft_"):
        yield Said(place, sender, recipient, _amount(item.get("amount")), memo)
        return
    ids = item.get("token_ids")
    if not isinstance(ids, list) or not all(isinstance(i, str) and i for i in ids):
        raise Unreadable(f"{name} without token ids")
    for number, token_id in enumerate(ids):
        yield Said(f"{place}.{number}", sender, recipient, 1, memo, token_id)


def read_call(action: Action, caller: str, place: str) -> Said | None:
    """What an ``ft_transfer`` or ``ft_transfer_call`` asked for; None where it can't be read."""
    arguments = action.arguments
    if action.method not in CALLS or not isinstance(arguments, dict):
        return None
    memo = arguments.get("memo")
    try:
        recipient = _account(arguments.get("receiver_id"))
        amount = _amount(arguments.get("amount"))
    except Unreadable:
        return None
    return Said(place, caller, recipient, amount, memo if isinstance(memo, str) else None)


def read_resolved(
    action: Action, returned: bytes | None
) -> tuple[str, str, int, int | None] | None:
    """Of ``ft_resolve_transfer``: sender, receiver, amount, and how much of it was kept."""
    arguments = action.arguments
    if action.method != "ft_resolve_transfer" or not isinstance(arguments, dict):
        return None
    try:
        sender = _account(arguments.get("sender_id"))
        receiver = _account(arguments.get("receiver_id"))
        amount = _amount(arguments.get("amount"))
    except Unreadable:
        return None
    try:
        kept = None if returned is None else _amount(parse_json(returned))
    except Unreadable:
        kept = None
    return sender, receiver, amount, kept if kept is None or kept <= amount else None


def read_metadata(value: Any) -> tuple[str | None, int | None]:
    """Symbol and decimals out of ``ft_metadata``'s answer: for display, and empty where unreadable."""
    result = value.get("result") if isinstance(value, dict) else None
    if not isinstance(result, list) or not all(type(b) is int and 0 <= b < 256 for b in result):
        return None, None
    metadata = parse_json(bytes(result))
    if not isinstance(metadata, dict):
        return None, None
    symbol, decimals = metadata.get("symbol"), metadata.get("decimals")
    return (
        symbol[:64] if isinstance(symbol, str) and symbol else None,
        decimals if type(decimals) is int and 0 <= decimals <= 255 else None,
    )


def _account(value: Any) -> str:
    if not isinstance(value, str) or not _ACCOUNT.fullmatch(value):
        raise Unreadable("an account is missing")
    return value


def _amount(value: Any) -> int:
    if not isinstance(value, str) or not re.fullmatch(r"[0-9]{1,39}", value) or int(value) > MOST:
        raise Unreadable("an amount is missing")
    return int(value)
