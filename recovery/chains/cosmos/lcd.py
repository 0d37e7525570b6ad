"""Asking a Cosmos node's REST API (LCD, gRPC gateway).

Knows: its paths, its error objects, what a node says of its chain and history. Must not know: what an
answer means for money.

The transaction's own answer has no bytes to hash and no block hash: both come from the block. The API
does not say since when it keeps blocks; asking for the chain's first one shows it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from recovery.chains.cosmos.decode import parse_moment, read_count
from recovery.chains.cosmos.signed import hash_of, read_base64
from recovery.chains.family import Health
from recovery.chains.shape import garbled, read_object, read_text
from recovery.chains.source import Node
from recovery.networks import Network

OLDEST_SECONDS = 60
"""A block is made every 6 s; a head older than ten of them has lost the network or waits for it."""

_BASE = "/cosmos/base/tendermint/v1beta1"


class Refused(Exception):
    """An error object of the gateway: an answer. ``code`` is gRPC's (5: not found)."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class Head:
    height: int
    answer: Mapping[str, Any]

    def check_fresh(self, node: Node) -> None:
        """Raises `Unhealthy` where a newer transaction could be unknown to this node."""
        age = (node.now() - parse_moment(self.answer["time"])).total_seconds()
        if age > OLDEST_SECONDS:
            raise node.unhealthy(f"its newest block is {age:.0f} s old")


def ask(node: Node, path: str, query: Mapping[str, str | int] | None = None) -> dict[str, Any]:
    """One GET: the object it answered. Raises `Refused` or a `SourceError`."""
    answer = node.fetch_json(path, query)
    body = answer.body
    if answer.status != 200:
        if isinstance(body, dict) and "message" in body:
            code, message = body.get("code"), body["message"]
            if isinstance(code, int) and not isinstance(code, bool) and isinstance(message, str):
                raise Refused(code, message)
        raise node.unhealthy(f"{path}: HTTP {answer.status}: {answer.text[:120]}")
    if not isinstance(body, dict):
        raise node.garbled(f"{path} was not answered with an object")
    return body


def ask_offered(
    node: Node, path: str, query: Mapping[str, str | int] | None = None
) -> dict[str, Any]:
    """Like `ask`, for what every node must serve."""
    try:
        return ask(node, path, query)
    except Refused as refused:
        raise node.unhealthy(f"{path}: {refused.message[:200]}") from None


def ask_head(network: Network, node: Node) -> Head:
    """The newest block; raises `Unhealthy` where it is another chain's."""
    header, _ = _read_block(ask_offered(node, f"{_BASE}/blocks/latest"))
    _check_chain(network, node, header)
    height = read_count(header["height"], "the newest height")
    return Head(height, header)


def _read_block(answer: dict[str, Any]) -> tuple[dict[str, Any], list[Any]]:
    block = read_object(answer.get("block") or answer.get("sdk_block"), "a block")
    header = read_object(block.get("header"), "a block's header")
    block_id = read_object(answer.get("block_id"), "a block's id")
    txs = read_object(block.get("data"), "a block's data").get("txs")
    if not isinstance(txs, list):
        raise garbled("a block's transactions are no list")
    parse_moment(header.get("time"))
    read = {
        "chain_id": read_text(header.get("chain_id"), "chain_id"),
        "height": str(read_count(header.get("height"), "height")),
        "time": header["time"],
        "hash": read_base64(block_id.get("hash"), "a block's hash").hex().upper(),
    }
    return read, txs


def _check_chain(network: Network, node: Node, header: Mapping[str, Any]) -> None:
    wanted = network.parameters["chain_id"]
    if header["chain_id"] != wanted:
        raise node.unhealthy(f"it is on the chain {header['chain_id']}, not {wanted}")


def ask_transaction(network: Network, node: Node, tx_hash: str) -> dict[str, Any] | None:
    """Result, bytes and block; None where the node does not know the hash."""
    try:
        answer = ask(node, f"/cosmos/tx/v1beta1/txs/{tx_hash}")
    except Refused as refused:
        if refused.code == 5 and "not found" in refused.message.lower():
            return None
        raise node.unhealthy(f"it refused to look: {refused.message[:200]}") from None
    result = read_object(answer.get("tx_response"), "tx_response")
    if read_text(result.get("txhash"), "txhash").upper() != tx_hash:
        raise garbled("it answered with another transaction")
    height = read_count(result.get("height"), "the transaction's height")
    try:
        header, txs = _read_block(ask(node, f"{_BASE}/blocks/{height}"))
    except Refused as refused:
        raise node.unhealthy(f"it lacks the transaction's block: {refused.message[:200]}") from None
    _check_chain(network, node, header)
    if int(header["height"]) != height:
        raise garbled("it answered with another block")
    found = next((tx for tx in txs if hash_of(read_base64(tx, "a transaction")) == tx_hash), None)
    if found is None:
        raise garbled("the block does not hold the transaction")
    kept = {k: result[k] for k in ("code", "codespace", "raw_log", "logs", "events") if k in result}
    return {"result": kept, "bytes": found, "block": header}


def ask_names(node: Node, hashes: Sequence[str]) -> dict[str, Any]:
    """Base name and path of IBC coins; one that the node can't tell is left out."""
    names: dict[str, Any] = {}
    for voucher in hashes:
        known = node.memory.setdefault("cosmos_names", {})
        if voucher not in known:
            known[voucher] = _ask_name(node, voucher)
        if known[voucher] is not None:
            names[voucher] = known[voucher]
    return names


def _ask_name(node: Node, voucher: str) -> tuple[str, str] | None:
    """ibc-go 9 and later name a coin's hops, older ones write them as one path."""
    try:
        denom = read_object(
            ask(node, f"/ibc/apps/transfer/v1/denoms/{voucher}").get("denom"), "denom"
        )
        hops = denom.get("trace")
        if not isinstance(hops, list):
            raise garbled("a coin's trace is no list")
        parts = [read_object(hop, "a hop") for hop in hops]
        path = "/".join(f"{p.get('port_id')}/{p.get('channel_id')}" for p in parts)
        return read_text(denom.get("base"), "base"), path
    except Refused:
        pass
    try:
        trace = ask(node, f"/ibc/apps/transfer/v1/denom_traces/{voucher}").get("denom_trace")
        told = read_object(trace, "denom_trace")
        return read_text(told.get("base_denom"), "base_denom"), read_text(told.get("path"), "path")
    except Refused:
        return None


def check_history(network: Network, node: Node, head: Head) -> None:
    """Raises `Unhealthy` unless the node is synced, indexes, and keeps the chain from its start."""
    head.check_fresh(node)
    if ask_offered(node, f"{_BASE}/syncing").get("syncing") is not False:
        raise node.unhealthy("it is still syncing")
    info = read_object(
        ask_offered(node, f"{_BASE}/node_info").get("default_node_info"), "node info"
    )
    check_index(node, info)
    oldest = find_oldest(network, node)
    if oldest is not None or node.history == "recent":
        raise node.unhealthy(f"it keeps recent blocks only (from {oldest or 'an unknown one'})")


def check_index(node: Node, info: Mapping[str, Any]) -> None:
    if read_object(info.get("other"), "node info").get("tx_index") != "on":
        raise node.unhealthy("it does not index transactions")


def find_oldest(network: Network, node: Node) -> int | None:
    """The oldest block it keeps (0: it does not say), None where that is the chain's first."""
    first = network.parameters["first_height"]
    if "cosmos_oldest" not in node.memory:
        try:
            header, _ = _read_block(ask(node, f"{_BASE}/blocks/{first}"))
            if int(header["height"]) != first:
                raise garbled("it answered with another block")
            node.memory["cosmos_oldest"] = None
        except Refused as refused:
            lowest = re.search(r"lowest height is (\d{1,18})", refused.message)
            node.memory["cosmos_oldest"] = int(lowest[1]) if lowest else 0
    oldest: int | None = node.memory["cosmos_oldest"]
    return oldest


def fetch_health(network: Network, node: Node) -> Health:
    head = ask_head(network, node)
    head.check_fresh(node)
    if ask_offered(node, f"{_BASE}/syncing").get("syncing") is not False:
        raise node.unhealthy("it is still syncing")
    told = ask_offered(node, f"{_BASE}/node_info")
    check_index(node, read_object(told.get("default_node_info"), "node info"))
    oldest = find_oldest(network, node)
    whole = oldest is None and node.history != "recent"
    version = (told.get("application_version") or {}).get("version")
    return Health(
        height=head.height,
        time=parse_moment(head.answer["time"]),
        history="full" if whole else "recent",
        oldest=oldest or None,
        version=version if isinstance(version, str) else None,
    )
