"""Findings become cases, or are counted: by the same check that a customer's claim gets.

Knows: which findings are looked at, and what their verdicts mean for them. Must not know: chains, rules.

A finding waits until the credit ledger is complete up to its block: before that nobody knows whether it was
booked. The check is the desk's own, without a claimant: the recorded owner is. What the rules call spam,
dust or our own movement is counted by its cause; everything else becomes a case, or is the case that is
there. Each step can be run again: the case is found by its transfer, the finding says what became of it.
"""

from __future__ import annotations

import dataclasses
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Protocol

from recovery.cases.occupancy import find_occupying
from recovery.cases.opening import store_checks
from recovery.checker import Checker
from recovery.checks import Check, Found, Judged
from recovery.classify.verdict import Cause
from recovery.clock import now
from recovery.errors import SourceError
from recovery.model import AssetId, Claim, NetworkCode, TransferKind, TxStatus
from recovery.networks import Network
from recovery.records.book import Book
from recovery.scan.engine import find_uncredited
from recovery.scan.findings import FindingKey, load_findings, reconsider, settle_findings
from recovery.scan.values import Finding, FindingState, Opened, Seen
from recovery.store import Store

UNKNOWN_TOKEN = "unknown_token"
ZERO_AMOUNT = "zero_amount"
VERIFICATION = "verification_deposit"

AT_ONCE = 1_000
"""Findings taken through all steps together: memory stays small, whatever a night brought."""

_TOKENS = frozenset({TransferKind.TOKEN, TransferKind.NFT})

_COUNTED = frozenset(
    {
        Cause.DUST_OR_POISONING,
        Cause.COUNTERFEIT_TOKEN,
        Cause.OWN_MOVEMENT,
        Cause.WITHDRAWAL_NOT_DEPOSIT,
        Cause.ADDRESS_NOT_OURS,
        Cause.TRANSACTION_FAILED,
    }
)
"""Nobody is told of these, and nobody has to decide."""

_STILL_MOVING = frozenset({Cause.AWAITING_CONFIRMATIONS, Cause.PENDING_IN_MEMPOOL})


class Deposits(Protocol):
    """Open requests for a verification deposit: `recovery.scan.verification`."""

    def find_candidates(self, network: Network, findings: Iterable[Finding]) -> set[Finding]:
        """Findings that may be one: looked at at once, whatever the ledger knows."""
        ...

    def take(self, network: Network, found: Found) -> Collection[str]:
        """Hand the transaction in where it was asked for; the positions that are no deposits then."""
        ...


def open_findings(
    checker: Checker,
    network: Network,
    *,
    deposits: Deposits | None = None,
) -> Opened:
    """Look at every finding of a network that is due; returns what became of them.

    Without ``deposits`` no verification deposit is looked for.

    Raises nothing where a node can't be asked: those findings stay, counted as waiting.
    """
    store, book = checker.store, Book(checker.store)
    opened = Opened()
    listed = _listed_assets(book, network)
    reconsider(store, network.code, listed, reason=UNKNOWN_TOKEN)
    complete = book.load_ledger_complete_through()
    waiting: Counter[str] = Counter()
    found = load_findings(store, network.code, states=(FindingState.FOUND,))
    for part in _parts(found):
        _Work(checker, network, opened, waiting, complete, listed, deposits).take(part)
    opened.waiting = dict(waiting)
    return opened


def _parts(findings: Sequence[Finding]) -> Iterator[Sequence[Finding]]:
    """Some at a time, never a transaction in two."""
    start = 0
    while start < len(findings):
        end = min(start + AT_ONCE, len(findings))
        while end < len(findings) and findings[end].tx_hash == findings[end - 1].tx_hash:
            end += 1
        yield findings[start:end]
        start = end


def _listed_assets(book: Book, network: Network) -> set[AssetId]:
    """Assets that the exchange has ever said anything about, on this network."""
    return {row.asset for row in book.load_listings() if row.network == network.code}


_Outcome = tuple[FindingState, str | None, str | None]
"""State, reason, case."""

_Opening = tuple[Check, list[tuple[Judged, list[Finding]]]]
"""A check, and for each of its verdicts the findings that it is about."""


@dataclasses.dataclass(slots=True)
class _Work:
    """Some findings on their way; ``outcomes`` are kept at the end, in one transaction."""

    checker: Checker
    network: Network
    opened: Opened
    waiting: Counter[str]
    complete: datetime | None
    listed: set[AssetId]
    deposits: Deposits | None
    outcomes: dict[FindingKey, _Outcome] = dataclasses.field(default_factory=dict)
    times: dict[FindingKey, datetime] = dataclasses.field(default_factory=dict)

    @property
    def store(self) -> Store:
        return self.checker.store

    def take(self, findings: Sequence[Finding]) -> None:
        left = self._drop_spam(self._drop_credited(findings))
        asked: set[Finding] = set()
        if self.deposits is not None:
            asked = self.deposits.find_candidates(self.network, left)
        by_hash: dict[str, list[Finding]] = defaultdict(list)
        for finding in left:
            if finding in asked or self._is_due(finding):
                by_hash[finding.tx_hash].append(finding)
        claims = [Claim(tx_hash=tx_hash, network=self.network.code) for tx_hash in by_hash]
        openings: list[_Opening] = []
        for claim, check in zip(
            claims, self.checker.check_batch(self.network, claims), strict=True
        ):
            some = by_hash[claim.tx_hash]
            openings += self._read_check(some, check, is_asked=not asked.isdisjoint(some))
        self._open(openings)
        settle_findings(self.store, self.outcomes, times=self.times)

    def _drop_credited(self, findings: Sequence[Finding]) -> list[Finding]:
        """What the ledger booked since it was found."""
        code = self.network.code
        credits = Book(self.store).find_credits({(code, f.tx_hash) for f in findings})
        open_ones = set(find_uncredited([Seen(f) for f in findings], credits, by_content=False))
        for finding in findings:
            if finding not in open_ones:
                self._book(finding)
        return [f for f in findings if f in open_ones]

    def _drop_spam(self, findings: Sequence[Finding]) -> list[Finding]:
        """What no rule need look at: nothing at all, or of a token that nobody here ever heard of."""
        tokens = {f.asset for f in findings if f.kind in _TOKENS and f.asset not in self.listed}
        policy = self.checker.quoter.policy
        priced = Book(self.store).find_prices(tokens, policy.currency) if tokens else {}
        left = []
        for finding in findings:
            if not finding.amount:
                self._count(finding, ZERO_AMOUNT)
            elif finding.asset in tokens and finding.asset not in priced:
                self._count(finding, UNKNOWN_TOKEN)
            else:
                left.append(finding)
        return left

    def _is_due(self, finding: Finding) -> bool:
        if self.complete is None:
            self.waiting["ledger_never_declared_complete"] += 1
            return False
        if finding.block_time is not None and finding.block_time > self.complete:
            self.waiting["ledger_not_complete_so_far"] += 1
            return False
        return True

    def _read_check(
        self, findings: Sequence[Finding], check: Check, *, is_asked: bool
    ) -> list[_Opening]:
        """The check with the verdicts that become cases, if any do."""
        found = check.found
        if found is None and check.search.unreachable:
            self.waiting["source_unreachable"] += len(findings)
            return []
        if found is None or found.evidence.status is TxStatus.ORPHANED:
            for finding in findings:
                self._lose(finding)
            return []
        if is_asked:
            left = self._take_deposits(findings, found)
            findings = [f for f in left if self._is_due(f)]
        if self._is_early(findings, found):
            return []
        whole, by_position = _place(check, found)
        kept: list[tuple[Judged, list[Finding]]] = []
        for finding in findings:
            judged = by_position.get(finding.position, whole)
            if judged is None:
                self._lose(finding)
            elif self._is_to_open(finding, judged):
                same = next((some for known, some in kept if known is judged), None)
                if same is None:
                    kept.append((judged, [finding]))
                else:
                    same.append(finding)
        if not kept:
            return []
        return [(dataclasses.replace(check, judged=tuple(j for j, _ in kept)), kept)]

    def _take_deposits(self, findings: Sequence[Finding], found: Found) -> list[Finding]:
        """The findings that are no verification deposit, or none if nobody could say."""
        assert self.deposits is not None
        try:
            taken = set(self.deposits.take(self.network, found))
        except SourceError:
            self.waiting["source_unreachable"] += len(findings)
            return []
        for finding in findings:
            if finding.position in taken:
                self._count(finding, VERIFICATION)
        return [f for f in findings if f.position not in taken]

    def _is_early(self, findings: Sequence[Finding], found: Found) -> bool:
        """Whether the block's time, told only now, says that the ledger does not reach so far."""
        block = found.evidence.block
        if block is None or block.time is None or self.complete is None:
            return False
        self.times |= {_key(f): block.time for f in findings if f.block_time is None}
        if block.time <= self.complete:
            return False
        self.waiting["ledger_not_complete_so_far"] += len(findings)
        return True

    def _is_to_open(self, finding: Finding, judged: Judged) -> bool:
        cause = judged.verdict.cause
        if cause in _COUNTED:
            self._count(finding, cause.value)
        elif cause is Cause.ALREADY_CREDITED:
            self._book(finding)
        elif cause in _STILL_MOVING:
            self.waiting[cause.value] += 1
        elif cause is Cause.DUPLICATE_CLAIM:
            self._name_case(finding)
        else:
            return True
        return False

    def _name_case(self, finding: Finding) -> None:
        """The case that has the transfer already, its claimant's or our own of a run that was killed."""
        with self.store.read() as session:
            holder = find_occupying(session, [_key(finding)]).get(_key(finding))
        if holder is None:
            self.waiting["case_moving"] += 1
        else:
            self.outcomes[_key(finding)] = FindingState.OPENED, None, holder.id

    def _open(self, openings: Sequence[_Opening]) -> None:
        stored = store_checks(
            self.store,
            [check for check, _ in openings],
            needs_wallet=self.checker.needs_wallet,
            at=now(),
        )
        for (_, kept), cases in zip(openings, stored, strict=True):
            for (judged, findings), case in zip(kept, cases, strict=True):
                cause = judged.verdict.cause.value
                self.opened.cases[cause] = self.opened.cases.get(cause, 0) + 1
                self.opened.case_ids = (*self.opened.case_ids, case.id)
                for finding in findings:
                    self.outcomes[_key(finding)] = FindingState.OPENED, None, case.id

    def _count(self, finding: Finding, reason: str) -> None:
        self.outcomes[_key(finding)] = FindingState.COUNTED, reason, None
        self.opened.counted[reason] = self.opened.counted.get(reason, 0) + 1

    def _book(self, finding: Finding) -> None:
        self.outcomes[_key(finding)] = FindingState.CREDITED, None, None
        self.opened.credited += 1

    def _lose(self, finding: Finding) -> None:
        self.outcomes[_key(finding)] = FindingState.GONE, None, None
        self.opened.gone += 1


def _place(check: Check, found: Found) -> tuple[Judged | None, dict[str, Judged]]:
    """The verdict on the whole transaction, if that is what there is, and those by position."""
    position_of = {t.index: t.position for t in found.evidence.transfers}
    whole = next((j for j in check.judged if j.verdict.transfer is None), None)
    return whole, {
        position_of[j.verdict.transfer]: j for j in check.judged if j.verdict.transfer is not None
    }


def _key(finding: Finding) -> FindingKey:
    return NetworkCode(finding.network), finding.tx_hash, finding.position
