"""How Asset Hub is scanned: ranges of whole blocks by sidecar, by every account their events mention.

Knows: a range's answer, and what no extrinsic caused. Must not know: what an event moved.

Every depositor has an address of his own. An extrinsic is named by its place, by which sidecar finds it; Subscan
shows no whole blocks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

from base58_bech32.ss58 import ss58_decode

from recovery.chains.mentions import find_texts, pick_ours
from recovery.chains.polkadot.ask import ask_head, own
from recovery.chains.polkadot.decode import read_final_height
from recovery.chains.polkadot.sidecar import read_number, read_time
from recovery.chains.scan import Hit, Hits, Pass, Scan, Tip, Watch, Window
from recovery.chains.shape import Json, garbled, read_list, read_object, step_back
from recovery.chains.source import Node
from recovery.errors import Garbled
from recovery.model import AddressKey, Note
from recovery.networks import Network

_HEX_DIGITS = 64
_SS58_LENGTHS = range(46, 50)
_OUTSIDE = ("onInitialize", "onFinalize")


def fetch_final(network: Network, node: Node) -> Tip:
    """The newest finalized block."""
    _check_lists(node)
    head = ask_head(network, node)
    assert head.time is not None
    height = read_final_height(head.answers["material"])
    behind = network.block_milliseconds * (head.height - height)
    return Tip(height, "", step_back(head.time, behind))


def plan_passes(network: Network) -> tuple[Pass, ...]:
    return (
        Pass(
            "blocks", fetch_hits=fetch_hits, window=50, overlap=20, first_look=network.blocks_a_day
        ),
    )


def fetch_hits(network: Network, node: Node, window: Window, watch: Watch) -> Hits:
    """Every extrinsic of the window that mentions one of ours, in its call or in its events.

    What a block itself pays (messages of other chains, slots) has no extrinsic: that is told as a gap.
    """
    _check_lists(node)
    try:
        blocks = _ask_blocks(node, window)
        parts = [part for height, block in blocks for part in _take_apart(height, block)]
    except Garbled as wrong:
        raise own(node, wrong) from None
    found = pick_ours(parts, watch)
    hits = [thing for thing in found if isinstance(thing, Hit)]
    gaps = [thing for thing in found if isinstance(thing, Note)]
    seen = sum(isinstance(thing, Hit) for thing, _ in parts)
    return Hits(tuple(hits), window, ("/blocks?range=",), tuple(gaps), seen)


def _ask_blocks(node: Node, window: Window) -> list[tuple[int, Json]]:
    """Every block of the window: each height once."""
    query: dict[str, str | int] = {"range": f"{window.first}-{window.last}", "noFees": "true"}
    answer = node.fetch_json("/blocks", query)
    if answer.status != 200:
        text = f"/blocks?range: HTTP {answer.status}: {answer.text[:200]}"
        raise node.too_much(text) if len(window) > 1 else node.unhealthy(text)
    blocks = [read_object(value, "a block") for value in read_list(answer.body, "the blocks")]
    told = {read_number(block): block for block in blocks}
    if len(blocks) != len(window) or set(told) != set(range(window.first, window.last + 1)):
        raise garbled(f"it did not answer with the blocks {window.first} to {window.last}")
    return sorted(told.items())


def _take_apart(height: int, block: Json) -> Iterator[tuple[Hit | Note, list[AddressKey]]]:
    time = read_time(block)
    for index, value in enumerate(read_list(block.get("extrinsics"), "extrinsics")):
        extrinsic = read_object(value, "an extrinsic")
        mentioned = (extrinsic.get("args"), extrinsic.get("signature"), extrinsic.get("events"))
        keys = list(_keys(find_texts(list(mentioned))))
        yield Hit(f"{height}-{index}", height, time), keys
    for name in _OUTSIDE:
        outside = block.get(name)
        events = outside.get("events") if isinstance(outside, dict) else None
        text = f"block {height}: its own events mention an address of ours; they have no extrinsic"
        keys = list(_keys(find_texts(events if events is not None else [])))
        yield Note("block_events", text), keys


def _keys(texts: Iterable[Any]) -> Iterator[AddressKey]:
    for text in texts:
        if text.startswith("0x") and len(text) == _HEX_DIGITS + 2:
            yield AddressKey("account32", bytes.fromhex(text[2:]))
        elif len(text) in _SS58_LENGTHS and (key := _key_of(text)) is not None:
            yield key


@lru_cache(maxsize=65_536)
def _key_of(text: str) -> AddressKey | None:
    """The account of an SS58 text, whichever network's prefix it is written with."""
    try:
        _, account = ss58_decode(text)
    except ValueError:
        return None
    return AddressKey("account32", bytes(account)) if len(account) == 32 else None


def _check_lists(node: Node) -> None:
    if node.api != "sidecar":
        raise node.unhealthy("Subscan shows no whole blocks: the scan needs sidecar")


SCAN = Scan(fetch_final=fetch_final, plan_passes=plan_passes)
