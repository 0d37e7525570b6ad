"""A scripted Aptos node over real local HTTP, and the answers of one look without a node."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any

import pytest
from aptos.stories import LEDGER, NOW, Json, block, ledger

from recovery.chains.aptos.decode import decode
from recovery.chains.codecs import parse_hash
from recovery.chains.family import RawTx
from recovery.chains.source import Node
from recovery.checks import Found
from recovery.demo.fixtures import Fixture, load_fixtures
from recovery.demo.server import Replay, ReplayServer
from recovery.model import Evidence
from recovery.networks import Network, load_registry
from recovery.triage import ask_node


@pytest.fixture
def row() -> Network:
    return load_registry()["APT"]


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Node]]:
    """``serve(exchanges)``: a node; without a ledger among them, the healthy one is served."""
    monkeypatch.setenv("RECOVERY_NOW", NOW)
    with ExitStack() as stack:

        def start(exchanges: list[Json], *, path: str = "") -> Node:
            told = list(exchanges)
            if not any(e["get"] == "/v1" for e in told):
                told.append(ledger())
            fixture = Fixture.model_validate(
                {
                    "file": "APT/scripted.json",
                    "story": "what this test says",
                    "origin": "synthetic",
                    "source": "written in the test itself",
                    "network": "APT",
                    "api": "rest",
                    "tx_hash": "0",
                    "exchanges": told,
                    "absent": True,
                }
            )
            server = stack.enter_context(ReplayServer(Replay([fixture])))
            node = Node(load_registry()["APT"].code, server.url + path, "rest", timeout_seconds=2)
            stack.callback(node.close)
            return node

        yield start


@pytest.fixture
def raw_of(row: Network) -> Callable[..., RawTx]:
    def raw(tx: Json, **more: Any) -> RawTx:
        told: Json = {"tx": tx, "head": LEDGER, "tokens": {}}
        if "version" in tx:
            told["block"] = block(int(tx["version"]))["json"]
        at = datetime(2026, 11, 20, 12, tzinfo=UTC)
        return RawTx(row.code, tx["hash"], "rest", "http://node", at, told | more)

    return raw


@pytest.fixture
def evidence_of(row: Network, raw_of: Callable[..., RawTx]) -> Callable[..., Evidence]:
    return lambda tx, **more: decode(row, raw_of(tx, **more))


@pytest.fixture
def story(row: Network, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Evidence]:
    """The evidence of one fixture, asked over HTTP."""
    monkeypatch.setenv("RECOVERY_NOW", NOW)
    fixtures = {f.name: f for f in load_fixtures(network="APT")}

    def tell(name: str) -> Evidence:
        fixture = fixtures[f"APT/{name}"]
        with ReplayServer(Replay([fixture])) as server:
            node = Node(row.code, server.url, "rest")
            (answer,) = ask_node(row, node, [parse_hash(row, fixture.tx_hash)])
            node.close()
        assert isinstance(answer, Found), answer
        return answer.evidence

    return tell
