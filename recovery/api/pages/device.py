"""The claims opened in this browser: a list without accounts, kept by the browser alone.

Knows: the cookie that holds their tokens, and how one of them is opened again. Must not know: what a claim's page
shows. The cookie is ``HttpOnly`` and ends with the browser, like that of the claim on the page; it
needs no signature, since each token is a secret by itself, and one that opens nothing is counted as a guess.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from recovery.api import acts
from recovery.api.callers import address_of, desk_of, limits_of, no_such_case
from recovery.api.pages.browser import (
    DEVICE,
    TOKEN,
    Form,
    drop_cookie,
    find_cookie,
    lead_to,
    put_cookie,
    read_form,
    require_form,
    show,
    speaker_of,
)
from recovery.api.pages.shown import show_case
from recovery.api.secrets import find_tokens, hash_secret
from recovery.cases.table import FINISHED
from recovery.clock import now

router = APIRouter(include_in_schema=False)

Sent = Annotated[Form, Depends(read_form)]

AT_MOST = 10
"""Claims on the list; the oldest gives way."""

_BETWEEN = "."
_PURPOSE = "device"


def remember(request: Request, answer: Response, token: str) -> None:
    """Put a claim's token on top of the browser's list."""
    others = [one for one in _listed(request) if one != token]
    _keep(request, answer, [token, *others][:AT_MOST])


def forget(request: Request, answer: Response, token: str) -> None:
    """Take a claim's token off the browser's list."""
    _keep(request, answer, [one for one in _listed(request) if one != token])


def count_claims(request: Request) -> int:
    return len(_listed(request))


@router.get("/cases")
def show_claims(request: Request) -> Response:
    """Your cases on this device; the list loses the links that open nothing any more."""
    opened = _open_all(request)
    desk, speaker = desk_of(request), speaker_of(request)
    case_ids = tuple(dict.fromkeys(case_id for ids in opened.values() for case_id in ids))
    cases = [
        show_case(case, speaker=speaker, row_of=desk.config.network, secret=desk.secret)
        for case in (acts.load_cases(desk.store, case_ids) if case_ids else ())
    ]
    answer = show(
        request,
        "cases.html",
        purpose=_PURPOSE,
        cases=sorted(cases, key=lambda case: case["state"] in FINISHED),
    )
    if len(opened) < count_claims(request):
        _keep(request, answer, list(opened))
    return answer


@router.post("/cases/open")
def open_claim(request: Request, form: Sent) -> Response:
    """Show one of the listed claims."""
    require_form(request, form, _PURPOSE)
    for token, case_ids in _open_all(request).items():
        if form.get("case") in case_ids:
            answer = lead_to("/case")
            put_cookie(request, answer, TOKEN, token)
            return answer
    raise no_such_case()


@router.post("/cases/forget")
def forget_claims(request: Request, form: Sent) -> Response:
    """Forget every claim on this device."""
    require_form(request, form, _PURPOSE)
    answer = lead_to("/")
    drop_cookie(request, answer, TOKEN)
    drop_cookie(request, answer, DEVICE)
    return answer


def _listed(request: Request) -> list[str]:
    told = find_cookie(request, DEVICE) or ""
    return [one for one in told.split(_BETWEEN) if one][:AT_MOST]


def _keep(request: Request, answer: Response, tokens: list[str]) -> None:
    if tokens:
        put_cookie(request, answer, DEVICE, _BETWEEN.join(tokens))
    else:
        drop_cookie(request, answer, DEVICE)


def _open_all(request: Request) -> dict[str, tuple[str, ...]]:
    """The cases that each listed token opens; one that opens nothing counts like any other guess."""
    limits, address = limits_of(request), address_of(request)
    hashed = {token: hash_secret(token) for token in _listed(request)}
    for kept in hashed.values():
        limits.require_token(kept)
    found = find_tokens(desk_of(request).store, list(hashed.values()), at=now()) if hashed else {}
    opened = {}
    for token, kept in hashed.items():
        heads = found.get(kept)
        if heads:
            opened[token] = tuple(heads)
        else:
            limits.note_refused(address)
    return opened
