"""A scripted XRP Ledger server: each method answers what the test says, over real local HTTP."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any

import pytest

from recovery.chains.family import RawTx
from recovery.chains.source import Node
from recovery.demo.fixtures import Fixture, load_fixtures
from recovery.demo.server import Replay, ReplayServer
from recovery.networks import Network, load_registry

HEAD = 103_500_000


@pytest.fixture
def row() -> Network:
    return load_registry()["XRP"]


@pytest.fixture
def server_info() -> dict[str, Any]:
    return {
        "complete_ledgers": f"32570-{HEAD}",
        "network_id": 0,
        "server_state": "full",
        "build_version": "2.6.1",
        "validated_ledger": {"seq": HEAD, "age": 3, "reserve_base_xrp": 1},
    }


Serve = Callable[..., Node]


@pytest.fixture
def serve(server_info: dict[str, Any]) -> Iterator[Serve]:
    """``serve(tx=…, fee=…)``: a node whose methods answer with these results, whatever is asked."""
    with ExitStack() as stack:

        def start(exchanges: list[dict[str, Any]] | None = None, /, **results: Any) -> Node:
            answers = {"server_info": {"info": server_info}} | results
            told: list[dict[str, Any]] = list(exchanges or [])
            told += [{"rpc": m, "result": {"status": "success"} | r} for m, r in answers.items()]
            fixture = Fixture.model_validate(
                {
                    "file": "XRP/scripted.json",
                    "story": "what this test says",
                    "origin": "synthetic",
                    "source": "written in the test itself",
                    "network": "XRP",
                    "api": "jsonrpc",
                    "tx_hash": "0",
                    "exchanges": told,
                    "absent": True,
                }
            )
            server = stack.enter_context(ReplayServer(Replay([fixture])))
            node = Node(load_registry()["XRP"].code, server.url, "jsonrpc", timeout_seconds=2)
            stack.callback(node.close)
            return node

        yield start


@pytest.fixture
def story() -> Callable[[str], dict[str, Any]]:
    """The ``tx`` result of one of this network's fixtures."""
    fixtures = {f.name: f for f in load_fixtures(network="XRP")}

    def result(name: str) -> dict[str, Any]:
        for exchange in fixtures[f"XRP/{name}"].exchanges:
            if getattr(exchange, "rpc", None) == "tx":
                answer: dict[str, Any] = exchange.result  # type: ignore[union-attr]  # asked just above
                return answer
        raise AssertionError(f"{name} has no tx")

    return result


@pytest.fixture
def raw_of(server_info: dict[str, Any], row: Network) -> Callable[[dict[str, Any]], RawTx]:
    def raw(result: dict[str, Any]) -> RawTx:
        answers = {"tx": result, "server": server_info}
        at = datetime(2026, 11, 1, tzinfo=UTC)
        return RawTx(row.code, result["hash"], "jsonrpc", "http://node", at, answers)

    return raw
