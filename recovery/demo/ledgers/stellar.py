"""Horizon's ``/accounts/:id/transactions``: a page of successful transactions, by cursor.

Knows: HAL pages, cursors, limits, Horizon's problem documents. Must not know: amounts.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from recovery.demo.fixtures import Fixture, print_json
from recovery.demo.ledgers import Asked, Ledger, Told, find_answers

_MOST = 200


def build(fixtures: Sequence[Fixture], *, page: int | None = None) -> Ledger:
    rows: dict[int, tuple[Any, str]] = {}
    known: dict[str, Any] = {}
    for fixture in fixtures:
        about = print_json(list(find_answers(fixture, get="/transactions/")))
        answers = list(find_answers(fixture, get="/transactions/"))
        pages = list(find_answers(fixture, get="/transactions?"))
        answers += [tx for page in pages for tx in page["_embedded"]["records"]]
        for tx in answers:
            if isinstance(tx, dict) and "result_xdr" in tx and tx.get("successful") is not False:
                rows[int(tx["paging_token"])] = tx, about
                known[read_outer_hash(tx)] = tx
    return lambda asked: _answer(rows, known, page or _MOST, asked)


def _answer(
    rows: dict[int, tuple[Any, str]], known: dict[str, Any], most: int, asked: Asked
) -> Told | None:
    if asked.path.removeprefix("/transactions/") in known:
        return 200, known[asked.path.removeprefix("/transactions/")]
    found = re.fullmatch(r"/accounts/([^/]+)/transactions", asked.path)
    if found is None:
        return None
    if not re.fullmatch(r"G[A-Z2-7]{55}", found[1]):
        return _problem(400, "bad_request", "Bad Request")
    limit = int(asked.query.get("limit", 10))
    if not 1 <= limit <= _MOST:
        return _problem(400, "bad_request", "Bad Request")
    account = json.dumps(found[1])
    mine = sorted(token for token, (_, about) in rows.items() if account in about)
    if not mine:
        return _problem(404, "not_found", "Resource Missing")
    behind = [token for token in mine if token > int(asked.query.get("cursor", 0))]
    given = [rows[token][0] for token in behind[: min(limit, most)]]
    return 200, {"_links": {}, "_embedded": {"records": given}}


def _problem(status: int, name: str, title: str) -> Told:
    kind = f"https://stellar.org/horizon-errors/{name}"
    return status, {"type": kind, "title": title, "status": status}


def read_outer_hash(tx: Any) -> str:
    """The hash that a fee bump gave the transaction, else its own."""
    bump = tx.get("fee_bump_transaction")
    return str(bump["hash"] if bump else tx["hash"])
