"""Claims of visitors, counted by address in the database: one truth for all processes.

Knows: hours and days; that an address is kept as a hash that no other day has, until
`recovery.abuse.attempts.forget_claims`. Must not know: cases. Nobody knows whose claim a visitor's is, so
that the limits of a claimant (`recovery.abuse`) can't hold them.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from recovery.abuse.limits import DAY, HOUR, TooManyClaims, minute_of
from recovery.abuse.tables import ClaimCountRow
from recovery.clock import now
from recovery.config import ApiConfig
from recovery.store import Store, find_table, take_lock

_COUNTS = find_table(ClaimCountRow)
_KIND = "address"


def admit_address(store: Store, address: str, rules: ApiConfig) -> None:
    """Count one claim of this address; raises `TooManyClaims` where it had its share."""
    at = now()
    subjects = [_subject(address, day) for day in (at, at - DAY)]
    with store.begin() as session:
        connection = session.connection()
        take_lock(connection, f"claims from {subjects[0]}")
        made = connection.execute(
            sa.select(_COUNTS.c.bucket, _COUNTS.c.made).where(
                _COUNTS.c.kind == _KIND,
                _COUNTS.c.subject.in_(subjects),
                _COUNTS.c.bucket > minute_of(at - DAY),
            )
        ).all()
        today = sum(row.made for row in made)
        hour = sum(row.made for row in made if row.bucket > minute_of(at - HOUR))
        allowed = (
            hour < rules.claims_per_hour_of_address and today < rules.claims_per_day_of_address
        )
        if allowed:
            _add_one(connection, subjects[0], minute_of(at))
    if not allowed:
        raise TooManyClaims(at + HOUR)


def _subject(address: str, day: datetime) -> str:
    text = f"{day.date().isoformat()} {address}"
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _add_one(connection: sa.Connection, subject: str, minute: int) -> None:
    dialect: Any = postgresql if connection.dialect.name == "postgresql" else sqlite
    row = {"kind": _KIND, "subject": subject, "bucket": minute, "made": 1}
    insert = dialect.insert(_COUNTS).values(row)
    key = [column.name for column in _COUNTS.primary_key.columns]
    changes = {"made": _COUNTS.c.made + 1}
    connection.execute(insert.on_conflict_do_update(index_elements=key, set_=changes))
