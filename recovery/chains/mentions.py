"""Which of many things name a key of ours: for scans that look through whole blocks. Pure.

Knows: JSON's trees, the watch set. Must not know: any chain's spelling of an address.

A scan names more than it must: a thing that merely mentions one of our addresses costs a question, and the
evidence decides. What it must not do is overlook one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

from recovery.chains.scan import Watch
from recovery.model import AddressKey

_T = TypeVar("_T")


def find_texts(value: Any) -> Iterator[str]:
    """Every text in a JSON tree, names of fields included."""
    stack = [value]
    while stack:
        part = stack.pop()
        if isinstance(part, str):
            yield part
        elif isinstance(part, dict):
            stack += part.values()
            yield from part
        elif isinstance(part, list):
            stack += part


def pick_ours(things: Iterable[tuple[_T, Iterable[AddressKey]]], watch: Watch) -> list[_T]:
    """The things that name one of our keys, in their order; the watch set is asked once for all."""
    named = [(thing, set(keys)) for thing, keys in things]
    held = watch.find_held(set().union(*(keys for _, keys in named)))
    return [thing for thing, keys in named if not held.isdisjoint(keys)]
