"""The claimant's routes: make a claim, read it, and everything that is theirs to decide.

Knows: which use-case a route calls. Must not know: what is allowed (the table decides), whose a deposit
is. A claimant acts under the user of their case; what they may not see is left out by
`recovery.claimantview`.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Header, Query
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from recovery.api import acts
from recovery.api.answers import answer, answer_bytes, find_language, problems
from recovery.api.bodies import (
    Acceptance,
    DepositSent,
    MoreInformation,
    NewClaim,
    ProofWanted,
    SignatureGiven,
)
from recovery.api.callers import (
    address_of,
    choose_case,
    desk_of,
    find_channel,
    require_claimant,
)
from recovery.api.claiming import Brought, take_claim
from recovery.api.claimlimits import admit_address
from recovery.api.guard import SINCE
from recovery.api.shapes import ClaimShape, NewClaimShape, ProofShape, shaped
from recovery.api.status import print_claim_status
from recovery.api.statuses import Statuses, print_claim
from recovery.api.taking import taking
from recovery.cases.table import State
from recovery.messages import speak
from recovery.proofs.printing import tell_claimant

router = APIRouter(prefix="/v1", tags=["claimants"])

CaseNumber = Annotated[
    str | None,
    Query(alias="case", max_length=40, description="Which case, where the claim is several."),
]
IdempotencyKey = Annotated[
    str | None, Header(description="A fresh UUID: the same request twice is one claim.")
]


@router.post(
    "/claims",
    status_code=201,
    response_class=Response,
    responses=shaped(201, NewClaimShape) | shaped(202, NewClaimShape) | problems(401, 409, 422),
)
async def make_claim(
    request: Request, body: NewClaim, idempotency_key: IdempotencyKey = None
) -> Response:
    """Claim a deposit. 201: answered; 202: received, the nodes are still being asked.

    The token opens the claim from now on. It is shown once. The same request with the same
    ``Idempotency-Key`` is one claim, with a fresh token. 503 with ``Retry-After``: too many come at once.
    """
    async with taking(request):
        return await run_in_threadpool(_make_claim, request, body, idempotency_key)


def _make_claim(request: Request, body: NewClaim, idempotency_key: str | None) -> Response:
    desk = desk_of(request)
    channel = find_channel(request)
    if channel is None:
        admit_address(desk.store, address_of(request), desk.config.api)
    scope = f"visitor {address_of(request)}" if channel is None else f"key {channel.id}"
    language = find_language(request)
    taken = take_claim(
        desk, Brought(body, channel, scope, idempotency_key, language, request.scope[SINCE])
    )
    waiting = any(case.state is State.CHECKING for case in taken.cases)
    told = "again" if taken.repeated else "checking" if waiting else "answered"
    request.app.state.metrics.count_claim(told)
    document = print_claim_status(
        taken.cases, speaker=speak(language), row_of=desk.config.network, secret=desk.secret
    )
    return answer(
        {"token": taken.token, **document}, status=202 if waiting else 201, language=language
    )


@router.get(
    "/case", response_class=Response, responses=shaped(200, ClaimShape) | problems(401, 404)
)
async def read_claim(request: Request) -> Response:
    """How the claim stands: every case of it, in the reader's language."""
    statuses: Statuses = request.app.state.statuses
    return await statuses.answer(request)


@router.post(
    "/case/accept",
    response_class=Response,
    responses=shaped(200, ClaimShape) | problems(401, 404, 409, 422),
)
def accept(request: Request, body: Acceptance, case: CaseNumber = None) -> Response:
    """Accept the quote, and say where a return goes."""
    claimant = require_claimant(request)
    case_id = choose_case(claimant, case)
    acts.accept(desk_of(request), case_id, body.return_to, body.return_memo)
    return _show(request, claimant.case_ids)


@router.post(
    "/case/decline",
    response_class=Response,
    responses=shaped(200, ClaimShape) | problems(401, 404, 409, 422),
)
def decline(request: Request, case: CaseNumber = None) -> Response:
    """Decline the quote: the claim is withdrawn, nothing is charged."""
    claimant = require_claimant(request)
    acts.decline(desk_of(request), choose_case(claimant, case))
    return _show(request, claimant.case_ids)


@router.post(
    "/case/withdraw",
    response_class=Response,
    responses=shaped(200, ClaimShape) | problems(401, 404, 409, 422),
)
def withdraw(request: Request, case: CaseNumber = None) -> Response:
    """Take the claim back, as long as nothing is approved."""
    claimant = require_claimant(request)
    acts.withdraw(desk_of(request), choose_case(claimant, case))
    return _show(request, claimant.case_ids)


@router.post(
    "/case/information",
    response_class=Response,
    responses=shaped(200, ClaimShape) | problems(401, 404, 409, 422),
)
async def inform(request: Request, body: MoreInformation, case: CaseNumber = None) -> Response:
    """Add what was missing; the claim is checked again at once."""
    async with taking(request):
        return await run_in_threadpool(_inform, request, body, case)


def _inform(request: Request, body: MoreInformation, case: str | None) -> Response:
    claimant = require_claimant(request)
    case_id = choose_case(claimant, case)
    found = acts.inform(desk_of(request), claimant, case_id, body, language=find_language(request))
    return _show(request, found)


@router.post(
    "/case/again",
    response_class=Response,
    responses=shaped(200, ClaimShape) | problems(401, 404, 409, 422),
)
async def claim_again(request: Request, case: CaseNumber = None) -> Response:
    """Make a claim that ended without payment once more: a new case, with a new quote."""
    async with taking(request):
        return await run_in_threadpool(_claim_again, request, case)


def _claim_again(request: Request, case: str | None) -> Response:
    claimant = require_claimant(request)
    case_id = choose_case(claimant, case)
    found = acts.claim_again(desk_of(request), claimant, case_id, language=find_language(request))
    return _show(request, found)


@router.get(
    "/case/proof",
    response_class=Response,
    responses=shaped(200, ProofShape) | problems(401, 404, 409, 422),
)
def read_proof(request: Request, case: CaseNumber = None) -> Response:
    """How the proof of the sender stands."""
    case_id = choose_case(require_claimant(request), case)
    return _show_proof(request, acts.read_proof(desk_of(request), case_id))


@router.post(
    "/case/proof",
    response_class=Response,
    responses=shaped(200, ProofShape) | problems(401, 404, 409, 422),
)
def start_proof(request: Request, body: ProofWanted, case: CaseNumber = None) -> Response:
    """Ask for a text to sign, or for the amount of a verification deposit."""
    case_id = choose_case(require_claimant(request), case)
    wanted = body.means == "deposit"
    desk = desk_of(request)
    return _show_proof(
        request, acts.start_proof(desk, case_id, deposit=wanted, address=body.address)
    )


@router.post(
    "/case/proof/signature",
    response_class=Response,
    responses=shaped(200, ProofShape) | problems(401, 404, 409, 422),
)
def give_signature(request: Request, body: SignatureGiven, case: CaseNumber = None) -> Response:
    """Hand in the signature over the challenge."""
    case_id = choose_case(require_claimant(request), case)
    return _show_proof(request, acts.give_signature(desk_of(request), case_id, body))


@router.post(
    "/case/proof/deposit",
    response_class=Response,
    responses=shaped(200, ProofShape) | problems(401, 404, 409, 422),
)
def give_deposit(request: Request, body: DepositSent, case: CaseNumber = None) -> Response:
    """Name the verification deposit that was sent."""
    case_id = choose_case(require_claimant(request), case)
    return _show_proof(request, acts.give_deposit(desk_of(request), case_id, body.tx_hash))


def _show_proof(request: Request, document: dict[str, Any]) -> Response:
    language = find_language(request)
    return answer(tell_claimant(document, speak(language)), language=language)


def _show(request: Request, case_ids: tuple[str, ...]) -> Response:
    language = find_language(request)
    return answer_bytes(print_claim(desk_of(request), case_ids, language), language=language)
