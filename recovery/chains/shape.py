"""An answer's JSON read strictly: each value has the shape its protocol gives it, or the answer is garbled.

Knows: objects, lists, texts, true and false. Must not know: any protocol, HTTP. Pure. What a family's numbers,
hashes and times look like is that family's own business.
"""

from __future__ import annotations

import reprlib
from collections.abc import Mapping
from typing import Any

from recovery.errors import Garbled

Json = Mapping[str, Any]


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
