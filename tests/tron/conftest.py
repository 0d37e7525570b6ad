"""A scripted Tron node over real local HTTP, and the answers of one look without a node."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any

import pytest
from tron.stories import HEAD, HEAD_MS, NOW, SOLID, SOLID_MS, Json, header

from recovery.chains.family import RawTx
from recovery.chains.source import Node
from recovery.chains.tron.decode import decode
from recovery.demo.fixtures import Fixture, load_fixtures
from recovery.demo.server import Replay, ReplayServer
from recovery.model import Evidence
from recovery.networks import Network, load_registry

Serve = Callable[[list[Json]], Node]


@pytest.fixture
def row() -> Network:
    return load_registry()["TRX"]


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Serve]:
    """``serve(exchanges)``: a node; of two answers to one request the later counts."""
    monkeypatch.setenv("RECOVERY_NOW", NOW)
    with ExitStack() as stack:

        def start(exchanges: list[Json]) -> Node:
            last = {(e["post"], repr(e.get("body"))): e for e in exchanges}
            fixture = Fixture.model_validate(
                {
                    "file": "TRX/scripted.json",
                    "story": "what this test says",
                    "origin": "synthetic",
                    "source": "written in the test itself",
                    "network": "TRX",
                    "api": "fullnode",
                    "tx_hash": "0",
                    "exchanges": list(last.values()),
                    "absent": True,
                }
            )
            server = stack.enter_context(ReplayServer(Replay([fixture])))
            node = Node(load_registry()["TRX"].code, server.url, "fullnode", timeout_seconds=2)
            stack.callback(node.close)
            return node

        yield start


def _header(height: int, milliseconds: int) -> Json:
    return {
        "id": header(height, milliseconds)["blockID"],
        "number": height,
        "timestamp": milliseconds,
    }


@pytest.fixture
def raw_of(row: Network) -> Callable[..., RawTx]:
    """The answers of one look, solidified unless ``solid_info`` says otherwise."""

    def raw(body: Json, info: Json | None, /, **more: Any) -> RawTx:
        told: Json = {"tx": body, "head": _header(HEAD, HEAD_MS), "solid": _header(SOLID, SOLID_MS)}
        if info is not None:
            block = _header(info["blockNumber"], info["blockTimeStamp"])
            told |= {"info": info, "solid_info": info, "block": block}
        at = datetime(2026, 11, 20, 12, tzinfo=UTC)
        return RawTx(row.code, body["txID"], "fullnode", "http://node", at, told | more)

    return raw


@pytest.fixture
def evidence_of(row: Network, raw_of: Callable[..., RawTx]) -> Callable[..., Evidence]:
    return lambda *told, **more: decode(row, raw_of(*told, **more))


@pytest.fixture
def story(row: Network, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Evidence]:
    """The evidence of one fixture, asked over HTTP."""
    from recovery.checks import Found
    from recovery.triage import ask_node

    monkeypatch.setenv("RECOVERY_NOW", NOW)
    fixtures = {f.name: f for f in load_fixtures(network="TRX")}

    def tell(name: str) -> Evidence:
        fixture = fixtures[f"TRX/{name}"]
        with ReplayServer(Replay([fixture])) as server:
            node = Node(row.code, server.url, "fullnode")
            (answer,) = ask_node(row, node, [fixture.tx_hash.rpartition("/")[2]])
            node.close()
        assert isinstance(answer, Found), answer
        return answer.evidence

    return tell
