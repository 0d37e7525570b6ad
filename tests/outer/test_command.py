"""The command itself: options, exit codes, documents, what a wrong word gets."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest
from nodes.evm import Chain
from outer.desk import Desk, Told, fresh_address

RECOVERY = Path(sys.executable).with_name("recovery")
NOWHERE = "0x" + "42" * 32


def call(
    *args: str, cwd: Path | None = None, **environment: str
) -> subprocess.CompletedProcess[str]:
    """The installed command, as a process of its own."""
    return subprocess.run(
        [RECOVERY, *args],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=cwd,
        env={**os.environ, **environment},
        check=False,
    )


def error_of(told: Told, code: int = 2) -> dict[str, str]:
    assert told.code == code, told
    assert set(told.doc) == {"schema", "error"}
    assert told.doc["schema"] == "recovery.error/1"
    error: dict[str, str] = told.doc["error"]
    assert set(error) == {"reference", "text", "hint", "where"}
    assert error["text"]
    assert error["reference"] in told.err, "a person reads it too"
    return error


@pytest.mark.parametrize(
    "words",
    [
        ["bogus"],
        ["check"],
        ["check", NOWHERE, "--bogus"],
        ["check", ""],
        ["check", "xyz"],
        ["check", NOWHERE, "--network", "ETHX"],
        ["check", NOWHERE, "--address", "0x12"],
        ["check", NOWHERE, "--address", "not-an-address"],
        ["check", NOWHERE, "--amount", "abc"],
        ["check", NOWHERE, "--amount", "-1"],
        ["check", NOWHERE, "--amount", "NaN"],
        ["open", NOWHERE, "--network", "ETH", "--return-to", "0x12"],
        ["open", NOWHERE, "--return-memo", "7"],
        ["open", NOWHERE, "--actor", ""],
        ["cases", "--state", "bogus"],
        ["cases", "--queue", "bogus"],
        ["case", "nope"],
        ["explain", "nope"],
        ["accept", "nope"],
        ["sign", "nope", "--role", "wallet"],
        ["sign", "nope", "--role", "wallet", "--actor", "x"],
        ["sign", "nope", "--role", "boss", "--actor", "x"],
        ["sign", "nope", "--role", "reviewer", "--actor", "x"],
        ["refuse", "nope"],
        ["settle", "nope"],
        ["import", "bogus", "x.csv"],
        ["import", "prices", "nowhere.csv"],
        ["audit", "extra"],
    ],
)
def test_a_wrong_word_is_exit_2_and_an_error_document(
    desk: Desk, eth: Chain, words: list[str]
) -> None:
    desk.connect("ETH", eth.anvil.url)
    error_of(desk.run(*words))
    assert desk.done("cases")["cases"] == []


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["key", "revoke", "ID", "--bogus"], "recovery key revoke --help"),
        (["notices", "retry"], "recovery notices retry --help"),
        (["key", "bogus"], "recovery key --help"),
        (["check", NOWHERE, "--amount"], "recovery check --help"),
        (["bogus"], "recovery --help"),
    ],
)
def test_the_hint_names_the_help_of_the_command_that_was_meant(words: list[str], hint: str) -> None:
    told = call(*words)
    assert told.returncode == 2
    assert f"hint: {hint}" in told.stderr.splitlines()[-1]


def test_an_unknown_network_is_answered_with_the_nearest(desk: Desk) -> None:
    error = error_of(desk.run("inspect", NOWHERE, "--network", "Etherium"))
    assert "ETH" in error["hint"]


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("bogus = 1", "bogus"),
        ("[networks.ETH]\nendpoint = []", "networks.ETH.endpoint"),
        ("[networks.ETH]\nendpoints = ['ftp://x']", "networks.ETH.endpoints.0.url"),
        ("[networks.ETH]\nendpoints = [{url = 'http://x', api = 'core'}]", "networks.ETH.endpoints"),
        ("[networks.ETH]\nendpoints = [{url = 'http://x', history = 'half'}]", "networks.ETH.endpoints.0.history"),
        ("[networks.ETH]\ntimeout_seconds = -1", "networks.ETH.timeout_seconds"),
        ("[networks.ETH]\nprofile = 'bogus'", "networks.ETH.profile"),
        ("[networks.ETHX]\nendpoints = []", "networks.ETHX"),
        ("[networks.ETH]\n[networks.Ethereum]", "networks.Ethereum"),
        ("database_url = 'mysql://x'", "database_url"),
    ],
)  # fmt: skip
def test_a_wrong_key_of_the_configuration_is_named(desk: Desk, text: str, where: str) -> None:
    desk.config.write_text(text)
    assert error_of(desk.run("cases"))["where"] == where


def test_the_configuration_is_named_before_or_after_the_command_or_by_the_environment(
    desk: Desk, eth: Chain, tmp_path: Path
) -> None:
    desk.join(eth)
    tx_hash = eth.anvil.send(from_=eth.account(0), to=fresh_address(), value=7)
    eth.anvil.mine(3)
    config = str(desk.config)
    said = [
        call("--config", config, "inspect", tx_hash, "--json"),
        call("inspect", tx_hash, "--json", "--config", config),
        call("inspect", tx_hash, "--json", RECOVERY_CONFIG=config),
    ]
    for one in said:
        assert one.returncode == 0, one.stderr
        found = json.loads(one.stdout)
        assert [f["network"] for f in found["found"]] == ["ETH"]
    other = f"sqlite:///{tmp_path}/other.db"
    listed = call("cases", "--json", "--config", config, RECOVERY_DATABASE_URL=other)
    assert (listed.returncode, (tmp_path / "other.db").exists()) == (0, True)
    lost = call("cases", "--json", "--config", str(tmp_path / "none.toml"))
    assert (lost.returncode, json.loads(lost.stdout)["error"]["reference"]) == (
        2,
        "unreadable-config",
    )


def test_without_a_configuration_the_database_lies_beside_the_reader(tmp_path: Path) -> None:
    told = call("cases", "--json", cwd=tmp_path)
    assert json.loads(told.stdout) == {"schema": "recovery.cases/1", "cases": []}
    assert (tmp_path / "recovery.db").exists()


def test_a_pipe_gets_neither_tables_nor_colour(desk: Desk, eth: Chain) -> None:
    desk.join(eth)
    address = fresh_address()
    desk.issue("ETH", address, "ulla")
    tx_hash = eth.anvil.send(from_=eth.account(0), to=address, value=10**18)
    eth.anvil.mine(3)
    desk.done("open", tx_hash)
    for words in (["networks"], ["check", tx_hash], ["cases"], ["check", "xyz"], ["--help"]):
        told = call(*words, FORCE_COLOR="1", RECOVERY_CONFIG=str(desk.config))
        assert "\x1b" not in told.stdout + told.stderr, words
        assert not set("│┃━─") & set(told.stdout), words


def test_alone_it_shows_its_help(tmp_path: Path) -> None:
    told = call(cwd=tmp_path)
    assert (told.returncode, "Usage: recovery" in told.stdout, told.stderr) == (2, True, "")


def test_every_document_says_which_development_profile_is_in_force(desk: Desk) -> None:
    desk.connect("LTC", profile="regtest")
    path = desk.folder / "accounts.csv"
    path.write_text("user,status\nulla,active\n")
    for words in (["cases"], ["audit"], ["import", "accounts", str(path)], ["networks"]):
        told = desk.run(*words)
        assert told.doc["profiles"] == {"LTC": "regtest"}
        assert "regtest" in told.err
    desk.connect("LTC")
    assert "profiles" not in desk.run("cases").doc


def test_the_clock_can_be_set(desk: Desk, eth: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.join(eth)
    monkeypatch.setenv("RECOVERY_NOW", "2031-05-06T07:08:09Z")
    assert desk.run("inspect", NOWHERE).code == 3, "years behind, a node proves no absence"
    monkeypatch.setenv("RECOVERY_NOW", "rubbish")
    assert error_of(desk.run("open", NOWHERE))["where"] == "RECOVERY_NOW"


def test_help_and_a_check_answer_at_once(desk: Desk, eth: Chain) -> None:
    """The issue's figures, twice over, in processor time: it does not grow with what else the machine does."""
    desk.join(eth)
    address = fresh_address()
    desk.issue("ETH", address, "ulla")
    tx_hash = eth.anvil.send(from_=eth.account(0), to=address, value=10**18)
    eth.anvil.mine(3)

    def spent() -> float:
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        return usage.ru_utime + usage.ru_stime

    def best(*words: str) -> float:
        times = []
        for _ in range(3):
            begun = spent()
            assert call(*words).returncode == 0
            times.append(spent() - begun)
        return min(times)

    assert best("--help") < 0.8
    assert best("check", tx_hash, "--config", str(desk.config), "--json") < 2.0


@pytest.mark.parametrize(
    "heavy", ["alembic", "bitcoinlib", "web3", "eth_utils", "rich", "sqlalchemy", "httpx"]
)
def test_help_loads_nothing_heavy(heavy: str) -> None:
    told = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "cli", "--help"],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    loaded = {line.rpartition("|")[2].strip() for line in told.stderr.splitlines()}
    assert heavy not in loaded
