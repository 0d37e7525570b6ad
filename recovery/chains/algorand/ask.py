"""Asking the indexer and algod: a node's health, and which of their refusals are answers.

Knows: paths, 404 texts, chain and head of either API. Must not know: any transaction.

The indexer answers from a database of the whole chain, behind the chain by some seconds; algod is the
node itself and looks up what is in its pool and in the last 1000 rounds.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from recovery.chains.algorand.answer import read_count
from recovery.chains.algorand.decode import read_moment
from recovery.chains.family import Health
from recovery.chains.shape import Json, read_object, read_text
from recovery.chains.source import Node
from recovery.errors import Garbled
from recovery.networks import Network

OLDEST_SECONDS = 60
"""A round takes 2.8 s: twenty of them without a new one, and the chain or the node has stopped."""

FIRST_TRANSACTIONS = 200_000
"""Rounds of the first week, in which both public networks had transactions already."""


@dataclass(frozen=True, slots=True)
class Head:
    """The newest round a node has, and the answers that say so, by name."""

    round: int
    time: datetime
    answers: dict[str, Json]


def ask(
    node: Node, path: str, query: dict[str, str | int] | None = None, *, missing: str = ""
) -> Json | None:
    """One GET: the object, or None for a 404 that says ``missing``. Raises a `SourceError`."""
    answer = node.fetch_json(path, query)
    if answer.status == 404 and missing and isinstance(answer.body, dict):
        message = answer.body.get("message")
        if isinstance(message, str) and missing in message:
            return None
    if answer.status != 200:
        raise node.unhealthy(f"{path}: HTTP {answer.status}: {answer.text[:200]}")
    if not isinstance(answer.body, dict):
        raise node.garbled(f"{path} was not answered with an object")
    return answer.body


def ask_known(node: Node, path: str, query: dict[str, str | int] | None = None) -> Json:
    """Like `ask`, for what every healthy node can answer."""
    answer = ask(node, path, query)
    assert answer is not None, "without a text for it nothing is missing"
    return answer


def ask_head(network: Network, node: Node) -> Head:
    """Chain and head of a node; raises `Unhealthy` on another chain, behind, or without a head."""
    try:
        head = _ask_node(network, node) if node.api == "algod" else _ask_indexer(network, node)
    except Garbled as wrong:
        raise node.named(wrong) from None
    age = (node.now() - head.time).total_seconds()
    if age > OLDEST_SECONDS:
        raise node.unhealthy(f"its newest round is {age:.0f} s old")
    return head


def _ask_indexer(network: Network, node: Node) -> Head:
    health = ask_known(node, "/health")
    if health.get("db-available") is not True or health.get("is-migrating") is not False:
        raise node.unhealthy("its database is not ready")
    if health.get("errors"):
        raise node.unhealthy(f"it reports errors: {str(health['errors'])[:200]}")
    newest = read_count(health.get("round"), "health.round")
    block = ask_header(network, node, newest)
    return Head(newest, read_moment(block.get("timestamp"), "timestamp"), {"health": health})


def ask_header(network: Network, node: Node, height: int) -> Json:
    """The indexer's header of a block, on the right chain."""
    block = ask_known(node, f"/v2/blocks/{height}", {"header-only": "true"})
    if read_count(block.get("round"), "round") != height:
        raise node.garbled("it answered with another block")
    _check_chain(network, node, block.get("genesis-hash"))
    return block


def _check_chain(network: Network, node: Node, genesis_hash: Any) -> None:
    wanted = network.parameters["genesis_hash"]
    if read_text(genesis_hash, "genesis-hash") != wanted:
        raise node.unhealthy(f"its genesis is {genesis_hash}, not {wanted}")


def _ask_node(network: Network, node: Node) -> Head:
    params = ask_known(node, "/v2/transactions/params")
    _check_chain(network, node, params.get("genesis-hash"))
    status = ask_known(node, "/v2/status")
    if status.get("stopped-at-unsupported-round") is True:
        raise node.unhealthy("it is too old to follow the chain")
    if read_count(status.get("catchup-time"), "catchup-time"):
        raise node.unhealthy("it is catching up")
    newest = read_count(status.get("last-round"), "last-round")
    waited = read_count(status.get("time-since-last-round"), "time-since-last-round")
    if waited > 10**9 * 86_400:
        raise node.unhealthy("its newest round is over a day old")
    moment = node.now() - timedelta(microseconds=waited // 1000)
    return Head(newest, moment, {"status": status, "params": params})


def keeps_all(node: Node) -> bool:
    """Whether the indexer still has the chain's first transactions: it can be told to drop old ones."""
    if node.api == "algod" or node.history == "recent":
        return False
    known = node.memory.get("algorand_keeps_all")
    if known is None:
        query: dict[str, str | int] = {"max-round": FIRST_TRANSACTIONS, "limit": 1}
        page = ask_known(node, "/v2/transactions", query)
        listed = page.get("transactions")
        if not isinstance(listed, list):
            raise node.garbled("it did not answer with a list of transactions")
        for entry in listed:
            first = read_count(read_object(entry, "a transaction").get("confirmed-round"), "round")
            if not 0 < first <= FIRST_TRANSACTIONS:
                raise node.garbled("it listed a transaction of another round")
        known = node.memory["algorand_keeps_all"] = bool(listed)
    return bool(known)


def fetch_health(network: Network, node: Node) -> Health:
    """What the node says of itself; raises where it is on another chain or behind."""
    head = ask_head(network, node)
    whole = keeps_all(node)
    version = head.answers.get("health", {}).get("version")
    return Health(
        height=head.round,
        time=head.time,
        history="full" if whole else "recent",
        oldest=max(head.round - 1000, 0) if node.api == "algod" else None,
        version=version if isinstance(version, str) else None,
    )
