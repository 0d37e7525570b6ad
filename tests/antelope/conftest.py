"""Stories of Vaulta played over HTTP, and scripted nodes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from recovery.chains.antelope.family import FAMILY
from recovery.chains.source import Node
from recovery.demo.fixtures import Fixture, load_fixtures
from recovery.demo.server import Replay, ReplayServer
from recovery.model import Evidence
from recovery.networks import Network, load_registry

Story = Callable[[str], Evidence]
Serve = Callable[..., Node]


@pytest.fixture
def row() -> Network:
    return load_registry()["EOS"]


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Serve]:
    """``serve(exchanges, api=…)``: a node that answers exactly these."""
    monkeypatch.setenv("RECOVERY_NOW", "2026-11-20T12:00:00Z")
    with ExitStack() as stack:

        def start(exchanges: list[Any], api: str = "hyperion") -> Node:
            fixture = Fixture.model_validate(
                {
                    "file": "EOS/scripted.json",
                    "story": "what this test says",
                    "origin": "synthetic",
                    "source": "written in the test itself",
                    "network": "EOS",
                    "api": api,
                    "tx_hash": "0",
                    "exchanges": exchanges,
                    "absent": True,
                }
            )
            server = stack.enter_context(ReplayServer(Replay([fixture])))
            node = Node(load_registry()["EOS"].code, server.url, api, timeout_seconds=2)
            stack.callback(node.close)
            return node

        yield start


@pytest.fixture
def exchanges() -> Callable[[str], list[Any]]:
    """The exchanges of a story, to be asked again in another test."""

    def find(name: str) -> list[Any]:
        (story,) = [f for f in load_fixtures(network="EOS") if f.name == f"EOS/{name}"]
        return [e.model_dump(by_alias=True, exclude_unset=True) for e in story.exchanges]

    return find


@pytest.fixture
def story(serve: Serve, row: Network) -> Story:
    """The evidence of a story of ``fixtures/EOS``."""
    stories = {f.name: f for f in load_fixtures(network="EOS")}

    def tell(name: str) -> Evidence:
        told = stories[f"EOS/{name}"]
        listed = [e.model_dump(by_alias=True, exclude_unset=True) for e in told.exchanges]
        node = serve(listed, told.api)
        (raw,) = FAMILY.fetch(row, node, [told.tx_hash.lower()])
        assert not isinstance(raw, Exception), raw
        return FAMILY.decode(row, raw)  # type: ignore[arg-type]  # an absence fails here, as it should

    return tell
