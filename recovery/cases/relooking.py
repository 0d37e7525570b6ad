"""Cases looked at again, a hundred in a transaction: written only where something became of them.

Knows: what is still the same answer, which noes the desk may take back by itself, when a look is written. Must
not know: nodes, rules, why a case was due.

A look that finds the case as it was moves two moments beside it (`LookRow`): a trail that grew by an entry
and a document every night would bury what happened. What is decided by anybody is written as ever: a step
of the table, sealed and linked. The desk takes back no no but its own: what a person refused, security held
or a claimant withdrew stays.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from recovery.abuse.policy import AbusePolicy, load_abuse_policy
from recovery.cases import casebook, table
from recovery.cases.chunk import TRIES, Chunk, LostRace, find_meant, too_busy
from recovery.cases.digest import canonical
from recovery.cases.life import advance
from recovery.cases.people import DESK
from recovery.cases.plan import NeedsWallet, Opening
from recovery.cases.table import Event, Role, State
from recovery.cases.tables import CaseRow, LookRow
from recovery.cases.values import Case
from recovery.checks import Check
from recovery.errors import RecoveryError
from recovery.store import Store, find_table

_LOOKS = find_table(LookRow)
_CASES = find_table(CaseRow)

RENEWALS = 1
"""How often a quote that ran out is offered again unasked: who leaves two unanswered asks for a third."""


class Came(StrEnum):
    """What came of a look. ``unreachable``: nobody could be asked; the case stays due. ``overtaken``: it was
    moved by somebody meanwhile, or another case of the claimant's took its place. ``stands``: the no is
    not the desk's to take back."""

    MOVED = "moved"
    SAME = "same"
    UNREACHABLE = "unreachable"
    OVERTAKEN = "overtaken"
    STANDS = "stands"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Look:
    """A case as it was read, what the chain and the records say now, and the words for a reopened one."""

    case: Case
    check: Check
    reason: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """``to`` is the state after it; ``others`` the cases of transfers that came to light; ``error`` what
    kept the case from being moved."""

    case_id: str
    came: Came
    before: State
    to: State
    others: tuple[str, ...] = ()
    error: RecoveryError | None = None


Tally = Callable[[Session, Sequence[Outcome]], None]
"""Counts what came of some looks, in their own transaction."""


def tally_nothing(session: Session, outcomes: Sequence[Outcome]) -> None:
    """Nobody counts."""


def apply_looks(
    store: Store,
    looks: Sequence[Look],
    *,
    at: datetime,
    needs_wallet: NeedsWallet,
    policy: AbusePolicy | None = None,
    tally: Tally = tally_nothing,
) -> list[Outcome]:
    """What became of each case; all of them in one transaction with their tally.

    A case that can't be moved (a damaged trail) keeps none of the others: they are then written one by one.
    Run again after a crash it finds what was done as it is, and changes nothing.
    """
    rules = policy or load_abuse_policy()
    opening = Opening(actor=DESK, role=Role.DESK, at=at)

    def write(session: Session) -> list[Outcome]:
        answered = [look.check for look in looks if look.check.judged]
        outcomes = _Relook(Chunk(session, answered, opening, needs_wallet, rules)).take(looks)
        tally(session, outcomes)
        return outcomes

    try:
        return _run(store, write)
    except RecoveryError as failed:
        if len(looks) == 1:
            (look,) = looks
            state = look.case.state
            outcome = Outcome(look.case.id, Came.FAILED, state, state, error=failed)
            with store.begin() as session:
                tally(session, [outcome])
            return [outcome]
    return [
        outcome
        for look in looks
        for outcome in apply_looks(
            store, [look], at=at, needs_wallet=needs_wallet, policy=rules, tally=tally
        )
    ]


def _run(store: Store, write: Callable[[Session], list[Outcome]]) -> list[Outcome]:
    for _ in range(TRIES):
        try:
            with store.begin() as session:
                return write(session)
        except (IntegrityError, LostRace):
            continue
    raise too_busy()


@dataclass(slots=True)
class _Relook:
    chunk: Chunk
    looked: list[dict[str, Any]] = field(default_factory=list)

    def take(self, looks: Sequence[Look]) -> list[Outcome]:
        session = self.chunk.session
        versions = _read_versions(session, [look.case.id for look in looks])
        self.chunk.look_around()
        outcomes = [self._one(look, versions) for look in looks]
        self.chunk.insert()
        _write_looks(session, self.looked)
        return outcomes

    def _one(self, look: Look, versions: Mapping[str, int]) -> Outcome:
        case, check = look.case, look.check
        if versions.get(case.id) != case.version:
            return Outcome(case.id, Came.OVERTAKEN, case.state, case.state)
        if not check.judged:
            return Outcome(case.id, Came.UNREACHABLE, case.state, case.state)
        start: Case | None = case
        if case.state in table.FINISHED:
            start = self._take_back(look)
            if start is None:
                self._note(case, None)
                return Outcome(case.id, Came.STANDS, case.state, case.state)
            if self._is_replaced(case):
                self._note(case, None)
                return Outcome(case.id, Came.OVERTAKEN, case.state, case.state)
        assert start is not None
        index = find_meant(start, check)
        after = self.chunk.plan(start, check, index, raw=None)
        if _is_same(case, after):
            self._note(case, replace(after, version=case.version))
            return Outcome(case.id, Came.SAME, case.state, case.state)
        after = self.chunk.plan(start, check, index, raw=self.chunk.seal(check))
        if not casebook.replace_case(self.chunk.session, case, after):
            raise LostRace
        self.chunk.named.add(id(check))
        self.chunk.remember(after)
        self._note(case, after)
        others = tuple(other.id for other in self.chunk.open_others(case, check, index))
        return Outcome(case.id, Came.MOVED, case.state, after.state, others)

    def _take_back(self, look: Look) -> Case | None:
        """The case in ``checking`` again, by the desk; None where its end is not the desk's."""
        case = look.case
        last = next(entry for entry in reversed(case.trail) if entry.event != Event.DENIED)
        ended = {State.REFUSED: Event.CHECKED, State.EXPIRED: Event.EXPIRED}.get(case.state)
        if last.event != ended or case.out_of_hold:
            return None
        if sum(entry.event == Event.EXPIRED for entry in case.trail) > RENEWALS:
            return None
        return advance(
            case,
            Event.REOPENED,
            to=State.CHECKING,
            actor=DESK,
            role=Role.DESK,
            at=self.chunk.opening.at,
            detail={"reason": look.reason},
        )

    def _is_replaced(self, case: Case) -> bool:
        """Whether the claimant has a later case about the same thing, or one that is settled."""
        return any(
            known.id != case.id
            and known.is_claimed_by(case.user, case.opener)
            and (known.position == case.position or known.position is None)
            and (known.state not in table.FINISHED or known.state is State.SETTLED)
            for known in self.chunk.known.get(case.tx_hash, ())
        )

    def _note(self, case: Case, after: Case | None) -> None:
        row = {
            "case_id": case.id,
            "version": case.version if after is None else after.version,
            "looked_at": self.chunk.opening.at,
            "next_look_at": None if after is None else after.next_look_at,
        }
        self.looked.append(row)


def _read_versions(session: Session, ids: Collection[str]) -> dict[str, int]:
    """How long the trails are by now; the rows are ours until the transaction ends."""
    query = sa.select(_CASES.c.id, _CASES.c.version).where(_CASES.c.id.in_(sorted(ids)))
    rows = session.connection().execute(query.order_by(_CASES.c.id).with_for_update())
    return {row.id: row.version for row in rows}


def _write_looks(session: Session, looked: Sequence[dict[str, Any]]) -> None:
    if not looked:
        return
    connection = session.connection()
    dialect: Any = importlib.import_module(f"sqlalchemy.dialects.{connection.dialect.name}")
    insert = dialect.insert(_LOOKS)
    new = {name: insert.excluded[name] for name in ("version", "looked_at", "next_look_at")}
    connection.execute(insert.on_conflict_do_update(index_elements=["case_id"], set_=new), looked)


def _is_same(before: Case, after: Case) -> bool:
    """Whether a reader of the case would learn nothing new but a later moment or another count."""
    return _read(before) == _read(after)


def _read(case: Case) -> tuple[Any, ...]:
    return (
        case.state,
        case.cause,
        case.recoverability,
        case.network,
        case.tx_hash,
        case.position,
        case.user,
        case.signers,
        case.destination,
        case.confirmations,
        None if case.subject is None else canonical(case.subject),
        _read_verdict(case),
    )


def _read_verdict(case: Case) -> tuple[Any, ...]:
    """What the case says of itself, without figures that change with every block or price.

    Whether there is a quote shows in the state: where it does not, none was offered yet.
    """
    if case.verdict is None:
        return ()
    told = case.check["verdicts"][case.verdict]
    return (
        told["outcome"],
        [(c["code"], c["met"]) for c in told["conditions"]],
        [n["code"] for n in told["needs"]],
        [r["code"] for r in told["reasons"]],
        [n["code"] for n in told["notes"]],
    )
