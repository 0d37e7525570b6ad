"""Findings and cursors in the database: written together, or not at all.

Knows: the two tables. Must not know: nodes, what a finding is worth.

A finding's key is the transfer's own, so that looking twice changes nothing; a cursor only moves forward.
What was found before keeps its state, except that what was gone may be there again.
"""

from __future__ import annotations

import importlib
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from recovery.model import AddressKey, AssetId, NetworkCode, TransferKind
from recovery.scan.tables import CursorRow, FindingRow
from recovery.scan.values import Cursor, Finding, FindingState
from recovery.store import Store, find_table, in_parts

FindingKey = tuple[NetworkCode, str, str]


_CURSORS, _FINDINGS = find_table(CursorRow), find_table(FindingRow)


def store_look(
    store: Store,
    network: NetworkCode,
    track: str,
    *,
    findings: Sequence[Finding],
    cursor: Cursor | None,
    at: datetime,
) -> int:
    """Keep what a look found and how far it came, in one transaction; how many findings are new.

    Without a cursor (a range that somebody named) only findings are kept.
    """
    with store.begin() as session:
        connection = session.connection()
        new = _insert(connection, findings, at) if findings else 0
        if cursor is not None:
            _move(connection, network, track, cursor, at)
    return new


def _insert(connection: Connection, findings: Sequence[Finding], at: datetime) -> int:
    """Past SQLAlchemy, which takes twice as long for a row as the database."""
    known = _find_known(connection, findings)
    mark = "%s" if connection.dialect.name == "postgresql" else "?"
    write_time, write_amount = (
        column.type.dialect_impl(connection.dialect).bind_processor(connection.dialect) or _as_it_is
        for column in (_FINDINGS.c.found_at, _FINDINGS.c.amount)
    )
    found_at = write_time(at)
    rows = [
        (
            finding.network,
            finding.tx_hash,
            finding.position,
            finding.state.value,
            finding.reason,
            finding.kind.value,
            finding.asset,
            write_amount(finding.amount),
            finding.recipient.scheme,
            finding.recipient.payload,
            finding.height,
            write_time(finding.block_time),
            found_at,
            finding.case_id,
        )
        for finding in findings
    ]
    connection.exec_driver_sql(_INSERT.replace("?", mark), rows)
    return len({(finding.tx_hash, finding.position) for finding in findings} - known)


def _as_it_is(value: Any) -> Any:
    return value


_INSERT = """
INSERT INTO findings (
    network, tx_hash, position, state, reason, kind, asset, amount, scheme, payload, height,
    block_time, found_at, case_id
) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (network, tx_hash, position) DO UPDATE
SET state = 'found', reason = NULL, height = excluded.height, block_time = excluded.block_time
WHERE findings.state = 'gone'
"""
"""What was gone is there again; all others keep what became of them."""


def _find_known(connection: Connection, findings: Sequence[Finding]) -> set[tuple[str, str]]:
    """Hashes and positions of these transactions that are there already."""
    known: set[tuple[str, str]] = set()
    for part in in_parts({finding.tx_hash for finding in findings}):
        among = {"network": findings[0].network, "among": part}
        known |= {(row.tx_hash, row.position) for row in connection.execute(_KNOWN_OF, among)}
    return known


_KNOWN_OF = sa.select(_FINDINGS.c.tx_hash, _FINDINGS.c.position).where(
    _FINDINGS.c.network == sa.bindparam("network"),
    _FINDINGS.c.tx_hash.in_(sa.bindparam("among", expanding=True)),
)


def _move(
    connection: Connection, network: NetworkCode, track: str, cursor: Cursor, at: datetime
) -> None:
    values = {
        "network": network,
        "track": track,
        "height": cursor.height,
        "token": cursor.token,
        "block_time": cursor.block_time,
        "moved_at": at,
    }
    insert = _dialect(connection).insert(_CURSORS).values(values)
    moved: dict[str, Any] = {name: values[name] for name in ("height", "token", "moved_at")}
    # on its way to the tip the moment is not known: what was reached before is still true
    moved["block_time"] = sa.func.coalesce(insert.excluded.block_time, _CURSORS.c.block_time)
    connection.execute(
        insert.on_conflict_do_update(
            index_elements=["network", "track"],
            set_=moved,
            where=_CURSORS.c.height <= cursor.height,
        )
    )


def _dialect(connection: Connection) -> Any:
    return importlib.import_module(f"sqlalchemy.dialects.{connection.dialect.name}")


def load_cursors(
    store: Store, network: NetworkCode | None = None, *, tracks: Sequence[str] | None = None
) -> dict[tuple[str, str], Cursor]:
    """The cursors by network and track, of one network or of all, of some tracks or of all."""
    query = sa.select(_CURSORS)
    if network is not None:
        query = query.where(_CURSORS.c.network == network)
    if tracks is not None:
        query = query.where(_CURSORS.c.track.in_(tracks))
    with store.read() as session:
        return {
            (row.network, row.track): Cursor(row.height, row.token, row.block_time)
            for row in session.connection().execute(query)
        }


def load_findings(
    store: Store,
    network: NetworkCode | None = None,
    *,
    states: Collection[FindingState] = tuple(FindingState),
) -> tuple[Finding, ...]:
    """Findings in the order of the chain."""
    query = sa.select(_FINDINGS).where(_FINDINGS.c.state.in_([s.value for s in states]))
    if network is not None:
        query = query.where(_FINDINGS.c.network == network)
    order = (_FINDINGS.c.network, _FINDINGS.c.height, _FINDINGS.c.tx_hash, _FINDINGS.c.position)
    with store.read() as session:
        return tuple(map(_read, session.connection().execute(query.order_by(*order))))


def count_findings(store: Store, network: NetworkCode) -> dict[tuple[str, str | None], int]:
    """How many findings there are by state and reason."""
    query = (
        sa.select(_FINDINGS.c.state, _FINDINGS.c.reason, sa.func.count())
        .where(_FINDINGS.c.network == network)
        .group_by(_FINDINGS.c.state, _FINDINGS.c.reason)
    )
    with store.read() as session:
        return {(row[0], row[1]): row[2] for row in session.connection().execute(query)}


def settle_findings(
    store: Store,
    outcomes: Mapping[FindingKey, tuple[FindingState, str | None, str | None]],
    *,
    times: Mapping[FindingKey, datetime] | None = None,
) -> None:
    """Say what became of findings (state, reason, case), and keep blocks' times that the scan's call did
    not tell; in one transaction. Running it again changes nothing."""
    settled = [
        {"n": n, "t": t, "p": p, "s": state.value, "r": reason, "c": case_id}
        for (n, t, p), (state, reason, case_id) in outcomes.items()
    ]
    timed = [{"n": n, "t": t, "p": p, "at": at} for (n, t, p), at in (times or {}).items()]
    if not settled and not timed:
        return
    with store.begin() as session:
        if settled:
            session.connection().execute(_SETTLE, settled)
        if timed:
            session.connection().execute(_NOTE_TIME, timed)


_THIS = (
    _FINDINGS.c.network == sa.bindparam("n"),
    _FINDINGS.c.tx_hash == sa.bindparam("t"),
    _FINDINGS.c.position == sa.bindparam("p"),
)
_SETTLE = (
    sa.update(_FINDINGS)
    .where(*_THIS)
    .values(state=sa.bindparam("s"), reason=sa.bindparam("r"), case_id=sa.bindparam("c"))
)
_NOTE_TIME = sa.update(_FINDINGS).where(*_THIS).values(block_time=sa.bindparam("at"))


def reconsider(
    store: Store, network: NetworkCode, assets: Collection[AssetId], *, reason: str
) -> int:
    """Findings counted for a reason that these assets no longer give: found again; how many."""
    revived = 0
    wanted = sorted(assets)
    with store.begin() as session:
        for part in in_parts(wanted):
            statement = (
                sa.update(_FINDINGS)
                .where(
                    _FINDINGS.c.network == network,
                    _FINDINGS.c.state == FindingState.COUNTED.value,
                    _FINDINGS.c.reason == reason,
                    _FINDINGS.c.asset.in_(part),
                )
                .values(state=FindingState.FOUND.value, reason=None)
            )
            revived += session.connection().execute(statement).rowcount
    return revived


def _read(row: Any) -> Finding:
    return Finding(
        network=NetworkCode(row.network),
        tx_hash=row.tx_hash,
        position=row.position,
        kind=TransferKind(row.kind),
        asset=AssetId(row.asset),
        amount=row.amount,
        recipient=AddressKey(row.scheme, bytes(row.payload)),
        height=row.height,
        block_time=row.block_time,
        state=FindingState(row.state),
        reason=row.reason,
        case_id=row.case_id,
    )
