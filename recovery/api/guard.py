"""What every request passes before a route sees it: size, headers, a line in the log.

Knows: ASGI, limits, headers. Must not know: routes, cases. Plain ASGI, because a status read must
cost little more than the route itself.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_BODY = 64 * 1024
"""Bytes of a request: the longest signature with its public key is a few thousand."""

log = logging.getLogger("recovery.access")

SECURITY_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=()"),
    (
        b"content-security-policy",
        b"default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
        b"base-uri 'none'; frame-ancestors 'none'",
    ),
)
"""No script, nothing from elsewhere, no framing; what a page may load is its own style and images."""


class BodyTooLarge(Exception):
    """More than `MAX_BODY` came in."""


class Guard:
    """Bounds the body, adds the headers, writes one line per request without any secret in it."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        https: bool,
        observe: Callable[[str, str, int, float], None],
        refuse_large: Callable[[Scope, Receive, Send], Any],
    ) -> None:
        self._app = app
        self._observe = observe
        self._refuse_large = refuse_large
        self._headers: tuple[tuple[bytes, bytes], ...] = SECURITY_HEADERS
        if https:
            hsts = (b"strict-transport-security", b"max-age=63072000; includeSubDomains")
            self._headers = (*SECURITY_HEADERS, hsts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        status = 500
        begun = False

        async def guarded(message: Message) -> None:
            nonlocal status, begun
            if message["type"] == "http.response.start":
                begun = True
                status = message["status"]
                have = {name for name, _ in message["headers"]}
                message["headers"] = [
                    *message["headers"],
                    *((name, value) for name, value in self._headers if name not in have),
                ]
                if b"cache-control" not in have:
                    message["headers"].append((b"cache-control", b"no-store"))
            await send(message)

        try:
            if _declared_length(scope) > MAX_BODY:
                await self._refuse_large(scope, receive, guarded)
                return
            await self._app(scope, _bounded(receive), guarded)
        except BodyTooLarge:
            if not begun:
                await self._refuse_large(scope, receive, guarded)
        finally:
            seconds = time.perf_counter() - started
            route = getattr(scope.get("route"), "path", "unmatched")
            self._observe(scope["method"], route, status, seconds)
            log.info("%s %s %d %.1f ms", scope["method"], route, status, 1000 * seconds)


def _bounded(receive: Receive) -> Receive:
    taken = 0

    async def bounded() -> Message:
        nonlocal taken
        message = await receive()
        if message["type"] == "http.request":
            taken += len(message.get("body", b""))
            if taken > MAX_BODY:
                raise BodyTooLarge
        return message

    return bounded


def _declared_length(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length":
            return int(value) if value.isdigit() else 0
    return 0
