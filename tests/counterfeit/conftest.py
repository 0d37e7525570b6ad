"""Counterfeits: names that look alike, events without balances, addresses that look alike."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from classify.world import World, open_exchange
from nodes.evm import Chain
from outer.desk import Desk, start


@pytest.fixture
def world() -> World:
    return open_exchange()


@pytest.fixture
def desk(tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Desk:
    for name in [n for n in os.environ if n.startswith("RECOVERY_")]:
        monkeypatch.delenv(name)
    return Desk(tmp_path, sqlite_url)


@pytest.fixture(scope="module")
def eth() -> Iterator[Chain]:
    """Ethereum, shared by the stories of one file."""
    with start("ETH") as chain:
        yield chain
