"""Nodes for the stories of the EVM family."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from nodes.evm import Chain, start_chain


@pytest.fixture(scope="module")
def eth() -> Iterator[Chain]:
    """Ethereum, shared by the stories of one file: each looks at its own transactions only."""
    with start_chain("ETH") as chain:
        yield chain


@pytest.fixture
def fresh() -> Iterator[Chain]:
    """An Ethereum of its own, for stories that turn the chain back or stop its blocks."""
    with start_chain("ETH") as chain:
        yield chain
