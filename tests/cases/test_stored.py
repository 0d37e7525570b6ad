"""Cases stored by an earlier version are read, sealed and signed for by this one as they were."""

from __future__ import annotations

import json
from typing import Any

import pytest
import sqlalchemy as sa
from cases.stored import CASES, FILE, print_rows
from sqlmodel import SQLModel

from recovery.cases import casebook
from recovery.cases.audit import audit
from recovery.cases.tables import (
    CaseRow,
    ConsentRow,
    LookRow,
    OccupancyRow,
    RawRow,
    SignatureRow,
    TrailRow,
)
from recovery.store import Store
from recovery.times import parse_time

STORED: dict[str, dict[str, Any]] = json.loads(FILE.read_text("utf-8"))


@pytest.mark.parametrize("name", CASES)
def test_the_same_steps_write_the_same_rows(name: str) -> None:
    assert print_rows(CASES[name]()) == STORED[name]


def _insert(store: Store, model: type[SQLModel], row: dict[str, Any]) -> None:
    table: sa.Table = model.__table__  # type: ignore[attr-defined]  # SQLModel types lack it
    moments = {c.name for c in table.columns if "DateTime" in type(c.type).__name__}
    amounts = {c.name for c in table.columns if "Amount" in type(c.type).__name__}
    values = {
        k: parse_time(v) if k in moments and v else int(v) if k in amounts else v
        for k, v in row.items()
    }
    with store.begin() as session:
        session.connection().execute(sa.insert(table).values(values))


@pytest.mark.parametrize("name", ["credit", "consent", "waiting"])
def test_rows_written_long_ago_are_the_case_that_wrote_them(name: str, store: Store) -> None:
    told, case = STORED[name], CASES[name]()
    _insert(store, CaseRow, told["case"])
    for entry in told["trail"]:
        _insert(store, TrailRow, entry)
    for signature in told["signatures"]:
        _insert(store, SignatureRow, signature)
    if told["consent"] is not None:
        _insert(store, ConsentRow, told["consent"])
    if case.holds_transfer:
        row = {k: told["case"][k] for k in ("network", "tx_hash", "position")}
        _insert(store, OccupancyRow, {**row, "case_id": case.id})
    read = casebook.load_case(store, case.id)
    assert read == case
    problems = [p.text for p in audit(store).problems]
    assert [p for p in problems if "kept answers" not in p] == [], "the answers are not kept here"


def test_a_settled_case_says_who_signed_what_and_when() -> None:
    case = CASES["settled"]()
    assert [(s.role.value, s.actor) for s in case.signatures] == [
        ("wallet", "Walt"),
        ("clearing", "clara"),
    ]
    assert {s.digest for s in case.signatures} == {case.digest}
    assert [e.event for e in case.trail] == [
        "opened", "checked", "confirmed", "accepted", "queued", "denied", "signed", "signed", "settled",
    ]  # fmt: skip


CASE_TABLES = (CaseRow, TrailRow, SignatureRow, OccupancyRow, RawRow, ConsentRow, LookRow)


@pytest.mark.parametrize("model", CASE_TABLES, ids=lambda model: model.__tablename__)
def test_the_code_names_every_index_and_every_long_text_of_a_database(
    model: type[SQLModel], store: Store
) -> None:
    table: sa.Table = model.__table__  # type: ignore[attr-defined]  # SQLModel types lack it
    found = sa.inspect(store.engine)
    indexes = {i["name"]: i["column_names"] for i in found.get_indexes(table.name)}
    named = {index.name: [c.name for c in index.columns] for index in table.indexes}
    unique = {u["name"] for u in found.get_unique_constraints(table.name)}
    assert {name: of for name, of in indexes.items() if name not in unique} == named
    long = {c["name"] for c in found.get_columns(table.name) if isinstance(c["type"], sa.Text)}
    assert long == {c.name for c in table.columns if isinstance(c.type, sa.Text)}
