"""A played fixture, a scripted mirror over real local HTTP, and one look without HTTP."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any

import pytest
from hedera.stories import HEAD, HEAD_FROM, HEAD_TO, NOW, TOKENS, Json, block, places

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
def row_of_hbar() -> Network:
    return load_registry()["HBAR"]


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Serve]:
    """``serve(exchanges)``: a node; of two answers to one request the later counts."""
    monkeypatch.setenv("RECOVERY_NOW", NOW)
    with ExitStack() as stack:

        def start(exchanges: list[Json]) -> Node:
            fixture = Fixture.model_validate(
                {
                    "file": "HBAR/scripted.json",
                    "story": "what this test says",
                    "origin": "synthetic",
                    "source": "written in the test itself",
                    "network": "HBAR",
                    "api": "mirror",
                    "tx_hash": "0",
                    "exchanges": list({e["get"]: e for e in exchanges}.values()),
                    "absent": True,
                }
            )
            server = stack.enter_context(ReplayServer(Replay([fixture])))
            node = Node(load_registry()["HBAR"].code, server.url, "mirror", timeout_seconds=2)
            stack.callback(node.close)
            return node

        yield start


@pytest.fixture
def story(row_of_hbar: Network, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Found]:
    """What one fixture gives, asked over HTTP."""
    monkeypatch.setenv("RECOVERY_NOW", NOW)
    fixtures = {f.name: f for f in load_fixtures(network="HBAR")}

    def tell(name: str) -> Found:
        fixture = fixtures[f"HBAR/{name}"]
        with ReplayServer(Replay([fixture])) as server:
            node = Node(row_of_hbar.code, server.url, "mirror")
            asked = parse_hash(row_of_hbar, fixture.tx_hash)
            (answer,) = ask_node(row_of_hbar, node, [asked])
            node.close()
        assert isinstance(answer, Found), answer
        return answer

    return tell


@pytest.fixture
def raw_of(row_of_hbar: Network) -> Callable[..., RawTx]:
    """The answers of one look; ``key`` is the id of the row that is meant, as the family prints it."""

    def raw(*rows: Json, key: str | None = None, **changed: Any) -> RawTx:
        meant = rows[-1]
        answers: Json = {
            "head": block(HEAD, HEAD_FROM, HEAD_TO),
            "transactions": {"transactions": list(rows)},
            "block": block(HEAD - 50, *places(meant["consensus_timestamp"])),
            "tokens": TOKENS,
        }
        at = datetime(2026, 11, 20, 12, tzinfo=UTC)
        tx_hash = key or meant["transaction_id"]
        return RawTx(row_of_hbar.code, tx_hash, "mirror", "http://node", at, answers | changed)

    return raw
