"""What staff see of a claim beside its evidence: the score with its reasons, and the linked cases.

Knows: the documents of both. Must not know: weights. Nothing of this may ever reach a claimant: it
stands in no document of a case, and the customers' side does not import it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from recovery.abuse.counting import COUNTED, Linked, count_facts, find_linked
from recovery.abuse.policy import AbusePolicy
from recovery.abuse.score import Score, score
from recovery.cases import casebook
from recovery.store import Store
from recovery.times import print_time

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Look:
    """The score is of this moment: what others claim meanwhile counts too."""

    case_id: str
    score: Score
    linked: tuple[Linked, ...]


def look_at(store: Store, case_id: str, policy: AbusePolicy) -> Look:
    """Score and links of one case; raises `BadInput` where there is none with this id."""
    with store.read() as session:
        case = casebook.read_case(session, case_id)
        found = score(count_facts(session, case, policy), policy)
        return Look(case.id, found, find_linked(session, case))


def print_look(look: Look) -> Document:
    """``recovery.linked/1``, for staff alone. A link's ``total`` stops at 1,000; ``cases`` are the newest."""
    return {
        "schema": "recovery.linked/1",
        "id": look.case_id,
        "score": {
            "points": look.score.points,
            "band": look.score.band.value,
            "policy": look.score.policy,
            "reasons": [
                {
                    "code": reason.code.value,
                    "count": reason.count,
                    "points": reason.points,
                    "text": reason.text,
                    "benign": reason.benign,
                }
                for reason in look.score.reasons
            ],
        },
        "links": [
            {
                "why": one.link.kind.value,
                "what": one.link.key,
                "total": one.total,
                "more": one.total >= COUNTED,
                "cases": [
                    {
                        "id": case.id,
                        "user": case.user,
                        "state": case.state,
                        "cause": case.cause,
                        "opened_at": print_time(case.opened_at),
                    }
                    for case in one.cases
                ],
            }
            for one in look.linked
        ],
    }
