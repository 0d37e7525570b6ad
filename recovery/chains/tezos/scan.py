"""How Tezos is scanned: every payment of a stretch of blocks, by TzKT's lists.

Knows: its lists, their pages, and how an operation's row is found by its number. Must not know: what a call did.

Every depositor may have an address of his own, so all payments are looked through, thousands in one answer. A
node alone finds no operation by its hash, and so none that a scan could be shown by it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from recovery.chains.mentions import pick_ours
from recovery.chains.scan import Hit, Hits, Pass, Scan, Tip, Watch, Window
from recovery.chains.shape import read_list, read_object
from recovery.chains.source import Node
from recovery.chains.tezos.answer import read_int, read_text
from recovery.chains.tezos.ask import ask, ask_head, is_octez
from recovery.chains.tezos.codec import parse_address
from recovery.errors import BadInput, Garbled
from recovery.model import AddressKey, Note
from recovery.networks import Network

PAGE = 10_000
"""The most that TzKT gives at once."""

_OPERATIONS = "/v1/operations/"
_PAYING = (
    ("transactions", "target"),
    ("originations", "originatedContract"),
    ("activations", "account"),
    ("drain_delegate", "target"),
)
"""Kinds of operations that pay coin, and the field that says to whom."""

_TRANSFERS = "/v1/tokens/transfers"
_CAUSES = (("transactionId", "transactions"), ("originationId", "originations"))


def fetch_final(network: Network, node: Node) -> Tip:
    _check_lists(node)
    head = ask_head(network, node)
    behind = (network.finality.confirmations or 1) - 1
    time = head.time - timedelta(milliseconds=network.block_milliseconds * behind)
    return Tip(max(head.level - behind, 0), "", time)


def plan_passes(network: Network) -> tuple[Pass, ...]:
    return (
        Pass(
            "coin", fetch_hits=fetch_coin, window=100, overlap=10, first_look=network.blocks_a_day
        ),
        Pass(
            "tokens",
            fetch_hits=fetch_tokens,
            window=100,
            overlap=10,
            first_look=network.blocks_a_day,
        ),
    )


def fetch_coin(network: Network, node: Node, window: Window, watch: Watch) -> Hits:
    """Every applied operation of the window that pays coin to ours."""
    _check_holds(network, node, window)
    hits: list[Hit] = []
    seen = 0
    try:
        for kind, field in _PAYING:
            select = f"id,level,hash,{field}"
            rows = list(_ask_rows(node, _OPERATIONS + kind, window, select))
            seen += len(rows)
            paid = ((_read_hit(row), _keys(network, row.get(field))) for row in rows)
            hits += pick_ours(paid, watch)
    except Garbled as wrong:
        raise node.named(wrong) from None
    methods = tuple(_OPERATIONS + kind for kind, _ in _PAYING)
    return Hits(tuple(dict.fromkeys(hits)), window, methods, seen=seen)


def fetch_tokens(network: Network, node: Node, window: Window, watch: Watch) -> Hits:
    """Every transfer of tokens of the window to ours, by the operation that made it."""
    _check_holds(network, node, window)
    hits: list[Hit] = []
    gaps: list[Note] = []
    try:
        select = "id,level,to,transactionId,originationId,migrationId"
        rows = list(_ask_rows(node, _TRANSFERS, window, select))
        known: dict[tuple[str, int], dict[int, Hit]] = {}
        for row in pick_ours(((r, _keys(network, r.get("to"))) for r in rows), watch):
            level = read_int(row.get("level"), "level")
            cause = next(((row[name], k) for name, k in _CAUSES if row.get(name)), None)
            if cause is None:
                text = (
                    f"block {level}: a migration of the protocol gave tokens: it has no operation"
                )
                gaps.append(Note("migration", text))
                continue
            number, kind = cause
            if (kind, level) not in known:
                here = _ask_rows(node, _OPERATIONS + kind, Window(level, level), "id,level,hash")
                known[kind, level] = {read_int(r.get("id"), "id"): _read_hit(r) for r in here}
            hit = known[kind, level].get(number)
            if hit is None:
                raise node.unhealthy(f"it lists a transfer by {number} and no such operation")
            hits.append(hit)
    except Garbled as wrong:
        raise node.named(wrong) from None
    return Hits(tuple(dict.fromkeys(hits)), window, (_TRANSFERS,), tuple(gaps), len(rows))


def _ask_rows(node: Node, path: str, window: Window, select: str) -> Iterator[dict[str, Any]]:
    """All rows, page after page by their numbers; only an empty page is the last."""
    last = -1
    while True:
        query: dict[str, str | int] = {
            "level.ge": window.first,
            "level.le": window.last,
            "sort.asc": "id",
            "limit": PAGE,
            "select": select,
        }
        if last >= 0:
            query["offset.cr"] = last
        if path != _TRANSFERS and not path.endswith(("activations", "drain_delegate")):
            query["status"] = "applied"
        rows = read_list(ask(node, path, query), path)
        for value in rows:
            row = read_object(value, "a row")
            number = read_int(row.get("id"), "id")
            level = read_int(row.get("level"), "level")
            if number <= last or not window.first <= level <= window.last:
                raise node.garbled(f"{path}: row {number} of block {level} is out of place")
            last = number
            yield row
        if not rows:
            return


def _read_hit(row: dict[str, Any]) -> Hit:
    return Hit(read_text(row.get("hash"), "hash"), read_int(row.get("level"), "level"))


def _keys(network: Network, party: Any) -> list[AddressKey]:
    if party is None:  # burnt, or originated in vain
        return []
    try:
        text = read_text(read_object(party, "a party").get("address"), "address")
        return [parse_address(network, text).key]
    except BadInput:
        return []


def _check_lists(node: Node) -> None:
    if is_octez(node):
        raise node.unhealthy("a node finds no operation by its hash: the scan needs TzKT")


def _check_holds(network: Network, node: Node, window: Window) -> None:
    _check_lists(node)
    level = ask_head(network, node).level
    if level < window.last:
        raise node.unhealthy(f"its newest block is {level}, asked up to {window.last}")


SCAN = Scan(fetch_final=fetch_final, plan_passes=plan_passes)
