"""What the service tells Prometheus: counts and times by route, nothing about people.

Knows: metric names; labels are route templates, methods and classes of status, which are few. Must not
know: cases, tokens. Several processes of one server write to one folder (``PROMETHEUS_MULTIPROC_DIR``).
"""

from __future__ import annotations

import os

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Metrics:
    """The service's own registry, so that several applications of one process don't meet in it."""

    def __init__(self) -> None:
        registry = self._registry = CollectorRegistry()
        self._counted: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}
        self._requests = Counter(
            "recovery_http_requests",
            "Requests answered.",
            ("method", "route", "status"),
            registry=registry,
        )
        self._seconds = Histogram(
            "recovery_http_request_seconds",
            "Time to answer.",
            ("route",),
            buckets=(0.005, 0.02, 0.1, 0.5, 1, 2, 3, 5, 10),
            registry=registry,
        )
        self._claims = Counter(
            "recovery_claims", "Claims taken, by what was answered.", ("answer",), registry=registry
        )
        self._waiting = Gauge(
            "recovery_cases_checking",
            "Cases that wait for an answer of the nodes, as last counted.",
            registry=registry,
            multiprocess_mode="mostrecent",
        )

    def observe(self, method: str, route: str, status: int, seconds: float) -> None:
        counted = self._counted.get((method, route, status))
        if counted is None:  # kept: to find a metric by its labels costs more than to count
            known = method if method in _METHODS else "other"
            counted = (
                self._requests.labels(known, route, f"{status // 100}xx"),
                self._seconds.labels(route),
            )
            if method in _METHODS:
                self._counted[method, route, status] = counted
        counted[0].inc()
        counted[1].observe(seconds)

    def count_claim(self, answer: str) -> None:
        """``answered``, ``checking`` or ``again``."""
        self._claims.labels(answer).inc()

    def tell_waiting(self, cases: int) -> None:
        self._waiting.set(cases)

    def print(self) -> bytes:
        """The text format, of all processes of this server."""
        if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
            return generate_latest(self._registry)
        together = CollectorRegistry()
        MultiProcessCollector(together)  # type: ignore[no-untyped-call]
        return generate_latest(together)
