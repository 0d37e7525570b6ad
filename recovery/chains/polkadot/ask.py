"""Asking sidecar and Subscan: a node's health, and what each of them answers.

Knows: paths, bodies, chain and head of either API. Must not know: any extrinsic.

Subscan is an indexer with one path per question, all of them POST with a JSON body; what it does not
know it answers with an empty ``data``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from recovery.chains.family import Health
from recovery.chains.polkadot.answer import read_count, read_hash, read_moment
from recovery.chains.polkadot.decode import read_final_height, read_heads
from recovery.chains.polkadot.sidecar import read_number, read_time
from recovery.chains.shape import Json, read_object
from recovery.chains.source import Node
from recovery.errors import Garbled
from recovery.networks import Network

OLDEST_SECONDS = 120
"""A block takes 2 to 6 seconds, and misses a turn now and then: after two minutes it stopped."""

_FINE = 0
_NO_RECORD = 10004


@dataclass(frozen=True, slots=True)
class Head:
    """The newest block a source has, and the answers that say so, by name."""

    height: int
    time: datetime | None
    answers: dict[str, Json]


def ask(node: Node, path: str, query: dict[str, str | int] | None = None) -> Json:
    """One GET of sidecar; raises a `SourceError` for all that is no object with HTTP 200."""
    answer = node.fetch_json(path, query)
    if answer.status != 200:
        raise node.unhealthy(f"{path}: HTTP {answer.status}: {answer.text[:200]}")
    if not isinstance(answer.body, dict):
        raise node.garbled(f"{path} was not answered with an object")
    return answer.body


def ask_subscan(node: Node, path: str, body: dict[str, Any]) -> Json | None:
    """One POST to Subscan: the whole answer, None where it has no such record."""
    answer = node.request("POST", path, json_body=body)
    if answer.status != 200 and not isinstance(answer.body, dict):
        raise node.unhealthy(f"{path}: HTTP {answer.status}: {answer.text[:200]}")
    if not isinstance(answer.body, dict):
        raise node.garbled(f"{path} was not answered with an object")
    code = answer.body.get("code")
    if type(code) is not int or "data" not in answer.body:
        raise node.garbled(f"{path} was answered without code and data")
    if code not in (_FINE, _NO_RECORD) or answer.status not in (200, 400, 404):
        raise node.unhealthy(f"{path}: {code} {str(answer.body.get('message'))[:200]}")
    data = answer.body["data"]
    if data is None:
        return None
    if code != _FINE or not isinstance(data, dict):
        raise node.garbled(f"{path}: data is no object")
    return answer.body


def ask_known(node: Node, path: str, body: dict[str, Any]) -> Json:
    answer = ask_subscan(node, path, body)
    if answer is None:
        raise node.unhealthy(f"{path}: it has no such record")
    return answer


def ask_head(network: Network, node: Node) -> Head:
    """Chain and head of a source; raises `Unhealthy` on another chain, or behind."""
    try:
        head = _ask_subscan(network, node) if node.api == "subscan" else _ask_sidecar(network, node)
    except Garbled as wrong:
        raise own(node, wrong) from None
    if head.time is None:
        raise node.garbled("its newest block does not tell its time")
    age = (node.now() - head.time).total_seconds()
    if age > OLDEST_SECONDS:
        raise node.unhealthy(f"its newest block is {age:.0f} s old")
    return head


def own(node: Node, wrong: Garbled) -> Garbled:
    """The same error, naming the node."""
    return wrong if wrong.text.startswith(str(node.network)) else node.garbled(wrong.text)


def _check_chain(network: Network, node: Node, genesis: str) -> None:
    wanted = network.parameters["genesis"]
    if genesis == network.parameters.get("relay_genesis"):
        raise node.unhealthy("it is the relay chain; coins and transfers are on Asset Hub")
    if genesis != wanted:
        raise node.unhealthy(f"its genesis is {genesis}, not {wanted}")


def _ask_sidecar(network: Network, node: Node) -> Head:
    material = ask(node, "/transaction/material")
    _check_chain(network, node, read_hash(material.get("genesisHash"), "genesisHash"))
    final = read_final_height(material)
    head = ask(node, "/blocks/head", {"finalized": "false", "noFees": "true"})
    height = read_number(head)
    if height < final:
        raise node.garbled("its finalized block is above its newest")
    return Head(height, read_time(head), {"material": material, "head": head})


def _ask_subscan(network: Network, node: Node) -> Head:
    if "subscan_chain" not in node.memory:
        first = ask_known(node, "/api/scan/block", {"block_num": 1})
        data = read_object(first.get("data"), "data")
        # the first block's parent is the genesis block
        _check_chain(network, node, read_hash(data.get("parent_hash"), "parent_hash"))
        node.memory["subscan_chain"] = True
    metadata = ask_known(node, "/api/scan/metadata", {})
    height, _ = read_heads(metadata)
    block = read_object(
        ask_known(node, "/api/scan/block", {"block_num": height}).get("data"), "data"
    )
    if read_count(block.get("block_num"), "block_num") != height:
        raise node.garbled("it answered with another block")
    seconds = read_count(block.get("block_timestamp"), "block_timestamp")
    return Head(height, read_moment(seconds, "the head's time"), {"metadata": metadata})


def fetch_health(network: Network, node: Node) -> Health:
    """What the source says of itself; raises where it is on another chain or behind."""
    head = ask_head(network, node)
    return Health(
        height=head.height,
        time=head.time,
        history="recent" if node.history == "recent" else "full",
    )
