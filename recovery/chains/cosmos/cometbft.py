"""Asking a Cosmos node's CometBFT RPC.

Knows: its methods, its errors, its mempool, what it says of its chain and history. Must not know: what
an answer means for money.

The node says itself since when it keeps blocks, and holds the bytes of every transaction. A hash that
is unknown and a broken index are both errors -32603: their ``data`` tells them apart.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any

from recovery.chains.cosmos.decode import parse_moment, read_count
from recovery.chains.cosmos.lcd import Head, check_index
from recovery.chains.cosmos.signed import hash_of, read_base64
from recovery.chains.family import Health
from recovery.chains.shape import garbled, read_object, read_text
from recovery.chains.source import Node, RpcFault
from recovery.networks import Network

_POOL_SHOWN = 100
"""Most unconfirmed transactions that a node shows at once."""

UNKNOWN = object()
"""What `ask_transactions` says of a hash that the node does not know."""


def ask_head(network: Network, node: Node) -> Head:
    """The node's own account of itself; raises `Unhealthy` where it is on another chain."""
    status = _expect(node, node.rpc("status", {}), "status")
    info = read_object(status.get("node_info"), "node_info")
    sync = read_object(status.get("sync_info"), "sync_info")
    wanted = network.parameters["chain_id"]
    if info.get("network") != wanted:
        raise node.unhealthy(f"it is on the chain {info.get('network')}, not {wanted}")
    height = read_count(sync.get("latest_block_height"), "latest_block_height")
    parse_moment(sync.get("latest_block_time"))
    answer = {"height": str(height), "time": sync["latest_block_time"], "status": status}
    return Head(height, answer)


def _expect(node: Node, answer: Any, method: str) -> dict[str, Any]:
    if isinstance(answer, RpcFault):
        raise node.unhealthy(f"{method}: {answer.message} {str(answer.data or '')[:200]}")
    return read_object(answer, method)


def ask_transactions(node: Node, hashes: Sequence[str]) -> list[Any]:
    """For each hash the node's answer, `UNKNOWN`, or the fault that kept it from looking."""
    calls = [
        ("tx", {"hash": base64.b64encode(bytes.fromhex(h)).decode(), "prove": False})
        for h in hashes
    ]
    return [UNKNOWN if _is_unknown(answer) else answer for answer in node.rpc_batch(calls)]


def _is_unknown(answer: Any) -> bool:
    if not isinstance(answer, RpcFault):
        return False
    said = f"{answer.message} {answer.data or ''}".lower()
    return "not found" in said and "tx (" in said


def read_transaction(network: Network, node: Node, tx_hash: str, answer: Any) -> dict[str, Any]:
    """Result, bytes and block of an answered transaction."""
    told = _expect(node, answer, "tx")
    if read_text(told.get("hash"), "hash").upper() != tx_hash:
        raise garbled("it answered with another transaction")
    height = read_count(told.get("height"), "the transaction's height")
    result = read_object(told.get("tx_result"), "tx_result")
    header = _ask_header(node, height)
    if header["chain_id"] != network.parameters["chain_id"]:
        raise node.unhealthy(f"its block is of the chain {header['chain_id']}")
    kept = {k: result[k] for k in ("code", "codespace", "log", "events") if k in result}
    return {"result": kept, "bytes": told.get("tx"), "block": header}


def _ask_header(node: Node, height: int) -> dict[str, Any]:
    wanted = {"minHeight": str(height), "maxHeight": str(height)}
    answer = _expect(node, node.rpc("blockchain", wanted), "blockchain")
    metas = answer.get("block_metas")
    for item in metas if isinstance(metas, list) else ():
        meta = read_object(item, "a block")
        header = read_object(meta.get("header"), "a header")
        if header.get("height") == str(height):
            block_id = read_object(meta.get("block_id"), "a block's id")
            return {
                "chain_id": read_text(header.get("chain_id"), "chain_id"),
                "height": str(height),
                "time": header.get("time"),
                "hash": read_text(block_id.get("hash"), "a block's hash"),
            }
    raise node.unhealthy(f"it lacks the transaction's block {height}")


def find_pending(node: Node, tx_hash: str) -> str | None:
    """The bytes of an unconfirmed transaction, in base64, as this node's pool holds it."""
    answer = node.rpc("unconfirmed_txs", {"limit": str(_POOL_SHOWN)})
    pool = _expect(node, answer, "unconfirmed_txs")
    txs = pool.get("txs")
    if txs is None:  # an empty list, in Go's way
        txs = []
    if not isinstance(txs, list):
        raise garbled("the pool's transactions are no list")
    for tx in txs:
        if hash_of(read_base64(tx, "a transaction")) == tx_hash:
            return str(tx)
    if read_count(pool.get("total"), "the pool's total") > len(txs):
        raise node.unhealthy("its pool holds more transactions than it shows")
    return None


def check_history(network: Network, node: Node, head: Head) -> None:
    """Raises `Unhealthy` unless the node is synced, indexes, and keeps the chain from its start."""
    head.check_fresh(node)
    _check_synced(node, head)
    oldest = _read_oldest(network, head)
    if oldest is not None or node.history == "recent":
        raise node.unhealthy(f"it keeps recent blocks only (from {oldest or 'an unknown one'})")


def _check_synced(node: Node, head: Head) -> None:
    sync, info = _halves(head)
    if sync.get("catching_up") is not False:
        raise node.unhealthy("it is catching up")
    check_index(node, info)


def _halves(head: Head) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    status = head.answer["status"]
    return status["sync_info"], status["node_info"]


def _read_oldest(network: Network, head: Head) -> int | None:
    sync, _ = _halves(head)
    oldest = read_count(sync.get("earliest_block_height"), "earliest_block_height")
    return oldest if oldest > network.parameters["first_height"] else None


def fetch_health(network: Network, node: Node) -> Health:
    head = ask_head(network, node)
    head.check_fresh(node)
    _check_synced(node, head)
    oldest = _read_oldest(network, head)
    version = _halves(head)[1].get("version")
    return Health(
        height=head.height,
        time=parse_moment(head.answer["time"]),
        history="recent" if oldest is not None or node.history == "recent" else "full",
        oldest=oldest,
        version=version if isinstance(version, str) else None,
    )
