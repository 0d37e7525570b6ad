"""A night over all 32 networks by the timer's command: killed twice, resumed, and ended as an undisturbed one.

Ethereum and Litecoin are real nodes; the others are played from stories, over real HTTP.
"""

from __future__ import annotations

import json
import random
import shutil
from pathlib import Path
from typing import Any

from sqlalchemy import text

from recovery.cases.audit import audit
from recovery.config import Config
from recovery.networks import load_registry
from recovery.scan.figures import load_report
from recovery.scan.findings import load_cursors, load_findings
from recovery.scan.night import run_night
from recovery.scan.nightreport import tell_night
from recovery.scan.runs import load_runs
from recovery.scan.values import FindingState
from recovery.store import Store, open_store

from .conftest import fill, run_timer, state_of, write_config
from .worlds import AT, World, fill_night, serve_worlds

CODES = {str(network.code) for network in load_registry().networks}


def end_of(store: Store) -> tuple[Any, ...]:
    """Everything but ids and moments of looking: cases with their trails, findings, cursors."""
    findings = [
        (
            str(f.network),
            f.tx_hash,
            f.position,
            f.state.value,
            str(f.reason),
            str(f.amount),
            f.height,
        )
        for f in load_findings(store)
    ]
    return state_of(store), sorted(findings), load_cursors(store)


def write_world(world: World, url: str, folder: Path) -> tuple[Config, Path]:
    config = world.config.model_copy(update={"database_url": url})
    path = write_config(config, url, folder)
    told = path.read_text("utf-8")
    regtest = '[networks.LTC]\nprofile = "regtest"'
    path.write_text(told.replace("[networks.LTC]", regtest), "utf-8")
    return config, path


def test_a_night_over_all_networks_is_killed_resumed_and_ends_as_an_undisturbed_one(
    sqlite_store: Store, sqlite_url: str, tmp_path: Path
) -> None:
    with serve_worlds(tmp_path) as world:
        claims = fill(sqlite_store)
        fill_night(sqlite_store, world, tmp_path)
        sqlite_store.engine.dispose()
        shutil.copyfile(tmp_path / "recovery.db", tmp_path / "quiet.db")
        quiet_url = f"sqlite:///{tmp_path}/quiet.db"
        quiet_config, _ = write_world(world, quiet_url, tmp_path)
        with open_store(quiet_url) as quiet:
            wanted = run_night(quiet_config, quiet, actor="night")
            ends = end_of(quiet)

        _, path = write_world(world, sqlite_url, tmp_path)
        chance = random.Random(32)
        for _ in range(2):
            code, out, log = run_timer(path, kill_after=chance.randint(4, 20))
            assert code == -9, log
            assert not out
        code, out, log = run_timer(path)
    assert code == 0, "every network was scanned up to its tip: none is stale"
    told = json.loads(out)

    rows = {row["network"]: row for row in told["networks"] if row["network"] != "(none)"}
    assert set(rows) == CODES
    for network, row in rows.items():
        assert row["scan"] is not None, (network, row["scan_error"])
        assert row["scan"]["whole"], (network, row["scan"])
        assert not row["cursor"]["stale"]
        assert row["findings"] > 0, network
        assert all(walk["methods"] for walk in row["scan"]["passes"] if not walk["gaps"])
    states = {finding.state for finding in load_findings(sqlite_store)}
    assert {FindingState.OPENED, FindingState.COUNTED} <= states
    assert told["new_cases"] > 15
    assert 0 < told["looked_at"] <= claims
    assert sum(told["moved"].values()) > 0

    assert end_of(sqlite_store) == ends
    assert told["resumed"] == 2
    assert {name: told[name] for name in ("moved", "new_cases", "stale")} == {
        name: wanted[name] for name in ("moved", "new_cases", "stale")
    }
    assert audit(sqlite_store).is_clean
    (run,) = load_runs(sqlite_store, most=5)
    assert run.state == "done"
    (kept,) = load_report(sqlite_store, at=AT)["nights"]
    assert kept["looked_at"] == told["looked_at"]
    assert all(json.loads(line)["event"] for line in log.splitlines() if line.startswith("{"))
    with sqlite_store.read() as session:
        query = text(
            "SELECT count(*), count(DISTINCT network || tx_hash || position) FROM findings"
        )
        count, different = session.connection().execute(query).one()
    assert count == different

    report = tell_night(told)
    assert "resumed 2 times" in dict(report.facts)["broken off"]
    assert dict(report.facts)["blocks"].startswith("32 of 32 networks are as new as allowed")
    networks = report.tables[-1]
    assert {row[0] for row in networks.rows} >= CODES
