"""TzKT's lists of operations and token transfers over a range of blocks.

Knows: its filters, ``select``, its limit. Must not know: amounts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from recovery.demo.fixtures import Fixture
from recovery.demo.ledgers import Asked, Ledger, Told, find_answers

_MOST = 10_000
_KINDS = {
    "/v1/operations/transactions": "transaction",
    "/v1/operations/originations": "origination",
    "/v1/operations/activations": "activation",
    "/v1/operations/drain_delegate": "drain_delegate",
}


def build(fixtures: Sequence[Fixture], *, page: int | None = None) -> Ledger:
    operations = [
        row
        for fixture in fixtures
        for answer in find_answers(fixture, get="/v1/operations/o")
        for row in answer
    ]
    moved = [
        row
        for fixture in fixtures
        for answer in find_answers(fixture, get="/v1/tokens/transfers")
        for row in answer
    ]

    def answer(asked: Asked) -> Told | None:
        if "level.ge" not in asked.query:
            return None
        if asked.path == "/v1/tokens/transfers":
            return 200, _select(moved, asked.query, page or _MOST)
        kind = _KINDS.get(asked.path)
        if kind is None:
            return None
        rows = [row for row in operations if row["type"] == kind]
        return 200, _select(rows, asked.query, page or _MOST)

    return answer


def _select(rows: Sequence[Any], query: Mapping[str, str], most: int) -> list[Any]:
    first, last = int(query["level.ge"]), int(query["level.le"])
    found = sorted(
        (
            row
            for row in rows
            if first <= row["level"] <= last
            and row["id"] > int(query.get("offset.cr", -1))
            and query.get("status") in (None, row.get("status"))
        ),
        key=lambda row: row["id"],
    )
    given = found[: min(int(query.get("limit", 100)), most, _MOST)]
    names = query["select"].split(",")
    return [{name: row[name] for name in names if name in row} for row in given]
