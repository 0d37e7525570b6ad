"""Blocks of Tron by height, alone or in ranges (with a page: alone only), and the results of their transactions.

Knows: the paths of both views, the server's own limit, blocks chained by their ids. Must not know: amounts.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from recovery.demo.fixtures import Fixture
from recovery.demo.ledgers import Asked, Ledger, Told, find_answers

_MOST = 100
_VIEWS = ("wallet", "walletsolidity")


def build(fixtures: Sequence[Fixture], *, page: int | None = None) -> Ledger:
    headers: dict[int, Any] = {}
    bodies: dict[int, dict[str, Any]] = defaultdict(dict)
    infos: dict[int, dict[str, Any]] = defaultdict(dict)
    heads = dict.fromkeys(_VIEWS, 0)
    for fixture in fixtures:
        for view in _VIEWS:
            for block in find_answers(fixture, post=f"/{view}/getblock"):
                height = block["block_header"]["raw_data"].get("number", 0)
                headers[height] = block
                heads[view] = max(heads[view], height)
        known = find_answers(fixture, post="/wallet/gettransactionbyid")
        txs = {tx["txID"]: tx for tx in known if tx}
        for view in _VIEWS:
            for info in find_answers(fixture, post=f"/{view}/gettransactioninfobyid"):
                if info and info["id"] in txs:
                    bodies[info["blockNumber"]][info["id"]] = txs[info["id"]]
                    infos[info["blockNumber"]][info["id"]] = info

    def block_at(height: int) -> dict[str, Any]:
        raw = {"number": height, "timestamp": 1_795_175_640_000}
        known = headers.get(height, {"block_header": {"raw_data": raw}})
        raw = known["block_header"]["raw_data"] | {"parentHash": _id_at(headers, height - 1)}
        block = {"blockID": _id_at(headers, height), "block_header": {"raw_data": raw}}
        held = list(bodies[height].values())
        return block | ({"transactions": held} if held else {})

    def answer(asked: Asked) -> Told | None:
        _, view, *rest = asked.path.split("/")
        if view not in _VIEWS or len(rest) != 1:
            return None
        body: Any = asked.body
        head = heads[view] or heads["wallet"]
        if rest == ["getblockbynum"]:
            return 200, block_at(body["num"]) if body["num"] <= head else {}
        if rest == ["getblockbylimitnext"]:
            if page:
                return 404, {"error": "not served"}
            first, last = body["startNum"], min(body["endNum"] - 1, head)
            if body["endNum"] - first > _MOST:
                return 200, {"Error": "class java.lang.IllegalArgumentException : limit"}
            found = [block_at(height) for height in range(first, last + 1)]
            return 200, {"block": found} if found else {}
        if rest == ["gettransactioninfobyblocknum"]:
            return 200, list(infos[body["num"]].values())
        return None

    return answer


def _id_at(headers: dict[int, Any], height: int) -> str:
    """Eight bytes of height, and the rest of a hash."""
    if height in headers:
        return str(headers[height]["blockID"])
    return height.to_bytes(8, "big").hex() + hashlib.sha256(str(height).encode()).hexdigest()[16:]
