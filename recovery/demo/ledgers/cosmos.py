"""A Cosmos node's searches over its index of events, in either API.

Knows: the query's words, pages, totals, their errors. Must not know: amounts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from recovery.chains.cosmos.events import read_events
from recovery.demo.fixtures import Fixture
from recovery.demo.ledgers import Asked, Ledger, Told, find_answers

_MOST = 100
_FIRST = 5_200_791
"""The chain's first block: a node that has it has all."""

_QUERY = re.compile(r"([a-z_]+)\.([a-z_]+)='([^']+)' AND tx\.height>=(\d+) AND tx\.height<=(\d+)")


def build(fixtures: Sequence[Fixture], *, page: int | None = None) -> Ledger:
    told = [a for f in fixtures for a in find_answers(f, get="/cosmos/tx/v1beta1/txs/")]
    lcd = [(answer["tx_response"], answer["tx_response"]) for answer in told]
    rpc = [(a, a["tx_result"]) for f in fixtures for a in find_answers(f, rpc="tx")]
    latest = "/cosmos/base/tendermint/v1beta1/blocks/latest"
    heads = [a["block"]["header"] for f in fixtures for a in find_answers(f, get=latest)]
    for rows in (lcd, rpc):
        rows.sort(key=lambda row: int(row[0]["height"]))

    def answer(asked: Asked) -> Told | None:
        if asked.path == "/cosmos/tx/v1beta1/txs":
            return _search_lcd(lcd, asked.query)
        if isinstance(asked.body, dict) and asked.body.get("method") == "tx_search":
            return _search_rpc(rpc, asked.body)
        return _tell_node(asked, heads)

    return answer


def _tell_node(asked: Asked, heads: Sequence[Mapping[str, str]]) -> Told | None:
    """What every node says of itself, where a story had no need of it."""
    base = "/cosmos/base/tendermint/v1beta1"
    if asked.path == f"{base}/syncing":
        return 200, {"syncing": False}
    if asked.path == f"{base}/node_info" and heads:
        info = {"network": heads[0]["chain_id"], "other": {"tx_index": "on"}}
        return 200, {"default_node_info": info, "application_version": {"version": "v25.1.0"}}
    if asked.path == f"{base}/blocks/{_FIRST}" and heads:
        header = {**heads[0], "height": str(_FIRST), "time": "2021-02-18T06:00:00Z"}
        block = {"header": header, "data": {"txs": []}}
        return 200, {"block_id": {"hash": "AAAA"}, "block": block}
    return None


def _find(rows: Sequence[tuple[Any, Any]], query: str) -> list[Any]:
    found = _QUERY.fullmatch(query)
    if found is None:
        return []
    kind, key, value, first, last = found.groups()
    return [
        row
        for row, result in rows
        if int(first) <= int(row["height"]) <= int(last) and _names(result, kind, key, value)
    ]


def _names(result: Any, kind: str, key: str, value: str) -> bool:
    """The index holds the events of the whole transaction; a failed one's are those of its fee."""
    parts = [result.get("events") or [], *(log["events"] for log in result.get("logs") or ())]
    return any(
        event.type == kind and (key, value) in event.pairs
        for part in parts
        for event in read_events({"events": part}, messages=0, succeeded=False).outside
    )


def _search_lcd(rows: Sequence[tuple[Any, Any]], query: Mapping[str, str]) -> Told:
    if not query.get("query"):
        return 400, {"code": 3, "message": "query cannot be empty", "details": []}
    found = _find(rows, query["query"])
    limit, page = int(query.get("limit", _MOST)), int(query.get("page", 1))
    given = found[(page - 1) * limit : page * limit]
    told = {"txs": [], "tx_responses": given, "pagination": None, "total": str(len(found))}
    return 200, told


def _search_rpc(rows: Sequence[tuple[Any, Any]], body: Mapping[str, Any]) -> Told:
    params = body["params"]
    found = _find(rows, params["query"])
    limit, page = min(int(params["per_page"]), _MOST), int(params["page"])
    if page > max(-(-len(found) // limit), 1):
        text = f"page should be within [1, {max(-(-len(found) // limit), 1)}] range, given {page}"
        error = {"code": -32603, "message": "Internal error", "data": text}
        return 200, {"jsonrpc": "2.0", "id": body["id"], "error": error}
    given = found[(page - 1) * limit : page * limit]
    result = {"txs": given, "total_count": str(len(found))}
    return 200, {"jsonrpc": "2.0", "id": body["id"], "result": result}
