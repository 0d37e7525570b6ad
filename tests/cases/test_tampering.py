"""Every column of every row that matters, changed behind the desk's back, is found.

The database is filled by the desk itself; then each value is changed in turn, the audit runs, and the
value is put back. What the database refuses to change counts as found.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
import sqlalchemy as sa
from cases.factories import (
    AT,
    RETURN_TO,
    make_check,
    make_evidence,
    make_verdict,
    unmet,
)
from cases.walks import bring_case
from sqlalchemy.exc import DBAPIError
from sqlmodel import SQLModel

from recovery.cases import desk
from recovery.cases.audit import SEALED, audit
from recovery.cases.table import Role, State
from recovery.cases.tables import CaseRow, OccupancyRow, RawRow, SignatureRow, TrailRow
from recovery.checks import Check
from recovery.classify.verdict import Cause, Recoverability
from recovery.records.importer import import_csv
from recovery.records.tables import StaffLedgerRow, StaffRow
from recovery.store import Store

TABLES: tuple[type[SQLModel], ...] = (
    CaseRow,
    TrailRow,
    SignatureRow,
    OccupancyRow,
    RawRow,
    StaffRow,
    StaffLedgerRow,
    *SEALED,
)

NOT_COVERED = {
    ("cases", "opening_key"): "decides which of two simultaneous openings wins, nothing else",
    ("raw_answers", "id"): "orders rows of one moment; everything they say is sealed",
}


def table_of(model: type[SQLModel]) -> sa.Table:
    return cast(sa.Table, model.__table__)  # type: ignore[attr-defined]  # SQLModel types lack it


def held_check() -> Check:
    verdict = make_verdict(
        Recoverability.HOLD, cause=Cause.CLAIMANT_MISMATCH, user="harald", holder="harald"
    )
    return make_check(verdict, user="carla", evidence=make_evidence(tx_hash="0x" + "c1" * 32))


def fill(store: Store, folder: Path) -> None:
    """A settled case, one with a confirmation in sign-off, one held with a request, a waiting one, a staff."""
    bring_case(store, State.SETTLED, "0x" + "a1" * 32)
    evidence = make_evidence(tx_hash="0x" + "b1" * 32)
    asked = make_verdict(Recoverability.CONDITIONAL, conditions=(unmet("key_available"),))
    check = make_check(asked, evidence=evidence)
    (case,) = desk.open_claim(store, check, actor="olga", return_to=RETURN_TO, at=AT)
    desk.confirm(store, case.id, condition="key_available", reason="seen", actor="rita", at=AT)
    desk.accept(store, case.id, actor="alice", at=AT)
    desk.sign(store, case.id, role=Role.WALLET, actor="walt", recheck=lambda _: check, at=AT)
    held = held_check()
    (case,) = desk.open_claim(store, held, actor="olga", at=AT)
    desk.ask_consent(store, case.id, recheck=lambda _: held, days=14, actor="sonja", at=AT)
    bring_case(store, State.WAITING, "0x" + "d1" * 32)
    path = folder / "staff.csv"
    for rows in ("walt,wallet,5000,\n", "walt,wallet,5000,\nrita,reviewer,,2027-01-01T00:00:00Z\n"):
        path.write_text("actor,role,limit,valid_to\n" + rows, "utf-8")
        import_csv(store, "staff", path, actor="boss")


def unseal(store: Store) -> None:
    if store.is_sqlite:
        drops = [
            f"DROP TRIGGER {name}_refuses_{action}"
            for name in ("trail", "staff_ledger")
            for action in ("update", "delete")
        ]
    else:
        drops = [
            f"DROP TRIGGER {name}_is_append_only ON {name}" for name in ("trail", "staff_ledger")
        ]
    with store.begin() as session:
        for drop in drops:
            session.connection().execute(sa.text(drop))


def other_than(value: Any, kind: Any) -> Iterator[Any]:
    """Values of the column's type that are not the one it has."""
    match value:
        case None:
            if "DateTime" in type(kind).__name__:
                yield datetime.fromisoformat("2026-11-20T12:00:00+00:00")
            elif isinstance(kind, sa.Integer):
                yield 0
            else:
                yield 5 if "Amount" in type(kind).__name__ else "x"
        case bool():
            yield not value
        case datetime():
            yield value + timedelta(seconds=1)
        case bytes():
            yield value[:-1] + bytes([value[-1] ^ 1])
        case str():
            yield value[:-1] + chr(ord(value[-1]) ^ 1) if value else "x"
        case _:
            yield value + 1


def tamper_with(store: Store, model: type[SQLModel], *, rows: int | None) -> tuple[int, list[str]]:
    """How many values of a table were changed, and which changes nobody found."""
    table, tried, missed = table_of(model), 0, []
    with store.read() as session:
        found = session.connection().execute(sa.select(table)).mappings().all()
    keys = [column.name for column in table.primary_key.columns]
    for row in found[:rows]:
        for column in table.columns:
            if (table.name, column.name) in NOT_COVERED:
                continue
            values = list(other_than(row[column.name], column.type))
            if column.nullable and row[column.name] is not None:
                values.append(None)
            for value in values:
                tried += 1
                if not is_found(store, table, keys, dict(row), column.name, value):
                    missed.append(f"{table.name}.{column.name} of {[row[k] for k in keys]}")
    return tried, missed


def is_found(
    store: Store, table: sa.Table, keys: list[str], row: dict[str, Any], name: str, value: Any
) -> bool:
    here = sa.and_(*(table.c[key] == row[key] for key in keys))
    there = sa.and_(*(table.c[key] == (value if key == name else row[key]) for key in keys))
    try:
        with store.begin() as session:
            session.connection().execute(sa.update(table).where(here).values({name: value}))
    except DBAPIError:
        return True  # a foreign key, a unique key: the database itself refuses
    try:
        return not audit(store).is_clean
    finally:
        with store.begin() as session:
            session.connection().execute(sa.update(table).where(there).values({name: row[name]}))


@pytest.fixture
def filled(store: Store, tmp_path: Path) -> Store:
    fill(store, tmp_path)
    assert audit(store).problems == ()
    unseal(store)
    return store


@pytest.mark.parametrize("model", TABLES, ids=lambda model: model.__tablename__)
def test_no_column_of_any_row_can_be_changed_unseen(model: type[SQLModel], filled: Store) -> None:
    whole = filled.is_sqlite and (model is not TrailRow or "RECOVERY_SOAK" in os.environ)
    tried, missed = tamper_with(filled, model, rows=None if whole else 2)
    assert missed == []
    assert tried > 5 or model in SEALED[1:]
    assert audit(filled).problems == (), "every value was put back"


@pytest.mark.parametrize("model", TABLES, ids=lambda model: model.__tablename__)
def test_no_row_can_be_removed_unseen(model: type[SQLModel], filled: Store) -> None:
    table = table_of(model)
    keys = [column.name for column in table.primary_key.columns]
    with filled.read() as session:
        found = session.connection().execute(sa.select(table)).mappings().all()
    contents = [{k: v for k, v in row.items() if k != "id"} for row in found]
    for row, content in zip(found, contents, strict=True):
        if contents.count(content) > 1:
            continue  # the same answer of the same moment, kept twice
        here = sa.and_(*(table.c[key] == row[key] for key in keys))
        try:
            with filled.begin() as session:
                session.connection().execute(sa.delete(table).where(here))
        except DBAPIError:
            continue  # other rows need it
        assert not audit(filled).is_clean, dict(row)
        with filled.begin() as session:
            session.connection().execute(sa.insert(table).values(dict(row)))
    assert audit(filled).problems == ()


def test_rows_that_change_places_are_found(filled: Store) -> None:
    """Two entries of one trail, and the same entry of two trails."""
    table = table_of(TrailRow)
    content = [c.name for c in table.columns if c.name not in ("case_id", "seq")]
    with filled.read() as session:
        rows = session.connection().execute(sa.select(table)).mappings().all()
    first = [dict(r) for r in rows if r["case_id"] == rows[0]["case_id"]]
    other = [dict(r) for r in rows if r["case_id"] != rows[0]["case_id"]]
    for one, two in ((first[0], first[1]), (first[1], first[2]), (first[1], other[1])):
        with filled.begin() as session:
            for place, source in ((one, two), (two, one)):
                where = sa.and_(table.c.case_id == place["case_id"], table.c.seq == place["seq"])
                values = {name: source[name] for name in content}
                session.connection().execute(sa.update(table).where(where).values(values))
        assert not audit(filled).is_clean
        with filled.begin() as session:
            for place in (one, two):
                where = sa.and_(table.c.case_id == place["case_id"], table.c.seq == place["seq"])
                values = {name: place[name] for name in content}
                session.connection().execute(sa.update(table).where(where).values(values))
    assert audit(filled).problems == ()


def test_a_consent_slipped_in_is_found(filled: Store) -> None:
    table = table_of(SEALED[0])
    with filled.read() as session:
        row = dict(session.connection().execute(sa.select(table)).mappings().one())
    with filled.begin() as session:
        forged = {**row, "request": "rforged", "status": "given"}
        session.connection().execute(sa.insert(table).values(forged))
    assert any("rforged" in problem.text for problem in audit(filled).problems)


def test_a_staffs_ledger_cut_short_with_its_rows_set_back_is_found(filled: Store) -> None:
    with filled.begin() as session:
        session.connection().execute(sa.text("DELETE FROM staff_ledger WHERE seq = 2"))
        session.connection().execute(sa.text("DELETE FROM staff WHERE person = 'rita'"))
    assert any("staff files" in problem.text for problem in audit(filled).problems)


def test_every_table_of_the_cases_is_either_covered_or_named() -> None:
    """A new table must be sealed, or stand here with the reason why nothing is decided by it."""
    elsewhere = {
        "claims_made": "counts claims at the door",
        "claim_counts": "counts claims at the door",
        "case_links": "derived from the cases",
        "notices": "tells customers what a trail says; lost news moves no money",
        "contacts": "where a customer wants news",
        "case_looks": "says when to look, and decides nothing",
        "claim_tokens": "says who may speak for a claimant; what they do stands in the trail",
    }
    covered = {table_of(model).name for model in TABLES} | set(elsewhere)
    about_cases = {
        table.name
        for table in SQLModel.metadata.tables.values()
        if "case_id" in table.columns or table.name == "cases"
    }
    assert about_cases - covered - {"scan_findings", "findings"} == set()


def test_a_seal_is_one_of_what_it_covers() -> None:
    from recovery.cases.seals import seal_row

    row = {"a": 1, "b": "x", "c": None, "d": AT}
    seals = {seal_row(row)}
    for name, value in (("a", 2), ("b", "y"), ("c", ""), ("d", AT + timedelta(microseconds=1))):
        seals.add(seal_row({**row, name: value}))
    assert len(seals) == 5
    assert replace(held_check()).claim.user == "carla"
