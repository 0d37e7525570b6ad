"""The tables of the notices.

Knows: columns and keys. Must not know: what a notice says. The DDL stands in
``recovery/migrations/versions/0009_outbox.py``; a test compares the two. Nothing here is evidence: a lost
notice costs a customer news, never money, so the audit leaves these tables out.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Column, ForeignKey, Index, String
from sqlmodel import Field, SQLModel

import recovery.cases.tables  # noqa: F401  rows here name cases: without it no statement can be made


class NoticeRow(SQLModel, table=True):
    """One notice: what the case came to at entry ``seq`` of its trail. Unique by both, so told once.

    ``webhook_at`` and ``mail_at`` are when it went out, or was found not to be needed there; ``done_at``
    when nothing is left to do; ``dead_at`` when nobody tries any more.
    """

    __tablename__ = "notices"
    __table_args__ = (
        Index("notices_by_due", "done_at", "due_at"),
        Index("notices_by_case", "case_id", "seq"),
    )

    id: str = Field(primary_key=True)
    case_id: str = Field(sa_column=Column(String, ForeignKey("cases.id"), nullable=False))
    seq: int
    kind: str
    state: str
    made_at: datetime
    due_at: datetime
    attempts: int
    leased_until: datetime | None
    webhook_at: datetime | None
    mail_at: datetime | None
    done_at: datetime | None
    dead_at: datetime | None
    last_error: str | None


class ContactRow(SQLModel, table=True):
    """Where a customer wants news of one case; deleted when the case is finished and told."""

    __tablename__ = "contacts"

    case_id: str = Field(sa_column=Column(String, ForeignKey("cases.id"), primary_key=True))
    email: str
    language: str
    given_at: datetime
