"""What the UTXO tests share: networks, nodes to ask, one look at one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import pytest
from nodes.litecoind import Litecoind, run_litecoind

from recovery.chains.family import FetchOutcome, RawTx
from recovery.chains.source import Node
from recovery.chains.utxo.family import FAMILY
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
    """Fetch and decode one transaction that the node must know."""

    def look_at(network: Network, url: str, tx_hash: str) -> Evidence:
        (raw,) = ask(network, url, [tx_hash])
        assert isinstance(raw, RawTx), raw
        return FAMILY.decode(network, raw)

    return look_at
