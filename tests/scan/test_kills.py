"""A scan that is killed with -9 at random places and run again ends as an undisturbed one."""

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
from nodes.evm import Chain

from recovery.cases.casebook import list_cases
from recovery.scan.findings import load_cursors
from recovery.store import open_store

from .conftest import ETH, Exchange, Making
from .proxy import Call, Proxy, Refusal

ETHER = 10**18
SEEDS = range(3 * (1 + 9 * int(os.environ.get("RECOVERY_SOAK", "0") or 0)))


def _write_config(exchange: Exchange, url: str) -> Path:
    path = exchange.folder / "recovery.toml"
    path.write_text(
        f'database_url = "{exchange.config.database_url}"\n'
        f'watch_folder = "{exchange.folder}/watch"\n'
        f'[networks.ETH]\nendpoints = ["{url}"]\n',
        "utf-8",
    )
    return path


def _run(config: Path, before_call: Any, target: str) -> int:
    """One `recovery scan` whose process dies where ``before_call`` says so; its exit code."""
    process: subprocess.Popen[bytes] | None = None

    def rule(call: Call) -> Refusal | None:
        if process is not None and before_call(call):
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGKILL)
        return None

    with Proxy(target, rule) as proxy:
        text = config.read_text("utf-8")
        config.write_text(
            text.partition("endpoints")[0] + f'endpoints = ["{proxy.url}"]\n', "utf-8"
        )
        command = [sys.executable, "-m", "cli", "scan", "ETH", "--config", str(config), "--json"]
        environment = {k: v for k, v in os.environ.items() if k != "COVERAGE_PROCESS_START"}
        process = subprocess.Popen(
            command,
            cwd=Path(__file__).parents[2],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        _, told = process.communicate(timeout=120)
        assert process.returncode in (0, -signal.SIGKILL), told.decode()
        return process.returncode


def _state(exchange: Exchange) -> tuple[Any, ...]:
    """Everything but ids, moments and who was first."""
    findings = [
        (f.tx_hash, f.position, f.state, f.reason, f.asset, f.amount, f.height, f.block_time)
        for f in exchange.findings()
    ]
    cases = sorted(
        (c.tx_hash, str(c.position), c.state.value, str(c.cause), str(c.user))
        for c in list_cases(exchange.store)
    )
    linked = {f.case_id for f in exchange.findings() if f.case_id}
    assert linked <= {c.id for c in list_cases(exchange.store)}
    cursors = {track: cursor.height for track, cursor in load_cursors(exchange.store, ETH).items()}
    return findings, cases, cursors


@pytest.mark.parametrize("seed", SEEDS)
def test_a_killed_scan_run_again_ends_as_an_undisturbed_one(
    eth: Chain, quick_exchange_at: Making, tmp_path: Path, seed: int
) -> None:
    exchange = quick_exchange_at(eth.anvil.url)
    chance = random.Random(seed)
    token = eth.deploy("Erc20", "Tether USD", "USDT", 6, 10**15)
    exchange.list_token("native", "ETH", 18)
    exchange.list_token(f"eip155:1/erc20:{token.address}", "USDT", 6)
    for number in range(8):
        owner = exchange.new_address(f"user{number}")
        token.send("transfer", owner, 1_000_000 * (number + 1))
        eth.anvil.send(from_=eth.account(0), to=owner, value=ETHER)
        eth.anvil.mine(4)
    eth.anvil.mine(3)
    exchange.declare_complete()
    config = _write_config(exchange, eth.anvil.url)
    undisturbed = tmp_path / "undisturbed.db"
    exchange.store.engine.dispose()
    shutil.copyfile(exchange.config.database_url.removeprefix("sqlite:///"), undisturbed)

    with open_store(f"sqlite:///{undisturbed}") as quiet_store:
        quiet = Exchange(
            quiet_store,
            exchange.config.model_copy(update={"database_url": f"sqlite:///{undisturbed}"}),
            tmp_path,
        )
        quiet.scan()
        quiet.open()
        wanted = _state(quiet)
    assert len(wanted[0]) >= 16

    kills, calls = 0, 0
    while True:
        fatal = chance.randint(2, 80)
        calls = 0

        def dies(call: Call, fatal: int = fatal, enough: bool = kills >= 6) -> bool:
            nonlocal calls
            calls += 1
            return not enough and calls == fatal

        if _run(config, dies, eth.anvil.url) == 0:
            break
        kills += 1
    assert kills
    assert _state(exchange) == wanted
