"""The walk of one claim: search, evidence, facts, verdicts, quotes. Asks, decides nothing itself.

Knows: the order of the rooms and what each hands to the next. Must not know: how a chain is
asked, why a verdict is what it is, what a fee is made of, what becomes of a case.

One claim and ten thousand go the same way: `Checker.check` is `Checker.judge` of one subject, with
the search before it.
"""

from __future__ import annotations

import contextvars
import dataclasses
import gc
import itertools
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from typing import TypeVar

from recovery.cases.values import Case
from recovery.chains import load_family
from recovery.chains.codecs import parse_address, parse_hash
from recovery.chains.family import Absent, Family, RawTx
from recovery.checks import Check, Found, Judged, Search, UnreachableNetwork
from recovery.classify.gather import Subject
from recovery.classify.lookups import find_claimed_keys
from recovery.clock import now
from recovery.config import Config
from recovery.errors import BadInput, SourceError
from recovery.judging import Judge, load_last_raw
from recovery.model import (
    Claim,
    Evidence,
    Note,
    Replacement,
)
from recovery.networks import Network
from recovery.pacing import find_pace
from recovery.proofs.policy import load_policy
from recovery.quoting import Quoter
from recovery.secondopinion import ask_second
from recovery.store import Store, open_store
from recovery.triage import (
    Answer,
    Nodes,
    ask_network,
    decode,
    readable,
    search,
)

BATCH = 100
"""Claims asked, judged and stored together: what one JSON-RPC batch and one transaction hold."""


class Checker:
    """Checks claims against the chain and the records of one store; it stores nothing."""

    def __init__(self, config: Config, store: Store) -> None:
        self.config = config
        self.store = store
        self.nodes = Nodes(config, pace=find_pace(store))
        self.quoter = Quoter(config, store, self.nodes)
        self.proofs = load_policy(config.proof_policy)
        self.judging = Judge(
            config, store, nodes=self.nodes, quoter=self.quoter, proofs=self.proofs
        )

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
        found = self._follow(network, claim, looked.found[0])
        if not found.testnet:
            (found,) = ask_second(network, self.nodes.of(network), [found])
            found = self.judging.name(network, claim, found)
        subject = Subject(
            claim=claim,
            search=looked,
            found=found,
            case_id=case_id,
            return_to=None if case is None else _return_to(case, network),
            confirmed=_confirmed(case),
        )
        (check,) = self.judging.judge([subject], at=at)
        return check

    def check_batch(self, network: Network, claims: Iterable[Claim]) -> Iterator[Check]:
        """Many claims on one named network, in order: the next ones are asked for while these
        are judged.

        What is not found there is not looked for elsewhere, and one endpoint's word is taken up to
        the policy's limit in value: a single `check` does both for all, and so does every signature.
        """
        return self._check_all(network, ((claim, None) for claim in claims))

    def recheck_batch(self, network: Network, cases: Iterable[Case]) -> Iterator[Check]:
        """Many cases of one network looked at again, in order, as `check_batch` does.

        A case whose transaction this network does not have now is then searched for everywhere, alone.
        """
        known: deque[Case] = deque()

        def ask() -> Iterator[tuple[Claim, Case]]:
            for case in cases:
                known.append(case)
                yield dataclasses.replace(case.claim, network=network.code), case

        for check in self._check_all(network, ask()):
            case = known.popleft()
            is_missing = check.found is None and not check.search.unreachable
            yield self.recheck(case) if is_missing else check

    def _check_all(
        self, network: Network, asked: Iterable[tuple[Claim, Case | None]]
    ) -> Iterator[Check]:
        with (
            _loaded_code_frozen(),
            ThreadPoolExecutor(max_workers=1, thread_name_prefix="ask-ahead") as ahead,
        ):
            waiting: deque[Future[list[Subject]]] = deque()
            for part in _parts(asked, BATCH):
                here = contextvars.copy_context()  # what is asked ahead is counted where it is for
                waiting.append(ahead.submit(here.run, self._ask_part, network, part))
                if len(waiting) > 1:
                    yield from self._judge_part(waiting.popleft())
            while waiting:
                yield from self._judge_part(waiting.popleft())

    def _ask_part(
        self, network: Network, asked: Sequence[tuple[Claim, Case | None]]
    ) -> list[Subject]:
        hashes = [
            parse_hash(network, claim.tx_hash if case is None else case.tx_hash)
            for claim, case in asked
        ]
        answers = ask_network(network, self.nodes.of(network), hashes)
        return [
            self._subject(network, claim, case, tx_hash, answer)
            for (claim, case), tx_hash, answer in zip(asked, hashes, answers, strict=True)
        ]

    def _subject(
        self, network: Network, claim: Claim, case: Case | None, tx_hash: str, answer: Answer
    ) -> Subject:
        if isinstance(answer, Found):
            answer = self.judging.name(network, claim, self._follow(network, claim, answer))
        return Subject(
            claim=claim,
            search=_search_of(network, tx_hash, answer),
            found=_found(answer),
            case_id=None if case is None else case.id,
            return_to=None if case is None else _return_to(case, network),
            confirmed=_confirmed(case),
        )

    def _follow(self, network: Network, claim: Claim, found: Found) -> Found:
        """The transaction in which we were paid, where the one asked for only points to it.

        Of one TON trace only the records can tell which payment is meant. Where several reached us, the
        first is judged and a note names the others.
        """
        evidence = found.evidence
        if found.testnet or all(t.tx_hash is None for t in evidence.transfers):
            return found
        keys = {t.recipient.key for t in evidence.transfers if t.recipient.key is not None}
        ours = self.quoter.book.find_addresses(keys)
        wanted = {key for key, rows in ours.items() if rows}
        if not wanted and claim.address:
            wanted = set(find_claimed_keys(network, claim.address))
        meant = [t for t in evidence.transfers if t.recipient.key in wanted]
        places = tuple(dict.fromkeys(t.tx_hash for t in meant))
        if not places:
            return found
        chosen = found
        if places[0] is not None:
            (answer,) = ask_network(network, self.nodes.of(network), [places[0]])
            if not isinstance(answer, Found):
                return found
            chosen = answer
        rest = [place for place in places[1:] if place not in (None, chosen.evidence.tx_hash)]
        if not rest:
            return chosen
        text = f"the same trace paid more to addresses of ours: {', '.join(map(str, rest))}"
        notes = (*chosen.evidence.notes, Note("further_payments", text))
        return dataclasses.replace(
            chosen, evidence=dataclasses.replace(chosen.evidence, notes=notes)
        )

    def _judge_part(self, asked: Future[list[Subject]]) -> Iterator[Check]:
        at = now()
        subjects = asked.result()
        judged = iter(self.judging.judge([s for s in subjects if _is_answered(s)], at=at))
        for subject in subjects:
            if _is_answered(subject):
                yield next(judged)
            else:
                assert subject.search is not None
                yield Check(
                    claim=subject.claim, at=at, search=subject.search, found=None, judged=()
                )

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
        (check,) = self.judging.judge([subject], at=at)
        return check

    def _find_seen(self, looked: Search) -> tuple[Evidence, Replacement | None] | None:
        """Evidence of an earlier look at a now unknown transaction, and what replaced it."""
        for code in looked.absent:
            network = self.config.network(code)
            raw = load_last_raw(self.store, network, looked.tx_hash)
            if raw is None:
                continue
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
                with readable(node):
                    return family.fetch_replacement(network, node, seen)
            except SourceError:
                continue
        return None

    def needs_wallet(self, _check: Check, judged: Judged) -> bool:
        """Whether a credit is above the policy's limit, so that the wallet team signs it too."""
        return self.quoter.policy.limits.needs_wallet(judged.value)


@contextmanager
def open_checker(config: Config) -> Iterator[Checker]:
    """A checker over the configured database; nodes and database are closed at the end."""
    with open_store(config.database_url) as store:
        checker = Checker(config, store)
        try:
            yield checker
        finally:
            checker.nodes.close()


@contextmanager
def _loaded_code_frozen() -> Iterator[None]:
    """Full garbage collections leave out what was there before: modules alone take 60 ms to walk,
    and a batch that keeps its cases makes such a collection every thousand claims."""
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


_Item = TypeVar("_Item")


def _parts(items: Iterable[_Item], size: int) -> Iterator[list[_Item]]:
    walk = iter(items)
    while part := list(itertools.islice(walk, size)):
        yield part


def _found(answer: Answer) -> Found | None:
    return answer if isinstance(answer, Found) else None


def _search_of(network: Network, tx_hash: str, answer: Answer) -> Search:
    """One network's answer in the form of a search."""
    code = network.code
    if isinstance(answer, Found):
        return Search(tx_hash, (answer,), (), (), ())
    if isinstance(answer, Absent):
        return Search(tx_hash, (), (code,), (), ())
    return Search(tx_hash, (), (), (UnreachableNetwork(code, answer.text),), ())


def _is_answered(subject: Subject) -> bool:
    return subject.search is not None and not subject.search.unreachable


def _return_to(case: Case, network: Network) -> str | None:
    """Where the case sends the value; None where that is unsaid or no address of the network."""
    settled = None if case.destination is None else case.destination.address
    wish = case.return_to if settled is None else settled
    try:
        return None if wish is None else parse_address(network, wish).text
    except BadInput:
        return None


def _confirmed(case: Case | None) -> frozenset[str]:
    """Conditions of the case that a reviewer has confirmed."""
    return frozenset() if case is None else frozenset(c.condition for c in case.confirmations)
