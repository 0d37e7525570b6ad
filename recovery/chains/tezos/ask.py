"""Asking TzKT and octez nodes, and which of their answers mean "could not ask".

Knows: paths, chain id, how far an indexer is behind, whether a node is bootstrapped. Must not know:
any operation.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from recovery.chains.family import Health
from recovery.chains.shape import read_object
from recovery.chains.source import Node
from recovery.chains.tezos.answer import read_digits, read_int, read_text, read_time
from recovery.errors import Garbled
from recovery.networks import Network

OLDEST_SECONDS = 300
"""A block is made every few seconds; after five minutes without one, nothing is proven."""

WIDEST_LAG = 3
"""Blocks by which an indexer may be behind the network it knows of."""

HEAD_BLOCK = "/chains/main/blocks/head"


@dataclass(frozen=True, slots=True)
class Head:
    level: int
    time: datetime


def is_octez(node: Node) -> bool:
    return node.api == "octez"


def ask(node: Node, path: str, query: dict[str, str | int] | None = None) -> Any:
    """The JSON of one GET; raises a `SourceError`."""
    answer = node.fetch_json(path, query)
    if answer.status != 200:
        raise node.unhealthy(f"{path}: HTTP {answer.status}: {answer.text[:200]}")
    return answer.body


def ask_head(network: Network, node: Node) -> Head:
    """The head of a believed source; raises `Unhealthy` on another chain, behind, or stale."""
    try:
        head = _octez_head(network, node) if is_octez(node) else _tzkt_head(network, node)
    except Garbled as wrong:
        raise node.named(wrong) from None
    age = (node.now() - head.time).total_seconds()
    if age > OLDEST_SECONDS:
        raise node.unhealthy(f"its newest block is {age / 60:.0f} minutes old")
    return head


def _check_chain(network: Network, node: Node, said: Any) -> None:
    wanted = network.parameters["chain_id"]
    if said != wanted:
        raise node.unhealthy(f"its chain is {str(said)[:40]}, not {wanted}")


def _tzkt_head(network: Network, node: Node) -> Head:
    row = read_object(ask(node, "/v1/head"), "the head")
    _check_chain(network, node, row.get("chainId"))
    level = read_int(row.get("level"), "level")
    behind = read_int(row.get("knownLevel"), "knownLevel") - level
    if row.get("synced") is not True or behind > WIDEST_LAG:
        raise node.unhealthy(f"it is not in step with the chain: {behind} blocks behind")
    return Head(level, read_time(row.get("timestamp"), "timestamp"))


def _octez_head(network: Network, node: Node) -> Head:
    _check_chain(network, node, ask(node, "/chains/main/chain_id"))
    state = read_object(ask(node, "/chains/main/is_bootstrapped"), "is_bootstrapped")
    if state.get("bootstrapped") is not True or state.get("sync_state") != "synced":
        raise node.unhealthy(f"it is not in step with the chain: {str(state)[:80]}")
    return read_header(ask(node, f"{HEAD_BLOCK}/header"))


def read_header(value: Any) -> Head:
    header = read_object(value, "a block's header")
    return Head(
        read_int(header.get("level"), "level"), read_time(header.get("timestamp"), "timestamp")
    )


def fetch_health(network: Network, node: Node) -> Health:
    """What the source says of itself; a node alone can't look back by hash."""
    head = ask_head(network, node)
    whole = not is_octez(node) and node.history != "recent"
    return Health(head.level, head.time, "full" if whole else "recent")


def ask_storage_price(node: Node) -> tuple[int, int]:
    """Mutez per byte of storage, and the bytes of a new account."""
    if is_octez(node):
        row = read_object(ask(node, f"{HEAD_BLOCK}/context/constants"), "the constants")
        return read_digits(row.get("cost_per_byte"), "cost_per_byte"), read_int(
            row.get("origination_size"), "origination_size"
        )
    row = read_object(ask(node, "/v1/protocols/current"), "the protocol")
    constants = read_object(row.get("constants"), "constants")
    return read_int(constants.get("byteCost"), "byteCost"), read_int(
        constants.get("originationSize"), "originationSize"
    )


@dataclass(frozen=True, slots=True)
class Account:
    """``exists``: it is allocated. ``revealed``: its public key is on the chain."""

    exists: bool
    revealed: bool
    balance: int


def ask_account(node: Node, address: str) -> Account:
    if not is_octez(node):
        row = read_object(ask(node, f"/v1/accounts/{address}"), "the account")
        kind = read_text(row.get("type"), "type")
        if kind in ("empty", "ghost"):
            return Account(exists=False, revealed=False, balance=0)
        revealed = kind != "user" or row.get("revealed") is True
        return Account(True, revealed, read_int(row.get("balance"), "balance"))
    base = f"{HEAD_BLOCK}/context/contracts/{address}"
    balance = read_digits(ask(node, f"{base}/balance"), "balance")
    if address.startswith("KT1"):
        return Account(True, True, balance)
    key = ask(node, f"{base}/manager_key") if balance else None
    return Account(bool(balance), key is not None, balance)
