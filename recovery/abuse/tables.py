"""The tables of the claims that were made, and of what ties cases together.

Knows: columns and keys. Must not know: limits, weights, what follows. The DDL stands in
``recovery/migrations/versions/0005_abuse.py``, and a test compares the two.

None of them is evidence: they are derived from the cases (`LinkRow`), or count what happened at
the door (the others). Whoever changes them changes no case.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Column, ForeignKey, Index, String
from sqlmodel import Field, SQLModel

import recovery.cases.tables  # noqa: F401  rows here name cases: without it no statement can be made


class ClaimMadeRow(SQLModel, table=True):
    """A claimant asked about a transaction: one row however often. ``last_at`` is the latest time."""

    __tablename__ = "claims_made"
    __table_args__ = (
        Index("claims_made_by_transaction", "tx_hash", "channel", "last_at"),
        {"sqlite_with_rowid": False},
    )

    claimant: str = Field(primary_key=True)
    channel: str = Field(primary_key=True)
    tx_hash: str = Field(primary_key=True)
    first_at: datetime
    last_at: datetime


class ClaimCountRow(SQLModel, table=True):
    """How many claims a ``subject`` made in one ``bucket``: minutes since 1970, for refused ones days.

    Buckets, so that a flood adds to a number and fills no table.
    """

    __tablename__ = "claim_counts"
    __table_args__ = ({"sqlite_with_rowid": False},)

    kind: str = Field(primary_key=True)
    subject: str = Field(primary_key=True)
    bucket: int = Field(primary_key=True)
    made: int


class LinkRow(SQLModel, table=True):
    """A case has something that another may have too; the key is ordered so that the newest are read last.

    Transaction and user are not here: the cases have indexes of their own for them.
    """

    __tablename__ = "case_links"
    __table_args__ = (
        Index("case_links_by_case", "case_id"),
        {"sqlite_with_rowid": False},
    )

    kind: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    opened_at: datetime = Field(primary_key=True)
    case_id: str = Field(sa_column=Column(String, ForeignKey("cases.id"), primary_key=True))
