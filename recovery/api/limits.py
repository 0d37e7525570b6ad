"""How many requests are taken: by address, by token or key, of all together, and of those refused.

Knows: windows of a minute. Must not know: routes, cases. These limits protect a process from a flood,
so each process counts for itself; what a flood of claims would cost everybody is counted in the
database, for all processes (`recovery.api.claimlimits`, `recovery.abuse.attempts`).
"""

from __future__ import annotations

import time
from ipaddress import IPv6Address, ip_address

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from recovery.config import ApiConfig
from recovery.errors import NotAllowed


class TooManyRequests(NotAllowed):
    """Come back in ``retry_after`` seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(
            "too-many-requests",
            "too many requests in a short time",
            hint=f"wait {retry_after} seconds",
        )
        self.retry_after = retry_after


class Limits:
    """The counts of one process. Thread-safe."""

    def __init__(self, rules: ApiConfig) -> None:
        self._counts = FixedWindowRateLimiter(MemoryStorage())
        self._all = RateLimitItemPerMinute(rules.requests_per_minute_of_all)
        self._address = RateLimitItemPerMinute(rules.requests_per_minute)
        self._keyed = RateLimitItemPerMinute(rules.requests_per_minute_of_key)
        self._token = RateLimitItemPerMinute(rules.requests_per_minute_of_token)
        self._refused = RateLimitItemPerMinute(rules.refused_per_minute)

    def find_refusal(self, address: str, *, keyed: bool) -> TooManyRequests | None:
        """Count a request; the refusal where a limit is reached.

        ``keyed`` requests carry an API key: an exchange's whole front end comes from one address.
        """
        if not self._counts.test(self._refused, "refused", address):
            return self._too_many(self._refused, "refused", address)
        own = self._keyed if keyed else self._address
        name = "keyed" if keyed else "address"
        if not self._counts.hit(own, name, address):
            return self._too_many(own, name, address)
        if not self._counts.hit(self._all, "all"):
            return self._too_many(self._all, "all")
        return None

    def require_token(self, token_sha256: str) -> None:
        """Count a request of a claimant's token; raises `TooManyRequests`."""
        if not self._counts.hit(self._token, "token", token_sha256):
            raise self._too_many(self._token, "token", token_sha256)

    def note_refused(self, address: str) -> None:
        """Count a token, key or check word that opened nothing: who guesses is stopped."""
        self._counts.hit(self._refused, "refused", address)

    def _too_many(self, item: RateLimitItem, *names: str) -> TooManyRequests:
        ends = self._counts.get_window_stats(item, *names).reset_time
        return TooManyRequests(max(1, round(ends - time.time())))


def name_address(text: str) -> str:
    """What is counted as one address: an IPv6 network of 64 bits belongs to one person."""
    try:
        parsed = ip_address(text)
    except ValueError:
        return "unknown"
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return f"{IPv6Address(int(parsed) >> 64 << 64)}/64"
    return str(parsed)
