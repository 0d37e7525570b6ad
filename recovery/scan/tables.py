"""The tables of the scanner.

Knows: columns and keys. Must not know: chains, who asks. The DDL stands in
``recovery/migrations/versions/0006_scan.py`` and ``0007_runs.py``, and a test compares the two.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Column, Index, LargeBinary, Text
from sqlmodel import Field, SQLModel

from recovery.model import Amount
from recovery.store import AmountText


class CursorRow(SQLModel, table=True):
    """How far one track of one network was looked through: written with what was found there.

    ``track`` is a pass's name, and behind a colon the key it asks about where it asks address by
    address. ``token`` is that API's paging token, else empty. ``block_time`` is that of the tip where
    the track has reached it, else null.
    """

    __tablename__ = "scan_cursors"

    network: str = Field(primary_key=True)
    track: str = Field(primary_key=True)
    height: int = Field(sa_column=Column(BigInteger, nullable=False))
    token: str
    block_time: datetime | None
    moved_at: datetime


class FindingRow(SQLModel, table=True):
    """`Finding`; its key is the transfer's identity on its chain."""

    __tablename__ = "findings"
    __table_args__ = (Index("findings_by_state", "network", "state", "reason"),)

    network: str = Field(primary_key=True)
    tx_hash: str = Field(primary_key=True)
    position: str = Field(primary_key=True)
    state: str
    reason: str | None
    kind: str
    asset: str
    amount: Amount = Field(sa_column=Column(AmountText, nullable=False))
    scheme: str
    payload: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    height: int = Field(sa_column=Column(BigInteger, nullable=False))
    block_time: datetime | None
    found_at: datetime
    case_id: str | None


class RunRow(SQLModel, table=True):
    """One run of the night. ``until`` is how long its holder's word lasts, by the machine's clock; who comes
    later goes on with a run whose holder is gone."""

    __tablename__ = "runs"
    __table_args__ = (Index("runs_by_start", "started_at"),)

    id: str = Field(primary_key=True)
    state: str
    actor: str
    scope: str
    holder: str
    until: datetime
    resumed: int
    started_at: datetime
    ended_at: datetime | None
    document: str | None = Field(sa_column=Column(Text))


class TallyRow(SQLModel, table=True):
    """What a run counted, written in the transaction that did it. Empty network: of the whole run."""

    __tablename__ = "run_tallies"

    run: str = Field(primary_key=True)
    network: str = Field(primary_key=True)
    name: str = Field(primary_key=True)
    count: int = Field(sa_column=Column(BigInteger, nullable=False))


class PartRow(SQLModel, table=True):
    """What a run says of one network in words: its scan's document, the first error of a kind."""

    __tablename__ = "run_parts"

    run: str = Field(primary_key=True)
    network: str = Field(primary_key=True)
    name: str = Field(primary_key=True)
    document: str = Field(sa_column=Column(Text, nullable=False))
