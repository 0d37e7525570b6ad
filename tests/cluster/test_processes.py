"""Several processes of one machine: a night by them ends as one by threads, whoever is killed on the way."""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from nodes.evm import Chain
from scan.conftest import Exchange
from scan.proxy import Call, Proxy, Refusal

from recovery.cases.audit import audit
from recovery.chains.scan import Window
from recovery.config import Config, load_config, parse_config
from recovery.errors import BadInput, RecoveryError, Unreachable
from recovery.scan.looking import Eyes, Job
from recovery.scan.night import Scope, run_night
from recovery.scan.processes import (
    MOST_DEATHS,
    TRIES,
    Processes,
    open_processes,
    share_limits,
)
from recovery.scan.watching import open_watch
from recovery.store import Store, open_store
from recovery.times import print_time

from . import desk
from .conftest import Starting, wait_until_joined

SEEDS = range(20 if os.environ.get("RECOVERY_SOAK") else 2)
NIGHT = ("rescan", "--network", "ETH", "--actor", "night", "--processes", "2")


def _find_helpers(pid: int) -> list[int]:
    """The processes that this one started for its work."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in children if b"spawn_main" in _read_command(int(child))]


def _read_command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except FileNotFoundError:
        return b""


def _wait_until_gone(pids: list[int]) -> None:
    deadline = time.monotonic() + 20
    while any(b"spawn_main" in _read_command(pid) for pid in pids):
        assert time.monotonic() < deadline, "they outlive the process that started them"
        time.sleep(0.05)


@contextlib.contextmanager
def _night(config: Path, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    night = desk.begin(config, *NIGHT, **environment)
    try:
        yield night
    finally:
        desk.kill(night)
        night.communicate()


@pytest.mark.parametrize("seed", SEEDS)
def test_after_kills_of_the_command_and_of_a_process_the_end_is_that_of_threads(
    eth: Chain, sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    chance = random.Random(seed)
    with desk.disturbed(eth.anvil.url) as node:
        config = desk.write_config(tmp_path / "shaken", sqlite_url, node.proxy.url)
        with open_store(sqlite_url) as store:
            exchange = Exchange(store, load_config(str(config)), tmp_path)
            desk.fill(exchange, eth)
        moment = print_time(datetime.now(UTC) + timedelta(minutes=1))
        monkeypatch.setenv("RECOVERY_NOW", moment)
        quiet_url = f"sqlite:///{tmp_path}/quiet.db"
        shutil.copyfile(sqlite_url.removeprefix("sqlite:///"), tmp_path / "quiet.db")
        quietly = desk.write_config(tmp_path / "quiet", quiet_url, node.proxy.url)
        with open_store(quiet_url) as store:
            run_night(load_config(str(quietly)), store, actor="night", scope=Scope((desk.ETH,)))
            wanted = desk.read_state(store)
        assert len(wanted["cases"]) == 3 * desk.DEPOSITS
        third = node.calls // 3

        found: list[int] = []

        def end_helper() -> None:
            found.extend(_find_helpers(night.pid))
            os.kill(chance.choice(found), 9)

        def end_night() -> None:
            found.extend(_find_helpers(night.pid))
            desk.kill(night)

        for then, code in ((end_night, -9), (end_helper, 0)):
            with _night(config, RECOVERY_NOW=moment) as night:
                node.plan(chance.randint(2, third), then)
                out, log = night.communicate(timeout=120)
                assert night.returncode == code, log.decode()
            assert len(found) == 2, "the kill came"
            _wait_until_gone(found)
            found.clear()
        assert json.loads(out)["resumed"] == 1
    with open_store(sqlite_url) as store:
        ends = desk.read_state(store)
        for table, rows in wanted.items():
            assert ends[table] == rows, table
        assert audit(store).is_clean


@pytest.mark.parametrize("processes", ["1", "2"])
def test_ctrl_c_ends_a_night_soon_and_the_next_one_goes_on(
    eth: Chain, sqlite_url: str, tmp_path: Path, processes: str
) -> None:
    _interrupt(eth, sqlite_url, tmp_path, lambda _: ("--processes", processes))


def test_ctrl_c_ends_a_night_of_a_cluster_soon_too(
    eth: Chain, postgresql_url: str, scheduler: str, start_worker: Starting, tmp_path: Path
) -> None:
    def start(config: Path) -> tuple[str, str]:
        wait_until_joined(start_worker(config), folder=tmp_path)
        return "--cluster", scheduler

    _interrupt(eth, postgresql_url, tmp_path, start)


def _interrupt(
    eth: Chain, url: str, folder: Path, start: Callable[[Path], tuple[str, str]]
) -> None:
    """Nodes are slow, once it is pressed: waiting for what was planned would take a minute and more."""
    calls: list[str] = []
    pressed = threading.Event()

    def rule(call: Call) -> Refusal | None:
        calls.append(call["method"])
        if len(calls) == 30:
            night.send_signal(signal.SIGINT)
            pressed.set()
        if pressed.is_set():
            time.sleep(1.5)
        return None

    with Proxy(eth.anvil.url, rule) as proxy:
        config = desk.write_config(folder / "slow", url, proxy.url)
        with open_store(url) as store:
            exchange = Exchange(store, load_config(str(config)), folder)
            desk.fill(exchange, eth)
        words = (*NIGHT[:-2], *start(config))
        night = desk.begin(config, *words)
        out, log = night.communicate(timeout=120)
        assert night.returncode == 130, log.decode()
        assert out == b""
        assert b"interrupted" in log
        pressed.clear()
        until = len(calls)
        calls += [""] * 30  # it is pressed once
        night = desk.begin(config, *words)
        out, log = night.communicate(timeout=120)
        assert night.returncode == 0, log.decode()
    told = json.loads(out)
    assert told["resumed"] == 1
    assert told["whole"], told
    left = len(calls) - until - 30
    assert until - 30 < left / 3, "what was planned was not waited for"


def test_two_processes_together_ask_no_faster_than_one_may(
    eth: Chain, store_url: str, tmp_path: Path
) -> None:
    rate = 20
    options = ("--processes", "2")
    asked, seconds = desk.scan_limited(eth, store_url, tmp_path, lambda _: options, rate=rate)
    assert asked >= 20
    assert seconds >= 0.8 * (asked - 1) / rate


_TELL = ["sh", "-c", "sleep 0.2; echo $PPID"]
"""A task that takes a moment and tells which process does it."""


def _ask(processes: Processes, times: int) -> list[int]:
    tasks = [processes.submit(subprocess.check_output, _TELL) for _ in range(times)]
    return [int(task.result()) for task in tasks]


def test_tasks_are_shared_out_and_a_dead_process_is_replaced() -> None:
    with open_processes(2, Config()) as processes:
        first = set(_ask(processes, 8))
        assert len(first) == 2
        assert os.getpid() not in first
        dead = min(first)
        os.kill(dead, 9)
        later = set(_ask(processes, 8))
        assert len(later) == 2
        assert first & later == first - {dead}
        assert processes.lost is None


def test_what_a_task_raises_is_raised_here_and_ends_no_process() -> None:
    with open_processes(1, Config()) as processes:
        (before,) = set(_ask(processes, 2))
        refused = processes.submit(socket.create_connection, ("127.0.0.1", 1))
        assert isinstance(refused.exception(), ConnectionRefusedError)
        unheard = processes.submit(threading.Lock)
        assert "pickle" in str(unheard.exception())
        known = processes.submit(parse_config, "nonsense = 1", where="here")
        assert isinstance(known.exception(), BadInput)
        assert _ask(processes, 1) == [before]


def test_a_look_that_cannot_open_its_database_fails_as_a_look_does(
    sqlite_store: Store, tmp_path: Path
) -> None:
    nowhere = "postgresql+psycopg://127.0.0.1:1/none"
    config = Config.model_validate({"database_url": nowhere, "networks": {}})
    eyes = Eyes(config, sqlite_store, open_watch(sqlite_store, tmp_path))
    with open_processes(1, config) as processes:
        failed = processes.submit(eyes.look, Job(desk.ETH, "tokens", Window(1, 2))).exception()
    eyes.nodes.close()
    assert isinstance(failed, RecoveryError)
    assert failed.reference == "database-unavailable"


class Fragile:
    """A process that dies of every task, or in the middle of its answer."""

    def __init__(self, error: Exception, made: list[Fragile]) -> None:
        self.error = error
        made.append(self)

    def run(self, task: bytes) -> bytes:
        raise self.error


@pytest.mark.parametrize("error", [EOFError(), OSError("got end of file during message")])
def test_work_that_ends_every_process_is_given_up_and_then_all_of_it(error: Exception) -> None:
    made: list[Fragile] = []
    with Processes(
        lambda: Fragile(error, made), lambda: None, Config(), count=2, threads=2
    ) as processes:
        failed = processes.submit(int).exception()
        assert isinstance(failed, Unreachable)
        assert "the same work" in str(failed)
        assert len(made) == 2 + TRIES
        assert processes.lost is None
        while processes.lost is None:
            assert isinstance(processes.submit(int).exception(), Unreachable)
        assert len(made) == 2 + MOST_DEATHS - 1
        assert str(MOST_DEATHS) in str(processes.submit(int).exception())


def test_a_process_that_cannot_start_is_told_as_that(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    longest = tmp_path / ("x" * 120)  # a socket's path has 107 characters at most
    longest.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(longest))
    with pytest.raises(Unreachable, match="before it began"), open_processes(1, Config()):
        pass


def test_on_sqlite_each_process_has_its_part_of_an_endpoints_limit() -> None:
    section = {"endpoints": ["http://127.0.0.1:1"], "requests_per_second": 30}
    networks = {"ETH": section, "LTC": {"endpoints": ["http://127.0.0.1:2"]}}
    config = Config.model_validate({"networks": networks})
    shared = share_limits(config, 3)
    assert shared.networks["ETH"].requests_per_second == 10
    assert shared.networks["LTC"].requests_per_second is None
    on_server = config.model_copy(update={"database_url": "postgresql+psycopg://host/name"})
    assert share_limits(on_server, 3) == on_server


def test_a_cluster_and_processes_are_not_given_together(tmp_path: Path) -> None:
    config = desk.write_config(tmp_path, f"sqlite:///{tmp_path}/none.db", "http://127.0.0.1:1")
    night = desk.begin(config, *NIGHT, "--cluster", "tcp://127.0.0.1:1")
    out, _ = night.communicate(timeout=60)
    assert night.returncode == 2
    assert json.loads(out)["error"]["reference"] == "two-executors"
    assert not (tmp_path / "none.db").exists()
