"""Blocks of Cardano as Blockfrost lists their addresses, and as Koios details their transactions.

Knows: paths, pages, "not found" of either API. Must not know: amounts.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from recovery.demo.fixtures import Fixture
from recovery.demo.ledgers import Asked, Ledger, Told, find_answers

_MOST = 100
_RANGE = re.compile(r"\(block_height\.gte\.(\d+),block_height\.lte\.(\d+)\)")


def build(fixtures: Sequence[Fixture], *, page: int | None = None) -> Ledger:
    touched: dict[int, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    koios: list[Any] = []
    tip = 0
    for fixture in fixtures:
        for block in find_answers(fixture, get="/blocks/latest"):
            tip = max(tip, block["height"])
        for rows in find_answers(fixture, get="/tip"):
            tip = max(tip, rows[0].get("block_height", rows[0].get("block_no")))
        for rows in find_answers(fixture, post="/tx_info"):
            koios += rows
        _add_blockfrost(fixture, touched)

    def answer(asked: Asked) -> Told | None:
        found = re.fullmatch(r"/blocks/(\d+)/addresses", asked.path)
        if found:
            return _list_addresses(touched, tip, int(found[1]), page or _MOST, asked)
        if asked.path == "/blocks" and "and" in asked.query:
            return _list_blocks(koios, tip, asked)
        if asked.path == "/block_tx_info":
            wanted = asked.body["_block_hashes"]
            return 200, [row for row in koios if _hash_of(row["block_height"]) in wanted]
        return None

    return answer


def _add_blockfrost(fixture: Fixture, touched: dict[int, dict[str, set[str]]]) -> None:
    """As db-sync keeps it: of a failed script its collateral is what is spent and made."""
    tx_hash = (fixture.evidence or {})["tx_hash"]
    whole = {
        name: value
        for answer in find_answers(fixture, get=f"/txs/{tx_hash}")
        if isinstance(answer, dict)
        for name, value in answer.items()
    }
    valid = whole.get("valid_contract", True)
    for part in (*whole.get("inputs", ()), *whole.get("outputs", ())):
        if not part.get("reference") and bool(part.get("collateral")) != valid:
            touched[whole["block_height"]][part["address"]].add(tx_hash)


def _list_addresses(
    touched: Mapping[int, Mapping[str, set[str]]], tip: int, height: int, most: int, asked: Asked
) -> Told:
    if height > tip:
        text = "The requested component has not been found."
        return 404, {"status_code": 404, "error": "Not Found", "message": text}
    here = touched.get(height, {})
    rows = [
        {"address": address, "transactions": [{"tx_hash": tx_hash} for tx_hash in sorted(hashes)]}
        for address, hashes in sorted(here.items())
    ]
    page, count = int(asked.query.get("page", 1)), min(int(asked.query.get("count", most)), most)
    return 200, rows[(page - 1) * count : page * count]


def _hash_of(height: int) -> str:
    return f"{height:064x}"


def _list_blocks(koios: Sequence[Any], tip: int, asked: Asked) -> Told:
    found = _RANGE.fullmatch(asked.query["and"])
    if found is None:
        return 400, {"code": "PGRST100", "message": "failed to parse logic tree", "details": None}
    first, last = int(found[1]), min(int(found[2]), tip)
    return 200, [
        {
            "hash": _hash_of(height),
            "block_height": height,
            "tx_count": sum(row["block_height"] == height for row in koios),
        }
        for height in range(last, first - 1, -1)
    ]
