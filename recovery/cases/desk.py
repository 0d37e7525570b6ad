"""What people do with a case: each use-case is one transaction, compared with what was read.

Knows: the order of things: look, ask the table, write if nobody was faster. Must not know: nodes,
rules, prices; who asks the chain again is handed in. A step that is refused changes nothing but the
trail, which keeps the attempt and its reason. Repeating a step that was done is refused by the table,
and so doubles nothing; settling is repeated in peace while the reference is the same.

Where a ``role`` may be named and is not, it is the fitting one that the person holds
(`recovery.cases.authority`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from recovery.cases import casebook, rows, table
from recovery.cases.casebook import (
    count_cases_this_year,
    find_due_cases,
    list_cases,
    load_case,
    load_raw,
)
from recovery.cases.changing import Act, change, change_by_desk
from recovery.cases.consenting import answer_consent, ask_consent, lapse_consents
from recovery.cases.destinations import RowOf, registry_row, settle_destination
from recovery.cases.digest import digest_of
from recovery.cases.occupancy import CaseOccupancy
from recovery.cases.opening import apply_check, open_claim, store_checks
from recovery.cases.people import DESK
from recovery.cases.reasons import parse_reason
from recovery.cases.reviewing import confirm_condition
from recovery.cases.screening import ReturnHit, find_return_hit
from recovery.cases.seals import seal_raw
from recovery.cases.signing import (
    BY_CONTRACT,
    EvidenceChanged,
    FourEyes,
    allow_signature,
    find_change,
    find_judged,
    require_conditions,
)
from recovery.cases.signing import sign as add_signature
from recovery.cases.table import Event, Role, State
from recovery.cases.values import Case
from recovery.checks import Check
from recovery.clock import now
from recovery.errors import NotAllowed, Unreachable
from recovery.records.book import Book
from recovery.records.port import Records
from recovery.store import Store
from recovery.times import print_time

__all__ = [
    "CaseOccupancy",
    "EvidenceChanged",
    "accept",
    "answer_consent",
    "apply_check",
    "ask_consent",
    "confirm",
    "count_cases_this_year",
    "escalate",
    "expire_quotes",
    "fail",
    "find_due_cases",
    "hold",
    "lapse_consents",
    "list_cases",
    "load_case",
    "load_raw",
    "open_claim",
    "parse_reason",
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


def accept(
    store: Store,
    case_id: str,
    *,
    actor: str,
    return_to: str | None = None,
    return_memo: str | None = None,
    row_of: RowOf = registry_row,
    records: Records | None = None,
    at: datetime | None = None,
) -> Case:
    """The customer takes the quote, and says where a return goes; the case stands in sign-off.

    Raises `NotAllowed` for a quote that ran out (the case is expired then) and `BadInput` for an
    address that can't be right. From here on the case is never quoted again. Where the records
    (default: the store's) have something against the return address, nothing is accepted: the
    case that comes back is held.
    """
    book = records or Book(store)

    def step(case: Case, act: Act) -> Case:
        table.allow(case.state, Event.ACCEPTED)
        if _ran_out(case, act.at):
            return _expire(case, act.at)
        assert case.subject is not None
        assert case.verdict is not None
        destination = settle_destination(
            case, return_to=return_to, return_memo=return_memo, row_of=row_of
        )
        hit = _screen(case, destination.address, book, row_of)
        if hit is not None:
            wished = replace(case, return_to=destination.address, return_memo=destination.memo)
            return _hold_return(wished, hit, act)
        accepted = act.advance(
            case,
            Event.ACCEPTED,
            to=State.ACCEPTED,
            destination=destination,
            digest=digest_of(case.subject, destination, case.quote),
            accepted_at=act.at,
        )
        return act.advance(accepted, Event.QUEUED, to=State.IN_SIGN_OFF)

    after = change(store, case_id, Event.ACCEPTED, step, actor=actor, at=at)
    if after.state is State.EXPIRED:
        assert after.quote_expires_at is not None
        raise NotAllowed(
            "quote-expired",
            f"the quote of case {after.id} ran out at {print_time(after.quote_expires_at)}",
            hint="the case is expired now: reopen it for a new quote",
        )
    return after


def _screen(case: Case, address: str | None, records: Records, row_of: RowOf) -> ReturnHit | None:
    """What the records have against where a return goes."""
    if address is None or case.network is None:
        return None
    return find_return_hit(records, row_of(case.network), address, user=case.user)


def _hold_return(
    case: Case, hit: ReturnHit, act: Act, *, named: Mapping[str, str] | None = None
) -> Case:
    """The case frozen by the desk itself: who acted when it was noticed stands in the trail."""
    told = {"reason": hit.text, "code": hit.code, "noticed_with": act.actor}
    detail = {**told, **(named or {})}
    return _desk(act.at).advance(case, Event.HELD, to=State.HELD, detail=detail)


def sign(
    store: Store,
    case_id: str,
    *,
    role: Role,
    actor: str,
    recheck: Recheck,
    four_eyes: FourEyes = BY_CONTRACT,
    row_of: RowOf = registry_row,
    records: Records | None = None,
    at: datetime | None = None,
) -> Case:
    """One signature, after chain and records were asked again; approved by the last one.

    Raises `EvidenceChanged` where what the digest covers is no longer so or sources disagree:
    nothing is signed, earlier signatures are void, the case is in ``checking``. A `SourceError`
    passes and nothing changes. Raises `NotAllowed` where this person may not sign, while a
    condition is not met, and where the records have something against the return address by now:
    then the case is held.
    """
    book = records or Book(store)

    def may(case: Case, act: Act) -> Case:
        act.allow_value(Event.SIGNED, case.value)
        allow_signature(case, role=act.role, actor=act.actor, four_eyes=four_eyes)
        return case

    # What is refused anyway is refused before a node is asked; no lock is held while asking.
    check = recheck(change(store, case_id, Event.SIGNED, may, actor=actor, role=role, at=at))
    if not check.judged or (check.found is None and check.search.unreachable):
        raise Unreachable(
            "nobody-could-be-asked",
            f"case {case_id}: no healthy source knows the transaction now",
            hint="nothing was signed and nothing changed; try again later",
        )
    raw = None if check.found is None else rows.write_raw(check.found.raw)
    named = {} if raw is None else {"raw": seal_raw(raw)}
    changes: list[str] = []

    def step(case: Case, act: Act) -> Case:
        changes.clear()
        allow_signature(case, role=act.role, actor=act.actor, four_eyes=four_eyes)
        changed = find_change(case, check)
        if changed is not None:
            changes.append(changed)
            detail = {"change": changed, **named}
            return act.advance(case, Event.EVIDENCE_CHANGED, to=State.CHECKING, detail=detail)
        index = find_judged(case, check)
        assert index is not None
        act.allow_value(Event.SIGNED, check.judged[index].value)
        require_conditions(case, check)
        assert case.destination is not None
        hit = _screen(case, case.destination.address, book, row_of)
        if hit is not None:
            return _hold_return(case, hit, act, named=named)
        return add_signature(
            case, role=act.role, actor=act.actor, at=act.at, four_eyes=four_eyes, detail=named
        )

    after = change(store, case_id, Event.SIGNED, step, actor=actor, role=role, at=at, raw=raw)
    if changes:
        raise EvidenceChanged(after.id, changes[0])
    if after.state is State.HELD:
        raise NotAllowed(
            "return-address-held",
            f"case {after.id} stands with security: there is something against its return address",
            hint="nothing was signed, and earlier signatures are void",
        )
    return after


def confirm(
    store: Store,
    case_id: str,
    *,
    condition: str,
    reason: str,
    actor: str,
    role: Role | None = None,
    at: datetime | None = None,
) -> Case:
    """A reviewer's word that a condition is met (a proof was seen, a token is what it says it is).

    It holds while what was paid to whom stays the same. Once nothing that is asked first is open
    the case is in ``checking``, and a new check (`apply_check`) leads it to its quote; a case that
    has its quote stays where it is. Nobody confirms their own case.
    """
    why = parse_reason(reason)

    def step(case: Case, act: Act) -> Case:
        act.allow_value(Event.CONFIRMED, case.value)
        return confirm_condition(
            case, condition=condition, reason=why, actor=act.actor, role=act.role, at=act.at
        )

    return change(store, case_id, Event.CONFIRMED, step, actor=actor, role=role, at=at)


def refuse(
    store: Store,
    case_id: str,
    *,
    reason: str,
    actor: str,
    role: Role | None = None,
    at: datetime | None = None,
) -> Case:
    """A person's no, with the reason; it stands until the case is reopened. Out of a hold: security's."""
    step = _move(Event.REFUSED, to=State.REFUSED, detail={"reason": parse_reason(reason)})
    return change(store, case_id, Event.REFUSED, step, actor=actor, role=role, at=at)


def hold(
    store: Store,
    case_id: str,
    *,
    reason: str,
    actor: str,
    role: Role | None = None,
    at: datetime | None = None,
) -> Case:
    """Freeze the case for security; signatures are void, a transfer it has stays its own."""
    step = _move(Event.HELD, to=State.HELD, detail={"reason": parse_reason(reason)})
    return change(store, case_id, Event.HELD, step, actor=actor, role=role, at=at)


def escalate(
    store: Store,
    case_id: str,
    *,
    actor: str,
    reason: str | None = None,
    role: Role | None = None,
    at: datetime | None = None,
) -> Case:
    """Hand the case to security, with or without saying why."""
    detail = {} if reason is None else {"reason": parse_reason(reason)}
    step = _move(Event.ESCALATED, to=State.HELD, detail=detail)
    return change(store, case_id, Event.ESCALATED, step, actor=actor, role=role, at=at)


def reopen(
    store: Store,
    case_id: str,
    *,
    reason: str,
    actor: str,
    role: Role | None = None,
    at: datetime | None = None,
) -> Case:
    """Back to ``checking``: what a new check says (`apply_check`) decides where it goes.

    A case that security holds, or refused from there, is reopened by security, and by no party to it.
    """
    step = _move(Event.REOPENED, to=State.CHECKING, detail={"reason": parse_reason(reason)})
    return change(store, case_id, Event.REOPENED, step, actor=actor, role=role, at=at)


def withdraw(store: Store, case_id: str, *, actor: str, at: datetime | None = None) -> Case:
    """The claimant steps back, as long as nothing is approved."""
    step = _move(Event.WITHDRAWN, to=State.WITHDRAWN, detail={})
    return change(store, case_id, Event.WITHDRAWN, step, actor=actor, at=at)


def settle(
    store: Store,
    case_id: str,
    *,
    reference: str,
    actor: str,
    role: Role | None = None,
    at: datetime | None = None,
) -> Case:
    """Custody executed it: a payment's hash or a booking's number. The same again changes nothing."""
    executed = parse_reason(reference, where="--reference")

    def step(case: Case, act: Act) -> Case:
        if case.state is State.SETTLED:
            if case.reference == executed:
                return case
            raise NotAllowed(
                "settled-otherwise",
                f"case {case.id} is settled already, by {case.reference}",
                hint="one case is paid once: look for the second payment",
            )
        return act.advance(
            case,
            Event.SETTLED,
            to=State.SETTLED,
            detail={"reference": executed},
            reference=executed,
        )

    return change(store, case_id, Event.SETTLED, step, actor=actor, role=role, at=at)


def fail(
    store: Store,
    case_id: str,
    *,
    reason: str,
    actor: str,
    role: Role | None = None,
    at: datetime | None = None,
) -> Case:
    """Custody could not execute it: nothing is charged, and the case can be reopened."""
    step = _move(Event.FAILED, to=State.FAILED, detail={"reason": parse_reason(reason)})
    return change(store, case_id, Event.FAILED, step, actor=actor, role=role, at=at)


def expire_quotes(store: Store, *, at: datetime | None = None) -> tuple[str, ...]:
    """End every quoted case whose quote ran out; the ids of those that ended now."""
    moment = at or now()
    ended = []

    def step(case: Case, act: Act) -> Case:
        if case.state is not State.QUOTED or not _ran_out(case, act.at):
            return case  # accepted or reopened since it was listed
        return _expire(case, act.at)

    for case_id in casebook.find_expired(store, moment):
        after = change_by_desk(store, case_id, Event.EXPIRED, step, at=moment)
        if after.state is State.EXPIRED:
            ended.append(case_id)
    return tuple(ended)


def _ran_out(case: Case, moment: datetime) -> bool:
    return case.quote_expires_at is not None and moment >= case.quote_expires_at


def _expire(case: Case, moment: datetime) -> Case:
    return _desk(moment).advance(case, Event.EXPIRED, to=State.EXPIRED)


def _desk(moment: datetime) -> Act:
    return Act(DESK, Role.DESK, moment)


def _move(event: Event, *, to: State, detail: dict[str, Any]) -> Callable[[Case, Act], Case]:
    def step(case: Case, act: Act) -> Case:
        return act.advance(case, event, to=to, detail=detail)

    return step
