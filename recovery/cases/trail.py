"""The trail of a case: entries that each carry the hash of the one before.

Knows: what an entry's hash covers, and how a broken chain shows. Must not know: stores, clocks.

The hash covers the case, too, so that an entry can't be moved to another case; the case keeps the
length and the hash of the last entry, so that a cut tail shows. Whoever can rewrite a whole
trail together with its case can still do so: the heads are what an outside archive should keep.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
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
    last = trail[-1] if trail else None
    entry = TrailEntry(
        seq=len(trail) + 1,
        at=at,
        event=event.value,
        actor=actor,
        from_state=None if last is None else last.to_state,
        to_state=to_state,
        detail=detail,
        previous=ROOT if last is None else last.hash,
        hash="",
    )
    return replace(entry, hash=hash_of(case_id, entry))


def hash_of(case_id: str, entry: TrailEntry) -> str:
    """``sha256:…`` over every field of the entry but the hash itself."""
    return sha256_of(
        canonical(
            [
                "recovery.trail/1",
                case_id,
                entry.seq,
                print_time(entry.at),
                entry.event,
                entry.actor,
                entry.from_state,
                entry.to_state,
                dict(entry.detail),
                entry.previous,
            ]
        )
    )


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
