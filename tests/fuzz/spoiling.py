"""Answers made hostile: any place of any JSON value, and what an attacker's node could put there.

Knows: JSON as this program parses it (fractions are `Decimal`). Must not know: any chain.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

Path = tuple[str | int, ...]


def nest(depth: int, *, of: str = "list", around: Any = None) -> Any:
    """A list, or an object, in a list in a list…"""
    value = around
    for _ in range(depth):
        value = [value] if of == "list" else {"x": value}
    return value


DEEPEST = 900
"""The parser lets no more through (`recovery.chains.source`); text of any depth is tried through it."""

_VALUES: tuple[Callable[[], Any], ...] = (
    lambda: None, lambda: True, lambda: False, lambda: 0, lambda: 1, lambda: -1, lambda: {}, list,
    lambda: "", lambda: "x", lambda: " ", lambda: "0", lambda: "-1", lambda: "0x", lambda: "0x0", lambda: "0x-1",
    lambda: 2**31, lambda: 2**53 + 1, lambda: 2**63, lambda: 2**64, lambda: 2**128, lambda: 2**256, lambda: -(2**256),
    lambda: 10**4299, lambda: -(10**4299),
    lambda: str(2**256), lambda: hex(2**256), lambda: "9" * 5000, lambda: "0x" + "f" * 20_000, lambda: "f" * 20_001,
    lambda: Decimal("1E+999999999"), lambda: Decimal("1E-999999999"), lambda: Decimal("-1E+999999999"),
    lambda: Decimal("0.5"), lambda: Decimal("1E+5"), lambda: Decimal("1.000000000000000000000000000001"),
    lambda: "1e999999999", lambda: "1E-999999999", lambda: "NaN", lambda: "Infinity", lambda: "-0", lambda: "1_000",
    lambda: "\u0661\u0662\u0663", lambda: " 5 ", lambda: "+5", lambda: "5.0", lambda: "\u00b2", lambda: "0b1", lambda: "1e3",
    lambda: "\x00", lambda: "a\x00b", lambda: "\ud800", lambda: "\u202e\u0000", lambda: "\U0001f4b8" * 1000,
    lambda: "A" * 1_000_000, lambda: "=1+1", lambda: "%s%n{0}{x!r}", lambda: "../../etc/passwd",
    lambda: "=" * 64, lambda: "A" * 44, lambda: "ff" * 32, lambda: "1" * 100_000, lambda: "z" * 44,
    lambda: "9999-12-31T23:59:59Z", lambda: "0001-01-01T00:00:00+23:59", lambda: "2026-02-30T00:00:00Z",
    lambda: "292277026596-12-04T15:30:08Z", lambda: 253_402_300_800, lambda: -62_135_596_801, lambda: 10**18,
    lambda: nest(DEEPEST), lambda: nest(DEEPEST, of="object"), lambda: [None] * 50_000,
    lambda: [[]] * 3, lambda: [{}] * 3, lambda: {"": ""}, lambda: {"x" * 1000: {}}, lambda: {str(n): n for n in range(5_000)},
)  # fmt: skip


def find_places(value: Any, path: Path = ()) -> Iterator[Path]:
    """Every place of a JSON value, the whole first."""
    todo: list[tuple[Path, Any]] = [(path, value)]
    while todo:
        at, one = todo.pop()
        yield at
        if isinstance(one, dict):
            todo += [((*at, key), below) for key, below in one.items()]
        elif isinstance(one, list | tuple):
            todo += [((*at, index), below) for index, below in enumerate(one)]


def clone(value: Any) -> Any:
    """A deep copy of lists and objects, however deep: `copy.deepcopy` recurses."""
    top: list[Any] = [value]
    todo: list[tuple[Any, Any]] = [(top, 0)]
    while todo:
        holder, key = todo.pop()
        one = holder[key]
        if isinstance(one, dict):
            holder[key] = dict(one)
            todo += [(holder[key], below) for below in one]
        elif isinstance(one, list | tuple):
            holder[key] = list(one)
            todo += [(holder[key], index) for index in range(len(one))]
    return top[0]


def look_up(value: Any, path: Path) -> Any:
    for step in path:
        value = value[step]
    return value


def spoil(answers: Any, rng: random.Random) -> tuple[Any, str]:
    """A copy with one to three hostile changes, and what was changed."""
    told: list[str] = []
    changed = clone(answers)
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        places = [p for p in find_places(changed) if p]
        if not places:
            break
        path = rng.choice(places)
        if max(map(len, places)) >= DEEPEST:
            break  # deeper than any answer that was parsed
        told.append(f"{'/'.join(map(str, path))} {_spoil_one(changed, path, places, rng)}")
    return changed, "; ".join(told)


def _spoil_one(root: Any, path: Path, places: list[Path], rng: random.Random) -> str:
    holder, key = look_up(root, path[:-1]), path[-1]
    what = rng.randrange(10)
    if what == 0:
        del holder[key]
        return "(gone)"
    if what == 1:  # an honest value where it does not belong
        other = rng.choice(places)
        holder[key] = clone(look_up(root, other))
        return f"= {'/'.join(map(str, other))}"
    if what == 2:  # the holder within itself
        holder[key] = clone(holder)
        return "= its own holder"
    if what == 3 and isinstance(holder[key], list) and len(holder[key]) < 1_000:
        holder[key] = holder[key] * 50
        return "x 50"
    if what == 4 and isinstance(holder[key], str) and holder[key]:
        text = holder[key]
        at = rng.randrange(len(text))
        holder[key] = rng.choice(
            (text[:at], text[at:], text * 2, text[:at] + "\x00" + text[at:], text[::-1], text.upper(),
             f" {text}", text + text[-1], text[:at] + rng.choice("0fzZ_-.é") + text[at + 1 :])
        )  # fmt: skip
        return "text changed"
    if what == 5 and type(holder[key]) is int:
        holder[key] = rng.choice(
            (-holder[key], holder[key] + 1, holder[key] * 2**64, -1 - holder[key])
        )
        return "number changed"
    value = rng.choice(_VALUES)()
    holder[key] = value
    return (
        f"= {repr(value)[:60]}"
        if not isinstance(value, list | dict)
        else f"= {type(value).__name__}"
    )
