"""Memory that nobody uses any more, given back to the system.

Knows: the C library's allocator. Must not know: what the memory was for.

glibc gives back by itself only what is free at a heap's end. Threads that each build and drop thousands of answers leave free
pages in the middle of up to eight heaps a core, and a process grows all night though it keeps nothing.
"""

from __future__ import annotations

import ctypes
import functools
from collections.abc import Callable


def give_back_memory() -> None:
    """Return every free page of every heap, in some milliseconds; nothing where the C library has no such call."""
    trim = _find_trim()
    if trim is not None:
        trim(0)


@functools.cache
def _find_trim() -> Callable[[int], int] | None:
    """glibc's ``malloc_trim``; musl and macOS have none."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim.argtypes, trim.restype = (ctypes.c_size_t,), ctypes.c_int
    return trim
