"""How a range is cut into windows: all of it, once, and in pieces that are worth a worker's while."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from recovery.chains.scan import Pass
from recovery.scan.engine import plan_windows


@given(
    first=st.integers(0, 10**7),
    length=st.integers(1, 3_000),
    window=st.integers(1, 500),
    smallest=st.integers(1, 100),
    pieces=st.integers(1, 64),
)
def test_windows_cover_the_range_without_a_gap_and_none_is_too_large(
    first: int, length: int, window: int, smallest: int, pieces: int
) -> None:
    way = Pass("blocks", window=window, smallest=smallest)
    windows = list(plan_windows(first, first + length - 1, way, pieces=pieces))
    assert (windows[0].first, windows[-1].last) == (first, first + length - 1)
    assert all(a.last + 1 == b.first for a, b in pairwise(windows))
    assert all(len(w) <= window for w in windows)
    assert all(len(w) >= min(smallest, window) for w in windows[:-1])


def test_a_short_range_keeps_as_many_busy_as_the_pass_allows() -> None:
    def sizes(smallest: int) -> list[int]:
        way = Pass("blocks", window=100, smallest=smallest)
        return [len(w) for w in plan_windows(1, 40, way, pieces=16)]

    assert sizes(8) == [8] * 5
    assert sizes(32) == [32, 8]
