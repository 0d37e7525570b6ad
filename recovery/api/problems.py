"""Errors as problem details (RFC 9457): our references as types, the reader's language as text.

Knows: which error answers with which status. Must not know: routes. What the house says of an error
is for staff and may quote what was sent; a claimant gets the words of `recovery.messages` instead.
"""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Any

from recovery.errors import BadInput, NotAllowed, RecoveryError, SourceError
from recovery.messages import Speaker

MEDIA_TYPE = "application/problem+json"

_STATUS = {
    "unknown-case": HTTPStatus.NOT_FOUND,
    "not-found": HTTPStatus.NOT_FOUND,
    "unauthorised": HTTPStatus.UNAUTHORIZED,
    "role-not-allowed": HTTPStatus.FORBIDDEN,
    "not-in-role": HTTPStatus.FORBIDDEN,
    "unknown-person": HTTPStatus.FORBIDDEN,
    "not-valid-now": HTTPStatus.FORBIDDEN,
    "above-limit": HTTPStatus.FORBIDDEN,
    "too-many-claims": HTTPStatus.TOO_MANY_REQUESTS,
    "too-many-requests": HTTPStatus.TOO_MANY_REQUESTS,
    "body-too-large": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "body-too-slow": HTTPStatus.REQUEST_TIMEOUT,
    "bad-json": HTTPStatus.BAD_REQUEST,
    "method-not-allowed": HTTPStatus.METHOD_NOT_ALLOWED,
    "unsupported-media-type": HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
}


def status_of(error: RecoveryError) -> int:
    """Bad input is 422, a no is 409, a source that can't be asked 503, a bug 500."""
    if error.reference in _STATUS:
        return _STATUS[error.reference]
    if isinstance(error, BadInput):
        return HTTPStatus.UNPROCESSABLE_ENTITY
    if isinstance(error, NotAllowed):
        return HTTPStatus.CONFLICT
    if isinstance(error, SourceError):
        return HTTPStatus.SERVICE_UNAVAILABLE
    return HTTPStatus.INTERNAL_SERVER_ERROR


def print_problem(
    error: RecoveryError, *, speaker: Speaker, for_staff: bool = False
) -> dict[str, Any]:
    """The problem document. ``reference`` is stable; ``detail`` is for people."""
    status = status_of(error)
    if for_staff:
        detail = error.text if not error.hint else f"{error.text} ({error.hint})"
    else:
        detail = speaker.error(error.reference) or speaker.say(_fallback(status))
    return {
        "type": f"urn:recovery:error:{error.reference}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "reference": error.reference,
        "detail": detail,
        "field": _field(error.where) if isinstance(error, BadInput) else None,
    }


def _field(where: str | None) -> str | None:
    """The body's name of an option; nothing for a place of the house's own, such as a configuration key."""
    if where is None:
        return None
    if where == "HASH":
        return "tx_hash"
    if where.startswith("--"):
        return where.removeprefix("--").replace("-", "_")
    return where if re.fullmatch(r"[A-Za-z_-]+", where) else None


def _fallback(status: int) -> str:
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        return "error.source-unavailable"
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return "error.internal"
    return "error.transition-not-allowed" if status == HTTPStatus.CONFLICT else "error.bad-request"
