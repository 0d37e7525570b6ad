"""How Tron is scanned: solidified blocks and their results, by every address in what was signed and done.

Knows: blocks, the results of their transactions, where either may name somebody. Must not know: what a
contract or a log moved: the evidence of its transaction says so.

Every depositor has an address of his own. A recipient stands in the signed bytes behind 0x41 (coin, TRC-10, the
contract that was called), in a log's words, or in a list of internal transactions. What a call's data asks for is
not looked at beyond that: what it did is in its logs.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from recovery.chains.scan import Hit, Hits, Pass, Scan, Tip, Watch, Window
from recovery.chains.shape import garbled, read_object
from recovery.chains.source import Node
from recovery.chains.tron.ask import (
    NotOffered,
    ask,
    ask_head,
    ask_list,
    ask_offered,
    ask_solid,
    check_chain,
    read_header,
)
from recovery.chains.tron.decode import parse_moment
from recovery.chains.tron.logs import TOPICS
from recovery.chains.tron.wire import PREFIX, read_address, read_hex, read_list
from recovery.errors import Garbled
from recovery.model import Note
from recovery.networks import Network

MOST_AT_ONCE = 100
"""Blocks that a node gives in one answer."""

_WINDOW = 20
"""Blocks asked for at once: some 300 transactions each make an answer of several megabytes."""

_SOLIDITY, _WALLET = "walletsolidity", "wallet"
_NO_INTERNAL = Note(
    "internal_transfers",
    "the node showed no internal transactions: coin and TRC-10 that contracts paid was not seen",
)


@dataclass(frozen=True, slots=True)
class _Tx:
    """A transaction of a block: its id, what was signed, what was done."""

    tx_hash: str
    height: int
    time: datetime
    signed: bytes
    info: dict[str, Any]


def fetch_final(network: Network, node: Node) -> Tip:
    """The newest solidified block; raises `Unhealthy` where the node must not be believed."""
    head = ask_head(network, node)
    head.check_fresh(node)
    assert head.solid is not None, "a fresh head has a solidified block"
    return Tip(head.solid["number"], head.solid["id"], parse_moment(head.solid["timestamp"]))


def plan_passes(network: Network) -> tuple[Pass, ...]:
    return (
        Pass(
            "blocks",
            fetch_hits=fetch_hits,
            window=_WINDOW,
            overlap=20,
            first_look=network.blocks_a_day,
        ),
    )


def fetch_hits(network: Network, node: Node, window: Window, watch: Watch) -> Hits:
    """Every transaction of the window that names one of ours."""
    try:
        return _look(network, node, window, watch)
    except Garbled as wrong:
        raise node.named(wrong) from None


def _look(network: Network, node: Node, window: Window, watch: Watch) -> Hits:
    check_chain(network, node)
    solid = ask_solid(node)
    if solid is None or solid["number"] < window.last:
        raise node.unhealthy(f"it has not solidified block {window.last}")
    view = _WALLET if node.memory.get("tron_no_solid_view") else _SOLIDITY
    txs = [tx for block in _ask_blocks(node, view, window) for tx in _read_block(node, view, block)]
    blocks = "getblockbynum" if node.memory.get("tron_no_ranges") else "getblockbylimitnext"
    methods = (f"/{view}/{blocks}", f"/{view}/gettransactioninfobyblocknum")
    if any(tx.info.get("internal_transactions") for tx in txs):
        node.memory["tron_keeps_internal"] = True
    called = any(read_object(tx.info.get("receipt", {}), "receipt").get("result") for tx in txs)
    hidden = called and not node.memory.get("tron_keeps_internal")
    return Hits(
        hits=tuple(Hit(tx.tx_hash, tx.height, tx.time) for tx in _find_ours(txs, watch)),
        covered=window,
        methods=methods,
        gaps=(_NO_INTERNAL,) if hidden else (),
        seen=len(txs),
    )


def _ask_blocks(node: Node, view: str, window: Window) -> Iterator[dict[str, Any]]:
    """Every block of the window, each built on the one before."""
    before: str | None = None
    for first in range(window.first, window.last + 1, MOST_AT_ONCE):
        last = min(first + MOST_AT_ONCE - 1, window.last)
        blocks = _ask_range(node, view, first, last)
        if len(blocks) != last - first + 1:
            raise node.unhealthy(f"it shows {len(blocks)} blocks from {first} to {last}")
        for height, answer in enumerate(blocks, start=first):
            block = read_object(answer, "a block")
            header = read_header(node, block)
            if header["number"] != height:
                raise node.garbled(f"it answered with block {header['number']} for {height}")
            parent = block["block_header"]["raw_data"].get("parentHash")
            if before is not None and parent != before:
                raise node.unhealthy(f"block {height} is not built on the one that it shows below")
            before = header["id"]
            yield block


def _ask_range(node: Node, view: str, first: int, last: int) -> list[Any]:
    """Blocks in one answer; one by one where the node has no such call."""
    if not node.memory.get("tron_no_ranges"):
        body = {"startNum": first, "endNum": last + 1}  # the end is excluded
        try:
            return read_list(ask(node, f"/{view}/getblockbylimitnext", body), "block")
        except NotOffered:
            node.memory["tron_no_ranges"] = True
    path = f"/{view}/getblockbynum"
    told = (ask_offered(node, path, {"num": height}) for height in range(first, last + 1))
    return [block for block in told if block]


def _read_block(node: Node, view: str, block: dict[str, Any]) -> Iterator[_Tx]:
    """The transactions of a block with their results: two lists of the node, which must name the same."""
    header = read_header(node, block)
    height = header["number"]
    if not height:
        return  # the first block has no results: its transactions are the issue of the coin
    signed = dict(_read_signed(read_list(block, "transactions")))
    infos = dict(_read_infos(height, _ask_infos(node, view, height) if signed else []))
    if signed.keys() != infos.keys():
        text = f"of the {len(signed)} transactions of block {height} it shows {len(infos)} results"
        raise node.unhealthy(text)
    time = parse_moment(header["timestamp"])
    for tx_hash, data in signed.items():
        yield _Tx(tx_hash, height, time, data, infos[tx_hash])


def _ask_infos(node: Node, view: str, height: int) -> list[Any]:
    path = f"/{view}/gettransactioninfobyblocknum"
    try:
        return ask_list(node, path, {"num": height})
    except NotOffered:
        raise node.unhealthy(f"it does not serve {path}") from None


def _read_signed(txs: Sequence[Any]) -> Iterator[tuple[str, bytes]]:
    for answer in txs:
        tx = read_object(answer, "a transaction")
        raw = read_hex(tx.get("raw_data_hex"), "raw_data_hex")
        tx_hash = hashlib.sha256(raw).hexdigest()
        if tx.get("txID") != tx_hash:
            raise garbled("a block's transaction does not hash to its id")
        yield tx_hash, raw


def _read_infos(height: int, infos: Sequence[Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for answer in infos:
        info = read_object(answer, "a result")
        if info.get("blockNumber") != height:
            raise garbled(f"a result of another block than {height}")
        yield str(info.get("id")), info


def _find_ours(txs: Sequence[_Tx], watch: Watch) -> Iterator[_Tx]:
    """Those that name a watched key, in their order; the watch set is asked once for all."""
    import numpy as np  # who scans pays for it

    data = np.frombuffer(b"".join(tx.signed for tx in txs) + bytes(20), np.uint8)
    ends = np.cumsum([len(tx.signed) for tx in txs])
    places = np.flatnonzero(data[:-20] == 0x41)
    in_signed = data[places[:, None] + np.arange(1, 21)]
    told = [(number, word) for number, tx in enumerate(txs) for word in _find_words(tx.info)]
    in_infos = np.frombuffer(bytes.fromhex("".join(word for _, word in told)), np.uint8)
    marks = watch.mark_held("evm", np.concatenate([in_signed, in_infos.reshape(-1, 20)]))
    owners = np.searchsorted(ends, places, side="right").tolist() + [number for number, _ in told]
    ours = sorted({owners[place] for place in np.flatnonzero(marks)})
    return (txs[number] for number in ours)


def _find_words(info: dict[str, Any]) -> Iterator[str]:
    """Every address in a result, as twenty bytes in hexadecimal."""
    made = info.get("contract_address")
    if made:
        yield read_address(made, "contract_address")[2:]
    for answer in read_list(info, "log"):
        log = read_object(answer, "a log")
        topics = [read_hex(topic, "a log's topic").hex() for topic in read_list(log, "topics")]
        if topics and topics[0] in TOPICS:
            data = read_hex(log.get("data", ""), "a log's data").hex()
            words = [*topics[1:], *(data[i : i + 64] for i in range(0, len(data) - 63, 64))]
            yield from (word[24:] for word in words if _may_be_address(word))
    for answer in read_list(info, "internal_transactions"):
        paid = read_object(answer, "an internal transaction").get("transferTo_address")
        if paid:
            yield read_address(paid, "transferTo_address")[2:]


def _may_be_address(word: str) -> bool:
    """Twenty bytes in a word, before which old compilers left Tron's 41."""
    return len(word) == 64 and word[:24] in ("0" * 24, "0" * 22 + PREFIX)


SCAN = Scan(fetch_final=fetch_final, plan_passes=plan_passes)
