"""The night over all 32 networks, by the timer's own command: whole, killed and resumed, and twice at once."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from recovery.cases import desk
from recovery.cases.audit import audit
from recovery.cases.table import State
from recovery.clock import now
from recovery.config import Config
from recovery.errors import NotAllowed
from recovery.networks import load_registry
from recovery.scan.figures import load_report
from recovery.scan.night import Scope, run_night
from recovery.scan.page import print_page
from recovery.scan.rescan import Chunk, find_due, find_networks, load_world, look_at
from recovery.scan.runs import hold_run, load_runs, load_tallies
from recovery.scan.tools import open_tools
from recovery.store import Store, open_store

from .conftest import REPOSITORY, UNIT, fill, run_timer, state_of, write_config

CASES = Scope(only="cases")
SEEDS = range(3 * (1 + 9 * int(os.environ.get("RECOVERY_SOAK", "0") or 0)))


def with_database(config: Config, url: str) -> Config:
    return config.model_copy(update={"database_url": url})


def test_when_the_nodes_are_back_every_case_is_led_on(
    played: Config, store: Store, store_url: str
) -> None:
    opened = fill(store)
    told = run_night(with_database(played, store_url), store, actor="night", scope=CASES)
    assert told["looked_at"] == opened == sum(told["moved"].values())
    assert told["unreachable"] == 0
    assert {n["network"] for n in told["networks"] if n["cases"]["looked_at"]} == {
        str(n.code) for n in load_registry().networks
    }
    assert not [c for c in desk.list_cases(store) if c.state is State.CHECKING]
    assert audit(store).is_clean


def test_a_second_night_finds_nothing_to_do_and_grows_no_trail(
    played: Config, sqlite_store: Store, sqlite_url: str
) -> None:
    fill(sqlite_store)
    config = with_database(played, sqlite_url)
    run_night(config, sqlite_store, actor="night", scope=CASES)
    before = state_of(sqlite_store)
    told = run_night(config, sqlite_store, actor="night", scope=CASES)
    assert told["moved"] == {}
    assert state_of(sqlite_store) == before


def test_a_night_in_which_nothing_happened_moves_the_moment_and_no_trail(
    played: Config, sqlite_store: Store, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(sqlite_store)
    config = with_database(played, sqlite_url)
    run_night(config, sqlite_store, actor="night", scope=CASES)
    before = state_of(sqlite_store)
    waiting = {c.id: c.next_look_at for c in desk.list_cases(sqlite_store, state=State.WAITING)}
    assert waiting
    with sqlite_store.begin() as session:  # as if the looks had been yesterday's
        for table, column in (("case_looks", "looked_at"), ("case_looks", "next_look_at")):
            old = text(f"UPDATE {table} SET {column} = '2026-11-19 12:00:00'")
            session.connection().execute(old)
    told = run_night(config, sqlite_store, actor="night", scope=CASES)
    assert told["looked_at"] > 0
    assert told["moved"] == {}
    assert state_of(sqlite_store) == before
    after = {c.id: c.next_look_at for c in desk.list_cases(sqlite_store, state=State.WAITING)}
    assert after.keys() == waiting.keys()
    assert audit(sqlite_store).is_clean


def test_a_chunk_that_comes_a_second_time_counts_nothing_and_fails_nothing(
    played: Config, store: Store, store_url: str
) -> None:
    """As after the death of a process that had looked at some of it, or at all."""
    opened = fill(store)
    config = with_database(played, store_url)
    world = load_world(store, now())
    with (
        hold_run(store, actor="night", scope={}, at=now()) as (run, _),
        open_tools(config, store) as tools,
    ):
        chunks = [
            Chunk(config, run.id, world, code, tuple(find_due(store, code, world)))
            for code in find_networks(store)
        ]
        for chunk in chunks:
            half = replace(chunk, due=chunk.due[: len(chunk.due) // 2 + 1])
            assert not look_at(tools, half).errors
        for chunk in chunks:
            look_at(tools, chunk)
        before = state_of(store)
        for chunk in chunks:
            again = look_at(tools, chunk)
            assert again.counts == {}
            assert again.errors == {}
            assert again.spent.requests == 0
        tallies = load_tallies(store, run.id)
    assert state_of(store) == before
    looks = [n for counts in tallies.values() for k, n in counts.items() if k[:6] == "looks:"]
    assert sum(looks) == opened


@pytest.mark.parametrize("seed", SEEDS)
def test_a_night_that_is_killed_and_started_again_ends_as_an_undisturbed_one(
    played: Config, sqlite_store: Store, sqlite_url: str, tmp_path: Path, seed: int
) -> None:
    fill(sqlite_store)
    sqlite_store.engine.dispose()
    chance = random.Random(seed)
    quiet_url = f"sqlite:///{tmp_path}/quiet.db"
    shutil.copyfile(tmp_path / "recovery.db", tmp_path / "quiet.db")
    with open_store(quiet_url) as quiet:
        wanted = run_night(with_database(played, quiet_url), quiet, actor="night", scope=CASES)
        ends = state_of(quiet)
    config = write_config(played, sqlite_url, tmp_path)
    killed = 0
    while True:
        after = chance.randint(1, 25) if killed < 4 else None
        code, out, log = run_timer(config, "--only", "cases", kill_after=after)
        if code == 0:
            break
        assert code == -9, log
        killed += 1
    assert killed, "the seed killed nothing"
    told = json.loads(out)
    assert state_of(sqlite_store) == ends
    assert audit(sqlite_store).is_clean
    (run,) = load_runs(sqlite_store, most=5)
    assert run.state == "done"
    assert told["resumed"] == killed
    assert told["moved"] == wanted["moved"]


def test_two_nights_at_once_are_refused(played: Config, store: Store, store_url: str) -> None:
    with hold_run(store, actor="a", scope={}, at=now()), pytest.raises(NotAllowed) as refused:
        run_night(with_database(played, store_url), store, actor="b")
    assert refused.value.reference == "night-running"


def test_a_person_s_no_and_a_withdrawal_stay(
    played: Config, sqlite_store: Store, sqlite_url: str
) -> None:
    fill(sqlite_store)
    config = with_database(played, sqlite_url)
    run_night(config, sqlite_store, actor="night", scope=CASES)
    (ours, *_) = desk.list_cases(sqlite_store, state=State.QUOTED)
    desk.refuse(sqlite_store, ours.id, reason="seen on the phone", actor="rita")
    with sqlite_store.begin() as session:  # a cause whose refusal may turn
        connection = session.connection()
        connection.execute(
            text("UPDATE cases SET cause = 'address_not_ours' WHERE id = :id"), {"id": ours.id}
        )
        connection.execute(text("UPDATE imports SET at = '2026-11-21 00:00:00'"))
    told = run_night(config, sqlite_store, actor="night", scope=CASES)
    assert desk.load_case(sqlite_store, ours.id).state is State.REFUSED
    assert sum(n["cases"]["stands"] for n in told["networks"]) >= 1


def test_a_quote_that_ran_out_is_offered_again_once(
    played: Config, sqlite_store: Store, sqlite_url: str
) -> None:
    fill(sqlite_store)
    config = with_database(played, sqlite_url)
    run_night(config, sqlite_store, actor="night", scope=CASES)
    quoted = {c.id for c in desk.list_cases(sqlite_store, state=State.QUOTED)}
    assert quoted
    for night in (1, 2):
        with sqlite_store.begin() as session:
            session.connection().execute(
                text(
                    "UPDATE cases SET quote_expires_at = '2026-11-20 11:00:00' WHERE state = 'quoted'"
                )
            )
        told = run_night(config, sqlite_store, actor="night", scope=CASES)
        assert told["cleared_up"]["quotes_expired"] == len(quoted)
        states = {desk.load_case(sqlite_store, case).state for case in quoted}
        assert states == ({State.QUOTED} if night == 1 else {State.EXPIRED})


def test_what_ended_the_night_is_in_the_report_and_its_page_is_escaped(
    played: Config, sqlite_store: Store, sqlite_url: str
) -> None:
    opened = fill(sqlite_store)
    run_night(with_database(played, sqlite_url), sqlite_store, actor="night", scope=CASES)
    report = load_report(sqlite_store, at=now())
    assert opened <= report["cases"] == sum(report["by_state"].values())
    assert report["nights"][0]["looked_at"] == opened
    report["by_cause"] = {"<script>alert(1)</script>": 1}
    page = print_page(report)
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "<svg" in page


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="LOUD: no systemd-analyze here")
def test_the_units_are_ones_that_systemd_takes(tmp_path: Path) -> None:
    program = tmp_path / "recovery"
    program.write_text("#!/bin/sh\n", "utf-8")
    program.chmod(0o755)
    for unit in (UNIT, UNIT.with_suffix(".timer")):
        (tmp_path / unit.name).write_text(
            unit.read_text("utf-8").replace("/opt/recovery/bin/recovery", str(program)), "utf-8"
        )
    command = ["systemd-analyze", "verify", *map(str, tmp_path.glob("recovery-rescan.*"))]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    cron = (REPOSITORY / "deploy" / "recovery-rescan.cron").read_text("utf-8")
    (line,) = [x for x in cron.splitlines() if not x.startswith("#")]
    assert line.split()[:5] == ["0", "2", "*", "*", "*"]
    assert "recovery --config /etc/recovery/recovery.toml rescan" in line
