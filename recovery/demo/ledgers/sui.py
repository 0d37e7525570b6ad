"""Checkpoints of Sui: GraphQL's list of transactions, and JSON-RPC's checkpoints and transactions by the dozen.

Knows: filters, cursors, pages of either API. Must not know: amounts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from recovery.demo.fixtures import Fixture, PostExchange
from recovery.demo.ledgers import Asked, Ledger, Told, find_answers

_MOST = 50


def build(fixtures: Sequence[Fixture], *, page: int | None = None) -> Ledger:
    rows = [row for fixture in fixtures for row in _find_graphql(fixture)]
    rows.sort(key=_height_of)
    blocks = [tx for f in fixtures for tx in find_answers(f, rpc="sui_getTransactionBlock")]
    checkpoints = [c for f in fixtures for c in find_answers(f, rpc="sui_getCheckpoint")]

    def answer(asked: Asked) -> Told | None:
        body = asked.body
        if not isinstance(body, dict):
            return None
        if "transactions(first" in str(body.get("query")):
            return _list(rows, body["variables"], page or _MOST)
        method = body.get("method")
        params: Any = body.get("params")
        if method == "sui_multiGetTransactionBlocks":
            told = {tx["digest"]: tx for tx in blocks}
            return _result(body, [told[digest] for digest in params[0] if digest in told])
        if method == "sui_getCheckpoint":
            found = [c for c in checkpoints if c["sequenceNumber"] == params[0]]
            here = [tx["digest"] for tx in blocks if tx.get("checkpoint") == params[0]]
            return _result(body, found[0] | {"transactions": here}) if found else None
        return None

    return answer


def _result(body: Mapping[str, Any], result: Any) -> Told:
    return 200, {"jsonrpc": "2.0", "id": body["id"], "result": result}


def _find_graphql(fixture: Fixture) -> list[Any]:
    """The first page of each transaction: what further pages hold, a list shows of none."""
    found = []
    for exchange in fixture.exchanges:
        if not isinstance(exchange, PostExchange) or not isinstance(exchange.body, dict):
            continue
        if "transaction(digest" not in str(exchange.body.get("query")):
            continue
        asked: Any = exchange.body["variables"]
        answer: Any = exchange.document
        tx = answer["data"]["transaction"]
        first = asked.get("rows") is None and asked.get("objects") is None
        if first and tx and tx["effects"].get("checkpoint"):
            found.append(tx)
    return found


def _height_of(tx: Any) -> int:
    return int(tx["effects"]["checkpoint"]["sequenceNumber"])


def _list(rows: Sequence[Any], asked: Mapping[str, Any], most: int) -> Told:
    above, below = asked.get("above"), asked.get("below")
    found = [
        row
        for row in rows
        if (above is None or _height_of(row) > above) and (below is None or _height_of(row) < below)
    ]
    start = int(asked.get("after") or 0)
    end = start + min(asked["first"], most)
    info = {"hasNextPage": end < len(found), "endCursor": str(min(end, len(found)))}
    return 200, {"data": {"transactions": {"pageInfo": info, "nodes": found[start:end]}}}
