"""How the Cosmos Hub is scanned: each account's receipts, by the node's own index of events.

Knows: the two searches, their pages, and that blocks and index must hold the whole stretch. Must not know: what a
transaction paid to whom.

Deposits share a few accounts, told apart by their memos. ``transfer.recipient`` is every payment of the bank:
sends, IBC, rewards, what contracts and other accounts' grants pay; ``wasm.to`` is what CW20 contracts say.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from recovery.chains.cosmos import lcd
from recovery.chains.cosmos.codec import format_address
from recovery.chains.cosmos.decode import parse_moment, read_count
from recovery.chains.cosmos.fetch import fetch_health
from recovery.chains.cosmos.signed import hash_of, read_base64
from recovery.chains.scan import Arrivals, Hit, Pass, Scan, Tip
from recovery.chains.shape import read_object, read_text
from recovery.chains.source import Node, RpcFault
from recovery.chains.stretch import Stretch, begin_stretch, end_page
from recovery.model import AddressKey, Note
from recovery.networks import Network

PAGE = 100
"""The most that CometBFT gives at once."""

BEHIND = 2
"""Blocks below the head: a node writes its index behind the block."""

_BETWEEN = Note(
    "block_events",
    "coins paid by a block itself, as unbonding ends or grants of the community pool, have no transaction",
)


def fetch_final(network: Network, node: Node) -> Tip:
    """The newest block but two: one confirmation is final, and its index is surely written."""
    health = fetch_health(network, node)
    depth = (network.finality.confirmations or 1) - 1 + BEHIND
    return Tip(max(health.height - depth, 0), "", health.time)


def plan_passes(network: Network) -> tuple[Pass, ...]:
    return tuple(
        Pass(name, fetch_arrivals=partial(fetch_arrivals, event), first_look=network.blocks_a_day)
        for name, event in (("coins", "transfer.recipient"), ("cw20", "wasm.to"))
    )


def fetch_arrivals(  # noqa: PLR0917 - the scan's interface
    event: str,
    network: Network,
    node: Node,
    key: AddressKey,
    after: str | None,
    since: int,
    tip: Tip,
) -> Arrivals:
    """One page of the transactions whose events name the account."""
    stretch = begin_stretch(after, since, tip)
    account = format_address(network, key)
    ask = _search_rpc if node.api == "cometbft" else _search_lcd
    method = "tx_search" if node.api == "cometbft" else "/cosmos/tx/v1beta1/txs"
    if account is None or stretch.is_empty:
        return end_page(stretch, tip, (), following="", method=method)
    _check_holds(network, node, stretch)
    page = int(stretch.place or 1)
    heights = f"tx.height>={stretch.first} AND tx.height<={stretch.last}"
    hits, total = ask(node, f"{event}='{account}' AND {heights}", page)
    if len(hits) != min(max(total - (page - 1) * PAGE, 0), PAGE):
        raise node.garbled(f"{method}: page {page} of {total} has {len(hits)} transactions")
    for hit in hits:
        if not stretch.first <= hit.height <= stretch.last:
            raise node.garbled(f"{method}: a transaction of block {hit.height}, not asked for")
    following = str(page + 1) if page * PAGE < total else ""
    return end_page(
        stretch, tip, hits, following=following, method=method, gaps=(_BETWEEN,), seen=len(hits)
    )


def _search_lcd(node: Node, query: str, page: int) -> tuple[list[Hit], int]:
    asked: dict[str, str | int] = {"query": query, "page": page, "limit": PAGE}
    asked["order_by"] = "ORDER_BY_ASC"
    found = lcd.ask_offered(node, "/cosmos/tx/v1beta1/txs", asked)
    hits = []
    for row in _list(node, found.get("tx_responses")):
        result = read_object(row, "a transaction")
        tx_hash = read_text(result.get("txhash"), "txhash").upper()
        height = read_count(result.get("height"), "height")
        hits.append(Hit(tx_hash, height, parse_moment(result.get("timestamp"))))
    return hits, read_count(found.get("total"), "total")


def _search_rpc(node: Node, query: str, page: int) -> tuple[list[Hit], int]:
    asked = {"query": query, "prove": False, "page": str(page), "per_page": str(PAGE)}
    answer = node.rpc("tx_search", asked | {"order_by": "asc"})
    if isinstance(answer, RpcFault):
        raise node.unhealthy(f"tx_search: {answer.message} {str(answer.data or '')[:200]}")
    found = read_object(answer, "tx_search")
    hits = []
    for row in _list(node, found.get("txs")):
        tx = read_object(row, "a transaction")
        tx_hash = hash_of(read_base64(tx.get("tx"), "a transaction"))
        hits.append(Hit(tx_hash, read_count(tx.get("height"), "height")))
    return hits, read_count(found.get("total_count"), "total_count")


def _list(node: Node, value: Any) -> list[Any]:
    if value is None:  # an empty list, in Go's way
        return []
    if not isinstance(value, list):
        raise node.garbled("a search was not answered with a list")
    return value


def _check_holds(network: Network, node: Node, stretch: Stretch) -> None:
    """The node indexes, has the stretch's last block and keeps its first; asked once for each stretch."""
    if node.memory.get("cosmos_scanned") == (stretch.first, stretch.last):
        return
    health = fetch_health(network, node)
    if health.height < stretch.last:
        raise node.unhealthy(f"its newest block is {health.height}, asked up to {stretch.last}")
    if node.api == "cometbft":
        oldest = health.oldest or network.parameters["first_height"]
    else:
        lcd.ask_offered(node, f"/cosmos/base/tendermint/v1beta1/blocks/{stretch.first}")
        oldest = stretch.first
    if oldest > stretch.first:
        raise node.unhealthy(f"its blocks begin at {oldest}, asked from {stretch.first}")
    node.memory["cosmos_scanned"] = (stretch.first, stretch.last)


SCAN = Scan(fetch_final=fetch_final, plan_passes=plan_passes)
