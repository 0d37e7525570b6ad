"""How an attacker or a broken chain changes an honest answer: every mutant of one story, as data.

Knows: JSON, numbers and words in their usual spellings, and the values of the story (our address, its
asset, its amount, its memo). Must not know: what any decoder reads, nor what may come of a change.

Two sorts: *local* mutants change one place of one answer (another number, another word, a row left out,
told twice or moved, two neighbours swapped); those of `mutants.thorough` change a value everywhere it is
told, so that the answer agrees with itself.
"""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from typing import Any

from mutants.anatomy import CHAIN, ENDED, UNFINAL
from mutants.places import (
    Docs,
    Mutant,
    Path,
    put_at,
    read_number,
    set_at,
    walk_places,
    write_number,
)
from mutants.stories import Story
from mutants.thorough import make_change

from recovery.demo.fixtures import Exchange, RpcExchange

_PLACE_KINDS = frozenset({ENDED, UNFINAL, CHAIN})

WORDS = (
    "FAILED",
    "SUCCESS",
    "REVERT",
    "failed",
    "success",
    "applied",
    "backtracked",
    "skipped",
    "executed",
    "hard_fail",
    "delayed",
    "tesSUCCESS",
    "tecPATH_DRY",
    "finalized",
    "confirmed",
    "FINAL",
    "CALL",
    "DELEGATECALL",
    "STATICCALL",
    "execution reverted",
)
"""Words by which chains say how something ended, and what sort of call it was."""

NUMBERS: dict[str, Callable[[Decimal], Decimal]] = {
    "thousandfold": lambda n: n * 1000,
    "one more": lambda n: n + 1,
    "half": lambda n: Decimal(int(n / 2)) if n == int(n) else n / 2,
    "nothing": lambda n: n * 0,
    "negative": lambda n: -n if n else Decimal(-1),
    "past 64 bits": lambda n: n + 2**64,
}

_WORD = re.compile(r"[A-Za-z_][A-Za-z_ ]{2,30}\Z")


def apply_mutant(story: Story, docs: Docs, mutant: Mutant) -> list[Exchange]:
    """The exchanges that are answered otherwise than in the story."""
    changed: Iterable[tuple[int, Any]]
    if mutant.kind in _PLACE_KINDS:
        hits, value = mutant.value
        changed = [
            (i, functools.reduce(lambda d, path: set_at(d, path, value), paths, docs[i]))
            for i, paths in hits
        ]
    elif mutant.exchange is None:
        change = make_change(mutant)
        changed = ((i, change(doc)) for i, doc in enumerate(docs))
    else:
        doc = docs[mutant.exchange]
        changed = [(mutant.exchange, _change(doc, mutant.path, mutant))]
    result = []
    for i, doc in changed:
        if doc is docs[i] or _spelled(doc) == _spelled(docs[i]):
            continue
        exchange = story.fixture.exchanges[i]
        field = "result" if isinstance(exchange, RpcExchange) else "document"
        result.append(exchange.model_copy(update={field: doc}))
    return result


def _spelled(doc: Any) -> str:
    return repr(doc)


# -- local changes ------------------------------------------------------------------------------


def plan_local(docs: Docs) -> Iterator[Mutant]:
    """Every change of one place, in a stable order."""
    names = _find_names(docs)
    for i, doc in enumerate(docs):
        for path, value in walk_places(doc):
            yield from _plan_place(i, path, value, names)


def _plan_place(i: int, path: Path, value: Any, names: dict[str, list[str]]) -> Iterator[Mutant]:
    if isinstance(value, dict):
        yield from _plan_object(i, path, value)
    elif isinstance(value, list):
        yield from _plan_list(i, path, value)
    elif isinstance(value, bool):
        yield Mutant("flag", i, path, f"{value} → {not value}", not value)
    elif (number := read_number(value)) is not None:
        for kind, change in NUMBERS.items():
            told = write_number(change(number), value)
            if told != value:
                yield Mutant("number", i, path, kind, told)
    elif isinstance(value, str):
        if _WORD.match(value):
            for word in WORDS:
                if word != value:
                    yield Mutant("word", i, path, f"{value} → {word}", word)
        for other in names.get(_shape(value), ()):
            if other != value:
                yield Mutant("name", i, path, f"{value[:24]} → {other[:24]}", other)


def _plan_object(i: int, path: Path, value: dict[str, Any]) -> Iterator[Mutant]:
    for key in value:
        yield Mutant("left out", i, (*path, key), key)
    for one, two in itertools.combinations(value, 2):
        pair = value[one], value[two]
        if pair[0] != pair[1] and all(isinstance(v, str | int | Decimal) for v in pair):
            same = type(pair[0]) is type(pair[1])
            if same and _shape(str(pair[0])) == _shape(str(pair[1])):
                yield Mutant("swapped", i, path, f"{one} ⇄ {two}", (one, two))


def _plan_list(i: int, path: Path, value: list[Any]) -> Iterator[Mutant]:
    for n in range(len(value)):
        yield Mutant("row left out", i, (*path, n), str(n))
        yield Mutant("row twice", i, (*path, n), str(n))
        if n:
            yield Mutant("rows moved", i, path, f"{n - 1} ⇄ {n}", (n - 1, n))
    rows = [n for n, row in enumerate(value) if isinstance(row, dict)]
    for one, two in itertools.pairwise(rows):
        for key in value[one]:
            if key in value[two] and value[one][key] != value[two][key]:
                yield Mutant("crossed", i, path, f"{key} of {one} ⇄ {two}", (one, two, key))


def _change(doc: Any, path: Path, mutant: Mutant) -> Any:
    """The document with the change made at ``path``; what is not on the way is shared."""
    if len(path) > 1 or (path and mutant.kind not in ("left out", "row left out", "row twice")):
        first, rest = path[0], path[1:]
        return put_at(doc, first, _change(doc[first], rest, mutant))
    match mutant.kind:
        case "left out":
            return {k: v for k, v in doc.items() if k != path[0]}
        case "row left out":
            n = int(path[0])
            return [*doc[:n], *doc[n + 1 :]]
        case "row twice":
            n = int(path[0])
            return [*doc[: n + 1], *doc[n:]]
        case "rows moved":
            one, two = mutant.value
            moved = list(doc)
            moved[one], moved[two] = moved[two], moved[one]
            return moved
        case "swapped":
            one, two = mutant.value
            return doc | {one: doc[two], two: doc[one]}
        case "crossed":
            one, two, key = mutant.value
            rows = list(doc)
            rows[one] = rows[one] | {key: doc[two][key]}
            rows[two] = rows[two] | {key: doc[one][key]}
            return rows
        case _:
            return mutant.value


def _find_names(docs: Docs) -> dict[str, list[str]]:
    """Names (addresses, hashes, contracts, accounts) of each shape: at most six, from first to last."""
    found: dict[str, dict[str, None]] = {}
    for doc in docs:
        for _, value in walk_places(doc):
            if isinstance(value, str) and read_number(value) is None and not _WORD.match(value):
                found.setdefault(_shape(value), {})[value] = None
    return {shape: list(names)[:6] for shape, names in found.items()}


def _shape(text: str) -> str:
    """Strings of one shape can stand for each other: same beginning, same sort, about the same length."""
    sort = "x" if re.fullmatch(r"[0-9a-fA-F]+", text.removeprefix("0x")) else "t"
    start = text[:2] if text.startswith("0x") else text[:1] if len(text) > 12 else ""
    return f"{sort}{start}{len(text) // 4}"
