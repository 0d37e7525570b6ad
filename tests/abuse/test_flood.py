"""Several processes claim at once: together they are never above a limit, and never below it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from abuse.claims import attempt, with_limits
from cases.factories import AT
from sqlalchemy import event, select

from recovery.abuse.attempts import admit
from recovery.abuse.limits import TooManyClaims
from recovery.abuse.tables import ClaimCountRow, ClaimMadeRow
from recovery.store import Store

SCRIPT = Path(__file__).with_name("flood.py")
PROCESSES, USERS, ATTEMPTS, LIMIT = 3, 3, 60, 10


def test_a_flood_from_several_processes_ends_exactly_at_the_limits(
    store_url: str, store: Store
) -> None:
    path = os.pathsep.join([str(SCRIPT.parents[1]), os.environ.get("PYTHONPATH", "")])
    floods = [
        subprocess.Popen(
            [sys.executable, str(SCRIPT), store_url, *map(str, (USERS, ATTEMPTS, LIMIT, seed))],
            env=os.environ | {"PYTHONPATH": path},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for seed in range(PROCESSES)
    ]
    for flood in floods:
        assert flood.stdout is not None
        assert flood.stdout.readline() == "ready\n"
    told = [flood.communicate("go\n", timeout=120)[0] for flood in floods]
    taken = [sum(numbers) for numbers in zip(*(map(int, t.split()) for t in told), strict=True)]
    # each at most the limit, and all together what the front end may: one less than their sum
    assert max(taken) <= LIMIT
    assert sum(taken) == LIMIT * USERS - 1
    with store.read() as session:
        counted = session.connection().execute(
            select(ClaimCountRow.kind, ClaimCountRow.made)  # type: ignore[call-overload]  # SQLModel columns
        )
        made = dict[str, int]()
        for kind, number in counted:
            made[kind] = made.get(kind, 0) + number
        rows = session.connection().execute(select(ClaimMadeRow.tx_hash)).all()  # type: ignore[call-overload]
    assert made["attempt"] == made["channel"] == sum(taken)
    assert made["refused"] == PROCESSES * ATTEMPTS - sum(taken)
    assert len(rows) <= sum(taken)


def test_a_crowd_from_several_threads_on_one_transaction_ends_exactly_at_its_limit(
    store: Store,
) -> None:
    policy = with_limits(claimants=7)

    def linger(_c: Any, _u: Any, statement: str, *_: Any) -> None:
        """Between looking and counting, where an unguarded claim would be overtaken."""
        if statement.startswith("INSERT"):
            time.sleep(0.02)

    event.listen(store.engine, "before_cursor_execute", linger)

    def claim(number: int) -> bool:
        try:
            admit(store, attempt(1, user=f"u{number}", at=AT), policy)
        except TooManyClaims:
            return False
        return True

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(claim, range(24))) == 7
