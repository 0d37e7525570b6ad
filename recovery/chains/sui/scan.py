"""How Sui is scanned: every transaction of a stretch of checkpoints, by the owners its effects name.

Knows: the list of transactions in either API, its pages. Must not know: what a row means for a deposit.

Every depositor has an address of his own. Balance changes name who got coins, under the address or as objects;
object changes who was handed anything else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from recovery.chains.mentions import find_texts, pick_ours
from recovery.chains.scan import Hit, Hits, Pass, Scan, Tip, Watch, Window
from recovery.chains.shape import read_bool, read_list, read_object, read_text
from recovery.chains.source import Node
from recovery.chains.sui.fetch import ask_head, call, query
from recovery.chains.sui.seen import read_number
from recovery.errors import Garbled
from recovery.model import AddressKey
from recovery.networks import Network

PAGE = 50
"""The most transactions either API gives at once."""

_PAGE_INFO = "pageInfo { hasNextPage endCursor }"
_LIST = (
    "query ($first: Int, $after: String, $above: UInt53, $below: UInt53) {"
    " transactions(first: $first, after: $after,"
    f" filter: {{ afterCheckpoint: $above, beforeCheckpoint: $below }}) {{ {_PAGE_INFO}"
    " nodes { digest effects { checkpoint { sequenceNumber }"
    " balanceChanges(first: 50) { pageInfo { hasNextPage } nodes { owner { address } } }"
    " objectChanges(first: 50) { pageInfo { hasNextPage } nodes { outputState { owner {"
    " ... on AddressOwner { address { address } }"
    " ... on ConsensusAddressOwner { address { address } }"
    " ... on ObjectOwner { address { address } } } } } } } } } }"
)
_SHOWN = {"showBalanceChanges": True, "showObjectChanges": True}
_DIGITS = 64


def fetch_final(network: Network, node: Node) -> Tip:
    """The newest checkpoint: it is certified, and final."""
    head = ask_head(network, node)
    return Tip(head.height, "", head.time)


def plan_passes(network: Network) -> tuple[Pass, ...]:
    return (
        Pass(
            "checkpoints",
            fetch_hits=fetch_hits,
            window=50,
            overlap=40,
            first_look=network.blocks_a_day,
        ),
    )


def fetch_hits(network: Network, node: Node, window: Window, watch: Watch) -> Hits:
    """Every transaction of the window that gave one of ours anything."""
    try:
        _check_holds(network, node, window)
        walk = _walk_graphql if node.api == "graphql" else _walk_rpc
        told = list(walk(node, window))
    except Garbled as wrong:
        raise node.named(wrong) from None
    long = [hit for hit, keys in told if keys is None]  # more rows than shown: its evidence has all
    hits = pick_ours(((hit, keys) for hit, keys in told if keys is not None), watch)
    method = "transactions" if node.api == "graphql" else "sui_multiGetTransactionBlocks"
    return Hits(tuple(dict.fromkeys([*hits, *long])), window, (method,), seen=len(told))


def _keys(value: Any) -> Iterator[AddressKey]:
    for text in find_texts(value):
        if text.startswith("0x") and len(text) <= _DIGITS + 2:
            try:
                yield AddressKey("sui", bytes.fromhex(text[2:].zfill(_DIGITS)))
            except ValueError:
                continue


_Told = Iterator[tuple[Hit, Iterable[AddressKey] | None]]


def _walk_graphql(node: Node, window: Window) -> _Told:
    after: str | None = None
    last = window.first
    while True:
        asked = {"first": PAGE, "after": after, "above": window.first - 1, "below": window.last + 1}
        if not window.first:
            del asked["above"]
        page = read_object(
            query(node, {"query": _LIST, "variables": asked}).get("transactions"), "transactions"
        )
        for value in read_list(page.get("nodes"), "nodes"):
            tx = read_object(value, "a transaction")
            effects = read_object(tx.get("effects"), "effects")
            checkpoint = read_object(effects.get("checkpoint"), "the checkpoint")
            height = read_number(checkpoint.get("sequenceNumber"), "sequenceNumber")
            if not last <= height <= window.last:
                raise node.garbled(f"a transaction of checkpoint {height} is out of place")
            last = height
            parts = [read_object(effects.get(n), n) for n in ("balanceChanges", "objectChanges")]
            pages = [read_object(part.get("pageInfo"), "pageInfo") for part in parts]
            more = any(read_bool(p.get("hasNextPage"), "hasNextPage") for p in pages)
            hit = Hit(read_text(tx.get("digest"), "the digest"), height)
            yield hit, None if more else list(_keys(parts))
        info = read_object(page.get("pageInfo"), "pageInfo")
        if not read_bool(info.get("hasNextPage"), "hasNextPage"):
            return
        following = read_text(info.get("endCursor"), "endCursor")
        if following == after:
            raise node.garbled("a page that ends where it began")
        after = following


def _walk_rpc(node: Node, window: Window) -> _Told:
    for height in range(window.first, window.last + 1):
        checkpoint = read_object(call(node, "sui_getCheckpoint", str(height)), "the checkpoint")
        if read_number(checkpoint.get("sequenceNumber"), "sequenceNumber") != height:
            raise node.garbled(f"it answered with another checkpoint than {height}")
        digests = [
            read_text(d, "a digest") for d in read_list(checkpoint.get("transactions"), "digests")
        ]
        for start in range(0, len(digests), PAGE):
            part = digests[start : start + PAGE]
            rows = read_list(call(node, "sui_multiGetTransactionBlocks", part, _SHOWN), "rows")
            told = [read_object(row, "a transaction") for row in rows]
            if [tx.get("digest") for tx in told] != part:
                raise node.garbled(f"checkpoint {height}: it did not answer about all transactions")
            for tx in told:
                changes = [tx.get("balanceChanges"), tx.get("objectChanges")]
                yield Hit(str(tx["digest"]), height), list(_keys(changes))


def _check_holds(network: Network, node: Node, window: Window) -> None:
    head = ask_head(network, node)
    if head.height < window.last:
        raise node.unhealthy(f"its newest checkpoint is {head.height}, asked up to {window.last}")
    if head.oldest is not None and head.oldest > window.first:
        raise node.unhealthy(f"it keeps {head.oldest} on, asked from {window.first}")


SCAN = Scan(fetch_final=fetch_final, plan_passes=plan_passes)
