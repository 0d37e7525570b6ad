"""A scripted NEAR node over real local HTTP."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from near.stories import NOW, ROW, Json

from recovery.chains.source import Node
from recovery.demo.fixtures import Fixture
from recovery.demo.server import Replay, ReplayServer

Serve = Callable[..., Node]


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Serve]:
    """``serve(exchanges)``: a node; of two answers to one request the later counts."""
    monkeypatch.setenv("RECOVERY_NOW", NOW)
    with ExitStack() as stack:

        def start(exchanges: list[Json], history: str | None = None) -> Node:
            last = {repr((e["rpc"], e["params"])): e for e in exchanges}
            fixture = Fixture.model_validate(
                {
                    "file": "NEAR/scripted.json",
                    "story": "what this test says",
                    "origin": "synthetic",
                    "source": "written in the test itself",
                    "network": "NEAR",
                    "api": "jsonrpc",
                    "tx_hash": "0",
                    "exchanges": list(last.values()),
                    "absent": True,
                }
            )
            server = stack.enter_context(ReplayServer(Replay([fixture])))
            node = Node(ROW.code, server.url, "jsonrpc", timeout_seconds=2, history=history)
            stack.callback(node.close)
            return node

        yield start
