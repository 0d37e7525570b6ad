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
from recovery.cases.table import Event, Role, State
from recovery.cases.values import Case, TrailEntry
from recovery.documents import print_claim
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
    settlement has no accepted terms any more.
    """
    table.allow_role(event, role)
    table.step(case.state, event, to)
    if case.signatures and to not in _SIGNED:
        changes["signatures"] = ()
    if to in table.FINISHED and to is not State.SETTLED:
        changes["accepted_at"] = None
    if to is not State.WAITING:
        changes["next_look_at"] = None
    digest = changes.get("digest", case.digest)
    full = {**(detail or {}), "role": role.value, "digest": digest}
    return _written(case, event, to=to, actor=actor, at=at, detail=full, **changes)


def begin(case_id: str, claim: Claim, *, actor: str, role: Role, at: datetime) -> TrailEntry:
    """The first entry of the trail: the claim was received."""
    table.allow_role(Event.OPENED, role)
    table.step(None, Event.OPENED, State.RECEIVED)
    detail = {"role": role.value, "user": claim.user, "claim": print_claim(claim)}
    return trail.link(
        case_id,
        (),
        at=at,
        event=Event.OPENED,
        actor=actor,
        to_state=State.RECEIVED,
        detail=detail,
    )


def deny(case: Case, event: Event, *, actor: str, at: datetime, reference: str) -> Case:
    """The case with the refused attempt written down, and nothing else changed.

    The same attempt repeated is written once: nobody fills a trail by knocking.
    """
    detail = {"attempt": event.value, "reference": reference}
    last = case.trail[-1]
    if (last.event, last.actor, dict(last.detail)) == (Event.DENIED, actor, detail):
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
    entry = trail.link(
        case.id, case.trail, at=at, event=event, actor=actor, to_state=to, detail=detail
    )
    return replace(case, state=to, trail=(*case.trail, entry), version=entry.seq, **changes)
