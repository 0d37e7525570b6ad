"""One thread per process that takes up cases left in ``checking``, as long as it holds the lease.

Knows: the lease that makes one of several processes do it, which cases come next. Must not know: what a
check decides. A killed holder's lease ends by itself.
"""

from __future__ import annotations

import logging
import secrets
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import col, select

from recovery.api.claiming import ANSWERS_LAST, forget_answers
from recovery.api.desk import Desk
from recovery.api.metrics import Metrics
from recovery.api.tables import LeaseRow
from recovery.cases import desk as cases
from recovery.cases.table import State
from recovery.cases.tables import CaseRow
from recovery.clock import now
from recovery.errors import RecoveryError
from recovery.store import Store, find_table

log = logging.getLogger("recovery.service")

LEASE = timedelta(seconds=60)
EVERY_SECONDS = 10.0
AT_ONCE = 40
SIDE_BY_SIDE = 8
"""Cases asked about at one time: a round ends well within the lease, and claims find the pool free."""

SETTLE = timedelta(seconds=20)
"""How old a case in ``checking`` must be: until then the process that took it is at work on it."""


class Watcher:
    """Start it once per process; `stop` waits for the round at hand."""

    def __init__(self, desk: Desk, metrics: Metrics, *, every: float = EVERY_SECONDS) -> None:
        self._desk = desk
        self._metrics = metrics
        self._every = every
        self._name = secrets.token_hex(8)
        self._after = ""
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watch", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._ends.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        more = False
        while not self._ends.wait(0 if more else self._every):
            more = False
            try:
                more = self.look() > 0 and self._after != ""
            except RecoveryError as wrong:
                log.warning("the watch goes on: %s", wrong.reference)
            except Exception:
                log.exception("the watch goes on")

    def look(self) -> int:
        """One round, if this process holds the lease; how many cases were led on."""
        if not take_lease(self._desk.store, "watch", self._name):
            return 0
        forget_answers(self._desk.store, before=now() - ANSWERS_LAST)
        with ThreadPoolExecutor(SIDE_BY_SIDE, thread_name_prefix="watch") as side_by_side:
            return sum(side_by_side.map(self._lead_on, self._next()))

    def _lead_on(self, case_id: str) -> bool:
        """Ask again about one case; whether it left ``checking``."""
        if self._ends.is_set() or self._desk.is_asking(case_id):
            return False
        try:
            case = cases.load_case(self._desk.store, case_id)
            if case.state is not State.CHECKING:
                return False
            return self._desk.recheck(case)[0].state is not State.CHECKING
        except RecoveryError as wrong:
            log.info("a case stays in checking: %s", wrong.reference)
            return False

    def _next(self) -> list[str]:
        """The next ids in their own order, round and round: what nobody can answer stops no other."""
        checking = select(col(CaseRow.id)).where(
            col(CaseRow.state) == State.CHECKING.value, col(CaseRow.opened_at) < now() - SETTLE
        )
        count = select(sa.func.count()).where(col(CaseRow.state) == State.CHECKING.value)
        with self._desk.store.read() as session:
            self._metrics.tell_waiting(session.exec(count).one())
            rest = checking.where(col(CaseRow.id) > self._after).order_by(col(CaseRow.id))
            found = list(session.exec(rest.limit(AT_ONCE)))
        self._after = found[-1] if len(found) == AT_ONCE else ""
        return found


def take_lease(store: Store, name: str, holder: str) -> bool:
    """Take or keep a lease; False while another holds it. One statement: whatever races, one has it."""
    at = now()
    table = find_table(LeaseRow)
    dialect: Any = sqlite if store.is_sqlite else postgresql
    row = {"name": name, "holder": holder, "until": at + LEASE}
    insert = dialect.insert(table).values(row)
    mine = insert.on_conflict_do_update(
        index_elements=["name"],
        set_={"holder": holder, "until": at + LEASE},
        where=(table.c.holder == holder) | (table.c.until <= at),
    ).returning(table.c.name)
    with store.begin() as session:
        return session.connection().execute(mine).one_or_none() is not None
