"""Blocks of NEAR by height, and their chunks: a story's transaction in one, its receipts in those that ran them.

Knows: the two methods, their errors. Must not know: amounts. All shards are one here.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from base58_bech32.base58 import b58encode

from recovery.demo.fixtures import Fixture
from recovery.demo.ledgers import Asked, Ledger, Told, find_answers


def build(fixtures: Sequence[Fixture], *, page: int | None = None) -> Ledger:
    headers: dict[int, Any] = {}
    txs: dict[int, list[Any]] = defaultdict(list)
    receipts: dict[int, list[Any]] = defaultdict(list)
    tip = 0
    for fixture in fixtures:
        blocks = [b["header"] for b in find_answers(fixture, rpc="block")]
        tip = max(tip, *(header["height"] for header in blocks))
        headers |= {header["height"]: header for header in blocks}
        heights = {header["hash"]: header["height"] for header in blocks}
        for told in find_answers(fixture, rpc="EXPERIMENTAL_tx_status"):
            _place(told, heights, txs, receipts)

    def answer(asked: Asked) -> Told | None:
        body: Any = asked.body if isinstance(asked.body, dict) else {}
        params: Any = body.get("params")
        if body.get("method") == "block" and isinstance(params, dict):
            height = params.get("block_id")
            if isinstance(height, int):
                return _block(body, headers, height, tip)
        if body.get("method") == "chunk":
            height = int(params["chunk_id"].removeprefix("chunk"))
            result = {"author": "node0", "transactions": txs[height], "receipts": receipts[height]}
            return 200, {"jsonrpc": "2.0", "id": body["id"], "result": result}
        return None

    return answer


def _place(
    told: Any, heights: dict[str, int], txs: dict[int, list[Any]], receipts: dict[int, list[Any]]
) -> None:
    """A transaction stands a block before its first receipt, where the story does not tell its block."""
    known = [h for o in told["receipts_outcome"] if (h := heights.get(o["block_hash"]))]
    begun = heights.get(told["transaction_outcome"]["block_hash"])
    if begun is None:
        begun = min(known, default=1) - 1
    txs[begun].append(told["transaction"])
    ran = {o["id"]: heights.get(o["block_hash"], begun + 1) for o in told["receipts_outcome"]}
    for receipt in told.get("receipts", ()):
        receipts[ran.get(receipt["receipt_id"], begun + 1)].append(receipt)


def _hash_at(headers: dict[int, Any], height: int) -> str:
    if height in headers:
        return str(headers[height]["hash"])
    return str(b58encode(hashlib.sha256(str(height).encode()).digest()).decode("ascii"))


def _block(body: Any, headers: dict[int, Any], height: int, tip: int) -> Told:
    if height > tip:
        cause = {"name": "UNKNOWN_BLOCK", "info": {}}
        error = {"code": -32000, "message": "Server error", "name": "HANDLER_ERROR", "cause": cause}
        return 200, {"jsonrpc": "2.0", "id": body["id"], "error": error}
    nanoseconds = str(1_795_175_938_000_000_000 + height % 1_000)
    header = headers.get(height, {"height": height, "timestamp_nanosec": nanoseconds})
    linked = {"hash": _hash_at(headers, height), "prev_hash": _hash_at(headers, height - 1)}
    chunk = {"chunk_hash": f"chunk{height}", "height_included": height, "shard_id": 0}
    result = {"author": "node0", "chunks": [chunk], "header": {**header, **linked}}
    return 200, {"jsonrpc": "2.0", "id": body["id"], "result": result}
