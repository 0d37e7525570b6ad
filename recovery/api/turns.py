"""Whose turn it is: claims come to the database and the processor a few at a time, and nobody waits long for it.

Knows: how many are at it, how many wait, and until when one may. Must not know: claims, HTTP. Every thread that works at once
makes all others slower, the loop that answers everybody with them, and a hundred writers of one file wait for each other
in no order. So a few work, the rest stand in a line, and who would stand in it too long is told so at once.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from recovery.errors import Unreachable

AT_ONCE = 4
"""Those at work: one waits for the disk while others compute."""

CROWD = 8
"""Waiting for a turn, from which on claims are received first and checked later."""

PLACES = 128
"""Claims of a process between request and answer: those that wait for nodes, and as many that wait for a turn. More are
sent away before anything of them is read; other requests find threads free."""

WAIT_SECONDS = 1.5
"""How long a claim may wait for its first turn."""

RETRY_AFTER = 5


class Busy(Unreachable):
    """More comes in than can be stored in time; nothing was stored. Come back in ``retry_after`` seconds."""

    def __init__(self) -> None:
        super().__init__(
            "busy",
            "more claims come in than can be stored in time",
            hint=f"nothing was stored: try again in {RETRY_AFTER} seconds",
        )
        self.retry_after = RETRY_AFTER


class Turns:
    """The line of one process. Thread-safe."""

    def __init__(self, at_once: int = AT_ONCE, places: int = PLACES) -> None:
        self._free = threading.Semaphore(at_once)
        self._lock = threading.Lock()
        self._places = places
        self._waiting = 0

    @property
    def is_full(self) -> bool:
        """All places are taken."""
        with self._lock:
            return self._places <= 0

    @contextmanager
    def place(self) -> Iterator[None]:
        """One of the places between request and answer; raises `Busy` at once where all are taken."""
        with self._lock:
            if self._places <= 0:
                raise Busy
            self._places -= 1
        try:
            yield
        finally:
            with self._lock:
                self._places += 1

    @contextmanager
    def turn(self, until: float) -> Iterator[None]:
        """Work in one's turn; raises `Busy` where it has not come by ``until`` (`time.monotonic`)."""
        with self._lock:
            self._waiting += 1
        try:
            has_turn = self._free.acquire(timeout=max(0.0, until - time.monotonic()))
        finally:
            with self._lock:
                self._waiting -= 1
        if not has_turn:
            raise Busy
        try:
            yield
        finally:
            self._free.release()

    @property
    def is_crowded(self) -> bool:
        """So many wait that only what can't wait is done."""
        with self._lock:
            return self._waiting >= CROWD
