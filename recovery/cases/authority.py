"""Who may act in which role, and up to which value. Pure.

Knows: the staff as it was imported, the table's roles for an event. Must not know: where the staff is
kept, what an act does.

While no staff was ever imported (`Staff.is_listed` is False) a name is believed in any role. From the
first row on only listed persons act, within their period and limit, whatever the spelling of their
name; a customer's own acts stay possible for the claimant. A limit is in the fee policy's currency; a
value that nobody knows is above every limit.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from recovery.cases import table
from recovery.cases.people import person_of, same_person
from recovery.cases.table import Event, Role
from recovery.cases.values import Case
from recovery.documents import print_decimal
from recovery.errors import NotAllowed

STAFF_ROLES = tuple(role for role in Role if role is not Role.DESK)


@dataclass(frozen=True, slots=True)
class StaffMember:
    """One person in one role for one period; ``limit`` None: up to any value."""

    person: str
    role: Role
    limit: Decimal | None
    valid_from: datetime
    valid_to: datetime | None

    def holds_at(self, at: datetime) -> bool:
        return self.valid_from <= at and (self.valid_to is None or at < self.valid_to)


@dataclass(frozen=True, slots=True)
class Staff:
    """Everybody who was ever imported."""

    members: tuple[StaffMember, ...] = ()

    @property
    def is_listed(self) -> bool:
        return bool(self.members)

    def find_roles(self, actor: str, at: datetime) -> dict[Role, Decimal | None]:
        """The roles that the person holds now, each with its limit."""
        person = person_of(actor)
        return {m.role: m.limit for m in self.members if m.person == person and m.holds_at(at)}

    def knows(self, actor: str) -> bool:
        return any(m.person == person_of(actor) for m in self.members)


NOBODY_LISTED = Staff()


def choose_role(
    staff: Staff, case: Case, event: Event, *, actor: str, asked: Role | None, at: datetime
) -> Role:
    """The role in which the person acts: the one asked for, else the fitting one that they hold.

    Raises `NotAllowed`: ``role-not-allowed``, ``unknown-person``, ``not-valid-now``, ``not-in-role``.
    """
    fitting = table.roles_for(event, out_of_hold=case.out_of_hold)
    if asked is not None:
        table.allow_role(event, asked, out_of_hold=case.out_of_hold)
        fitting = (asked,)
    if not staff.is_listed:
        return fitting[0]
    if event in table.CUSTOMERS_OWN and same_person(actor, case.user):
        return Role.OPENER
    return _held_of(staff, fitting, actor=actor, at=at)


def allow_opener(staff: Staff, *, actor: str, user: str | None, at: datetime) -> None:
    """Raise `NotAllowed` where the person may not open this user's claim."""
    if staff.is_listed and not same_person(actor, user):
        _held_of(staff, (Role.OPENER,), actor=actor, at=at)


def require_role(staff: Staff, role: Role, *, actor: str, at: datetime) -> None:
    """Raise `NotAllowed` where a staff is listed and the person does not hold the role now."""
    if staff.is_listed:
        _held_of(staff, (role,), actor=actor, at=at)


def allow_value(
    staff: Staff, event: Event, role: Role, *, actor: str, at: datetime, value: Decimal | None
) -> None:
    """Raise `NotAllowed` (``above-limit``) where the value is above the person's limit in the role."""
    if not staff.is_listed or event not in table.LIMITED:
        return
    limit = staff.find_roles(actor, at).get(role)
    if limit is None or (value is not None and value <= limit):
        return
    worth = "of unknown value" if value is None else f"worth {print_decimal(value)}"
    raise NotAllowed(
        "above-limit",
        f"the transfer is {worth}, and {actor}'s limit as {role.value} is {print_decimal(limit)}",
        hint="somebody with a higher limit does it"
        if value is not None
        else "import a price, or ask somebody without a limit",
    )


def allow_not_own(case: Case, event: Event, *, actor: str) -> None:
    """Raise `NotAllowed` (``own-case``) where a party would release the case or answer for the holder."""
    releases = event is Event.REOPENED and case.out_of_hold
    if (releases or event in _ANSWERS) and case.is_own_of(actor):
        raise NotAllowed(
            "own-case",
            f"{actor} opened case {case.id} or is a party to it",
            hint="another person does it",
        )


_ANSWERS = frozenset({Event.CONSENT_ASKED, Event.CONSENT_GIVEN, Event.CONSENT_REFUSED})


def _held_of(staff: Staff, roles: tuple[Role, ...], *, actor: str, at: datetime) -> Role:
    held = staff.find_roles(actor, at)
    for role in roles:
        if role in held:
            return role
    wanted = " or ".join(role.value for role in roles)
    if not staff.knows(actor):
        raise NotAllowed(
            "unknown-person",
            f"{actor} is not of the staff",
            hint=f"it takes {wanted}: `recovery import staff FILE` says who that is",
        )
    if not held:
        raise NotAllowed(
            "not-valid-now",
            f"{actor} holds no role at this time",
            hint=f"it takes {wanted}: `recovery import staff FILE` gives a new period",
        )
    mine = ", ".join(sorted(held))
    raise NotAllowed("not-in-role", f"{actor} is {mine}, not {wanted}", hint=f"it takes: {wanted}")
