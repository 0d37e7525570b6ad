"""Looking for our addresses in the logs of a range of blocks: bytes first, JSON only where they hit.

Knows: ``eth_getLogs``, how providers refuse a range, where an address stands in a log. Must not know:
what a log means (`recovery.chains.evm.logs` reads those that hit, as it does for triage).

An indexed address is a quoted string of 66 characters with 24 zeros behind ``0x``. One regular expression
collects them all, the watch set tells ours, and only the objects around those are parsed. That is exact for
JSON without white space and escapes, which is what nodes send; anything else is parsed as a whole.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

import numpy as np
import orjson

from recovery.chains.evm import abi
from recovery.chains.evm.facts import SYSTEM_LOG_EIP7708, Facts, facts_of
from recovery.chains.evm.health import read_fault
from recovery.chains.evm.logs import Move, read_logs
from recovery.chains.scan import Hit, Hits, Sight, Watch, Window
from recovery.chains.shape import garbled
from recovery.chains.source import Node, RpcFault
from recovery.errors import SourceError
from recovery.model import AddressKey
from recovery.networks import Network

SCHEME = "evm"

_ADDRESS_WORD = re.compile(rb'"0x0{24}([0-9a-fA-F]{40})"')
_UNUSUAL = (b" ", b"\n", b"\r", b"\t", b"\\")
_EMPTY = b'"result":[]'

_LESS = re.compile(
    r"range|more than|too many results|too many logs|too large|too big|response size|size exceed"
    r"|limit exceeded|exceeds? (the )?(max|limit)|max(imum)? (block|results|response)|results"
    r"|timed? ?out|timeout|too wide|too long"
)
_SLOWER = re.compile(
    r"\brate\b|too many requests|request count|per second|credits|capacity|quota|daily"
)


def topics_of(facts: Facts) -> list[str]:
    """The first topics of every log that `read_logs` makes a movement of, on this network."""
    topics = [abi.TRANSFER, abi.TRANSFER_SINGLE, abi.TRANSFER_BATCH]
    if facts.wrapped_native is not None:
        topics.append(abi.WRAPPED_DEPOSIT)
    if facts.stack == "polygon":
        topics.append(abi.LOG_TRANSFER)
    return topics


def fetch_log_hits(network: Network, node: Node, window: Window, watch: Watch) -> Hits:
    """Every log of the window that moves something to a watched address.

    Raises `TooMuch` where the node refuses the range; one block that is too much is read by its receipts.
    """
    facts = facts_of(network)
    query = {
        "fromBlock": hex(window.first),
        "toBlock": hex(window.last),
        "topics": [topics_of(facts)],
    }
    methods = ["eth_getLogs"]
    answer = node.rpc_bytes("eth_getLogs", (query,))
    if isinstance(answer, RpcFault):
        if len(window) > 1 or not asks_for_less(answer):
            raise read_refusal(node, answer)
        methods = ["eth_getBlockReceipts"]
        logs, seen = _fetch_block_logs(node, window.first, topics_of(facts)), 0
    else:
        logs, seen = find_logs(answer, watch)
    check_has_blocks(node, window)
    ours = find_ours(logs, watch)
    hits = [hit for log in logs for hit in read_hits(log, facts, ours)]
    heights = [hit.height for hit in hits]
    if heights and not (window.first <= min(heights) and max(heights) <= window.last):
        raise node.garbled("eth_getLogs gave logs of blocks that were not asked for")
    return Hits(tuple(hits), window, tuple(methods), seen=seen or len(logs))


def find_logs(body: bytes, watch: Watch) -> tuple[list[Any], int]:
    """The logs in an ``eth_getLogs`` response that may name a watched address, and how many it holds."""
    if _EMPTY in body[:200]:
        return [], 0
    if any(byte in body for byte in _UNUSUAL):
        logs = _parse_all(body)
        return logs, len(logs)
    _check_whole(body)
    found = {_object_around(body, at) for at in _find_addresses(body, watch)}
    found |= {_object_around(body, at) for at in _find_unindexed(body)}
    logs = [orjson.loads(body[start:end]) for start, end in sorted(found)]
    return logs, body.count(b"{") - 1


def _check_whole(body: bytes) -> None:
    if body[:1] != b"{" or body[-1:] != b"}" or b'"result":[' not in body:
        raise garbled("the answer to eth_getLogs is cut")


def _find_addresses(body: bytes, watch: Watch) -> list[int]:
    """Where the words stand that are watched addresses."""
    words = _ADDRESS_WORD.findall(body)
    if not words:
        return []
    payloads = np.frombuffer(bytes.fromhex(b"".join(words).decode("ascii")), np.uint8)
    marks = watch.mark_held(SCHEME, payloads.reshape(-1, 20))
    places, at = [], 0
    for i in np.flatnonzero(marks):  # in the order of the body: one walk through it finds all
        at = body.find(b'"0x' + b"0" * 24 + words[i] + b'"', at)
        places.append(at)
        at += 1
    return places


def _find_unindexed(body: bytes) -> list[int]:
    """Where logs stand that have the topic of a transfer and index nothing (before the standard)."""
    alone = b'["' + abi.TRANSFER.encode() + b'"]'
    places, at = [], body.find(alone)
    while at >= 0:
        places.append(at)
        at = body.find(alone, at + 1)
    return places


def _object_around(body: bytes, at: int) -> tuple[int, int]:
    """A log is a flat object: the braces next to a place in it are its own."""
    start, end = body.rfind(b"{", 0, at), body.find(b"}", at)
    if start < 0 or end < 0:
        raise garbled("the answer to eth_getLogs is cut")
    return start, end + 1


def _parse_all(body: bytes) -> list[Any]:
    try:
        answer = orjson.loads(body)
    except orjson.JSONDecodeError as wrong:
        raise garbled(f"the answer to eth_getLogs is no JSON: {wrong}") from None
    logs = answer.get("result") if isinstance(answer, dict) else None
    if not isinstance(logs, list):
        raise garbled("eth_getLogs was not answered with a list")
    return logs


def find_ours(logs: Iterable[Any], watch: Watch) -> frozenset[str]:
    """The watched ones among the addresses that the logs name, lower-case: asked for once for all."""
    named = {
        address for log in logs for address in map(abi.address_of_word, _words(log)) if address
    }
    if not named:
        return frozenset()
    addresses = list(named)
    payloads = np.frombuffer(bytes.fromhex("".join(a[2:] for a in addresses)), np.uint8)
    marks = watch.mark_held(SCHEME, payloads.reshape(-1, 20))
    return frozenset(addresses[int(i)] for i in np.flatnonzero(marks))


def _words(log: Any) -> list[str]:
    if not isinstance(log, dict) or not isinstance(log.get("topics"), list):
        raise garbled("a log is not an object with topics")
    indexed = [abi.word_of_topic(topic) for topic in log["topics"][1:]]
    return indexed or abi.words_of(log.get("data"))


def read_hits(log: dict[str, Any], facts: Facts, ours: Collection[str]) -> list[Hit]:
    """What one log brings to addresses of ours, read as triage reads it: sights, or the bare hash where
    other logs of the transaction decide what this one counts for."""
    tx_hash = log.get("transactionHash")
    if not isinstance(tx_hash, str) or len(tx_hash) != 66:
        raise garbled("a log's transactionHash is not 32 bytes")
    height = abi.parse_quantity(log.get("blockNumber"), "blockNumber")
    contract = abi.parse_address(log.get("address"), "a log's address")
    bare = Hit(tx_hash.lower(), height, read_time(log.get("blockTimestamp")))
    protocol = contract in (SYSTEM_LOG_EIP7708, facts.native_log)
    if protocol or log["topics"][0] in (abi.WRAPPED_DEPOSIT, abi.LOG_TRANSFER):
        recipient = abi.address_of_word(abi.word_of_topic(log["topics"][-1]))
        counts = protocol or contract == facts.wrapped_native
        return [bare] if counts and recipient in ours else []
    return list(_see(bare, read_logs([log], facts, None).moves, ours))


def _see(bare: Hit, moves: Iterable[Move], ours: Collection[str]) -> Iterable[Hit]:
    for move in moves:
        if move.recipient in ours:
            key = AddressKey(SCHEME, bytes.fromhex(move.recipient[2:]))
            sight = Sight(move.position, move.kind, move.asset, move.amount, key)
            yield Hit(bare.tx_hash, bare.height, bare.time, sight)


def read_time(stamp: Any) -> datetime | None:
    """The moment of a ``timestamp``, None where the answer has none."""
    return None if stamp is None else abi.parse_moment(stamp, "timestamp")


def _fetch_block_logs(node: Node, height: int, topics: Sequence[str]) -> list[Any]:
    """The logs of one block by its receipts, for a block whose logs are too many for one answer."""
    receipts = node.rpc("eth_getBlockReceipts", (hex(height),))
    if isinstance(receipts, RpcFault):
        raise read_refusal(node, receipts)
    if not isinstance(receipts, list):
        raise node.unhealthy(f"it does not show the receipts of block {height}")
    logs = []
    for receipt in receipts:
        if not isinstance(receipt, dict) or not isinstance(receipt.get("logs"), list):
            raise garbled("a receipt has no list of logs")
        logs += [log for log in receipt["logs"] if log.get("topics", [None])[:1][0] in topics]
    return logs


def check_has_blocks(node: Node, window: Window) -> None:
    """Raises where the node lacks an end of the window: its empty answer would say nothing.

    A lagging node lacks the last block, a pruned one the first.
    """
    heights = sorted({window.first, window.last})
    blocks = node.rpc_batch([("eth_getBlockByNumber", (hex(h), False)) for h in heights])
    for height, block in zip(heights, blocks, strict=True):
        if isinstance(block, RpcFault):
            raise read_refusal(node, block)
        told = block.get("number") if isinstance(block, dict) else None
        if told is None or abi.parse_quantity(told, "number") != height:
            raise node.unhealthy(f"it does not have block {height}")


def asks_for_less(fault: RpcFault) -> bool:
    """Whether a refusal is about the size of what was asked, not about how often."""
    words = fault.message.lower()
    return bool(_LESS.search(words)) and not _SLOWER.search(words)


def read_refusal(node: Node, fault: RpcFault) -> SourceError:
    if asks_for_less(fault):
        return node.too_much(f"error {fault.code}: {fault.message[:200]}")
    return read_fault(node, fault) or node.unhealthy(f"error {fault.code}: {fault.message[:200]}")
