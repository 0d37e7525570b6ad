"""What every request passes before a route sees it: limits, size, time, headers, a line in the log.

Knows: ASGI. Must not know: routes, cases. Plain ASGI, because a status read must cost little more than
the route itself. The log has method, route template, status and time: no path, no query, no header,
no address.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from recovery.errors import BadInput, RecoveryError

MAX_BODY = 64 * 1024
"""Bytes of a request: the longest signature with its public key is a few thousand."""

BODY_SECONDS = 15.0
"""How long a request's body may take to arrive: who sends a byte a minute holds a place."""

ADDRESS = "recovery.address"
"""Under this name the scope has the client's address, the proxies in front taken off."""

SINCE = "recovery.since"
"""Under this name the moment (`time.monotonic`) at which the request came in."""

log = logging.getLogger("recovery.access")

Networks = Sequence[IPv4Network | IPv6Network]
Observe = Callable[[str, str, int, float], None]
FindRefusal = Callable[[Scope], RecoveryError | None]
Refuse = Callable[[Scope, Receive, Send, RecoveryError], Awaitable[None]]

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


class BodyTooLarge(BadInput):
    """More than `MAX_BODY` came in."""

    def __init__(self) -> None:
        super().__init__("body-too-large", f"a request has at most {MAX_BODY} bytes")


class BodyTooSlow(BadInput):
    """The body did not arrive in time."""

    def __init__(self) -> None:
        super().__init__("body-too-slow", f"a request arrives within {BODY_SECONDS:.0f} seconds")


class Guard:
    """Bounds every request, adds the headers, writes one line without any secret in it."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        https: bool,
        trusted_proxies: Networks,
        observe: Observe,
        find_refusal: FindRefusal,
        refuse: Refuse,
    ) -> None:
        self._app = app
        self._observe = observe
        self._find_refusal = find_refusal
        self._refuse = refuse
        self._trusted = tuple(trusted_proxies)
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
        scope[ADDRESS] = find_address(scope, self._trusted)
        scope[SINCE] = time.monotonic()

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
            refusal = self._find_refusal(scope)
            if refusal is None and _declared_length(scope) > MAX_BODY:
                refusal = BodyTooLarge()
            if refusal is not None:
                await self._refuse(scope, receive, guarded, refusal)
                return
            await self._app(scope, _bounded(receive), guarded)
        except (BodyTooLarge, BodyTooSlow) as unread:
            if not begun:
                await self._refuse(scope, receive, guarded, unread)
        finally:
            seconds = time.perf_counter() - started
            route = getattr(scope.get("route"), "path", "unmatched")
            self._observe(scope["method"], route, status, seconds)
            log.info("%s %s %d %.1f ms", scope["method"], route, status, 1000 * seconds)


def find_address(scope: Scope, trusted: Networks) -> str:
    """The client's address: the last one that no trusted proxy wrote down for itself.

    ``X-Forwarded-For`` is read from its end, and only where the connection comes from a trusted proxy:
    what stands before it anybody can write.
    """
    client = scope.get("client")
    address = client[0] if client else ""
    if not trusted or not _is_within(address, trusted):
        return address
    told = b",".join(v for n, v in scope["headers"] if n == b"x-forwarded-for").decode("latin-1")
    for part in reversed(told.split(",")):
        hop = part.strip()
        if not _is_address(hop):
            return address
        address = hop
        if not _is_within(hop, trusted):
            return hop
    return address


def find_header(scope: Scope, name: bytes) -> str:
    """The first header of this name (in lower case), empty without one: no other is decoded."""
    for key, value in scope["headers"]:
        if key == name:
            return str(value, "latin-1")
    return ""


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _is_within(text: str, networks: Networks) -> bool:
    return _is_address(text) and any(ip_address(text) in network for network in networks)


def _bounded(receive: Receive) -> Receive:
    taken = 0
    ends = time.monotonic() + BODY_SECONDS
    whole = False

    async def bounded() -> Message:
        nonlocal taken, whole
        if whole:  # what follows is the wait for the client to leave
            return await receive()
        try:
            async with asyncio.timeout(max(ends - time.monotonic(), 0)):
                message = await receive()
        except TimeoutError:
            raise BodyTooSlow from None
        if message["type"] == "http.request":
            taken += len(message.get("body", b""))
            whole = not message.get("more_body", False)
            if taken > MAX_BODY:
                raise BodyTooLarge
        return message

    return bounded


def _declared_length(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length":
            return int(value) if value.isdigit() else 0
    return 0
