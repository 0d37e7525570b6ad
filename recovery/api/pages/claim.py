"""The customer's pages: make a claim, see it, and everything that is theirs to decide.

Knows: which use-case a form calls, what is asked once more before it happens. Must not know: what is
allowed (the table decides), which words are said. Every act is the one of the JSON API
(`recovery.api.acts`); every form leads on to a page that can be reloaded.
"""

from __future__ import annotations

import secrets
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from recovery.api import acts
from recovery.api.bodies import MoreInformation, NewClaim, SignatureGiven
from recovery.api.callers import (
    Claimant,
    address_of,
    choose_case,
    desk_of,
    find_claimant,
    limits_of,
    no_such_case,
)
from recovery.api.claiming import Brought, take_claim
from recovery.api.claimlimits import admit_address
from recovery.api.entrance import STAY_LASTS, read_pass, sign_pass
from recovery.api.guard import SINCE
from recovery.api.pages.browser import (
    CUSTOMER,
    DEVICE,
    TOKEN,
    VISIT,
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
from recovery.api.secrets import ApiKey
from recovery.api.status import find_actions
from recovery.api.taking import taking
from recovery.api.turns import Busy
from recovery.cases.destinations import settle_destination
from recovery.cases.table import FINISHED
from recovery.clock import now
from recovery.errors import BadInput, NotAllowed, RecoveryError
from recovery.networks import load_registry
from recovery.proofs.printing import tell_claimant

router = APIRouter(include_in_schema=False)

Sent = Annotated[Form, Depends(read_form)]

CLAIM_FIELDS = ("tx_hash", "network", "address", "memo", "asset", "amount")
MORE_FIELDS = (*CLAIM_FIELDS, "return_to", "return_memo")


@router.get("/")
def show_submit(request: Request) -> Response:
    """Tell us about your deposit."""
    return _submit_page(request, {"once": secrets.token_hex(16)})


@router.post("/")
async def submit(request: Request, form: Sent) -> Response:
    """Take the claim; the same form sent twice is one claim. What was typed stays, also where too many come at once."""
    try:
        async with taking(request):
            return await run_in_threadpool(_submit, request, form)
    except Busy as wrong:
        return await run_in_threadpool(_submit_again, request, form, wrong)


def _submit(request: Request, form: Form) -> Response:
    desk = desk_of(request)
    try:
        require_form(request, form)
        body = NewClaim.model_validate(
            read_fields(form, (*CLAIM_FIELDS, "email"), required=("tx_hash",))
        )
        customer = _find_customer(request)
        if customer is None:
            channel = None
            admit_address(desk.store, address_of(request), desk.config.api)
        else:
            channel, user = customer
            body = body.model_copy(update={"user": user})
        scope = f"page {find_cookie(request, VISIT)}"
        language = choose_reader_language(request)
        once, since = form.get("once") or None, request.scope[SINCE]
        taken = take_claim(desk, Brought(body, channel, scope, once, language, since))
    except (RecoveryError, ValidationError) as wrong:
        return _submit_again(request, form, wrong)
    answer = lead_to("/case")
    put_cookie(request, answer, TOKEN, taken.token)
    remember(request, answer, taken.token)
    return answer


@router.get("/enter/{entrance}")
def enter(request: Request, entrance: str) -> Response:
    """The exchange's own customer comes in; their claims are theirs for the time of a stay."""
    desk = desk_of(request)
    found = read_pass(desk, entrance, kind="pass")
    if found is None:
        limits_of(request).note_refused(address_of(request))
        raise NotAllowed("form-expired", "no pass, or not any more")
    key, user = found
    stay = sign_pass(desk, key.id, user, now() + STAY_LASTS, kind="stay")
    before = _find_customer(request)
    answer = lead_to("/")
    if before is not None and before[1] != user:
        drop_cookie(request, answer, TOKEN)
        drop_cookie(request, answer, DEVICE)
    put_cookie(request, answer, CUSTOMER, stay)
    return answer


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


def _submit_again(request: Request, form: Form, wrong: RecoveryError | ValidationError) -> Response:
    again = {**form, "once": secrets.token_hex(16)}
    return _submit_page(request, again, **tell_wrong(request, wrong))


def _submit_page(
    request: Request,
    form: Form,
    *,
    status: int = 200,
    errors: tuple[dict[str, str | None], ...] = (),
) -> Response:
    customer = _find_customer(request)
    return show(
        request,
        "submit.html",
        status=status,
        form=form,
        errors=errors,
        networks=load_registry().networks,
        user=customer and customer[1],
        asks_email=_asks_email(request),
        listed=count_claims(request),
    )


def _asks_email(request: Request) -> bool:
    """An address is asked for only where news is sent to it."""
    return desk_of(request).config.notices.smtp_host is not None


def _find_customer(request: Request) -> tuple[ApiKey, str] | None:
    """The logged-in customer and the channel that they came by; None for a visitor."""
    stay = find_cookie(request, CUSTOMER)
    return None if stay is None else read_pass(desk_of(request), stay, kind="stay")


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
