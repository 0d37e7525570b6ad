"""Garbage in, an explanation out: nothing but `BadInput` leaves the importer."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recovery.errors import BadInput
from recovery.records.importer import import_csv
from recovery.records.kinds import KINDS
from recovery.store import Store

FAST = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])

CELLS = st.sampled_from(
    [
        "",
        "ETH",
        "XRP",
        "native",
        "eip155:1/erc20:0xdAC17F958D2ee523a2206206994597C13D831ec7",
        "xrpl:0/token:USD.rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh",
        "0x00000000219ab540356cBB839Cbe05303d7705Fa",
        "rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh",
        "0x" + "ab" * 32,
        "listed",
        "deposit",
        "shared",
        "active",
        "6",
        "1e5",
        "9" * 100,
        "USD",
        "2026-01-01T00:00:00Z",
        "9999-12-31T23:59:59-23:59",
        "0001-01-01T00:00:00+23:59",
        "=1+1",
        '"',
        "'",
        ",",
        "a\x00b",
        "\r",
    ]
) | st.text(max_size=20)


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


def _try(store: Store, kind: str, path: Path) -> None:
    refused: list[BadInput] = []
    try:
        report = import_csv(store, kind, path, actor="olga")
        assert report.rows == report.new + report.replaced + report.unchanged
    except BadInput as wrong:
        refused.append(wrong)
    assert all(wrong.text and wrong.exit_code == 2 for wrong in refused)


@FAST
@given(kind=st.sampled_from(sorted(KINDS)), content=st.binary(max_size=300))
def test_any_bytes_are_refused_with_words(
    sqlite_store: Store, folder: Path, kind: str, content: bytes
) -> None:
    path = folder / "file.csv"
    path.write_bytes(content)
    _try(sqlite_store, kind, path)


@FAST
@given(kind=st.sampled_from(sorted(KINDS)), data=st.data())
def test_any_cells_under_the_right_header_are_imported_or_refused(
    store: Store, folder: Path, kind: str, data: st.DataObject
) -> None:
    """On both databases: what SQLite would swallow, PostgreSQL may choke on."""
    columns = [*KINDS[kind].required, *KINDS[kind].optional]
    row = st.lists(CELLS, min_size=len(columns), max_size=len(columns))
    rows = data.draw(st.lists(row, max_size=4))
    quoted = data.draw(st.booleans())
    lines = [",".join(_cell(c, quoted=quoted) for c in cells) for cells in (columns, *rows)]
    path = folder / "file.csv"
    path.write_text("\n".join(lines), "utf-8", "surrogatepass", newline="")
    _try(store, kind, path)


def _cell(text: str, *, quoted: bool) -> str:
    return '"' + text.replace('"', '""') + '"' if quoted else text


@FAST
@given(
    rows=st.lists(
        st.tuples(
            st.text(st.characters(categories=["L", "N", "P"]), min_size=1, max_size=10),
            st.sampled_from(["active", "closed", "frozen"]),
        ),
        max_size=30,
        unique_by=lambda row: row[0],
    )
)
def test_what_was_imported_is_what_is_found(
    sqlite_store: Store, folder: Path, rows: list[tuple[str, str]]
) -> None:
    from recovery.records.book import Book

    path = folder / "file.csv"
    lines = ["user,status", *(f"{_cell(user, quoted=True)},{status}" for user, status in rows)]
    path.write_text("\n".join(lines), "utf-8")
    import_csv(sqlite_store, "accounts", path, actor="olga")
    found = Book(sqlite_store).find_accounts([user for user, _ in rows])
    assert {user: account.status for user, account in found.items()} == dict(rows)
    assert import_csv(sqlite_store, "accounts", path, actor="olga").unchanged == len(rows)
