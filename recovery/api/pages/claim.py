"""The customer's pages: see the claim, and everything that is theirs to decide.

Knows: which use-case a form calls, what is asked once more before it happens. Must not know: what is
allowed (the table decides), which words are said. Every act is the one of the JSON API
(`recovery.api.acts`); every form leads on to a page that can be reloaded.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from recovery.api import acts
from recovery.api.bodies import MoreInformation, SignatureGiven
from recovery.api.callers import (
    Claimant,
    address_of,
    choose_case,
    desk_of,
    find_claimant,
    limits_of,
    no_such_case,
)
from recovery.api.pages.browser import (
    CUSTOMER,
    TOKEN,
    Form,
    choose_reader_language,
    drop_cookie,
    find_cookie,
    lead_to,
    put_cookie,
    read_fields,
    read_form,
    require_form,
    show,
    speaker_of,
    tell_wrong,
)
from recovery.api.pages.device import count_claims, forget, remember
from recovery.api.pages.shown import mark_quote, show_case
from recovery.api.pages.submit import CLAIM_FIELDS
from recovery.api.status import find_actions
from recovery.api.taking import taking
from recovery.cases.destinations import settle_destination
from recovery.cases.table import FINISHED
from recovery.errors import BadInput, NotAllowed, RecoveryError
from recovery.networks import load_registry
from recovery.proofs.printing import tell_claimant

router = APIRouter(include_in_schema=False)

Sent = Annotated[Form, Depends(read_form)]

MORE_FIELDS = (*CLAIM_FIELDS, "return_to", "return_memo")


@router.get("/c/{token}")
def open_link(request: Request, token: str) -> Response:
    """The link of a case: its token goes into a cookie, and the address of the page has none."""
    find_claimant(desk_of(request), limits_of(request), token, address=address_of(request))
    answer = lead_to("/case")
    put_cookie(request, answer, TOKEN, token)
    remember(request, answer, token)
    return answer


@router.get("/case")
def show_claim(request: Request) -> Response:
    """My case: where it stands, the one thing to do next, and everything behind it."""
    claimant, token = _enter(request)
    cases = [_shown(request, case_id) for case_id in claimant.case_ids]
    cases.sort(key=lambda case: case["timeline"][0]["at"] if case["timeline"] else "", reverse=True)
    return show(
        request,
        "case.html",
        purpose=token,
        cases=sorted(cases, key=lambda case: case["state"] in FINISHED),
        link=f"{_origin(request)}/c/{token}",
        listed=count_claims(request),
    )


@router.post("/leave")
def leave(request: Request, form: Sent) -> Response:
    """Forget the case on this device."""
    _, token = _enter(request)
    require_form(request, form, token)
    answer = lead_to("/")
    drop_cookie(request, answer, TOKEN)
    drop_cookie(request, answer, CUSTOMER)
    forget(request, answer, token)
    return answer


@router.get("/case/accept")
def show_accept(request: Request, case: str | None = None) -> Response:
    return _act_page(request, "accept", case, step="ask")


@router.post("/case/accept")
def accept(request: Request, form: Sent) -> Response:
    """First shows exactly what happens, then, agreed to once more, does it."""
    claimant, token = _enter(request)
    case_id = choose_case(claimant, form.get("case"))
    try:
        require_form(request, form, token)
        (case,) = acts.load_cases(desk_of(request).store, [case_id])
        if "accept" not in find_actions(case):
            raise NotAllowed("transition-not-allowed", f"case {case.id} has no open quote")
        if form.get("agreed") != mark_quote(case):
            raise NotAllowed("form-expired", "the quote is not the one that was shown")
        return_to, return_memo = form.get("return_to") or None, form.get("return_memo") or None
        if form.get("step") != "yes":
            going = settle_destination(
                case,
                return_to=return_to,
                return_memo=return_memo,
                row_of=desk_of(request).config.network,
            )
            named = {"return_to": going.address or "", "return_memo": going.memo or ""}
            return _act_page(request, "accept", case_id, step="confirm", form={**form, **named})
        acts.accept(desk_of(request), case_id, return_to, return_memo)
    except RecoveryError as wrong:
        told = tell_wrong(request, wrong)
        return _act_page(request, "accept", case_id, step="ask", form=form, **told)
    return lead_to("/case")


@router.get("/case/decline")
def show_decline(request: Request, case: str | None = None) -> Response:
    return _act_page(request, "decline", case)


@router.post("/case/decline")
def decline(request: Request, form: Sent) -> Response:
    return _do(request, form, "decline", lambda case_id: acts.decline(desk_of(request), case_id))


@router.get("/case/withdraw")
def show_withdraw(request: Request, case: str | None = None) -> Response:
    return _act_page(request, "withdraw", case)


@router.post("/case/withdraw")
def withdraw(request: Request, form: Sent) -> Response:
    return _do(request, form, "withdraw", lambda case_id: acts.withdraw(desk_of(request), case_id))


@router.get("/case/again")
def show_again(request: Request, case: str | None = None) -> Response:
    return _act_page(request, "again", case)


@router.post("/case/again")
async def claim_again(request: Request, form: Sent) -> Response:
    async with taking(request):
        return await run_in_threadpool(_claim_again, request, form)


def _claim_again(request: Request, form: Form) -> Response:
    claimant, _ = _enter(request)
    language = choose_reader_language(request)
    return _do(
        request,
        form,
        "again",
        lambda case_id: acts.claim_again(desk_of(request), claimant, case_id, language=language),
    )


@router.get("/case/information")
def show_information(request: Request, case: str | None = None) -> Response:
    return _act_page(request, "information", case)


@router.post("/case/information")
async def inform(request: Request, form: Sent) -> Response:
    """Add what was missing; what is left as it was is not sent on."""
    async with taking(request):
        return await run_in_threadpool(_inform, request, form)


def _inform(request: Request, form: Form) -> Response:
    claimant, _ = _enter(request)
    desk, language = desk_of(request), choose_reader_language(request)

    def act(case_id: str) -> None:
        body = MoreInformation.model_validate(read_fields(form, MORE_FIELDS))
        acts.inform(desk, claimant, case_id, body, language=language)

    return _do(request, form, "information", act)


@router.get("/case/proof")
def show_proof(request: Request, case: str | None = None) -> Response:
    return _act_page(request, "proof", case)


@router.post("/case/proof")
def start_proof(request: Request, form: Sent) -> Response:
    """Ask for a text to sign, or for the amount of a small payment."""
    deposit = form.get("means") == "deposit"
    address = form.get("address") or None
    return _do(
        request,
        form,
        "proof",
        lambda case_id: acts.start_proof(
            desk_of(request), case_id, deposit=deposit, address=address
        ),
        then="/case/proof",
    )


@router.post("/case/proof/signature")
def give_signature(request: Request, form: Sent) -> Response:
    def act(case_id: str) -> None:
        extras = {
            name.removeprefix("extra."): value
            for name, value in form.items()
            if name.startswith("extra.") and value
        }
        required = {name: form.get(name, "") for name in ("address", "signature")}
        public_key = form.get("public_key") or None
        if not required["signature"]:
            raise BadInput("empty", "no signature", where="signature")
        body = SignatureGiven.model_validate(
            {**required, "public_key": public_key, "extras": extras}
        )
        acts.give_signature(desk_of(request), case_id, body)

    return _do(request, form, "proof", act, then="/case/proof")


@router.post("/case/proof/deposit")
def give_deposit(request: Request, form: Sent) -> Response:
    def act(case_id: str) -> None:
        tx_hash = form.get("tx_hash", "")
        if not tx_hash:
            raise BadInput("empty", "no transaction hash", where="tx_hash")
        acts.give_deposit(desk_of(request), case_id, tx_hash[:512])

    return _do(request, form, "proof", act, then="/case/proof")


def _do(request: Request, form: Form, act: str, do: Any, *, then: str = "/case") -> Response:
    """One act on a case; what can't be done is said on the page of its form."""
    claimant, token = _enter(request)
    case_id = choose_case(claimant, form.get("case"))
    try:
        require_form(request, form, token)
        do(case_id)
    except (RecoveryError, ValidationError) as wrong:
        return _act_page(request, act, case_id, form=form, **tell_wrong(request, wrong))
    if then == "/case":
        return lead_to(then)
    (case,) = acts.load_cases(desk_of(request).store, [case_id])
    still = "proof" in _shown(request, case.id)["actions"]
    return lead_to(f"{then}?case={case_id}" if still else "/case")


def _act_page(
    request: Request,
    act: str,
    case_id: str | None,
    *,
    step: str = "ask",
    form: Form | None = None,
    status: int = 200,
    errors: tuple[dict[str, str | None], ...] = (),
) -> Response:
    """The page of one act on one case."""
    claimant, token = _enter(request)
    case = _shown(request, choose_case(claimant, case_id))
    if act not in case["actions"] and not errors:
        return lead_to("/case")
    proof = None
    if act == "proof" and act in case["actions"]:
        document = acts.read_proof(desk_of(request), case["id"])
        proof = tell_claimant(document, speaker_of(request))
    return show(
        request,
        f"{act}.html" if act in ("accept", "information", "proof") else "confirm.html",
        status=status,
        purpose=token,
        act=act,
        case=case,
        step=step,
        form=form or {},
        errors=errors,
        proof=proof,
        networks=load_registry().networks,
    )


def _shown(request: Request, case_id: str) -> dict[str, Any]:
    desk = desk_of(request)
    (case,) = acts.load_cases(desk.store, [case_id])
    return show_case(
        case, speaker=speaker_of(request), row_of=desk.config.network, secret=desk.secret
    )


def _enter(request: Request) -> tuple[Claimant, str]:
    """Whose case this browser opens, and by which token; raises ``unknown-case`` without one."""
    token = find_cookie(request, TOKEN)
    if token is None:
        raise no_such_case()
    claimant = find_claimant(
        desk_of(request), limits_of(request), token, address=address_of(request)
    )
    return claimant, token


def _origin(request: Request) -> str:
    https = request.app.state.config.api.https
    return f"{'https' if https else request.url.scheme}://{request.url.netloc}"
