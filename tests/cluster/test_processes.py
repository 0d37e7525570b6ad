"""Several processes of one machine: a night by them ends as one by threads, whoever is killed on the way."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from nodes.evm import Chain
from scan.conftest import Exchange

from recovery.cases.audit import audit
from recovery.config import Config, load_config
from recovery.errors import Unreachable
from recovery.scan.night import Scope, run_night
from recovery.scan.processes import open_processes, share_limits
from recovery.store import open_store
from recovery.times import print_time

from . import desk

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


@pytest.mark.parametrize("seed", SEEDS)
def test_after_kills_of_a_process_and_of_the_command_the_end_is_that_of_threads(
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
        half = node.calls // 2

        helpers: list[int] = []

        def end_helper() -> None:
            helpers[:] = _find_helpers(night.pid)
            os.kill(chance.choice(helpers), 9)

        def end_night() -> None:
            helpers[:] = _find_helpers(night.pid)
            desk.kill(night)

        for then, code in ((end_night, -9), (end_helper, 0)):
            night = desk.begin(config, *NIGHT, RECOVERY_NOW=moment)
            node.plan(chance.randint(2, half), then)
            out, log = night.communicate(timeout=120)
            assert night.returncode == code, log.decode()
            assert len(helpers) == 2
            _wait_until_gone(helpers)
        assert b"process" in log
        assert json.loads(out)["resumed"] == 1
    with open_store(sqlite_url) as store:
        ends = desk.read_state(store)
        for table, rows in wanted.items():
            assert ends[table] == rows, table
        assert audit(store).is_clean


_TELL = ["sh", "-c", "sleep 0.2; echo $PPID"]
"""A task that takes a moment and tells which process does it."""


def test_tasks_are_shared_out_and_a_dead_process_gets_no_more() -> None:
    with open_processes(2, Config()) as processes:

        def ask(times: int) -> list[int]:
            tasks = [processes.submit(subprocess.check_output, _TELL) for _ in range(times)]
            return [int(task.result()) for task in tasks]

        where = ask(8)
        assert sorted(map(where.count, set(where))) == [4, 4]
        assert os.getpid() not in where
        first, second = sorted(set(where))
        os.kill(first, 9)
        assert ask(4) == [second] * 4
        assert processes.lost is None
        os.kill(second, 9)
        for _ in range(2):
            with pytest.raises(Unreachable, match="every process died"):
                ask(1)
        assert processes.lost


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
