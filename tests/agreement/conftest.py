"""Two endpoints of one network: what the second says of a transaction decides whether money moves."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from agreement.twins import Twins, start_twins
from outer.desk import Desk


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [n for n in os.environ if n.startswith("RECOVERY_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def desk(tmp_path: Path, sqlite_url: str) -> Desk:
    """A desk on SQLite that knows no node yet."""
    return Desk(tmp_path, sqlite_url)


@pytest.fixture
def twins() -> Iterator[Twins]:
    """Two real nodes of one chain that have not parted yet."""
    with start_twins("ETH") as pair:
        yield pair
