"""A line for each attack, on a database of its own."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hostile.line import Line


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [n for n in os.environ if n.startswith("RECOVERY_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def line(tmp_path: Path, sqlite_url: str) -> Line:
    return Line(tmp_path, sqlite_url)
