"""The runs of the night in the database: one at a time, what they counted, what they said.

Knows: the three tables, whose turn it is. Must not know: what is counted.

A run belongs to the process that holds it. Its word lasts `LEASE`, and is renewed; who finds a run
whose holder is dead (the same machine: the process is gone; another: the lease ran out) goes on with that very
run. Leases go by the machine's own clock, never by ``RECOVERY_NOW``, which may stand still.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import secrets
import socket
import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from recovery.errors import NotAllowed, RecoveryError
from recovery.jsontext import print_canonical
from recovery.scan.tables import PartRow, RunRow, TallyRow
from recovery.store import Store, find_table
from recovery.times import print_time

LEASE = timedelta(seconds=120)
RENEWED_EVERY_SECONDS = 20.0
RESUMED_WITHIN = timedelta(hours=20)
"""A run that broke off longer ago is ended as it is: the night after it is another one."""

RUNNING, DONE, CUT = "running", "done", "cut"


_RUNS, _TALLIES, _PARTS = find_table(RunRow), find_table(TallyRow), find_table(PartRow)


def name_holder() -> str:
    """This process: machine, number, and when it began, since numbers come again."""
    return f"{socket.gethostname()} {os.getpid()} {_started(os.getpid())}"


def _started(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""


def _is_gone(holder: str) -> bool:
    """Whether the holder was a process of this machine that is no more; False where nobody can say."""
    parts = holder.split(" ")
    if len(parts) != 3 or parts[0] != socket.gethostname() or not parts[2]:
        return False
    return _started(int(parts[1])) != parts[2]


@dataclass(frozen=True, slots=True)
class Run:
    """A run in our hands. ``started_at`` is the moment by which cases are due, also after a resumption."""

    id: str
    holder: str
    scope: str
    started_at: datetime
    resumed: int


@dataclass(slots=True)
class Hold:
    """Whether the run is still ours; renewed by a thread of its own."""

    lost: threading.Event = field(default_factory=threading.Event)

    def require(self) -> None:
        """Raise `NotAllowed` where another has taken the run over."""
        if self.lost.is_set():
            raise NotAllowed(
                "run-lost", "another process took this run over", hint="see recovery report"
            )


@contextlib.contextmanager
def hold_run(
    store: Store, *, actor: str, scope: Mapping[str, Any], at: datetime
) -> Iterator[tuple[Run, Hold]]:
    """Begin a run, or go on with one of the same scope whose holder is gone; raises `NotAllowed` while
    another process is at work."""
    run = _take(store, actor, print_canonical(dict(scope)), at)
    hold, ends = Hold(), threading.Event()

    def renew() -> None:
        last = datetime.now(UTC)
        while not ends.wait(RENEWED_EVERY_SECONDS):
            try:
                if not _renew(store, run):
                    hold.lost.set()
                    return
                last = datetime.now(UTC)
            except RecoveryError:
                if datetime.now(UTC) - last > LEASE:
                    hold.lost.set()
                    return

    thread = threading.Thread(target=renew, name="lease", daemon=True)
    thread.start()
    try:
        yield run, hold
    finally:
        ends.set()
        thread.join()


def _take(store: Store, actor: str, scope: str, at: datetime) -> Run:
    moment, holder = datetime.now(UTC), name_holder()
    with store.begin(lock="night") as session:
        connection = session.connection()
        running = connection.execute(sa.select(_RUNS).where(_RUNS.c.state == RUNNING)).all()
        for row in running:
            if row.until > moment and not _is_gone(row.holder):
                raise NotAllowed(
                    "night-running",
                    f"run {row.id} is at work since {print_time(row.started_at)} ({row.holder})",
                    hint="wait for its end; two nights at once are one too many",
                )
        taken = None
        for row in running:
            fits = row.scope == scope and timedelta() <= at - row.started_at <= RESUMED_WITHIN
            this = _RUNS.c.id == row.id
            if fits and taken is None:
                taken = Run(row.id, holder, scope, row.started_at, row.resumed + 1)
                ours = {"holder": holder, "until": moment + LEASE, "resumed": taken.resumed}
                connection.execute(sa.update(_RUNS).where(this).values(ours))
            else:
                connection.execute(sa.update(_RUNS).where(this).values(state=CUT, ended_at=at))
        if taken is not None:
            return taken
        run = Run(secrets.token_hex(8), holder, scope, at, 0)
        new = {
            "id": run.id,
            "state": RUNNING,
            "actor": actor,
            "scope": scope,
            "holder": holder,
            "until": moment + LEASE,
            "resumed": 0,
            "started_at": at,
        }
        connection.execute(sa.insert(_RUNS).values(new))
        return run


def _renew(store: Store, run: Run) -> bool:
    ours = (_RUNS.c.id == run.id) & (_RUNS.c.holder == run.holder) & (_RUNS.c.state == RUNNING)
    with store.begin() as session:
        until = datetime.now(UTC) + LEASE
        done = session.connection().execute(sa.update(_RUNS).where(ours).values(until=until))
        return done.rowcount == 1


def end_run(store: Store, run: Run, document: str, *, at: datetime) -> bool:
    """Keep the report and end the run; False where it is not ours any more."""
    ours = (_RUNS.c.id == run.id) & (_RUNS.c.holder == run.holder) & (_RUNS.c.state == RUNNING)
    new = {"state": DONE, "ended_at": at, "document": document}
    with store.begin() as session:
        return session.connection().execute(sa.update(_RUNS).where(ours).values(new)).rowcount == 1


def add_tallies(session: Session, run: str, network: str, counts: Mapping[str, int]) -> None:
    """Add to what a run counted, in the caller's transaction."""
    rows = [
        {"run": run, "network": network, "name": name, "count": count}
        for name, count in sorted(counts.items())
        if count
    ]
    if not rows:
        return
    connection = session.connection()
    dialect: Any = importlib.import_module(f"sqlalchemy.dialects.{connection.dialect.name}")
    insert = dialect.insert(_TALLIES)
    total = _TALLIES.c.count + insert.excluded["count"]
    keys = ["run", "network", "name"]
    connection.execute(
        insert.on_conflict_do_update(index_elements=keys, set_={"count": total}), rows
    )


def load_tallies(store: Store, run: str) -> dict[str, dict[str, int]]:
    """What a run counted, by network and name."""
    counts: dict[str, dict[str, int]] = defaultdict(dict)
    with store.read() as session:
        for row in session.connection().execute(sa.select(_TALLIES).where(_TALLIES.c.run == run)):
            counts[row.network][row.name] = row._mapping["count"]
    return dict(counts)


def keep_part(
    store: Store, run: str, place: tuple[str, str], document: str, counts: Mapping[str, int]
) -> None:
    """Keep what a run says at a place (network, name), and what was counted for it, once: what is there stays."""
    network, name = place
    row = {"run": run, "network": network, "name": name, "document": document}
    with store.begin() as session:
        connection = session.connection()
        dialect: Any = importlib.import_module(f"sqlalchemy.dialects.{connection.dialect.name}")
        insert = dialect.insert(_PARTS).values(row).on_conflict_do_nothing()
        if connection.execute(insert).rowcount == 1:
            add_tallies(session, run, network, counts)


def load_parts(store: Store, run: str) -> dict[tuple[str, str], str]:
    """What a run has said, by network and name."""
    with store.read() as session:
        found = session.connection().execute(sa.select(_PARTS).where(_PARTS.c.run == run))
        return {(row.network, row.name): row.document for row in found}


def load_runs(store: Store, *, most: int) -> list[RunRow]:
    """The latest runs, the newest first."""
    query = sa.select(RunRow).order_by(_RUNS.c.started_at.desc(), _RUNS.c.id).limit(most)
    with store.read() as session:
        found = list(session.execute(query).scalars())
        session.expunge_all()
        return found
