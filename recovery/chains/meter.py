"""What a piece of work cost in requests and bytes, counted where requests are sent.

Knows: counters of the running thread. Must not know: nodes, or what the work is.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(slots=True)
class Spent:
    """What was asked of nodes: requests that were answered, tries included, and the bytes of both ways."""

    requests: int = 0
    bytes_sent: int = 0
    bytes_received: int = 0

    def add(self, other: Spent) -> None:
        self.requests += other.requests
        self.bytes_sent += other.bytes_sent
        self.bytes_received += other.bytes_received


_COUNTING = threading.Lock()
_METER: ContextVar[Spent | None] = ContextVar("spent", default=None)


@contextmanager
def metered() -> Iterator[Spent]:
    """Count what this thread asks of nodes while it is in here."""
    spent = Spent()
    token = _METER.set(spent)
    try:
        yield spent
    finally:
        _METER.reset(token)
        outer = _METER.get()
        if outer is not None:
            outer.add(spent)


def count(sent: int, received: int) -> None:
    """Note one answered request; called by the source."""
    spent = _METER.get()
    if spent is not None:
        with _COUNTING:  # one piece of work may ask by several threads
            spent.requests += 1
            spent.bytes_sent += sent
            spent.bytes_received += received
