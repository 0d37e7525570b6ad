"""The staff in the store: who holds which role, and the ledger of what was changed of it.

Knows: the two tables, and the hash that links the ledger's entries. Must not know: what a role may do.

Every import that changes the staff adds one entry: all rows as they then were, and the hash of the
entry before. A row changed behind the desk's back no longer fits the last entry: nobody acts on such
a staff, `recovery audit` names the row, and the next import begins by putting back what the ledger
says, so that it never confirms what somebody slipped in.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlmodel import Session

from recovery.cases.authority import NOBODY_LISTED, Staff, StaffMember
from recovery.cases.digest import canonical, sha256_of
from recovery.cases.seals import plain_row
from recovery.cases.table import Role
from recovery.cases.trail import ROOT
from recovery.errors import Inconsistent
from recovery.records.tables import StaffLedgerRow, StaffRow
from recovery.store import Store, find_table
from recovery.times import parse_time, print_time

_STAFF, _LEDGER = find_table(StaffRow), find_table(StaffLedgerRow)
_EVERYBODY = sa.select(_STAFF).order_by(*_STAFF.primary_key.columns)
_ENTRIES = sa.select(_LEDGER).order_by(_LEDGER.c.seq)
_LAST = sa.select(_LEDGER).order_by(_LEDGER.c.seq.desc()).limit(1)


def read_staff(session: Session) -> Staff:
    """Everybody who was ever imported.

    Raises `Inconsistent` where the rows are not those of the last import: nobody may act on them.
    """
    return _read(session.connection())


def is_staff_listed(store: Store) -> bool:
    """Was a staff ever imported? While it was not, any name is believed in any role."""
    with store.read() as session:
        return session.connection().execute(_LAST).one_or_none() is not None


def _read(connection: Connection) -> Staff:
    found = connection.execute(_EVERYBODY).all()
    last = connection.execute(_LAST).one_or_none()
    if not found and last is None:
        return NOBODY_LISTED
    if last is None or last.state != _state_of(found):
        raise Inconsistent(
            "staff-damaged",
            "the staff was changed since it was imported",
            hint="run `recovery audit`, and import the staff again",
        )
    return Staff(tuple(_member(row) for row in found))


def _member(row: sa.Row[Any]) -> StaffMember:
    return StaffMember(
        person=row.person,
        role=Role(row.role),
        limit=None if row.most is None else Decimal(row.most),
        valid_from=row.valid_from,
        valid_to=row.valid_to,
    )


def restore_staff(connection: Connection) -> None:
    """Put the rows back as the last entry of the ledger says; nothing to do where they are so."""
    last = connection.execute(_LAST).one_or_none()
    found = connection.execute(_EVERYBODY).all()
    if last is None or last.state == _state_of(found):
        if last is None and found:
            connection.execute(sa.delete(_STAFF))
        return
    if last.hash != _hash({name: getattr(last, name) for name in _COVERED}):
        raise Inconsistent(
            "staff-damaged",
            "the staff and its ledger were changed since the last import",
            hint="run `recovery audit`; restore both tables from a backup",
        )
    connection.execute(sa.delete(_STAFF))
    kept = [_read_row(row) for row in json.loads(last.state)]
    if kept:
        connection.execute(sa.insert(_STAFF), kept)


def _read_row(row: dict[str, Any]) -> dict[str, Any]:
    times = {name: row[name] and parse_time(row[name]) for name in ("valid_from", "valid_to")}
    return {**row, **times, "most": None if row["most"] is None else Decimal(row["most"])}


def write_ledger(connection: Connection, *, actor: str, file: str, at: datetime) -> None:
    """Add the entry for the rows as they are now."""
    found = connection.execute(_EVERYBODY).all()
    last = connection.execute(_LAST).one_or_none()
    seq, previous = (1, ROOT) if last is None else (last.seq + 1, last.hash)
    entry = {
        "seq": seq,
        "at": print_time(at),
        "actor": actor,
        "file": file,
        "rows": len(found),
        "state": _state_of(found),
        "previous": previous,
    }
    connection.execute(sa.insert(_LEDGER).values(entry | {"hash": _hash(entry)}))


def find_staff_problems(connection: Connection, files: Sequence[tuple[str, str]]) -> Iterator[str]:
    """What is wrong with the staff and its ledger, in sentences.

    ``files`` are actor and SHA-256 of every staff file in the log of imports, the oldest first: a
    ledger cut short no longer has one entry for each.
    """
    found = connection.execute(_EVERYBODY).all()
    entries = connection.execute(_ENTRIES).all()
    previous = ROOT
    for expected, entry in enumerate(entries, start=1):
        covered = {name: getattr(entry, name) for name in _COVERED}
        if entry.seq != expected:
            yield f"entry {expected} of the staff's ledger is missing"
        elif entry.previous != previous:
            yield f"entry {expected} of the staff's ledger does not follow the one before"
        elif entry.hash != _hash(covered):
            yield f"entry {expected} of the staff's ledger was changed"
        previous = entry.hash
    if [(entry.actor, entry.file) for entry in entries] != list(files):
        yield "the staff's ledger does not have the entries of the staff files that were imported"
    told = set(_lines(entries[-1].state)) if entries else set()
    stand = set(_lines(_state_of(found)))
    yield from (f"a row of the staff was not imported: {row}" for row in sorted(stand - told))
    yield from (f"a row of the staff is changed or gone: {row}" for row in sorted(told - stand))


def _lines(state: str) -> list[str]:
    """Each row of a state as text; a state that can't be read is one line."""
    try:
        return [canonical(row) for row in json.loads(state)]
    except ValueError:
        return [state]


_COVERED = ("seq", "at", "actor", "file", "rows", "state", "previous")


def _hash(entry: dict[str, object]) -> str:
    return sha256_of(canonical(["recovery.staff/1", *(entry[name] for name in _COVERED)]))


def _state_of(found: Sequence[sa.Row[Any]]) -> str:
    return canonical([plain_row(dict(row._mapping)) for row in found])
