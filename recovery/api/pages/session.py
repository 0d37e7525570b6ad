"""An operator's session in a browser: begun with an API key, ended by time, by leaving or with the key.

Knows: what the cookie holds. Must not know: roles. The key itself stays out of the browser's store: the cookie
names the key's id and an end, signed with the exchange's secret, so that neither a copy of the database
nor another process's memory is needed to check it, and neither helps to make one.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime, timedelta

from starlette.requests import Request

from recovery.api.callers import address_of, desk_of, limits_of, unauthorised
from recovery.api.pages.browser import SESSION, find_cookie
from recovery.api.secrets import ApiKey, KeyKind, find_key, load_key
from recovery.api.staffacts import require_staff
from recovery.clock import now
from recovery.errors import NotAllowed

LASTS = timedelta(hours=8)
"""A working day: then the key is asked for again."""


def begin(request: Request, text: str) -> str:
    """The cookie of a new session; raises ``unauthorised``, the same for every text that is no operator's key."""
    desk = desk_of(request)
    secret = _require_secret(request)
    key = find_key(desk.store, text, at=now())
    if key is None or key.kind is not KeyKind.OPERATOR:
        limits_of(request).note_refused(address_of(request))
        raise unauthorised()
    require_staff(desk.store, key.actor)
    ends = int((now() + LASTS).timestamp())
    return f"{key.id}.{ends}.{_sign(secret, key.id, ends)}"


def find_operator(request: Request) -> tuple[ApiKey, str] | None:
    """Who is at the board, and the session's cookie; None where nobody is, any more.

    Raises `NotAllowed` where the staff does not know the person now.
    """
    cookie = find_cookie(request, SESSION)
    secret = desk_of(request).secret
    if cookie is None or secret is None:
        return None
    parts = cookie.split(".")
    if len(parts) != 3 or not parts[1].isascii() or not parts[1].isdigit() or len(parts[1]) > 12:
        return None
    key_id, ends = parts[0], int(parts[1])
    signed = _sign(secret, key_id, ends)
    if not hmac.compare_digest(parts[2].encode("utf-8", "replace"), signed.encode()):
        return None
    if datetime.fromtimestamp(ends, UTC) <= now():
        return None
    key = load_key(desk_of(request).store, key_id)
    if key is None or key.kind is not KeyKind.OPERATOR:
        return None
    require_staff(desk_of(request).store, key.actor)
    return key, cookie


def _require_secret(request: Request) -> bytes:
    secret = desk_of(request).secret
    if secret is None:
        name = desk_of(request).config.api.secret.removeprefix("env:")
        raise NotAllowed(
            "no-secret", "nobody can log in while the service has no secret", hint=f"set {name}"
        )
    return secret


def _sign(secret: bytes, key_id: str, ends: int) -> str:
    text = f"recovery desk session {key_id} {ends}"
    return hmac.digest(secret, text.encode(), hashlib.sha256).hex()
