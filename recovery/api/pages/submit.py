"""The page on which a claim is made, and the way of the exchange's own customer to it.

Knows: whose claim it is: a visitor's, or the customer's who came in from the exchange's site. Must not know: what becomes of
it (`recovery.api.pages.claim` shows it).
"""

from __future__ import annotations

import secrets
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from recovery.api.bodies import NewClaim
from recovery.api.callers import address_of, desk_of, limits_of
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
    tell_wrong,
)
from recovery.api.pages.device import count_claims, remember
from recovery.api.secrets import ApiKey
from recovery.api.taking import taking
from recovery.api.turns import Busy
from recovery.clock import now
from recovery.errors import NotAllowed, RecoveryError
from recovery.networks import load_registry

router = APIRouter(include_in_schema=False)

Sent = Annotated[Form, Depends(read_form)]

CLAIM_FIELDS = ("tx_hash", "network", "address", "memo", "asset", "amount")


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
