"""The scanner's document, ``recovery.scan/1``.

Knows: its fields. Must not know: how a scan runs.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from typing import Any

from recovery.documents import print_note
from recovery.model import Note
from recovery.scan.values import ScanReport, Walk
from recovery.times import print_time

_SHOWN = 5
"""Hashes of unread transactions that a report names."""


def print_scan(report: ScanReport, *, chain: str, actor: str) -> dict[str, Any]:
    """One run over one network."""
    opened, tip = report.opened, report.tip
    return {
        "schema": "recovery.scan/1",
        "network": report.network,
        "chain": chain,
        "actor": actor,
        "tip": {
            "height": tip.height,
            "hash": tip.hash,
            "time": None if tip.time is None else print_time(tip.time),
        },
        "whole": report.is_whole,
        "passes": [_print_walk(walk) for walk in report.walks],
        "notes": [print_note(note) for note in report.notes],
        "cases": _sorted(opened.cases),
        "case_ids": list(opened.case_ids),
        "counted": _sorted(opened.counted),
        "waiting": _sorted(opened.waiting),
        "credited_since": opened.credited,
        "gone": opened.gone,
        "seconds": round(report.seconds, 3),
    }


def _print_walk(walk: Walk) -> dict[str, Any]:
    return {
        "name": walk.name,
        "from": walk.first,
        "to": walk.last,
        "reached": walk.reached,
        "covered": walk.is_covered,
        "methods": list(walk.methods),
        "sources": list(walk.sources),
        "looked_at": walk.looked_at,
        "transfers_to_us": walk.hits,
        "already_credited": walk.credited,
        "new_findings": walk.findings,
        "gaps": [print_note(note) for note in _find_gaps(walk)],
        "cost": {
            "requests": walk.spent.requests,
            "bytes_sent": walk.spent.bytes_sent,
            "bytes_received": walk.spent.bytes_received,
        },
        "error": walk.error,
    }


def _find_gaps(walk: Walk) -> Iterator[Note]:
    """What the pass's calls can't show, and what they showed and nobody could read whole."""
    yield from walk.gaps
    if walk.unread:
        named = ", ".join(itertools.islice(walk.unread, _SHOWN))
        more = ", …" if len(walk.unread) > _SHOWN else ""
        text = f"{len(walk.unread)} transactions that name us and could not be read whole: {named}{more}"
        yield Note("unread_transactions", text)


def _sorted(counts: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
