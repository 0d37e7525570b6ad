"""A scan of one network: from the cursor to the last final block, kept as it goes.

Knows: which ranges are looked at in which order, what is kept when, the executor. Must not know: chains,
verdicts. Looks run on any `concurrent.futures.Executor`; they come home in any order and are kept in the
order of the chain, each with its cursor in one transaction: a killed run goes on where it was.
"""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

from recovery.chains.scan import Pass, Tip, Window
from recovery.clock import now
from recovery.errors import BadInput, SourceError
from recovery.model import Amount, NetworkCode, Note
from recovery.networks import Network
from recovery.records.book import Book
from recovery.records.port import Credit
from recovery.scan.findings import load_cursors, store_look
from recovery.scan.looking import Eyes, Job
from recovery.scan.values import Cursor, Finding, Look, ScanReport, Seen, Walk
from recovery.store import Store

WORKERS = 4
"""Looks under way at once: while one answer is read the next ones are on the wire."""

GIVE_UP_AFTER = 3
"""Addresses that can't be asked for in a row: then it is not the address."""

Told = Callable[[Walk], None]
"""Called after each kept look: for a progress bar."""


@dataclass(frozen=True, slots=True)
class Range:
    """Heights that somebody named; both ends included."""

    first: int
    last: int


def scan_network(
    eyes: Eyes,
    store: Store,
    network: Network,
    *,
    asked: Range | None = None,
    only: Sequence[str] | None = None,
    executor: Executor | None = None,
    workers: int = WORKERS,
    told: Told = lambda walk: None,
) -> ScanReport:
    """Look through the network's blocks and keep what was found, in every pass.

    Without ``asked`` each pass goes from its cursor, and a little before, to the last final block, and
    moves its cursor. Raises `SourceError` where the tip can't be had, `BadInput` where the
    network is not scanned or the range is not final yet. A pass that could not be finished is in the report
    (`Walk.error`); the others go on. ``only`` names passes.
    """
    began = time.monotonic()
    passes = _choose_passes(network, eyes.find_passes(network), only)
    tip = eyes.fetch_final(network)
    report = ScanReport(network.code, tip)
    if asked is not None:
        _check_range(network, asked, tip)
    run = _Run(eyes, store, network, tip, report, told)
    with _pool(executor, workers) as pool:
        for way in passes:
            run.take(pool, way, asked, 2 * workers)
    report.seconds = time.monotonic() - began
    return report


def _choose_passes(
    network: Network, passes: Sequence[Pass], only: Sequence[str] | None
) -> Sequence[Pass]:
    """The passes that were named, all of them without ``only``."""
    if not passes:
        raise BadInput(
            "not-scanned",
            f"{network.code} has no scan",
            hint="its deposits are found by hash: `recovery check HASH`",
        )
    if only is None:
        return passes
    names = [way.name for way in passes]
    for name in only:
        if name not in names:
            raise BadInput(
                "unknown-pass",
                f"{network.code} has no pass {name[:40]!r}",
                hint=f"its passes: {', '.join(names)}",
                where="--only",
            )
    return [way for way in passes if way.name in only]


def _check_range(network: Network, asked: Range, tip: Tip) -> None:
    if asked.first < 0 or asked.last < asked.first:
        raise BadInput(
            "bad-range",
            f"from {asked.first} to {asked.last} is no range",
            hint="--from H --to H, the first not above the last",
            where="--from",
        )
    if asked.last > tip.height:
        raise BadInput(
            "range-not-final",
            f"{network.code}: {asked.last} is above the last final block, {tip.height}",
            hint=f"scan up to {tip.height}; what is not final can still change",
            where="--to",
        )


@contextmanager
def _pool(given: Executor | None, workers: int) -> Iterator[Executor]:
    """The given executor, left open; else a thread pool of our own, closed at the end."""
    if given is not None:
        yield given
        return
    own = ThreadPoolExecutor(workers, thread_name_prefix="scan")
    try:
        yield own
    finally:
        own.shutdown(wait=True, cancel_futures=True)


@dataclass(slots=True)
class _Run:
    eyes: Eyes
    store: Store
    network: Network
    tip: Tip
    report: ScanReport
    told: Told

    def take(self, pool: Executor, way: Pass, asked: Range | None, ahead: int) -> None:
        """One pass over its range, or over its addresses."""
        if way.fetch_arrivals is not None:
            self._poll(pool, way, asked, ahead)
        else:
            self._walk(pool, way, asked, ahead)

    def _walk(self, pool: Executor, way: Pass, asked: Range | None, ahead: int) -> None:
        first, last = self._plan(way, asked)
        walk = Walk(way.name, first, last)
        self.report.walks.append(walk)
        jobs = [
            Job(self.network.code, way.name, window)
            for window in plan_windows(first, last, way, pieces=2 * ahead)
        ]
        for job, look in _in_order(pool, self.eyes, jobs, ahead):
            if isinstance(look, SourceError):
                walk.error = look.text
                break
            if look.covered is None:
                _add(walk, look)
                break  # the nodes have not what it takes; the gap says so
            reached = look.covered.last
            time_of_tip = self.tip.time if reached == self.tip.height else None
            cursor = None if asked else Cursor(reached, "", time_of_tip)
            self._keep(walk, way.name, look, cursor)
            walk.reached = job.window.last
            self.told(walk)

    def _plan(self, way: Pass, asked: Range | None) -> tuple[int, int]:
        """The range of a pass: as asked, else from its cursor or from a first look back."""
        if asked is not None:
            return asked.first, asked.last
        cursor = load_cursors(self.store, self.network.code).get((self.network.code, way.name))
        if cursor is not None:
            return max(min(cursor.height, self.tip.height) + 1 - way.overlap, 0), self.tip.height
        first = max(self.tip.height - way.first_look + 1, 0)
        text = f"{way.name}: first run, it began at {first}, {way.first_look} below the last final block"
        self.report.notes.append(Note("first_run", text))
        return first, self.tip.height

    def _poll(self, pool: Executor, way: Pass, asked: Range | None, ahead: int) -> None:
        """Every address issued for the network, page after page, each with a cursor of its own."""
        code = self.network.code
        cursors = load_cursors(self.store, code)
        since = max(self.tip.height - way.first_look + 1, 0)
        first, last = (asked.first, asked.last) if asked else (since, self.tip.height)
        walk = Walk(way.name, first, last)
        self.report.walks.append(walk)
        tip = self.tip if asked is None else Tip(asked.last, "", None)
        waiting: deque[Job] = deque()
        fresh = 0
        for key in self.eyes.watch.addresses_of(code):
            cursor = None if asked else cursors.get((code, _track(way, key)))
            fresh += cursor is None
            token = "" if cursor is None else cursor.token
            window = Window(first if cursor is None else cursor.height + 1, last)
            waiting.append(Job(code, way.name, window, key, token, tip))
        if fresh and asked is None:
            text = f"{way.name}: {fresh} addresses for the first time, from {since} on"
            self.report.notes.append(Note("first_run", text))
        failures: list[str] = []
        in_a_row = 0
        while waiting and in_a_row < GIVE_UP_AFTER:
            jobs = [waiting.popleft() for _ in range(len(waiting))]
            for job, look in _in_order(pool, self.eyes, jobs, ahead):
                assert job.key is not None
                if isinstance(look, SourceError):  # others may still be had
                    failures.append(f"{job.key}: {look.text}")
                    in_a_row += 1
                    if in_a_row == GIVE_UP_AFTER:
                        break
                    continue
                in_a_row = 0
                assert look.covered is not None
                reached = last if look.done else look.covered.last
                time_of_tip = self.tip.time if look.done else None
                cursor = None if asked else Cursor(reached, look.token, time_of_tip)
                self._keep(walk, _track(way, job.key), look, cursor)
                if not look.done:
                    window = Window(job.window.first, last)
                    waiting.append(Job(code, way.name, window, job.key, look.token, tip))
                self.told(walk)
        if failures:
            walk.error = "; ".join(failures[:GIVE_UP_AFTER])
            return
        walk.reached = last
        if asked is None:  # all addresses, or none: up to here the pass has seen everything
            self._store(way.name, [], Cursor(last, "", self.tip.time))

    def _keep(self, walk: Walk, track: str, look: Look, cursor: Cursor | None) -> None:
        _add(walk, look)
        findings, credited = self._uncredited(look.seen)
        walk.hits += len(look.seen)
        walk.credited += credited
        walk.findings += self._store(track, findings, cursor)

    def _store(self, track: str, findings: Sequence[Finding], cursor: Cursor | None) -> int:
        code = self.network.code
        return store_look(self.store, code, track, findings=findings, cursor=cursor, at=now())

    def _uncredited(self, seen: Sequence[Seen]) -> tuple[list[Finding], int]:
        """Transfers to addresses that the records really have, and that the ledger has not booked."""
        if not seen:
            return [], 0
        book = Book(self.store)
        known = book.find_held({s.finding.recipient for s in seen})
        ours = [s for s in seen if s.finding.recipient in known]
        code = self.network.code
        credits = book.find_credits({(code, s.finding.tx_hash) for s in ours})
        open_ones = list(find_uncredited(ours, credits))
        return open_ones, len(ours) - len(open_ones)


def _track(way: Pass, key: object) -> str:
    return f"{way.name}:{key}"


def _add(walk: Walk, look: Look) -> None:
    walk.looked_at += look.looked_at
    walk.methods = tuple(dict.fromkeys((*walk.methods, *look.methods)))
    walk.gaps = tuple(dict.fromkeys((*walk.gaps, *look.gaps)))
    walk.sources = tuple(dict.fromkeys((*walk.sources, *look.sources)))
    walk.unread |= dict.fromkeys(look.unread)
    walk.spent.add(look.spent)


def plan_windows(first: int, last: int, way: Pass, *, pieces: int) -> Iterator[Window]:
    """The range in the pass's windows, smaller ones where that keeps all workers busy."""
    total = last - first + 1
    size = max(min(way.window, max(-(-total // pieces), way.smallest)), 1)
    for start in range(first, last + 1, size):
        yield Window(start, min(start + size - 1, last))


def _in_order(
    pool: Executor, eyes: Eyes, jobs: Iterable[Job], ahead: int
) -> Iterator[tuple[Job, Look | SourceError]]:
    """Looks in the order of their jobs, or why they could not be had; some are under way ahead, and those
    are cancelled at the end."""
    running: deque[tuple[Job, Future[Look]]] = deque()
    walk = iter(jobs)
    try:
        while True:
            while len(running) < ahead and (job := next(walk, None)) is not None:
                running.append((job, pool.submit(eyes.look, job)))
            if not running:
                return
            job, future = running.popleft()
            try:
                look = future.result()
            except SourceError as failed:
                yield job, failed
            else:
                yield job, look
    finally:
        for _, future in running:
            future.cancel()


def find_uncredited(
    seen: Sequence[Seen],
    credits: Mapping[tuple[NetworkCode, str], tuple[Credit, ...]],
    *,
    by_content: bool = True,
) -> Iterator[Finding]:
    """Those that no credit names.

    A ledger names a transfer by position or by index, and a sight has no index. With ``by_content``, where
    ``seen`` has all sights of a transaction, credits by index are set against them by asset and
    amount, and believed where there are as many as such transfers. In doubt it is a finding: the check,
    which has the evidence, decides.
    """
    if not credits:
        yield from (s.finding for s in seen)
        return
    alike = Counter(_content(s.finding.tx_hash, s.finding.asset, s.finding.amount) for s in seen)
    for s in seen:
        finding = s.finding
        rows = credits.get((finding.network, finding.tx_hash), ())
        names = {finding.position} | ({str(s.index)} if s.index is not None else set())
        if any(row.transfer in names for row in rows):
            continue
        if by_content and s.index is None:
            content = _content(finding.tx_hash, finding.asset, finding.amount)
            booked = [r for r in rows if _content(r.tx_hash, r.asset, r.amount) == content]
            by_index = sum(row.transfer.isdigit() for row in booked)
            if by_index and by_index >= alike[content]:
                continue
        yield finding


def _content(tx_hash: str, asset: str, amount: Amount) -> tuple[str, str, Amount]:
    return tx_hash, asset, amount
