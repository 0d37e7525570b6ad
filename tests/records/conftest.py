"""Files to import, and the book that reads them back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Protocol

import pytest

from recovery.records.book import Book
from recovery.records.importer import ImportReport, import_csv
from recovery.store import Store


class Importing(Protocol):
    def __call__(
        self, kind: str, text: str | bytes, *, complete_through: datetime | None = None
    ) -> ImportReport: ...


@pytest.fixture
def book(store: Store) -> Book:
    return Book(store)


@pytest.fixture
def write_file(tmp_path: Path) -> Callable[[str | bytes], Path]:
    def write(text: str | bytes) -> Path:
        path = tmp_path / "file.csv"
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    return write


@pytest.fixture
def importing(store: Store, write_file: Callable[[str | bytes], Path]) -> Importing:
    """Import a text as a file of some kind."""

    def run(
        kind: str, text: str | bytes, *, complete_through: datetime | None = None
    ) -> ImportReport:
        path = write_file(text)
        return import_csv(store, kind, path, actor="olga", complete_through=complete_through)

    return run
