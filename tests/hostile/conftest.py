"""A line for each attack, on a database of its own, and the real nodes they share."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hostile.line import Line
from nodes.evm import Chain, start_chain


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [n for n in os.environ if n.startswith("RECOVERY_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def line(tmp_path: Path, sqlite_url: str) -> Line:
    return Line(tmp_path, sqlite_url)


def _start() -> Iterator[Chain]:
    """A node whose clock is some minutes behind: every block it makes advances it by a second."""
    with start_chain("ETH", "--timestamp", str(int(time.time()) - 300)) as chain:
        yield chain


@pytest.fixture(scope="session")
def eth() -> Iterator[Chain]:
    """Ethereum for all tricks that leave its blocks alone."""
    yield from _start()


@pytest.fixture
def fresh() -> Iterator[Chain]:
    """An Ethereum of its own, for tricks that turn the chain back."""
    yield from _start()
