"""The whole night by the timer's command: blocks of a real anvil and litecoind, and a network whose node shows none.

(The cases of all 32 networks go through the same command in ``test_night.py``.)
"""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from nodes.evm import start_chain
from nodes.litecoind import run_litecoind

from recovery.cases import desk
from recovery.cases.audit import audit
from recovery.cases.table import State
from recovery.config import Config, NetworkConfig
from recovery.demo import play
from recovery.records.importer import import_csv
from recovery.scan.runs import load_runs
from recovery.store import Store
from recovery.times import parse_time

from .conftest import fill, run_timer, write_config

AT = parse_time(play.NOW)
LTC_FINAL = 30


def load(store: Store, config: Config, folder: Path, kind: str, text: str) -> None:
    path = folder / f"{kind}.csv"
    path.write_text(text, "utf-8")
    mark = AT if kind == "credits" else None
    import_csv(store, kind, path, actor="olga", complete_through=mark, profiles=config.profiles())


@pytest.mark.xdist_group("litecoind-scan")
def test_the_timers_command_scans_what_is_real_and_moves_what_waits(
    played: Config, sqlite_store: Store, sqlite_url: str, tmp_path: Path
) -> None:
    began = int((AT - timedelta(seconds=100)).timestamp())
    with (
        start_chain("ETH", "--timestamp", str(began)) as eth,
        run_litecoind("-rest=1", f"-mocktime={began}", blocks=120) as ltc,
    ):
        networks = {
            "XRP": played.networks["XRP"],
            "ETH": NetworkConfig.model_validate({"endpoints": [eth.anvil.url]}),
            "LTC": NetworkConfig.model_validate({"endpoints": [ltc.url], "profile": "regtest"}),
        }
        config = played.model_copy(update={"database_url": sqlite_url, "networks": networks})
        fill(sqlite_store)
        at_eth, at_ltc = "0x" + "5e" * 20, ltc.rpc("getnewaddress")
        rows = (
            f"ETH,{at_eth},deposit,walter-of-the-night\nLTC,{at_ltc},deposit,paula-of-the-night\n"
        )
        load(sqlite_store, config, tmp_path, "addresses", "network,address,role,user\n" + rows)
        eth.anvil.send(from_=eth.account(0), to=at_eth, value=10**18)
        eth.anvil.mine(80)
        ltc.rpc("sendtoaddress", at_ltc, Decimal("0.5"))
        ltc.mine(LTC_FINAL)
        path = write_config(config, sqlite_url, tmp_path)
        text = path.read_text("utf-8")
        path.write_text(
            text.replace("[networks.LTC]", '[networks.LTC]\nprofile = "regtest"'), "utf-8"
        )

        code, out, log = run_timer(path, kill_after=2)
        assert code == -9, log
        code, out, log = run_timer(path)
    told = json.loads(out)
    assert code == 3, "a network whose node can't show blocks is stale"
    assert told["resumed"] == 1
    assert len(load_runs(sqlite_store, most=5)) == 1
    rows_of = {row["network"]: row for row in told["networks"]}
    assert set(rows_of) == {"ETH", "LTC", "XRP"}
    assert told["without_endpoints"]["BTC"] > 0, "what nobody can be asked about is named"
    for network, finder in (("ETH", "walter-of-the-night"), ("LTC", "paula-of-the-night")):
        row = rows_of[network]
        assert row["scan"] is not None, row["scan_error"]
        assert row["scan"]["whole"]
        assert not row["cursor"]["stale"]
        assert row["found_cases"] == 1
        (case,) = [c for c in desk.list_cases(sqlite_store) if c.user == finder]
        assert case.state in (State.IN_SIGN_OFF, State.QUOTED, State.NEEDS_REVIEW)
    assert told["stale"] == ["XRP"]
    blind = rows_of["XRP"]
    assert blind["scan_error"] or not blind["scan"]["whole"]
    assert rows_of["XRP"]["cases"]["looked_at"] > 0, "its cases are looked at all the same"
    assert all(json.loads(line)["event"] for line in log.splitlines() if line.startswith("{"))
    assert audit(sqlite_store).is_clean
