"""Hyperion's ``get_actions``: an account's actions, oldest first, by ranges of blocks and sequence numbers.

Knows: its parameters, its own smaller limit, its errors. Must not know: amounts.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from recovery.demo.fixtures import Fixture, print_json
from recovery.demo.ledgers import Asked, Ledger, Told, find_answers

_MOST = 1_000


def build(fixtures: Sequence[Fixture], *, page: int | None = None) -> Ledger:
    rows: dict[int, Any] = {}
    for fixture in fixtures:
        for answer in find_answers(fixture, get="/v2/history/get_transaction"):
            for action in answer.get("actions", ()):
                rows[_sequence_of(action)] = action
    ordered = [rows[sequence] for sequence in sorted(rows)]
    return lambda asked: _answer(ordered, page or _MOST, asked)


def _sequence_of(action: Any) -> int:
    told = action.get("global_sequence", action["receipts"][0].get("global_sequence"))
    return int(told)


def _answer(rows: Sequence[Any], most: int, asked: Asked) -> Told | None:
    if asked.path != "/v2/history/get_actions":
        return None
    query = asked.query
    if int(query.get("limit", 10)) > _MOST:
        return 500, {"statusCode": 500, "message": f"limit too big, maximum: {_MOST}"}
    found = [row for row in rows if _matches(row, query)]
    if query.get("sort") != "asc":
        found.reverse()
    given = found[: min(int(query.get("limit", 10)), most)]
    total = {"value": len(found), "relation": "eq"}
    return 200, {"query_time_ms": 3, "cached": False, "lib": 0, "total": total, "actions": given}


def _matches(row: Any, query: Any) -> bool:
    code, _, name = query.get("filter", "*:*").partition(":")
    act = row["act"]
    receivers = {receipt["receiver"] for receipt in row["receipts"]}
    actors = {item["actor"] for item in act["authorization"]}
    return (
        (query["account"] in receivers | actors or json.dumps(query["account"]) in print_json(act))
        and code in ("*", act["account"])
        and name in ("*", act["name"])
        and _is_within(query.get("block_num"), row["block_num"])
        and _is_within(query.get("global_sequence"), _sequence_of(row))
    )


def _is_within(told: str | None, number: int) -> bool:
    if told is None:
        return True
    first, _, last = told.partition("-")
    return int(first) <= number <= int(last)
