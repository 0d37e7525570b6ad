"""Blocks of Aptos with their transactions, and the pages in which the rest of a long one comes.

Knows: paths, the server's own limit, its errors. Must not know: amounts. What surrounds a story in its block
are the state checkpoints that a node writes there.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from recovery.demo.fixtures import Fixture
from recovery.demo.ledgers import Asked, Ledger, Told, find_answers

_MOST = 100


def build(fixtures: Sequence[Fixture], *, page: int | None = None) -> Ledger:
    blocks: dict[int, Any] = {}
    told: dict[int, Any] = {}
    top = 0
    for fixture in fixtures:
        for ledger in find_answers(fixture, get="/v1"):
            if isinstance(ledger, dict) and "git_hash" in ledger:
                top = max(top, int(ledger["block_height"]))
        for block in find_answers(fixture, get="/v1/blocks/by_version/"):
            blocks[int(block["block_height"])] = block
        for tx in find_answers(fixture, get="/v1/transactions/"):
            told[int(tx.get("version", -1))] = tx
    most = page or _MOST

    def answer(asked: Asked) -> Told | None:
        found = re.fullmatch(r"/v1/blocks/by_height/(\d+)", asked.path)
        if found:
            height = int(found[1])
            block = blocks.get(height) or _quiet(height, top)
            if block is None:
                code = "block_not_found"
                return 404, {
                    "message": "Block not found",
                    "error_code": code,
                    "vm_error_code": None,
                }
            last = int(block["last_version"])
            return 200, block | {
                "transactions": _list(told, int(block["first_version"]), last, most)
            }
        found = re.fullmatch(r"/v1/transactions/by_hash/(0x[0-9a-f]{64})", asked.path)
        if found:
            here = [tx for tx in told.values() if tx["hash"] == found[1]]
            return (200, here[0]) if here else None
        if asked.path == "/v1/transactions":
            start, limit = int(asked.query["start"]), int(asked.query["limit"])
            return 200, _list(told, start, start + limit - 1, most)
        return None

    return answer


def _list(told: dict[int, Any], first: int, last: int, most: int) -> list[Any]:
    return [told.get(v) or _filler(v) for v in range(first, min(last, first + most - 1) + 1)]


def _quiet(height: int, top: int) -> dict[str, Any] | None:
    """A block of one checkpoint, of which no story tells."""
    if height > top:
        return None
    version = str(10**12 + height)
    return {"block_height": str(height), "first_version": version, "last_version": version}


def _filler(version: int) -> dict[str, Any]:
    kind = "state_checkpoint_transaction"
    return {"version": str(version), "hash": f"0x{version:064x}", "changes": [], "type": kind}
