"""The tables of the service: claimants' tokens, operators' keys, answered requests, leases.

Knows: columns and keys. Must not know: what any of it allows. Tokens and keys are kept as SHA-256:
they are random and long, so that no slower hash is needed, and a copy of the database opens nothing.
The DDL stands in ``recovery/migrations/versions/0008_customers.py``; a test compares the two.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Column, ForeignKey, Index, String
from sqlmodel import Field, SQLModel

import recovery.cases.tables  # noqa: F401  rows here name cases: without it no statement can be made


class ClaimTokenRow(SQLModel, table=True):
    """One case that a claimant's token opens; a claim on several transfers has several rows."""

    __tablename__ = "claim_tokens"
    __table_args__ = (Index("claim_tokens_by_case", "case_id"),)

    token_sha256: str = Field(primary_key=True)
    case_id: str = Field(sa_column=Column(String, ForeignKey("cases.id"), primary_key=True))
    created_at: datetime
    language: str


class ApiKeyRow(SQLModel, table=True):
    """An operator's key: who acts with it. What they may do the staff says, not the key."""

    __tablename__ = "api_keys"
    __table_args__ = (Index("api_keys_by_actor", "actor"),)

    key_sha256: str = Field(primary_key=True)
    id: str = Field(unique=True)
    actor: str
    kind: str
    created_at: datetime
    created_by: str
    revoked_at: datetime | None
    last_used_on: str | None


class AnsweredRow(SQLModel, table=True):
    """A request with an idempotency key that was answered: by which cases, for which body."""

    __tablename__ = "answered_requests"
    __table_args__ = (Index("answered_requests_by_time", "answered_at"),)

    key_sha256: str = Field(primary_key=True)
    body_sha256: str
    case_ids: str
    answered_at: datetime


class LeaseRow(SQLModel, table=True):
    """Which process does what only one does at a time, and until when."""

    __tablename__ = "service_leases"

    name: str = Field(primary_key=True)
    holder: str
    until: datetime
