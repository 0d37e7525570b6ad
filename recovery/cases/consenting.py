"""Use-cases of a holder's consent: asking, recording the answer, and the deadline.

Knows: what `recovery.cases.consent` decides, purely, and the store. Must not know: nodes; who asks
the chain again is handed in.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from recovery.cases import casebook, consent
from recovery.cases.changing import Act, change, change_by_desk
from recovery.cases.reasons import parse_reason
from recovery.cases.table import Event, State
from recovery.cases.values import Case
from recovery.checks import Check
from recovery.clock import now
from recovery.documents import print_amount
from recovery.errors import BadInput, NotAllowed, Unreachable
from recovery.store import Store
from recovery.times import print_time

MAX_DAYS = 365


def ask_consent(
    store: Store,
    case_id: str,
    *,
    recheck: Callable[[Case], Check],
    days: int,
    actor: str,
    at: datetime | None = None,
) -> Case:
    """Ask the holder of the address or memo; the transfer is frozen for the case until the answer.

    Chain and records are asked again first: they name the holder. Raises `NotAllowed` where the
    case waits for nobody's consent, `Unreachable` where nobody could be asked.
    """
    if not 1 <= days <= MAX_DAYS:
        raise BadInput(
            "bad-deadline",
            f"{days} days is no deadline",
            hint=f"1 to {MAX_DAYS} days",
            where="--deadline",
        )

    def may(case: Case, _act: Act) -> Case:
        consent.require_held(case)
        return case

    asked = change(store, case_id, Event.CONSENT_ASKED, may, actor=actor, at=at)
    check = recheck(asked)
    if check.found is None:
        raise Unreachable(
            "nobody-could-be-asked",
            f"case {case_id}: no healthy source knows the transaction now",
            hint="nothing changed; try again later",
        )
    request = "r" + secrets.token_hex(10)  # says nothing of either side

    def step(case: Case, act: Act) -> Case:
        return consent.ask_consent(
            case,
            check,
            request=request,
            deadline=act.at + timedelta(days=days),
            actor=act.actor,
            at=act.at,
        )

    return change(store, case_id, Event.CONSENT_ASKED, step, actor=actor, at=at)


def show_consent(store: Store, case_id: str, *, actor: str, at: datetime | None = None) -> Case:
    """The case with its request, for security alone; raises `NotAllowed` where nobody was asked.

    A look by somebody else is an attempt that the trail keeps.
    """

    def step(case: Case, _act: Act) -> Case:
        if case.consent is None:
            raise NotAllowed(
                "consent-not-asked",
                f"nobody was asked for a consent to case {case.id}",
                hint=f"recovery consent {case.id} --ask",
            )
        return case

    return change(store, case_id, Event.CONSENT_ASKED, step, actor=actor, at=at)


def answer_consent(
    store: Store,
    case_id: str,
    *,
    given: bool,
    reference: str,
    actor: str,
    at: datetime | None = None,
) -> Case:
    """Record the holder's answer: the case is in ``checking``, or refused.

    ``reference`` says where the holder's own word is kept. After the deadline it is too late: the
    case is refused then, and `NotAllowed` raised.
    """
    where = parse_reason(reference, where="--reference")
    event = Event.CONSENT_GIVEN if given else Event.CONSENT_REFUSED

    def step(case: Case, act: Act) -> Case:
        if case.state is State.HELD and consent.has_lapsed(case, act.at):
            return consent.lapse_consent(case, at=act.at)
        if given:
            act.allow_value(event, case.value)
        return consent.answer_consent(
            case, given=given, reference=where, actor=act.actor, at=act.at
        )

    after = change(store, case_id, event, step, actor=actor, at=at)
    if after.trail[-1].event == Event.CONSENT_LAPSED:
        assert after.consent is not None
        raise NotAllowed(
            "consent-lapsed",
            f"request {after.consent.request} ran out at {print_time(after.consent.deadline)}",
            hint="the case is refused now: reopen it to ask again",
        )
    return after


def lapse_consents(store: Store, *, at: datetime | None = None) -> tuple[str, ...]:
    """Refuse every held case whose request was not answered in time; the ids of those refused now."""
    moment = at or now()
    ended = []

    def step(case: Case, act: Act) -> Case:
        if case.state is not State.HELD or not consent.has_lapsed(case, act.at):
            return case  # answered since it was listed
        return consent.lapse_consent(case, at=act.at)

    for case_id in casebook.find_lapsed(store, moment):
        after = change_by_desk(store, case_id, Event.CONSENT_LAPSED, step, at=moment)
        if after.trail[-1].event == Event.CONSENT_LAPSED:
            ended.append(case_id)
    return tuple(ended)


def print_consent(case: Case) -> dict[str, Any]:
    """``recovery.consent/1``, for security alone: it names the holder."""
    asked = case.consent
    assert asked is not None
    return {
        "schema": "recovery.consent/1",
        "case": case.id,
        "state": case.state.value,
        "request": asked.request,
        "status": asked.status.value,
        "deadline": print_time(asked.deadline),
        "holder": asked.holder,
        "claimant": asked.claimant,
        "network": case.network,
        "tx_hash": case.tx_hash,
        "position": asked.position,
        "asset": asked.asset,
        "amount": print_amount(asked.amount),
        "asked_by": asked.asked_by,
        "asked_at": print_time(asked.asked_at),
        "answered_by": asked.answered_by,
        "answered_at": None if asked.answered_at is None else print_time(asked.answered_at),
        "reference": asked.reference,
    }
