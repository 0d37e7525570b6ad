"""One step of a case in the store: one transaction, by a person who may, compared with what was read.

Knows: who is of the staff, that a refused step is written down with its reason, that a lost race is run again.
Must not know: what any step does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from recovery.cases import authority, casebook, rows
from recovery.cases.authority import Staff
from recovery.cases.chunk import TRIES, LostRace, too_busy
from recovery.cases.life import advance, deny
from recovery.cases.people import DESK, parse_actor
from recovery.cases.table import Event, Role, State
from recovery.cases.values import Case
from recovery.clock import now
from recovery.errors import NotAllowed
from recovery.records.staff import read_staff
from recovery.store import Store


@dataclass(frozen=True, slots=True)
class Act:
    """Who does something, in what capacity, and when.

    ``session`` is the transaction in which a step reads and writes rows of its own beside the case.
    """

    actor: str
    role: Role
    at: datetime
    staff: Staff = authority.NOBODY_LISTED
    session: Session | None = None

    def allow_value(self, event: Event, value: Decimal | None) -> None:
        """Raise `NotAllowed` where the value is above the person's limit."""
        authority.allow_value(
            self.staff, event, self.role, actor=self.actor, at=self.at, value=value
        )

    def advance(self, case: Case, event: Event, *, to: State, **more: Any) -> Case:
        return advance(case, event, to=to, actor=self.actor, role=self.role, at=self.at, **more)


Step = Callable[[Case, Act], Case]
"""What a use-case makes of a case; raises `NotAllowed`. It may be run again after a lost race."""


def change(
    store: Store,
    case_id: str,
    event: Event,
    step: Step,
    *,
    actor: str,
    role: Role | None = None,
    at: datetime | None = None,
    raw: rows.Row | None = None,
) -> Case:
    """The case after ``step``, done by a person; ``role`` None: the fitting one that they hold.

    A refused step is written to the trail, and raised. ``raw`` are the answers that it rests on.
    """
    name, moment = parse_actor(actor), at or now()

    def act_on(case: Case, session: Session) -> Case:
        staff = read_staff(session)
        chosen = authority.choose_role(staff, case, event, actor=name, asked=role, at=moment)
        authority.allow_not_own(case, event, actor=name)
        act = Act(name, chosen, moment, staff, session)
        return step(case, act)

    return _write(store, case_id, event, act_on, actor=name, at=moment, raw=raw)


def change_by_desk(
    store: Store,
    case_id: str,
    event: Event,
    step: Step,
    *,
    at: datetime | None = None,
    raw: rows.Row | None = None,
) -> Case:
    """The case after a step that nobody did: expiry, a deadline, what a scan brought."""
    moment = at or now()

    def act_on(case: Case, session: Session) -> Case:
        return step(case, Act(DESK, Role.DESK, moment, session=session))

    return _write(store, case_id, event, act_on, actor=DESK, at=moment, raw=raw)


def _write(
    store: Store,
    case_id: str,
    event: Event,
    act_on: Callable[[Case, Session], Case],
    *,
    actor: str,
    at: datetime,
    raw: rows.Row | None,
) -> Case:
    refusal: NotAllowed | None = None

    def attempt(case: Case, session: Session) -> Case:
        nonlocal refusal
        try:
            refusal = None
            return act_on(case, session)
        except NotAllowed as no:
            refusal = no
            return deny(case, event, actor=actor, at=at, no=no)

    for _ in range(TRIES):
        try:
            with store.begin() as session:
                before = casebook.read_case(session, case_id, lock=True)
                after = attempt(before, session)
                if after is not before:
                    if not casebook.replace_case(session, before, after):
                        raise LostRace
                    if raw is not None and refusal is None:
                        casebook.insert_raw(session, [raw])
        except (IntegrityError, LostRace):
            continue
        if refusal is not None:
            raise refusal
        return after
    raise too_busy()
