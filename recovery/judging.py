"""From evidence at hand to verdicts and quotes: facts, verdicts, a second opinion, what each may cost.

Knows: the order from evidence on. Must not know: how a hash is searched for (`checker.py`), why a verdict is what it
is, what a fee is made of.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import datetime

from recovery.cases.casebook import load_raw
from recovery.cases.occupancy import CaseOccupancy
from recovery.cases.values import Case
from recovery.chains import load_family
from recovery.chains.family import RawTx
from recovery.checks import Check, Found, Search, UnreachableNetwork
from recovery.classify.decide import Explained, explain, judge
from recovery.classify.facts import Facts, PolicyNumbers
from recovery.classify.gather import Subject, gather_facts
from recovery.classify.lookups import find_claimed_keys
from recovery.classify.verdict import Recoverability, Verdict
from recovery.clock import now
from recovery.config import Config
from recovery.errors import SourceError
from recovery.measuring import fetch_measures, keep_measures, recall_measures
from recovery.model import Claim, NetworkCode
from recovery.networks import Network
from recovery.othernames import name_recipients, recall_names
from recovery.proofs.policy import ProofPolicy
from recovery.quoting import MOVES_VALUE, QuoteBatch, Quoter, nodes_for
from recovery.secondopinion import ask_second
from recovery.store import Store
from recovery.triage import Nodes, decode, verify


class Judge:
    """Judges subjects by the records of one store; it stores nothing."""

    def __init__(
        self, config: Config, store: Store, *, nodes: Nodes, quoter: Quoter, proofs: ProofPolicy
    ) -> None:
        self.config = config
        self.store = store
        self.nodes = nodes
        self.quoter = quoter
        self.proofs = proofs

    def judge(self, subjects: Sequence[Subject], *, at: datetime) -> list[Check]:
        """Verdicts and quotes for subjects whose evidence is at hand, in order.

        Those whose value asks for a second opinion that nobody was asked for yet are judged again
        with it.
        """
        checks = self._judge(subjects, at=at)
        large: dict[NetworkCode, list[int]] = {}
        for place, check in enumerate(checks):
            if self._lacks_opinion(check):
                assert check.found is not None
                large.setdefault(check.found.evidence.network, []).append(place)
        for code, places in large.items():
            network = self.config.network(code)
            asked = [found for place in places if (found := subjects[place].found) is not None]
            founds = ask_second(network, self.nodes.of(network), asked)
            again = [
                dataclasses.replace(
                    subjects[place], found=self.name(network, subjects[place].claim, f)
                )
                for place, f in zip(places, founds, strict=True)
            ]
            for place, check in zip(places, self._judge(again, at=at), strict=True):
                checks[place] = check
        return checks

    def name(self, network: Network, claim: Claim, found: Found) -> Found:
        """Recipients under the names that the records know them by, where the chain has several."""
        if load_family(network.family).fetch_names is None:
            return found
        claimed = find_claimed_keys(network, claim.address) if claim.address else ()
        nodes = nodes_for(self.nodes, found, network)
        return name_recipients(
            found, network=network, nodes=nodes, book=self.quoter.book, claimed=claimed
        )

    def _lacks_opinion(self, check: Check) -> bool:
        """Whether a second endpoint could be asked about a value that needs its agreement."""
        found = check.found
        if found is None or found.second_asked or found.testnet:
            return False
        code = found.evidence.network
        needed = any(self.quoter.needs_opinion(j.verdict, j.value, code) for j in check.judged)
        return needed and len(self.nodes.of(self.config.network(code))) > 1

    def _judge(self, subjects: Sequence[Subject], *, at: datetime) -> list[Check]:
        measured = self._measure(subjects, self._gather(subjects, at))
        decided = [(subject, facts, judge(facts)) for subject, facts in measured]
        batch = self.quoter.open_batch(
            [(subject, verdict) for subject, _, verdicts in decided for verdict in verdicts], at=at
        )
        return [self._quote(batch, *one) for one in decided]

    def _quote(
        self,
        batch: QuoteBatch,
        subject: Subject,
        facts: Sequence[Facts],
        verdicts: Sequence[Verdict],
    ) -> Check:
        broken = self._find_contradiction(subject, verdicts)
        if broken is not None:
            return broken
        by_index = {f.transfer.index: f for f in facts if f.transfer is not None}
        judged = tuple(
            self.quoter.quote(subject, verdict, by_index.get(_index(verdict)), batch)
            for verdict in verdicts
        )
        assert subject.search is not None
        return Check(
            claim=subject.claim,
            at=batch.at,
            search=subject.search,
            found=subject.found,
            judged=judged,
        )

    def explain(self, case: Case) -> tuple[tuple[int | None, tuple[Explained, ...]], ...]:
        """Every rule for a case, from its kept answers and the records of today; asks no node.

        One entry per transfer that was judged, with its index (None: the whole transaction).
        """
        claim = case.claim
        found = None
        if case.network is not None:
            network = self.config.network(case.network)
            raw = load_last_raw(self.store, network, case.tx_hash)
            if raw is not None:
                evidence = decode(load_family(network.family), network, raw)
                found = Found(evidence=recall_names(evidence, raw), raw=raw)
        looked = Search(case.tx_hash, () if found is None else (found,), (), (), ())
        subject = Subject(
            claim=claim,
            search=looked,
            found=found,
            case_id=case.id,
            received=None if found is None else recall_measures(found.raw),
        )
        (facts,) = self._gather([subject], now())
        return tuple(
            (None if f.transfer is None else f.transfer.index, explain(f))
            for f in facts
            if case.transfer is None or f.transfer is None or f.transfer.index == case.transfer
        )

    def _gather(self, subjects: Sequence[Subject], at: datetime) -> list[tuple[Facts, ...]]:
        cases = CaseOccupancy(self.store)
        return gather_facts(
            subjects,
            records=self.quoter.book,
            occupancy=cases,
            small_deposits=cases,
            consents=cases,
            now=at,
            policy=PolicyNumbers(
                dust_value=self.quoter.policy.limits.dust_value,
                currency=self.quoter.policy.currency,
                max_price_age=self.quoter.policy.quote.price_max_age,
                prove_closed="account_closed" in self.proofs.also_asked_for,
            ),
            network_of=self.config.network,
        )

    def _measure(
        self, subjects: Sequence[Subject], gathered: Sequence[tuple[Facts, ...]]
    ) -> list[tuple[Subject, tuple[Facts, ...]]]:
        """Ask by how much balances rose, where a token's own event is no measure."""
        result = list(zip(subjects, gathered, strict=True))
        again: dict[int, Subject] = {}
        for place, (subject, facts) in enumerate(result):
            received = fetch_measures(self.config, self.nodes, subject, facts)
            if received and subject.found is not None:
                found = keep_measures(subject.found, received)
                again[place] = dataclasses.replace(subject, found=found, received=received)
        if again:
            told = self._gather(list(again.values()), gathered[0][0].now)
            for (place, subject), facts in zip(again.items(), told, strict=True):
                result[place] = (subject, facts)
        return result

    def _find_contradiction(self, subject: Subject, verdicts: Sequence[Verdict]) -> Check | None:
        """Before money is spoken of, the hash is recomputed from the raw bytes where it can be.

        An answer that contradicts its own hash is no answer: the network counts as unreachable.
        """
        if subject.found is None or not any(_speaks_of_money(v) for v in verdicts):
            return None
        evidence = subject.found.evidence
        network = self.config.network(evidence.network)
        try:
            verify(load_family(network.family), network, subject.found.raw, evidence)
        except SourceError as garbled:
            assert subject.search is not None
            lied = UnreachableNetwork(network.code, garbled.text)
            looked = dataclasses.replace(
                subject.search, found=(), unreachable=(*subject.search.unreachable, lied)
            )
            return Check(claim=subject.claim, at=now(), search=looked, found=None, judged=())
        return None


def load_last_raw(store: Store, network: Network, tx_hash: str) -> RawTx | None:
    """The kept answers of the latest look at a transaction; None where nobody looked."""
    kept = load_raw(store, network.code, tx_hash)
    if not kept:
        return None
    last = kept[-1]
    return RawTx(network.code, last.tx_hash, last.api, last.source, last.at, last.answers)


def _index(verdict: Verdict) -> int:
    return -1 if verdict.transfer is None else verdict.transfer


def _speaks_of_money(verdict: Verdict) -> bool:
    return verdict.recoverability in (*MOVES_VALUE, Recoverability.CREDIT)
