"""Ranges of Asset Hub's blocks as sidecar gives them.

Knows: the ``range`` query, its limit, its errors. Must not know: amounts. A block that no story needs is empty.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from recovery.demo.fixtures import Fixture
from recovery.demo.ledgers import Asked, Ledger, Told, find_answers

_MOST = 500


def build(fixtures: Sequence[Fixture], *, page: int | None = None) -> Ledger:
    blocks: dict[int, Any] = {}
    tip = 0
    for fixture in fixtures:
        for block in find_answers(fixture, get="/blocks/"):
            if asked_by_number(block):
                blocks[int(block["number"])] = block
            tip = max(tip, int(block["number"]))
    most = page or _MOST

    def answer(asked: Asked) -> Told | None:
        if asked.path != "/blocks" or "range" not in asked.query:
            return None
        first, last = map(int, asked.query["range"].split("-"))
        if last - first + 1 > most:
            return 400, {
                "code": 400,
                "error": f"Inputted range is greater than the {most} range limit.",
            }
        if last > tip:
            text = f"Specified block number is larger than the current largest block. Largest known: {tip}"
            return 404, {"code": 404, "error": text}
        return 200, [blocks.get(height) or _empty(height) for height in range(first, last + 1)]

    return answer


def asked_by_number(block: Any) -> bool:
    """The head is answered without its extrinsics' events where a story asks for it alone."""
    return any("events" in extrinsic for extrinsic in block.get("extrinsics", ()))


def _empty(height: int) -> dict[str, Any]:
    outside: dict[str, Any] = {"events": []}
    place = {"number": str(height), "hash": f"0x{height:064x}", "extrinsics": []}
    return place | {"onInitialize": outside, "onFinalize": outside, "finalized": True}
