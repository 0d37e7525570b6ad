"""A scan of raw blocks that is killed with -9 at random requests and run again ends as an undisturbed one."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from scan.ledgers import find_stories

from recovery.cases.casebook import list_cases
from recovery.demo import play
from recovery.demo.ledgers import build_ledger
from recovery.demo.server import Replay, ReplayServer, Reply
from recovery.records.importer import import_csv
from recovery.scan.findings import load_cursors, load_findings
from recovery.store import open_store
from recovery.times import parse_time

SEEDS = range(3 * (1 + 9 * int(os.environ.get("RECOVERY_SOAK", "0") or 0)))
NAMES = ("BTC/payout", "BTC/inscription", "BTC/omni", "BTC/runes")
STORIES = [f for f in find_stories("utxo") if f.name in NAMES]


def _prepare(url: str, folder: Path) -> None:
    """Every recipient of the stories that sent nothing is ours, and the ledger booked nothing of it."""
    told: list[Any] = [t for f in STORIES if f.evidence for t in f.evidence["transfers"]]
    ours = {t["recipient"] for t in told if t["recipient"]}
    ours -= {sender for t in told for sender in t["senders"]}
    rows = [f"BTC,{address},deposit,user{n}\n" for n, address in enumerate(sorted(ours))]
    files = {
        "addresses": "network,address,role,user\n" + "".join(rows),
        "listings": "network,asset,symbol,decimals,status\nBTC,native,BTC,8,listed\n",
        "credits": "network,tx_hash,transfer,user,asset,amount,credited_at\n",
    }
    with open_store(url) as store:
        for kind, text in files.items():
            path = folder / f"{kind}.csv"
            path.write_text(text, "utf-8")
            mark = parse_time(play.NOW) if kind == "credits" else None
            import_csv(store, kind, path, actor="olga", complete_through=mark)


def _scan(url: str, folder: Path, server: ReplayServer, fatal: int) -> int:
    """One `recovery scan`; its process is killed before the server's request number ``fatal`` is answered."""
    config = folder / "recovery.toml"
    config.write_text(
        f'database_url = "{url}"\nwatch_folder = "{folder}/watch"\n'
        f'[networks.BTC]\nendpoints = ["{server.url}"]\n',
        "utf-8",
    )
    command = [sys.executable, "-m", "cli", "scan", "BTC", "--config", str(config), "--json"]
    environment = {k: v for k, v in os.environ.items() if k != "COVERAGE_PROCESS_START"}
    with subprocess.Popen(
        command,
        cwd=Path(__file__).parents[2],
        env=environment | {"RECOVERY_NOW": play.NOW},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    ) as process:

        def twist(number: int, asked: str, reply: Reply) -> Reply:
            if number == fatal:
                with contextlib.suppress(ProcessLookupError):
                    process.send_signal(signal.SIGKILL)
            return reply

        server.twist = twist
        _, told = process.communicate(timeout=120)
        assert process.returncode in (0, -signal.SIGKILL), told.decode()
        return process.returncode


def _state(url: str) -> tuple[Any, ...]:
    """Everything but ids and moments."""
    with open_store(url) as store:
        findings = [
            (f.tx_hash, f.position, f.state, f.reason, f.amount, f.height, f.block_time)
            for f in load_findings(store)
        ]
        cases = [
            (c.tx_hash, str(c.position), c.state.value, str(c.cause)) for c in list_cases(store)
        ]
        return sorted(findings), sorted(cases), load_cursors(store)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_killed_scan_of_blocks_run_again_ends_as_an_undisturbed_one(
    tmp_path: Path, seed: int
) -> None:
    chance = random.Random(seed)
    url, quiet = (f"sqlite:///{tmp_path}/{name}.db" for name in ("killed", "quiet"))
    _prepare(url, tmp_path)
    shutil.copyfile(tmp_path / "killed.db", tmp_path / "quiet.db")
    with ReplayServer(Replay(STORIES), ledger=build_ledger("utxo", STORIES)) as server:
        assert _scan(quiet, tmp_path, server, 0) == 0
        fewest = server.requests // 2  # how many it asks depends a little on which thread was first
        wanted = _state(quiet)
        assert len(wanted[0]) > 2
        assert wanted[1]
        kills = 0
        while True:
            fatal = server.requests + chance.randint(2, fewest) if kills < 2 else 0
            if _scan(url, tmp_path, server, fatal) == 0:
                break
            kills += 1
    assert kills
    assert _state(url) == wanted
