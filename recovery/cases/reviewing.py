"""A reviewer's part: saying that a condition is met. Pure.

Knows: which conditions a case has, and where it goes once they are confirmed. Must not know:
stores, clocks, how a proof is checked.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from recovery.cases import table
from recovery.cases.life import advance
from recovery.cases.signing import unmet_conditions
from recovery.cases.table import Event, Role, State
from recovery.cases.values import Case, Confirmation
from recovery.errors import BadInput, NotAllowed


def confirm_condition(
    case: Case, *, condition: str, reason: str, actor: str, role: Role, at: datetime
) -> Case:
    """The case with one condition confirmed; raises `NotAllowed`, or `BadInput` naming those open.

    Before there is a quote, the case is checked again once nothing is asked first any more, and
    keeps the confirmation. From the quote on it stays where it is: its terms are the same.
    """
    table.allow_role(Event.CONFIRMED, role)
    table.allow(case.state, Event.CONFIRMED)
    if case.is_own_of(actor):
        raise NotAllowed(
            "own-case",
            f"{actor} opened case {case.id} or is a party to it",
            hint="another person confirms it",
        )
    still_open = unmet_conditions(case)
    if condition not in still_open:
        raise BadInput(
            "unknown-condition",
            f"case {case.id} has no open condition {condition[:80]!r}",
            hint=f"open: {', '.join(still_open) or 'none'}",
            where="--condition",
        )
    confirmation = Confirmation(condition=condition, actor=actor, at=at, reason=reason)
    confirmed = replace(case, confirmations=(*case.confirmations, confirmation))
    asked_first = [c for c in unmet_conditions(confirmed) if c in table.ASKED_FIRST]
    stays = asked_first or case.state in table.OCCUPYING
    return advance(
        case,
        Event.CONFIRMED,
        to=case.state if stays else State.CHECKING,
        actor=actor,
        role=role,
        at=at,
        detail={"condition": condition, "reason": reason},
        confirmations=confirmed.confirmations,
    )
