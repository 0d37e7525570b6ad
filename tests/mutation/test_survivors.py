"""The list of mutants that may live speaks of code that exists: no test of it runs a mutant."""

from __future__ import annotations

import tomllib
from collections import Counter
from functools import cache
from pathlib import Path

from mutation.mutators import plan_mutants
from mutation.rooms import ROOT, load_rooms
from mutation.run import load_survivors

FOLDER = Path(__file__).parent / "survivors"
Key = tuple[str, str, str, str]


@cache
def _mutants(file: str) -> frozenset[Key]:
    source = (ROOT / file).read_text("utf-8")
    return frozenset((file, m.where, m.old, m.new) for m in plan_mutants(source))


def test_each_survivor_is_a_change_that_the_run_would_make_today() -> None:
    stale = [key for key in load_survivors() if key not in _mutants(key[0])]
    assert stale == []


def test_each_survivor_has_a_reason_and_is_listed_once() -> None:
    rows = [
        row
        for path in FOLDER.glob("*.toml")
        for row in tomllib.loads(path.read_text("utf-8")).get("survivor", [])
    ]
    assert all(len(row["reason"]) >= 15 for row in rows)
    keys = Counter((row["file"], row["function"], row["old"], row["new"]) for row in rows)
    assert [key for key, count in keys.items() if count > 1] == []


def test_each_survivor_is_of_a_file_that_is_mutated() -> None:
    sources = {
        str(path.relative_to(ROOT)) for room in load_rooms().values() for path in room.sources
    }
    assert {file for file, *_ in load_survivors()} <= sources
