"""A played fixture, a scripted Horizon over real local HTTP, and one look without HTTP."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any

import pytest
from stellar.stories import NOW, ROOT, Json, Told, ledger

from recovery.chains.codecs import parse_hash
from recovery.chains.family import RawTx
from recovery.chains.source import Node
from recovery.checks import Found
from recovery.demo.fixtures import Fixture, load_fixtures
from recovery.demo.server import Replay, ReplayServer
from recovery.networks import Network, load_registry
from recovery.triage import ask_node

Serve = Callable[[list[Json]], Node]


@pytest.fixture
def row() -> Network:
    return load_registry()["XLM"]


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Serve]:
    """``serve(exchanges)``: a node; of two answers to one request the later counts."""
    monkeypatch.setenv("RECOVERY_NOW", NOW)
    with ExitStack() as stack:

        def start(exchanges: list[Json]) -> Node:
            fixture = Fixture.model_validate(
                {
                    "file": "XLM/scripted.json",
                    "story": "what this test says",
                    "origin": "synthetic",
                    "source": "written in the test itself",
                    "network": "XLM",
                    "api": "horizon",
                    "tx_hash": "0",
                    "exchanges": list({e["get"]: e for e in exchanges}.values()),
                    "absent": True,
                }
            )
            server = stack.enter_context(ReplayServer(Replay([fixture])))
            node = Node(load_registry()["XLM"].code, server.url, "horizon", timeout_seconds=2)
            stack.callback(node.close)
            return node

        yield start


@pytest.fixture
def story(row: Network, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Found]:
    """What one fixture gives, asked over HTTP."""
    monkeypatch.setenv("RECOVERY_NOW", NOW)
    fixtures = {f.name: f for f in load_fixtures(network="XLM")}

    def tell(name: str) -> Found:
        fixture = fixtures[f"XLM/{name}"]
        with ReplayServer(Replay([fixture])) as server:
            node = Node(row.code, server.url, "horizon")
            (answer,) = ask_node(row, node, [parse_hash(row, fixture.tx_hash)])
            node.close()
        assert isinstance(answer, Found), answer
        return answer

    return tell


@pytest.fixture
def raw_of(row: Network) -> Callable[..., RawTx]:
    """The answers of one look at a synthetic transaction; ``changed`` replaces some of them."""

    def raw(told: Told, **changed: Any) -> RawTx:
        answers: Json = {
            "root": ROOT,
            "tx": told.document,
            "operations": told.operations(),
            "ledger": ledger(told.ledger, told.document["created_at"]),
            "effects": told.effects(),
            "creators": {k: v for op in told.ops for k, v in op.creators.items()},
        }
        at = datetime(2026, 11, 20, 12, tzinfo=UTC)
        return RawTx(row.code, told.tx_hash, "horizon", "http://node", at, answers | changed)

    return raw
