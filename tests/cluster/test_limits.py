"""An endpoint's limit holds for all processes together: in the database, and at the node's door."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from subprocess import Popen

import pytest
from nodes.evm import Chain
from sqlalchemy import text

from recovery.pacing import FAR_SECONDS, Pace, find_pace
from recovery.store import Store, open_store

from . import desk
from .conftest import Starting, wait_until_joined

EVERY = 0.1


def _take(url: str, many: int) -> list[float]:
    with open_store(url) as store:
        return [time.time() + Pace(store).take("ETH node", EVERY) for _ in range(many)]


def test_those_who_take_slots_at_once_never_get_the_same(postgresql_url: str) -> None:
    began = time.time()
    with ThreadPoolExecutor(3) as pool:  # each with connections of its own, as processes have
        parts = [pool.submit(_take, postgresql_url, 60) for _ in range(3)]
        slots = [slot for part in parts for slot in part.result()]
    assert max(slots) >= began + (len(slots) - 1) * EVERY


@pytest.fixture
def postgresql_store(postgresql_url: str) -> Iterator[Store]:
    with open_store(postgresql_url) as opened:
        yield opened


def test_an_endpoint_that_rested_is_free_at_once_and_others_are_not_held_up(
    postgresql_store: Store,
) -> None:
    pace = Pace(postgresql_store)
    assert pace.take("a", 50) <= 0
    assert 0 < pace.take("a", 50) <= 50
    assert pace.take("b", 50) <= 0


def test_a_clock_that_was_put_back_holds_nobody_up(postgresql_store: Store) -> None:
    pace = Pace(postgresql_store)
    pace.take("a", 1)
    with postgresql_store.begin() as session:
        later = text("UPDATE endpoint_slots SET free_at = free_at + :far * interval '1 second'")
        session.connection().execute(later, {"far": FAR_SECONDS + 60})
    assert pace.take("a", 1) <= 0


def test_a_process_on_sqlite_keeps_its_own_limit(sqlite_store: Store) -> None:
    assert find_pace(sqlite_store) is None


def test_two_workers_together_ask_no_faster_than_one_may(
    eth: Chain, postgresql_url: str, scheduler: str, start_worker: Starting, tmp_path: Path
) -> None:
    rate = 20
    workers: list[Popen[bytes]] = []

    def start(config: Path) -> tuple[str, str]:
        workers.extend(start_worker(config) for _ in range(2))
        wait_until_joined(*workers, folder=tmp_path)
        return "--cluster", scheduler

    asked, seconds = desk.scan_limited(eth, postgresql_url, tmp_path, start, rate=rate)
    assert [w.poll() for w in workers] == [None, None]
    assert asked >= 20
    assert seconds >= 0.8 * (asked - 1) / rate
