"""Reading what a claimant is shown, fast: a status is read a hundred times for every change.

Knows: the two rows a claimant's view is made of; that a printed view is true as long as the last entry of
the case's trail is the same. Must not know: words, HTTP.
"""

from __future__ import annotations

import threading
from collections import OrderedDict, defaultdict
from collections.abc import Hashable, Sequence
from typing import Any, Generic, TypeVar, cast

import sqlalchemy as sa

from recovery.cases import rows
from recovery.cases.tables import CaseRow, TrailRow
from recovery.cases.values import Case
from recovery.errors import Inconsistent
from recovery.store import Store, find_table

KEPT = 5000
"""Printed views that a process keeps: some 20 MB."""

TRIES = 5

T = TypeVar("T")


_CASES, _TRAIL = find_table(CaseRow), find_table(TrailRow)
_AMONG: sa.BindParameter[list[str]] = sa.bindparam("among", expanding=True)
_READ_CASES = sa.select(_CASES).where(_CASES.c.id.in_(_AMONG))
_READ_TRAILS = sa.select(_TRAIL).where(_TRAIL.c.case_id.in_(_AMONG)).order_by(_TRAIL.c.seq)


class Printed(Generic[T]):
    """The latest printed views, each under what it was made of. Thread-safe."""

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self._views: OrderedDict[Hashable, T] = OrderedDict()
        self._lock = threading.Lock()

    def find(self, made_of: Hashable) -> T | None:
        with self._lock:
            known = self._views.get(made_of)
            if known is not None:
                self._views.move_to_end(made_of)
            return known

    def keep(self, made_of: Hashable, printed: T) -> None:
        with self._lock:
            self._views[made_of] = printed
            if len(self._views) > self._kept:
                self._views.popitem(last=False)


def read_for_claimant(store: Store, case_ids: Sequence[str]) -> tuple[Case, ...]:
    """The cases in this order, without signatures and consents, of which a claimant sees nothing.

    Raises `Inconsistent` where a trail does not fit its case.
    """
    asked = {"among": list(case_ids)}
    for _ in range(TRIES):
        trails: dict[str, list[Any]] = defaultdict(list)
        with store.look() as connection:
            found = {row.id: row for row in connection.execute(_READ_CASES, asked)}
            for entry in connection.execute(_READ_TRAILS, asked):
                trails[entry.case_id].append(entry)
        fits = all(trails[one.id] and trails[one.id][-1].hash == one.head for one in found.values())
        if fits:  # else it changed between the two statements
            return tuple(
                rows.read_case(cast(CaseRow, found[one]), trails[one], ())
                for one in case_ids
                if one in found
            )
    raise Inconsistent("case-damaged", "a case can't be read", hint="run `recovery audit`")
