"""One step of a case: the table asked, the trail one entry longer, what the step makes void.

Knows: the table, the trail. Must not know: checks, stores, clocks. Nothing is changed in
place: what comes back is a new `Case` (of a claim just received, its first entry), and the desk
writes the difference.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from recovery.cases import table, trail
from recovery.cases.people import same_person
from recovery.cases.seals import seal_case, seal_consent
from recovery.cases.table import Event, Role, State
from recovery.cases.values import CUSTOMERS, Case, Consent, ConsentStatus, TrailEntry
from recovery.documents import print_claim
from recovery.errors import NotAllowed
from recovery.model import Claim

_SIGNED = frozenset({State.IN_SIGN_OFF, State.APPROVED, State.SETTLED, State.FAILED})


def advance(
    case: Case,
    event: Event,
    *,
    to: State,
    actor: str,
    role: Role,
    at: datetime,
    detail: Mapping[str, Any] | None = None,
    **changes: Any,
) -> Case:
    """The case after one event, with ``changes`` to its other fields; raises `NotAllowed`.

    Leaving sign-off for anything but approval voids the signatures. A case that ended without
    settlement has no accepted terms any more. A consent that was asked for is cancelled when the
    case leaves the hold without the answer; one that was given, when the case ends in a no.
    """
    table.allow_role(event, role, out_of_hold=case.out_of_hold)
    table.step(case.state, event, to)
    if case.signatures and to not in _SIGNED:
        changes["signatures"] = ()
    if to in table.FINISHED and to is not State.SETTLED:
        changes["accepted_at"] = None
    if to is not State.WAITING:
        changes["next_look_at"] = None
    digest = changes.get("digest", case.digest)
    full = {**(detail or {}), "role": role.value, "digest": digest}
    consent: Consent | None = changes.get("consent", case.consent)
    if consent is not None and consent is case.consent and _is_void(consent, to):
        consent = changes["consent"] = replace(consent, status=ConsentStatus.CANCELLED)
    if consent is not None and consent is not case.consent:
        full["rows"] = {f"consents/{consent.request}": seal_consent(case.id, consent)}
    return _written(case, event, to=to, actor=actor, at=at, detail=full, **changes)


def _is_void(consent: Consent, to: State) -> bool:
    if consent.status is ConsentStatus.ASKED:
        return to is not State.HELD
    return consent.status is ConsentStatus.GIVEN and to in (State.REFUSED, State.WITHDRAWN)


def begin(
    case_id: str, claim: Claim, *, actor: str, role: Role, at: datetime, of_claimant: bool = False
) -> TrailEntry:
    """The first entry of the trail: the claim was received, on the customers' channel where it says so."""
    table.allow_role(Event.OPENED, role)
    table.step(None, Event.OPENED, State.RECEIVED)
    detail = {"role": role.value, "user": claim.user, "claim": print_claim(claim)}
    if of_claimant:
        detail["channel"] = CUSTOMERS
    return trail.link(
        case_id,
        (),
        at=at,
        event=Event.OPENED,
        actor=actor,
        to_state=State.RECEIVED,
        detail=detail,
    )


def deny(case: Case, event: Event, *, actor: str, at: datetime, no: NotAllowed) -> Case:
    """The case with the refused attempt and its reason written down, and nothing else changed.

    The same attempt of the same person is written once until something happens to the case:
    nobody fills a trail by knocking.
    """
    detail = {"attempt": event.value, "reference": no.reference, "text": no.text}
    for entry in reversed(case.trail):
        if entry.event != Event.DENIED:
            break
        told = entry.detail
        if same_person(entry.actor, actor) and all(told.get(k) == v for k, v in detail.items()):
            return case
    return _written(case, Event.DENIED, to=case.state, actor=actor, at=at, detail=detail)


def _written(
    case: Case,
    event: Event,
    *,
    to: State,
    actor: str,
    at: datetime,
    detail: Mapping[str, Any],
    **changes: Any,
) -> Case:
    after = replace(case, state=to, **changes)
    entry = trail.link(
        case.id,
        case.trail,
        at=at,
        event=event,
        actor=actor,
        to_state=to,
        detail={**detail, "sealed": seal_case(after)},
    )
    return replace(after, trail=(*case.trail, entry), version=entry.seq)
