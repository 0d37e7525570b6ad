"""How Cardano is scanned: the addresses that each block touches.

Knows: Blockfrost's list of a block's addresses and its pages, Koios' detailed transactions of some blocks. Must
not know: what an output is worth.

Every depositor has an address of his own, so blocks are walked. Ours is known by its payment credential,
whichever stake credential stands beside it. An output of a failed script's collateral is one like any other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

from recovery.chains.cardano.answer import read_count, read_text
from recovery.chains.cardano.ask import ask, ask_head, ask_koios, is_koios
from recovery.chains.cardano.codec import parse_address
from recovery.chains.mentions import pick_ours
from recovery.chains.scan import Hit, Hits, Pass, Scan, Tip, Watch, Window
from recovery.chains.shape import read_list, read_object
from recovery.chains.source import Node
from recovery.errors import BadInput, Garbled
from recovery.model import AddressKey
from recovery.networks import Network

PAGE = 100
"""Addresses that Blockfrost gives at once."""

_MOST_PAGES = 1_000


def fetch_final(network: Network, node: Node) -> Tip:
    head = ask_head(network, node)
    behind = (network.finality.confirmations or 1) - 1
    time = head.time - timedelta(milliseconds=network.block_milliseconds * behind)
    return Tip(max(head.height - behind, 0), "", time)


def plan_passes(network: Network) -> tuple[Pass, ...]:
    return (
        Pass(
            "blocks", fetch_hits=fetch_hits, window=10, overlap=20, first_look=network.blocks_a_day
        ),
    )


def fetch_hits(network: Network, node: Node, window: Window, watch: Watch) -> Hits:
    """Every transaction of the window with an input or output of ours."""
    walk = _walk_koios if is_koios(node) else _walk_blockfrost
    try:
        touched = list(walk(node, window))
    except Garbled as wrong:
        raise node.named(wrong) from None
    hits = pick_ours(((hit, _keys(network, texts)) for hit, texts in touched), watch)
    method = "/block_tx_info" if is_koios(node) else "/blocks/{}/addresses"
    return Hits(tuple(dict.fromkeys(hits)), window, (method,), seen=len(touched))


def _keys(network: Network, texts: Iterable[str]) -> Iterator[AddressKey]:
    return (key for text in texts if (key := _key_of(network, text)) is not None)


def _key_of(network: Network, text: str) -> AddressKey | None:
    """None for what pays nobody's payment credential, as odd outputs of the chain's early days."""
    try:
        return parse_address(network, text).key
    except BadInput:
        return None


def _walk_blockfrost(node: Node, window: Window) -> Iterator[tuple[Hit, Iterable[str]]]:
    for height in range(window.first, window.last + 1):
        path = f"/blocks/{height}/addresses"
        for page in range(1, _MOST_PAGES):
            rows = ask(node, path, {"count": PAGE, "page": page})
            if rows is None:
                raise node.unhealthy(f"it does not have block {height}")
            rows = read_list(rows, path)
            for value in rows:
                row = read_object(value, "an address")
                address = read_text(row.get("address"), "address")
                for tx in read_list(row.get("transactions"), "transactions"):
                    tx_hash = read_text(read_object(tx, "a transaction").get("tx_hash"), "tx_hash")
                    yield Hit(tx_hash, height), (address,)
            if not rows:  # a page may be shorter than asked for; only an empty one is the last
                break
        else:
            raise node.garbled(f"{path} does not end")


def _walk_koios(node: Node, window: Window) -> Iterator[tuple[Hit, Iterable[str]]]:
    heights = f"(block_height.gte.{window.first},block_height.lte.{window.last})"
    select = "hash,block_height,tx_count"
    rows = ask_koios(node, "/blocks", query={"and": heights, "select": select})
    blocks = [read_object(row, "a block") for row in rows]
    told = {read_count(b.get("block_height"), "block_height"): b for b in blocks}
    missing = set(range(window.first, window.last + 1)) - set(told)
    if missing or len(told) != len(window):
        raise node.unhealthy(f"it does not have the blocks {sorted(missing)[:3]}")
    expected = sum(read_count(block.get("tx_count"), "tx_count") for block in blocks)
    body: dict[str, Any] = {"_block_hashes": [read_text(b.get("hash"), "hash") for b in blocks]}
    txs = ask_koios(node, "/block_tx_info", body) if expected else []
    if len(txs) != expected:
        raise node.too_much(f"/block_tx_info gave {len(txs)} of {expected} transactions")
    for value in txs:
        row = read_object(value, "a transaction")
        height = read_count(row.get("block_height"), "block_height")
        if height not in told:
            raise node.garbled("/block_tx_info answered about another block")
        outputs = read_list(row.get("outputs"), "outputs")
        made = [*outputs, *([row["collateral_output"]] if row.get("collateral_output") else [])]
        yield Hit(read_text(row.get("tx_hash"), "tx_hash"), height), list(map(_paid_to, made))


def _paid_to(output: Any) -> str:
    address = read_object(read_object(output, "an output").get("payment_addr"), "payment_addr")
    return read_text(address.get("bech32"), "bech32")


SCAN = Scan(fetch_final=fetch_final, plan_passes=plan_passes)
