"""The claims that were made, counted in the database: one truth for all processes.

Knows: what is counted, and how a claim is taken or sent away. Must not know: nodes, cases, why a limit
is what it is (`policy`, `limits`).

A claim is counted in the transaction that stores its case: both are there or neither.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session

from recovery.abuse.limits import DAY, HOUR, Recent, TooManyClaims, find_retry, minute_of
from recovery.abuse.policy import AbusePolicy, Channel
from recovery.abuse.tables import ClaimCountRow, ClaimMadeRow
from recovery.cases.people import person_of
from recovery.store import Store, find_table, take_lock

_CUSTOMERS = Channel.CUSTOMER.value
_ATTEMPT, _ON_CHANNEL, _REFUSED = "attempt", "channel", "refused"


_MADE, _COUNTS = find_table(ClaimMadeRow), find_table(ClaimCountRow)
_THROTTLED = sa.select(sa.func.coalesce(sa.func.sum(_COUNTS.c.made), 0)).where(
    _COUNTS.c.kind == _REFUSED,
    _COUNTS.c.subject == sa.bindparam("subject"),
    _COUNTS.c.bucket >= sa.bindparam("day"),
)


@dataclass(frozen=True, slots=True)
class Attempt:
    """Who claims what, through whom. ``user`` is None where nobody says whose claim it is.

    ``is_owner``: the records name the claimant as the owner of what the transaction paid.
    """

    user: str | None
    opener: str
    channel: Channel
    tx_hash: str
    at: datetime
    is_owner: bool = False

    @property
    def claimant(self) -> str | None:
        return None if self.user is None else person_of(self.user)

    @property
    def front_end(self) -> str | None:
        """The channel that is counted: not a person of the desk, not the claimant's own name."""
        if self.channel is Channel.STAFF or person_of(self.opener) == self.claimant:
            return None
        return person_of(self.opener)


def _nothing(_session: Session) -> None:
    """Nothing is stored with the count."""


def admit(
    store: Store,
    attempt: Attempt,
    policy: AbusePolicy,
    write: Callable[[Session], None] = _nothing,
) -> None:
    """Count one claim, in one transaction with what ``write`` stores of it.

    Raises `TooManyClaims` where a limit is reached: then only that is counted. Exact whatever races: who
    counts holds the claimant, the channel and the transaction, and counts last, so that a channel's claims wait
    for each other no longer than that takes.
    """
    try:
        with store.begin() as session:
            write(session)
            _hold(session, attempt)
            retry_at = _find_retry(session, attempt, policy)
            if retry_at is not None:
                raise TooManyClaims(retry_at)
            _count(session, attempt)
    except TooManyClaims:
        with store.begin() as session:
            _count_refused(session, attempt)
        raise


def require_room(store: Store, attempt: Attempt, policy: AbusePolicy) -> None:
    """Raise `TooManyClaims` where `admit` would, before a node is asked; counts no claim taken.

    Whose deposit it is is not known yet, so that the transaction's own limit is left to `admit`.
    """
    with store.read() as session:
        retry_at = _find_retry(session, attempt, policy, crowd=False)
    if retry_at is not None:
        with store.begin() as session:
            _count_refused(session, attempt)
        raise TooManyClaims(retry_at)


def forget_claims(store: Store, *, before: datetime) -> int:
    """Delete what was counted before this moment; the number of rows. Cases and links stay."""
    minute = minute_of(before)
    with store.begin() as session:
        connection = session.connection()
        made = connection.execute(sa.delete(_MADE).where(_MADE.c.last_at < before)).rowcount
        by_minute = _COUNTS.c.kind != _REFUSED
        old = (by_minute & (_COUNTS.c.bucket < minute)) | (
            ~by_minute & (_COUNTS.c.bucket < minute // _DAY_MINUTES)
        )
        counted = connection.execute(sa.delete(_COUNTS).where(old)).rowcount
    return int(made + counted)


_DAY_MINUTES = 24 * 60


def count_throttled(session: Session, user: str, *, since: datetime) -> int:
    """How many claims of this user came too fast since then (by days, UTC)."""
    asked = {"subject": person_of(user), "day": minute_of(since) // _DAY_MINUTES}
    return int(session.connection().execute(_THROTTLED, asked).scalar_one())


def _hold(session: Session, attempt: Attempt) -> None:
    # In one order for all, so that two of them never wait for each other.
    held = {"claims of": attempt.claimant, "claims by": attempt.front_end}
    if attempt.channel is Channel.CUSTOMER:
        held["claims on"] = attempt.tx_hash
    for name in sorted(f"{kind} {subject}" for kind, subject in held.items() if subject):
        take_lock(session.connection(), name)


def _find_retry(
    session: Session, attempt: Attempt, policy: AbusePolicy, *, crowd: bool = True
) -> datetime | None:
    recent = _load_recent(session, attempt, crowd=crowd, most=policy.transaction.claimants_per_day)
    return find_retry(
        recent, tx_hash=attempt.tx_hash, channel=attempt.channel, at=attempt.at, policy=policy
    )


def _load_recent(session: Session, attempt: Attempt, *, crowd: bool, most: int) -> Recent:
    claimant, front_end = attempt.claimant, attempt.front_end
    own: tuple[tuple[str, datetime], ...] = ()
    if claimant is not None and not attempt.is_owner:
        own = _load_transactions(session, attempt, claimant)
    return Recent(
        attempts=()
        if claimant is None
        else _load_minutes(session, _ATTEMPT, _mark(attempt, claimant), attempt.at),
        transactions=own,
        on_channel=()
        if front_end is None
        else _load_minutes(session, _ON_CHANNEL, front_end, attempt.at),
        other_claimants=_count_others(session, attempt, own, most) if crowd else 0,
    )


def _mark(attempt: Attempt, claimant: str) -> str:
    return f"{attempt.channel.value} {claimant}"


def _load_minutes(
    session: Session, kind: str, subject: str, at: datetime
) -> tuple[tuple[int, int], ...]:
    query = sa.select(_COUNTS.c.bucket, _COUNTS.c.made).where(
        _COUNTS.c.kind == kind,
        _COUNTS.c.subject == subject,
        _COUNTS.c.bucket >= minute_of(at - HOUR),
    )
    return tuple((row[0], row[1]) for row in session.connection().execute(query))


def _load_transactions(
    session: Session, attempt: Attempt, claimant: str
) -> tuple[tuple[str, datetime], ...]:
    query = (
        sa.select(_MADE.c.tx_hash, _MADE.c.last_at)
        .where(
            _MADE.c.claimant == claimant,
            _MADE.c.channel == attempt.channel.value,
            _MADE.c.last_at > attempt.at - DAY,
        )
        .order_by(_MADE.c.last_at)
    )
    return tuple((row[0], row[1]) for row in session.connection().execute(query))


def _count_others(
    session: Session, attempt: Attempt, own: Iterable[tuple[str, datetime]], most: int
) -> int:
    """Other claimants of the transaction today, ``most`` at most; 0 where they don't stand in the way."""
    claimed = any(known == attempt.tx_hash for known, _ in own)
    if attempt.channel is Channel.STAFF or attempt.is_owner or claimed:
        return 0
    others = (
        sa.select(sa.literal(1))
        .where(
            _MADE.c.tx_hash == attempt.tx_hash,
            _MADE.c.channel == _CUSTOMERS,
            _MADE.c.last_at > attempt.at - DAY,
        )
        .limit(most)
    )
    query = sa.select(sa.func.count()).select_from(others.subquery())
    return int(session.connection().execute(query).scalar_one())


def _count(session: Session, attempt: Attempt) -> None:
    claimant, front_end = attempt.claimant, attempt.front_end
    minute = minute_of(attempt.at)
    if claimant is not None:
        _add_one(session, _ATTEMPT, _mark(attempt, claimant), minute)
        row = {
            "claimant": claimant,
            "channel": attempt.channel.value,
            "tx_hash": attempt.tx_hash,
            "first_at": attempt.at,
            "last_at": attempt.at,
        }
        # asking for one's own is no probing, and the owner is no part of a crowd
        if not attempt.is_owner:
            _upsert(session, _MADE, row, {"last_at": attempt.at})
    if front_end is not None:
        _add_one(session, _ON_CHANNEL, front_end, minute)


def _count_refused(session: Session, attempt: Attempt) -> None:
    subject = attempt.claimant or attempt.front_end
    if subject is not None:
        _add_one(session, _REFUSED, subject, minute_of(attempt.at) // _DAY_MINUTES)


def _add_one(session: Session, kind: str, subject: str, bucket: int) -> None:
    row = {"kind": kind, "subject": subject, "bucket": bucket, "made": 1}
    _upsert(session, _COUNTS, row, {"made": _COUNTS.c.made + 1})


def _upsert(
    session: Session, table: sa.Table, row: dict[str, Any], changes: dict[str, Any]
) -> None:
    connection = session.connection()
    dialect: Any = postgresql if connection.dialect.name == "postgresql" else sqlite
    key = [column.name for column in table.primary_key.columns]
    insert = dialect.insert(table).values(row)
    connection.execute(insert.on_conflict_do_update(index_elements=key, set_=changes))
