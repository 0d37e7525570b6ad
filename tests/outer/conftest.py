"""A desk for each test, and the real nodes they share."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from nodes.evm import Chain
from outer.desk import Desk, start


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [n for n in os.environ if n.startswith("RECOVERY_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def desk(tmp_path: Path, sqlite_url: str) -> Desk:
    """A desk on SQLite that knows no node yet."""
    return _new_desk(tmp_path, sqlite_url)


@pytest.fixture
def either_desk(tmp_path: Path, store_url: str) -> Desk:
    """The same on both kinds of database."""
    return _new_desk(tmp_path, store_url)


def _new_desk(folder: Path, url: str) -> Desk:
    made = Desk(folder, url)
    made.connect("ETH")
    return made


@pytest.fixture(scope="session")
def eth() -> Iterator[Chain]:
    """Ethereum for all stories that leave its blocks alone."""
    with start("ETH") as chain:
        yield chain


@pytest.fixture(scope="session")
def bsc() -> Iterator[Chain]:
    """BNB Smart Chain, likewise."""
    with start("BSC") as chain:
        yield chain


@pytest.fixture
def fresh() -> Iterator[Chain]:
    """An Ethereum of its own, for stories that turn the chain back."""
    with start("ETH") as chain:
        yield chain
