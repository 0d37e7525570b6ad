"""Who calls: a claimant by the token of a claim, an operator or an exchange's front end by an API key.

Knows: the headers in which secrets travel, that a wrong one is answered like any other wrong one. Must
not know: what a caller may do. Secrets are read from ``Authorization: Bearer`` alone, never from a path
or a query, which logs, histories and ``Referer`` keep.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.requests import Request

from recovery.api.desk import Desk
from recovery.api.guard import ADDRESS, find_header
from recovery.api.limits import Limits, name_address
from recovery.api.lookup import TokenLookup
from recovery.api.secrets import ApiKey, KeyKind, find_key, find_tokens, hash_secret
from recovery.clock import now
from recovery.errors import BadInput, NotAllowed

KEY_MARK = "rk_"


@dataclass(frozen=True, slots=True)
class Claimant:
    """The holder of a token: its kept form, and the cases it opens, each with the head of its trail."""

    token_sha256: str
    heads: Mapping[str, str]

    @property
    def case_ids(self) -> tuple[str, ...]:
        return tuple(self.heads)


def desk_of(request: Request) -> Desk:
    """The service's store, checker and pool."""
    desk: Desk = request.app.state.desk
    return desk


def limits_of(request: Request) -> Limits:
    limits: Limits = request.app.state.limits
    return limits


def address_of(request: Request) -> str:
    """The client's address as it is counted."""
    return name_address(request.scope.get(ADDRESS, ""))


def is_keyed(headers: list[tuple[bytes, bytes]]) -> bool:
    """Whether a request carries what looks like an API key."""
    mark = f"Bearer {KEY_MARK}".encode().lower()
    return any(n == b"authorization" and v[: len(mark)].lower() == mark for n, v in headers)


def find_claimant(desk: Desk, limits: Limits, token: str, *, address: str) -> Claimant:
    """Whose token it is; raises the one `BadInput` (``unknown-case``) for any other text."""
    kept = hash_secret(token)
    limits.require_token(kept)
    found = find_tokens(desk.store, [kept], at=now())
    return _claimant(kept, found.get(kept), limits, address)


def require_claimant(request: Request) -> Claimant:
    """The claimant of this request; raises ``unauthorised`` without a token."""
    token = _bearer(request)
    return find_claimant(desk_of(request), limits_of(request), token, address=address_of(request))


async def gather_claimant(request: Request, lookup: TokenLookup, limits: Limits) -> Claimant:
    """`require_claimant` on the event loop."""
    kept = hash_secret(_bearer(request))
    limits.require_token(kept)
    found = await lookup.find(kept)
    return _claimant(kept, found, limits, address_of(request))


def _claimant(kept: str, heads: Mapping[str, str] | None, limits: Limits, address: str) -> Claimant:
    if not heads:
        limits.note_refused(address)
        raise no_such_case()
    return Claimant(kept, heads)


def choose_case(claimant: Claimant, case_id: str | None) -> str:
    """The case that is meant: the named one of the token's, else its only one."""
    if case_id is None:
        if len(claimant.case_ids) > 1:
            raise BadInput(
                "case-missing",
                "the claim is several cases: say which one is meant",
                hint="add ?case=NUMBER",
                where="case",
            )
        return claimant.case_ids[0]
    if case_id not in claimant.case_ids:
        raise no_such_case()
    return case_id


def require_key(request: Request, kind: KeyKind) -> ApiKey:
    """The key of this request; raises ``unauthorised``, the same for every key that opens nothing."""
    key = find_key(desk_of(request).store, _bearer(request), at=now())
    if key is None or key.kind is not kind:
        limits_of(request).note_refused(address_of(request))
        raise unauthorised()
    return key


def find_channel(request: Request) -> ApiKey | None:
    """The exchange's front end, where one speaks; None for a visitor."""
    if "authorization" not in request.headers:
        return None
    return require_key(request, KeyKind.CHANNEL)


def _bearer(request: Request) -> str:
    scheme, _, secret = find_header(request.scope, b"authorization").partition(" ")
    if scheme.lower() != "bearer" or not secret.strip():
        raise unauthorised()
    return secret.strip()


def no_such_case() -> BadInput:
    return BadInput("unknown-case", "there is no case for this token")


def unauthorised() -> NotAllowed:
    return NotAllowed(
        "unauthorised", "no key or token that opens anything", hint="Authorization: Bearer …"
    )
