"""Killed half way, or run twice at once: the file is there whole or not at all, and never double."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import text

from recovery.errors import Unreachable
from recovery.records.importer import import_csv
from recovery.store import Store, open_store

ROWS = 8_000
IMPORT = """
import sys
from recovery.store import open_store
from recovery.errors import Unreachable
from recovery.records.importer import import_csv
with open_store(sys.argv[1]) as store:
    print("ready", flush=True)
    print(import_csv(store, "accounts", sys.argv[2], actor="olga"), flush=True)
"""


@pytest.fixture
def big_file(tmp_path: Path) -> Path:
    path = tmp_path / "accounts.csv"
    lines = [f"user-{n},active" for n in range(ROWS)]
    path.write_text("user,status\n" + "\n".join(lines))
    return path


def _count(store: Store) -> int:
    with store.read() as session:
        found: int = session.connection().scalar(text("SELECT count(*) FROM accounts")) or 0
        return found


def _start(store_url: str, path: Path) -> subprocess.Popen[str]:
    started = subprocess.Popen(
        [sys.executable, "-c", IMPORT, store_url, str(path)], stdout=subprocess.PIPE, text=True
    )
    assert started.stdout is not None
    assert started.stdout.readline() == "ready\n"
    return started


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_an_import_killed_at_any_moment_is_whole_or_nothing(
    store_url: str, big_file: Path, seed: int
) -> None:
    whole = 0.15 if store_url.startswith("sqlite") else 0.3  # about what the import takes
    delay = random.Random(seed).uniform(0, whole)
    with _start(store_url, big_file) as running:
        time.sleep(delay)
        os.kill(running.pid, signal.SIGKILL)
    with open_store(store_url) as store:
        assert _count(store) in (0, ROWS)
        again = import_csv(store, "accounts", big_file, actor="olga")
        assert again.rows == again.new + again.unchanged == ROWS
        assert _count(store) == ROWS
        assert import_csv(store, "accounts", big_file, actor="olga").unchanged == ROWS


def test_one_file_imported_by_two_processes_at_once_is_there_once(
    store_url: str, big_file: Path
) -> None:
    with _start(store_url, big_file) as one, _start(store_url, big_file) as other:
        said = [process.communicate(timeout=60)[0] for process in (one, other)]
    assert [one.returncode, other.returncode] == [0, 0]
    assert sorted(f"new={n}," in " ".join(said) for n in (0, ROWS)) == [True, True]
    with open_store(store_url) as store:
        assert _count(store) == ROWS


def test_two_files_that_say_otherwise_take_turns(
    store: Store, tmp_path: Path, big_file: Path
) -> None:
    other = tmp_path / "closed.csv"
    other.write_text(big_file.read_text().replace("active", "closed"))
    with ThreadPoolExecutor(2) as threads:
        runs = [
            threads.submit(import_csv, store, "accounts", path, actor="olga")
            for path in (big_file, other)
        ]
        reports = [run.result() for run in runs]
    assert sorted((r.new, r.replaced) for r in reports) == [(0, ROWS), (ROWS, 0)]
    with store.read() as session:
        query = text("SELECT count(DISTINCT status), count(*) FROM accounts")
        assert tuple(session.connection().execute(query).one()) == (1, ROWS)


def test_other_writers_go_on_while_a_file_is_parsed(
    store: Store, tmp_path: Path, big_file: Path
) -> None:
    """Only the merge holds the write lock: a slow file must not stop a signature."""
    pipe = tmp_path / "slow.csv"
    os.mkfifo(pipe)
    with ThreadPoolExecutor(1) as threads:
        running = threads.submit(import_csv, store, "accounts", pipe, actor="olga")
        with pipe.open("w") as slow:
            slow.write(big_file.read_text())
            slow.write("".join(f"\nlate-{n},active" for n in range(ROWS)))
            slow.flush()
            started = time.monotonic()
            with store.begin() as session:
                session.connection().exec_driver_sql(
                    "INSERT INTO accounts (owner, status) VALUES ('alice', 'active')"
                )
            assert time.monotonic() - started < 5
            assert not running.done()
        assert running.result(timeout=60).new == 2 * ROWS
    assert _count(store) == 2 * ROWS + 1


def test_a_server_lost_in_the_middle_of_an_import_is_an_outage(
    postgresql_url: str, tmp_path: Path, big_file: Path
) -> None:
    pipe = tmp_path / "slow.csv"
    os.mkfifo(pipe)
    with open_store(postgresql_url) as store:
        with ThreadPoolExecutor(1) as threads:
            running = threads.submit(import_csv, store, "accounts", pipe, actor="olga")
            with pipe.open("w") as slow:
                slow.write(big_file.read_text())
                slow.flush()
                time.sleep(0.2)
                with store.begin() as session:
                    session.connection().exec_driver_sql(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                    )
            with pytest.raises(Unreachable):
                running.result(timeout=60)
        assert _count(store) == 0
