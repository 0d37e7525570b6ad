"""Where reading an account's history stands: a stretch of heights, and the API's own place inside it. Pure.

Knows: how it is written into the scanner's cursor, and when the next stretch begins. Must not know: any API.

A stretch is read to its end before the next one begins, since most APIs tie their paging token to the range
that it was given for. A token therefore stays good when a run is killed, and the tip has moved meanwhile.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from recovery.chains.scan import Arrivals, Hit, Tip
from recovery.errors import Garbled
from recovery.model import Note

_TOKEN = re.compile(r"(\d+)-(\d*):(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Heights, both ends included, and the place inside: empty at the beginning."""

    first: int
    last: int
    place: str = ""

    @property
    def is_empty(self) -> bool:
        return self.last < self.first


def begin_stretch(after: str | None, since: int, tip: Tip) -> Stretch:
    """The stretch that a look goes on with; up to the tip where a new one begins.

    Raises `Garbled` for a token that was not written here.
    """
    if after is None:
        return Stretch(since, tip.height)
    found = _TOKEN.fullmatch(after)
    if found is None:
        raise Garbled("scan-token", f"the cursor {after[:80]!r} is none of this scan")
    first, last, place = int(found[1]), found[2], found[3]
    return Stretch(first, int(last) if last else tip.height, place)


def end_page(
    stretch: Stretch,
    tip: Tip,
    hits: Sequence[Hit],
    *,
    following: str,
    method: str,
    gaps: tuple[Note, ...] = (),
    seen: int = 0,
) -> Arrivals:
    """A page of a stretch: ``following`` is the place of the next one, empty behind the last.

    Nothing counts as looked through before the whole stretch is: some APIs tell the newest first.
    """
    if following:
        after = f"{stretch.first}-{stretch.last}:{following}"
        return Arrivals(tuple(hits), after, False, stretch.first - 1, (method,), gaps, seen)
    reached = max(stretch.last, stretch.first - 1)
    done = reached >= tip.height
    return Arrivals(tuple(hits), f"{reached + 1}-:", done, reached, (method,), gaps, seen)
