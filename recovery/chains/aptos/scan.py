"""How Aptos is scanned: whole blocks, by every address their transactions mention.

Knows: a block's versions and the pages in which the rest of a long one comes. Must not know: what an event moved.

Every depositor has an address of his own. A fungible asset's event names a store alone: the store's owner stands
among the changes of the same transaction, in full or without leading zeros.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from recovery.chains.aptos.fetch import ask, ask_ledger, ask_object, read_error_code
from recovery.chains.aptos.wire import read_hash, read_number
from recovery.chains.mentions import find_texts, pick_ours
from recovery.chains.scan import Hit, Hits, Pass, Scan, Tip, Watch, Window
from recovery.chains.shape import Json, read_object
from recovery.chains.source import Node
from recovery.errors import Garbled
from recovery.model import AddressKey
from recovery.networks import Network

PAGE = 100
"""The most transactions that a node gives at once, in a block too."""

_ADDRESS = re.compile(r"0x([0-9a-fA-F]{1,64})(?![0-9a-fA-F])")
_SHORTEST = 40
"""Digits of a text that is looked at: one in 2**96 of all accounts begins with twelve zero bytes."""


def fetch_final(network: Network, node: Node) -> Tip:
    """The newest block: what a node shows is committed, and final."""
    ledger = ask_ledger(network, node)
    return Tip(ledger.height, "", ledger.time)


def plan_passes(network: Network) -> tuple[Pass, ...]:
    return (
        Pass(
            "blocks", fetch_hits=fetch_hits, window=20, overlap=40, first_look=network.blocks_a_day
        ),
    )


def fetch_hits(network: Network, node: Node, window: Window, watch: Watch) -> Hits:
    """Every transaction of the window that mentions one of ours."""
    try:
        told = [
            (Hit(read_hash(tx.get("hash"), "the hash"), height), _keys(tx))
            for height in range(window.first, window.last + 1)
            for tx in _ask_block(node, height)
        ]
    except Garbled as wrong:
        raise node.named(wrong) from None
    method = "/v1/blocks/by_height/{}?with_transactions=true"
    return Hits(tuple(pick_ours(told, watch)), window, (method,), seen=len(told))


def _keys(tx: Json) -> Iterable[AddressKey]:
    for text in find_texts(tx):
        for digits in _ADDRESS.findall(text):
            if len(digits) >= _SHORTEST:
                yield AddressKey("aptos", bytes.fromhex(digits.zfill(64)))


def _ask_block(node: Node, height: int) -> Iterator[Json]:
    """All transactions of a block: their versions follow each other without a gap."""
    block = ask_object(node, f"/blocks/by_height/{height}", {"with_transactions": "true"})
    if block is None:
        raise node.unhealthy(f"it does not have block {height}")
    first, last = (read_number(block.get(f"{n}_version"), n) for n in ("first", "last"))
    if read_number(block.get("block_height"), "block_height") != height:
        raise node.garbled(f"it answered with another block than {height}")
    given: Any = block.get("transactions")
    version = first
    while version <= last:
        if not isinstance(given, list) or not given:
            raise node.garbled(f"block {height} lacks version {version}")
        for value in given:
            tx = read_object(value, "a transaction")
            if read_number(tx.get("version"), "the version") != version:
                raise node.garbled(f"block {height} lacks version {version}")
            yield tx
            version += 1
        if version <= last:
            given = _ask_page(node, version, min(PAGE, last - version + 1))


def _ask_page(node: Node, start: int, limit: int) -> Any:
    answer = ask(node, "/transactions", {"start": start, "limit": limit})
    if answer.status != 200:
        code = read_error_code(node, "/transactions", answer)
        raise node.unhealthy(f"/transactions: {code}")
    return answer.body


SCAN = Scan(fetch_final=fetch_final, plan_passes=plan_passes)
