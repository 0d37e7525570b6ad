"""Blocks of EVM chains with their transactions, and the logs of a stretch of them.

Knows: the two methods that a scan of logs and blocks asks. Must not know: amounts. Traces of whole blocks it has none.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from recovery.demo.fixtures import Fixture
from recovery.demo.ledgers import Asked, Ledger, Told, find_answers


def build(fixtures: Sequence[Fixture], *, page: int | None = None) -> Ledger:
    blocks: dict[int, Any] = {}
    txs: dict[int, dict[str, Any]] = defaultdict(dict)
    logs: dict[str, Any] = {}
    for fixture in fixtures:
        for block in find_answers(fixture, rpc="eth_getBlockByNumber"):
            if block is not None:
                blocks[int(block["number"], 16)] = block
        for tx in find_answers(fixture, rpc="eth_getTransactionByHash"):
            if tx is not None and tx.get("blockNumber") is not None:
                txs[int(tx["blockNumber"], 16)][tx["hash"]] = tx
        for receipt in find_answers(fixture, rpc="eth_getTransactionReceipt"):
            for log in (receipt or {}).get("logs", ()):
                logs[f"{receipt['transactionHash']} {log['logIndex']}"] = log

    def answer(asked: Asked) -> Told | None:
        body: Any = asked.body if isinstance(asked.body, dict) else {}
        method, params = body.get("method"), body.get("params")
        result: Any
        if method == "eth_getLogs":
            first, last = (int(params[0][name], 16) for name in ("fromBlock", "toBlock"))
            wanted = _topics(params[0])
            result = [
                log
                for log in logs.values()
                if first <= int(log["blockNumber"], 16) <= last
                and (wanted is None or (log["topics"] and log["topics"][0] in wanted))
            ]
        elif method == "eth_getBlockByNumber" and params[1] is True:
            height = int(params[0], 16)
            result = _block(blocks, height) | {"transactions": list(txs[height].values())}
        elif method == "eth_getBlockByNumber" and params[0].startswith("0x"):
            if params[0] == "0x0":
                return None
            result = _block(blocks, int(params[0], 16))
        else:
            return None
        return 200, {"jsonrpc": "2.0", "id": body["id"], "result": result}

    return answer


def _topics(query: Any) -> set[str] | None:
    first = (query.get("topics") or [None])[0]
    if first is None:
        return None
    return set(first) if isinstance(first, list) else {first}


def _block(blocks: dict[int, Any], height: int) -> dict[str, Any]:
    empty = {"number": hex(height), "hash": f"0x{height:064x}", "timestamp": "0x6b000000"}
    return dict(blocks.get(height, empty))
