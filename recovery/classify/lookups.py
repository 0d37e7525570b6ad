"""The batch's questions to the records and the cases: few lookups of many keys each.

Knows: which keys of a transaction must be asked for. Must not know: HTTP, tables, what the answers
mean (`recovery.classify.gather` makes facts of them).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, TypeAlias

from recovery.chains.family import Received
from recovery.checks import Found, Search
from recovery.classify.facts import (
    HolderConsent,
    OccupyingCase,
    PolicyNumbers,
    Route,
    SmallDeposit,
    Unknown,
)
from recovery.classify.listings import ListingIndex
from recovery.classify.route import MemoRows, find_route, spell_memo
from recovery.errors import BadInput
from recovery.model import (
    AddressKey,
    AssetId,
    Claim,
    Evidence,
    Gap,
    NetworkCode,
    Replacement,
    Transfer,
)
from recovery.networks import Network, load_registry
from recovery.records.port import (
    Account,
    AddressRecord,
    AddressRole,
    Credit,
    Price,
    Records,
    Screened,
    Withdrawal,
)

TransferKey: TypeAlias = tuple[NetworkCode, str, str]
"""Network, canonical transaction hash, position: what credits, cases and findings are unique by."""

TxKey: TypeAlias = tuple[NetworkCode, str]
ParseClaimed: TypeAlias = Callable[[Network, str], Collection[AddressKey]]


class Occupancy(Protocol):
    """The cases from ``quoted`` or ``in_sign_off`` on, by the transfer they hold."""

    def find_occupying(
        self, keys: Collection[TransferKey]
    ) -> Mapping[TransferKey, Sequence[OccupyingCase]]: ...


class Consents(Protocol):
    """The holder's consent that a case was given, by the case."""

    def find_consents(self, case_ids: Collection[str]) -> Mapping[str, HolderConsent]: ...


class SmallDeposits(Protocol):
    """Uncredited deposits below the minimum, by user and asset: they count towards it together."""

    def find_small_deposits(
        self, keys: Collection[tuple[str, AssetId]]
    ) -> Mapping[tuple[str, AssetId], tuple[SmallDeposit, ...]]: ...


@dataclass(frozen=True, slots=True)
class Subject:
    """One claim and what a look at the chain gave.

    ``seen`` is the evidence of an earlier look, ``replacement`` what took its place where that look's
    transaction is gone, ``received`` the measured balance rises by transfer index. ``case_id`` is the
    case that is looked at again: it does not stand in its own way. ``return_to`` is where that case
    sends the value, canonical; None where nobody has said so yet. ``confirmed`` are the conditions that
    a reviewer of that case has confirmed.
    """

    claim: Claim
    search: Search | None = None
    found: Found | None = None
    seen: Evidence | None = None
    replacement: Replacement | None = None
    received: Mapping[int, Received] | None = None
    case_id: str | None = None
    return_to: str | None = None
    confirmed: frozenset[str] = frozenset()

    @property
    def evidence(self) -> Evidence | None:
        return None if self.found is None else self.found.evidence


def find_claimed_keys(network: Network, text: str) -> Collection[AddressKey]:
    """The keys an address typed by a customer may mean: this network's reading, else any other's."""
    from recovery.chains.codecs import find_networks_for_address, parse_address

    try:
        return (parse_address(network, text).key,)
    except BadInput:
        readings = find_networks_for_address(load_registry(), text)
        return tuple(dict.fromkeys(a.key for a in readings))


@dataclass(slots=True)
class Look:
    """One subject while its facts are collected; ``transfers`` are those to be judged."""

    subject: Subject
    evidence: Evidence | None
    network: Network | None
    claimed: Collection[AddressKey]
    transfers: list[Transfer]
    reached: bool = False
    routes: dict[int, Route | None] = field(default_factory=dict)

    @property
    def key(self) -> TxKey | None:
        return None if self.evidence is None else (self.evidence.network, self.evidence.tx_hash)

    @property
    def alias_keys(self) -> tuple[TxKey, ...]:
        """The transaction under its other hashes, by which records may name it."""
        evidence = self.evidence
        return () if evidence is None else tuple((evidence.network, a) for a in evidence.aliases)


class Lookups:
    """The answers of the records for all subjects of one call."""

    def __init__(
        self,
        *,
        records: Records,
        now: datetime,
        policy: PolicyNumbers,
        network_of: Callable[[NetworkCode], Network],
        parse_claimed: ParseClaimed,
    ) -> None:
        self.records = records
        self.now = now
        self.policy = policy
        self.network_of = network_of
        self.parse_claimed = parse_claimed
        self.networks: dict[NetworkCode, Network] = {}
        self.listings = ListingIndex(records.load_listings(), now=now)
        self.complete_through = records.load_ledger_complete_through()
        self.addresses: Mapping[AddressKey, tuple[AddressRecord, ...]] = {}
        self.memos: MemoRows = {}
        self.credits: Mapping[TxKey, tuple[Credit, ...]] = {}
        self.withdrawals: Mapping[TxKey, tuple[Withdrawal, ...]] = {}
        self.withdrawals_to: Mapping[tuple[NetworkCode, AddressKey], tuple[Withdrawal, ...]] = {}
        self.screened: Mapping[tuple[NetworkCode, AddressKey], tuple[Screened, ...]] = {}
        self.occupying: Mapping[TransferKey, Sequence[OccupyingCase]] = {}
        self.prices: Mapping[AssetId, Price] = {}
        self.accounts: Mapping[str, Account] = {}
        self.small: Mapping[tuple[str, AssetId], tuple[SmallDeposit, ...]] = {}
        self.consents: Mapping[str, HolderConsent] = {}

    # -- what to judge ---------------------------------------------------------------------------

    def look(self, subject: Subject) -> Look:
        evidence = subject.evidence
        if evidence is None:
            return Look(subject, None, None, (), [])
        network = self.networks.get(evidence.network)
        if network is None:
            network = self.networks[evidence.network] = self.network_of(evidence.network)
        address = subject.claim.address
        claimed = self.parse_claimed(network, address) if address else ()
        return Look(subject, evidence, network, claimed, [])

    def load_addresses(self, looks: Sequence[Look]) -> None:
        """Every key of every transaction in one lookup; then each look knows its transfers."""
        keys: set[AddressKey] = set()
        for look in looks:
            for transfer in look.evidence.transfers if look.evidence else ():
                if transfer.recipient.key is not None:
                    keys.add(transfer.recipient.key)
                keys.update(p.key for p in transfer.senders if p.key is not None)
        self.addresses = self.records.find_addresses(keys) if keys else {}
        for look in looks:
            for transfer in look.evidence.transfers if look.evidence else ():
                key = transfer.recipient.key
                ours = key is not None and bool(self.addresses.get(key))
                look.reached = look.reached or ours
                if transfer.tx_hash is not None:  # it has its key, and its verdict, elsewhere
                    continue
                if ours or (key is not None and key in look.claimed):
                    look.transfers.append(transfer)

    def load_records(self, looks: Sequence[Look], occupancy: Occupancy) -> None:
        transactions: set[TxKey] = set()
        senders: set[tuple[NetworkCode, AddressKey]] = set()
        places: set[TransferKey] = set()
        assets: set[AssetId] = set()
        memos: set[tuple[AddressKey, str]] = set()
        for look in looks:
            if look.evidence is None or look.key is None:
                continue
            transactions.add(look.key)
            transactions.update(look.alias_keys)
            for transfer in look.transfers:
                senders.update((look.evidence.network, k) for k in self.paying_keys(look, transfer))
                places.add((*look.key, transfer.position))
                assets.add(transfer.asset)
                memos.update(self._memo_lookups(look, transfer))
        ask = self.records
        self.credits = ask.find_credits(transactions) if transactions else {}
        self.withdrawals = ask.find_withdrawals(transactions) if transactions else {}
        self.withdrawals_to = ask.find_withdrawals_to(senders) if senders else {}
        self.screened = ask.find_screened(senders) if senders else {}
        self.prices = ask.find_prices(assets, self.policy.currency) if assets else {}
        self.memos = ask.find_memos(memos) if memos else {}
        self.occupying = occupancy.find_occupying(places) if places else {}

    def load_consents(self, looks: Sequence[Look], consents: Consents | None) -> None:
        cases = {look.subject.case_id for look in looks if look.transfers} - {None}
        if consents is not None and cases:
            self.consents = consents.find_consents([case for case in cases if case is not None])

    def load_people(self, looks: Sequence[Look], small_deposits: SmallDeposits | None) -> None:
        users: set[str] = set()
        holdings: set[tuple[str, AssetId]] = set()
        for look in looks:
            look.routes = {t.index: self._route(look, t) for t in look.transfers}
            if look.subject.claim.user is not None:
                users.add(look.subject.claim.user)
            for transfer in look.transfers:
                owner = known_owner(look.routes[transfer.index])
                if owner is not None:
                    users.add(owner)
                    holdings.add((owner, transfer.asset))
        self.accounts = self.records.find_accounts(users) if users else {}
        self._load_familiar(looks)
        if small_deposits is not None and holdings:
            self.small = small_deposits.find_small_deposits(holdings)

    def _load_familiar(self, looks: Sequence[Look]) -> None:
        """What a paid or paying address may be made to look like: asked only where one may be."""
        lost = {u for look in looks if not look.reached and (u := look.subject.claim.user)}
        poisoned = {
            owner
            for look in looks
            for t in look.transfers
            if self.is_dust(look, t)
            and (owner := known_owner(look.routes[t.index]) or look.subject.claim.user)
        }
        self.own = self.records.find_addresses_of(lost | poisoned) if lost | poisoned else {}
        self.paid_out = self.records.find_withdrawals_of(poisoned) if poisoned else {}

    def is_dust(self, look: Look, transfer: Transfer) -> bool:
        """Nothing, or less of the coin than the chain takes for money; what is sent to be seen."""
        assert look.network is not None
        coin = transfer.asset == look.network.native_asset
        return not transfer.amount or (coin and transfer.amount < look.network.dust)

    def paying_keys(self, look: Look, transfer: Transfer) -> set[AddressKey]:
        """The senders, and whoever paid the fee: a contract may stand between him and us."""
        assert look.evidence is not None
        keys = {p.key for p in transfer.senders if p.key is not None}
        payer = look.evidence.fee.payer if look.evidence.fee else None
        if payer is None or any(p.address == payer for p in transfer.senders):
            return keys
        for other in look.evidence.transfers:
            for party in other.senders:
                if party.address == payer and party.key is not None:
                    return {*keys, party.key}
        assert look.network is not None
        return keys.union(self.parse_claimed(look.network, payer))

    def rows_of(self, transfer: Transfer) -> tuple[AddressRecord, ...]:
        key = transfer.recipient.key
        return self.addresses.get(key, ()) if key is not None else ()

    def _memo_lookups(self, look: Look, transfer: Transfer) -> set[tuple[AddressKey, str]]:
        key = transfer.recipient.key
        if key is None or all(r.role is not AddressRole.SHARED for r in self.rows_of(transfer)):
            return set()
        assert look.evidence is not None
        texts = {text for text, _ in spell_memo(transfer.memo, look.evidence.notes)}
        if look.subject.claim.memo:
            texts.add(look.subject.claim.memo.strip())
        return {(key, text) for text in texts}

    def _route(self, look: Look, transfer: Transfer) -> Route | None:
        evidence = look.evidence
        assert evidence is not None
        return find_route(
            self.rows_of(transfer),
            network=evidence.network,
            at=evidence.block.time if evidence.block else None,
            memo=transfer.memo,
            notes=evidence.notes,
            memo_rows=self.memos,
            memo_known=Gap.MEMO not in evidence.gaps,
        )


def known_owner(route: Route | None) -> str | None:
    """Whose it is, where the records are clear, for looking up more; rules read the fact itself."""
    if route is None or isinstance(route.owner, Unknown):
        return None
    return route.owner.value
