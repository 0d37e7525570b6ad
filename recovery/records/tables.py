"""The tables of the imported records.

Knows: columns and keys. Must not know: CSV, chains, who asks. The primary key of a table is what
makes two rows the same fact; all other columns are what a later import may change. The DDL that
creates them stands in ``recovery/migrations/versions/0001_records.py`` and ``0003_staff.py``, and a test
compares the two.

No key column is ever null: a missing memo is ``""``, a period that began before all begins at
`BEGINNING`.
"""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import Column, Index, LargeBinary, Text
from sqlmodel import Field, SQLModel

from recovery.model import Amount
from recovery.store import AmountText

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
"""Stands for "from the beginning" in keys: no chain is older."""


class ListingRow(SQLModel, table=True):
    """`Listing`; ``flags`` are sorted and joined by spaces."""

    __tablename__ = "listings"

    network: str = Field(primary_key=True)
    asset: str = Field(primary_key=True)
    valid_from: datetime = Field(primary_key=True)
    valid_to: datetime | None
    symbol: str
    decimals: int
    status: str
    name: str | None
    min_deposit: Amount | None = Field(sa_column=Column(AmountText))
    denomination: Amount | None = Field(sa_column=Column(AmountText))
    flags: str


class AddressRow(SQLModel, table=True):
    """`AddressRecord`. The key leads, so that one index answers "whose is this?" on any network.

    ``can_sign`` is sorted network codes joined by spaces, null where custody has not said.
    Clustered by its key on SQLite: ten million rows need no second copy of it.
    """

    __tablename__ = "addresses"
    __table_args__ = (Index("addresses_by_owner", "owner"), {"sqlite_with_rowid": False})

    scheme: str = Field(primary_key=True)
    payload: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    memo: str = Field(primary_key=True)
    network: str = Field(primary_key=True)
    valid_from: datetime = Field(primary_key=True)
    valid_to: datetime | None
    address: str
    role: str
    owner: str | None
    key_scheme: str
    can_sign: str | None


class AccountRow(SQLModel, table=True):
    __tablename__ = "accounts"

    owner: str = Field(primary_key=True)
    status: str
    reason: str | None


class CreditRow(SQLModel, table=True):
    """`Credit`; ``transfer`` as written: the position, or the index as text."""

    __tablename__ = "credits"
    __table_args__ = (Index("credits_by_owner", "owner"),)

    network: str = Field(primary_key=True)
    tx_hash: str = Field(primary_key=True)
    transfer: str = Field(primary_key=True)
    owner: str
    asset: str
    amount: Amount = Field(sa_column=Column(AmountText, nullable=False))
    credited_at: datetime


class WithdrawalRow(SQLModel, table=True):
    """`Withdrawal`. One transaction may pay one destination several times: the amount is key too.

    ``scheme`` and ``payload`` are the destination's key, null where the text has none.
    """

    __tablename__ = "withdrawals"
    __table_args__ = (
        Index("withdrawals_by_destination", "scheme", "payload"),
        Index("withdrawals_by_owner", "owner"),
    )

    network: str = Field(primary_key=True)
    tx_hash: str = Field(primary_key=True)
    destination: str = Field(primary_key=True)
    asset: str = Field(primary_key=True)
    owner: str = Field(primary_key=True)
    amount: Amount = Field(sa_column=Column(AmountText, primary_key=True))
    scheme: str | None
    payload: bytes | None = Field(sa_column=Column(LargeBinary))
    sent_at: datetime


class ScreenedRow(SQLModel, table=True):
    """`Screened`, by what controls the address. A row with ``withdrawn_at`` counts no more: it was listed by mistake."""

    __tablename__ = "screening"

    scheme: str = Field(primary_key=True)
    payload: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    network: str = Field(primary_key=True)
    list_name: str = Field(primary_key=True)
    address: str
    reason: str | None
    withdrawn_at: datetime | None = None


class ExchangeRow(SQLModel, table=True):
    """`ExchangeAddress`, by what controls it: a wallet that another exchange sends its customers' money from."""

    __tablename__ = "exchanges"

    scheme: str = Field(primary_key=True)
    payload: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    network: str = Field(primary_key=True)
    address: str
    name: str


class PriceRow(SQLModel, table=True):
    """One price at one moment: the history is kept. ``price`` is exact text."""

    __tablename__ = "prices"

    asset: str = Field(primary_key=True)
    currency: str = Field(primary_key=True)
    as_of: datetime = Field(primary_key=True)
    price: Amount = Field(sa_column=Column(AmountText, nullable=False))


class StaffRow(SQLModel, table=True):
    """A person in a role for a period: ``person`` is the spelling-proof form of ``actor``.

    ``most`` is the limit in the fee policy's currency up to which they act, null where there is none.
    """

    __tablename__ = "staff"

    person: str = Field(primary_key=True)
    role: str = Field(primary_key=True)
    valid_from: datetime = Field(primary_key=True)
    valid_to: datetime | None
    actor: str
    most: Amount | None = Field(sa_column=Column(AmountText))


class StaffLedgerRow(SQLModel, table=True):
    """One change of the staff: all its rows after it as JSON, linked to the entry before.

    Triggers refuse to change or delete a row; ``at`` is the text that was hashed.
    """

    __tablename__ = "staff_ledger"

    seq: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    at: str
    actor: str
    file: str
    rows: int
    state: str = Field(sa_column=Column(Text, nullable=False))
    previous: str
    hash: str


class LedgerMarkRow(SQLModel, table=True):
    """Up to when a ledger is complete; the last word said counts."""

    __tablename__ = "ledger_marks"

    ledger: str = Field(primary_key=True)
    complete_through: datetime


class ImportRow(SQLModel, table=True):
    """Who changed the records, with which file: written only where an import changed something."""

    __tablename__ = "imports"

    id: int | None = Field(default=None, primary_key=True)
    at: datetime
    actor: str
    kind: str
    file: str
    sha256: str
    rows: int
    new: int
    replaced: int
    complete_through: datetime | None


class AdditionRow(SQLModel, table=True):
    """A key that an import of addresses added, for those who keep a copy of the book's keys.

    ``rows`` is how many new address rows of that import have the key and network. Where their sum is not
    ``new`` of the import, it added too many to list, or they were forgotten: copy the book again.
    """

    __tablename__ = "address_additions"

    import_id: int = Field(primary_key=True)
    scheme: str = Field(primary_key=True)
    payload: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    network: str = Field(primary_key=True)
    rows: int
