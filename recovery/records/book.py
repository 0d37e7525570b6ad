"""The imported records as `recovery.records.port.Records`: the one place that reads their tables.

Knows: the tables, and how to ask for many keys in few queries. Must not know: who asks, and what
follows from the answers.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlmodel import SQLModel

from recovery.model import AddressKey, AssetId, NetworkCode
from recovery.records.port import (
    Account,
    AccountStatus,
    AddressRecord,
    AddressRole,
    Credit,
    KeyScheme,
    Listing,
    ListingStatus,
    Price,
    Screened,
    TokenFlag,
    Withdrawal,
)
from recovery.records.tables import (
    BEGINNING,
    AccountRow,
    AddressRow,
    CreditRow,
    LedgerMarkRow,
    ListingRow,
    PriceRow,
    ScreenedRow,
    WithdrawalRow,
)
from recovery.store import Store

CHUNK = 500
"""Keys per query: SQLite takes 32,766 parameters, and no plan gets better by more."""

_Item = TypeVar("_Item")
_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


def _chunks(items: Iterable[_Item]) -> Iterator[list[_Item]]:
    unique = list(dict.fromkeys(items))
    for start in range(0, len(unique), CHUNK):
        yield unique[start : start + CHUNK]


def _grouped(pairs: Iterable[tuple[_Key, _Value]]) -> dict[_Key, list[_Value]]:
    groups: dict[_Key, list[_Value]] = defaultdict(list)
    for key, value in pairs:
        groups[key].append(value)
    return groups


def _frozen(pairs: Iterable[tuple[_Key, _Value]]) -> dict[_Key, tuple[_Value, ...]]:
    return {key: tuple(values) for key, values in _grouped(pairs).items()}


def _table(model: type[SQLModel]) -> sa.Table:
    table: sa.Table = SQLModel.metadata.tables[str(model.__tablename__)]
    return table


_ADDRESSES = _table(AddressRow)
_CREDITS = _table(CreditRow)
_WITHDRAWALS = _table(WithdrawalRow)
_SCREENING = _table(ScreenedRow)
_PRICES = _table(PriceRow)
_ACCOUNTS = _table(AccountRow)
_LISTINGS = _table(ListingRow)
_MARKS = _table(LedgerMarkRow)


class Book:
    """The records in the store. Reads only; every answer is of the moment it was asked."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def _read(self, *queries: sa.Select[Any]) -> list[Any]:
        if not queries:
            return []
        with self._store.read() as session:
            connection = session.connection()
            return [row for query in queries for row in connection.execute(query)]

    def find_addresses(
        self, keys: Collection[AddressKey]
    ) -> Mapping[AddressKey, tuple[AddressRecord, ...]]:
        """Rows on any network, past ones included; memo rows are `find_memos`."""
        queries = _by_key(_ADDRESSES, keys, _ADDRESSES.c.memo == "")
        records = map(_address, self._read(*queries))
        return _frozen((record.key, record) for record in records)

    def find_memos(
        self, lookups: Collection[tuple[AddressKey, str]]
    ) -> Mapping[tuple[AddressKey, str], tuple[AddressRecord, ...]]:
        """Rows of shared addresses by the exact memo; an empty memo is nobody's."""
        wanted = set(lookups)
        queries = []
        for key, memos in _grouped((key, memo) for key, memo in wanted if memo).items():
            here = sa.and_(_ADDRESSES.c.scheme == key.scheme, _ADDRESSES.c.payload == key.payload)
            queries += [
                sa.select(_ADDRESSES).where(here, _ADDRESSES.c.memo.in_(chunk))
                for chunk in _chunks(memos)
            ]
        records = map(_address, self._read(*queries))
        return _frozen(((record.key, record.memo or ""), record) for record in records)

    def load_listings(self) -> tuple[Listing, ...]:
        ordered = sa.select(_LISTINGS).order_by(*_LISTINGS.primary_key.columns)
        return tuple(map(_listing, self._read(ordered)))

    def find_accounts(self, users: Collection[str]) -> Mapping[str, Account]:
        queries = [
            sa.select(_ACCOUNTS).where(_ACCOUNTS.c.owner.in_(chunk)) for chunk in _chunks(users)
        ]
        return {
            row.owner: Account(row.owner, AccountStatus(row.status), row.reason)
            for row in self._read(*queries)
        }

    def find_credits(
        self, transactions: Collection[tuple[NetworkCode, str]]
    ) -> Mapping[tuple[NetworkCode, str], tuple[Credit, ...]]:
        rows = self._read(*_by_transaction(_CREDITS, transactions))
        return _frozen(((row.network, row.tx_hash), _credit(row)) for row in rows)

    def load_ledger_complete_through(self) -> datetime | None:
        declared = sa.select(_MARKS.c.complete_through).where(_MARKS.c.ledger == "credits")
        found = self._read(declared)
        return found[0].complete_through if found else None

    def find_withdrawals(
        self, transactions: Collection[tuple[NetworkCode, str]]
    ) -> Mapping[tuple[NetworkCode, str], tuple[Withdrawal, ...]]:
        rows = self._read(*_by_transaction(_WITHDRAWALS, transactions))
        return _frozen(((row.network, row.tx_hash), _withdrawal(row)) for row in rows)

    def find_withdrawals_to(
        self, destinations: Collection[tuple[NetworkCode, AddressKey]]
    ) -> Mapping[tuple[NetworkCode, AddressKey], tuple[Withdrawal, ...]]:
        """Withdrawals on that network to whatever the key controls, however it was spelled."""
        wanted = set(destinations)
        found = map(_withdrawal, self._read(*_by_key(_WITHDRAWALS, [key for _, key in wanted])))
        return _frozen(
            ((w.network, w.destination_key), w)
            for w in found
            if w.destination_key is not None and (w.network, w.destination_key) in wanted
        )

    def find_screened(
        self, parties: Collection[tuple[NetworkCode, AddressKey]]
    ) -> Mapping[tuple[NetworkCode, AddressKey], tuple[Screened, ...]]:
        """By key: who controls it is listed wherever else it controls something."""
        rows = self._read(*_by_key(_SCREENING, [key for _, key in parties]))
        listed = _frozen((_key(row), _screened(row)) for row in rows)
        return {
            (network, key): listed[key] for network, key in dict.fromkeys(parties) if key in listed
        }

    def find_prices(self, assets: Collection[AssetId], currency: str) -> Mapping[AssetId, Price]:
        """The newest price of each asset, whatever its age."""
        queries = []
        for chunk in _chunks(assets):
            asked = sa.and_(_PRICES.c.asset.in_(chunk), _PRICES.c.currency == currency.upper())
            newest = (
                sa.select(_PRICES.c.asset, sa.func.max(_PRICES.c.as_of).label("as_of"))
                .where(asked)
                .group_by(_PRICES.c.asset)
                .subquery()
            )
            is_newest = sa.and_(
                _PRICES.c.asset == newest.c.asset, _PRICES.c.as_of == newest.c.as_of
            )
            queries.append(sa.select(_PRICES).join(newest, is_newest).where(asked))
        prices = map(_price, self._read(*queries))
        return {price.asset: price for price in prices}


def _by_key(
    table: sa.Table, keys: Iterable[AddressKey], *conditions: sa.ColumnElement[bool]
) -> list[sa.Select[Any]]:
    """One query a scheme and chunk: an equality and a list, which both databases index well."""
    schemes = _grouped((key.scheme, key.payload) for key in keys)
    return [
        sa.select(table)
        .where(table.c.scheme == scheme, table.c.payload.in_(chunk), *conditions)
        .order_by(*table.primary_key.columns)
        for scheme, payloads in schemes.items()
        for chunk in _chunks(payloads)
    ]


def _by_transaction(
    table: sa.Table, transactions: Iterable[tuple[NetworkCode, str]]
) -> list[sa.Select[Any]]:
    return [
        sa.select(table)
        .where(table.c.network == network, table.c.tx_hash.in_(chunk))
        .order_by(*table.primary_key.columns)
        for network, hashes in _grouped(transactions).items()
        for chunk in _chunks(hashes)
    ]


def _key(row: Any) -> AddressKey:
    return AddressKey(row.scheme, bytes(row.payload))


def _begin(moment: datetime) -> datetime | None:
    return None if moment == BEGINNING else moment


def _address(row: Any) -> AddressRecord:
    can_sign = None
    if row.can_sign is not None:
        can_sign = frozenset(map(NetworkCode, row.can_sign.split()))
    return AddressRecord(
        network=NetworkCode(row.network),
        address=row.address,
        key=_key(row),
        role=AddressRole(row.role),
        memo=row.memo or None,
        user=row.owner,
        key_scheme=KeyScheme(row.key_scheme),
        can_sign=can_sign,
        valid_from=_begin(row.valid_from),
        valid_to=row.valid_to,
    )


def _listing(row: Any) -> Listing:
    return Listing(
        network=NetworkCode(row.network),
        asset=AssetId(row.asset),
        symbol=row.symbol,
        decimals=row.decimals,
        status=ListingStatus(row.status),
        name=row.name,
        min_deposit=row.min_deposit,
        denomination=row.denomination,
        flags=frozenset(map(TokenFlag, row.flags.split())),
        valid_from=_begin(row.valid_from),
        valid_to=row.valid_to,
    )


def _credit(row: Any) -> Credit:
    return Credit(
        network=NetworkCode(row.network),
        tx_hash=row.tx_hash,
        transfer=row.transfer,
        user=row.owner,
        asset=AssetId(row.asset),
        amount=row.amount,
        credited_at=row.credited_at,
    )


def _withdrawal(row: Any) -> Withdrawal:
    return Withdrawal(
        network=NetworkCode(row.network),
        tx_hash=row.tx_hash,
        user=row.owner,
        asset=AssetId(row.asset),
        amount=row.amount,
        destination=row.destination,
        destination_key=None if row.scheme is None else _key(row),
        sent_at=row.sent_at,
    )


def _screened(row: Any) -> Screened:
    return Screened(NetworkCode(row.network), row.address, row.list_name, row.reason)


def _price(row: Any) -> Price:
    return Price(AssetId(row.asset), row.currency, Decimal(row.price), row.as_of, "book")
