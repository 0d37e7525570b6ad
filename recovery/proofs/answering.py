"""Answering a challenge with a signature.

Knows: which open challenge a signature answers, and what counts as an attempt. Must not know: how a signature is read.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from recovery.cases.table import Event
from recovery.cases.values import Case
from recovery.chains.codecs import parse_address
from recovery.checker import Checker
from recovery.errors import NotAllowed
from recovery.model import AddressKey
from recovery.proofs import steps
from recovery.proofs.choice import SenderWay
from recovery.proofs.requests import Means, ProofRequest
from recovery.proofs.values import BadProof, SignedAnswer
from recovery.proofs.verification import verify_answer
from recovery.proofs.view import WHY, ProofView, look_again, open_view, require_open, way_of
from recovery.proofs.writing import Found, write_answer
from recovery.quoting import SECOND_OPINION


def answer_with_signature(
    checker: Checker,
    case_id: str,
    *,
    address: str,
    answer: SignedAnswer,
    actor: str,
    scheme: str | None = None,
    at: datetime | None = None,
) -> ProofView:
    """Take a signature over the open challenge of one sender.

    Raises `BadInput` for what can't be read (nothing is stored), `NotAllowed` where the signature proves
    nothing (that is an attempt, and written down) or nothing is asked, `SourceError` where only a
    node could say.
    """
    seen = open_view(checker, case_id, at=at)
    key = parse_address(seen.network, address).key
    handed = _print_answer(answer)
    if _was_accepted(seen, handed, key):
        return look_again(seen)
    payment = require_open(seen, Event.PROOF_GIVEN)
    way = way_of(seen, key, address)
    request = _find_request(seen, way)
    nodes = checker.nodes.of(seen.network)
    refusal: BadProof | None = None
    used = scheme or (way.schemes[0] if way.schemes else "")
    try:
        assert request.text is not None
        used = verify_answer(
            seen.network,
            nodes,
            way,
            request.text,
            answer,
            scheme=scheme,
            agreed=_is_large(seen.case),
        )
    except BadProof as no:
        if no.reference == "bad-signature-form":  # unreadable: nothing was tried
            raise
        refusal = no
    found = Found(
        answer=handed, scheme=used, refused=None if refusal is None else refusal.reference
    )
    write_answer(seen, request, found, payment=payment, actor=actor)
    if refusal is not None:
        left = seen.policy.challenge.attempts - seen.file.refusals(request) - 1
        raise NotAllowed(
            refusal.reference,
            refusal.text,
            hint=f"{refusal.hint}; {max(left, 0)} attempts left".removeprefix("; "),
        )
    return look_again(open_view(checker, case_id, at=seen.at))


def _is_large(case: Case) -> bool:
    """Whether its deposit is worth so much that two independent sources are asked for."""
    if case.verdict is None:
        return False
    conditions = case.check["verdicts"][case.verdict]["conditions"]
    return any(condition["code"] == SECOND_OPINION for condition in conditions)


def _find_request(seen: ProofView, way: SenderWay) -> ProofRequest:
    """The sender's open challenge, or why there is none."""
    request = seen.find_open(way, Means.SIGNATURE)
    if request is not None:
        return request
    mine = [
        r
        for r in seen.file.requests
        if r.means is Means.SIGNATURE and r.sender_key == way.sender.key
    ]
    why = "no-open-challenge"
    if mine and seen.payment is not None:
        why = (
            steps.find_usable(
                seen.file,
                mine[-1],
                payment=seen.payment,
                at=seen.at,
                rule=seen.policy.challenge,
            )
            or why
        )
    name = way.sender.address or str(way.sender.key)
    raise NotAllowed(why, f"{WHY[why]}: {name}", hint=f"ask for one: recovery prove {seen.case.id}")


def _was_accepted(seen: ProofView, handed: Mapping[str, Any], key: AddressKey) -> bool:
    asked = {request.id for request in seen.file.requests if request.sender_key == key}
    return any(
        answer.refused is None and answer.request_id in asked and answer.answer == handed
        for answer in seen.file.answers
    )


def _print_answer(answer: SignedAnswer) -> dict[str, Any]:
    return {
        "signature": answer.signature,
        "public_key": answer.public_key,
        "extras": dict(sorted(answer.extras.items())),
    }
