"""How old what a network was scanned up to is, and whether that is older than allowed.

Knows: cursors, which passes count. Must not know: how a scan runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

import sqlalchemy as sa

from recovery.config import Config
from recovery.networks import Network
from recovery.scan.looking import find_passes
from recovery.scan.tables import CursorRow
from recovery.store import Store

_CURSORS = cast(sa.Table, CursorRow.__table__)  # type: ignore[attr-defined]  # SQLModel types lack it


@dataclass(frozen=True, slots=True)
class Age:
    """``age`` None: nobody can say how far behind (never scanned, or still on its way to the tip)."""

    age: timedelta | None
    allowed: timedelta

    @property
    def is_stale(self) -> bool:
        return self.age is None or self.age > self.allowed


def find_ages(
    store: Store, config: Config, networks: Sequence[Network], *, at: datetime
) -> dict[str, Age]:
    """By network: the age of the oldest tip that one of its passes, optional ones aside, has reached.

    A network without a scan is left out.
    """
    ages = {}
    for network in networks:
        needed = [way.name for way in find_passes(network) if not way.optional]
        if not needed:
            continue
        own = config.of(network).max_cursor_age_hours
        hours = config.rescan.max_cursor_age_hours if own is None else own
        reached = [_find_reached(store, network.code, name) for name in needed]
        oldest = None if None in reached else min(r for r in reached if r is not None)
        age = None if oldest is None else max(at - oldest, timedelta())
        ages[str(network.code)] = Age(age, timedelta(hours=hours))
    return ages


def _find_reached(store: Store, network: str, name: str) -> datetime | None:
    """When the pass had seen everything; None where a track of it has not, or there is none."""
    track = _CURSORS.c.track
    ours = (_CURSORS.c.network == network) & ((track == name) | track.startswith(f"{name}:"))
    oldest = sa.func.min(_CURSORS.c.block_time, type_=_CURSORS.c.block_time.type)
    query = sa.select(oldest, sa.func.count(_CURSORS.c.block_time), sa.func.count()).where(ours)
    with store.read() as session:
        moment, known, tracks = session.connection().execute(query).one()
    found: datetime | None = moment if tracks and known == tracks else None
    return found
