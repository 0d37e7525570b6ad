"""The outbox: written in the transaction of the change, emptied by whoever holds a lease on a notice.

Knows: rows, leases, backoff, the order within a case. Must not know: HTTP, mail, words. A notice is
leased before it is sent and marked after: a sender killed in between leaves it to the next one, so that it
is sent at least once, and its id tells a receiver that it came twice. Of one case the older goes first.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from recovery.cases.tables import CaseRow
from recovery.cases.values import Case
from recovery.errors import BadInput, NotAllowed
from recovery.notices.plan import Notice, plan_notice
from recovery.notices.tables import ContactRow, NoticeRow
from recovery.store import Store, find_table

LEASE = timedelta(minutes=2)
"""Longer than a delivery with all its time-outs takes."""

GRACE = timedelta(seconds=3)
"""How long a new notice waits: the address given with a claim is kept right after its cases."""

FIRST_RETRY = timedelta(seconds=10)
LONGEST_RETRY = timedelta(hours=6)
AT_ONCE = 50
MAX_ERROR = 300


@dataclass(frozen=True, slots=True)
class Due:
    """A notice that this sender holds until its lease ends, and where the customer wants it."""

    id: str
    case_id: str
    kind: str
    state: str
    made_at: datetime
    attempts: int
    user: str | None
    email: str | None
    language: str | None
    needs_webhook: bool
    needs_mail: bool


_INSERT = sa.insert(find_table(NoticeRow))


def insert_notices(session: Session, steps: Sequence[tuple[Case | None, Case]]) -> None:
    """Write what is news of these steps; called where cases are written, in their transaction."""
    rows = [_row(notice) for before, after in steps if (notice := plan_notice(before, after))]
    if rows:
        session.connection().execute(_INSERT, rows)


def _row(notice: Notice) -> dict[str, Any]:
    return {
        "id": notice.id,
        "case_id": notice.case_id,
        "seq": notice.seq,
        "kind": notice.kind.value,
        "state": notice.state.value,
        "made_at": notice.at,
        "due_at": notice.at + GRACE,
        "attempts": 0,
    }


def lease_due(store: Store, *, at: datetime, limit: int = AT_ONCE) -> list[Due]:
    """Notices that are due and nobody holds, the oldest of each case; held by the caller now.

    Others skip what is locked (PostgreSQL) or wait for the one writer (SQLite), so that no notice
    is held twice.
    """
    earlier = aliased(NoticeRow)
    waits = sa.exists().where(
        col(earlier.case_id) == col(NoticeRow.case_id),
        col(earlier.seq) < col(NoticeRow.seq),
        col(earlier.done_at).is_(None),
        col(earlier.dead_at).is_(None),
    )
    query = (
        select(NoticeRow)
        .where(
            col(NoticeRow.done_at).is_(None),
            col(NoticeRow.dead_at).is_(None),
            col(NoticeRow.due_at) <= at,
            sa.or_(col(NoticeRow.leased_until).is_(None), col(NoticeRow.leased_until) <= at),
            ~waits,
        )
        .order_by(col(NoticeRow.due_at), col(NoticeRow.id))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    with store.begin() as session:
        found = session.exec(query).all()
        for row in found:
            row.leased_until = at + LEASE
            session.add(row)
        contacts = _contacts(session, [row.case_id for row in found])
        owners = _owners(session, [row.case_id for row in found])
        return [_due(row, contacts.get(row.case_id), owners.get(row.case_id)) for row in found]


def _contacts(session: Session, ids: Sequence[str]) -> dict[str, ContactRow]:
    query = select(ContactRow).where(col(ContactRow.case_id).in_(ids))
    return {row.case_id: row for row in session.exec(query)}


def _owners(session: Session, ids: Sequence[str]) -> dict[str, str | None]:
    query = select(col(CaseRow.id), col(CaseRow.owner)).where(col(CaseRow.id).in_(ids))
    return dict(session.exec(query).all())


def _due(row: NoticeRow, contact: ContactRow | None, user: str | None) -> Due:
    return Due(
        id=row.id,
        case_id=row.case_id,
        kind=row.kind,
        state=row.state,
        made_at=row.made_at,
        attempts=row.attempts,
        user=user,
        email=None if contact is None else contact.email,
        language=None if contact is None else contact.language,
        needs_webhook=row.webhook_at is None,
        needs_mail=row.mail_at is None,
    )


def mark(
    store: Store,
    notice_id: str,
    *,
    at: datetime,
    webhook: bool,
    mail: bool,
    forget_contact: bool = False,
) -> None:
    """What went out (or is not needed) by now; with both there is nothing left to do."""
    with store.begin() as session:
        row = session.get(NoticeRow, notice_id, with_for_update=True)
        if row is None:
            return
        row.webhook_at = row.webhook_at or (at if webhook else None)
        row.mail_at = row.mail_at or (at if mail else None)
        row.leased_until = None
        if row.webhook_at and row.mail_at:
            row.done_at = at
            row.last_error = None
            if forget_contact:
                session.connection().execute(
                    sa.delete(find_table(ContactRow)).where(col(ContactRow.case_id) == row.case_id)
                )
        session.add(row)


def put_off(store: Store, due: Due, *, at: datetime, error: str, give_up_after: timedelta) -> None:
    """Try again later, longer each time and not all at one moment; give up when it is too old."""
    with store.begin() as session:
        row = session.get(NoticeRow, due.id, with_for_update=True)
        if row is None or row.done_at is not None:
            return
        row.attempts += 1
        row.leased_until = None
        row.last_error = error[:MAX_ERROR]
        if at - row.made_at >= give_up_after:
            row.dead_at = at
        else:
            wait = min(FIRST_RETRY * 2 ** min(row.attempts - 1, 20), LONGEST_RETRY)
            row.due_at = at + wait * random.uniform(0.8, 1.2)  # noqa: S311  spreads load, no secret
        session.add(row)


def retry(store: Store, notice_id: str, *, at: datetime) -> NoticeRow:
    """A dead notice is due again, as returned; raises `NotAllowed` for one that is done or does not exist."""
    with store.begin() as session:
        row = session.get(NoticeRow, notice_id, with_for_update=True)
        if row is None or row.done_at is not None:
            raise NotAllowed(
                "nothing-to-retry",
                f"no notice {notice_id[:60]!r} waits to be sent",
                hint="recovery notices list",
            )
        row.dead_at = None
        row.due_at = at
        session.add(row)
    return row


def list_waiting(store: Store, *, limit: int = 200) -> list[NoticeRow]:
    """Notices that did not go out yet, dead ones first, then the oldest."""
    query = (
        select(NoticeRow)
        .where(col(NoticeRow.done_at).is_(None))
        .order_by(col(NoticeRow.dead_at).is_(None), col(NoticeRow.made_at))
        .limit(limit)
    )
    with store.read() as session:
        return list(session.exec(query))


def count_waiting(store: Store) -> int:
    """How many notices are still to go out; those that were given up are not counted."""
    query = select(sa.func.count()).where(
        col(NoticeRow.done_at).is_(None), col(NoticeRow.dead_at).is_(None)
    )
    with store.read() as session:
        return session.exec(query).one()


def keep_contact(
    session: Session, case_ids: Sequence[str], *, email: str, language: str, at: datetime
) -> None:
    """Where the customer wants news of these cases; raises `BadInput` for what is no address."""
    address = parse_email(email)
    for case_id in case_ids:
        session.merge(ContactRow(case_id=case_id, email=address, language=language, given_at=at))


def parse_email(text: str) -> str:
    """One plain mailbox; raises `BadInput`. Nothing in it can become a header or a second address."""
    address = text.strip()
    local, at, domain = address.rpartition("@")
    plain = address.isascii() and not any(c in address for c in ' \t\r\n,;:<>()[]"\\\0')
    if not at or not local or "." not in domain or not plain or len(address) > 254:
        raise BadInput(
            "bad-email", "that is not an e-mail address", hint="name@example.org", where="email"
        )
    return address
