"""JSON text of whole documents, fast. Pure. What is hashed canonically is `recovery.cases.digest`'s.

orjson is ten times as fast as the standard library, and a nightly batch writes little else. It
refuses integers beyond 64 bits and halves of surrogate pairs, both of which a chain's answer may
hold: those few documents are written by the standard library, in ASCII.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import orjson


def print_json(value: Any, default: Callable[[Any], Any] | None = None) -> bytes:
    """Compact JSON, keys in their own order. Raises `TypeError` for what is no JSON."""
    try:
        return orjson.dumps(value, default=default)
    except TypeError:
        text = json.dumps(value, default=default, separators=(",", ":"), allow_nan=False)
        return text.encode("ascii")
