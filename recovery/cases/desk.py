"""What people do with a case: each use-case is one transaction, compared with what was read.

Knows: the order of things: look, ask the table, write if nobody was faster. Must not know: nodes,
rules, prices; who asks the chain again is handed in. A step that is refused changes nothing but the
trail, which keeps the attempt. Repeating a step that was done is refused by the table, and so
doubles nothing; settling is repeated in peace while the reference is the same.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from recovery.cases import casebook, table
from recovery.cases.casebook import (
    CaseOccupancy,
    count_cases_this_year,
    find_due_cases,
    list_cases,
    load_case,
    load_raw,
)
from recovery.cases.destinations import RowOf, registry_row, settle_destination
from recovery.cases.digest import digest_of
from recovery.cases.life import advance, deny
from recovery.cases.opening import TRIES, LostRace, apply_check, open_claim, store_checks, too_busy
from recovery.cases.people import DESK, parse_actor
from recovery.cases.reviewing import confirm_condition
from recovery.cases.signing import (
    EvidenceChanged,
    allow_signature,
    find_change,
    require_conditions,
)
from recovery.cases.signing import sign as add_signature
from recovery.cases.table import Event, Role, State
from recovery.cases.values import Case
from recovery.chains.family import RawTx
from recovery.checks import Check
from recovery.clock import now
from recovery.errors import BadInput, NotAllowed, Unreachable
from recovery.store import Store
from recovery.times import print_time

__all__ = [
    "CaseOccupancy",
    "EvidenceChanged",
    "accept",
    "apply_check",
    "confirm",
    "count_cases_this_year",
    "escalate",
    "expire_quotes",
    "fail",
    "find_due_cases",
    "hold",
    "list_cases",
    "load_case",
    "load_raw",
    "open_claim",
    "refuse",
    "reopen",
    "settle",
    "sign",
    "store_checks",
    "withdraw",
]

Recheck = Callable[[Case], Check]
"""Asks the chain (a second endpoint where there is one) and the records again, for one case.
Raises `SourceError` where nobody can be asked."""

MAX_REASON = 2000


@dataclass(frozen=True, slots=True)
class _Act:
    """Who does something, in what capacity, and when."""

    actor: str
    role: Role
    at: datetime


def _act(actor: str, role: Role, at: datetime | None) -> _Act:
    return _Act(parse_actor(actor), role, at or now())


def accept(
    store: Store,
    case_id: str,
    *,
    actor: str,
    return_to: str | None = None,
    return_memo: str | None = None,
    row_of: RowOf = registry_row,
    at: datetime | None = None,
) -> Case:
    """The customer takes the quote, and says where a return goes; the case stands in sign-off.

    Raises `NotAllowed` for a quote that ran out (the case is expired then) and `BadInput` for an
    address that can't be right. From here on the case is never quoted again.
    """
    act = _act(actor, Role.OPENER, at)

    def step(case: Case) -> Case:
        table.allow(case.state, Event.ACCEPTED)
        if _ran_out(case, act.at):
            return _expire(case, act.at)
        assert case.subject is not None
        assert case.verdict is not None
        destination = settle_destination(
            case, return_to=return_to, return_memo=return_memo, row_of=row_of
        )
        accepted = _advance(
            case,
            Event.ACCEPTED,
            act,
            to=State.ACCEPTED,
            destination=destination,
            digest=digest_of(case.subject, destination, case.quote),
            accepted_at=act.at,
        )
        return _advance(accepted, Event.QUEUED, act, to=State.IN_SIGN_OFF)

    after = _change(store, case_id, Event.ACCEPTED, act, step)
    if after.state is State.EXPIRED:
        assert after.quote_expires_at is not None
        raise NotAllowed(
            "quote-expired",
            f"the quote of case {after.id} ran out at {print_time(after.quote_expires_at)}",
            hint="the case is expired now: reopen it for a new quote",
        )
    return after


def sign(
    store: Store,
    case_id: str,
    *,
    role: Role,
    actor: str,
    recheck: Recheck,
    at: datetime | None = None,
) -> Case:
    """One signature, after chain and records were asked again; approved by the last one.

    Raises `EvidenceChanged` where what the digest covers is no longer so or sources disagree:
    nothing is signed, earlier signatures are void, the case is in ``checking``. A `SourceError`
    passes and nothing changes. Raises `NotAllowed` where this person may not sign, or while a
    condition is not met.
    """
    act = _act(actor, role, at)

    def may(case: Case) -> Case:
        allow_signature(case, role=role, actor=act.actor)
        return case

    # What is refused anyway is refused before a node is asked; no lock is held while asking.
    check = recheck(_change(store, case_id, Event.SIGNED, act, may))
    if not check.judged or (check.found is None and check.search.unreachable):
        raise Unreachable(
            "nobody-could-be-asked",
            f"case {case_id}: no healthy source knows the transaction now",
            hint="nothing was signed and nothing changed; try again later",
        )
    changes: list[str] = []

    def step(case: Case) -> Case:
        changes.clear()
        allow_signature(case, role=role, actor=act.actor)
        change = find_change(case, check)
        if change is None:
            require_conditions(case, check)
            return add_signature(case, role=role, actor=act.actor, at=act.at)
        changes.append(change)
        return _advance(
            case, Event.EVIDENCE_CHANGED, act, to=State.CHECKING, detail={"change": change}
        )

    raw = None if check.found is None else check.found.raw
    after = _change(store, case_id, Event.SIGNED, act, step, raw=raw)
    if changes:
        raise EvidenceChanged(after.id, changes[0])
    return after


def confirm(
    store: Store,
    case_id: str,
    *,
    condition: str,
    reason: str,
    actor: str,
    role: Role = Role.REVIEWER,
    at: datetime | None = None,
) -> Case:
    """A reviewer's word that a condition is met (a proof was seen, a token is what it says it is).

    It holds while what was paid to whom stays the same. Once nothing that is asked first is open
    the case is in ``checking``, and a new check (`apply_check`) leads it to its quote; a case that
    has its quote stays where it is. Nobody confirms their own case.
    """
    act, why = _act(actor, role, at), parse_reason(reason)

    def step(case: Case) -> Case:
        return confirm_condition(
            case, condition=condition, reason=why, actor=act.actor, role=role, at=act.at
        )

    return _change(store, case_id, Event.CONFIRMED, act, step)


def refuse(
    store: Store,
    case_id: str,
    *,
    reason: str,
    actor: str,
    role: Role = Role.REVIEWER,
    at: datetime | None = None,
) -> Case:
    """A person's no, with the reason; it stands until the case is reopened."""
    detail = {"reason": parse_reason(reason)}
    return _move(
        store, case_id, Event.REFUSED, _act(actor, role, at), to=State.REFUSED, detail=detail
    )


def hold(
    store: Store,
    case_id: str,
    *,
    reason: str,
    actor: str,
    role: Role = Role.REVIEWER,
    at: datetime | None = None,
) -> Case:
    """Freeze the case for security; signatures are void, a transfer it has stays its own."""
    detail = {"reason": parse_reason(reason)}
    return _move(store, case_id, Event.HELD, _act(actor, role, at), to=State.HELD, detail=detail)


def escalate(
    store: Store,
    case_id: str,
    *,
    actor: str,
    reason: str | None = None,
    role: Role = Role.REVIEWER,
    at: datetime | None = None,
) -> Case:
    """Hand the case to security, with or without saying why."""
    detail = {} if reason is None else {"reason": parse_reason(reason)}
    return _move(
        store, case_id, Event.ESCALATED, _act(actor, role, at), to=State.HELD, detail=detail
    )


def reopen(
    store: Store,
    case_id: str,
    *,
    reason: str,
    actor: str,
    role: Role = Role.REVIEWER,
    at: datetime | None = None,
) -> Case:
    """Back to ``checking``: what a new check says (`apply_check`) decides where it goes."""
    detail = {"reason": parse_reason(reason)}
    return _move(
        store, case_id, Event.REOPENED, _act(actor, role, at), to=State.CHECKING, detail=detail
    )


def withdraw(store: Store, case_id: str, *, actor: str, at: datetime | None = None) -> Case:
    """The claimant steps back, as long as nothing is approved."""
    act = _act(actor, Role.OPENER, at)
    return _move(store, case_id, Event.WITHDRAWN, act, to=State.WITHDRAWN, detail={})


def settle(
    store: Store,
    case_id: str,
    *,
    reference: str,
    actor: str,
    role: Role = Role.CLEARING,
    at: datetime | None = None,
) -> Case:
    """Custody executed it: a payment's hash or a booking's number. The same again changes nothing."""
    act = _act(actor, role, at)
    executed = parse_reason(reference, where="--reference")

    def step(case: Case) -> Case:
        if case.state is State.SETTLED:
            if case.reference == executed:
                return case
            raise NotAllowed(
                "settled-otherwise",
                f"case {case.id} is settled already, by {case.reference}",
                hint="one case is paid once: look for the second payment",
            )
        return _advance(
            case,
            Event.SETTLED,
            act,
            to=State.SETTLED,
            detail={"reference": executed},
            reference=executed,
        )

    return _change(store, case_id, Event.SETTLED, act, step)


def fail(
    store: Store,
    case_id: str,
    *,
    reason: str,
    actor: str,
    role: Role = Role.WALLET,
    at: datetime | None = None,
) -> Case:
    """Custody could not execute it: nothing is charged, and the case can be reopened."""
    detail = {"reason": parse_reason(reason)}
    return _move(
        store, case_id, Event.FAILED, _act(actor, role, at), to=State.FAILED, detail=detail
    )


def expire_quotes(store: Store, *, at: datetime | None = None) -> tuple[str, ...]:
    """End every quoted case whose quote ran out; the ids of those that ended now."""
    act = _Act(DESK, Role.DESK, at or now())
    ended = []

    def step(case: Case) -> Case:
        if case.state is not State.QUOTED or not _ran_out(case, act.at):
            return case  # accepted or reopened since it was listed
        return _expire(case, act.at)

    for case_id in casebook.find_expired(store, act.at):
        after = _change(store, case_id, Event.EXPIRED, act, step)
        if after.state is State.EXPIRED:
            ended.append(case_id)
    return tuple(ended)


def parse_reason(text: str, *, where: str = "--reason") -> str:
    """A sentence for the trail; raises `BadInput` for an empty one."""
    reason = text.strip()
    if not reason or len(reason) > MAX_REASON or "\x00" in reason:
        raise BadInput(
            "bad-reason",
            f"{where} is empty" if not reason else f"{where} can't be kept",
            hint=f"1 to {MAX_REASON} characters",
            where=where,
        )
    return reason


def _ran_out(case: Case, moment: datetime) -> bool:
    return case.quote_expires_at is not None and moment >= case.quote_expires_at


def _expire(case: Case, moment: datetime) -> Case:
    return _advance(case, Event.EXPIRED, _Act(DESK, Role.DESK, moment), to=State.EXPIRED)


def _advance(case: Case, event: Event, act: _Act, *, to: State, **more: Any) -> Case:
    return advance(case, event, to=to, actor=act.actor, role=act.role, at=act.at, **more)


def _move(
    store: Store, case_id: str, event: Event, act: _Act, *, to: State, detail: dict[str, Any]
) -> Case:
    def step(case: Case) -> Case:
        return _advance(case, event, act, to=to, detail=detail)

    return _change(store, case_id, event, act, step)


def _change(
    store: Store,
    case_id: str,
    event: Event,
    act: _Act,
    step: Callable[[Case], Case],
    *,
    raw: RawTx | None = None,
) -> Case:
    """Write what ``step`` makes of the case, unless somebody was faster: then look again.

    A refused step is written to the trail, and raised.
    """
    refusal: NotAllowed | None = None

    def attempt(case: Case) -> Case:
        nonlocal refusal
        try:
            refusal = None
            return step(case)
        except NotAllowed as no:
            refusal = no
            return deny(case, event, actor=act.actor, at=act.at, reference=no.reference)

    for _ in range(TRIES):
        try:
            with store.begin() as session:
                before = casebook.read_case(session, case_id, lock=True)
                after = attempt(before)
                _write(session, before, after, raw=None if refusal else raw)
        except (IntegrityError, LostRace):
            continue
        if refusal is not None:
            raise refusal
        return after
    raise too_busy()


def _write(session: Session, before: Case, after: Case, *, raw: RawTx | None) -> None:
    if after is before:
        return
    if not casebook.replace_case(session, before, after):
        raise LostRace
    if raw is not None:
        casebook.insert_raw(session, [raw])
