"""How the service answers: JSON bytes and problem details, and their shape for the OpenAPI document.

Knows: media types, schemas. Must not know: cases. Answers are written by orjson as they are: the schemas
here document them, and tests compare the two.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response

from recovery.api.guard import find_header
from recovery.api.limits import TooManyRequests
from recovery.api.problems import MEDIA_TYPE, print_problem
from recovery.api.turns import Busy
from recovery.errors import RecoveryError
from recovery.jsontext import print_json
from recovery.messages import choose_language, speak

_MAX_ACCEPTED = 1000

Responses = dict[int | str, dict[str, Any]]


class FieldProblem(BaseModel):
    """One field that can't be used."""

    field: str
    text: str


class Problem(BaseModel):
    """RFC 9457 problem details. ``reference`` is stable; ``detail`` is for people."""

    type: str = Field(examples=["urn:recovery:error:unknown-case"])
    title: str
    status: int
    reference: str
    detail: str
    field: str | None = None
    errors: list[FieldProblem] = []


_WHY = {
    400: "The body is not JSON.",
    401: "No key or token was sent, or it opens nothing here.",
    403: "The person behind the key may not do this.",
    404: "There is no such case for this token or key.",
    408: "The request did not arrive in time.",
    409: "The answer is no: this step is not possible now. Nothing changed.",
    413: "The request is too large.",
    415: "The body is not sent as JSON: send ``Content-Type: application/json``.",
    422: "What was sent can't be used. Nothing was stored.",
    429: "Too many requests; ``Retry-After`` says when to come back.",
    500: "A bug of ours; nothing half-done was stored.",
    503: "Nobody could be asked (a node, a price source, the database), or too many come at once. Nothing changed.",
}


def problems(*statuses: int) -> Responses:
    """The problem answers of a route; those that any route may give are among them."""
    return {
        status: {
            "description": _WHY[status],
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status in sorted({*statuses, 400, 408, 413, 415, 429, 500, 503})
    }


def answer(document: Mapping[str, Any], *, status: int = 200, language: str = "") -> Response:
    """A JSON answer; ``language`` where its texts were written for the reader."""
    return answer_bytes(print_json(document), status=status, language=language)


def answer_bytes(printed: bytes, *, status: int = 200, language: str = "") -> Response:
    """`answer` of a document that is JSON already."""
    headers = {"content-language": language, "vary": "accept-language"} if language else None
    return Response(printed, status_code=status, media_type="application/json", headers=headers)


def find_language(request: Request) -> str:
    return _language_of(find_header(request.scope, b"accept-language")[:_MAX_ACCEPTED])


@lru_cache(maxsize=1024)
def _language_of(accepted: str) -> str:
    return choose_language(None, accepted)


def refuse(
    request: Request,
    error: RecoveryError,
    *,
    for_staff: bool = False,
    errors: list[dict[str, str]] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The problem answer of an error, in the reader's language; in the house's words for staff."""
    speaker = speak(find_language(request))
    document = print_problem(error, speaker=speaker, for_staff=for_staff)
    language = "en" if for_staff else speaker.language
    more = dict(headers or {})
    if isinstance(error, TooManyRequests | Busy):
        more["retry-after"] = str(error.retry_after)
    elif document["status"] in (429, 503):
        more["retry-after"] = "60"
    elif document["status"] == 401:
        more["www-authenticate"] = "Bearer"
    return Response(
        print_json({**document, "errors": errors or []}),
        status_code=document["status"],
        media_type=MEDIA_TYPE,
        headers={**more, "content-language": language, "vary": "accept-language"},
    )
