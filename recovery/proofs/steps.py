"""What a proof does to its case. Pure.

Knows: when a proof may be asked for, when the proofs of a case are complete, where it goes then. Must
not know: stores, nodes, clocks, how anything is verified.

A complete proof is kept as the desk's own confirmation of ``sender_proof``: it holds, like a reviewer's, while
what was paid to whom stays the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from recovery.cases import table
from recovery.cases.digest import payment_of
from recovery.cases.life import advance
from recovery.cases.people import DESK
from recovery.cases.signing import unmet_conditions
from recovery.cases.table import Event, Role, State
from recovery.cases.values import Case, Confirmation
from recovery.classify.verdict import SENDER_PROOF
from recovery.errors import NotAllowed
from recovery.model import Note
from recovery.proofs.choice import Choice
from recovery.proofs.policy import ChallengeRule
from recovery.proofs.requests import Means, ProofAnswer, ProofFile, ProofRequest

Detail = Mapping[str, Any]


def require_open(case: Case, event: Event) -> str:
    """The payment that must be proven; raises `NotAllowed` where this case asks for no proof now."""
    table.allow(case.state, event)
    if SENDER_PROOF not in unmet_conditions(case) or case.subject is None:
        raise NotAllowed(
            "no-proof-asked",
            f"case {case.id} asks for no proof of the sender",
            hint="see its conditions: recovery case ID",
        )
    return payment_of(case.subject)


def find_usable(
    file: ProofFile, request: ProofRequest, *, payment: str, at: datetime, rule: ChallengeRule
) -> str | None:
    """None where the request can still be answered, else why not, as a reference."""
    if request.payment != payment:
        return "proof-void"
    if file.accepted(request) is not None:
        return "proof-given"
    if at >= request.expires_at:
        return "proof-expired"
    if file.refusals(request) >= rule.attempts:
        return "too-many-attempts"
    return None


def require_attempts(case: Case, file: ProofFile, rule: ChallengeRule) -> None:
    """Raise `NotAllowed` where the case has had all its attempts."""
    if file.refusals() >= rule.attempts_of_case:
        raise NotAllowed(
            "too-many-attempts",
            f"case {case.id} has had {file.refusals()} refused proofs",
            hint="a reviewer decides now: recovery confirm ID --condition sender_proof --reason TEXT",
        )


def ask_for(
    case: Case,
    requests: tuple[ProofRequest, ...],
    *,
    seals: Detail,
    actor: str,
    role: Role,
    at: datetime,
) -> Case:
    """The case with what was asked of its senders written down."""
    asked = [
        {"id": r.id, "means": r.means.value, "sender": r.name, "payment": r.payment}
        for r in requests
    ]
    return advance(
        case,
        Event.PROOF_ASKED,
        to=case.state,
        actor=actor,
        role=role,
        at=at,
        detail={"requests": asked, "rows": seals},
    )


def refer(case: Case, why: Note, *, payment: str, actor: str, role: Role, at: datetime) -> Case:
    """The case before a reviewer, since no proof may be taken; unchanged where it stands there."""
    last = next((e for e in reversed(case.trail) if "proof" in e.detail), None)
    told = {"payment": payment, "reviewer": why.code}
    if (
        last is not None
        and case.state is State.NEEDS_REVIEW
        and {k: last.detail["proof"].get(k) for k in told} == told
    ):
        return case
    return advance(
        case,
        Event.PROOF_FAILED,
        to=State.NEEDS_REVIEW,
        actor=actor,
        role=role,
        at=at,
        detail={"proof": {**told, "text": why.text}},
    )


def fail_proof(
    case: Case,
    file: ProofFile,
    answer: ProofAnswer,
    request: ProofRequest,
    *,
    rule: ChallengeRule,
    seals: Detail,
    actor: str,
    role: Role,
    at: datetime,
) -> Case:
    """The case with a refused answer; before a reviewer after the last attempt. ``file`` is without it."""
    assert answer.refused is not None
    spent = file.refusals() + 1 >= rule.attempts_of_case
    proof = {
        "id": answer.id,
        "request": request.id,
        "means": request.means.value,
        "sender": request.name,
        "payment": request.payment,
        "refused": answer.refused,
        "reviewer": "too_many_attempts" if spent else None,
    }
    return advance(
        case,
        Event.PROOF_FAILED,
        to=State.NEEDS_REVIEW if spent else case.state,
        actor=actor,
        role=role,
        at=at,
        detail={"proof": proof, "rows": seals},
    )


def give_proof(
    case: Case,
    file: ProofFile,
    answer: ProofAnswer,
    request: ProofRequest,
    *,
    choice: Choice,
    seals: Detail,
    actor: str,
    role: Role,
    at: datetime,
    more: Detail | None = None,
) -> Case:
    """The case with an accepted answer: with the last sender proven it is checked again.

    Where an answer needs a reviewer's word beside it, the case stands before a reviewer instead, who confirms
    ``sender_proof``. ``file`` is without the answer.
    """
    whole = ProofFile(file.requests, (*file.answers, answer))
    proven = whole.find_proofs(request.payment)
    complete = all(way.sender.key in proven for way in choice.ways) and bool(choice.ways)
    doubts = sorted({a.reviewer for a in proven.values() if a.reviewer is not None})
    proof = {
        "id": answer.id,
        "request": request.id,
        "means": request.means.value,
        "scheme": answer.scheme,
        "sender": request.name,
        "payment": request.payment,
        "complete": complete,
        "reviewer": ", ".join(doubts) if complete and doubts else None,
    }
    detail: dict[str, Any] = {"proof": proof, "rows": seals, **(more or {})}
    confirmations, to = case.confirmations, case.state
    if complete and doubts:
        to = State.NEEDS_REVIEW
    elif complete:
        reason = _summary(whole, request.payment)
        met = Confirmation(condition=SENDER_PROOF, actor=DESK, at=at, reason=reason)
        confirmations = (*case.confirmations, met)
        detail |= {"condition": SENDER_PROOF, "reason": reason}
        confirmed = replace(case, confirmations=confirmations)
        if not any(c in table.ASKED_FIRST for c in unmet_conditions(confirmed)):
            to = State.CHECKING
    return advance(
        case,
        Event.PROOF_GIVEN,
        to=to,
        actor=actor,
        role=role,
        at=at,
        detail=detail,
        confirmations=confirmations,
    )


def _summary(file: ProofFile, payment: str) -> str:
    """In one sentence, how every sender was proven."""
    told = []
    for request in file.requests:
        answer = file.accepted(request)
        if answer is None or request.payment != payment or answer.reviewer is not None:
            continue
        how = "a verification deposit" if request.means is Means.DEPOSIT else answer.scheme
        told.append(f"{request.name} by {how}")
    return f"proven: {'; '.join(told)}"[:2000]
