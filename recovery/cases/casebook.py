"""The cases in the database: loading, listing, and writing what a step changed.

Knows: statements, keys, compare-and-set. Must not know: why a case goes where (`table`, `plan`).
Functions that take a session run inside the caller's transaction.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, SQLModel, col, select

from recovery.abuse.counting import insert_links, insert_new_links
from recovery.cases import rows, table
from recovery.cases.seals import write_consent
from recovery.cases.table import SIGNERS, Event, Queue, State
from recovery.cases.tables import (
    CaseRow,
    ConsentRow,
    LookRow,
    OccupancyRow,
    RawRow,
    SignatureRow,
    TrailRow,
)
from recovery.cases.values import Case, Consent, ConsentStatus, RawAnswer
from recovery.errors import BadInput, Inconsistent
from recovery.model import NetworkCode
from recovery.notices.outbox import insert_notices
from recovery.store import Store, find_table, in_parts


def load_case(store: Store, case_id: str) -> Case:
    """The case; raises `BadInput` where there is none with this id."""
    with store.read() as session:
        return read_case(session, case_id)


def read_case(session: Session, case_id: str, *, lock: bool = False) -> Case:
    """`load_case` inside a transaction; ``lock`` as in `read_cases`."""
    found = read_cases(session, [case_id.strip()], lock=lock)
    if not found:
        raise BadInput(
            "unknown-case", f"there is no case {case_id[:80]!r}", hint="see `recovery cases`"
        )
    return found[0]


def read_cases(session: Session, ids: Sequence[str], *, lock: bool = False) -> list[Case]:
    """The cases with these ids, in this order; unknown ids are left out.

    Whoever reads to write takes the rows (``lock``): else PostgreSQL could show a case as it was
    before another's change, and its trail as it is after.
    """
    cases: dict[str, CaseRow] = {}
    trails: dict[str, list[TrailRow]] = defaultdict(list)
    signatures: dict[str, list[SignatureRow]] = defaultdict(list)
    consents: dict[str, ConsentRow] = {}
    for part in in_parts(list(ids)):
        query = select(CaseRow).where(col(CaseRow.id).in_(part))
        if lock:
            query = query.order_by(col(CaseRow.id)).with_for_update()
        for case in session.exec(query):
            cases[case.id] = case
        entries = select(TrailRow).where(col(TrailRow.case_id).in_(part)).order_by("seq")
        for entry in session.exec(entries):
            trails[entry.case_id].append(entry)
        signed = select(SignatureRow).where(col(SignatureRow.case_id).in_(part))
        for signature in session.exec(signed):
            signatures[signature.case_id].append(signature)
    asked = [i for i, trail in trails.items() if any(e.event == Event.CONSENT_ASKED for e in trail)]
    for part in in_parts(asked):
        requests = select(ConsentRow).where(col(ConsentRow.case_id).in_(part))
        for consent in session.exec(requests.order_by(col(ConsentRow.asked_at))):
            consents[consent.case_id] = consent
    moments = _read_looks(session, [row for row in cases.values() if row.next_look_at is not None])
    session.expunge_all()
    found = [_read(cases[i], trails[i], signatures[i], consents.get(i)) for i in ids if i in cases]
    return [replace(c, next_look_at=moments[c.id]) if c.id in moments else c for c in found]


def _read_looks(session: Session, waiting: Sequence[CaseRow]) -> dict[str, datetime]:
    """The later moments that looks which changed nothing have set."""
    moments: dict[str, datetime] = {}
    versions = {row.id: row.version for row in waiting}
    for part in in_parts(list(versions)):
        for look in session.exec(select(LookRow).where(col(LookRow.case_id).in_(part))):
            if look.next_look_at is not None and look.version == versions[look.case_id]:
                moments[look.case_id] = look.next_look_at
    return moments


def _read(
    case: CaseRow,
    trail: list[TrailRow],
    signatures: list[SignatureRow],
    consent: ConsentRow | None,
) -> Case:
    """A case whose trail does not fit is not shown as if it did: nobody may act on it."""
    try:
        read = rows.read_case(case, trail, signatures, consent)
    except (ValueError, KeyError, TypeError) as error:
        raise _damaged(case.id, str(error)) from None
    if len(trail) != case.version or not trail or trail[-1].hash != case.head:
        raise _damaged(case.id, "its trail is not the one it was written with")
    return read


def _damaged(case_id: str, why: str) -> Inconsistent:
    return Inconsistent(
        "case-damaged", f"case {case_id} can't be read: {why}", hint="run `recovery audit`"
    )


def list_cases(
    store: Store,
    *,
    state: State | None = None,
    queue: Queue | None = None,
    after: str | None = None,
    limit: int | None = None,
) -> tuple[Case, ...]:
    """Cases in the order they were opened, of one state or one queue where named.

    ``after`` is the id of the case behind which a page begins; nothing follows an unknown one.
    """
    query = select(CaseRow.id).order_by(col(CaseRow.opened_at), col(CaseRow.id))
    if state is not None:
        query = query.where(CaseRow.state == state.value)
    if queue is not None:
        query = query.where(stands_in(queue))
    if after is not None:
        place = sa.tuple_(col(CaseRow.opened_at), col(CaseRow.id))
        before = select(CaseRow.opened_at, CaseRow.id).where(CaseRow.id == after)
        query = query.where(place > before.scalar_subquery())
    if limit is not None:
        query = query.limit(limit)
    with store.read() as session:
        return tuple(read_cases(session, list(session.exec(query))))


def stands_in(queue: Queue) -> sa.ColumnElement[bool]:
    """The clause for cases that stand in this queue."""
    for role, its_queue in SIGNERS.items():
        if its_queue is queue:
            signed = sa.exists().where(
                col(SignatureRow.case_id) == col(CaseRow.id), col(SignatureRow.role) == role.value
            )
            return sa.and_(
                col(CaseRow.state) == State.IN_SIGN_OFF.value,
                col(CaseRow.signers).contains(role.value),
                ~signed,
            )
    states = [state.value for state, its_queue in table.QUEUES.items() if its_queue is queue]
    return col(CaseRow.state).in_(states)


def find_due_cases(store: Store, at: datetime) -> tuple[str, ...]:
    """Ids of cases to be looked at again: waiting ones whose moment came, and those in checking."""
    due = sa.and_(
        col(CaseRow.state) == State.WAITING.value, col(CaseRow.next_look_at) <= at
    ) | sa.and_(col(CaseRow.state) == State.CHECKING.value)
    with store.read() as session:
        return tuple(session.exec(select(CaseRow.id).where(due).order_by(col(CaseRow.id))))


def find_expired(store: Store, at: datetime) -> tuple[str, ...]:
    """Ids of quoted cases whose quote ran out."""
    due = col(CaseRow.quote_expires_at) <= at
    query = select(CaseRow.id).where(CaseRow.state == State.QUOTED.value, due)
    with store.read() as session:
        return tuple(session.exec(query.order_by(col(CaseRow.id))))


def find_lapsed(store: Store, at: datetime) -> tuple[str, ...]:
    """Ids of cases whose request for a consent ran out unanswered."""
    due = sa.and_(
        col(ConsentRow.status) == ConsentStatus.ASKED.value, col(ConsentRow.deadline) <= at
    )
    with store.read() as session:
        found = session.exec(select(ConsentRow.case_id).where(due).distinct())
        return tuple(sorted(found))


def load_raw(store: Store, network: NetworkCode, tx_hash: str) -> tuple[RawAnswer, ...]:
    """The kept answers of one transaction, oldest first; raises `Inconsistent` where damaged."""
    query = select(RawRow).where(RawRow.network == network, RawRow.tx_hash == tx_hash)
    with store.read() as session:
        found = session.exec(query.order_by(col(RawRow.at), col(RawRow.id))).all()
    try:
        return tuple(rows.read_raw(row) for row in found)
    except ValueError as error:
        raise Inconsistent("raw-damaged", f"a kept answer of {tx_hash} {error}") from None


def insert_cases(session: Session, cases: Sequence[Case]) -> None:
    """Write new cases with trail and occupancy. A lost race raises ``IntegrityError``."""
    _insert(session, CaseRow, [rows.write_new_case(case) for case in cases])
    entries = [rows.write_entry(case.id, entry) for case in cases for entry in case.trail]
    _insert(session, TrailRow, entries)
    insert_links(session, cases)
    insert_notices(session, [(None, case) for case in cases])
    _insert(session, OccupancyRow, [row for case in cases if (row := _taken_by(case)) is not None])


def replace_case(session: Session, before: Case, after: Case) -> bool:
    """Write what a step changed, if the case is still as it was read; False where it is not.

    A transfer taken by another case meanwhile raises ``IntegrityError``.
    """
    changes = rows.write_case(after)
    if after.state in table.FINISHED:
        changes["opening_key"] = None
    written = session.connection().execute(
        sa.update(find_table(CaseRow))
        .where(
            col(CaseRow.id) == before.id,
            col(CaseRow.state) == before.state.value,
            col(CaseRow.version) == before.version,
        )
        .values(changes)
    )
    if written.rowcount != 1:
        return False
    entries = [rows.write_entry(after.id, entry) for entry in after.trail[before.version :]]
    _insert(session, TrailRow, entries)
    insert_new_links(session, before, after)
    insert_notices(session, [(before, after)])
    if before.signatures and not after.signatures:
        _delete(session, SignatureRow, after.id)
    else:
        fresh = after.signatures[len(before.signatures) :]
        signed = [rows.write_signature(after.id, s, seq=after.version) for s in fresh]
        _insert(session, SignatureRow, signed)
    if after.consent is not None and after.consent is not before.consent:
        _write_consent(session, before, after, after.consent)
    had, has = _taken_by(before), _taken_by(after)
    if had == has:
        return True
    if had is not None:
        _delete(session, OccupancyRow, after.id)
    if has is not None:
        _insert(session, OccupancyRow, [has])
    return True


def _write_consent(session: Session, before: Case, after: Case, consent: Consent) -> None:
    row = write_consent(after.id, consent)
    if before.consent is None or before.consent.request != consent.request:
        _insert(session, ConsentRow, [row])
        return
    known = col(ConsentRow.request) == consent.request
    session.connection().execute(sa.update(find_table(ConsentRow)).where(known).values(row))


def insert_raw(session: Session, raws: Iterable[rows.Row]) -> None:
    """Keep the answers that evidence was decoded from (`rows.write_raw`)."""
    _insert(session, RawRow, list(raws))


def count_cases_this_year(
    store: Store, users: Collection[str], *, now: datetime, among: Collection[str] = ()
) -> tuple[dict[str, int], dict[str, str]]:
    """How many cases with a fee each user has had in this calendar year (UTC); missing: none.

    Counted are cases that came as far as a quote and were not refused, withdrawn or left to
    expire: people pay for what is done for them. With it the users of those cases of ``among`` that were
    counted, by id: the one being quoted does not count for itself.
    """
    start = datetime(now.astimezone(UTC).year, 1, 1, tzinfo=UTC)
    is_counted = (
        col(CaseRow.state).in_([state.value for state in table.OCCUPYING]),
        col(CaseRow.quote).is_not(None),
        col(CaseRow.recoverability) != "credit",
        col(CaseRow.opened_at) >= start,
    )
    counts: dict[str, int] = {}
    counted: dict[str, str] = {}
    with store.read() as session:
        for part in in_parts(sorted(set(users))):
            query = select(CaseRow.owner, sa.func.count()).where(
                col(CaseRow.owner).in_(part), *is_counted
            )
            rows = session.exec(query.group_by(col(CaseRow.owner)))
            counts |= {owner: count for owner, count in rows if owner is not None}
        for part in in_parts(sorted(set(among))):
            own = select(CaseRow.id, CaseRow.owner).where(col(CaseRow.id).in_(part), *is_counted)
            counted |= {case: owner for case, owner in session.exec(own) if owner is not None}
    return counts, counted


def _taken_by(case: Case) -> dict[str, Any] | None:
    """The row of the transfer that the case has; None where it has none."""
    if not case.holds_transfer:
        return None
    assert case.network is not None
    assert case.position is not None
    return {
        "network": case.network,
        "tx_hash": case.tx_hash,
        "position": case.position,
        "case_id": case.id,
    }


def _insert(session: Session, model: type[SQLModel], new: list[dict[str, Any]]) -> None:
    if new:
        session.connection().execute(sa.insert(find_table(model)), new)


def _delete(session: Session, model: type[SignatureRow | OccupancyRow], case_id: str) -> None:
    session.connection().execute(sa.delete(find_table(model)).where(col(model.case_id) == case_id))
