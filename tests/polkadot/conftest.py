"""A scripted sidecar or Subscan over real local HTTP, and the evidence of a told story."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from polkadot.stories import NOW, ROW, Json

from recovery.chains.source import Node
from recovery.demo.fixtures import Fixture, load_fixtures
from recovery.demo.server import Replay, ReplayServer

Serve = Callable[..., Node]


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Serve]:
    """``serve(exchanges, api=…)``: a node; of two answers to one request the later counts."""
    monkeypatch.setenv("RECOVERY_NOW", NOW)
    with ExitStack() as stack:

        def start(exchanges: list[Json], api: str = "sidecar", history: str | None = None) -> Node:
            fixture = Fixture.model_validate(
                {
                    "file": "DOT/scripted.json",
                    "story": "what this test says",
                    "origin": "synthetic",
                    "source": "written in the test itself",
                    "network": "DOT",
                    "api": api,
                    "tx_hash": "0",
                    "exchanges": exchanges,
                    "absent": True,
                }
            )
            server = stack.enter_context(ReplayServer(Replay([fixture])))
            node = Node(ROW.code, server.url, api, timeout_seconds=2, history=history)
            stack.callback(node.close)
            return node

        yield start


@pytest.fixture(scope="session")
def stories() -> dict[str, Fixture]:
    return {f.name.partition("/")[2]: f for f in load_fixtures(network="DOT")}
