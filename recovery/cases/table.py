"""The life-cycle of a case, as tables and a small engine.

Rule 1: everything that decides where a case may go lives in this file: states, events, transitions,
who may cause which event, what a verdict leads to, who must sign. What can be said as a table is
said as a table.

Rule 2: this file knows no case. It has no store, no clock, no people, no money; it says what is
possible, and `recovery.cases.desk` asks it before it writes anything.

Rule 3: what is not in the table can't happen. An illegal step raises `NotAllowed`, says what is
possible instead, and nothing changes.

The diagram in docs/cases.md is printed from `TRANSITIONS`; a test compares them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType

from recovery.classify.verdict import Recoverability
from recovery.errors import NotAllowed


class State(StrEnum):
    RECEIVED = "received"
    CHECKING = "checking"
    NEEDS_INPUT = "needs_input"
    NEEDS_REVIEW = "needs_review"
    WAITING = "waiting"
    QUOTED = "quoted"
    ACCEPTED = "accepted"
    IN_SIGN_OFF = "in_sign_off"
    APPROVED = "approved"
    SETTLED = "settled"
    REFUSED = "refused"
    HELD = "held"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    FAILED = "failed"


class Event(StrEnum):
    """What happens to a case. ``denied`` is written down too, and moves nothing."""

    OPENED = "opened"
    UNANSWERED = "unanswered"
    CHECKED = "checked"
    CONFIRMED = "confirmed"
    ACCEPTED = "accepted"
    QUEUED = "queued"
    SIGNED = "signed"
    EVIDENCE_CHANGED = "evidence_changed"
    REFUSED = "refused"
    HELD = "held"
    ESCALATED = "escalated"
    REOPENED = "reopened"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    SETTLED = "settled"
    FAILED = "failed"
    CONSENT_ASKED = "consent_asked"
    CONSENT_GIVEN = "consent_given"
    CONSENT_REFUSED = "consent_refused"
    CONSENT_LAPSED = "consent_lapsed"
    PROOF_ASKED = "proof_asked"
    PROOF_GIVEN = "proof_given"
    PROOF_FAILED = "proof_failed"
    DENIED = "denied"


class Role(StrEnum):
    """In what capacity somebody acts. ``desk`` is the desk itself: checks, expiry, voiding."""

    OPENER = "opener"
    REVIEWER = "reviewer"
    WALLET = "wallet"
    CLEARING = "clearing"
    SECURITY = "security"
    DESK = "desk"


class Queue(StrEnum):
    REVIEW = "review"
    SECURITY = "security"
    WALLET = "wallet"
    CLEARING = "clearing"


Targets = frozenset[State]
S, E = State, Event


def _to(*states: State) -> Targets:
    return frozenset(states)


_ANY_VERDICT = _to(
    S.NEEDS_INPUT, S.NEEDS_REVIEW, S.WAITING, S.QUOTED, S.IN_SIGN_OFF, S.REFUSED, S.HELD
)
_STOPS: dict[Event, Targets] = {
    E.REFUSED: _to(S.REFUSED),
    E.HELD: _to(S.HELD),
    E.ESCALATED: _to(S.HELD),
}
_STOPS_OR_LEAVES: dict[Event, Targets] = {**_STOPS, E.WITHDRAWN: _to(S.WITHDRAWN)}

TRANSITIONS: Mapping[State | None, Mapping[Event, Targets]] = MappingProxyType(
    {
        None: {E.OPENED: _to(S.RECEIVED)},
        # received is passed through while a claim is stored; checking: its nodes must be asked.
        S.RECEIVED: {
            E.CHECKED: _ANY_VERDICT,
            E.UNANSWERED: _to(S.CHECKING),
            **_STOPS_OR_LEAVES,
        },
        S.CHECKING: {
            E.CHECKED: _ANY_VERDICT,
            E.UNANSWERED: _to(S.CHECKING),
            E.REOPENED: _to(S.CHECKING),
            **_STOPS_OR_LEAVES,
        },
        # Waiting for the customer, for a person, for the chain: a new check may change the answer.
        S.NEEDS_INPUT: {
            E.CHECKED: _ANY_VERDICT,
            E.UNANSWERED: _to(S.CHECKING),
            E.CONFIRMED: _to(S.NEEDS_INPUT, S.CHECKING),
            E.PROOF_ASKED: _to(S.NEEDS_INPUT),
            E.PROOF_GIVEN: _to(S.NEEDS_INPUT, S.NEEDS_REVIEW, S.CHECKING),
            E.PROOF_FAILED: _to(S.NEEDS_INPUT, S.NEEDS_REVIEW),
            E.REOPENED: _to(S.CHECKING),
            **_STOPS_OR_LEAVES,
        },
        S.NEEDS_REVIEW: {
            E.CHECKED: _ANY_VERDICT,
            E.UNANSWERED: _to(S.CHECKING),
            E.CONFIRMED: _to(S.NEEDS_REVIEW, S.CHECKING),
            E.PROOF_ASKED: _to(S.NEEDS_REVIEW),
            E.PROOF_GIVEN: _to(S.NEEDS_REVIEW, S.CHECKING),
            E.PROOF_FAILED: _to(S.NEEDS_REVIEW),
            E.REOPENED: _to(S.CHECKING),
            **_STOPS_OR_LEAVES,
        },
        S.WAITING: {
            E.CHECKED: _ANY_VERDICT,
            E.UNANSWERED: _to(S.CHECKING),
            E.REOPENED: _to(S.CHECKING),
            **_STOPS_OR_LEAVES,
        },
        # From here on a case occupies its transfer. No check moves it: only a person, or expiry.
        S.QUOTED: {
            E.ACCEPTED: _to(S.ACCEPTED),
            E.CONFIRMED: _to(S.QUOTED),
            E.EXPIRED: _to(S.EXPIRED),
            E.REOPENED: _to(S.CHECKING),
            **_STOPS_OR_LEAVES,
        },
        S.ACCEPTED: {E.QUEUED: _to(S.IN_SIGN_OFF), **_STOPS_OR_LEAVES},
        S.IN_SIGN_OFF: {
            E.SIGNED: _to(S.IN_SIGN_OFF, S.APPROVED),
            E.CONFIRMED: _to(S.IN_SIGN_OFF),
            E.EVIDENCE_CHANGED: _to(S.CHECKING),
            **_STOPS_OR_LEAVES,
        },
        # Custody may be executing: the customer can't step back any more, security still can.
        S.APPROVED: {
            E.SETTLED: _to(S.SETTLED),
            E.FAILED: _to(S.FAILED),
            E.HELD: _to(S.HELD),
            E.ESCALATED: _to(S.HELD),
        },
        S.SETTLED: {},
        S.REFUSED: {E.REOPENED: _to(S.CHECKING)},
        # Security decides, alone or with the word of the customer whose deposit it is by the records.
        S.HELD: {
            E.REOPENED: _to(S.CHECKING),
            E.REFUSED: _to(S.REFUSED),
            E.CONSENT_ASKED: _to(S.HELD),
            E.CONSENT_GIVEN: _to(S.CHECKING),
            E.CONSENT_REFUSED: _to(S.REFUSED),
            E.CONSENT_LAPSED: _to(S.REFUSED),
        },
        S.EXPIRED: {E.REOPENED: _to(S.CHECKING)},
        S.WITHDRAWN: {E.REOPENED: _to(S.CHECKING)},
        S.FAILED: {E.REOPENED: _to(S.CHECKING)},
    }
)

WHO_MAY: Mapping[Event, tuple[Role, ...]] = MappingProxyType(
    {
        E.OPENED: (Role.OPENER, Role.DESK),
        E.UNANSWERED: (Role.OPENER, Role.REVIEWER, Role.SECURITY, Role.DESK),
        E.CHECKED: (Role.OPENER, Role.REVIEWER, Role.SECURITY, Role.DESK),
        E.CONFIRMED: (Role.REVIEWER, Role.SECURITY),
        E.ACCEPTED: (Role.OPENER,),
        E.QUEUED: (Role.OPENER,),
        E.SIGNED: (Role.WALLET, Role.CLEARING),
        E.EVIDENCE_CHANGED: (Role.WALLET, Role.CLEARING, Role.DESK),
        E.REFUSED: (Role.REVIEWER, Role.SECURITY, Role.CLEARING, Role.WALLET),
        E.HELD: (Role.REVIEWER, Role.SECURITY, Role.CLEARING, Role.WALLET, Role.DESK),
        E.ESCALATED: (Role.REVIEWER, Role.CLEARING, Role.WALLET, Role.OPENER),
        E.REOPENED: (Role.REVIEWER, Role.SECURITY, Role.DESK),
        E.WITHDRAWN: (Role.OPENER,),
        E.EXPIRED: (Role.DESK,),
        E.SETTLED: (Role.CLEARING, Role.WALLET),
        E.FAILED: (Role.WALLET, Role.CLEARING),
        E.CONSENT_ASKED: (Role.SECURITY,),
        E.CONSENT_GIVEN: (Role.SECURITY,),
        E.CONSENT_REFUSED: (Role.SECURITY,),
        E.CONSENT_LAPSED: (Role.DESK,),
        E.PROOF_ASKED: (Role.OPENER, Role.REVIEWER, Role.DESK),
        E.PROOF_GIVEN: (Role.OPENER, Role.REVIEWER, Role.DESK),
        E.PROOF_FAILED: (Role.OPENER, Role.REVIEWER, Role.DESK),
    }
)
"""Who may cause an event, the role that it fits best first: that one is meant where none is named."""

FROM_HOLD: Mapping[Event, tuple[Role, ...]] = MappingProxyType(
    {E.REOPENED: (Role.SECURITY,), E.REFUSED: (Role.SECURITY,)}
)
"""What only security may do with a case that it holds, or that it refused out of a hold."""

CUSTOMERS_OWN = frozenset(
    {
        E.OPENED,
        E.ACCEPTED,
        E.QUEUED,
        E.WITHDRAWN,
        E.PROOF_ASKED,
        E.PROOF_GIVEN,
        E.PROOF_FAILED,
    }
)
"""What the claimant may do without being of the staff."""

LIMITED = frozenset({E.SIGNED, E.CONFIRMED, E.CONSENT_GIVEN})
"""What a person may do up to their limit only."""

OCCUPYING: Targets = _to(S.QUOTED, S.ACCEPTED, S.IN_SIGN_OFF, S.APPROVED, S.SETTLED)
"""A case that enters one of these takes its transfer; nobody else's case can have it."""

KEEPING: Targets = _to(S.CHECKING, S.HELD)
"""On the way through these a case keeps what it has taken: a frozen transfer stays frozen, and a
case looked at again is not overtaken. All other states give the transfer free."""

FINISHED: Targets = _to(S.SETTLED, S.REFUSED, S.EXPIRED, S.WITHDRAWN, S.FAILED)
"""The claim is answered. The same person may claim the transfer again."""

QUEUES: Mapping[State, Queue] = MappingProxyType(
    {S.NEEDS_REVIEW: Queue.REVIEW, S.HELD: Queue.SECURITY}
)

SIGNERS: Mapping[Role, Queue] = MappingProxyType(
    {Role.WALLET: Queue.WALLET, Role.CLEARING: Queue.CLEARING}
)
"""The roles that sign, with the queue in which each finds its work."""

LEADS_TO: Mapping[Recoverability, State] = MappingProxyType(
    {
        Recoverability.CREDIT: S.IN_SIGN_OFF,
        Recoverability.RECOVERABLE: S.QUOTED,
        Recoverability.CONDITIONAL: S.QUOTED,
        Recoverability.WAIT: S.WAITING,
        Recoverability.NEEDS_INPUT: S.NEEDS_INPUT,
        Recoverability.UNRECOVERABLE: S.REFUSED,
        Recoverability.HOLD: S.HELD,
    }
)

ASKED_FIRST: Mapping[str, State] = MappingProxyType(
    {
        "reviewer_decision": S.NEEDS_REVIEW,
        "token_identity": S.NEEDS_REVIEW,
        "sender_proof": S.NEEDS_INPUT,
        "identity_check": S.NEEDS_INPUT,
    }
)
"""Conditions that must be met before a quote is offered, and who is asked, the first that is unmet
deciding. Every other condition stands beside the quote, and must be met before anybody signs."""


def find_target(
    recoverability: Recoverability,
    *,
    answered: bool,
    quoted: bool,
    payable: bool,
    unmet: Iterable[str],
) -> State:
    """The state a verdict leads to.

    ``answered``: a ``wait`` closed for good. ``quoted``: there is a quote. ``payable``: the verdict is
    about one transfer, and it is known whom it goes to. ``unmet``: codes of conditions not met.
    """
    if recoverability is Recoverability.WAIT and answered:
        return State.REFUSED
    target = LEADS_TO[recoverability]
    if target not in OCCUPYING:
        return target
    open_conditions = frozenset(unmet)
    for code, state in ASKED_FIRST.items():
        if code in open_conditions:
            return state
    if not payable or (target is State.QUOTED and not quoted):
        return State.NEEDS_REVIEW  # nothing to pay, or nothing to accept: a person must look
    return target


def signers_of(recoverability: Recoverability, *, wallet: bool) -> tuple[Role, ...]:
    """Who must sign. A credit moves no coin: clearing alone, and wallet too where ``wallet``."""
    if recoverability is Recoverability.CREDIT and not wallet:
        return (Role.CLEARING,)
    return tuple(SIGNERS)


def queues_of(state: State, *, unsigned: Iterable[Role]) -> tuple[Queue, ...]:
    """The queues a case stands in: in sign-off, that of each role that has not signed."""
    if state is State.IN_SIGN_OFF:
        return tuple(SIGNERS[role] for role in unsigned)
    return (QUEUES[state],) if state in QUEUES else ()


def step(state: State | None, event: Event, to: State) -> State:
    """The state after the event; raises `NotAllowed` where the table has no such step."""
    allow(state, event)
    if to not in TRANSITIONS[state][event]:
        raise NotAllowed(
            "transition-not-allowed",
            f"{event.value} does not lead from {_name(state)} to {to.value}",
            hint=_possible(state),
        )
    return to


def allow(state: State | None, event: Event) -> None:
    """Raise `NotAllowed` where the event can't happen in this state at all."""
    if event not in TRANSITIONS[state]:
        raise NotAllowed(
            "transition-not-allowed",
            f"a case that is {_name(state)} can't be {_PARTICIPLES.get(event, event.value)}",
            hint=_possible(state),
        )


def roles_for(event: Event, *, out_of_hold: bool = False) -> tuple[Role, ...]:
    """Who may cause the event; ``out_of_hold``: security holds the case, or refused it from there."""
    return FROM_HOLD.get(event, WHO_MAY[event]) if out_of_hold else WHO_MAY[event]


def allow_role(event: Event, role: Role, *, out_of_hold: bool = False) -> None:
    """Raise `NotAllowed` where nobody in this role may cause the event."""
    roles = roles_for(event, out_of_hold=out_of_hold)
    if role not in roles:
        may = ", ".join(sorted(r.value for r in roles))
        held = " with a case that security holds or refused" if out_of_hold else ""
        raise NotAllowed(
            "role-not-allowed",
            f"{role.value} may not do this{held}: {event.value}",
            hint=f"it takes: {may}",
        )


_PARTICIPLES = {
    E.QUEUED: "queued for sign-off",
    E.UNANSWERED: "left unanswered",
    E.EVIDENCE_CHANGED: "put back for changed evidence",
    E.CONSENT_ASKED: "made the subject of a consent request",
    E.CONSENT_GIVEN: "given a consent",
    E.CONSENT_REFUSED: "refused a consent",
    E.CONSENT_LAPSED: "ended by a consent that lapsed",
    E.PROOF_ASKED: "asked for a proof of the sender",
    E.PROOF_GIVEN: "given a proof of the sender",
    E.PROOF_FAILED: "failed by a proof of the sender",
}


def _name(state: State | None) -> str:
    return "not opened" if state is None else state.value


def _possible(state: State | None) -> str:
    events = [event.value for event in TRANSITIONS[state]]
    return f"possible now: {', '.join(events)}" if events else "this is the end of the case"


def print_diagram() -> str:
    """The table as a Mermaid state diagram; events between the same two states share an arrow."""
    arrows: dict[tuple[str, str], list[str]] = {}
    for state, events in TRANSITIONS.items():
        for event, targets in events.items():
            for to in sorted(targets, key=list(State).index):
                start = "[*]" if state is None else state.value
                arrows.setdefault((start, to.value), []).append(event.value)
    lines = ["stateDiagram-v2"]
    lines += [
        f"    {start} --> {to}: {', '.join(events)}" for (start, to), events in arrows.items()
    ]
    lines += [f"    {state.value} --> [*]" for state in State if not TRANSITIONS[state]]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(print_diagram(), end="")
