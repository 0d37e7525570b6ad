"""`recovery scan` from outside: its document, its exit codes, what it says to a person."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from nodes.evm import Chain

from recovery.commands import run

from .conftest import Exchange, Making

ETHER = 10**18


def _config(exchange: Exchange, *urls: str) -> str:
    path = exchange.folder / "recovery.toml"
    path.write_text(
        f'database_url = "{exchange.config.database_url}"\n'
        f"[networks.ETH]\nendpoints = {json.dumps(list(urls))}\ntimeout_seconds = 1\n",
        "utf-8",
    )
    return str(path)


def _told(capsys: pytest.CaptureFixture[str], code: int, *words: str) -> Any:
    capsys.readouterr()
    assert run([*words, "--json"]) == code
    return json.loads(capsys.readouterr().out)


def test_the_document_says_what_was_looked_at_by_which_method_and_at_what_cost(
    eth: Chain, quick_exchange_at: Making, capsys: pytest.CaptureFixture[str]
) -> None:
    exchange = quick_exchange_at(eth.anvil.url)
    ada = exchange.new_address("ada")
    exchange.list_token("native", "ETH", 18)
    first = int(eth.anvil.rpc("eth_blockNumber"), 16) + 1
    eth.anvil.send(from_=eth.account(0), to=ada, value=ETHER)
    eth.anvil.mine(3)
    exchange.declare_complete()
    config = _config(exchange, eth.anvil.url)
    document = _told(
        capsys, 0, "scan", "ethereum", "--from", str(first), "--to", str(first), "--config", config
    )
    assert document["schema"] == "recovery.scan/1"
    assert (document["network"], document["chain"]) == ("ETH", "eip155:1")
    walks = {walk["name"]: walk for walk in document["passes"]}
    assert {name: walk["methods"] for name, walk in walks.items()} == {
        "tokens": ["eth_getLogs"],
        "natives": ["eth_getBlockByNumber"],
        "internal": ["trace_block"],
    }
    natives = walks["natives"]
    assert (natives["from"], natives["to"], natives["reached"]) == (first, first, first)
    assert natives["covered"]
    assert natives["transfers_to_us"] == natives["new_findings"] == 1
    assert natives["cost"]["requests"] >= 1
    assert natives["cost"]["bytes_received"] > 500
    assert document["cases"] == {"listed_deposit_missed": 1}
    shown = _told(capsys, 0, "case", document["case_ids"][0], "--config", config)
    assert shown["claim"]["user"] == "ada"
    assert shown["trail"][0]["actor"] == "desk"
    assert run(["audit", "--config", config]) == 0


def test_a_person_gets_a_table(
    eth: Chain, quick_exchange_at: Making, capsys: pytest.CaptureFixture[str]
) -> None:
    exchange = quick_exchange_at(eth.anvil.url)
    config = _config(exchange, eth.anvil.url)
    assert run(["scan", "ETH", "--config", config]) == 0
    shown = capsys.readouterr().out
    assert "first run" in shown
    assert "natives\t" in shown


def test_nobody_answers_is_could_not_ask(
    quick_exchange_at: Making, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recovery.scan.looking.FIRST_WAIT_SECONDS", 0.001)
    exchange = quick_exchange_at("http://127.0.0.1:9")
    document = _told(capsys, 3, "scan", "ETH", "--config", _config(exchange, "http://127.0.0.1:9"))
    assert document["error"]["reference"] == "source-unreachable"


@pytest.mark.parametrize(
    ("words", "reference"),
    [
        (["scan", "NOPE"], "unknown-network"),
        (["scan", "ETH", "--from", "5"], "bad-range"),
        (["scan", "ETH", "--from", "5", "--to", "4"], "bad-range"),
        (["scan", "BTC"], "nothing-configured"),
        (["scan", "ETH", "--only", "blocks"], "unknown-pass"),
        (["scan", "ETH", "--only", "tokens", "--only", "nonsense"], "unknown-pass"),
    ],
)
def test_wrong_use_is_named(
    eth: Chain,
    quick_exchange_at: Making,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    reference: str,
) -> None:
    exchange = quick_exchange_at(eth.anvil.url)
    config = _config(exchange, eth.anvil.url)
    document = _told(capsys, 2, *words, "--config", config)
    assert document["error"]["reference"] == reference
    assert exchange.findings() == ()


def test_who_names_a_pass_that_is_none_is_told_the_passes(
    eth: Chain, quick_exchange_at: Making, capsys: pytest.CaptureFixture[str]
) -> None:
    config = _config(quick_exchange_at(eth.anvil.url), eth.anvil.url)
    error = _told(capsys, 2, "scan", "ETH", "--only", "blocks", "--config", config)["error"]
    assert error == {
        "reference": "unknown-pass",
        "text": "ETH has no pass 'blocks'",
        "hint": "its passes: tokens, natives, internal",
        "where": "--only",
    }


def test_the_watch_set_lies_beside_the_database_unless_told_otherwise(
    eth: Chain, quick_exchange_at: Making, tmp_path: Path
) -> None:
    exchange = quick_exchange_at(eth.anvil.url)
    assert run(["scan", "ETH", "--config", _config(exchange, eth.anvil.url)]) == 0
    assert list(tmp_path.glob("recovery.db-watch/watch-*"))
