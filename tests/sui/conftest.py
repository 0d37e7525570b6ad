"""A scripted Sui service over real local HTTP, by either API."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from sui.stories import NOW, Json, Told, by_graphql, by_rpc

from recovery.chains.codecs import parse_hash
from recovery.chains.source import Node
from recovery.checks import Found
from recovery.demo.fixtures import Fixture, load_fixtures
from recovery.demo.server import Replay, ReplayServer
from recovery.model import Evidence
from recovery.networks import Network, load_registry
from recovery.triage import ask_node


@pytest.fixture
def row() -> Network:
    return load_registry()["SUI"]


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Node]]:
    monkeypatch.setenv("RECOVERY_NOW", NOW)
    with ExitStack() as stack:

        def start(exchanges: list[Json], *, api: str = "graphql") -> Node:
            fixture = Fixture.model_validate(
                {
                    "file": "SUI/scripted.json",
                    "story": "what this test says",
                    "origin": "synthetic",
                    "source": "written in the test itself",
                    "network": "SUI",
                    "api": api,
                    "tx_hash": "0",
                    "exchanges": exchanges,
                    "absent": True,
                }
            )
            server = stack.enter_context(ReplayServer(Replay([fixture])))
            node = Node(load_registry()["SUI"].code, server.url, api, timeout_seconds=2)
            stack.callback(node.close)
            return node

        yield start


@pytest.fixture
def evidence_of(serve: Callable[..., Node], row: Network) -> Callable[..., Evidence]:
    """What a service says of a transaction that is told here."""

    def ask(told: Told, *more: Json, api: str = "graphql") -> Evidence:
        exchanges = (by_graphql if api == "graphql" else by_rpc)(told, *more)
        (answer,) = ask_node(row, serve(exchanges, api=api), [told.digest])
        assert isinstance(answer, Found), answer
        return answer.evidence

    return ask


@pytest.fixture
def story(row: Network, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Evidence]:
    """The evidence of one fixture, asked over HTTP."""
    monkeypatch.setenv("RECOVERY_NOW", NOW)
    fixtures = {f.name: f for f in load_fixtures(network="SUI")}

    def tell(name: str) -> Evidence:
        fixture = fixtures[f"SUI/{name}"]
        with ReplayServer(Replay([fixture])) as server:
            node = Node(row.code, server.url, fixture.api)
            (answer,) = ask_node(row, node, [parse_hash(row, fixture.tx_hash)])
            node.close()
        assert isinstance(answer, Found), answer
        return answer.evidence

    return tell
