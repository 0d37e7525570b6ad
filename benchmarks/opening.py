"""Opening a claim with few and with many cases stored: it must cost the same.

    python benchmarks/opening.py [--cases 400000]

The peer is the same desk on an almost empty database, in turns with the full one, so that a noisy machine
disturbs both alike. What is opened is the dearest kind: a return that is scored, links and all. Beside
the seconds stand the plans of the questions that a claim asks: each must search an index.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import event

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from abuse.claims import APP, lost_deposit
from cases.factories import AT

from recovery.abuse.look import look_at
from recovery.abuse.policy import Channel, load_abuse_policy
from recovery.cases import desk
from recovery.store import Store, open_store

ROUNDS = 200
SEED = 20261122
SEEDED = 1_000


def fill(store: Store, cases: int) -> None:
    """That many cases by copying a thousand real ones, each copy with transaction, owner and links of its own.

    A tenth of the customers have ten cases, and all share a sender: what a hot wallet looks like.
    """
    real = [lost_deposit(n, user=f"u{n}") for n in range(min(cases, SEEDED))]
    desk.store_checks(store, real, actor="night", at=AT - timedelta(days=1))
    copies = max(0, cases // SEEDED - 1)
    with store.begin() as session:
        run = session.connection().exec_driver_sql
        names = [row[1] for row in run("PRAGMA table_info(cases)")]
        fresh = {
            "id": "c.id || '-' || n.value",
            "tx_hash": "c.tx_hash || n.value",
            "owner": "c.owner || '-' || (n.value / 10)",
            "opening_key": "NULL",
        }
        columns = ", ".join(fresh.get(name, f"c.{name}") for name in names)
        numbers = f"WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < {copies})"
        if copies:
            run(f"{numbers} INSERT INTO cases SELECT {columns} FROM cases c, n")
            run(
                f"{numbers} INSERT INTO case_links "
                "SELECT l.kind, l.key, l.opened_at, l.case_id || '-' || n.value FROM case_links l, n"
            )
        run("ANALYZE")


class Questions:
    """Every statement a store runs, to ask the database how it would answer."""

    def __init__(self, store: Store) -> None:
        self.asked: dict[str, Any] = {}
        event.listen(store.engine, "before_cursor_execute", self._note)

    def _note(self, _c: Any, _u: Any, statement: str, parameters: Any, *_: Any) -> None:
        if statement.lstrip().upper().startswith(("SELECT", "WITH")):
            self.asked.setdefault(statement, parameters)

    def scans(self, store: Store) -> list[str]:
        """Plans that walk a whole table of the cases or of the claims."""
        found = []
        with store.engine.connect() as connection:
            for statement, parameters in list(self.asked.items()):
                plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
                found += [f"{row[3]}: {statement}" for row in plan if row[3].startswith("SCAN ")]
        return [s for s in found if any(f"SCAN {t}" in s for t in TABLES)]


TABLES = ("cases", "trail", "case_links", "claims_made", "claim_counts", "credits", "screening")


def open_one(store: Store, number: int) -> float:
    check = lost_deposit(10_000_000 + number, user=f"mallory{number % 20}")
    started = time.perf_counter()
    (case,) = desk.open_claim(
        store,
        check,
        actor=APP,
        return_to=f"0x{number % 7 + 1:040x}",
        channel=Channel.CUSTOMER,
        at=AT + timedelta(minutes=number),
    )
    taken = time.perf_counter() - started
    assert case.quote is not None
    return taken


def look_once(store: Store, number: int) -> float:
    (case,) = desk.open_claim(store, lost_deposit(number, user=f"u{number}"), actor="night", at=AT)
    started = time.perf_counter()
    look_at(store, case.id, load_abuse_policy())
    return time.perf_counter() - started


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--cases", type=int, default=400_000)
    many = parser.parse_args().cases
    with tempfile.TemporaryDirectory() as folder:
        few = open_store(f"sqlite:///{folder}/few.db")
        full = open_store(f"sqlite:///{folder}/full.db")
        fill(few, 100)
        fill(full, many)
        questions = Questions(full)
        order = random.Random(SEED)
        taken: dict[Store, list[float]] = {few: [], full: []}
        looked: dict[Store, list[float]] = {few: [], full: []}
        for number in range(ROUNDS):
            for store in order.sample([few, full], 2):
                taken[store].append(open_one(store, number))
                if number < 50:
                    looked[store].append(look_once(store, number))
        for title, figures in (("open a claim", taken), ("linked ID", looked)):
            small, large = (statistics.median(figures[s]) * 1e3 for s in (few, full))
            print(
                f"{title}: {small:.2f} ms with 100 cases, {large:.2f} ms with {many:,}: "
                f"{large / small:.2f} times"
            )
        scans = questions.scans(full)
        print(f"{len(questions.asked)} different questions, {len(scans)} of them walk a table")
        for scan in scans:
            print(f"  {scan}")
        few.close()
        full.close()


if __name__ == "__main__":
    main()
