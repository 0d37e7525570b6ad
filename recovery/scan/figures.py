"""Figures over the cases, for a team lead: ``recovery.report/1``.

Knows: which figures, from which columns. Must not know: how they are drawn (`recovery.scan.page`).

Whole tables are grouped by the database over an index; what needs a row of its own (money, durations) is of a
bounded time and is streamed. Money is added exactly, by currency.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from recovery.cases.table import Event, State
from recovery.cases.tables import CaseRow, TrailRow
from recovery.documents import print_decimal
from recovery.scan.runs import load_runs
from recovery.store import Store, find_table
from recovery.times import parse_time, print_time

RUNS = 30
_STREAM = 5_000
_FEES = frozenset({"service_fee", "waiver"})
_IN_QUEUE = (State.NEEDS_REVIEW, State.HELD, State.IN_SIGN_OFF, State.APPROVED, State.CHECKING)


_CASES, _TRAIL = find_table(CaseRow), find_table(TrailRow)


def load_report(store: Store, *, at: datetime, days: int = 90) -> dict[str, Any]:
    """All figures; those of a time are of the last ``days``. One consistent moment of the database."""
    since = at - timedelta(days=days)
    with store.read() as session:
        groups = _load_groups(session)
        report = {
            "schema": "recovery.report/1",
            "at": print_time(at),
            "days": days,
            "cases": sum(count for *_, count in groups),
            "by_state": _count(groups, 0),
            "by_cause": _count(groups, 1),
            "by_network": _count(groups, 2),
            "by_week": _load_weeks(session, since),
            "money": _load_money(session, since),
            "times": _load_times(session, since),
            "queues": _load_queues(session, at),
        }
    return {**report, "nights": [_print_run(row) for row in load_runs(store, most=RUNS)]}


_Group = tuple[str, str, str, int]


def _load_groups(session: Session) -> list[_Group]:
    columns = (_CASES.c.state, _CASES.c.cause, _CASES.c.network)
    query = sa.select(*columns, sa.func.count()).group_by(*columns)
    return [
        (row[0], row[1] or "(none yet)", row[2] or "(unknown)", row[3])
        for row in session.connection().execute(query)
    ]


def _count(groups: Sequence[_Group], place: int) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for group in groups:
        counts[str(group[place])] += group[3]
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _load_weeks(session: Session, since: datetime) -> list[dict[str, Any]]:
    """Cases opened by week (its Monday), and how many of them are settled by now."""
    query = sa.select(_CASES.c.opened_at, _CASES.c.state).where(_CASES.c.opened_at >= since)
    opened: Counter[str] = Counter()
    settled: Counter[str] = Counter()
    for moment, state in _stream(session, query):
        monday = (moment - timedelta(days=moment.weekday())).date().isoformat()
        opened[monday] += 1
        settled[monday] += state == State.SETTLED.value
    return [{"week": w, "opened": opened[w], "settled": settled[w]} for w in sorted(opened)]


def _load_money(session: Session, since: datetime) -> list[dict[str, Any]]:
    """What settled cases were worth when last checked, and what was charged, by currency."""
    query = (
        sa.select(_TRAIL.c.case_id, _TRAIL.c.seq, _TRAIL.c.detail, _CASES.c.quote)
        .join(_CASES, _CASES.c.id == _TRAIL.c.case_id)
        .where(
            _CASES.c.state == State.SETTLED.value,
            _CASES.c.opened_at >= since,
            _TRAIL.c.event == Event.CHECKED.value,
        )
        .order_by(_TRAIL.c.case_id, _TRAIL.c.seq)
    )
    last: dict[str, tuple[str | None, str | None]] = {}
    for case_id, _, detail, quote in _stream(session, query):
        last[case_id] = json.loads(detail).get("value"), quote
    cases: Counter[str] = Counter()
    value: dict[str, Decimal] = defaultdict(Decimal)
    fees: dict[str, Decimal] = defaultdict(Decimal)
    for told, quote in last.values():
        document = None if quote is None else json.loads(quote)
        currency = "(booked)" if document is None else document["currency"]
        cases[currency] += 1
        value[currency] += Decimal(0) if told is None else Decimal(told)
        for line in () if document is None else document["lines"]:
            if line["code"] in _FEES and line["value"] is not None:
                fees[currency] += Decimal(line["value"])
    return [
        {
            "currency": currency,
            "settled": cases[currency],
            "recovered": print_decimal(value[currency]),
            "fees": print_decimal(fees[currency]),
        }
        for currency in sorted(cases)
    ]


def _load_times(session: Session, since: datetime) -> dict[str, Any]:
    """Seconds from opening to the first verdict, and to the settlement."""
    times: dict[str, list[float]] = {"first_word": [], "settlement": []}
    for name, event in (("first_word", Event.CHECKED), ("settlement", Event.SETTLED)):
        query = (
            sa.select(_CASES.c.opened_at, sa.func.min(_TRAIL.c.at))
            .join(_TRAIL, _CASES.c.id == _TRAIL.c.case_id)
            .where(_CASES.c.opened_at >= since, _TRAIL.c.event == event.value)
            .group_by(_CASES.c.id, _CASES.c.opened_at)
        )
        for opened, at in _stream(session, query):
            times[name].append(max((parse_time(at) - opened).total_seconds(), 0))
    return {name: _print_spread(found) for name, found in times.items()}


def _load_queues(session: Session, at: datetime) -> dict[str, Any]:
    """How long cases have stood where somebody must do something, since their last step."""
    query = (
        sa.select(_CASES.c.state, _TRAIL.c.at)
        .join(_TRAIL, (_TRAIL.c.case_id == _CASES.c.id) & (_TRAIL.c.seq == _CASES.c.version))
        .where(_CASES.c.state.in_([state.value for state in _IN_QUEUE]))
    )
    ages: dict[str, list[float]] = defaultdict(list)
    for state, moment in _stream(session, query):
        ages[state].append(max((at - parse_time(moment)).total_seconds(), 0))
    return {state: _print_spread(found) for state, found in sorted(ages.items())}


def _print_spread(found: list[float]) -> dict[str, int | None]:
    found.sort()
    return {
        "cases": len(found),
        "median_seconds": _at(found, 0.5),
        "ninth_decile_seconds": _at(found, 0.9),
        "longest_seconds": _at(found, 1.0),
    }


def _at(found: Sequence[float], share: float) -> int | None:
    return int(found[min(int(len(found) * share), len(found) - 1)]) if found else None


def _stream(session: Session, query: sa.Select[Any]) -> Iterator[Any]:
    options = {"stream_results": True, "yield_per": _STREAM}
    yield from session.connection().execute(query, execution_options=options)


def _print_run(row: Any) -> dict[str, Any]:
    document = {} if row.document is None else json.loads(row.document)
    return {
        "run": row.id,
        "state": row.state,
        "actor": row.actor,
        "started_at": print_time(row.started_at),
        "ended_at": None if row.ended_at is None else print_time(row.ended_at),
        "resumed": row.resumed,
        **{
            name: document.get(name)
            for name in (
                "seconds",
                "looked_at",
                "moved",
                "new_cases",
                "unreachable",
                "stale",
                "whole",
            )
        },
    }
