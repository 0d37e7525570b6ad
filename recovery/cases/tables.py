"""The tables of the cases.

Knows: columns, keys, and which keys decide races. Must not know: what any of it means. The DDL
stands in ``recovery/migrations/versions/0002_cases.py``, ``0003_staff.py`` and ``0007_runs.py``, and a
test compares the two.

What the digest and the trail cover is stored as text in its one canonical spelling, so that a
changed byte shows, and reads alike on both databases.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Column, ForeignKey, Index, LargeBinary, String, Text
from sqlmodel import Field, SQLModel

from recovery.model import Amount
from recovery.store import AmountText


class CaseRow(SQLModel, table=True):
    """`Case`. ``version`` is the length of the trail, ``head`` the hash of its last entry.

    ``opening_key`` names claimant and transfer while the case is unfinished: unique, so that one
    claim opened by two processes at once is one case. ``owner`` is the user.
    """

    __tablename__ = "cases"
    __table_args__ = (
        Index("cases_by_state", "state"),
        Index("cases_by_transaction", "tx_hash"),
        Index("cases_by_owner", "owner"),
        Index("cases_by_network", "network", "state", "id", "cause"),
    )

    id: str = Field(primary_key=True)
    state: str
    version: int
    head: str
    opening_key: str | None = Field(unique=True)
    owner: str | None
    opener: str
    opened_at: datetime
    claim: str = Field(sa_column=Column(Text, nullable=False))
    network: str | None
    tx_hash: str
    position: str | None
    transfer: int | None
    verdict: int | None
    cause: str | None
    recoverability: str | None
    check_document: str = Field(sa_column=Column(Text, nullable=False))
    subject: str | None = Field(sa_column=Column(Text))
    destination: str | None = Field(sa_column=Column(Text))
    quote: str | None = Field(sa_column=Column(Text))
    quote_expires_at: datetime | None
    accepted_at: datetime | None
    digest: str | None
    return_to: str | None
    return_memo: str | None
    signers: str
    confirmations: str = Field(sa_column=Column(Text, nullable=False))
    next_look_at: datetime | None
    reference: str | None


class TrailRow(SQLModel, table=True):
    """`TrailEntry`. Triggers refuse to change or delete a row; ``at`` is the text that was hashed."""

    __tablename__ = "trail"

    case_id: str = Field(sa_column=Column(String, ForeignKey("cases.id"), primary_key=True))
    seq: int = Field(primary_key=True)
    at: str
    event: str
    actor: str
    from_state: str | None
    to_state: str
    detail: str = Field(sa_column=Column(Text, nullable=False))
    previous: str
    hash: str


class SignatureRow(SQLModel, table=True):
    """A signature in force; ``seq`` is its entry in the trail. Two keys hold, whatever races: one per role, one per person."""

    __tablename__ = "signatures"
    __table_args__ = (Index("signatures_by_person", "case_id", "person", unique=True),)

    case_id: str = Field(sa_column=Column(String, ForeignKey("cases.id"), primary_key=True))
    role: str = Field(primary_key=True)
    actor: str
    person: str
    seq: int
    at: datetime
    digest: str


class OccupancyRow(SQLModel, table=True):
    """Which case has a transfer: the key is the transfer, so it is one case, whatever races."""

    __tablename__ = "occupancy"
    __table_args__ = (Index("occupancy_by_case", "case_id", unique=True),)

    network: str = Field(primary_key=True)
    tx_hash: str = Field(primary_key=True)
    position: str = Field(primary_key=True)
    case_id: str = Field(sa_column=Column(String, ForeignKey("cases.id"), nullable=False))


class RawRow(SQLModel, table=True):
    """The raw answers of one look at one transaction: JSON, large ones packed with zlib; ``sha256`` is of the JSON."""

    __tablename__ = "raw_answers"
    __table_args__ = (Index("raw_answers_by_transaction", "network", "tx_hash"),)

    id: int | None = Field(default=None, primary_key=True)
    network: str
    tx_hash: str
    api: str
    source: str
    at: datetime
    sha256: str
    answers: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class ConsentRow(SQLModel, table=True):
    """`Consent`: a request to the holder. The case's trail carries the hash of the row at every step."""

    __tablename__ = "consents"
    __table_args__ = (
        Index("consents_by_case", "case_id"),
        Index("consents_by_deadline", "status", "deadline"),
    )

    request: str = Field(primary_key=True)
    case_id: str = Field(sa_column=Column(String, ForeignKey("cases.id"), nullable=False))
    holder: str
    claimant: str | None
    position: str
    asset: str
    amount: Amount = Field(sa_column=Column(AmountText, nullable=False))
    asked_by: str
    asked_at: datetime
    deadline: datetime
    status: str
    answered_by: str | None
    answered_at: datetime | None
    reference: str | None


class LookRow(SQLModel, table=True):
    """When the rescan looked at a case last, and when a waiting one is looked at again; ``version`` is the
    case's own at that look: it says nothing of a case that was moved since.

    A look that finds the case as it was moves these two moments and nothing else: neither trail nor check
    grows by a night in which nothing happened. Nothing is decided by it but when to look.
    """

    __tablename__ = "case_looks"

    case_id: str = Field(sa_column=Column(String, ForeignKey("cases.id"), primary_key=True))
    version: int
    looked_at: datetime
    next_look_at: datetime | None
