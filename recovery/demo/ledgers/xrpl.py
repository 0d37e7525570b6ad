"""The XRP Ledger's ``account_tx``: validated transactions that affected an account, oldest or newest first.

Knows: API v2's rows, ``marker``, a server's own smaller limit, its errors. Must not know: amounts.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from recovery.demo.fixtures import Fixture, print_json
from recovery.demo.ledgers import Asked, Ledger, Told, find_answers

_MOST = 200
"""A public server gives no more at once, whatever is asked for."""


def build(fixtures: Sequence[Fixture], *, page: int | None = None) -> Ledger:
    rows = [row for f in fixtures for row in find_answers(f, rpc="tx") if row.get("validated")]
    rows.sort(key=lambda row: (_ledger_of(row), row.get("hash", "")))
    texts = [print_json(row) for row in rows]
    return lambda asked: _answer(rows, texts, page or _MOST, asked)


def _ledger_of(row: Any) -> int:
    tx = row.get("tx_json", row)
    return int(row.get("ledger_index", tx.get("ledger_index")))


def _answer(rows: Sequence[Any], texts: Sequence[str], most: int, asked: Asked) -> Told | None:
    if not isinstance(asked.body, dict) or asked.body.get("method") != "account_tx":
        return None
    (params,) = asked.body["params"]
    first, last = params["ledger_index_min"], params["ledger_index_max"]
    if first > last:
        return _error(params, "lgrIdxsInvalid", 58, "Ledger indexes invalid.")
    account = json.dumps(params["account"])
    found = [
        (number, row)
        for number, row in enumerate(rows)
        if first <= _ledger_of(row) <= last and account in texts[number]
    ]
    marker = params.get("marker")
    if marker is not None:
        if not isinstance(marker, dict) or set(marker) != {"ledger", "seq"}:
            return _error(params, "invalidParams", 31, "invalidMarker")
        found = [(n, row) for n, row in found if n >= marker["seq"]]
    given = found[: min(params.get("limit", most), most)]
    result: dict[str, Any] = {
        "account": params["account"],
        "ledger_index_min": first,
        "ledger_index_max": last,
        "limit": params.get("limit", most),
        "status": "success",
        "transactions": [_row_of(row) for _, row in given],
        "validated": True,
    }
    if len(given) < len(found):
        number, row = found[len(given)]
        result["marker"] = {"ledger": _ledger_of(row), "seq": number}
    return 200, {"result": result}


def _row_of(row: Any) -> dict[str, Any]:
    """API v2's form of a ``tx`` answer, whichever form the fixture has."""
    if "tx_json" in row:
        return {name: value for name, value in row.items() if name != "status"}
    outside = {"meta", "validated", "status", "hash"}
    fields = {name: value for name, value in row.items() if name not in outside}
    return {
        "hash": row["hash"],
        "ledger_index": _ledger_of(row),
        "meta": row["meta"],
        "tx_json": fields,
        "validated": True,
    }


def _error(params: Any, token: str, code: int, text: str) -> Told:
    told = {"error": token, "error_code": code, "error_message": text}
    return 200, {"result": {**told, "request": params, "status": "error"}}
