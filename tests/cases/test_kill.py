"""``kill -9`` at any statement of a case's life loses nothing that was said to be done, and doubles nothing.

Three seeds on each kind of database; ``RECOVERY_SOAK=N`` runs N more.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from recovery.cases import desk
from recovery.cases.audit import audit
from recovery.cases.table import Event, State
from recovery.store import Store

SCRIPT = Path(__file__).with_name("walk_until_killed.py")
SEEDS = [1, 2, 3, *range(100, 100 + int(os.environ.get("RECOVERY_SOAK") or 0))]
KILLS = 6
LONGEST_LIFE = 120
"""Statements: about half of a whole walk, so that a few lives are needed for it."""


class Program:
    """The program that is killed, started again as often as one likes."""

    def __init__(self, url: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(SCRIPT), url],
            env=os.environ | {"PYTHONPATH": str(SCRIPT.parents[1])},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, *, killed_after: int) -> int:
        """The signal it died of, 0 where it got through."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{killed_after}\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def close(self) -> None:
        self._process.communicate(timeout=60)


@pytest.fixture
def program(store_url: str) -> Iterator[Program]:
    started = Program(store_url)
    yield started
    started.close()


@pytest.mark.parametrize("seed", SEEDS)
def test_a_killed_desk_goes_on_where_it_stood(seed: int, program: Program, store: Store) -> None:
    chance = random.Random(seed)
    length = killed = 0
    for _ in range(KILLS):
        before = {case.id: case for case in desk.list_cases(store)}
        died_of = program.run(killed_after=chance.randint(1, LONGEST_LIFE))
        assert died_of in (0, signal.SIGKILL)
        killed += died_of == signal.SIGKILL
        assert audit(store).problems == ()
        for case in desk.list_cases(store):
            known = before.get(case.id)
            if known is not None:
                assert case.trail[: len(known.trail)] == known.trail, "nothing written is lost"
        now = sum(len(case.trail) for case in desk.list_cases(store))
        assert now >= length
        length = now
    assert killed, "a seed that kills nobody tests nothing"
    assert program.run(killed_after=0) == 0
    cases = desk.list_cases(store)
    assert [(c.state, c.position) for c in sorted(cases, key=lambda c: c.position or "")] == [
        (State.SETTLED, "log:12"),
        (State.SETTLED, "log:13"),
    ]
    for case in cases:
        events = [entry.event for entry in case.trail]
        for once in (Event.OPENED, Event.ACCEPTED, Event.QUEUED, Event.SETTLED):
            assert events.count(once) == 1
        assert events.count(Event.SIGNED) == 2
        assert Event.DENIED not in events
    assert audit(store).problems == ()
