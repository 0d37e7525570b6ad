"""The trail of a case: entries that each carry the hash of the one before.

Knows: what an entry's hash covers, and how a broken chain shows. Must not know: stores, clocks.

The hash covers the case, too, so that an entry can't be moved to another case; the case keeps the
length and the hash of the last entry, so that a cut tail shows. Whoever can rewrite a whole
trail together with its case can still do so: the heads are what an outside archive should keep.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from recovery.cases.digest import canonical, sha256_of
from recovery.cases.table import Event, State
from recovery.cases.values import TrailEntry
from recovery.times import print_time

ROOT = "sha256:" + "0" * 64
"""What stands before the first entry."""


def link(
    case_id: str,
    trail: Sequence[TrailEntry],
    *,
    at: datetime,
    event: Event,
    actor: str,
    to_state: State,
    detail: Mapping[str, Any],
) -> TrailEntry:
    """The entry that follows ``trail``."""
    from_state, previous = (trail[-1].to_state, trail[-1].hash) if trail else (None, ROOT)
    covered = (len(trail) + 1, at, event.value, actor, from_state, to_state, detail, previous)
    return TrailEntry(*covered, hash=_hash(case_id, covered))


def hash_of(case_id: str, entry: TrailEntry) -> str:
    """``sha256:…`` over every field of the entry but the hash itself."""
    covered = (
        entry.seq,
        entry.at,
        entry.event,
        entry.actor,
        entry.from_state,
        entry.to_state,
        entry.detail,
        entry.previous,
    )
    return _hash(case_id, covered)


_Covered = tuple[int, datetime, str, str, State | None, State, Mapping[str, Any], str]
"""The fields of a `TrailEntry` but the hash, in their order."""


def _hash(case_id: str, covered: _Covered) -> str:
    seq, at, event, actor, from_state, to_state, detail, previous = covered
    moved = [event, actor, from_state, to_state, dict(detail), previous]
    return sha256_of(canonical(["recovery.trail/1", case_id, seq, print_time(at), *moved]))


def find_breaks(
    case_id: str, trail: Sequence[TrailEntry], *, length: int, head: str, state: State
) -> Iterator[tuple[int, str]]:
    """What is wrong with one trail, as (seq, sentence); nothing where it is whole.

    ``length``, ``head`` and ``state`` are what the case itself says.
    """
    previous, came_to = ROOT, None
    for expected, entry in enumerate(trail, start=1):
        if entry.seq != expected:
            yield expected, f"entry {expected} is missing"
            return
        if entry.previous != previous:
            yield expected, "does not follow the entry before it"
        if entry.hash != hash_of(case_id, entry):
            yield expected, "was changed after it was written"
        if entry.from_state != came_to:
            yield expected, f"begins at {entry.from_state}, the entry before ended at {came_to}"
        previous, came_to = entry.hash, entry.to_state
    if len(trail) != length:
        yield len(trail) + 1, f"the case has {length} entries, the trail {len(trail)}"
    elif previous != head:
        yield length, "the case names another last entry"
    if came_to != state:
        yield len(trail), f"ends at {came_to}, the case is {state.value}"
