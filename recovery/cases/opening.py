"""Opening cases from checks: one at a time or thousands, the same way.

Knows: which claim is the same claim again, who has a transfer already, whether the claimant's limit
is reached and a person must look first (`recovery.abuse`). Must not know: nodes, rules, fees. Each chunk is one transaction: a killed process has stored it whole or not at all, and
opening the same claim again shows the case that is there.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from recovery.abuse.attempts import Attempt, admit
from recovery.abuse.counting import count_facts
from recovery.abuse.owning import is_owner_claim
from recovery.abuse.policy import AbusePolicy, Channel, load_abuse_policy
from recovery.abuse.score import Band, score
from recovery.cases import casebook, rows, table
from recovery.cases.authority import allow_opener
from recovery.cases.destinations import RowOf, parse_wish, registry_row
from recovery.cases.digest import print_document
from recovery.cases.life import advance
from recovery.cases.occupancy import Known, TransferKey, find_about, find_occupying
from recovery.cases.people import DESK, parse_actor
from recovery.cases.plan import (
    NeedsWallet,
    Opening,
    claim_again,
    find_concerned,
    judge,
    miss_transfer,
    plan_case,
    wallet_always,
)
from recovery.cases.seals import seal_raw
from recovery.cases.severalnetworks import ask_for_network
from recovery.cases.signing import find_judged
from recovery.cases.table import Event, Role, State
from recovery.cases.values import Case, OccupyingCase
from recovery.checks import Check
from recovery.clock import now
from recovery.documents import print_claim
from recovery.errors import Unreachable
from recovery.model import NetworkCode
from recovery.records.staff import read_staff
from recovery.store import Store

CHUNK = 100
"""Checks in one transaction: its one sync to disk is shared by so many, and no writer waits long."""

TRIES = 8
"""How often a lost race is run again; every loser saw another make progress."""

Also = Callable[[Session, tuple[Case, ...]], None]
"""Writes what belongs to new cases, in their transaction."""

_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"  # 32 letters, none of them alike in print

_LOOKED_AT_AGAIN = frozenset(
    {State.RECEIVED, State.CHECKING, State.NEEDS_INPUT, State.NEEDS_REVIEW, State.WAITING}
)


def new_id() -> str:
    """100 random bits: a case can't be guessed, and never begins like an option."""
    return "".join(_ALPHABET[byte % 32] for byte in secrets.token_bytes(20))


def open_claim(
    store: Store,
    check: Check,
    *,
    actor: str,
    return_to: str | None = None,
    return_memo: str | None = None,
    needs_wallet: NeedsWallet = wallet_always,
    row_of: RowOf = registry_row,
    channel: Channel = Channel.STAFF,
    policy: AbusePolicy | None = None,
    at: datetime | None = None,
    also: Also | None = None,
) -> tuple[Case, ...]:
    """The cases of one checked claim, one for each verdict; a case that is there already is shown.

    On the customers' ``channel`` there is none for other customers' transfers (`find_concerned`).

    A claim that nobody could answer is stored in ``checking``. ``also`` writes what belongs to the cases in the
    same transaction; what it raises undoes all of it. Raises `BadInput` for a return
    address that the network does not have; then nothing is stored. Raises `TooManyClaims` where the
    claimant or the customers' ``channel`` has made too many; then only that is counted. Raises
    `NotAllowed` where a staff is listed, and whoever opens for another is no opener.
    """
    address, memo = parse_wish(check, return_to, return_memo, row_of=row_of)
    opening = Opening(
        actor=parse_actor(actor),
        at=at or now(),
        return_to=address,
        return_memo=memo,
        of_claimant=channel is Channel.CUSTOMER,
    )
    if channel is Channel.STAFF:
        with store.read() as session:
            staff = read_staff(session)
        allow_opener(staff, actor=opening.actor, user=check.claim.user, at=opening.at)
    rules = policy or load_abuse_policy()
    attempt = _attempt(check, opening, channel)
    cases: tuple[Case, ...] = ()

    def write(session: Session) -> None:
        nonlocal cases
        (cases,) = Chunk(session, [check], opening, needs_wallet, rules).write()
        if also is not None:
            also(session, cases)

    for _ in range(TRIES):
        try:
            admit(store, attempt, rules, write)
            return cases
        except (IntegrityError, LostRace):
            continue  # somebody opened or took one of them this moment: look again
    raise too_busy()


def _attempt(check: Check, opening: Opening, channel: Channel) -> Attempt:
    tx_hash = check.search.tx_hash if check.found is None else check.found.evidence.tx_hash
    return Attempt(
        user=check.claim.user,
        opener=opening.actor,
        channel=channel,
        tx_hash=tx_hash,
        at=opening.at,
        is_owner=is_owner_claim(check),
    )


def store_checks(
    store: Store,
    checks: Iterable[Check],
    *,
    actor: str = DESK,
    needs_wallet: NeedsWallet = wallet_always,
    policy: AbusePolicy | None = None,
    at: datetime | None = None,
) -> list[tuple[Case, ...]]:
    """`open_claim` for many checks, a hundred in a transaction; the cases of each, in order.

    The desk's own work: no limit of claims is asked. Without an actor nobody claims: the desk opens
    what it found by itself.
    """
    if actor == DESK:
        opening = Opening(actor=DESK, role=Role.DESK, at=at or now())
    else:
        opening = Opening(actor=parse_actor(actor), at=at or now())
    rules = policy or load_abuse_policy()
    stored: list[tuple[Case, ...]] = []
    chunk: list[Check] = []
    for check in checks:
        chunk.append(check)
        if len(chunk) == CHUNK:
            stored += _store_chunk(store, chunk, opening, needs_wallet, rules)
            chunk = []
    if chunk:
        stored += _store_chunk(store, chunk, opening, needs_wallet, rules)
    return stored


def apply_check(
    store: Store,
    case_id: str,
    check: Check,
    *,
    actor: str = DESK,
    role: Role = Role.DESK,
    needs_wallet: NeedsWallet = wallet_always,
    policy: AbusePolicy | None = None,
    at: datetime | None = None,
) -> tuple[Case, ...]:
    """The case after a new check, first; behind it the cases of transfers that it brought to light.

    Where nobody could be asked nothing changes. Raises `NotAllowed` in a state that no check
    moves. A claim that was opened before its transaction was seen may turn out to be several.
    """
    opening = Opening(actor=actor, role=role, at=at or now())
    rules = policy or load_abuse_policy()
    for _ in range(TRIES):
        try:
            with store.begin() as session:
                case = casebook.read_case(session, case_id, lock=True)
                return Chunk(session, [check], opening, needs_wallet, rules).write_to(case)
        except (IntegrityError, LostRace):
            continue
    raise too_busy()


def _store_chunk(
    store: Store,
    checks: Sequence[Check],
    opening: Opening,
    needs_wallet: NeedsWallet,
    policy: AbusePolicy,
) -> list[tuple[Case, ...]]:
    for _ in range(TRIES):
        try:
            with store.begin() as session:
                return Chunk(session, checks, opening, needs_wallet, policy).write()
        except (IntegrityError, LostRace):
            continue  # somebody opened or took one of them this moment: look again
    raise too_busy()


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
        index = find_judged(case, check)
        if index is None and case.position is None:
            index = find_concerned(check)[0]  # until now nobody had seen the transaction
        if index is None:
            after = miss_transfer(case, check, self.opening, raw=self.seal(check))
        else:
            after = judge(
                case,
                check,
                index,
                opening=self.opening,
                needs_wallet=self.needs_wallet,
                find_occupying=self.find_holder,
                needs_look=self.needs_look,
                raw=self.seal(check),
            )
        if not casebook.replace_case(self.session, case, after):
            raise LostRace
        self.named.add(id(check))
        self.remember(after)
        others: list[Case] = []
        if case.position is None:
            self.opening = replace(self.opening, actor=case.opener, role=Role.OPENER)
            others = [
                self.find_own(check, other, {case.id}) or self.add(check, other)
                for other in find_concerned(check)
                if other != index
            ]
        self.insert()
        return (after, *others)

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
            every = range(len(check.judged))
            indexes = find_concerned(check) if self.opening.of_claimant else every
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
        after = judge(
            claimed,
            check,
            index,
            opening=self.opening,
            needs_wallet=self.needs_wallet,
            find_occupying=self.find_holder,
            needs_look=self.needs_look,
            raw=self.seal(check),
        )
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
