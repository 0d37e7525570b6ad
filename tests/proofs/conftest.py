"""A node of one network that says what a test has it say."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from near import stories as near
from proofs.scripted import APIS, REGISTRY, Json, Serve

from recovery.chains.source import Node
from recovery.demo.fixtures import Fixture
from recovery.demo.server import Replay, ReplayServer


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Serve]:
    """``serve(code, exchanges)``: a node of the network that answers just these."""
    monkeypatch.setenv("RECOVERY_NOW", near.NOW)
    with ExitStack() as stack:

        def start(code: str, exchanges: list[Json]) -> Node:
            fixture = Fixture.model_validate(
                {
                    "file": f"{code}/scripted.json",
                    "story": "what this test says",
                    "origin": "synthetic",
                    "source": "written in the test itself",
                    "network": code,
                    "api": APIS[code],
                    "tx_hash": "0",
                    "exchanges": exchanges,
                    "absent": True,
                }
            )
            server = stack.enter_context(ReplayServer(Replay([fixture])))
            node = Node(REGISTRY[code].code, server.url, APIS[code], timeout_seconds=2)
            stack.callback(node.close)
            return node

        yield start
