"""Right answers made wrong, one place at a time, and what each decoder makes of them, written down.

``python -m contract.spoiling [FAMILY…]`` (in ``tests``) writes the files of ``spoiled/`` again, after a change
that was meant, and shows the difference, which is then read like any other. A test compares and
never writes.

Knows: JSON, how an outcome is told in one line. Must not know: any chain's rules. A line says what
became of the evidence: ``same``, the fields that changed, or the refusal in its own words; and whether the signed bytes
contradict it, where a family hashes them. That
nobody gains by a wrong answer is asked elsewhere (`tests/faults/test_wrong_types.py`).
"""

from __future__ import annotations

import dataclasses
import difflib
import hashlib
import json
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from recovery.chains import load_family
from recovery.chains.family import RawTx
from recovery.checks import Found
from recovery.demo.fixtures import load_fixtures
from recovery.errors import SourceError
from recovery.model import Evidence
from recovery.networks import Network, load_registry
from recovery.triage import decode, verify

FOLDER = Path(__file__).parent / "spoiled"
_OF_A_SHAPE = 2
"""Fixtures in which one place is spoiled: fields of one name mean different things in different answers."""

_LONGEST = 120
_GONE = object()

Place = tuple[str | int, ...]


def find_places(value: Any, place: Place = ()) -> Iterator[tuple[Place, Any]]:
    """Every value inside of an answer, with the way to it."""
    if isinstance(value, Mapping):
        inner: Sequence[tuple[str | int, Any]] = [(str(k), v) for k, v in value.items()]
    elif isinstance(value, list | tuple):
        inner = list(enumerate(value))
    else:
        return
    for key, item in inner:
        yield (*place, key), item
        yield from find_places(item, (*place, key))


def list_wrongs(value: Any) -> dict[str, Any]:
    """What may stand in the place of a value, by a name: another type, another value, nothing."""
    wrongs: dict[str, Any] = {"missing": _GONE, "null": None}
    match value:
        case bool():
            wrongs |= {"other": not value, "text": str(value).lower()}
        case int() | Decimal():
            wrongs |= {"text": str(value), "zero": 0, "one less": value - 1, "one more": value + 1}
            wrongs |= {"negative": -value - 1, "true": True}
            wrongs |= {"huge": 2**70}
        case str():
            wrongs |= {"number": 7, "empty": "", "longer": f"{value}0", "shorter": value[:-1]}
            if len(value) > 7:
                wrongs |= {"changed": _change_middle(value), "zeros": _zeros(value)}
            if value.isdigit():
                wrongs |= {"zero": "0", "one more": str(int(value) + 1), "negative": f"-{value}"}
        case Mapping():
            wrongs |= {"empty": {}, "text": "x"}
        case list() | tuple():
            wrongs |= {"empty": [], "text": "x", "twice": [*value, *value[-1:]]}
            wrongs |= {"shorter": list(value[:-1]), "turned": list(reversed(value))}
        case None:
            wrongs = {"missing": _GONE, "number": 7, "text": "x", "object": {}}
    return {
        name: wrong for name, wrong in wrongs.items() if wrong is _GONE or not _equal(wrong, value)
    }


def _change_middle(text: str) -> str:
    """Another letter or digit in the middle: of hexadecimal and of base64 it stays one."""
    middle = len(text) // 2
    return f"{text[:middle]}{'1' if text[middle] != '1' else '2'}{text[middle + 1 :]}"


def _zeros(text: str) -> str:
    """As long as before, with nothing in it."""
    return text[:2] + "0" * (len(text) - 2)


def _equal(one: Any, other: Any) -> bool:
    return type(one) is type(other) and bool(one == other)


def spoil(value: Any, place: Place, wrong: Any) -> Any:
    """The answer with something else in one place; what is not on the way there is shared."""
    first, *rest = place
    changed: Any = dict(value) if isinstance(value, Mapping) else list(value)
    key = first if isinstance(value, Mapping) else int(first)
    if rest:
        changed[key] = spoil(changed[key], tuple(rest), wrong)
    elif wrong is _GONE:
        del changed[key]
    else:
        changed[key] = wrong
    return changed


def tell(network: Network, raw: RawTx, truth: Mapping[str, str]) -> str:
    """What the decoder makes of an answer, and what the signed bytes say to that, in one line."""
    family = load_family(network.family)
    try:
        evidence = decode(family, network, raw)
    except SourceError as refusal:
        return _refused(refusal)
    seen = flatten(evidence)
    changed = [
        f"{k}={seen.get(k, '-')}" for k in sorted({*truth, *seen}) if truth.get(k) != seen.get(k)
    ]
    told = _cut("; ".join(changed)) if changed else "same"
    try:
        verify(family, network, raw, evidence)
    except SourceError as refusal:
        return f"{told} | by its bytes {_refused(refusal)}"
    return told


def _refused(refusal: SourceError) -> str:
    if refusal.__cause__ is not None:
        return "unreadable"  # in the words of the interpreter, which change with it
    return _cut(f"{type(refusal).__name__}: {refusal.text}")


def _cut(text: str) -> str:
    line = " ".join(text.split())
    if len(line) <= _LONGEST:
        return line
    return f"{line[:_LONGEST]}… {hashlib.sha256(line.encode()).hexdigest()[:8]}"


def flatten(evidence: Evidence) -> dict[str, str]:
    """Every field of the evidence as text, by its place."""
    return dict(_flat(evidence, ""))


def digest(truth: Mapping[str, str]) -> str:
    """Of the right answer: what the evidence says in JSON stands in the fixture, keys and the like do not."""
    return hashlib.sha256(json.dumps(truth, sort_keys=True).encode()).hexdigest()[:16]


def _flat(value: Any, place: str) -> Iterator[tuple[str, str]]:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        for field in dataclasses.fields(value):
            yield from _flat(getattr(value, field.name), f"{place}.{field.name}".lstrip("."))
    elif isinstance(value, tuple | list):
        for number, item in enumerate(value):
            yield from _flat(item, f"{place}.{number}")
    elif isinstance(value, set | frozenset):
        yield place, str(sorted(map(str, value)))
    elif isinstance(value, bytes):
        yield place, value.hex()
    elif value is not None:
        yield place, str(value)


def still(raw: RawTx) -> RawTx:
    """The answer without what differs from run to run: the port of the node that gave it."""
    return dataclasses.replace(raw, source="node")


Rows = dict[str, dict[str, dict[str, str]]]
"""By fixture, by place (a JSON pointer), by wrong: the outcome."""


def load_rows(family: str) -> Rows:
    path = FOLDER / f"{family}.json"
    rows: Rows = json.loads(path.read_text("utf-8")) if path.exists() else {}
    return rows


def print_rows(rows: Rows) -> str:
    return json.dumps(rows, indent=0, ensure_ascii=False) + "\n"


def print_pointer(place: Place) -> str:
    return "/".join(str(key).replace("~", "~0").replace("/", "~1") for key in place)


def parse_pointer(text: str) -> Place:
    return tuple(key.replace("~1", "/").replace("~0", "~") for key in text.split("/"))


def find_value(answer: Any, place: Place) -> Any:
    for key in place:
        answer = answer[key] if isinstance(answer, Mapping) else answer[int(key)]
    return answer


def plan_places(raw: RawTx, counts: Counter[tuple[str, ...]]) -> Iterator[tuple[Place, Any]]:
    """The places of one answer that were not spoiled often enough in the fixtures before it."""
    mine: Counter[tuple[str, ...]] = Counter()
    for place, value in find_places(raw.answers):
        shape = tuple("*" if isinstance(k, int) or len(k) > 30 else k for k in place)
        if counts[shape] >= _OF_A_SHAPE or mine[shape]:
            continue
        mine[shape] += 1
        yield place, value
    counts.update(mine.keys())


def write(families: Sequence[str]) -> str:
    """Write the files of these families again; the difference."""
    from contract.conftest import ask

    registry = load_registry()
    changes: list[str] = []
    for family in families:
        rows: Rows = {}
        counts: Counter[tuple[str, ...]] = Counter()
        for fixture in load_fixtures():
            row = registry[fixture.network]
            if row.family != family or fixture.evidence is None:
                continue
            network = row.with_profile(fixture.profile) if fixture.profile else row
            found, _ = ask(fixture, network)
            assert isinstance(found, Found), found
            raw, truth = still(found.raw), flatten(found.evidence)
            told = {
                print_pointer(place): {
                    name: tell(network, spoiled(raw, place, wrong), truth)
                    for name, wrong in list_wrongs(value).items()
                }
                for place, value in plan_places(raw, counts)
            }
            rows[fixture.name] = {"": {"right": digest(truth)}, **told}
        path = FOLDER / f"{family}.json"
        old = path.read_text("utf-8") if path.exists() else ""
        new = print_rows(rows)
        path.write_text(new, "utf-8")
        before, after = old.splitlines(keepends=True), new.splitlines(keepends=True)
        changes += difflib.unified_diff(before, after, f"{family} before", f"{family} now", n=0)
    return "".join(changes)


def spoiled(raw: RawTx, place: Place, wrong: Any) -> RawTx:
    """The answer with one wrong place. A view that tells the same is spoiled alike, else every wrong
    would end with the two not agreeing; places of the later view are spoiled alone.
    """
    answers = spoil(raw.answers, place, wrong)
    names = list(raw.answers)
    first = names.index(str(place[0]))
    for name in names[first + 1 :] if len(place) > 1 else ():
        if _equal(raw.answers[name], raw.answers[names[first]]):
            answers = spoil(answers, (name, *place[1:]), wrong)
    return dataclasses.replace(raw, answers=answers)


if __name__ == "__main__":
    from recovery.chains import FAMILIES

    sys.stdout.write(write(sys.argv[1:] or sorted(FAMILIES)))
