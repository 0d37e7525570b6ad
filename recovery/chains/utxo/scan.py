"""How Bitcoin-type chains are scanned: raw blocks, walked to their end; all outputs compared at once; then only what hits.

Knows: one pass, the final height of each rule, what a block must prove before it is believed. Must not
know: addresses. A transaction with a hit is read whole by `rawtx`: its hash, amounts and places are
then those of the evidence.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from recovery.chains.scan import Hit, Hits, Pass, Scan, Sight, Tip, Watch, Window
from recovery.chains.source import Node, RpcFault
from recovery.chains.utxo import fetch_core, fetch_esplora
from recovery.chains.utxo.chain import chain_of
from recovery.chains.utxo.codec import read_key
from recovery.chains.utxo.rawtx import RawTransaction, parse_raw
from recovery.chains.utxo.scan_block import (
    BlockForm,
    form_of,
    parse_outline,
    read_time,
)
from recovery.chains.utxo.scan_fetch import (
    PARSED,
    fetch_blocks,
    fetch_hashes,
    fetch_parsed,
    fetch_wanted,
)
from recovery.chains.utxo.seen import parse_hex, take, take_hash
from recovery.model import AddressKey, TransferKind
from recovery.networks import Network

_WINDOW, _SMALLEST = 100, 8
"""A few blocks are megabytes, and work enough for one worker."""

_HEALTHY_SECONDS = 2.0
"""How long a node's word on its health lasts: a window of a few blocks takes less than asking twice."""


def fetch_final(network: Network, node: Node) -> Tip:
    """The newest final block; raises `Unhealthy` where the node must not be believed."""
    depth = network.finality.confirmations
    assert depth is not None, "every chain of this family has a depth, some a lock besides"
    tip = _ask_height(network, node)
    height = max(tip - depth + 1, 0)
    if network.finality.rule == "tag" and node.api == "core":
        height = max(height, min(_ask_lock(node), tip))
    (block_hash,) = fetch_hashes(node, height, height)
    if node.api == "esplora":
        seconds = fetch_esplora.ask_json(node, f"/block/{block_hash}").get("timestamp")
    else:
        (header,) = fetch_core.ask(node, [("getblockheader", [block_hash, True])])
        seconds = header.get("time") if isinstance(header, Mapping) else None
    return Tip(height, block_hash, fetch_core.read_tip_time(node, seconds))


def _ask_height(network: Network, node: Node) -> int:
    chain = chain_of(network)
    asked = time.monotonic()
    if node.api == "esplora":
        height = fetch_esplora.ask_health(chain, node).height
    else:
        height = fetch_core.ask_health(chain, node)[0].height
    node.memory["scan_height"] = (asked, height)
    return height


def _require_height(network: Network, node: Node, height: int) -> None:
    """Raise `Unhealthy` where the node is not healthy, or not that far; of a moment ago it is not asked again."""
    asked, tip = node.memory.get("scan_height", (float("-inf"), -1))
    if height > tip or time.monotonic() - asked > _HEALTHY_SECONDS:
        tip = _ask_height(network, node)
    if height > tip:
        raise node.unhealthy(f"it is at block {tip}, asked for {height}")


def _ask_lock(node: Node) -> int:
    """The height up to which the chain is locked (Dash, DIP-0008); 0 where the node knows of no lock."""
    lock = node.rpc("getbestchainlock")
    if isinstance(lock, RpcFault) or not isinstance(lock, Mapping):
        return 0
    height = lock.get("height")
    return height if lock.get("known_block") is True and isinstance(height, int) else 0


def plan_passes(network: Network) -> tuple[Pass, ...]:
    """One pass: every payment stands in its block. What is final can't change, so that the overlap
    only guards against a cursor that was moved by a node on a fork."""
    overlap = network.finality.confirmations or 1
    return (
        Pass(
            "blocks",
            fetch_block_hits,
            window=_WINDOW,
            smallest=_SMALLEST,
            overlap=overlap,
            first_look=network.blocks_a_day,
        ),
    )


def fetch_block_hits(network: Network, node: Node, window: Window, watch: Watch) -> Hits:
    """Every output of the window that pays a watched key."""
    _require_height(network, node, window.last)
    form = form_of(network)
    hits: list[Hit] = []
    methods: dict[str, None] = {}
    seen = 0
    for block, data, method in fetch_blocks(node, fetch_wanted(node, window.first, window.last)):
        methods[method] = None
        try:
            moment = read_time(form, data)
        except ValueError as wrong:
            raise node.garbled(f"block {block.hash}: {wrong}") from None
        found, count = find_payments(network, form, data, watch)
        if found is None:
            parsed = fetch_parsed(node, block.hash)
            count = len(parsed)
            named = find_in_parsed(network, parsed, watch)
            hits += [Hit(tx_hash, block.height, moment) for tx_hash in named]
            methods[PARSED] = None
        else:
            for paid in found:
                hits += [Hit(paid.txid, block.height, moment, sight) for sight in paid.sights]
        seen += count
    return Hits(tuple(hits), window, tuple(methods), seen=seen)


@dataclass(frozen=True, slots=True)
class Paying:
    """A transaction of a block that pays us: its number there, its hash and its sights.

    One None instead of sights: a token rides on an output of ours, and only the evidence tells it whole.
    """

    index: int
    txid: str
    sights: tuple[Sight | None, ...]


def find_payments(
    network: Network, form: BlockForm, data: bytes, watch: Watch
) -> tuple[list[Paying] | None, int]:
    """The transactions of a raw block that pay a watched key, and how many it has in all.

    None where the bytes can't be followed to their end: a form newer than this reader, or a cut block.
    """
    from recovery.chains.utxo.scan_scripts import find_held_outputs  # numpy: who scans pays for it

    try:
        outline = parse_outline(form, data)
        held: dict[int, dict[int, AddressKey]] = {}
        for place, key in find_held_outputs(
            data, outline.outputs, watch, segwit=form.segwit, tokens=form.tokens
        ):
            index, output = outline.find_output(place)
            held.setdefault(index, {})[output] = key
        paying = [
            (index, _read_transaction(form, outline.cut_transaction(data, index)), keys)
            for index, keys in held.items()
        ]
    except ValueError:
        return None, 0
    if any(raw.txid is None for _, raw, _ in paying):
        return None, 0
    return [
        Paying(index, str(raw.txid), read_sights(network, raw, keys, coinbase=index == 0))
        for index, raw, keys in paying
    ], outline.count


def _read_transaction(form: BlockForm, data: bytes) -> RawTransaction:
    return parse_raw(data, segwit=form.segwit, zcash=form.zcash, tokens=form.tokens)


def read_sights(
    network: Network, raw: RawTransaction, held: Mapping[int, AddressKey], *, coinbase: bool
) -> tuple[Sight | None, ...]:
    """The outputs with these numbers, which pay these keys, as the evidence will tell them; see `Paying`."""
    if any(raw.outputs[n].token for n in held):
        return (None,)
    kind = TransferKind.REWARD if coinbase else TransferKind.NATIVE
    return tuple(
        Sight(f"vout:{n}", kind, network.native_asset, raw.outputs[n].value, key)
        for n, key in held.items()
    )


def find_in_parsed(network: Network, txs: Sequence[Any], watch: Watch) -> list[str]:
    """The hashes of transactions, as the node reads them, of which an output pays a watched key."""
    owners: dict[AddressKey, set[str]] = {}
    for tx in txs:
        tx_hash = take_hash(tx, "txid")
        for output in take(tx, "vout", list):
            script = take(take(output, "scriptPubKey", dict), "hex", str)
            key = read_key(network, parse_hex(script, "scriptPubKey.hex"))
            if key is not None:
                owners.setdefault(key, set()).add(tx_hash)
    held = watch.find_held(set(owners))
    return sorted({tx_hash for key in held for tx_hash in owners[key]})


SCAN = Scan(fetch_final=fetch_final, plan_passes=plan_passes)
