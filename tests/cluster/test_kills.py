"""A worker is killed with -9, then the coordinator, in the middle; run again, the end is that of an undisturbed run."""

from __future__ import annotations

import json
import os
import random
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from nodes.evm import Chain
from nodes.litecoind import Litecoind
from scan.conftest import Exchange

from recovery.cases.audit import audit
from recovery.config import load_config
from recovery.scan.night import Scope, run_night
from recovery.store import open_store
from recovery.times import print_time

from . import desk
from .conftest import Starting, wait_until_joined

SEEDS = range(50 if os.environ.get("RECOVERY_SOAK") else 3)
NIGHT = ("rescan", "--network", "ETH", "--network", "LTC", "--actor", "night")


def _copy_database(url: str, name: str) -> str:
    target = sa.engine.make_url(url)
    engine = sa.create_engine(target.set(database="postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE {target.database}")
    engine.dispose()
    return target.set(database=name).render_as_string(hide_password=False)


def _drop_database(url: str) -> None:
    target = sa.engine.make_url(url)
    engine = sa.create_engine(target.set(database="postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {target.database} WITH (FORCE)")
    engine.dispose()


@pytest.mark.parametrize("seed", SEEDS)
def test_after_kills_of_a_worker_and_of_the_coordinator_the_end_is_the_same(
    eth: Chain,
    ltc: Litecoind,
    postgresql_url: str,
    scheduler: str,
    start_worker: Starting,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    seed: int,
) -> None:
    chance = random.Random(seed)
    with desk.disturbed(eth.anvil.url) as node:
        config = desk.write_config(
            tmp_path / "shaken", postgresql_url, node.proxy.url, litecoin=ltc.url
        )
        with open_store(postgresql_url) as store:
            exchange = Exchange(store, load_config(str(config)), tmp_path)
            desk.fill_litecoin(exchange, ltc)
            desk.fill(exchange, eth)
        moment = print_time(datetime.now(UTC) + timedelta(minutes=1))
        monkeypatch.setenv("RECOVERY_NOW", moment)
        quiet_url = _copy_database(postgresql_url, f"quiet_{os.getpid()}_{seed}")
        workers = [start_worker(config, RECOVERY_NOW=moment) for _ in range(2)]
        quietly = desk.write_config(tmp_path / "quiet", quiet_url, node.proxy.url, litecoin=ltc.url)
        quiet = load_config(str(quietly))
        with open_store(quiet_url) as store:
            run_night(quiet, store, actor="night", scope=Scope((desk.ETH, desk.LTC)))
            wanted = desk.read_state(store)
        whole = (
            node.calls
        )  # what a night asks of the node: the kills fall between its first and its last
        _drop_database(quiet_url)
        assert len(wanted["cases"]) == 4 * desk.DEPOSITS

        wait_until_joined(*workers, folder=tmp_path)
        runs = 0
        killed = {"worker": 0, "coordinator": 0}
        while True:
            night = desk.begin(config, *NIGHT, "--cluster", scheduler, RECOVERY_NOW=moment)

            def end_worker() -> None:
                killed["worker"] += 1
                desk.kill(workers.pop(chance.randrange(2)))
                node.plan(chance.randint(1, whole // 3), end_coordinator)

            def end_coordinator(night: subprocess.Popen[bytes] = night) -> None:
                killed["coordinator"] += 1
                desk.kill(night)

            runs += 1
            if runs == 1:
                node.plan(chance.randint(1, whole // 2), end_worker)
            elif runs == 2 and chance.random() < 0.5:
                node.plan(chance.randint(1, whole // 2), end_coordinator)
            else:
                node.plan(None, end_coordinator)
            out, log = night.communicate(timeout=120)
            if night.returncode == 0:
                break
            assert night.returncode == -9, log.decode()
            if len(workers) < 2:
                workers.append(start_worker(config, RECOVERY_NOW=moment))
    assert killed["worker"] == 1
    assert killed["coordinator"] >= 1
    told = json.loads(out)
    assert 1 <= told["resumed"] <= killed["coordinator"]  # one may die before it takes the run over
    with open_store(postgresql_url) as store:
        ends = desk.read_state(store)
        for table, rows in wanted.items():
            assert ends[table] == rows, table
        assert audit(store).is_clean
