"""Mutants as data, and how answers are walked, read and changed in one place.

Knows: JSON, and numbers in the spellings that chains use. Must not know: what a change means.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from mutants.stories import Story

from recovery.demo.fixtures import Exchange, RpcExchange, Written

Path = tuple[str | int, ...]
Docs = tuple[Any, ...]

_DECIMAL = re.compile(r"-?\d{1,40}(\.\d{1,40})?\Z")
_HEX = re.compile(r"0x[0-9a-fA-F]{1,64}\Z")
_WIDE = 42
"""Hexadecimal of an address or more is a name, unless its first half is zeros."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change. ``exchange`` and ``path`` say where (None: everywhere), ``kind`` and ``detail`` what.

    ``value`` is what stands there instead, where one value stands for another.
    """

    kind: str
    exchange: int | None = None
    path: Path = ()
    detail: str = ""
    value: Any = None

    def __str__(self) -> str:
        where = "everywhere"
        if self.exchange is not None:
            where = f"exchange {self.exchange}: {'/'.join(map(str, self.path)) or '(whole)'}"
        return f"{self.kind} {self.detail} at {where}"


def read_documents(story: Story) -> Docs:
    """The answers of a story, one per exchange; None for an error or a text."""
    return tuple(read_answer(e) for e in story.fixture.exchanges)


def read_answer(exchange: Exchange) -> Any:
    return exchange.result if isinstance(exchange, RpcExchange) else exchange.document


def set_at(doc: Any, path: Path, value: Any) -> Any:
    return value if not path else put_at(doc, path[0], set_at(doc[path[0]], path[1:], value))


def put_at(doc: Any, at: str | int, value: Any) -> Any:
    if isinstance(doc, list):
        assert isinstance(at, int)
        return [*doc[:at], value, *doc[at + 1 :]]
    return doc | {at: value}


def walk_places(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    yield path, value
    if isinstance(value, dict):
        for key, below in value.items():
            yield from walk_places(below, (*path, key))
    if isinstance(value, list):
        for n, below in enumerate(value):
            yield from walk_places(below, (*path, n))


def read_number(value: Any) -> Decimal | None:
    """The number that stands there in one of the spellings chains use; None for anything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | Decimal):
        return Decimal(value)
    if not isinstance(value, str):
        return None
    if _DECIMAL.match(value):
        return Decimal(value)
    if _HEX.match(value) and (len(value) < _WIDE or value[2:].startswith("0" * 24)):
        return Decimal(int(value, 16))
    return None


def write_number(number: Decimal, like: Any) -> Any:
    """A number in the spelling of another."""
    whole = number == int(number)
    if isinstance(like, int):
        return int(number)
    if isinstance(like, Decimal):
        return Written(f"{number:f}")
    if like.startswith("0x"):
        width = len(like) - 2 if len(like) == 66 else 0
        return ("-" if number < 0 else "") + "0x" + f"{abs(int(number)):0{width}x}"
    return str(int(number)) if whole and "." not in like else f"{number:f}"


def map_leaves(value: Any, change: Callable[[Any], Any]) -> Any:
    if isinstance(value, dict):
        return {change(k): map_leaves(v, change) for k, v in value.items()}
    if isinstance(value, list):
        return [map_leaves(v, change) for v in value]
    return change(value)
