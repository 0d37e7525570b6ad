"""Raw blocks of Bitcoin-type chains, written around the stories' own transactions.

Knows: a block's header and what stands before its transactions, ``getblock`` and the calls that name blocks. Must
not know: what a transaction pays. A header holds its parent's name and nothing else that is true.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from recovery.demo.fixtures import Fixture, RpcExchange
from recovery.demo.ledgers import Asked, Ledger, Told, find_answers

_TIME = 1_795_172_400
_COINBASE = bytes.fromhex(
    "01000000"
    + "01"
    + "00" * 32
    + "ffffffff"
    + "00"
    + "ffffffff"
    + "01"
    + "00" * 8
    + "01"
    + "51"
    + "00" * 4
)
"""Somebody's: it pays nothing to a script that anybody may spend."""


def build(fixtures: Sequence[Fixture], *, page: int | None = None) -> Ledger:
    hashes: dict[int, str] = {}
    headers: dict[str, Any] = {}
    txs: dict[str, list[bytes]] = defaultdict(list)
    coinbases: set[str] = set()
    fixed: set[int] = set()
    zcash = any(fixture.network == "ZEC" for fixture in fixtures)
    tip = 0
    for fixture in fixtures:
        for exchange in fixture.exchanges:
            if isinstance(exchange, RpcExchange) and exchange.rpc == "getblockhash":
                asked_for: Any = exchange.params
                fixed.add(asked_for[0])
        for chain in find_answers(fixture, rpc="getblockchaininfo"):
            tip = max(tip, chain["blocks"])
            hashes[chain["blocks"]] = chain["bestblockhash"]
        for header in find_answers(fixture, rpc="getblockheader"):
            hashes[header["height"]] = header["hash"]
            headers[header["hash"]] = header
        for tx in find_answers(fixture, rpc="getrawtransaction"):
            if isinstance(tx, dict) and tx.get("blockhash") and "hex" in tx:
                txs[tx["blockhash"]].append(bytes.fromhex(tx["hex"]))
                if any("coinbase" in spent for spent in tx["vin"]):
                    coinbases.add(tx["blockhash"])

    def hash_at(height: int) -> str:
        return hashes.get(height) or hashlib.sha256(f"block {height}".encode()).hexdigest()

    heights: dict[str, int] = {}

    def block_at(height: int) -> bytes:
        parent = bytes.fromhex(hash_at(height - 1))[::-1]
        time = _TIME.to_bytes(4, "little")
        rest = bytes(36) + b"\xfd\x40\x05" + bytes(1_344) if zcash else bytes(8)
        header = b"\x04\0\0\0" + parent + bytes(64 if zcash else 32) + time + rest
        name = hash_at(height)
        held = txs[name] if name in coinbases else [_COINBASE, *txs[name]]
        return header + bytes([len(held)]) + b"".join(held)

    def answer(asked: Asked) -> Told | None:
        body: Any = asked.body if isinstance(asked.body, dict) else {}
        method, params = body.get("method"), body.get("params")
        result: Any
        if method == "getblockhash" and params[0] not in fixed and params[0] <= tip:
            result = hash_at(params[0])
            heights[result] = params[0]
        elif method == "getbestchainlock" and fixtures[0].network == "DASH":
            result = {"height": tip, "blockhash": hash_at(tip), "known_block": True}
        elif method == "getblockheader" and params[0] not in headers and params[0] in heights:
            result = {"hash": params[0], "height": heights[params[0]], "time": _TIME}
        elif method == "getblock" and params[1:] in ([0], [False]):
            known = {name: height for height, name in hashes.items()} | heights
            result = block_at(known[params[0]]).hex()
        else:
            return None
        return 200, {"jsonrpc": "2.0", "id": body["id"], "result": result}

    return answer
