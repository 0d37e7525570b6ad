"""What every page needs of a browser: its language, its cookies, its forms, its templates.

Knows: how a page is written and a form is proven to be ours. Must not know: cases.

**The token of a claim** comes by the link ``/c/TOKEN``, which puts it into a cookie and leads on to
``/case``: no page that a reader stays on has it in its address, so that no history entry, screenshot or
``Referer`` of a page carries it; the log has route templates alone. The cookie is ``HttpOnly``, and
``SameSite=Lax`` rather than ``Strict``, because the link is opened from an e-mail: ``Strict`` would not be
sent on the very redirect that follows.

**Forms** carry an HMAC of what they are for (the claim's token, the operator's session), keyed by a random
cookie of the browser; a form made for one case can't be sent for another. Browsers also say by
``Sec-Fetch-Site`` that a form was sent from elsewhere.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from recovery.api.limits import TooManyRequests
from recovery.api.problems import print_problem
from recovery.api.turns import Busy
from recovery.errors import BadInput, NotAllowed, RecoveryError
from recovery.messages import LANGUAGES, Speaker, choose_language, speak
from recovery.messages.languages import find_language
from recovery.messages.speaker import isolate
from recovery.times import parse_time

Form = Mapping[str, str]

VISIT, TOKEN, LANGUAGE, SESSION, CUSTOMER = "visit", "case", "lang", "desk", "customer"
DEVICE = "cases"
"""The cookies: the browser's own secret, the claim's token, the language, the operator's session, who
came in from the exchange's own site, and the tokens of all claims opened in this browser."""

_YEAR = 365 * 24 * 3600
_MAX_FIELDS = 40
_STYLE = files("recovery.api.pages").joinpath("style.css").read_bytes()
STYLE_MARK = hashlib.sha256(_STYLE).hexdigest()[:12]


async def read_form(request: Request) -> Form:
    """The text fields of a sent form, trimmed; files are not taken."""
    sent = await request.form(max_fields=_MAX_FIELDS, max_files=0)
    return {
        name: value.replace("\r\n", "\n").strip()
        for name, value in sent.multi_items()
        if isinstance(value, str)
    }


def choose_reader_language(request: Request) -> str:
    """The language asked for in the address, else the one kept, else the browser's."""
    asked = request.query_params.get("lang") or request.cookies.get(LANGUAGE)
    return choose_language(asked, request.headers.get("accept-language"))


def speaker_of(request: Request) -> Speaker:
    return speak(choose_reader_language(request))


def show(
    request: Request,
    template: str,
    *,
    status: int = 200,
    purpose: str = "",
    headers: Mapping[str, str] | None = None,
    **values: Any,
) -> Response:
    """A page in the reader's language. ``purpose`` is what its forms are for (`require_form`)."""
    speaker = speaker_of(request)
    visit = find_cookie(request, VISIT)
    fresh = visit or secrets.token_urlsafe(24)
    text = (
        _templates()
        .get_template(template)
        .render(
            say=speaker.say,
            count=speaker.count,
            code=speaker.code,
            speaker=speaker,
            languages=LANGUAGES.values(),
            here=request.url.path if request.method == "GET" else None,
            kept_query=[(k, v) for k, v in request.query_params.multi_items() if k != "lang"][:5],
            style_mark=STYLE_MARK,
            form_mark=_mark(fresh, purpose),
            **values,
        )
    )
    answer = Response(text, status_code=status, media_type="text/html", headers=headers)
    answer.headers["content-language"] = speaker.language
    answer.headers["vary"] = "accept-language, cookie"
    if visit is None:
        put_cookie(request, answer, VISIT, fresh)
    asked = find_language(request.query_params.get("lang", "")[:64])
    if asked is not None:
        put_cookie(request, answer, LANGUAGE, asked, max_age=_YEAR)
    return answer


def lead_to(path: str) -> Response:
    """See other: what was sent is done, and reloading the next page does not do it again."""
    return RedirectResponse(path, status_code=303)


def read_fields(
    form: Form, names: tuple[str, ...], *, required: tuple[str, ...] = ()
) -> dict[str, str]:
    """What was filled in; raises ``empty`` for a required field that was not."""
    for name in required:
        if not form.get(name):
            raise BadInput("empty", f"{name} is empty", where=name)
    return {name: form[name] for name in names if form.get(name)}


def tell_wrong(request: Request, wrong: RecoveryError | ValidationError) -> dict[str, Any]:
    """What is wrong with a form, each with its field, and the status that says so."""
    speaker = speaker_of(request)
    if isinstance(wrong, RecoveryError):
        problem = print_problem(wrong, speaker=speaker)
        errors = ({"field": problem["field"], "text": problem["detail"]},)
        return {"status": problem["status"], "errors": errors}
    found = []
    for one in wrong.errors():
        reference = "too-long" if one["type"] == "string_too_long" else "bad-request"
        text = speaker.say(f"error.{reference}")
        found.append({"field": str(one["loc"][0]) if one["loc"] else None, "text": text})
    return {"status": 422, "errors": tuple(found)}


def require_form(request: Request, form: Form, purpose: str = "") -> None:
    """Raise ``form-expired`` where this browser did not get the form from us, for this purpose."""
    visit = find_cookie(request, VISIT)
    given = form.get("mark", "")
    elsewhere = request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none")
    if visit is None or elsewhere or not _same(given, _mark(visit, purpose)):
        raise NotAllowed("form-expired", "the form is not one that this browser was given")


def find_cookie(request: Request, name: str) -> str | None:
    return request.cookies.get(_full_name(request, name)) or None


def put_cookie(
    request: Request,
    answer: Response,
    name: str,
    value: str,
    *,
    max_age: int | None = None,
    strict: bool = False,
) -> None:
    """A cookie for this host alone that no script reads; it ends with the browser where ``max_age`` is None."""
    answer.set_cookie(
        _full_name(request, name) if name != LANGUAGE else name,
        value,
        max_age=max_age,
        path="/",
        secure=_is_https(request),
        httponly=True,
        samesite="strict" if strict else "lax",
    )


def drop_cookie(request: Request, answer: Response, name: str) -> None:
    answer.delete_cookie(
        _full_name(request, name), path="/", secure=_is_https(request), httponly=True
    )


def is_for_reader(request: Request) -> bool:
    """Whether a page answers, and not a JSON document: a browser asks, outside the API."""
    path = request.url.path
    return not path.startswith("/v1/") and "text/html" in request.headers.get("accept", "")


def show_error(request: Request, error: RecoveryError) -> Response:
    """A page that says what went wrong, in the reader's words; in the house's for the board."""
    for_staff = request.url.path.startswith("/desk")
    problem = print_problem(error, speaker=speaker_of(request), for_staff=for_staff)
    headers = {}
    if isinstance(error, TooManyRequests | Busy):
        headers["retry-after"] = str(error.retry_after)
    return show(
        request,
        "error.html",
        status=problem["status"],
        headers=headers,
        text=problem["detail"],
        for_staff=for_staff,
    )


def load_style() -> bytes:
    return _STYLE


def _mark(visit: str, purpose: str) -> str:
    return hmac.digest(visit.encode(), f"form {purpose}".encode(), hashlib.sha256).hex()


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode("utf-8", "replace"), other.encode())


def _full_name(request: Request, name: str) -> str:
    """With HTTPS the browser itself sees to it that no neighbouring host can set the cookie."""
    return f"__Host-{name}" if _is_https(request) else name


def _is_https(request: Request) -> bool:
    https: bool = request.app.state.config.api.https
    return https


def clean(text: object) -> str:
    """A stranger's text without characters that nobody sees, fit to be copied."""
    return isolate(str(text))[1:-1]


def _clean_lines(text: str) -> str:
    return "\n".join(clean(line) for line in text.split("\n"))


def print_coins(transfer: Mapping[str, Any]) -> str:
    """The amount of a printed transfer in whole coins, for staff."""
    speaker = speak("en")
    decimals, text = transfer["decimals"], transfer["amount"]
    amount = Decimal(text) if "." in text else int(text)
    fits = decimals if isinstance(amount, int) else None
    return speaker.amount(amount, fits, transfer["symbol"])


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=PackageLoader("recovery.api.pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["clean"] = clean
    environment.filters["isolate"] = isolate
    environment.filters["clean_lines"] = _clean_lines
    environment.globals["moment"] = parse_time
    environment.globals["coins"] = print_coins
    return environment
