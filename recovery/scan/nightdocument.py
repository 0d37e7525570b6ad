"""The night's document, ``recovery.rescan/1``. Pure.

Knows: its fields. Must not know: how a night runs, where it is kept.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from recovery.times import print_time

if TYPE_CHECKING:
    from recovery.scan.runs import Run
    from recovery.scan.staleness import Age

Counts = Mapping[str, int]


def print_night(
    run: Run,
    *,
    actor: str,
    ended_at: datetime,
    networks: Sequence[str],
    tallies: Mapping[str, Counts],
    parts: Mapping[tuple[str, str], str],
    ages: Mapping[str, Age],
    unasked: Counts,
) -> dict[str, Any]:
    """One run. ``whole`` is False where a pass or a case could not be asked about."""
    names = [*networks, *([""] if any(n.startswith("looks:") for n in tallies.get("", {})) else [])]
    rows = [_print_network(code, tallies.get(code, {}), parts, ages.get(code)) for code in names]
    moved: Counter[str] = Counter()
    for row in rows:
        moved.update(row["cases"]["moved"])
    total = tallies.get("", {})
    return {
        "schema": "recovery.rescan/1",
        "run": run.id,
        "actor": actor,
        "scope": json.loads(run.scope),
        "started_at": print_time(run.started_at),
        "ended_at": print_time(ended_at),
        "resumed": run.resumed,
        "seconds": total.get("seconds_ms", 0) / 1000,
        "cleared_up": {
            name: total.get(name, 0)
            for name in ("quotes_expired", "consents_lapsed", "claims_forgotten")
        },
        "whole": all(_is_whole(row) for row in rows),
        "stale": [row["network"] for row in rows if row["cursor"] and row["cursor"]["stale"]],
        "moved": _sorted(moved),
        "looked_at": sum(row["cases"]["looked_at"] for row in rows),
        "unreachable": sum(row["cases"]["unreachable"] for row in rows),
        "new_cases": sum(row["found_cases"] for row in rows),
        "networks": rows,
        "without_endpoints": dict(unasked),
        "cost": {
            name: sum(row["cost"][name] for row in rows)
            for name in ("requests", "bytes_sent", "bytes_received")
        },
    }


def _print_network(
    code: str, counts: Counts, parts: Mapping[tuple[str, str], str], age: Age | None
) -> dict[str, Any]:
    scan = parts.get((code, "scan"))
    errors = {
        name.removeprefix("error:"): text
        for (network, name), text in sorted(parts.items())
        if network == code and name.startswith("error:")
    }
    return {
        "network": code or "(none)",
        "scan": None if scan is None else json.loads(scan),
        "scan_error": None if scan is not None else parts.get((code, "scan_error")),
        "cursor": None if age is None else _print_age(age),
        "findings": counts.get("findings", 0),
        "found_cases": counts.get("found_cases", 0),
        "cases": {
            "due": _strip(counts, "due:"),
            "looked_at": sum(_strip(counts, "looks:").values()),
            "unchanged": counts.get("looks:same", 0),
            "moved": _strip(counts, "moved:"),
            "opened_beside": counts.get("opened", 0),
            "unreachable": counts.get("looks:unreachable", 0),
            "overtaken": counts.get("looks:overtaken", 0),
            "stands": counts.get("looks:stands", 0),
            "failed": counts.get("looks:failed", 0),
            "errors": errors,
        },
        "cost": {
            name: counts.get(f"cost:{name}", 0)
            for name in ("requests", "bytes_sent", "bytes_received")
        },
    }


def _print_age(age: Age) -> dict[str, Any]:
    return {
        "age_seconds": None if age.age is None else int(age.age.total_seconds()),
        "allowed_seconds": int(age.allowed.total_seconds()),
        "stale": age.is_stale,
    }


def _is_whole(row: Mapping[str, Any]) -> bool:
    cases, scan = row["cases"], row["scan"]
    asked = not (cases["unreachable"] or cases["failed"] or cases["errors"])
    return asked and row["scan_error"] is None and (scan is None or scan["whole"])


def _strip(counts: Counts, prefix: str) -> dict[str, int]:
    named = {n.removeprefix(prefix): c for n, c in counts.items() if n.startswith(prefix)}
    return _sorted(named)


def _sorted(counts: Counts) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
