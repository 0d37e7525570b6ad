"""Which cases are looked at again, and why: from states, causes and moments alone. Pure.

Knows: what each state waits for, and which records could turn a refusal. Must not know: stores, nodes, the
clock; whether a person said the no is asked of the trail where the case is at hand
(`recovery.cases.relooking`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from recovery.cases.table import State
from recovery.classify.verdict import Cause


class Why(StrEnum):
    """Why a case is looked at: its words stand in the report, and in the trail of what is reopened."""

    UNANSWERED = "unanswered"
    MOMENT_CAME = "moment_came"
    AGAIN = "again"
    RECORDS_CHANGED = "records_changed"
    QUOTE_EXPIRED = "quote_expired"


WORDS: Mapping[Why, str] = MappingProxyType(
    {
        Why.UNANSWERED: "nobody could be asked until now",
        Why.MOMENT_CAME: "the moment to look again has come",
        Why.AGAIN: "what it waits for may have come meanwhile",
        Why.RECORDS_CHANGED: "records that the refusal rested on were changed",
        Why.QUOTE_EXPIRED: "the quote ran out unanswered: one more is offered",
    }
)

REST = timedelta(hours=6)
"""A case without a moment of its own is not looked at twice within this: a run resumed, or a second one, goes
on with the others."""

OLD = timedelta(days=30)
RARELY = timedelta(days=7)
"""How often a case is looked at that has been waiting for its customer or a reviewer for `OLD`."""

RENEWABLE = timedelta(days=7)
"""A quote that ran out longer ago than this is not offered again by itself."""

PRICED = timedelta(days=180)
"""For how long a refusal as dust follows the price: prices change every night, and dust is what most is."""

WAITING_FOR: Collection[str] = frozenset({"listings", "addresses", "accounts", "credits"})
"""Records that may end a wait before its moment."""

MAY_TURN: Mapping[Cause, frozenset[str]] = MappingProxyType(
    {
        Cause.ADDRESS_NOT_OURS: frozenset({"addresses"}),
        Cause.WRONG_NETWORK_CONTRACT_ADDRESS: frozenset({"addresses"}),
        Cause.SENT_TO_TOKEN_CONTRACT: frozenset({"addresses", "listings"}),
        Cause.OWN_MOVEMENT: frozenset({"addresses", "withdrawals"}),
        Cause.WITHDRAWAL_NOT_DEPOSIT: frozenset({"addresses", "withdrawals"}),
        Cause.COUNTERFEIT_TOKEN: frozenset({"listings"}),
        Cause.DUST_OR_POISONING: frozenset({"listings", "prices"}),
    }
)
"""Refusals whose reason may go, with the records it rests on. A transaction that failed, was replaced, is on a
test network or was credited stays so."""

LOOKED_AT = (
    State.CHECKING,
    State.WAITING,
    State.NEEDS_INPUT,
    State.NEEDS_REVIEW,
    State.REFUSED,
    State.EXPIRED,
)
"""The states of which cases may be due. From quote to settlement no check moves a case; a hold is security's,
a withdrawal the claimant's own, a failed payment custody's."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """What decides whether a case is due. ``looked_at`` None: not since it was opened or last moved."""

    id: str
    state: State
    cause: Cause | None
    opened_at: datetime
    looked_at: datetime | None
    next_look_at: datetime | None
    quote_expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class World:
    """The moment of the run, and when each kind of records was changed last."""

    at: datetime
    changed: Mapping[str, datetime]

    def has_changed(self, kinds: Collection[str], since: datetime) -> bool:
        return any(self.changed[kind] > since for kind in kinds if kind in self.changed)


def plan_due(candidate: Candidate, world: World) -> Why | None:
    """Why the case is looked at now; None where nothing can have changed."""
    since = candidate.looked_at or candidate.opened_at
    match candidate.state:
        case State.CHECKING:
            return Why.UNANSWERED
        case State.WAITING:
            if candidate.next_look_at is None or candidate.next_look_at <= world.at:
                return Why.MOMENT_CAME
            return Why.RECORDS_CHANGED if world.has_changed(WAITING_FOR, since) else None
        case State.NEEDS_INPUT | State.NEEDS_REVIEW:
            if world.has_changed(WAITING_FOR, since):
                return Why.RECORDS_CHANGED
            rest = RARELY if world.at - candidate.opened_at > OLD else REST
            return Why.AGAIN if world.at - since >= rest else None
        case State.REFUSED:
            return _plan_refused(candidate, world, since)
        case State.EXPIRED:
            ended = candidate.quote_expires_at
            if ended is None or world.at - ended > RENEWABLE:
                return None
            seen = candidate.looked_at is not None and candidate.looked_at >= ended
            return None if seen else Why.QUOTE_EXPIRED
    return None


def _plan_refused(candidate: Candidate, world: World, since: datetime) -> Why | None:
    kinds = MAY_TURN.get(candidate.cause, frozenset()) if candidate.cause else frozenset()
    if world.at - candidate.opened_at > PRICED:
        kinds -= {"prices"}
    return Why.RECORDS_CHANGED if world.has_changed(kinds, since) else None
