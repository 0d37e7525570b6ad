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

from recovery.model import AddressKey, AssetId, NetworkCode
from recovery.records.port import (
    Account,
    AccountStatus,
    AddressRecord,
    AddressRole,
    Credit,
    ExchangeAddress,
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
    ExchangeRow,
    LedgerMarkRow,
    ListingRow,
    PriceRow,
    ScreenedRow,
    WithdrawalRow,
)
from recovery.store import Store, find_table, in_parts

_Item = TypeVar("_Item")
_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


def _grouped(pairs: Iterable[tuple[_Key, _Value]]) -> dict[_Key, list[_Value]]:
    groups: dict[_Key, list[_Value]] = defaultdict(list)
    for key, value in pairs:
        groups[key].append(value)
    return groups


def _frozen(pairs: Iterable[tuple[_Key, _Value]]) -> dict[_Key, tuple[_Value, ...]]:
    return {key: tuple(values) for key, values in _grouped(pairs).items()}


_ADDRESSES = find_table(AddressRow)
_CREDITS = find_table(CreditRow)
_WITHDRAWALS = find_table(WithdrawalRow)
_SCREENING = find_table(ScreenedRow)
_EXCHANGES = find_table(ExchangeRow)
_PRICES = find_table(PriceRow)
_ACCOUNTS = find_table(AccountRow)
_LISTINGS = find_table(ListingRow)
_MARKS = find_table(LedgerMarkRow)


Question = tuple[sa.Select[Any], dict[str, Any]]
"""A prepared statement and its parameters: building a statement takes longer than running it."""


class Book:
    """The records in the store. Reads only; every answer is of the moment it was asked."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def _read(self, questions: Iterable[Question]) -> list[Any]:
        with self._store.look() as connection:
            return [
                row
                for statement, parameters in questions
                for row in connection.execute(statement, parameters)
            ]

    def find_addresses(
        self, keys: Collection[AddressKey]
    ) -> Mapping[AddressKey, tuple[AddressRecord, ...]]:
        """Rows on any network, past ones included; memo rows are `find_memos`."""
        records = map(_address, self._read(_by_key(_ADDRESSES_OF, keys)))
        return _frozen((record.key, record) for record in records)

    def find_held(self, keys: Collection[AddressKey]) -> set[AddressKey]:
        """Those of the keys that `find_addresses` has a row of: for who need not read them."""
        return set(map(_key, self._read(_by_key(_KEYS_OF, keys))))

    def find_addresses_of(self, users: Collection[str]) -> Mapping[str, tuple[AddressRecord, ...]]:
        """Rows on any network, past ones and those of memos included."""
        rows = self._read((_ADDRESSES_OF_OWNER, {"among": chunk}) for chunk in in_parts(users))
        return _frozen((row.owner, _address(row)) for row in rows)

    def find_memos(
        self, lookups: Collection[tuple[AddressKey, str]]
    ) -> Mapping[tuple[AddressKey, str], tuple[AddressRecord, ...]]:
        """Rows of shared addresses by the exact memo; an empty memo is nobody's."""
        questions: list[Question] = [
            (_MEMOS_OF, {"scheme": key.scheme, "payload": key.payload, "among": chunk})
            for key, memos in _grouped((key, memo) for key, memo in lookups if memo).items()
            for chunk in in_parts(memos)
        ]
        records = map(_address, self._read(questions))
        return _frozen(((record.key, record.memo or ""), record) for record in records)

    def load_listings(self) -> tuple[Listing, ...]:
        return tuple(map(_listing, self._read([(_EVERY_LISTING, {})])))

    def find_accounts(self, users: Collection[str]) -> Mapping[str, Account]:
        rows = self._read((_ACCOUNTS_OF, {"among": chunk}) for chunk in in_parts(users))
        return {
            row.owner: Account(row.owner, AccountStatus(row.status), row.reason) for row in rows
        }

    def find_credits(
        self, transactions: Collection[tuple[NetworkCode, str]]
    ) -> Mapping[tuple[NetworkCode, str], tuple[Credit, ...]]:
        rows = self._read(_by_transaction(_CREDITS_OF, transactions))
        return _frozen(((row.network, row.tx_hash), _credit(row)) for row in rows)

    def load_ledger_complete_through(self) -> datetime | None:
        found = self._read([(_LEDGER_MARK, {})])
        moment: datetime | None = found[0].complete_through if found else None
        return moment

    def find_withdrawals(
        self, transactions: Collection[tuple[NetworkCode, str]]
    ) -> Mapping[tuple[NetworkCode, str], tuple[Withdrawal, ...]]:
        rows = self._read(_by_transaction(_WITHDRAWALS_OF, transactions))
        return _frozen(((row.network, row.tx_hash), _withdrawal(row)) for row in rows)

    def find_withdrawals_to(
        self, destinations: Collection[tuple[NetworkCode, AddressKey]]
    ) -> Mapping[tuple[NetworkCode, AddressKey], tuple[Withdrawal, ...]]:
        """Withdrawals on that network to whatever the key controls, however it was spelled."""
        wanted = set(destinations)
        questions = _by_key(_WITHDRAWALS_TO, [key for _, key in destinations])
        found = map(_withdrawal, self._read(questions))
        return _frozen(
            ((w.network, w.destination_key), w)
            for w in found
            if w.destination_key is not None and (w.network, w.destination_key) in wanted
        )

    def find_withdrawals_of(self, users: Collection[str]) -> Mapping[str, tuple[Withdrawal, ...]]:
        rows = self._read((_WITHDRAWALS_OF_OWNER, {"among": chunk}) for chunk in in_parts(users))
        return _frozen((row.owner, _withdrawal(row)) for row in rows)

    def find_screened(
        self, parties: Collection[tuple[NetworkCode, AddressKey]]
    ) -> Mapping[tuple[NetworkCode, AddressKey], tuple[Screened, ...]]:
        """By key: who controls it is listed wherever else it controls something."""
        rows = self._read(_by_key(_SCREENED_OF, [key for _, key in parties]))
        listed = _frozen((_key(row), _screened(row)) for row in rows)
        return {
            (network, key): listed[key] for network, key in dict.fromkeys(parties) if key in listed
        }

    def find_exchanges(
        self, parties: Collection[tuple[NetworkCode, AddressKey]]
    ) -> Mapping[tuple[NetworkCode, AddressKey], ExchangeAddress]:
        """By key: a wallet is the same exchange's wherever else its key controls something."""
        rows = self._read(_by_key(_EXCHANGES_OF, [key for _, key in parties]))
        known = {
            _key(row): ExchangeAddress(NetworkCode(row.network), row.address, row.name)
            for row in rows
        }
        return {
            (network, key): known[key] for network, key in dict.fromkeys(parties) if key in known
        }

    def find_prices(self, assets: Collection[AssetId], currency: str) -> Mapping[AssetId, Price]:
        """The newest price of each asset, whatever its age."""
        asked = currency.upper()
        rows = self._read(
            (_PRICES_OF, {"among": chunk, "currency": asked}) for chunk in in_parts(assets)
        )
        return {price.asset: price for price in map(_price, rows)}


def _ordered(table: sa.Table, *conditions: sa.ColumnElement[bool]) -> sa.Select[Any]:
    return sa.select(table).where(*conditions).order_by(*table.primary_key.columns)


def _among(column: sa.Column[Any]) -> sa.ColumnElement[bool]:
    return column.in_(sa.bindparam("among", expanding=True))


def _is(column: sa.Column[Any]) -> sa.ColumnElement[bool]:
    return column == sa.bindparam(column.name)


# An equality and a list: both databases answer them from the index, whatever the list's length.
_ADDRESSES_OF = _ordered(
    _ADDRESSES, _is(_ADDRESSES.c.scheme), _among(_ADDRESSES.c.payload), _ADDRESSES.c.memo == ""
)
_KEYS_OF = sa.select(_ADDRESSES.c.scheme, _ADDRESSES.c.payload).where(
    _is(_ADDRESSES.c.scheme), _among(_ADDRESSES.c.payload), _ADDRESSES.c.memo == ""
)
_ADDRESSES_OF_OWNER = _ordered(_ADDRESSES, _among(_ADDRESSES.c.owner))
_MEMOS_OF = _ordered(
    _ADDRESSES, _is(_ADDRESSES.c.scheme), _is(_ADDRESSES.c.payload), _among(_ADDRESSES.c.memo)
)
_WITHDRAWALS_TO = _ordered(_WITHDRAWALS, _is(_WITHDRAWALS.c.scheme), _among(_WITHDRAWALS.c.payload))
_EXCHANGES_OF = _ordered(_EXCHANGES, _is(_EXCHANGES.c.scheme), _among(_EXCHANGES.c.payload))
_WITHDRAWALS_OF_OWNER = _ordered(_WITHDRAWALS, _among(_WITHDRAWALS.c.owner))
_SCREENED_OF = _ordered(
    _SCREENING,
    _is(_SCREENING.c.scheme),
    _among(_SCREENING.c.payload),
    _SCREENING.c.withdrawn_at.is_(None),
)
_CREDITS_OF = _ordered(_CREDITS, _is(_CREDITS.c.network), _among(_CREDITS.c.tx_hash))
_WITHDRAWALS_OF = _ordered(
    _WITHDRAWALS, _is(_WITHDRAWALS.c.network), _among(_WITHDRAWALS.c.tx_hash)
)
_EVERY_LISTING = _ordered(_LISTINGS)
_ACCOUNTS_OF = _ordered(_ACCOUNTS, _among(_ACCOUNTS.c.owner))
_LEDGER_MARK = _ordered(_MARKS, _MARKS.c.ledger == "credits")

_later = _PRICES.alias("later")
_PRICES_OF = _ordered(
    _PRICES,
    _among(_PRICES.c.asset),
    _is(_PRICES.c.currency),
    _PRICES.c.as_of
    == sa.select(sa.func.max(_later.c.as_of))
    .where(_later.c.asset == _PRICES.c.asset, _later.c.currency == _PRICES.c.currency)
    .scalar_subquery(),
)


def _by_key(statement: sa.Select[Any], keys: Iterable[AddressKey]) -> Iterator[Question]:
    for scheme, payloads in _grouped((key.scheme, key.payload) for key in keys).items():
        for chunk in in_parts(payloads):
            yield statement, {"scheme": scheme, "among": chunk}


def _by_transaction(
    statement: sa.Select[Any], transactions: Iterable[tuple[NetworkCode, str]]
) -> Iterator[Question]:
    for network, hashes in _grouped(transactions).items():
        for chunk in in_parts(hashes):
            yield statement, {"network": network, "among": chunk}


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
