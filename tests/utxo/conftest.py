"""What the UTXO tests share: networks, nodes to ask, one look at one transaction."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from nodes.litecoind import Litecoind, run_litecoind

from recovery.chains.family import FetchOutcome, RawTx
from recovery.chains.source import Node
from recovery.chains.utxo.family import FAMILY
from recovery.demo.fixtures import Fixture, load_fixtures
from recovery.demo.server import Replay, ReplayServer
from recovery.model import Evidence
from recovery.networks import Network, load_registry

Ask = Callable[[Network, str, Sequence[str]], list[FetchOutcome]]
Look = Callable[[Network, str, str], Evidence]


@pytest.fixture(scope="session")
def litecoind() -> Iterator[Litecoind]:
    """One node with 120 blocks; stories that reorganise the chain take a node of their own."""
    with run_litecoind(blocks=120) as node:
        yield node


@pytest.fixture
def ltc() -> Network:
    return load_registry()["LTC"].with_profile("regtest")


@pytest.fixture
def node_of() -> Iterator[Callable[..., Node]]:
    opened: list[Node] = []

    def open_node(
        network: Network, url: str, api: str = "core", history: str | None = None
    ) -> Node:
        node = Node(network.code, url, api, history=history)
        opened.append(node)
        return node

    yield open_node
    for node in opened:
        node.close()


@pytest.fixture
def ask(node_of: Callable[..., Node]) -> Ask:
    def ask_node(network: Network, url: str, hashes: Sequence[str]) -> list[FetchOutcome]:
        return FAMILY.fetch(network, node_of(network, url), hashes)

    return ask_node


@pytest.fixture
def look(ask: Ask) -> Look:
    """Fetch and decode one transaction that the node must know; its raw bytes must agree."""

    def look_at(network: Network, url: str, tx_hash: str) -> Evidence:
        (raw,) = ask(network, url, [tx_hash])
        assert isinstance(raw, RawTx), raw
        evidence = FAMILY.decode(network, raw)
        assert FAMILY.verify is not None
        FAMILY.verify(network, raw, evidence)
        return evidence

    return look_at


@pytest.fixture
def story() -> Callable[[str], Fixture]:
    """One bundled fixture by its name, ``BTC/native``."""

    def load(name: str) -> Fixture:
        (found,) = [f for f in load_fixtures(network=name.partition("/")[0]) if f.name == name]
        return found

    return load


@pytest.fixture
def play(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., str]]:
    """Serve the answers of a fixture over HTTP, some of them replaced; the URL.

    The clock stands at the moment of the story: its node's tip is fresh then.
    ``changed`` are exchanges in the fixtures' own form; each replaces the one with its request.
    """
    with contextlib.ExitStack() as servers:

        def serve(fixture: Fixture, *changed: dict[str, Any]) -> str:
            monkeypatch.setenv("RECOVERY_NOW", str(fixture.now))
            new = Fixture.model_validate(
                {
                    "file": fixture.file,
                    "story": "answers changed by a test",
                    "origin": "synthetic",
                    "source": "written by a test",
                    "network": fixture.network,
                    "api": fixture.api,
                    "tx_hash": fixture.tx_hash,
                    "exchanges": changed,
                    "absent": True,
                }
            ).exchanges
            requests = {e.request for e in new}
            kept = tuple(e for e in fixture.exchanges if e.request not in requests)
            played = fixture.model_copy(update={"exchanges": (*kept, *new)})
            return servers.enter_context(ReplayServer(Replay([played]))).url

        yield serve
