"""What an operator does with a case, where it takes more than one call into the rooms.

Knows: what follows a step (a new check), who may look at all. Must not know: HTTP, keys.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlmodel import col, select

from recovery.api.desk import Desk
from recovery.cases import casebook
from recovery.cases import desk as cases
from recovery.cases.signing import FourEyes
from recovery.cases.table import Queue, Role, State
from recovery.cases.tables import CaseRow
from recovery.cases.values import Case
from recovery.clock import now
from recovery.errors import NotAllowed
from recovery.records.staff import read_staff
from recovery.store import Store
from recovery.times import print_time


def require_staff(store: Store, actor: str) -> None:
    """Raise `NotAllowed` where a staff is listed and this person holds no role in it now."""
    with store.read() as session:
        staff = read_staff(session)
    if staff.is_listed and not staff.find_roles(actor, now()):
        known = staff.knows(actor)
        raise NotAllowed(
            "not-valid-now" if known else "unknown-person",
            f"{actor} holds no role at this time" if known else f"{actor} is not of the staff",
            hint="`recovery import staff FILE` says who is",
        )


def print_queues(store: Store) -> dict[str, Any]:
    """``recovery.queues/1``."""
    queues = []
    with store.read() as session:
        for queue in Queue:
            waiting = select(sa.func.count(), sa.func.min(col(CaseRow.opened_at))).where(
                casebook.stands_in(queue)
            )
            count, oldest = session.exec(waiting).one()
            told = None if oldest is None else print_time(oldest)
            queues.append({"queue": queue.value, "cases": count, "oldest": told})
    return {"schema": "recovery.queues/1", "queues": queues}


def sign(desk: Desk, number: str, *, role: Role, actor: str) -> Case:
    strict = desk.config.desk
    return cases.sign(
        desk.store,
        number,
        role=role,
        actor=actor,
        recheck=desk.checker.recheck,
        four_eyes=FourEyes(
            confirmer_may_sign=strict.confirmer_may_sign, acceptor_may_sign=strict.acceptor_may_sign
        ),
        row_of=desk.config.network,
    )


def reopen(desk: Desk, number: str, *, reason: str, actor: str, role: Role | None) -> Case:
    after = cases.reopen(desk.store, number, reason=reason, actor=actor, role=role)
    return _check_again(desk, after, actor)


def confirm(
    desk: Desk,
    number: str,
    *,
    conditions: Sequence[str],
    reason: str,
    actor: str,
    role: Role | None,
) -> Case:
    for condition in conditions:
        after = cases.confirm(
            desk.store, number, condition=condition, reason=reason, actor=actor, role=role
        )
    return _check_again(desk, after, actor)


def answer_consent(desk: Desk, number: str, *, given: bool, reference: str, actor: str) -> Case:
    after = cases.answer_consent(desk.store, number, given=given, reference=reference, actor=actor)
    return _check_again(desk, after, actor)


def _check_again(desk: Desk, case: Case, actor: str) -> Case:
    """Lead a case in ``checking`` on at once, in the role in which the person just acted on it."""
    if case.state is not State.CHECKING:
        return case
    return desk.recheck(case, actor=actor, role=Role(case.trail[-1].detail["role"]))[0]
