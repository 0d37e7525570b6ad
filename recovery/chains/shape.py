"""An answer's JSON read strictly: each value has the shape its protocol gives it, or the answer is garbled.

Knows: objects, lists, texts, true and false, and where the calendar ends. Must not know: any protocol, HTTP. Pure. What a
family's numbers and hashes look like, and since when it has blocks, is that family's own business.
"""

from __future__ import annotations

import reprlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from recovery.errors import Garbled

Json = Mapping[str, Any]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
YEAR_10000 = 253_402_300_800
"""Seconds from 1970 to the year 10000, at which Python's calendar has ended."""


def garbled(text: str) -> Garbled:
    """The error for an answer without the protocol's shape: neither a finding nor an absence."""
    return Garbled("source-garbled", text)


def read_object(value: Any, what: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise garbled(f"{what} is no object: {reprlib.repr(value)}")
    return value


def read_list(value: Any, what: str) -> list[Any]:
    if not isinstance(value, list):
        raise garbled(f"{what} is no list: {reprlib.repr(value)}")
    return value


def read_text(value: Any, what: str) -> str:
    if not isinstance(value, str):
        raise garbled(f"{what} is no text: {reprlib.repr(value)}")
    return value


def read_bool(value: Any, what: str) -> bool:
    if not isinstance(value, bool):
        raise garbled(f"{what} is neither true nor false: {reprlib.repr(value)}")
    return value


def read_moment(
    value: Any, what: str, *, a_second: int = 1, since: int = 0, until: int = YEAR_10000
) -> datetime:
    """A moment counted from 1970 on, ``a_second`` to the second, kept to the microsecond.

    It lies between the seconds ``since`` and ``until``, the latter left out.
    """
    if type(value) is not int or not since * a_second <= value < until * a_second:
        raise garbled(f"{what} is no time that can be: {reprlib.repr(value)}")
    return _EPOCH + timedelta(microseconds=value * 1_000_000 // a_second)


def read_moment_text(value: Any, what: str) -> datetime:
    """A moment as ISO 8601 with its zone, in UTC."""
    text = read_text(value, what)
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            raise ValueError
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):  # near the calendar's ends the zone leads out of it
        raise garbled(f"{what} is no time with a zone: {reprlib.repr(text)}") from None


def find_lock_end(seconds: int) -> datetime:
    """When a lock ends that its maker chose freely, in seconds from 1970: at the latest, the calendar's last second."""
    return _EPOCH + timedelta(seconds=min(seconds, YEAR_10000 - 1))


def step_back(moment: datetime, milliseconds: int) -> datetime:
    """The moment so much earlier: heights, of which the difference is made, are a node's word."""
    try:
        return moment - timedelta(milliseconds=milliseconds)
    except OverflowError:
        raise garbled(f"its heights are {milliseconds} ms apart") from None
