"""Asking a NEAR node for transactions by hash alone, and what proves that one is unknown.

Knows: JSON-RPC methods, their errors, a node's health. Must not know: what a transaction moved.

The node wants the sender's account beside the hash, and uses it for one thing only: to choose the
shard whose node is to look. The look itself is by hash. A node that tracks all shards therefore finds a
transaction under any sender, and this module always names `ANY_SENDER`. Whether a node tracks all
shards and keeps the years can't be asked: before an absence is believed it must find, in the same
way, transactions of several shards and years, which `networks.toml` names. That is a trial and no
proof: for a node of few shards that passes it, the operator says ``history = "recent"``.

Always asked with ``wait_until`` NONE: any other level makes the node wait ten seconds for a hash that it
does not know, and then say TIMEOUT_ERROR, which is no absence.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from recovery.chains.family import Absent, FetchOutcome, Health, RawTx
from recovery.chains.near.answer import Header, read_answer, read_header, read_id
from recovery.chains.near.decode import find_blocks
from recovery.chains.near.moves import find_tokens
from recovery.chains.shape import Json, read_object, read_text
from recovery.chains.sidebyside import ask_side_by_side
from recovery.chains.source import Node, RpcFault
from recovery.errors import Garbled, SourceError
from recovery.networks import Network

ANY_SENDER = "near"
"""The oldest account there is, on every network."""

OLDEST_SECONDS = 60
"""A block takes 0.6 s: a minute without a final one, and chain or node have stopped."""

_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Head:
    """The newest final block, and what the node says of itself."""

    header: Header
    block: Json
    status: Json


def cause_of(fault: RpcFault) -> str:
    """NEAR's own name of an error, else the standard's number."""
    cause = fault.cause
    if isinstance(cause, dict) and isinstance(cause.get("name"), str):
        return str(cause["name"])
    return str(fault.code)


def ask(node: Node, method: str, params: Sequence[Any] | dict[str, Any]) -> Any:
    """One call whose every error means that the node could not be asked."""
    answer = node.rpc(method, params)
    if isinstance(answer, RpcFault):
        raise node.unhealthy(f"{method}: {cause_of(answer)}: {answer.message} {answer.data or ''}")
    return answer


def ask_head(network: Network, node: Node) -> Head:
    """Chain and newest final block; raises `Unhealthy` on another chain, syncing or behind."""
    try:
        status = read_object(ask(node, "status", []), "status")
        chain = read_text(status.get("chain_id"), "chain_id")
        syncing = read_object(status.get("sync_info"), "sync_info").get("syncing")
        block = read_object(ask(node, "block", {"finality": "final"}), "block")
        header = read_header(block)
    except Garbled as wrong:
        raise node.named(wrong) from None
    if chain != network.parameters["chain_id"]:
        raise node.unhealthy(f"it is on the chain {chain!r}")
    if syncing is not False:
        raise node.unhealthy("it is syncing")
    age = (node.now() - header.time).total_seconds()
    if age > OLDEST_SECONDS:
        raise node.unhealthy(f"its newest final block is {age:.0f} s old")
    return Head(header, block, status)


def fetch(network: Network, node: Node, hashes: Sequence[str]) -> list[FetchOutcome]:
    """One outcome per hash, in order; raises `SourceError` where the node can't be believed."""
    if not hashes:
        return []
    head = ask_head(network, node)
    return ask_side_by_side(
        lambda h: _fetch_one(network, node, head, h), hashes, at_once=_AT_ONCE, name="near"
    )


def _fetch_one(network: Network, node: Node, head: Head, tx_hash: str) -> FetchOutcome:
    try:
        told = _look_up(node, tx_hash)
        if told is None:
            return _prove_absent(network, node, head, tx_hash)
        answers = _ask_rest(network, node, head, told)
    except Garbled as wrong:
        return node.named(wrong)
    except SourceError as failed:
        return failed
    return RawTx(network.code, tx_hash, node.api, node.label, node.now(), answers)


def _look_up(node: Node, tx_hash: str) -> Json | None:
    """The transaction with its receipts; None where the node says that it does not know the hash."""
    asked = {"tx_hash": tx_hash, "sender_account_id": ANY_SENDER, "wait_until": "NONE"}
    answer = node.rpc("EXPERIMENTAL_tx_status", asked)
    if isinstance(answer, RpcFault):
        cause = cause_of(answer)
        if cause == "UNKNOWN_TRANSACTION":
            return None
        raise node.unhealthy(f"it could not look: {cause}: {answer.message} {answer.data or ''}")
    told = read_object(answer, "the answer")
    if "transaction" not in told:
        # Sent just now, or of a shard that the node does not track: it does not say which.
        raise node.unhealthy("it shows no outcome of the hash, and does not say that it is unknown")
    if read_id(read_object(told["transaction"], "transaction").get("hash"), "hash") != tx_hash:
        raise node.garbled("it answered with another transaction")
    return told


def _ask_rest(network: Network, node: Node, head: Head, told: Json) -> dict[str, Any]:
    """The blocks of what moved, for height and time, and what the tokens call themselves."""
    answer = read_answer(told)
    blocks = {name: ask(node, "block", {"block_id": name}) for name in find_blocks(network, answer)}
    tokens = {}
    for contract in find_tokens(answer) if blocks else ():
        metadata = node.rpc("query", call_view(contract, "ft_metadata"))
        tokens[contract] = None if isinstance(metadata, RpcFault) else metadata
    return {"tx": told, "head": head.block, "blocks": blocks, "tokens": tokens}


def call_view(contract: str, method: str, arguments: str = "e30=") -> dict[str, Any]:
    """The parameters of ``query`` for a contract's view method; no arguments are ``{}`` in base64."""
    return {
        "request_type": "call_function",
        "finality": "final",
        "account_id": contract,
        "method_name": method,
        "args_base64": arguments,
    }


def _prove_absent(network: Network, node: Node, head: Head, tx_hash: str) -> FetchOutcome:
    if not keeps_all(network, node):
        return node.unhealthy(
            "it does not find older transactions of all shards by hash, and can't prove an absence"
        )
    text = f"all shards up to block {head.header.height} were searched"
    return Absent(network.code, tx_hash, node.label, text)


def keeps_all(network: Network, node: Node) -> bool:
    """Whether the node finds known transactions of several shards and years by hash alone.

    The operator's own word (``history``) goes before; a network without known transactions needs it.
    """
    if node.history is not None:
        return node.history == "full"
    known: Sequence[str] = network.parameters.get("known_transactions", ())
    if "near_keeps_all" not in node.memory:
        node.memory["near_keeps_all"] = bool(known) and all(_finds(node, h) for h in known)
    return bool(node.memory["near_keeps_all"])


def _finds(node: Node, tx_hash: str) -> bool:
    asked = {"tx_hash": tx_hash, "sender_account_id": ANY_SENDER, "wait_until": "NONE"}
    answer = node.rpc("EXPERIMENTAL_tx_status", asked)
    if isinstance(answer, RpcFault):
        return False
    told = read_object(answer, "the answer")
    if "transaction" not in told:
        return False
    return read_object(told["transaction"], "transaction").get("hash") == tx_hash


def fetch_health(network: Network, node: Node) -> Health:
    """What the node says of itself; raises where it is on another chain or behind."""
    head = ask_head(network, node)
    version = head.status.get("version")
    built = version.get("version") if isinstance(version, dict) else None
    return Health(
        height=head.header.height,
        time=head.header.time,
        history="full" if keeps_all(network, node) else "recent",
        version=built if isinstance(built, str) else None,
    )
