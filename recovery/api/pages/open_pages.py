"""Pages for everybody: is a message real, what does a cause mean, and how the pages look.

Knows: receipts, help articles, the style. Must not know: tokens. Whether a case exists is told to
nobody but who names its check word too; wrong words are counted by `recovery.api.limits`.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from recovery.api.acts import load_cases
from recovery.api.callers import address_of, desk_of, limits_of
from recovery.api.pages.browser import Form, load_style, read_form, require_form, show, speaker_of
from recovery.api.receipts import is_check_word
from recovery.errors import BadInput

router = APIRouter(include_in_schema=False)

Sent = Annotated[Form, Depends(read_form)]

_CAUSE = re.compile(r"[a-z_]{1,60}")
_MARK = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" '
    b'fill="#1d5b79"/><path d="M9 13a8 8 0 1 1-1 7" fill="none" stroke="#fff" stroke-width="3"/>'
    b'<path d="M6 8v7h7" fill="none" stroke="#fff" stroke-width="3"/></svg>'
)
_LONG = {"cache-control": "public, max-age=31536000, immutable"}


@router.get("/style.css")
def style() -> Response:
    """The one style sheet; its address changes with it."""
    return Response(load_style(), media_type="text/css", headers=_LONG)


@router.get("/mark.svg")
def mark() -> Response:
    return Response(_MARK, media_type="image/svg+xml", headers=_LONG)


@router.get("/verify")
def show_verify(request: Request) -> Response:
    return show(request, "verify.html", form={}, real=None, opened=None)


@router.post("/verify")
def verify(request: Request, form: Sent) -> Response:
    """Yes, and since when there is the case; or no, the same for every pair that is none."""
    require_form(request, form)
    desk = desk_of(request)
    number, word = form.get("number", "").lower()[:40], form.get("word", "")[:40]
    real = desk.secret is not None and is_check_word(number, word, desk.secret)
    cases = load_cases(desk.store, [number]) if real else ()
    if not cases:
        limits_of(request).note_refused(address_of(request))
        return show(request, "verify.html", form=form, real=False, opened=None)
    opened = speaker_of(request).moment(cases[0].opened_at)
    return show(request, "verify.html", form=form, real=True, opened=opened)


@router.get("/help/{cause}")
def show_help(request: Request, cause: str) -> Response:
    """The article of a cause, in English."""
    article = _load_article(cause) if _CAUSE.fullmatch(cause) else None
    if article is None:
        raise BadInput("not-found", "there is no such article")
    title, body = article
    return show(request, "help.html", title=title, body=body)


@cache
def _load_article(cause: str) -> tuple[str, str] | None:
    """Title and HTML of an article; None where there is none."""
    from markdown_it import MarkdownIt

    file = files("recovery.messages").joinpath("help", f"{cause}.md")
    if not file.is_file():
        return None
    first, _, rest = file.read_text("utf-8").partition("\n")
    return first.removeprefix("# ").strip(), MarkdownIt("zero").enable(
        ["heading", "list", "emphasis", "backticks", "link"]
    ).render(rest)
