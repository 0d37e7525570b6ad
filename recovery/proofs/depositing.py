"""Answering with a verification deposit: found by its hash, by a person or by the scanner.

Knows: that the chain itself is asked, and by how many sources. Must not know: what makes a transfer the right one
(`recovery.proofs.deposit`).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from recovery.cases.table import Event
from recovery.checker import Checker
from recovery.checks import Check
from recovery.classify.verdict import Cause
from recovery.errors import NotAllowed, Unreachable
from recovery.model import Claim
from recovery.proofs import register, steps
from recovery.proofs.deposit import Accepted, Refusal, judge_deposit
from recovery.proofs.requests import Means, ProofRequest
from recovery.proofs.view import ProofView, look_again, open_view, require_open
from recovery.proofs.writing import Found, write_answer


def answer_with_deposit(
    checker: Checker, case_id: str, tx_hash: str, *, actor: str | None, at: datetime | None = None
) -> ProofView:
    """Take a transaction as the verification deposit that was asked for; ``actor`` None: a scan found it.

    The node is asked for it, and a second one where there is one. Raises `NotAllowed` where it is not
    the deposit (an attempt), or not yet (no attempt: name it again), `SourceError` where nobody could say.
    """
    seen = open_view(checker, case_id, at=at)
    if any(d.tx_hash == tx_hash.strip() for d in seen.deposits):
        return look_again(seen)
    payment = require_open(seen, Event.PROOF_GIVEN)
    requests = _open_deposits(seen)
    if not requests:
        raise NotAllowed(
            "no-open-request",
            f"case {case_id} waits for no verification deposit",
            hint=f"ask for one: recovery prove {case_id} --deposit",
        )
    check = _fetch_deposit(seen, tx_hash)
    assert check.found is not None
    evidence = check.found.evidence
    if any(d.tx_hash == evidence.tx_hash for d in seen.deposits):
        return look_again(seen)
    request, said = _judge(seen, requests, check)
    if isinstance(said, Refusal) and not said.counts:
        raise NotAllowed(said.reference, said.text, hint=said.hint)
    printed: dict[str, Any] = {
        "tx_hash": evidence.tx_hash,
        "block_hash": None if evidence.block is None else evidence.block.hash,
    }
    if isinstance(said, Refusal):
        found = Found(answer=printed, scheme="deposit", refused=said.reference)
    else:
        way = seen.choice.way_of(request.sender_key)
        doubts = [n.code for n in (None if way is None else way.shared, said.reviewer) if n]
        found = Found(
            answer={**printed, "position": said.transfer.position},
            scheme="deposit",
            reviewer=", ".join(doubts) or None,
            taken=said,
            check=check,
            follows_case=_owner(check, said) is None,
        )
    write_answer(seen, request, found, payment=payment, actor=actor)
    if isinstance(said, Refusal):
        raise NotAllowed(said.reference, said.text, hint=said.hint)
    return look_again(open_view(checker, case_id, at=seen.at))


def _fetch_deposit(seen: ProofView, tx_hash: str) -> Check:
    """The transaction as nodes and records see it; raises `NotAllowed` where it is nowhere."""
    claim = Claim(tx_hash, network=seen.case.network, user=seen.case.user)
    check = seen.checker.check(claim)
    if check.found is not None:
        return check
    if check.search.unreachable or not check.search.absent:
        raise Unreachable(
            "nobody-could-be-asked",
            f"no healthy source knows {tx_hash[:80]} now",
            hint="nothing was changed; try again later",
        )
    raise NotAllowed(
        "deposit-not-found",
        f"{seen.case.network} does not know {tx_hash[:80]}",
        hint="a fresh transaction may take a moment; name it again",
    )


def _judge(
    seen: ProofView, requests: list[ProofRequest], check: Check
) -> tuple[ProofRequest, Accepted | Refusal]:
    """The request that the transaction answers; else the refusal that it came furthest to."""
    found = check.found
    assert found is not None
    with seen.checker.store.read() as session:
        taken = set(register.find_served(session, found.evidence.network, found.evidence.tx_hash))
    if found.evidence.tx_hash == seen.case.tx_hash and seen.case.position is not None:
        taken.add(seen.case.position)
    refusals: list[tuple[ProofRequest, Refusal]] = []
    for request in requests:
        said = judge_deposit(
            request, found, network=seen.network, rule=seen.policy.deposit, taken=taken
        )
        if isinstance(said, Accepted):
            owner = _owner(check, said)
            if owner is None or owner == seen.case.user:
                return request, said
            text = "its memo or address is another customer's"
            said = Refusal("deposit-other-memo", text, "send it as it was asked for")
        refusals.append((request, said))
    return max(refusals, key=lambda pair: _PROGRESS.index(pair[1].reference))


_PROGRESS = (
    "deposit-other-network",
    "deposit-failed",
    "deposit-elsewhere",
    "deposit-wrong-amount",
    "deposit-other-sender",
    "deposit-other-memo",
    "deposit-used",
    "deposit-too-early",
    "deposit-too-late",
    "deposit-unclear",
    "deposit-pending",
    "deposit-not-final",
    "deposit-disputed",
)


def _open_deposits(seen: ProofView) -> list[ProofRequest]:
    """Unanswered requests for a deposit, of any age: the block says whether it came in time."""
    return [
        request
        for request in seen.file.requests
        if request.means is Means.DEPOSIT
        and steps.find_usable(
            seen.file,
            request,
            payment=seen.payment or "",
            at=request.issued_at,
            rule=seen.policy.challenge,
        )
        is None
    ]


def _owner(check: Check, said: Accepted) -> str | None:
    """Whose deposit the transfer is by its own memo or address, or by the ledger; None: nobody's."""
    for judged in check.judged:
        if judged.verdict.transfer == said.transfer.index:
            if judged.verdict.cause is Cause.ALREADY_CREDITED:
                return check.claim.user
            return judged.verdict.user
    return None
