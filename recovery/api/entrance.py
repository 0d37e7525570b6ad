"""How a customer who is logged in at the exchange comes to the pages as themselves.

Knows: the pass that the exchange's own site asks for with its channel key, and sends its customer on with.
Must not know: pages, claims. A pass names the user, the key it was asked for with and an end, signed
with the exchange's secret: nothing is stored, and a revoked key ends its passes. It is short-lived, because it
stands in an address; what the page makes of it lives in a cookie.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from recovery.api.answers import answer, problems
from recovery.api.bodies import Customer
from recovery.api.callers import desk_of, require_key
from recovery.api.desk import Desk
from recovery.api.secrets import ApiKey, KeyKind, load_key
from recovery.api.shapes import EntranceShape, shaped
from recovery.clock import now
from recovery.errors import BadInput, NotAllowed
from recovery.model import is_visitor
from recovery.times import print_time

router = APIRouter(prefix="/v1", tags=["claimants"])

PASS_LASTS = timedelta(minutes=5)
"""From the exchange's site to the page: one redirect."""

STAY_LASTS = timedelta(hours=1)
"""How long the page knows the customer then."""

_MAX_PASS = 2000


@router.post(
    "/entrance",
    status_code=201,
    response_class=Response,
    responses=shaped(201, EntranceShape) | problems(401, 409, 422),
)
def make_entrance(request: Request, body: Customer) -> Response:
    """A channel sends its logged-in customer on to the pages: where to, and until when.

    Redirect the customer's browser there at once, over HTTPS; the claim they make is then their own.
    """
    key = require_key(request, KeyKind.CHANNEL)
    if is_visitor(body.user):
        raise BadInput("user-missing", "a channel says whose claim it is", where="user")
    ends = now() + PASS_LASTS
    path = f"/enter/{sign_pass(desk_of(request), key.id, body.user.strip(), ends, kind='pass')}"
    return answer({"path": path, "expires_at": print_time(ends)}, status=201)


def sign_pass(desk: Desk, key_id: str, user: str, ends: datetime, *, kind: str) -> str:
    """``kind`` tells a pass from a stay: the one can't be used as the other."""
    if desk.secret is None:
        name = desk.config.api.secret.removeprefix("env:")
        raise NotAllowed("no-secret", "the service has no secret", hint=f"set {name}")
    told = json.dumps([kind, key_id, user, int(ends.timestamp())]).encode()
    text = base64.urlsafe_b64encode(told).decode().rstrip("=")
    return f"{text}.{_sign(desk.secret, text)}"


def read_pass(desk: Desk, text: str, *, kind: str) -> tuple[ApiKey, str] | None:
    """The channel's key and the user; None for whatever is no pass of ours, or not any more."""
    told, _, signature = text[:_MAX_PASS].partition(".")
    if desk.secret is None or not hmac.compare_digest(
        signature.encode("utf-8", "replace"), _sign(desk.secret, told).encode()
    ):
        return None
    try:
        found = json.loads(base64.urlsafe_b64decode(told + "=" * (-len(told) % 4)))
    except (ValueError, binascii.Error):
        return None
    its_kind, key_id, user, ends = found
    if its_kind != kind or datetime.fromtimestamp(ends, UTC) <= now():
        return None
    key = load_key(desk.store, key_id)
    return None if key is None or key.kind is not KeyKind.CHANNEL else (key, user)


def _sign(secret: bytes, text: str) -> str:
    made = hmac.digest(
        secret, b"recovery entrance " + text.encode("utf-8", "replace"), hashlib.sha256
    )
    return made.hex()
