"""The walk of one claim: search, evidence, facts, verdicts, quotes. Asks, decides nothing itself.

Knows: the order of the rooms and what each hands to the next. Must not know: how a chain is
asked, why a verdict is what it is, what a fee is made of, what becomes of a case.

One claim and ten thousand go the same way: `Checker.check` is `Checker.judge` of one subject, with
the search before it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime

from recovery.cases.casebook import CaseOccupancy, count_cases_this_year, load_raw
from recovery.cases.values import Case
from recovery.chains import FAMILIES, load_family
from recovery.chains.family import Family, NetworkCost, RawTx, Received
from recovery.chains.source import Node
from recovery.checks import Check, Found, Judged, Search, UnreachableNetwork
from recovery.classify.decide import Explained, explain, judge
from recovery.classify.facts import Facts, PolicyNumbers
from recovery.classify.gather import Subject, gather_facts
from recovery.classify.verdict import Outcome, Recoverability, Verdict
from recovery.clock import now
from recovery.config import Config
from recovery.errors import SourceError, Unreachable
from recovery.fees.policy import FeePolicy, load_policy
from recovery.fees.prices import find_prices
from recovery.fees.quote import find_value, make_quote
from recovery.model import (
    AssetId,
    Claim,
    Evidence,
    NetworkCode,
    Replacement,
    Transfer,
    TransferKind,
)
from recovery.networks import Network
from recovery.records.book import Book
from recovery.records.port import ListingStatus, Price
from recovery.store import Store, open_store
from recovery.triage import Nodes, ask_second, decode, search

_MOVES_VALUE = (Recoverability.RECOVERABLE, Recoverability.CONDITIONAL)


class PricedBook(Book):
    """The records in the store, with prices from the configured endpoint beside the imported ones."""

    def __init__(self, store: Store, config: Config, policy: FeePolicy) -> None:
        super().__init__(store)
        self._config = config
        self._policy = policy
        self.outages: dict[AssetId, SourceError] = {}

    def find_prices(self, assets: Collection[AssetId], currency: str) -> Mapping[AssetId, Price]:
        """Prices that could be had; why another could not be asked for stands in ``outages``."""
        if self._config.prices.endpoint is None:
            return super().find_prices(assets, currency)
        offers = find_prices(
            assets,
            policy=self._policy,
            records=Book(self._store),
            config=self._config.prices,
            now=now(),
        )
        self.outages |= {a: offer for a, offer in offers.items() if isinstance(offer, SourceError)}
        return {a: offer for a, offer in offers.items() if isinstance(offer, Price)}


class Checker:
    """Checks claims against the chain and the records of one store; it stores nothing."""

    def __init__(self, config: Config, store: Store) -> None:
        self.config = config
        self.store = store
        self.nodes = Nodes(config)
        self.policy = load_policy(config.fee_policy)
        self.book = PricedBook(store, config, self.policy)

    def check(self, claim: Claim, *, case: Case | None = None) -> Check:
        """One claim; with ``case`` it is that case looked at again, which is not in its own way.

        Raises `BadInput` for a hash of no known form or where no fitting network is configured.
        """
        named = None if claim.network is None else self.config.network(claim.network)
        looked = search(claim.tx_hash, self.nodes, named=named)
        at = now()
        if len(looked.found) > 1:
            return Check(claim=claim, at=at, search=looked, found=None, judged=())
        case_id = None if case is None else case.id
        if not looked.found:
            return self._check_missing(Subject(claim=claim, search=looked, case_id=case_id), at)
        network = self.config.network(looked.found[0].evidence.network)
        found = looked.found[0]
        if not found.testnet:
            found = ask_second(network, self.nodes.of(network), found)
        (check,) = self.judge(
            [Subject(claim=claim, search=looked, found=found, case_id=case_id)], at=at
        )
        return check

    def recheck(self, case: Case) -> Check:
        """Ask chain and records again about a case, on its own network where that is known."""
        claim = case.claim
        if case.network is not None:
            claim = dataclasses.replace(claim, network=case.network)
        return self.check(claim, case=case)

    def _check_missing(self, subject: Subject, at: datetime) -> Check:
        """No network knew the hash: what was seen of it before may say what became of it."""
        assert subject.search is not None
        nothing = Check(claim=subject.claim, at=at, search=subject.search, found=None, judged=())
        if subject.search.unreachable:
            return nothing
        seen = self._find_seen(subject.search)
        if seen is not None:
            evidence, replacement = seen
            subject = dataclasses.replace(subject, seen=evidence, replacement=replacement)
        (check,) = self.judge([subject], at=at)
        return check

    def _find_seen(self, looked: Search) -> tuple[Evidence, Replacement | None] | None:
        """Evidence of an earlier look at a now unknown transaction, and what replaced it."""
        for code in looked.absent:
            kept = load_raw(self.store, code, looked.tx_hash)
            network = self.config.network(code)
            if not kept or network.family not in FAMILIES:
                continue
            last = kept[-1]
            raw = RawTx(code, last.tx_hash, last.api, last.source, last.at, last.answers)
            family = load_family(network.family)
            replacement = self._find_replacement(family, network, raw)
            return decode(family, network, raw), replacement
        return None

    def _find_replacement(
        self, family: Family, network: Network, seen: RawTx
    ) -> Replacement | None:
        if family.fetch_replacement is None:
            return None
        for node in self.nodes.of(network):
            if node.api != seen.api:
                continue
            try:
                return family.fetch_replacement(network, node, seen)
            except SourceError:
                continue
        return None

    def judge(self, subjects: Sequence[Subject], *, at: datetime) -> list[Check]:
        """Verdicts and quotes for subjects whose evidence is at hand, in order."""
        measured = self._measure(subjects, self._gather(subjects, at))
        checks = []
        for subject, facts in measured:
            verdicts = judge(facts)
            broken = self._find_contradiction(subject, verdicts)
            if broken is not None:
                checks.append(broken)
                continue
            by_index = {f.transfer.index: f for f in facts if f.transfer is not None}
            judged = tuple(
                self._quote(subject, verdict, by_index.get(_index(verdict)), at)
                for verdict in verdicts
            )
            assert subject.search is not None
            checks.append(
                Check(
                    claim=subject.claim,
                    at=at,
                    search=subject.search,
                    found=subject.found,
                    judged=judged,
                )
            )
        return checks

    def explain(self, case: Case) -> tuple[tuple[int | None, tuple[Explained, ...]], ...]:
        """Every rule for a case, from its kept answers and the records of today; asks no node.

        One entry per transfer that was judged, with its index (None: the whole transaction).
        """
        claim = case.claim
        found = None
        if case.network is not None:
            kept = load_raw(self.store, case.network, case.tx_hash)
            if kept:
                network = self.config.network(case.network)
                last = kept[-1]
                raw = RawTx(
                    network.code, last.tx_hash, last.api, last.source, last.at, last.answers
                )
                evidence = decode(load_family(network.family), network, raw)
                found = Found(evidence=evidence, raw=raw)
        looked = Search(case.tx_hash, () if found is None else (found,), (), (), ())
        subject = Subject(
            claim=claim,
            search=looked,
            found=found,
            case_id=case.id,
            received=None if found is None else _kept_measures(found.raw),
        )
        (facts,) = self._gather([subject], now())
        return tuple(
            (None if f.transfer is None else f.transfer.index, explain(f))
            for f in facts
            if case.transfer is None or f.transfer is None or f.transfer.index == case.transfer
        )

    def needs_wallet(self, check: Check, judged: Judged) -> bool:
        """Whether a credit is above the policy's limit, so that the wallet team signs it too."""
        if check.found is None or judged.verdict.recoverability is not Recoverability.CREDIT:
            return True
        evidence = check.found.evidence
        transfer = _transfer(evidence, judged.verdict)
        if transfer is None:
            return True
        price = self.book.find_prices([transfer.asset], self.policy.currency).get(transfer.asset)
        value = find_value(
            self.policy,
            transfer=transfer,
            network=self.config.network(evidence.network),
            price=price,
            now=check.at,
            decimals=self._listed_decimals(transfer.asset),
        )
        return self.policy.limits.needs_wallet(value)

    def _gather(self, subjects: Sequence[Subject], at: datetime) -> list[tuple[Facts, ...]]:
        cases = CaseOccupancy(self.store)
        return gather_facts(
            subjects,
            records=self.book,
            occupancy=cases,
            small_deposits=cases,
            now=at,
            policy=PolicyNumbers(
                dust_value=self.policy.limits.dust_value,
                currency=self.policy.currency,
                max_price_age=self.policy.quote.price_max_age,
            ),
            network_of=self.config.network,
        )

    def _measure(
        self, subjects: Sequence[Subject], gathered: Sequence[tuple[Facts, ...]]
    ) -> list[tuple[Subject, tuple[Facts, ...]]]:
        """Ask by how much balances rose, where a token's own event is no measure."""
        result = []
        for subject, facts in zip(subjects, gathered, strict=True):
            received = self._fetch_received(subject, facts)
            if not received or subject.found is None:
                result.append((subject, facts))
                continue
            kept = dict(subject.found.raw.answers)
            kept["received"] = {str(i): str(r.amount) for i, r in received.items()}
            raw = dataclasses.replace(subject.found.raw, answers=kept)
            found = dataclasses.replace(subject.found, raw=raw)
            again = dataclasses.replace(subject, found=found, received=received)
            result.append((again, self._gather([again], facts[0].now)[0]))
        return result

    def _fetch_received(self, subject: Subject, facts: Sequence[Facts]) -> Mapping[int, Received]:
        doubtful = [f.transfer for f in facts if f.transfer is not None and _is_doubtful(f)]
        if not doubtful or subject.found is None or subject.found.testnet:
            return {}
        evidence = subject.found.evidence
        network = self.config.network(evidence.network)
        family = load_family(network.family)
        if family.fetch_received is None:
            return {}
        for node in self._nodes_for(subject.found, network):
            try:
                return family.fetch_received(network, node, evidence, doubtful)
            except SourceError:
                continue
        return {}

    def _nodes_for(self, found: Found, network: Network) -> Iterator[Node]:
        """The network's nodes of the API that answered, the one that answered first."""
        nodes = [n for n in self.nodes.of(network) if n.api == found.raw.api]
        yield from sorted(nodes, key=lambda node: node.label != found.raw.source)

    def _find_contradiction(self, subject: Subject, verdicts: Sequence[Verdict]) -> Check | None:
        """Before money is spoken of, the hash is recomputed from the raw bytes where it can be.

        An answer that contradicts its own hash is no answer: the network counts as unreachable.
        """
        if subject.found is None or not any(_speaks_of_money(v) for v in verdicts):
            return None
        evidence = subject.found.evidence
        network = self.config.network(evidence.network)
        verify = load_family(network.family).verify
        if verify is None:
            return None
        try:
            verify(network, subject.found.raw, evidence)
        except SourceError as garbled:
            assert subject.search is not None
            lied = UnreachableNetwork(network.code, garbled.text)
            looked = dataclasses.replace(
                subject.search, found=(), unreachable=(*subject.search.unreachable, lied)
            )
            return Check(claim=subject.claim, at=now(), search=looked, found=None, judged=())
        return None

    def _quote(
        self, subject: Subject, verdict: Verdict, facts: Facts | None, at: datetime
    ) -> Judged:
        evidence = subject.evidence
        transfer = None if evidence is None else _transfer(evidence, verdict)
        network = None if evidence is None else self.config.network(evidence.network)
        moves = transfer is not None and verdict.recoverability in _MOVES_VALUE
        prices: Mapping[AssetId, Price] = {}
        if network is not None and transfer is not None and moves:
            wanted = {transfer.asset, network.native_asset}
            prices = self.book.find_prices(wanted, self.policy.currency)
        if network is None:
            network = self.config.network(_any_network(subject))
        cost = None
        if transfer is not None and moves and verdict.outcome is Outcome.RETURN:
            cost = self._fetch_cost(subject, network, transfer)
        asset = None if transfer is None else transfer.asset
        user = verdict.user if subject.claim.user is None else subject.claim.user
        quote = make_quote(
            self.policy,
            verdict=verdict,
            transfer=transfer,
            network=network,
            price=None if asset is None else prices.get(asset, self.book.outages.get(asset)),
            native_price=prices.get(
                network.native_asset, self.book.outages.get(network.native_asset)
            ),
            cost=cost,
            nth_case_this_year=self._count_cases(user, subject.case_id, at) if moves else 1,
            planned=facts is not None and self._is_planned(facts, network),
            now=at,
            decimals=None if facts is None else facts.decimals,
        )
        return Judged(verdict=verdict, quote=quote)

    def _fetch_cost(
        self, subject: Subject, network: Network, transfer: Transfer
    ) -> NetworkCost | SourceError:
        """The live cost of moving the value, from the first node that can estimate it."""
        assert subject.found is not None
        family = load_family(network.family)
        failed: SourceError = Unreachable("cost-unknown", f"{network.code}: no node estimates fees")
        for node in self._nodes_for(subject.found, network):
            try:
                return family.fetch_cost(network, node, transfer)
            except SourceError as wrong:
                failed = wrong
        return failed

    def _count_cases(self, user: str | None, case_id: str | None, at: datetime) -> int:
        """Which case of the year this one is; of nobody known it is the first."""
        if user is None:
            return 1
        counts = count_cases_this_year(self.store, [user], now=at, except_case=case_id)
        return counts.get(user, 0) + 1

    def _is_planned(self, facts: Facts, network: Network) -> bool:
        if facts.view.status is ListingStatus.PLANNED:
            return True
        return any(
            listing.status is ListingStatus.PLANNED and listing.holds_at(facts.now)
            for listing in self.book.load_listings()
            if listing.network == network.code and listing.asset == network.native_asset
        )

    def _listed_decimals(self, asset: AssetId) -> int | None:
        for listing in self.book.load_listings():
            if listing.asset == asset:
                return listing.decimals
        return None


@contextmanager
def open_checker(config: Config) -> Iterator[Checker]:
    """A checker over the configured database; nodes and database are closed at the end."""
    with open_store(config.database_url) as store:
        checker = Checker(config, store)
        try:
            yield checker
        finally:
            checker.nodes.close()


def _index(verdict: Verdict) -> int:
    return -1 if verdict.transfer is None else verdict.transfer


def _transfer(evidence: Evidence, verdict: Verdict) -> Transfer | None:
    """The verdict's transfer, in the amount that the verdict says arrived."""
    if verdict.transfer is None:
        return None
    transfer = next(t for t in evidence.transfers if t.index == verdict.transfer)
    if verdict.amount is None:
        return transfer
    return dataclasses.replace(transfer, amount=verdict.amount)


def _speaks_of_money(verdict: Verdict) -> bool:
    return verdict.recoverability in (*_MOVES_VALUE, Recoverability.CREDIT)


def _is_doubtful(facts: Facts) -> bool:
    """A delivered token whose own event does not suffice: unlisted, or flagged."""
    transfer = facts.transfer
    if transfer is None or transfer.kind is not TransferKind.TOKEN or facts.native:
        return False
    plain = facts.view.accepted and not facts.view.care
    return transfer.succeeded and not plain


def _kept_measures(raw: RawTx) -> dict[int, Received]:
    kept: Mapping[str, str] = raw.answers.get("received") or {}
    return {int(index): Received(int(amount)) for index, amount in kept.items()}


def _any_network(subject: Subject) -> NetworkCode:
    """For a verdict on no evidence at all, which is never quoted: the network it was looked for on."""
    assert subject.search is not None
    if subject.claim.network is not None:
        return subject.claim.network
    return (*subject.search.absent, *subject.search.not_asked)[0]
