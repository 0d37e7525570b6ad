"""The tables of the scanner.

Knows: columns and keys. Must not know: chains, who asks. The DDL stands in
``recovery/migrations/versions/0006_scan.py``, and a test compares the two.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Column, Index, LargeBinary
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
