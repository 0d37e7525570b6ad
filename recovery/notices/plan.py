"""Which step of a case is news to its customer, and of what kind. Pure.

Knows: states and kinds. Must not know: stores, words, channels. What is under review is told as that,
whatever the cause; steps that a customer sees nothing of (signatures, denials, checks that say the same)
are no news.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from recovery.cases.people import DESK, same_person
from recovery.cases.table import State
from recovery.cases.values import Case
from recovery.claimantview import is_under_review


class NoticeKind(StrEnum):
    """What is told. Each has its subject and body in `recovery.messages` (``notice.KIND``)."""

    RECEIVED = "received"
    FOUND = "found"
    ANSWERED = "answered"
    NEEDS_INPUT = "needs_input"
    QUOTED = "quoted"
    IN_SIGN_OFF = "in_sign_off"
    SETTLED = "settled"
    REFUSED = "refused"
    HELD = "held"
    EXPIRED = "expired"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"


_KIND_OF: Mapping[State, NoticeKind] = MappingProxyType(
    {
        State.CHECKING: NoticeKind.RECEIVED,
        State.NEEDS_INPUT: NoticeKind.NEEDS_INPUT,
        State.NEEDS_REVIEW: NoticeKind.ANSWERED,
        State.WAITING: NoticeKind.ANSWERED,
        State.QUOTED: NoticeKind.QUOTED,
        State.IN_SIGN_OFF: NoticeKind.IN_SIGN_OFF,
        State.APPROVED: NoticeKind.IN_SIGN_OFF,
        State.SETTLED: NoticeKind.SETTLED,
        State.REFUSED: NoticeKind.REFUSED,
        State.HELD: NoticeKind.HELD,
        State.EXPIRED: NoticeKind.EXPIRED,
        State.WITHDRAWN: NoticeKind.WITHDRAWN,
        State.FAILED: NoticeKind.FAILED,
    }
)

LAST = frozenset({State.SETTLED, State.REFUSED, State.WITHDRAWN, State.FAILED, State.EXPIRED})
"""After the notice of one of these the customer's address is not needed any more."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing to tell. ``id`` is stable: whoever gets it twice knows it by that."""

    case_id: str
    seq: int
    kind: NoticeKind
    state: State
    at: datetime

    @property
    def id(self) -> str:
        return f"{self.case_id}.{self.seq}"


def plan_notice(before: Case | None, after: Case) -> Notice | None:
    """What the customer is told of this step; None where it is no news to them.

    A case that the desk opened by itself, from the nightly scan, is a deposit that was found.
    """
    if before is not None and before.state is after.state:
        return None
    kind = _KIND_OF.get(after.state)
    if kind is None:
        return None
    if is_under_review(after):
        kind = NoticeKind.HELD
        if before is not None and is_under_review(before) and before.state is State.HELD:
            return None  # from one review into another: there is nothing new to say
    elif before is None and same_person(after.opener, DESK):
        kind = NoticeKind.FOUND
    elif before is not None and kind is NoticeKind.RECEIVED:
        return None  # looked at again: the answer is the news
    last = after.trail[-1]
    return Notice(after.id, last.seq, kind, after.state, last.at)
