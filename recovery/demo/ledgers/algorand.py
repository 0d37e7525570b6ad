"""The indexer's ``/v2/accounts/:id/transactions``: newest first, paged by ``next-token``; and headers of blocks.

Knows: the indexer's parameters and pages. Must not know: amounts.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from recovery.demo.fixtures import Fixture, print_json
from recovery.demo.ledgers import Asked, Ledger, Told, find_answers

_MOST = 10_000


def build(fixtures: Sequence[Fixture], *, page: int | None = None) -> Ledger:
    rows = [
        told["transaction"]
        for f in fixtures
        for told in find_answers(f, get="/v2/transactions/")
        if "transaction" in told
    ]
    rows.sort(key=lambda row: (row["confirmed-round"], row.get("intra-round-offset", 0)))
    rows.reverse()
    newest = max((h["round"] for f in fixtures for h in find_answers(f, get="/health")), default=0)
    headers = [b for f in fixtures for b in find_answers(f, get="/v2/blocks/")]
    return lambda asked: _answer(rows, headers, newest, page or _MOST, asked)


def _answer(
    rows: Sequence[Any], headers: Sequence[Any], newest: int, most: int, asked: Asked
) -> Told | None:
    found = re.fullmatch(r"/v2/blocks/(\d+)", asked.path)
    if found is not None:
        return _header(headers, int(found[1]))
    found = re.fullmatch(r"/v2/accounts/([A-Z2-7]{58})/transactions", asked.path)
    if found is None:
        return None
    first, last = int(asked.query["min-round"]), int(asked.query["max-round"])
    account = json.dumps(found[1])
    mine = [
        row
        for row in rows
        if first <= row["confirmed-round"] <= last and account in print_json(row)
    ]
    start = int(asked.query.get("next", "0"))
    given = mine[start : start + min(int(asked.query.get("limit", 1000)), most)]
    document: dict[str, Any] = {"current-round": newest, "transactions": given}
    if given:
        document["next-token"] = str(start + len(given))
    return 200, document


def _header(headers: Sequence[Any], number: int) -> Told | None:
    """A header of a block that no fixture has is another one's with its number."""
    if any(header["round"] == number for header in headers) or not headers:
        return None
    return 200, {**headers[0], "round": number}
