"""Blocks of Solana by slot, some slots without one, each built on the one below.

Knows: the three methods, the short form of a block's transactions, errors. Must not know: amounts.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from base58_bech32.base58 import b58encode

from recovery.demo.fixtures import Fixture, RpcExchange
from recovery.demo.ledgers import Asked, Ledger, Told, find_answers

_META = ("err", "status", "fee", "preBalances", "postBalances")
_TOKENS = ("preTokenBalances", "postTokenBalances")


def build(fixtures: Sequence[Fixture], *, page: int | None = None) -> Ledger:
    blocks: dict[int, Any] = {}
    txs: dict[int, dict[str, Any]] = defaultdict(dict)
    head = 0
    for fixture in fixtures:
        head = max(head, *find_answers(fixture, rpc="getSlot"))
        for exchange in fixture.exchanges:
            if isinstance(exchange, RpcExchange) and exchange.rpc == "getBlock":
                asked_for: Any = exchange.params
                blocks[asked_for[0]] = exchange.result
        for tx in find_answers(fixture, rpc="getTransaction"):
            if tx is not None:
                txs[tx["slot"]][tx["transaction"]["signatures"][0]] = shorten(tx)

    def has_block(slot: int) -> bool:
        """Every seventh slot was skipped, but where a story stands on it or is built on it."""
        return slot % 7 != 3 or slot in (0, head) or slot in blocks or slot + 1 in blocks

    def hash_at(slot: int) -> str:
        if slot in blocks:
            return str(blocks[slot]["blockhash"])
        if slot + 1 in blocks:
            return str(blocks[slot + 1]["previousBlockhash"])
        return str(b58encode(hashlib.sha256(str(slot).encode()).digest()).decode("ascii"))

    def block_at(slot: int) -> dict[str, Any]:
        parent = next(s for s in range(slot - 1, -2, -1) if s < 0 or has_block(s))
        linked = {"parentSlot": max(parent, 0), "previousBlockhash": hash_at(max(parent, 0))}
        known = blocks.get(slot, {"blockHeight": slot, "blockTime": None})
        return {**known, **linked, "blockhash": hash_at(slot)}

    def answer(asked: Asked) -> Told | None:
        body: Any = asked.body if isinstance(asked.body, dict) else {}
        method, params = body.get("method"), body.get("params")
        result: Any
        if method == "getBlocks":
            result = [s for s in range(params[0], min(params[1], head) + 1) if has_block(s)]
        elif method == "getBlocksWithLimit":
            found = (s for s in range(params[0], head + 1) if has_block(s))
            result = [slot for slot, _ in zip(found, range(params[1]), strict=False)]
        elif method == "getBlock" and params[1].get("commitment") == "finalized":
            if params[0] > head or not has_block(params[0]):
                text = f"Slot {params[0]} was skipped, or missing due to ledger jump to recent snapshot"
                error = {"code": -32007, "message": text}
                return 200, {"jsonrpc": "2.0", "id": body["id"], "error": error}
            result = block_at(params[0])
            if params[1]["transactionDetails"] == "accounts":
                result |= {"transactions": list(txs[params[0]].values())}
        else:
            return None
        return 200, {"jsonrpc": "2.0", "id": body["id"], "result": result}

    return answer


def shorten(tx: Any) -> dict[str, Any]:
    """The form ``accounts``: no instructions, no logs, those looked up among the accounts."""
    message, meta = tx["transaction"]["message"], tx["meta"]
    keys = [_account(key, "transaction") for key in message["accountKeys"]]
    loaded = meta.get("loadedAddresses") or {}
    if not any(key["source"] == "lookupTable" for key in keys):
        for part in ("writable", "readonly"):
            keys += [_account(key, "lookupTable") for key in loaded.get(part, ())]
    short = {name: meta[name] for name in _META if name in meta}
    short |= {name: meta.get(name) or [] for name in _TOKENS}
    transaction = {"accountKeys": keys, "signatures": tx["transaction"]["signatures"]}
    return {"transaction": transaction, "meta": short, "version": tx.get("version", "legacy")}


def _account(key: Any, source: str) -> dict[str, Any]:
    if isinstance(key, dict):
        return {"signer": False, "writable": False, "source": source, **key}
    return {"pubkey": key, "signer": False, "writable": False, "source": source}
