"""Opening cases in bulk with their notices, and without: what writing the news costs.

    python benchmarks/notices.py [--rounds 40]

The peer is the same code with the one call that writes notices left out, on a database of its own, in turns,
so that a noisy machine disturbs both alike. Each round opens 1,000 claims, a hundred in a transaction, on
SQLite. Processor seconds are the steadier figure where others keep the machine busy.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import tempfile
import time
from contextlib import AbstractContextManager, nullcontext
from datetime import timedelta
from pathlib import Path
from unittest import mock

import sqlalchemy as sa
from sqlmodel import Session

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from abuse.claims import lost_deposit
from cases.factories import AT

from recovery.cases import desk
from recovery.store import Store, open_store

CLAIMS = 1_000
SEED = 20261122


def without_notices() -> AbstractContextManager[object]:
    """The desk as it would be if nobody were told anything."""
    return mock.patch("recovery.cases.casebook.insert_notices", _tell_nobody)


def _tell_nobody(session: Session, steps: object) -> None:
    """In the place of what writes the notices."""


def open_many(store: Store, first: int) -> tuple[float, float]:
    """Clock and processor seconds of opening `CLAIMS` claims."""
    checks = [lost_deposit(n, user=f"u{n}") for n in range(first, first + CLAIMS)]
    clock, processor = time.perf_counter(), time.process_time()
    desk.store_checks(store, checks, actor="night", at=AT - timedelta(days=1))
    return time.perf_counter() - clock, time.process_time() - processor


def count(store: Store, table: str) -> int:
    with store.read() as session:
        query = sa.select(sa.func.count()).select_from(sa.table(table))
        return int(session.connection().execute(query).scalar_one())


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=40)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder:
        told = open_store(f"sqlite:///{folder}/told.db")
        silent = open_store(f"sqlite:///{folder}/silent.db")
        order = random.Random(SEED)
        taken: dict[Store, list[tuple[float, float]]] = {told: [], silent: []}
        for number in range(rounds + 1):
            for store in order.sample([told, silent], 2):
                with nullcontext() if store is told else without_notices():
                    seconds = open_many(store, number * CLAIMS)
                if number:  # the first round warms up
                    taken[store].append(seconds)
        cases = (rounds + 1) * CLAIMS
        assert count(told, "cases") == count(silent, "cases") == cases
        assert (count(told, "notices"), count(silent, "notices")) == (cases, 0)
        for place, name in enumerate(("clock", "processor")):
            with_, without = (statistics.median(s[place] for s in taken[x]) for x in (told, silent))
            pairs = zip(taken[told], taken[silent], strict=True)
            ratio = statistics.median(a[place] / b[place] for a, b in pairs)
            print(
                f"{name}: {with_ / CLAIMS * 1e3:.3f} ms a case with notices, "
                f"{without / CLAIMS * 1e3:.3f} without; median of the rounds' ratios {ratio:.3f}"
            )
        told.close()
        silent.close()


if __name__ == "__main__":
    main()
