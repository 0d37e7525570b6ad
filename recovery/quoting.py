"""What a verdict costs: prices and live network cost brought together with the fee policy.

Knows: which of them a verdict needs, and whom to ask. Must not know: the formula
(`recovery.fees.quote`), why a verdict is what it is.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal

from recovery.cases.casebook import count_cases_this_year
from recovery.chains import load_family
from recovery.chains.family import NetworkCost
from recovery.chains.sharing import Answers, answers_shared
from recovery.chains.source import Node
from recovery.checks import Found, Judged
from recovery.classify.facts import Facts
from recovery.classify.gather import Subject
from recovery.classify.verdict import Cause, Condition, Outcome, Recoverability, Verdict
from recovery.clock import now
from recovery.config import Config
from recovery.errors import SourceError, Unreachable
from recovery.fees.policy import FeePolicy, load_policy
from recovery.fees.prices import find_prices
from recovery.fees.quote import find_value, make_quote
from recovery.fees.values import NoQuote, Quote
from recovery.model import AssetId, Evidence, NetworkCode, Note, Transfer, is_visitor
from recovery.networks import Network
from recovery.records.book import Book
from recovery.records.port import ListingStatus, Price
from recovery.secondopinion import has_independent
from recovery.store import Store
from recovery.triage import Nodes, fetch_conditions, readable

MOVES_VALUE = (Recoverability.RECOVERABLE, Recoverability.CONDITIONAL)
"""Verdicts that are quoted: value would move on the chain, or be booked for a fee."""

SECOND_OPINION = "second_opinion"
"""The condition that an independent endpoint told the same, from the policy's limit in value on."""

_NO_OPINION = Note(SECOND_OPINION, "It is quoted once a second, independent source has agreed.")


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


@dataclasses.dataclass(slots=True)
class QuoteBatch:
    """What is the same for the verdicts that are quoted in one go, asked once and forgotten with it.

    ``cases`` is how many cases of the year each user has, ``counted`` whose are those of the quoted cases that are
    among them, by id.
    """

    at: datetime
    cases: Mapping[str, int] = dataclasses.field(default_factory=dict)
    counted: Mapping[str, str] = dataclasses.field(default_factory=dict)
    natives: dict[AssetId, Price | SourceError | None] = dataclasses.field(default_factory=dict)
    planned: Collection[tuple[NetworkCode, AssetId]] | None = None
    answers: Answers = dataclasses.field(default_factory=dict)


class Quoter:
    """Quotes verdicts with the prices and the network cost of the moment."""

    def __init__(self, config: Config, store: Store, nodes: Nodes) -> None:
        self.config = config
        self.store = store
        self.nodes = nodes
        self.policy = load_policy(config.fee_policy)
        self.book = PricedBook(store, config, self.policy)
        self._two_sources: dict[NetworkCode, bool] = {}

    def open_batch(self, asked: Iterable[tuple[Subject, Verdict]], *, at: datetime) -> QuoteBatch:
        """For verdicts that are quoted together."""
        paid_for = [(s, v) for s, v in asked if v.recoverability in MOVES_VALUE]
        users = {user for s, v in paid_for if (user := _payer(s, v)) and not is_visitor(user)}
        if not users:
            return QuoteBatch(at)
        ids = {s.case_id for s, _ in paid_for if s.case_id is not None}
        cases, counted = count_cases_this_year(self.store, users, now=at, among=ids)
        return QuoteBatch(at, cases, counted)

    def quote(
        self, subject: Subject, verdict: Verdict, facts: Facts | None, batch: QuoteBatch
    ) -> Judged:
        """The verdict with its quote, or why there is none, and what the transfer is worth."""
        at = batch.at
        network = self.config.network(_network_of(subject))
        transfer = None if facts is None else transfer_of(subject.evidence, verdict)
        if facts is None or transfer is None:
            return Judged(verdict=verdict, quote=self._plain(verdict, None, network, at=at))
        value = find_value(
            self.policy,
            transfer=transfer,
            network=network,
            price=facts.price,
            now=at,
            decimals=facts.decimals,
        )
        opinion = self._second_opinion(subject, network, transfer, verdict, value)
        if opinion is not None:
            verdict = dataclasses.replace(verdict, conditions=(*verdict.conditions, opinion))
        if verdict.recoverability not in MOVES_VALUE:
            coming = facts.view.status is ListingStatus.PLANNED
            quote = self._plain(verdict, transfer, network, at=at, planned=coming)
            return Judged(verdict=verdict, quote=quote, value=value)
        cost = None
        if verdict.outcome is Outcome.RETURN:
            with answers_shared(batch.answers):
                cost = self._fetch_cost(subject, network, transfer)
        quote = make_quote(
            self.policy,
            verdict=verdict,
            transfer=transfer,
            network=network,
            price=facts.price or self.book.outages.get(transfer.asset),
            native_price=self._native_price(network, batch),
            cost=cost,
            nth_case_this_year=_count_cases(subject, verdict, batch),
            planned=self._is_planned(facts, network, batch),
            now=at,
            decimals=facts.decimals,
        )
        with answers_shared(batch.answers):
            shown = self._fetch_conditions(subject, network, transfer, verdict)
        judged = _show(_show_money(verdict, quote, cost), shown)
        if opinion is not None and not opinion.met and opinion.code not in subject.confirmed:
            quote = quote if isinstance(quote, NoQuote) else NoQuote(_NO_OPINION)
        return Judged(verdict=judged, quote=quote, value=value)

    def needs_opinion(self, verdict: Verdict, value: Decimal | None, network: NetworkCode) -> bool:
        """Whether money so large moves on this verdict that a second endpoint must agree first.

        What nobody can price counts as large, except where there is but one source to ask: then the
        rule could never be met, and the wallet team's signature on unpriced credits stands in for it.
        """
        if not _moves_money(verdict):
            return False
        if value is None and not self.has_two_sources(network):
            return False
        return self.policy.limits.needs_second_opinion(value)

    def has_two_sources(self, network: NetworkCode) -> bool:
        """Whether the configuration names two independent endpoints of the network."""
        if network not in self._two_sources:
            nodes = self.nodes.of(self.config.network(network))
            self._two_sources[network] = has_independent(nodes)
        return self._two_sources[network]

    def _second_opinion(
        self,
        subject: Subject,
        network: Network,
        transfer: Transfer,
        verdict: Verdict,
        value: Decimal | None,
    ) -> Condition | None:
        """The condition that a second source agrees, where the policy's limit asks for one."""
        if subject.found is None or not self.needs_opinion(verdict, value, network.code):
            return None
        met = subject.found.is_confirmed(transfer.position)
        limit, currency = self.policy.limits.second_opinion_above, self.policy.currency
        why = f"it is worth more than {limit} {currency}"
        if value is None:
            why = "no price says how much it is worth"
        text = f"A second, independent source tells the same block and transfer: {why}."
        if not met and not self.has_two_sources(network.code):
            text += (
                f" Add an endpoint of another operator to [networks.{network.code}] endpoints,"
                " or have a reviewer compare it with another source."
            )
        elif not met:
            text += " None could be asked, or it is behind: ask again, or have a reviewer compare."
        return Condition(SECOND_OPINION, met=met, text=text)

    def _plain(
        self,
        verdict: Verdict,
        transfer: Transfer | None,
        network: Network,
        *,
        at: datetime,
        planned: bool = False,
    ) -> Quote | NoQuote:
        """The answer for a verdict under which nothing is paid: no price or node is asked."""
        return make_quote(
            self.policy,
            verdict=verdict,
            transfer=transfer,
            network=network,
            price=None,
            native_price=None,
            cost=None,
            nth_case_this_year=1,
            planned=planned,
            now=at,
        )

    def _native_price(self, network: Network, batch: QuoteBatch) -> Price | SourceError | None:
        asset = network.native_asset
        if asset not in batch.natives:
            found = self.book.find_prices([asset], self.policy.currency).get(asset)
            batch.natives[asset] = found or self.book.outages.get(asset)
        return batch.natives[asset]

    def _fetch_cost(
        self, subject: Subject, network: Network, transfer: Transfer
    ) -> NetworkCost | SourceError:
        """The live cost of moving the value, from the first node that can estimate it."""
        assert subject.found is not None
        family = load_family(network.family)
        failed: SourceError = Unreachable("cost-unknown", f"{network.code}: no node estimates fees")
        for node in nodes_for(self.nodes, subject.found, network):
            try:
                with readable(node):
                    return family.fetch_cost(network, node, transfer)
            except SourceError as wrong:
                failed = wrong
        return failed

    def _fetch_conditions(
        self, subject: Subject, network: Network, transfer: Transfer, verdict: Verdict
    ) -> Mapping[str, bool]:
        """What a node says of the verdict's conditions; where none answers they stay as they are.

        Asked anew at every check, so also before every signature, when it is known where the value
        goes.
        """
        asked = {c.code for c in verdict.conditions} & {c.code for c in network.conditions}
        if subject.found is None or not asked:
            return {}
        evidence = subject.found.evidence
        for node in nodes_for(self.nodes, subject.found, network):
            try:
                return fetch_conditions(
                    network, node, evidence, transfer, destination=subject.return_to
                )
            except SourceError:
                continue
        return {}

    def _is_planned(self, facts: Facts, network: Network, batch: QuoteBatch) -> bool:
        if facts.view.status is ListingStatus.PLANNED:
            return True
        if batch.planned is None:
            batch.planned = {
                (listing.network, listing.asset)
                for listing in self.book.load_listings()
                if listing.status is ListingStatus.PLANNED and listing.holds_at(batch.at)
            }
        return (network.code, network.native_asset) in batch.planned


def _payer(subject: Subject, verdict: Verdict) -> str | None:
    return verdict.user if subject.claim.user is None else subject.claim.user


def _count_cases(subject: Subject, verdict: Verdict, batch: QuoteBatch) -> int:
    """Which case of the year this one is; of nobody known it is the first.

    A visitor of the public page may have had any number: theirs is never the first.
    """
    user = _payer(subject, verdict)
    if user is None:
        return 1
    if is_visitor(user):
        return 2
    others = batch.cases.get(user, 0) - (batch.counted.get(subject.case_id or "") == user)
    return others + 1


def _moves_money(verdict: Verdict) -> bool:
    """A reviewer looks at the others before anything can be paid."""
    if verdict.cause is Cause.NEEDS_REVIEW:
        return False
    return verdict.recoverability in (*MOVES_VALUE, Recoverability.CREDIT)


def _show_money(
    verdict: Verdict, quote: Quote | NoQuote, cost: NetworkCost | SourceError | None
) -> Verdict:
    """The verdict with those conditions met that only the money shows.

    ``value_covers_cost`` by a quote that leaves something, ``gas_available`` by an estimate that
    has the gas and its funding in it: the desk's own wallet pays it.
    """
    shown = {}
    if isinstance(quote, Quote) and quote.net > 0:
        shown["value_covers_cost"] = True
    if isinstance(cost, NetworkCost):
        shown["gas_available"] = True
    return _show(verdict, shown)


def _show(verdict: Verdict, shown: Mapping[str, bool]) -> Verdict:
    """The verdict with what was just seen of its conditions: it outweighs what the records say."""
    if not any(c.code in shown for c in verdict.conditions):
        return verdict
    conditions = tuple(
        dataclasses.replace(c, met=shown.get(c.code, c.met)) for c in verdict.conditions
    )
    return dataclasses.replace(verdict, conditions=conditions)


def nodes_for(nodes: Nodes, found: Found, network: Network) -> Iterator[Node]:
    """The network's nodes of the API that answered, the one that answered first."""
    same = [node for node in nodes.of(network) if node.api == found.raw.api]
    yield from sorted(same, key=lambda node: node.label != found.raw.source)


def transfer_of(evidence: Evidence | None, verdict: Verdict) -> Transfer | None:
    """The verdict's transfer, in the amount that the verdict says arrived."""
    if evidence is None or verdict.transfer is None:
        return None
    transfer = next(t for t in evidence.transfers if t.index == verdict.transfer)
    if verdict.amount is None:
        return transfer
    return dataclasses.replace(transfer, amount=verdict.amount)


def _network_of(subject: Subject) -> NetworkCode:
    """The evidence's network; without evidence nothing is quoted, and any that was asked will do."""
    if subject.evidence is not None:
        return subject.evidence.network
    assert subject.search is not None
    if subject.claim.network is not None:
        return subject.claim.network
    return (*subject.search.absent, *subject.search.not_asked)[0]
