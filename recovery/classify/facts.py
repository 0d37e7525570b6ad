"""Everything the rules may look at, for one subject: one transfer, or the whole transaction.

Knows: the shapes of facts, and what an unknown one does. Must not know: where facts come from
(`recovery.classify.gather`), nor what follows from them (`recovery.classify.rules`).

**Unknown facts.** A fact that may be missing is a ``Fact[T]``: either ``Known(value)`` or
``Unknown(fact, why)``. There is one way to read it, ``.value``, and on an unknown fact it raises
`MissingFact`. No rule catches that; `recovery.classify.decide` does, and the verdict becomes
``needs_review`` naming the fact. So a rule can't forget the case: to refuse or to credit it must
read the fact, and reading a missing fact ends the judgement. A rule that can exclude itself by
what is known does so first, and then a gap that doesn't matter does no harm. Only
`recovery.classify.results` answers some gaps itself, always the stricter way: a network's condition that
nothing shows is unmet, and a return whose ledger is unclear gets a condition. Three more nets hang below, in `decide`: a credit is said only after every remaining rule was asked too, nothing is decided
where two sources disagree, and the builder of credits (`recovery.classify.results`) reads all that a
credit rests on.
"""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Generic, NoReturn, Protocol, TypeAlias, TypeVar

from recovery.checks import Search
from recovery.model import (
    AddressKey,
    Amount,
    AssetId,
    Claim,
    Evidence,
    NetworkCode,
    Party,
    Replacement,
    Transfer,
)
from recovery.networks import Network
from recovery.records.port import (
    Account,
    AddressRecord,
    Credit,
    Listing,
    ListingStatus,
    Price,
    Screened,
    TokenFlag,
    Withdrawal,
)

T = TypeVar("T")


class MissingFact(Exception):
    """A rule read a fact that nobody could give. Caught in `recovery.classify.decide` only."""

    def __init__(self, fact: str, why: str) -> None:
        super().__init__(f"{fact}: {why}")
        self.fact = fact
        self.why = why


@dataclass(frozen=True, slots=True)
class Known(Generic[T]):
    value: T


@dataclass(frozen=True, slots=True)
class Unknown:
    """A fact nobody could give: its name, and why not in words for a reviewer."""

    fact: str
    why: str

    @property
    def value(self) -> NoReturn:
        raise MissingFact(self.fact, self.why)


Fact: TypeAlias = Known[T] | Unknown


def outlives_failure(transfer: Transfer) -> bool:
    """A movement that the protocol made before the transaction failed, and did not take back.

    So it is with the coin that an OP-stack deposit mints: the call after it may fail, the coin stays.
    """
    return transfer.succeeded and transfer.special and transfer.amount > 0


class OccupyingCase(Protocol):
    """A case from ``quoted`` or ``in_sign_off`` on, which alone holds its transfer."""

    @property
    def id(self) -> str: ...
    @property
    def user(self) -> str | None: ...
    @property
    def state(self) -> str: ...


@dataclass(frozen=True, slots=True)
class SmallDeposit:
    """Another delivered deposit of the same user and asset, uncredited for being below the minimum."""

    case_id: str
    amount: Amount


@dataclass(frozen=True, slots=True)
class Familiar:
    """An address that the claimant knows, and what it is to them, in words: an imitation is told by it.

    ``text`` is canonical on ``network``.
    """

    network: NetworkCode
    text: str
    what: str


@dataclass(frozen=True, slots=True)
class HolderConsent:
    """The customer whose deposit it is by the records agreed that the claimant has it.

    The consent is to one payment: to another position, asset or amount nobody agreed.
    """

    holder: str
    claimant: str | None
    position: str
    asset: AssetId
    amount: Amount


@dataclass(frozen=True, slots=True)
class PolicyNumbers:
    """The numbers of the fee policy that classification needs.

    ``dust_value`` is in ``currency``; a price older than ``max_price_age`` is no price: nothing is
    called dust by an old one. ``prove_closed``: a closed account's owner proves to be the sender, too.
    """

    dust_value: Decimal = Decimal("0.10")
    prove_closed: bool = False
    currency: str = "USD"
    max_price_age: timedelta = timedelta(hours=1)


class Place(StrEnum):
    """What the receiving address was to us when the transfer arrived."""

    DEPOSIT = "deposit"
    SHARED = "shared"
    RETIRED = "retired"
    TREASURY = "treasury"
    CONTRACT = "contract"


class MemoState(StrEnum):
    """How the memo on the chain meets the registered ones of a shared address."""

    EXACT = "exact"
    NORMALISED = "normalised"
    MISSING = "missing"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class MemoMatch:
    """``registered`` is the text of the row that matched; ``how`` names the normalisation."""

    state: MemoState
    user: str | None = None
    registered: str | None = None
    how: str | None = None


@dataclass(frozen=True, slots=True)
class Route:
    """Whose deposit the receiving address makes this.

    ``row`` was in force when the transfer arrived. ``here`` is False where the key was issued for
    other networks only. ``owner`` is Known(None) where the address names no user (a treasury
    address, a shared one without a matching memo). ``memo`` is read on shared addresses alone.
    """

    row: AddressRecord
    here: bool
    place: Place
    owner: Fact[str | None]
    memo: Fact[MemoMatch | None]


@dataclass(frozen=True, slots=True)
class ListingView:
    """What the listings say of one asset now, at the deposit's time, and of its look-alikes.

    ``status`` is None where no row names the asset now. ``imitates`` is an asset listed on the same
    network whose symbol or name this one's is confusable with; ``mentions`` one whose symbol or name is
    a word of this one's. ``listed_on`` are other networks on which an asset of the same symbol is
    listed.
    """

    status: ListingStatus | None
    listing: Listing | None = None
    at_deposit: ListingStatus | None = None
    ever_listed: bool = False
    ever_counterfeit: bool = False
    imitates: Listing | None = None
    mentions: Listing | None = None
    listed_on: tuple[NetworkCode, ...] = ()

    @property
    def accepted(self) -> bool:
        """Deposits of it are booked, or will be as soon as a suspension ends."""
        return self.status in (ListingStatus.LISTED, ListingStatus.SUSPENDED)

    @property
    def care(self) -> frozenset[TokenFlag]:
        """Flags that make a transfer event differ from what arrives; pausable alone does not."""
        flags = self.listing.flags if self.listing else frozenset()
        return flags - {TokenFlag.PAUSABLE}


@dataclass(frozen=True, slots=True)
class Facts:
    """One subject. ``transfer`` is None where the whole transaction is judged.

    From the search: ``search``, ``testnet``, ``evidence`` (None where no network knew the hash), ``seen``
    (evidence of an earlier look), ``replacement``, ``disagreement`` (how a second source differs, in
    words) and ``differences`` (field by field, JSON values). From the evidence, with its gaps: ``succeeded``, ``final``, ``senders`` (Unknown where some
    are hidden by the source; the known ones stand in the transfer), ``delivered`` (what arrived, as
    measured where the asset asks for it), ``measured`` (by how much the balance rose),
    ``token_validity``, ``reached`` (does any transfer reach us).

    From the records: ``rows`` of the recipient's key on every network, ``route``, ``own_keys`` and
    ``own_senders`` (keys of this transaction that are ours, and those that only we could have sent
    from), ``view`` of the asset, ``contracts`` (lower-case addresses of listed tokens' contracts),
    ``accounts``, ``booked`` credits found, ``ledger`` (Unknown where the ledger may lack a credit),
    ``withdrawals`` of this transaction, ``earlier_withdrawals`` to its senders, ``screened``,
    ``occupying`` cases, ``price``, ``small_deposits``, ``paid_together`` (the same asset, to the same
    address and memo, in this transaction), ``consent`` that the case was given. ``familiar`` addresses of the claimant (loaded where a look-alike may
    be at work). ``names_claimed`` is True where the transfer pays the address of the claim;
    ``claimed_user`` is whose the memo typed in the claim is at the shared address.
    """

    claim: Claim
    now: datetime
    policy: PolicyNumbers
    network: Network | None = None
    search: Search | None = None
    testnet: bool = False
    disagreement: str | None = None
    differences: tuple[Mapping[str, object], ...] = ()
    evidence: Evidence | None = None
    seen: Evidence | None = None
    replacement: Replacement | None = None
    transfer: Transfer | None = None

    succeeded: Fact[bool] = Unknown("success", "there is no evidence")
    final: Fact[bool] = Unknown("finality", "there is no evidence")
    senders: Fact[tuple[Party, ...]] = Unknown("senders", "there is no evidence")
    delivered: Fact[Amount] = Unknown("amount", "there is no evidence")
    measured: Fact[Amount] = Unknown("received_balance", "nobody measured the balance")
    token_validity: Fact[bool] = Unknown("token_validity", "there is no evidence")
    reached: Fact[bool] = Unknown("transfers", "there is no evidence")

    rows: tuple[AddressRecord, ...] = ()
    route: Route | None = None
    own_keys: AbstractSet[AddressKey] = frozenset()
    own_senders: AbstractSet[AddressKey] = frozenset()
    view: ListingView = ListingView(None)
    contracts: AbstractSet[str] = frozenset()
    accounts: tuple[Account, ...] = ()
    booked: tuple[Credit, ...] = ()
    ledger: Fact[bool] = Unknown("credits", "the ledger was not read")
    withdrawals: tuple[Withdrawal, ...] = ()
    earlier_withdrawals: tuple[Withdrawal, ...] = ()
    screened: tuple[Screened, ...] = ()
    occupying: tuple[OccupyingCase, ...] = ()
    price: Price | None = None
    small_deposits: tuple[SmallDeposit, ...] = ()
    paid_together: Amount = 0
    consent: HolderConsent | None = None
    familiar: tuple[Familiar, ...] = ()
    names_claimed: bool = False
    claimed_user: str | None = None

    @property
    def native(self) -> bool:
        return (
            self.transfer is not None
            and self.network is not None
            and self.transfer.asset == self.network.native_asset
        )

    @property
    def decimals(self) -> int | None:
        """Places of a whole coin by our own records, never by the token's word."""
        if self.native and self.network is not None:
            return self.network.decimals
        if self.view.listing is not None:
            return self.view.listing.decimals
        return None

    @property
    def owner(self) -> str | None:
        """Whose deposit it is by the records; reads the fact, so an unclear owner is missing."""
        return None if self.route is None else self.route.owner.value

    def is_consented_by(self, holder: str) -> bool:
        """Did this holder agree that the claimant has exactly this payment?"""
        consent, transfer = self.consent, self.transfer
        return (
            consent is not None
            and transfer is not None
            and self.claimant is not None
            and (consent.holder, consent.claimant) == (holder, self.claimant)
            and (consent.position, consent.asset, consent.amount)
            == (transfer.position, transfer.asset, transfer.amount)
        )

    @property
    def claimant(self) -> str | None:
        """Who asks: the claim's user, else the recorded owner."""
        if self.claim.user is not None or self.route is None:
            return self.claim.user
        return self.route.owner.value
