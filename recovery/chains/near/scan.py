"""How NEAR is scanned: the chunks of each final block, by every account that actions name.

Knows: skipped heights, chunks, receipts that only their signer ties to a transaction. Must not know: what an
action moved.

Every depositor may have an account of his own. A token names its recipient in a call's arguments. A receipt that
a contract made does not say which transaction began it: all of its signer's of the last blocks are asked about.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from recovery.chains.mentions import find_texts, pick_ours
from recovery.chains.near.answer import Header, read_header, read_id
from recovery.chains.near.codec import parse_address
from recovery.chains.near.fetch import ask, ask_head, cause_of
from recovery.chains.scan import Hit, Hits, Pass, Scan, Tip, Watch, Window
from recovery.chains.shape import Json, read_list, read_object, read_text
from recovery.chains.source import Node, RpcFault
from recovery.errors import BadInput, Garbled
from recovery.model import AddressKey, Note
from recovery.networks import Network, load_registry

LEAD = 20
"""Blocks before a window that are read too: a call's last receipt runs some blocks after the call."""

_MOST_SKIPPED = 100
_LOGS = Note(
    "token_events",
    "tokens that a contract gave by its own event alone, as a mint, with no call that names the recipient",
)
_ACCOUNT = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])")
_NAMED_FIELDS = ("signer_id", "receiver_id", "actions")


def fetch_final(network: Network, node: Node) -> Tip:
    header = ask_head(network, node).header
    return Tip(header.height, header.hash, header.time)


def plan_passes(network: Network) -> tuple[Pass, ...]:
    return (
        Pass(
            "chunks", fetch_hits=fetch_hits, window=200, overlap=50, first_look=network.blocks_a_day
        ),
    )


def fetch_hits(network: Network, node: Node, window: Window, watch: Watch) -> Hits:
    """Every transaction of the window, or behind its receipts, that names one of ours."""
    try:
        return _look(network, node, window, watch)
    except Garbled as wrong:
        raise node.named(wrong) from None


def _look(network: Network, node: Node, window: Window, watch: Watch) -> Hits:
    txs: list[tuple[Hit, list[AddressKey]]] = []
    receipts: list[tuple[tuple[str, int], list[AddressKey]]] = []
    signed: dict[str, list[Hit]] = defaultdict(list)
    for header, block in _walk(node, max(window.first - LEAD, 0), window.last):
        for chunk in _ask_chunks(node, header, block):
            for value in read_list(chunk.get("transactions"), "transactions"):
                tx = read_object(value, "a transaction")
                hit = Hit(read_id(tx.get("hash"), "hash"), header.height, header.time)
                signed[read_text(tx.get("signer_id"), "signer_id")].append(hit)
                named = [tx.get(name) for name in _NAMED_FIELDS]
                txs.append((hit, _keys(network.code, named)))
            if header.height >= window.first:
                for value in read_list(chunk.get("receipts"), "receipts"):
                    receipts += _read_receipt(network.code, header, value)
    hits = pick_ours(txs, watch)
    gaps = [_LOGS]
    for signer, height in pick_ours(receipts, watch):
        began = [hit for hit in signed[signer] if hit.height <= height]
        hits += began
        if not began:
            text = f"block {height}: a receipt of {signer} to us began over {LEAD} blocks before"
            gaps.append(Note("late_receipts", text))
    methods = ("block", "chunk")
    return Hits(tuple(dict.fromkeys(hits)), window, methods, tuple(gaps), len(txs))


def _read_receipt(
    code: str, header: Header, value: Any
) -> Iterator[tuple[tuple[str, int], list[AddressKey]]]:
    """What a contract made: of one that only carries data there is nothing to look at."""
    receipt = read_object(value, "a receipt")
    action = read_object(receipt.get("receipt"), "the receipt").get("Action")
    if action is None or receipt.get("predecessor_id") == "system":  # refunds of gas
        return
    told = read_object(action, "Action")
    signer = read_text(told.get("signer_id"), "signer_id")
    yield (
        (signer, header.height),
        _keys(code, [receipt.get("receiver_id"), told.get("actions")]),
    )


def _keys(code: str, named: Any) -> list[AddressKey]:
    """Every account that stands in a text, or in a call's arguments."""
    keys = []
    for text in find_texts(named):
        for name in {*_ACCOUNT.findall(text), *_ACCOUNT.findall(_unpack(text))}:
            key = _key_of(code, name)
            if key is not None:
                keys.append(key)
    return keys


def _unpack(text: str) -> str:
    try:
        return base64.b64decode(text, validate=True).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return ""


@lru_cache(maxsize=65_536)
def _key_of(code: str, text: str) -> AddressKey | None:
    try:
        return parse_address(load_registry()[code], text).key
    except BadInput:
        return None


def _walk(node: Node, first: int, last: int) -> Iterator[tuple[Header, Json]]:
    """The blocks of some heights. A height may be skipped: the next block's parent proves it."""
    before: str | None = None
    height = first
    while True:
        block = _ask_block(node, height)
        if block is None:
            if height - last > _MOST_SKIPPED:
                raise node.unhealthy(f"it has no block from {last} to {height}")
        else:
            header = read_header(block)
            if header.height != height:
                raise node.garbled(f"it answered with another block than {height}")
            parent = read_id(read_object(block["header"], "header").get("prev_hash"), "prev_hash")
            if before is None and height > first:
                below = read_header(ask(node, "block", {"block_id": parent}))
                before = parent if below.height < first else ""
            if before is not None and parent != before:
                raise node.unhealthy(f"it lacks the block below {height}")
            before = header.hash
            if height <= last:
                yield header, block
            if height >= last:
                return
        height += 1


def _ask_block(node: Node, height: int) -> Json | None:
    answer = node.rpc("block", {"block_id": height})
    if isinstance(answer, RpcFault):
        if cause_of(answer) == "UNKNOWN_BLOCK":
            return None
        raise node.unhealthy(f"block {height}: {cause_of(answer)}: {answer.message}")
    return read_object(answer, "the block")


def _ask_chunks(node: Node, header: Header, block: Json) -> Iterator[Json]:
    """The chunks that were made for this block; a missing one is the shard's last one again."""
    for value in read_list(block.get("chunks"), "chunks"):
        chunk = read_object(value, "a chunk")
        if chunk.get("height_included") == header.height:
            name = read_text(chunk.get("chunk_hash"), "chunk_hash")
            yield read_object(ask(node, "chunk", {"chunk_id": name}), "the chunk")


SCAN = Scan(fetch_final=fetch_final, plan_passes=plan_passes)
