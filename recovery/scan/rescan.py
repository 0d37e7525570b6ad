"""Due cases, found page by page and looked at in chunks that any executor can run.

Knows: the queries, what a chunk is. Must not know: why a case is due (`recovery.scan.due`), what a check
decides, what becomes of a case (`recovery.cases.relooking`).

A chunk travels as configuration, network and ids; who runs it opens what it needs once and hands back counts.
"""

from __future__ import annotations

import itertools
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from recovery.cases.casebook import read_cases
from recovery.cases.relooking import Came, Look, Outcome, apply_looks
from recovery.cases.table import State
from recovery.cases.tables import CaseRow, LookRow
from recovery.cases.values import Case
from recovery.chains.meter import Spent, metered
from recovery.checker import BATCH, Checker
from recovery.checks import Check
from recovery.classify.verdict import Cause
from recovery.clock import now
from recovery.config import Config
from recovery.errors import RecoveryError
from recovery.records.tables import ImportRow
from recovery.scan.due import LOOKED_AT, MAY_TURN, WORDS, Candidate, Why, World, plan_due
from recovery.scan.runs import add_tallies
from recovery.scan.tools import Tools, find_tools
from recovery.store import Store, find_table, in_parts

PAGE = 2_000
"""Candidates in one query: what is held of them is an id, a cause and some moments."""

CHUNK = 500
"""Due cases of one network in one chunk: five batches, so that the next is asked for while one is judged."""


_CASES, _LOOKS, _IMPORTS = find_table(CaseRow), find_table(LookRow), find_table(ImportRow)

NOWHERE = ""
"""Stands for the network of cases whose claim names none and whose transaction nobody knew."""


def load_world(store: Store, at: datetime) -> World:
    """When each kind of records was changed last."""
    latest = sa.func.max(_IMPORTS.c.at, type_=_IMPORTS.c.at.type)
    typed = sa.select(_IMPORTS.c.kind, latest).group_by(_IMPORTS.c.kind)
    with store.read() as session:
        return World(at, {row[0]: row[1] for row in session.connection().execute(typed)})


def find_networks(store: Store) -> dict[str, int]:
    """Networks that unfinished cases stand on, with their number; `NOWHERE` for those on none."""
    open_states = [s.value for s in LOOKED_AT if s not in (State.REFUSED, State.EXPIRED)]
    query = (
        sa.select(_CASES.c.network, sa.func.count())
        .where(_CASES.c.state.in_(open_states))
        .group_by(_CASES.c.network)
    )
    with store.read() as session:
        return {row[0] or NOWHERE: row[1] for row in session.connection().execute(query)}


def find_due(store: Store, network: str, world: World) -> Iterator[tuple[str, Why]]:
    """Ids of a network's due cases and why, page by page: never more than one page is held."""
    for state in LOOKED_AT:
        after = ""
        while page := _load_page(store, network, state, after):
            for candidate in page:
                why = plan_due(candidate, world)
                if why is not None:
                    yield candidate.id, why
            after = page[-1].id
            if len(page) < PAGE:
                break


def _load_page(store: Store, network: str, state: State, after: str) -> list[Candidate]:
    query = (
        _CANDIDATES.where(
            _CASES.c.network.is_(None) if network == NOWHERE else _CASES.c.network == network,
            _CASES.c.state == state.value,
            _CASES.c.id > after,
        )
        .order_by(_CASES.c.id)
        .limit(PAGE)
    )
    if state is State.REFUSED:
        query = query.where(_CASES.c.cause.in_(sorted(cause.value for cause in MAY_TURN)))
    return _load_candidates(store, query)


def _find_still_due(store: Store, ids: Sequence[str], world: World) -> set[str]:
    return {
        candidate.id
        for part in in_parts(ids)
        for candidate in _load_candidates(store, _CANDIDATES.where(_CASES.c.id.in_(part)))
        if plan_due(candidate, world) is not None
    }


_CANDIDATES = sa.select(
    _CASES.c.id,
    _CASES.c.state,
    _CASES.c.cause,
    _CASES.c.opened_at,
    _CASES.c.next_look_at,
    _CASES.c.quote_expires_at,
    _LOOKS.c.looked_at,
    _LOOKS.c.next_look_at.label("later"),
).select_from(
    _CASES.outerjoin(
        _LOOKS, (_LOOKS.c.case_id == _CASES.c.id) & (_LOOKS.c.version == _CASES.c.version)
    )
)


def _load_candidates(store: Store, query: sa.Select[Any]) -> list[Candidate]:
    with store.read() as session:
        return [
            Candidate(
                id=row.id,
                state=State(row.state),
                cause=None if row.cause is None else Cause(row.cause),
                opened_at=row.opened_at,
                looked_at=row.looked_at,
                next_look_at=row.later or row.next_look_at,
                quote_expires_at=row.quote_expires_at,
            )
            for row in session.connection().execute(query)
        ]


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some due cases of one network, for whoever has hands free; ``world`` is that of the run."""

    config: Config
    run: str
    world: World
    network: str
    due: tuple[tuple[str, Why], ...]


@dataclass(frozen=True, slots=True)
class Looked:
    """What came of a chunk: counts by `Came`, the first error of a kind, what it cost."""

    counts: dict[str, int]
    errors: dict[str, str]
    spent: Spent


def look_chunk(chunk: Chunk) -> Looked:
    """`look_at` with this process's own tools: what an executor is given."""
    return look_at(find_tools(chunk.config), chunk)


def look_at(tools: Tools, chunk: Chunk, *, go_on: Callable[[], None] = lambda: None) -> Looked:
    """Ask chain and records about every case of the chunk, and move what moved; ``go_on`` raises where it is to end.

    A chunk whose process died may come a second time: what was looked at by then is not due any longer.
    """
    counts: Counter[str] = Counter()
    errors: dict[str, str] = {}
    still = _find_still_due(tools.store, [case_id for case_id, _ in chunk.due], chunk.world)
    due = [pair for pair in chunk.due if pair[0] in still]
    with metered() as spent:
        for part in _in_parts(_ask(tools, chunk.network, due, errors)):
            go_on()
            outcomes = _apply(tools, chunk, part)
            counts.update(_count(outcomes))
            for outcome in outcomes:
                if outcome.error is not None:
                    errors.setdefault(outcome.error.reference, outcome.error.text)
    with tools.store.begin() as session:
        costs = {
            "cost:requests": spent.requests,
            "cost:bytes_sent": spent.bytes_sent,
            "cost:bytes_received": spent.bytes_received,
        }
        add_tallies(session, chunk.run, chunk.network, costs)
    return Looked(dict(counts), errors, spent)


def _ask(
    tools: Tools, network: str, due: Sequence[tuple[str, Why]], errors: dict[str, str]
) -> Iterator[Look]:
    whys = dict(due)
    cases = _load_all(tools.store, list(whys), errors)
    for case, check in _recheck(tools.checker, network, cases, errors):
        if check.found is None and check.search is not None and check.search.unreachable:
            errors.setdefault("unreachable", check.search.unreachable[0].reason)
        yield Look(case, check, WORDS[whys[case.id]])


def _load_all(store: Store, ids: Sequence[str], errors: dict[str, str]) -> Iterator[Case]:
    """As many at a time as are asked about together: a chunk's cases are never all held."""
    for start in range(0, len(ids), BATCH):
        yield from _load(store, ids[start : start + BATCH], errors)


def _load(store: Store, ids: Sequence[str], errors: dict[str, str]) -> list[Case]:
    """The cases; one that is damaged keeps none of the others."""
    try:
        with store.read() as session:
            return read_cases(session, ids)
    except RecoveryError as failed:
        if len(ids) == 1:
            errors.setdefault(failed.reference, failed.text)
            return []
    return [case for one in ids for case in _load(store, [one], errors)]


def _recheck(
    checker: Checker, network: str, cases: Iterator[Case], errors: dict[str, str]
) -> Iterator[tuple[Case, Check]]:
    asked: deque[Case] = deque()

    def ask() -> Iterator[Case]:
        for case in cases:
            asked.append(case)
            yield case

    if network != NOWHERE:
        try:
            row = checker.config.network(network)
            for check in checker.recheck_batch(row, ask()):
                yield asked.popleft(), check
        except RecoveryError as failed:
            errors.setdefault(failed.reference, failed.text)
    for case in itertools.chain(asked, cases):
        try:
            yield case, checker.recheck(case)
        except RecoveryError as failed:
            errors.setdefault(failed.reference, failed.text)


def _in_parts(looks: Iterator[Look]) -> Iterator[list[Look]]:
    part: list[Look] = []
    for look in looks:
        part.append(look)
        if len(part) == BATCH:
            yield part
            part = []
    if part:
        yield part


def _apply(tools: Tools, chunk: Chunk, part: Sequence[Look]) -> list[Outcome]:
    def tally(session: Session, outcomes: Sequence[Outcome]) -> None:
        add_tallies(session, chunk.run, chunk.network, _count(outcomes))

    return apply_looks(
        tools.store, part, at=now(), needs_wallet=tools.checker.needs_wallet, tally=tally
    )


def _count(outcomes: Sequence[Outcome]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for outcome in outcomes:
        counts[f"looks:{outcome.came.value}"] += 1
        if outcome.came is Came.MOVED:
            counts[f"moved:{outcome.before.value}>{outcome.to.value}"] += 1
        counts["opened"] += len(outcome.others)
    return counts
