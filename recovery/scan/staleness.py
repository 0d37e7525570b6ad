"""How old what a network was scanned up to is, and whether that is older than allowed.

Knows: cursors, which passes count. Must not know: how a scan runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from recovery.config import Config
from recovery.networks import Network
from recovery.scan.findings import load_cursors
from recovery.scan.looking import find_passes
from recovery.store import Store


@dataclass(frozen=True, slots=True)
class Age:
    """``age`` None: it was never scanned up to a tip."""

    age: timedelta | None
    allowed: timedelta

    @property
    def is_stale(self) -> bool:
        return self.age is None or self.age > self.allowed


def find_ages(
    store: Store, config: Config, networks: Sequence[Network], *, at: datetime
) -> dict[str, Age]:
    """By network: the age of the oldest tip that one of its passes, optional ones aside, was at with all its addresses.

    A pass that is on its way to a newer tip, or can't get there, is as old as the last one that it reached. A
    network without a scan is left out.
    """
    ages = {}
    for network in networks:
        needed = [way.name for way in find_passes(network) if not way.optional]
        if not needed:
            continue
        own = config.of(network).max_cursor_age_hours
        hours = config.rescan.max_cursor_age_hours if own is None else own
        cursors = load_cursors(store, network.code, tracks=needed)
        tips = [cursor.block_time for cursor in cursors.values() if cursor.block_time is not None]
        age = max(at - min(tips), timedelta()) if len(tips) == len(needed) else None
        ages[str(network.code)] = Age(age, timedelta(hours=hours))
    return ages
