"""Recorded answers of real chains, read by an index; the folder is named by RECOVERY_CHAINDATA.

Knows: the index's fields. Must not know: what any answer means. The recordings are no part of
this project: where the variable is unset the tests say so loudly and are skipped, in CI they fail.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

VARIABLE = "RECOVERY_CHAINDATA"


@dataclass(frozen=True, slots=True)
class Entry:
    """One recorded answer. ``expected`` is what the file itself shows, null where it does not."""

    path: Path
    network: str
    file: str
    api: str
    tx_hash: str | list[str] | None
    what: tuple[str, ...]
    real: bool | str
    expected: Any
    check: str | None

    def load(self) -> Any:
        """The recorded JSON, fractions as `Decimal`."""
        return json.loads(self.path.read_bytes(), parse_float=Decimal)


def require_chaindata() -> Path:
    """The folder of the recordings, or an end of the test that nobody can overlook."""
    folder = os.environ.get(VARIABLE)
    if folder and (Path(folder) / "INDEX.jsonl").is_file():
        return Path(folder)
    text = f"{VARIABLE} IS NOT SET to a folder with INDEX.jsonl: the recorded chains are not tested"
    if os.environ.get("CI") == "true":
        pytest.fail(text)
    pytest.skip(text)


def load_index(network: str) -> list[Entry]:
    """The entries of one network, in the order of the index."""
    folder = require_chaindata()
    entries = []
    for line in (folder / "INDEX.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        if row["network"] != network:
            continue
        entries.append(
            Entry(
                path=folder / row["file"],
                network=network,
                file=row["file"],
                api=row["api"],
                tx_hash=row.get("tx_hash"),
                what=tuple(row.get("what") or ()),
                real=row.get("real", "unknown"),
                expected=row.get("expected"),
                check=row.get("check"),
            )
        )
    return entries
