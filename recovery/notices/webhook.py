"""One notice to the exchange's own system, over HTTP, signed.

Knows: the request and its signature (Standard Webhooks: id, timestamp and body under HMAC-SHA-256), and
which answers mean that it arrived. Must not know: cases, stores. Whatever the receiver answers is not read:
only its status counts. Redirects are not followed: a notice goes where the configuration says.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import ipaddress
import socket
from datetime import datetime
from urllib.parse import urlsplit

import httpx
import orjson

from recovery.errors import BadInput, Unreachable

TIMEOUT_SECONDS = 10.0


def sign_body(secret: bytes, notice_id: str, timestamp: int, body: bytes) -> str:
    """``v1,BASE64``: what the receiver computes too, from ``ID.TIMESTAMP.BODY``."""
    signed = b".".join((notice_id.encode(), str(timestamp).encode(), body))
    made = hmac.digest(secret, signed, hashlib.sha256)
    return "v1," + base64.b64encode(made).decode()


def read_secret(text: str) -> bytes:
    """The key of a webhook: ``whsec_`` and base64, as the standard writes it, or any other text."""
    if text.startswith("whsec_"):
        return base64.b64decode(text.removeprefix("whsec_"), validate=True)
    return text.encode()


def check_target(url: str, *, allow_private: bool) -> None:
    """Raise `BadInput` for a target inside our own network, or without TLS, unless it is allowed."""
    if allow_private:
        return
    parts = urlsplit(url)
    if parts.scheme != "https":
        raise _bad_target("a webhook is told over https")
    try:
        found = socket.getaddrinfo(parts.hostname, parts.port or 443, type=socket.SOCK_STREAM)
    except OSError as wrong:
        raise Unreachable("webhook-unreachable", f"{parts.hostname}: {wrong}") from None
    for entry in found:
        if not ipaddress.ip_address(entry[4][0]).is_global:
            raise _bad_target(f"{parts.hostname} is an address inside a private network")


def _bad_target(text: str) -> BadInput:
    return BadInput(
        "bad-webhook",
        text,
        hint="set notices.allow_private = true if that is meant",
        where="notices.webhook_url",
    )


def send_webhook(
    url: str, *, notice_id: str, document: dict[str, object], secret: bytes | None, at: datetime
) -> None:
    """Returns where the receiver took it (2xx, or 410 Gone: it wants none); raises `Unreachable`."""
    body = orjson.dumps(document)
    timestamp = int(at.timestamp())
    headers = {
        "content-type": "application/json",
        "webhook-id": notice_id,
        "webhook-timestamp": str(timestamp),
    }
    if secret is not None:
        headers["webhook-signature"] = sign_body(secret, notice_id, timestamp, body)
    try:
        with httpx.stream(
            "POST",
            url,
            content=body,
            headers=headers,
            timeout=TIMEOUT_SECONDS,
            follow_redirects=False,
            trust_env=False,
        ) as response:
            status = response.status_code
    except httpx.HTTPError as wrong:
        name = type(wrong).__name__
        raise Unreachable("webhook-unreachable", f"the webhook can't be reached: {name}") from None
    if not (200 <= status < 300 or status == httpx.codes.GONE):
        raise Unreachable("webhook-refused", f"the webhook answered HTTP {status}")
