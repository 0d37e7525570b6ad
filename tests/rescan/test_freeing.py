"""What a chunk leaves free goes back to the system."""

from __future__ import annotations

import ctypes
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from recovery.config import Config
from recovery.scan.rescan import NOWHERE, Chunk, look_at, open_tools
from recovery.store import Store

PIECES, SIZE, KEPT = 40_000, 2_000, 40

pytestmark = pytest.mark.skipif(
    not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="the C library has no malloc_trim"
)


def resident() -> int:
    """Bytes of this process in memory."""
    return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * 4096


def fill_and_drop(_: int) -> list[bytearray]:
    """Free pages in the middle of a heap: one piece in forty stays, the last among them."""
    return [bytearray(SIZE) for _ in range(PIECES)][KEPT - 1 :: KEPT]


def test_the_holes_that_threads_leave_in_their_heaps_are_given_back(sqlite_store: Store) -> None:
    with (
        open_tools(Config(database_url="sqlite://"), sqlite_store) as tools,
        ThreadPoolExecutor(2) as pool,
    ):
        kept = list(pool.map(fill_and_drop, range(2)))
        before = resident()
        look_at(tools, Chunk(tools.checker.config, "none", NOWHERE, ()))
        freed = before - resident()
    assert sum(map(len, kept)) == 2 * PIECES // KEPT
    assert freed > PIECES * SIZE  # half of what is free at the least
