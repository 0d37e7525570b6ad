"""Reading a file that a person wrote in TOML: a table, or `BadInput`. Pure.

The standard parser recurses at every bracket, takes time by the square of a dotted key, and refuses
numbers without end by its own kind of error.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable
from typing import Any

from recovery.errors import BadInput

_DEEPEST = 20
"""Levels of nesting: no file of ours has more than four."""

_LONGEST_LINE = 10_000
"""Characters: an honest line has some two hundred."""


def parse_toml(
    text: str, *, where: str, parse_float: Callable[[str], Any] = float
) -> dict[str, Any]:
    """The document of a TOML text; raises `BadInput` that names the file."""
    if any(len(line) > _LONGEST_LINE for line in text.splitlines()):
        text = f"{where}: a line has more than {_LONGEST_LINE} characters"
        raise BadInput("bad-toml", text, where=where)
    try:
        document = tomllib.loads(text, parse_float=parse_float)
    except ValueError as wrong:  # tomllib's own errors, and a number of thousands of digits
        raise BadInput("bad-toml", f"{where}: {wrong}", where=where) from None
    except RecursionError:
        raise _too_deep(where) from None
    if _is_deep(document):  # a dotted key nests without recursion, and whoever reads it recurses
        raise _too_deep(where)
    return document


def _too_deep(where: str) -> BadInput:
    return BadInput("bad-toml", f"{where}: it nests deeper than {_DEEPEST} levels", where=where)


def _is_deep(document: dict[str, Any]) -> bool:
    level: list[Any] = [document]
    for _ in range(_DEEPEST):
        level = [below for one in level for below in _inside(one)]
        if not level:
            return False
    return True


def _inside(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()
