"""A mirror's ``/transactions?account.id=`` between two times, with its ``next`` link, and ``/blocks/:number`` and ``/accounts/:id``
(none with a second name).

Knows: the mirror's filters, pages and links. Must not know: amounts.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from recovery.demo.fixtures import Fixture, print_json
from recovery.demo.ledgers import Asked, Ledger, Told, find_answers

_MOST = 100
_API = "/api/v1"


def build(fixtures: Sequence[Fixture], *, page: int | None = None) -> Ledger:
    rows: dict[str, Any] = {}
    blocks: dict[int, Any] = {}
    entries: dict[str, Any] = {}
    for fixture in fixtures:
        for told in find_answers(fixture, get=f"{_API}/transactions"):
            rows |= {row["consensus_timestamp"]: row for row in told.get("transactions", [])}
        for told in find_answers(fixture, get=f"{_API}/transactions/"):
            entries |= {row["transaction_id"]: told for row in told.get("transactions", [])}
        for told in find_answers(fixture, get=f"{_API}/blocks"):
            blocks |= {block["number"]: block for block in told.get("blocks", [])}
    ordered = [rows[stamp] for stamp in sorted(rows, key=_nanoseconds)]
    return lambda asked: _answer(ordered, entries, blocks, page or _MOST, asked)


def _nanoseconds(stamp: str) -> int:
    seconds, _, nanos = stamp.partition(".")
    return int(seconds) * 10**9 + int(nanos)


def _answer(
    rows: Sequence[Any],
    entries: dict[str, Any],
    blocks: dict[int, Any],
    most: int,
    asked: Asked,
) -> Told | None:
    found = re.fullmatch(rf"{_API}/blocks/(\d+)", asked.path)
    if found is not None and int(found[1]) in blocks:
        return 200, blocks[int(found[1])]
    if asked.path == f"{_API}/blocks" and asked.query.get("timestamp", "").startswith("gte:"):
        stamp = _nanoseconds(asked.query["timestamp"][4:])
        known = [b for b in blocks.values() if _nanoseconds(b["timestamp"]["to"]) >= stamp]
        return 200, {"blocks": sorted(known, key=lambda b: _nanoseconds(b["timestamp"]["to"]))[:1]}
    found = re.fullmatch(rf"{_API}/accounts/(0\.0\.\d+)", asked.path)
    if found is not None:
        return 200, {"account": found[1], "alias": None, "evm_address": None}
    if re.fullmatch(rf"{_API}/accounts/0x[0-9a-fA-F]{{40}}", asked.path):
        return 404, {"_status": {"messages": [{"message": "Not found"}]}}
    told = entries.get(asked.path.removeprefix(f"{_API}/transactions/"))
    if told is not None:  # stories that begin with another spelling of the id
        return 200, told
    if asked.path != f"{_API}/transactions" or "account.id" not in asked.query:
        return None
    account = json.dumps(asked.query["account.id"])
    kept = [row for row in rows if account in _moved(row)]
    for name, value in asked.pairs:
        if name == "timestamp":
            kept = [row for row in kept if _matches(row["consensus_timestamp"], value)]
    given = kept[: min(int(asked.query.get("limit", 25)), most)]
    link = None
    if len(given) < len(kept):
        upper = next(v for n, v in asked.pairs if n == "timestamp" and v.startswith("l"))
        last = given[-1]["consensus_timestamp"]
        link = f"{_API}/transactions?account.id={asked.query['account.id']}&timestamp={upper}"
        link += f"&timestamp=gt:{last}&order=asc"
    return 200, {"transactions": given, "links": {"next": link}}


def _moved(row: Any) -> str:
    """What the mirror finds an account by: the coins and tokens moved, and who paid."""
    payer = row["transaction_id"].partition("-")[0]
    return print_json([row.get("transfers"), row.get("token_transfers"), payer])


def _matches(stamp: str, condition: str) -> bool:
    operator, _, limit = condition.partition(":")
    left, right = _nanoseconds(stamp), _nanoseconds(limit)
    told = {"gt": left > right, "gte": left >= right, "lt": left < right, "lte": left <= right}
    return told[operator]
