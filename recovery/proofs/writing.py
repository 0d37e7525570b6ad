"""Writing an answer: one transaction for the answer, the transfer that served, and the case after it.

Knows: what must still hold under the case's lock. Must not know: how an answer was verified.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from recovery.cases import rows
from recovery.cases.changing import Act, change, change_by_desk
from recovery.cases.chunk import new_id
from recovery.cases.occupancy import find_occupying
from recovery.cases.seals import seal_raw
from recovery.cases.table import Event
from recovery.cases.values import Case
from recovery.checks import Check
from recovery.errors import NotAllowed
from recovery.proofs import register, steps
from recovery.proofs.deposit import Accepted
from recovery.proofs.requests import Means, ProofAnswer, ProofDeposit, ProofRequest
from recovery.proofs.view import WHY, ProofView, read_again


@dataclass(frozen=True, slots=True)
class Found:
    """What became of one answer before it is written."""

    answer: Mapping[str, Any]
    scheme: str
    refused: str | None = None
    reviewer: str | None = None
    taken: Accepted | None = None
    check: Check | None = None
    follows_case: bool = True


def write_answer(
    seen: ProofView,
    request: ProofRequest,
    found: Found,
    *,
    payment: str,
    actor: str | None,
) -> Case:
    """One transaction: the answer, the transfer that served, the case after it."""
    event = Event.PROOF_GIVEN if found.refused is None else Event.PROOF_FAILED
    raw = None if found.check is None or found.check.found is None else found.check.found.raw
    raw_row = None if raw is None else rows.write_raw(raw)

    def step(case: Case, act: Act) -> Case:
        file = read_again(seen, case, act, payment=payment, event=event)
        unusable = steps.find_usable(
            file, request, payment=payment, at=_limit(request, act), rule=seen.policy.challenge
        )
        if unusable is not None:
            raise NotAllowed(unusable, f"{WHY[unusable]}: {request.name}")
        answer = ProofAnswer(
            id=new_id(),
            request_id=request.id,
            case_id=case.id,
            seq=case.version + 1,
            at=act.at,
            actor=act.actor,
            scheme=found.scheme,
            answer=found.answer,
            refused=found.refused,
            reviewer=found.reviewer,
        )
        kept: tuple[ProofAnswer | ProofDeposit, ...] = (
            answer,
            *_serve(case, act, answer, found),
        )
        seals = register.seals_of(*kept)
        if found.refused is not None:
            after = steps.fail_proof(
                case,
                file,
                answer,
                request,
                rule=seen.policy.challenge,
                seals=seals,
                actor=act.actor,
                role=act.role,
                at=act.at,
            )
        else:
            after = steps.give_proof(
                case,
                file,
                answer,
                request,
                choice=seen.choice,
                seals=seals,
                actor=act.actor,
                role=act.role,
                at=act.at,
                more=_more(kept, raw_row),
            )
        assert act.session is not None
        register.insert(act.session, *kept)
        return after

    case_id = seen.case.id
    if actor is None:
        return change_by_desk(seen.checker.store, case_id, event, step, at=seen.at, raw=raw_row)
    return change(seen.checker.store, case_id, event, step, actor=actor, at=seen.at, raw=raw_row)


def _serve(case: Case, act: Act, answer: ProofAnswer, found: Found) -> tuple[ProofDeposit, ...]:
    """The transfer of an accepted deposit; raises `NotAllowed` where it served meanwhile."""
    if found.taken is None or found.check is None or found.check.found is None:
        return ()
    assert act.session is not None
    evidence, transfer = found.check.found.evidence, found.taken.transfer
    if transfer.position in register.find_served(act.session, evidence.network, evidence.tx_hash):
        raise NotAllowed("deposit-used", "this transfer has served as a proof already")
    place = (evidence.network, evidence.tx_hash, transfer.position)
    held = find_occupying(act.session, [place]).get(place)
    return (
        ProofDeposit(
            network=evidence.network,
            tx_hash=evidence.tx_hash,
            position=transfer.position,
            answer_id=answer.id,
            case_id=case.id,
            seq=answer.seq,
            amount=transfer.amount,
            follows_case=found.follows_case and held is None,
        ),
    )


def _limit(request: ProofRequest, act: Act) -> datetime:
    """When the answer counts: a signature now; a deposit by its block, which was judged before."""
    return request.issued_at if request.means is Means.DEPOSIT else act.at


def _more(
    kept: tuple[ProofAnswer | ProofDeposit, ...], raw_row: Mapping[str, Any] | None
) -> dict[str, Any]:
    """What an accepted deposit adds to the trail: the transfer, and the seal of the answers kept of it."""
    taken = [
        {
            "network": d.network,
            "tx_hash": d.tx_hash,
            "position": d.position,
            "amount": str(d.amount),
            "follows_case": d.follows_case,
        }
        for d in kept
        if isinstance(d, ProofDeposit)
    ]
    more: dict[str, Any] = {"deposits": taken} if taken else {}
    return more if raw_row is None else {**more, "raw": seal_raw(raw_row)}
