"""One endpoint's limit for all processes that ask it: the next free moment stands in the database.

Knows: the table and its one statement. Must not know: nodes, what is asked, who waits.

Every request takes the next slot in line under the row's lock, by the server's one clock, and waits for it: whatever
the number of workers, no more than ``requests_per_second`` leave together. A process that dies loses
the slots it took, which makes the others slower for a moment and never faster. On PostgreSQL only: SQLite is for
one machine, and a process keeps its own limit there. The table is unlogged, since nothing is lost with it, and
taking a slot waits for no disk.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from recovery.store import Store

FAR_SECONDS = 600
"""A next slot further away than this is no queue but a clock that was put back: the line begins anew."""


class EndpointRow(SQLModel, table=True):
    """When an endpoint may be asked next. ``endpoint`` is a name without its URL's secrets."""

    __tablename__ = "endpoint_slots"

    endpoint: str = Field(primary_key=True)
    free_at: datetime


_TAKE = sa.text(
    """
    INSERT INTO endpoint_slots AS line (endpoint, free_at)
    VALUES (:endpoint, clock_timestamp() + :every * interval '1 second')
    ON CONFLICT (endpoint) DO UPDATE SET free_at = :every * interval '1 second' + CASE
        WHEN line.free_at BETWEEN clock_timestamp() AND clock_timestamp() + :far * interval '1 second'
        THEN line.free_at ELSE clock_timestamp() END
    RETURNING extract(epoch FROM free_at - clock_timestamp())::float8 - :every
    """
)


@dataclass(frozen=True, slots=True)
class Pace:
    """Slots of endpoints, shared by all who have this database."""

    store: Store

    def take(self, endpoint: str, every: float) -> float:
        """Take the endpoint's next slot, ``every`` seconds after the one before: seconds until it comes.

        Raises `Unreachable` where the database fails: nobody knows then who else is asking.
        """
        asked = {"endpoint": endpoint, "every": every, "far": FAR_SECONDS}
        with self.store.look() as connection:
            seconds: float = connection.execute(_TAKE, asked).scalar_one()
        return seconds


def find_pace(store: Store) -> Pace | None:
    """The pace that processes share through this database, None where each keeps its own."""
    return None if store.is_sqlite else Pace(store)
