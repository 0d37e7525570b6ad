"""How many requests are taken: by address, by token or key, of all together, and of those refused.

Knows: windows of a minute. Must not know: routes, cases. These limits protect a process from a flood,
so each process counts for itself; what a flood of claims would cost everybody is counted in the
database, for all processes (`recovery.api.claimlimits`, `recovery.abuse.attempts`).
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from functools import lru_cache
from ipaddress import IPv6Address, ip_address

from recovery.config import ApiConfig
from recovery.errors import NotAllowed

WINDOW_SECONDS = 60.0


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
    """The counts of one process, thrown away together after each window. Thread-safe.

    Counted here and not by a library: this is part of every request, and a status is read in half
    a millisecond.
    """

    def __init__(self, rules: ApiConfig) -> None:
        self._rules = rules
        self._lock = threading.Lock()
        self._counts: Counter[tuple[str, str]] = Counter()
        self._ends = time.monotonic() + WINDOW_SECONDS

    def find_refusal(self, address: str, *, keyed: bool) -> TooManyRequests | None:
        """Count a request; the refusal where a limit is reached.

        ``keyed`` requests carry an API key: an exchange's whole front end comes from one address.
        """
        rules = self._rules
        own, allowed = (
            (("keyed", address), rules.requests_per_minute_of_key)
            if keyed
            else (("address", address), rules.requests_per_minute)
        )
        with self._lock:
            self._turn()
            open_to_all = (
                self._counts.get(("refused", address), 0) < rules.refused_per_minute
                and self._hit(own, allowed)
                and self._hit(("all", ""), rules.requests_per_minute_of_all)
            )
        return None if open_to_all else self._too_many()

    def require_token(self, token_sha256: str) -> None:
        """Count a request of a claimant's token; raises `TooManyRequests`."""
        with self._lock:
            self._turn()
            fits = self._hit(("token", token_sha256), self._rules.requests_per_minute_of_token)
        if not fits:
            raise self._too_many()

    def note_refused(self, address: str) -> None:
        """Count a token, key or check word that opened nothing: who guesses is stopped."""
        with self._lock:
            self._turn()
            self._counts["refused", address] += 1

    def _turn(self) -> None:
        at = time.monotonic()
        if at >= self._ends:
            self._counts.clear()
            self._ends = at + WINDOW_SECONDS

    def _hit(self, what: tuple[str, str], allowed: int) -> bool:
        made = self._counts.get(what, 0)
        if made >= allowed:
            return False
        self._counts[what] = made + 1
        return True

    def _too_many(self) -> TooManyRequests:
        return TooManyRequests(max(1, round(self._ends - time.monotonic())))


@lru_cache(maxsize=4096)
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
