"""What the house asks of the exchange's own records: values, and one protocol to implement.

Knows: the shape of custody's answers. Must not know: tables, CSV files, chains. To connect real
custody systems, implement `Records`; the imported tables are one implementation
(`recovery.records.book`), and there is no other place that reads them.

Every lookup takes many keys at once, so that a nightly batch costs few queries.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

from recovery.model import AddressKey, Amount, AssetId, NetworkCode


class ListingStatus(StrEnum):
    LISTED = "listed"
    DELISTED = "delisted"
    SUSPENDED = "suspended"
    PLANNED = "planned"
    KNOWN = "known"
    COUNTERFEIT = "counterfeit"


class TokenFlag(StrEnum):
    REBASING = "rebasing"
    FEE_ON_TRANSFER = "fee_on_transfer"
    PAUSABLE = "pausable"
    HOOKS = "hooks"


class AddressRole(StrEnum):
    DEPOSIT = "deposit"
    SHARED = "shared"
    HOT = "hot"
    COLD = "cold"
    RETIRED = "retired"
    CONTRACT = "contract"


class KeyScheme(StrEnum):
    SINGLE = "single"
    CONTRACT = "contract"
    MULTISIG = "multisig"
    MPC = "mpc"
    SCRIPT = "script"


class AccountStatus(StrEnum):
    ACTIVE = "active"
    CLOSED = "closed"
    FROZEN = "frozen"
    KYC_PENDING = "kyc_pending"
    TRAVEL_RULE_PENDING = "travel_rule_pending"


@dataclass(frozen=True, slots=True)
class Listing:
    """One asset in one period of validity; ``min_deposit`` in base units (or, as every amount of an
    XRP Ledger issued currency, an exact `Decimal` of whole coins; ``decimals`` is then 0).

    ``denomination`` is the smallest creditable step in base units, None where any amount is.
    A period without ``valid_from`` began before all; without ``valid_to`` it lasts.
    """

    network: NetworkCode
    asset: AssetId
    symbol: str
    decimals: int
    status: ListingStatus
    name: str | None = None
    min_deposit: Amount | None = None
    denomination: Amount | None = None
    flags: frozenset[TokenFlag] = frozenset()
    valid_from: datetime | None = None
    valid_to: datetime | None = None

    def holds_at(self, moment: datetime) -> bool:
        started = self.valid_from is None or self.valid_from <= moment
        return started and (self.valid_to is None or moment < self.valid_to)


@dataclass(frozen=True, slots=True)
class AddressRecord:
    """One address of ours in one role on the network it was issued for.

    ``memo`` is set on the rows of a shared address that name one user's memo, None on the row
    that declares the address. ``can_sign`` is None where the column was missing: custody has not
    said (unknown), otherwise the networks on which it can sign for this key.
    """

    network: NetworkCode
    address: str
    key: AddressKey
    role: AddressRole
    memo: str | None = None
    user: str | None = None
    key_scheme: KeyScheme = KeyScheme.SINGLE
    can_sign: frozenset[NetworkCode] | None = None
    valid_from: datetime | None = None
    valid_to: datetime | None = None

    def holds_at(self, moment: datetime) -> bool:
        started = self.valid_from is None or self.valid_from <= moment
        return started and (self.valid_to is None or moment < self.valid_to)


@dataclass(frozen=True, slots=True)
class Account:
    user: str
    status: AccountStatus
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Credit:
    """What the ledger already booked. ``transfer`` is the position (or the index, as text)."""

    network: NetworkCode
    tx_hash: str
    transfer: str
    user: str
    asset: AssetId
    amount: Amount
    credited_at: datetime


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """A payment of ours to an outside address or a customer's. ``destination_key`` may be None."""

    network: NetworkCode
    tx_hash: str
    user: str
    asset: AssetId
    amount: Amount
    destination: str
    destination_key: AddressKey | None
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class Screened:
    network: NetworkCode
    address: str
    list_name: str
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class ExchangeAddress:
    """A wallet that another exchange pays its customers from; its keys are the exchange's."""

    network: NetworkCode
    address: str
    name: str


@dataclass(frozen=True, slots=True)
class Price:
    """The price of one whole coin. ``source`` is ``book`` or the endpoint's host."""

    asset: AssetId
    currency: str
    value: Decimal
    as_of: datetime
    source: str


class Records(Protocol):
    """The exchange's records. Raises `SourceError` where they could not be read."""

    def find_addresses(
        self, keys: Collection[AddressKey]
    ) -> Mapping[AddressKey, tuple[AddressRecord, ...]]:
        """Rows on any network, in any role, past ones included; not the memo rows of shared ones."""
        ...

    def find_addresses_of(self, users: Collection[str]) -> Mapping[str, tuple[AddressRecord, ...]]:
        """Every address that was ever issued to a user, the memo rows of shared ones included."""
        ...

    def find_memos(
        self, lookups: Collection[tuple[AddressKey, str]]
    ) -> Mapping[tuple[AddressKey, str], tuple[AddressRecord, ...]]:
        """The memo rows of shared addresses, by the exact memo text as registered."""
        ...

    def load_listings(self) -> tuple[Listing, ...]:
        """Every listing in every period (thousands, not millions)."""
        ...

    def find_accounts(self, users: Collection[str]) -> Mapping[str, Account]:
        """A user in no row is active and missing from the answer."""
        ...

    def find_credits(
        self, transactions: Collection[tuple[NetworkCode, str]]
    ) -> Mapping[tuple[NetworkCode, str], tuple[Credit, ...]]: ...

    def load_ledger_complete_through(self) -> datetime | None:
        """Up to when the credit ledger is complete; None: never declared."""
        ...

    def find_withdrawals(
        self, transactions: Collection[tuple[NetworkCode, str]]
    ) -> Mapping[tuple[NetworkCode, str], tuple[Withdrawal, ...]]: ...

    def find_withdrawals_to(
        self, destinations: Collection[tuple[NetworkCode, AddressKey]]
    ) -> Mapping[tuple[NetworkCode, AddressKey], tuple[Withdrawal, ...]]: ...

    def find_withdrawals_of(self, users: Collection[str]) -> Mapping[str, tuple[Withdrawal, ...]]:
        """What a user has withdrawn: to whom is a counterparty that somebody may imitate."""
        ...

    def find_screened(
        self, parties: Collection[tuple[NetworkCode, AddressKey]]
    ) -> Mapping[tuple[NetworkCode, AddressKey], tuple[Screened, ...]]:
        """By what controls the address; a listed key counts on every network that shares it."""
        ...

    def find_exchanges(
        self, parties: Collection[tuple[NetworkCode, AddressKey]]
    ) -> Mapping[tuple[NetworkCode, AddressKey], ExchangeAddress]:
        """Known wallets of other exchanges, by what controls them, on whichever network they are listed."""
        ...

    def find_prices(self, assets: Collection[AssetId], currency: str) -> Mapping[AssetId, Price]:
        """The newest price of each asset, whatever its age: the fee policy judges freshness."""
        ...
