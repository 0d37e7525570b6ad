"""Another customer's address or memo: asking its holder, and what the answer does. Pure.

Knows: which held cases can be asked about, and where an answer leads. Must not know: stores, clocks,
letters; who the holder is, is the verdict's word.

The transfer is frozen for the case from the question on. An answer after the deadline counts as
none. A consent moves nothing by itself: the case is checked again, and what the verdict then says is
quoted, accepted and signed like any other.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from recovery.cases import table
from recovery.cases.life import advance
from recovery.cases.people import DESK, same_person
from recovery.cases.signing import find_judged
from recovery.cases.table import Event, Role, State
from recovery.cases.terms import find_transfer
from recovery.cases.values import Case, Consent, ConsentStatus
from recovery.checks import Check
from recovery.classify.verdict import Recoverability
from recovery.errors import NotAllowed
from recovery.times import print_time


def ask_consent(
    case: Case, check: Check, *, request: str, deadline: datetime, actor: str, at: datetime
) -> Case:
    """The held case with a request to the holder whom a fresh check names; raises `NotAllowed`."""
    require_held(case)
    consent = _plan_consent(case, check, request=request, deadline=deadline, actor=actor, at=at)
    return advance(
        case,
        Event.CONSENT_ASKED,
        to=State.HELD,
        actor=actor,
        role=Role.SECURITY,
        at=at,
        detail={"request": request, "deadline": print_time(deadline)},
        consent=consent,
    )


def require_held(case: Case) -> None:
    """Raise `NotAllowed` where the case is not held, or a request runs already."""
    table.allow(case.state, Event.CONSENT_ASKED)
    if case.consent is not None and case.consent.status is ConsentStatus.ASKED:
        raise NotAllowed(
            "consent-asked",
            f"request {case.consent.request} runs until {print_time(case.consent.deadline)}",
            hint=f"record the answer: recovery consent {case.id} --given or --refused",
        )


def _plan_consent(
    case: Case, check: Check, *, request: str, deadline: datetime, actor: str, at: datetime
) -> Consent:
    index = find_judged(case, check)
    verdict = None if index is None else check.judged[index].verdict
    evidence = None if check.found is None else check.found.evidence
    transfer = None if verdict is None else find_transfer(evidence, verdict.transfer)
    held = verdict is not None and verdict.recoverability is Recoverability.HOLD
    if not held or verdict is None or verdict.holder is None or transfer is None:
        raise NotAllowed(
            "nobody-to-ask",
            f"case {case.id} does not wait for another customer's consent",
            hint="only a transfer to another customer's address or memo does; reopen or refuse it",
        )
    if same_person(actor, verdict.holder):
        raise NotAllowed(
            "own-case", f"{actor} is a party to case {case.id}", hint="another person asks"
        )
    if case.user is None:
        raise NotAllowed(
            "claimant-unknown",
            f"case {case.id} names no user, so that there is nobody to consent to",
            hint="open the claim again with --user",
        )
    if transfer.position != case.position:
        raise NotAllowed(
            "transfer-moved",
            f"the transfer of case {case.id} stands at another place of its block now",
            hint="reopen the case first: it is checked again",
        )
    return Consent(
        request=request,
        holder=verdict.holder,
        claimant=case.user,
        position=transfer.position,
        asset=transfer.asset,
        amount=transfer.amount,
        asked_by=actor,
        asked_at=at,
        deadline=deadline,
    )


def answer_consent(case: Case, *, given: bool, reference: str, actor: str, at: datetime) -> Case:
    """The case with the holder's answer: to be checked again, or refused. Raises `NotAllowed`.

    Whoever records it says where the holder's own word is kept (``reference``).
    """
    event = Event.CONSENT_GIVEN if given else Event.CONSENT_REFUSED
    table.allow(case.state, event)
    consent = _require_asked(case)
    answered = replace(
        consent,
        status=ConsentStatus.GIVEN if given else ConsentStatus.REFUSED,
        answered_by=actor,
        answered_at=at,
        reference=reference,
    )
    return advance(
        case,
        event,
        to=State.CHECKING if given else State.REFUSED,
        actor=actor,
        role=Role.SECURITY,
        at=at,
        detail={"request": consent.request, "reference": reference},
        consent=answered,
    )


def has_lapsed(case: Case, at: datetime) -> bool:
    """The request was not answered in time."""
    consent = case.consent
    return consent is not None and consent.status is ConsentStatus.ASKED and at >= consent.deadline


def lapse_consent(case: Case, *, at: datetime) -> Case:
    """The case refused, since nobody answered until the deadline."""
    consent = _require_asked(case)
    return advance(
        case,
        Event.CONSENT_LAPSED,
        to=State.REFUSED,
        actor=DESK,
        role=Role.DESK,
        at=at,
        detail={"request": consent.request},
        consent=replace(consent, status=ConsentStatus.LAPSED, answered_at=at),
    )


def _require_asked(case: Case) -> Consent:
    consent = case.consent
    if consent is None or consent.status is not ConsentStatus.ASKED:
        raise NotAllowed(
            "consent-not-asked",
            f"no request of case {case.id} waits for an answer",
            hint=f"ask first: recovery consent {case.id} --ask",
        )
    return consent
