"""What a claimant does with a case, through the service: each act is one call into the rooms.

Knows: as whom a claimant acts, which act fits which state. Must not know: HTTP, tokens' form. What the
table forbids raises `NotAllowed`, and nothing changes. Every act on a case that is under review ends
with the same words, whatever the reason of the review.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlmodel import Session

from recovery.abuse.policy import Channel
from recovery.api.bodies import MoreInformation, SignatureGiven
from recovery.api.callers import Claimant
from recovery.api.claiming import PUBLIC_PAGE
from recovery.api.desk import Desk, Wish
from recovery.api.reading import read_for_claimant
from recovery.api.secrets import insert_token
from recovery.api.status import may_claim_again, may_inform
from recovery.cases import desk as cases
from recovery.cases import table
from recovery.cases.destinations import settle_destination
from recovery.cases.table import Event, State
from recovery.cases.values import Case
from recovery.claimantview import is_under_review
from recovery.claims import parse_claim
from recovery.clock import now
from recovery.errors import NotAllowed
from recovery.model import Claim, is_visitor
from recovery.proofs import desk as proofs
from recovery.proofs.printing import print_proof
from recovery.proofs.values import SignedAnswer
from recovery.store import Store


def load_cases(store: Store, case_ids: Sequence[str]) -> tuple[Case, ...]:
    """The cases as a claimant's view needs them (`read_for_claimant`)."""
    return read_for_claimant(store, case_ids)


def check_return(desk: Desk, case_id: str, return_to: str | None, return_memo: str | None) -> None:
    """Raise what `accept` would raise of the quote's state and the return address; write nothing."""
    case = _open_case(desk, case_id)
    table.allow(case.state, Event.ACCEPTED)
    settle_destination(
        case, return_to=return_to, return_memo=return_memo, row_of=desk.config.network
    )


def accept(desk: Desk, case_id: str, return_to: str | None, return_memo: str | None) -> None:
    case = _open_case(desk, case_id)
    cases.accept(
        desk.store,
        case_id,
        actor=_name(case),
        return_to=return_to,
        return_memo=return_memo,
        row_of=desk.config.network,
    )


def decline(desk: Desk, case_id: str) -> None:
    case = _open_case(desk, case_id)
    if case.state is not State.QUOTED:
        raise _not_now(case)
    cases.withdraw(desk.store, case_id, actor=_name(case))


def withdraw(desk: Desk, case_id: str) -> None:
    case = _open_case(desk, case_id)
    cases.withdraw(desk.store, case_id, actor=_name(case))


def inform(
    desk: Desk, claimant: Claimant, case_id: str, body: MoreInformation, *, language: str
) -> tuple[str, ...]:
    """The claim with what was added, checked again; all cases that the token then opens.

    Another hash or network is another claim: the old one, about what was never meant, ends.
    """
    case = _open_case(desk, case_id)
    if not may_inform(case):
        raise _not_now(case)
    claim = _merge(desk, case.claim, body)
    return_to = body.return_to or case.return_to
    return_memo = body.return_memo if body.return_to else case.return_memo
    found = _claim(desk, claimant, case, claim, (return_to, return_memo), language=language)
    if case.id not in found:
        cases.withdraw(desk.store, case.id, actor=_name(case))
    return tuple(dict.fromkeys((*found, *claimant.case_ids)))


def claim_again(desk: Desk, claimant: Claimant, case_id: str, *, language: str) -> tuple[str, ...]:
    case = _open_case(desk, case_id)
    if not may_claim_again(case):
        raise _not_now(case)
    wish = (case.return_to, case.return_memo)
    found = _claim(desk, claimant, case, case.claim, wish, language=language)
    return tuple(dict.fromkeys((*found, *claimant.case_ids)))


def read_proof(desk: Desk, case_id: str) -> dict[str, Any]:
    _open_case(desk, case_id)
    return print_proof(proofs.open_view(desk.checker, case_id), staff=False)


def start_proof(desk: Desk, case_id: str, *, deposit: bool, address: str | None) -> dict[str, Any]:
    case = _open_case(desk, case_id)
    seen = proofs.ask(desk.checker, case_id, actor=_name(case), deposit=deposit, address=address)
    return print_proof(seen, staff=False)


def give_signature(desk: Desk, case_id: str, body: SignatureGiven) -> dict[str, Any]:
    case = _open_case(desk, case_id)
    seen = proofs.answer_with_signature(
        desk.checker,
        case_id,
        address=body.address,
        answer=SignedAnswer(body.signature.strip(), body.public_key, body.extras),
        actor=_name(case),
        scheme=body.scheme,
    )
    return print_proof(seen, staff=False)


def give_deposit(desk: Desk, case_id: str, tx_hash: str) -> dict[str, Any]:
    case = _open_case(desk, case_id)
    seen = proofs.answer_with_deposit(desk.checker, case_id, tx_hash, actor=_name(case))
    return print_proof(seen, staff=False)


def _open_case(desk: Desk, case_id: str) -> Case:
    """The case, if its claimant may act on it at all."""
    case = cases.load_case(desk.store, case_id)
    if is_under_review(case):
        raise NotAllowed("under-review", f"case {case.id} is under review")
    return case


def _name(case: Case) -> str:
    """As whom the holder of the token acts: as the user whose claim it is."""
    return case.user or f"claimant {case.id}"


def _not_now(case: Case) -> NotAllowed:
    return NotAllowed("transition-not-allowed", f"not while case {case.id} is {case.state.value}")


def _merge(desk: Desk, claim: Claim, body: MoreInformation) -> Claim:
    typed = body.model_dump(exclude_none=True, exclude={"return_to", "return_memo"})
    amount = None if claim.amount is None else str(claim.amount)
    known = {
        "tx_hash": claim.tx_hash,
        "network": claim.network,
        "address": claim.address,
        "memo": claim.memo,
        "asset": claim.asset,
        "amount": amount,
    }
    merged = {**known, **typed}
    tx_hash = merged.pop("tx_hash")
    return parse_claim(tx_hash, user=claim.user, development=desk.config.development(), **merged)


def _claim(
    desk: Desk,
    claimant: Claimant,
    case: Case,
    claim: Claim,
    wish: tuple[str | None, str | None],
    *,
    language: str,
) -> tuple[str, ...]:
    return_to, return_memo = wish
    actor = PUBLIC_PAGE if is_visitor(case.user) else case.opener
    user = case.user if case.user is not None else claim.user
    wanted = Wish(replace(claim, user=user), actor, Channel.CUSTOMER, return_to, return_memo)

    def also(session: Session, made: tuple[Case, ...]) -> None:
        ids = [one.id for one in made]
        insert_token(session, claimant.token_sha256, ids, language=language, at=now())

    with desk.first_turn(wanted.since):
        desk.require_room(wanted)
    return tuple(one.id for one in desk.submit(wanted, also))
