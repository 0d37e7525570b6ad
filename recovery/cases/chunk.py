"""Some checks on their way into the store: which claim is the same again, which cases are new, which go on.

Knows: which claim is the same claim again, who has a transfer already, whether a person must look first
(`recovery.abuse`). Must not know: nodes, rules, fees, transactions: the caller has one open.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlmodel import Session

from recovery.abuse.counting import count_facts
from recovery.abuse.policy import AbusePolicy
from recovery.abuse.score import Band, score
from recovery.cases import casebook, rows, table
from recovery.cases.digest import print_document
from recovery.cases.life import advance
from recovery.cases.occupancy import Known, TransferKey, find_about, find_occupying
from recovery.cases.plan import (
    NeedsWallet,
    Opening,
    claim_again,
    find_concerned,
    judge,
    miss_transfer,
    plan_case,
)
from recovery.cases.seals import seal_raw
from recovery.cases.severalnetworks import ask_for_network
from recovery.cases.signing import find_judged
from recovery.cases.table import Event, State
from recovery.cases.values import Case, OccupyingCase
from recovery.checks import Check
from recovery.documents import print_claim
from recovery.errors import Unreachable
from recovery.model import NetworkCode

TRIES = 8
"""How often a lost race is run again; every loser saw another make progress."""

_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"  # 32 letters, none of them alike in print

_LOOKED_AT_AGAIN = frozenset(
    {State.RECEIVED, State.CHECKING, State.NEEDS_INPUT, State.NEEDS_REVIEW, State.WAITING}
)


def new_id() -> str:
    """100 random bits: a case can't be guessed, and never begins like an option."""
    return "".join(_ALPHABET[byte % 32] for byte in secrets.token_bytes(20))


class LostRace(Exception):
    """The case was changed since it was read; the transaction is rolled back and run again."""


def too_busy() -> Unreachable:
    return Unreachable(
        "database-busy", "others keep changing the same case", hint="try again in a moment"
    )


@dataclass
class Chunk:
    """Some checks on their way into the store, with what is known about their transactions."""

    session: Session
    checks: Sequence[Check]
    opening: Opening
    needs_wallet: NeedsWallet
    policy: AbusePolicy
    known: dict[str, list[Known]] = field(default_factory=dict)
    taken: dict[TransferKey, OccupyingCase] = field(default_factory=dict)
    new: list[Case] = field(default_factory=list)
    raws: dict[int, rows.Row] = field(default_factory=dict)
    named: set[int] = field(default_factory=set)

    def seal(self, check: Check) -> str | None:
        """The seal of the check's answers. Those that a written trail names are kept (``named``)."""
        if check.found is None:
            return None
        row = self.raws.get(id(check))
        if row is None:
            row = self.raws[id(check)] = rows.write_raw(check.found.raw)
        return seal_raw(row)

    def write(self) -> list[tuple[Case, ...]]:
        """Open every check's cases."""
        self.look_around()
        stored = [self._open(check) for check in self.checks]
        self.insert()
        return stored

    def write_to(self, case: Case) -> tuple[Case, ...]:
        """Bring one case up to date with the one check, and open what else it shows."""
        (check,) = self.checks
        table.allow(case.state, Event.CHECKED)
        if case.state is State.CHECKING:
            check = ask_for_network(check)
            self.checks = (check,)
        if not check.judged:
            return (case,)
        self.look_around()
        index = find_meant(case, check)
        after = self.plan(case, check, index, raw=self.seal(check))
        if not casebook.replace_case(self.session, case, after):
            raise LostRace
        self.named.add(id(check))
        self.remember(after)
        others = self.open_others(case, check, index)
        self.insert()
        return (after, *others)

    def plan(self, case: Case, check: Check, index: int | None, *, raw: str | None) -> Case:
        """The case after one of the check's verdicts; None: its transfer is not there any more."""
        if index is None:
            return miss_transfer(case, check, self.opening, raw=raw)
        return judge(
            case,
            check,
            index,
            opening=self.opening,
            needs_wallet=self.needs_wallet,
            find_occupying=self.find_holder,
            needs_look=self.needs_look,
            raw=raw,
        )

    def open_others(self, case: Case, check: Check, index: int | None) -> tuple[Case, ...]:
        """The cases of transfers that came to light with this one, its claimant's as it is."""
        if case.position is not None:
            return ()
        own, self.opening = self.opening, self.opening.as_of(case)
        try:
            return tuple(
                self.find_own(check, other, {case.id}) or self.add(check, other)
                for other in find_concerned(check, of_claimant=case.of_claimant)
                if other != index
            )
        finally:
            self.opening = own

    def look_around(self) -> None:
        # In this order: who is seen to hold a transfer is then surely among the known cases.
        self.taken = find_occupying(self.session, _transfers(self.checks))
        hashes = {tx_hash for check in self.checks for tx_hash in _hashes(check)}
        for known in find_about(self.session, hashes):
            self.known.setdefault(known.tx_hash, []).append(known)

    def insert(self) -> None:
        casebook.insert_cases(self.session, self.new)
        kept = [row for number, row in self.raws.items() if number in self.named]
        casebook.insert_raw(self.session, kept)

    def _open(self, check: Check) -> tuple[Case, ...]:
        indexes: Sequence[int | None] = (None,)
        if check.judged:
            indexes = find_concerned(check, of_claimant=self.opening.of_claimant)
        used: set[str] = set()
        cases = []
        for index in indexes:
            case = self.find_own(check, index, used) or self.add(check, index)
            used.add(case.id)
            cases.append(case)
        return tuple(cases)

    def add(self, check: Check, index: int | None) -> Case:
        case = plan_case(
            check,
            index,
            self.opening,
            case_id=new_id(),
            needs_wallet=self.needs_wallet,
            find_occupying=self.find_holder,
            needs_look=self.needs_look,
            raw=self.seal(check),
        )
        self.new.append(case)
        self.named.add(id(check))
        self.remember(case)
        return case

    def remember(self, case: Case) -> None:
        known = Known(
            id=case.id,
            state=case.state,
            user=case.user,
            opener=case.opener,
            network=case.network,
            tx_hash=case.tx_hash,
            position=case.position,
        )
        self.known.setdefault(case.tx_hash, []).insert(0, known)
        if case.state in table.OCCUPYING and case.network and case.position:
            key = (case.network, case.tx_hash, case.position)
            self.taken[key] = OccupyingCase(id=case.id, user=case.user, state=case.state)

    def find_holder(
        self, network: NetworkCode, tx_hash: str, position: str
    ) -> OccupyingCase | None:
        return self.taken.get((network, tx_hash, position))

    def needs_look(self, case: Case) -> bool:
        """Whether a person looks first. What is booked to whom the records name goes to nobody else."""
        if case.destination is not None and case.destination.kind == "credit":
            return False
        found = score(count_facts(self.session, case, self.policy), self.policy)
        return found.band is Band.SENIOR_LOOK

    def find_own(self, check: Check, index: int | None, used: set[str]) -> Case | None:
        """The claimant's own case about the same thing, brought up to date; None: there is none."""
        for known in self._candidates(check, index):
            if known.id in used:
                continue
            case = next((c for c in self.new if c.id == known.id), None)
            if case is not None:  # claimed twice in this chunk
                return case
            case = casebook.read_case(self.session, known.id, lock=True)
            if case.state in _LOOKED_AT_AGAIN:
                return self._look_again(case, check, index)
            if case.state not in table.FINISHED or case.state is State.SETTLED:
                return case
            if case.state is State.REFUSED and _refused_for_good(case, check, index):
                return case
        return None

    def _candidates(self, check: Check, index: int | None) -> list[Known]:
        about = [known for tx_hash in _hashes(check) for known in self.known.get(tx_hash, ())]
        if not about:
            return []
        user = check.claim.user
        if user is None and index is not None:
            user = check.judged[index].verdict.user
        network, position = _place(check, index)
        alike = [
            known
            for known in about
            if known.is_claimed_by(user, self.opening.actor)
            and (known.network is None or network is None or known.network == network)
        ]
        exact = [known for known in alike if known.position == position]
        if position is None:
            return exact + [known for known in alike if known.position is not None]
        # one opened before its transaction was seen: this is what it was waiting for
        return exact + [
            known for known in alike if known.position is None and known.state in _LOOKED_AT_AGAIN
        ]

    def _look_again(self, case: Case, check: Check, index: int | None) -> Case:
        claimed = claim_again(case, check, self.opening)
        if index is None:
            return self._keep_claim(case, claimed)
        after = self.plan(claimed, check, index, raw=self.seal(check))
        if _same_answer(case, after):
            return case
        if not casebook.replace_case(self.session, case, after):
            raise LostRace
        self.named.add(id(check))
        self.remember(after)
        return after

    def _keep_claim(self, case: Case, claimed: Case) -> Case:
        """What the claimant added is kept where nobody can be asked: the next look weighs it."""
        if _same_claim(case, claimed):
            return case
        after = advance(
            claimed,
            Event.UNANSWERED,
            to=State.CHECKING,
            actor=self.opening.actor,
            role=self.opening.role,
            at=self.opening.at,
            detail={"claim": print_claim(claimed.claim)},
        )
        if not casebook.replace_case(self.session, case, after):
            raise LostRace
        return after


def find_meant(case: Case, check: Check) -> int | None:
    """The verdict on the case's transfer; until somebody has seen the transaction, the first it is about."""
    index = find_judged(case, check)
    if index is None and case.position is None:
        return find_concerned(check, of_claimant=case.of_claimant)[0]
    return index


def _same_claim(before: Case, after: Case) -> bool:
    return (before.claim, before.return_to, before.return_memo) == (
        after.claim,
        after.return_to,
        after.return_memo,
    )


def _same_answer(before: Case, after: Case) -> bool:
    return (
        before.state is after.state
        and _same_claim(before, after)
        and print_document(before.check) == print_document(after.check)
    )


def _refused_for_good(case: Case, check: Check, index: int | None) -> bool:
    """A person's no stands until it is reopened; the rules' no stands while they say the same."""
    last = next(entry for entry in reversed(case.trail) if entry.event != Event.DENIED)
    if last.event in (Event.REFUSED, Event.CONSENT_REFUSED, Event.CONSENT_LAPSED):
        return True
    return index is not None and check.judged[index].verdict.cause is case.cause


def _hashes(check: Check) -> tuple[str, ...]:
    """The transaction as found, as looked for, and as typed."""
    found = () if check.found is None else (check.found.evidence.tx_hash,)
    return tuple(dict.fromkeys((*found, check.search.tx_hash, check.claim.tx_hash)))


def _place(check: Check, index: int | None) -> tuple[NetworkCode | None, str | None]:
    if check.found is None:
        return check.claim.network, None
    evidence = check.found.evidence
    wanted = None if index is None else check.judged[index].verdict.transfer
    position = next((t.position for t in evidence.transfers if t.index == wanted), None)
    return evidence.network, position


def _transfers(checks: Sequence[Check]) -> set[TransferKey]:
    keys = set()
    for check in checks:
        for index in range(len(check.judged)):
            network, position = _place(check, index)
            if check.found is not None and network is not None and position is not None:
                keys.add((network, check.found.evidence.tx_hash, position))
    return keys
