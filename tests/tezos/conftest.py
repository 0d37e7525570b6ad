"""A scripted indexer over real local HTTP, and the evidence of the fixtures' stories."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from tezos.stories import NOW, Json

from recovery.chains.codecs import parse_hash
from recovery.chains.family import FetchOutcome, RawTx
from recovery.chains.source import Node
from recovery.chains.tezos.family import FAMILY
from recovery.demo.fixtures import Fixture, load_fixtures
from recovery.demo.server import Replay, ReplayServer
from recovery.model import Evidence
from recovery.networks import Network, load_registry

Serve = Callable[..., Node]


@pytest.fixture
def row() -> Network:
    return load_registry()["XTZ"]


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Serve]:
    """``serve(exchanges)``: a node; of two answers to one request the later counts."""
    monkeypatch.setenv("RECOVERY_NOW", NOW)
    with ExitStack() as stack:

        def start(exchanges: list[Json], *, api: str = "tzkt", **more: Any) -> Node:
            last = {(e.get("get"), e.get("post"), repr(e.get("body"))): e for e in exchanges}
            fixture = Fixture.model_validate(
                {
                    "file": "XTZ/scripted.json",
                    "story": "what this test says",
                    "origin": "synthetic",
                    "source": "written in the test itself",
                    "network": "XTZ",
                    "api": api,
                    "tx_hash": "0",
                    "exchanges": list(last.values()),
                    "absent": True,
                }
            )
            server = stack.enter_context(ReplayServer(Replay([fixture])))
            code = load_registry()["XTZ"].code
            node = Node(code, server.url, api, timeout_seconds=2, **more)
            stack.callback(node.close)
            return node

        yield start


@pytest.fixture
def look(row: Network, serve: Serve) -> Callable[..., FetchOutcome]:
    """What became of one hash, asked of a node that plays the exchanges."""

    def ask(exchanges: list[Json], tx_hash: str, **more: Any) -> FetchOutcome:
        (outcome,) = FAMILY.fetch(row, serve(exchanges, **more), [tx_hash])
        return outcome

    return ask


@pytest.fixture
def story(row: Network, look: Callable[..., FetchOutcome]) -> Callable[[str], Evidence]:
    """The evidence of one fixture, asked over HTTP."""
    fixtures = {f.name: f for f in load_fixtures(network="XTZ")}

    def tell(name: str) -> Evidence:
        fixture = fixtures[f"XTZ/{name}"]
        told = [e.model_dump(by_alias=True, exclude_unset=True) for e in fixture.exchanges]
        raw = look(told, parse_hash(row, fixture.tx_hash), api=fixture.api)
        assert isinstance(raw, RawTx), raw
        return FAMILY.decode(row, raw)

    return tell
