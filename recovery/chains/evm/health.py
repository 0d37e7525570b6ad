"""Whether an EVM node may be believed: right chain, synced, fresh, and how far back it sees.

Knows: the node's own words about itself, and which errors mean "could not ask". Must not know:
any transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from recovery.chains.evm.abi import parse_quantity
from recovery.chains.evm.facts import Facts, facts_of
from recovery.chains.family import Health
from recovery.chains.shape import read_moment
from recovery.chains.source import Node, RpcFault
from recovery.errors import Garbled, SourceError, Unhealthy
from recovery.networks import Network

_PRUNED = 4444
"""The execution-apis' code for history that the node no longer keeps."""

_KEPT_FIELDS = ("number", "hash", "timestamp", "baseFeePerGas")

_Call = tuple[str, Sequence[Any]]


@dataclass(frozen=True, slots=True)
class Head:
    """The node's newest block, and the newest final one where the network's rule is a tag."""

    height: int
    time: datetime
    syncing: bool
    latest: dict[str, Any]
    final: dict[str, Any] | None
    final_height: int | None

    def check_fresh(self, facts: Facts, node: Node) -> None:
        """Raises `Unhealthy` where a newer transaction could be unknown to this node."""
        if self.syncing:
            raise node.unhealthy("it is still syncing")
        age = (node.now() - self.time).total_seconds()
        if facts.max_tip_age_seconds and age > facts.max_tip_age_seconds:
            raise node.unhealthy(f"its newest block is {age:.0f} s old")


def head_calls(facts: Facts) -> list[_Call]:
    calls: list[_Call] = [
        ("eth_chainId", ()),
        ("eth_syncing", ()),
        ("eth_getBlockByNumber", ("latest", False)),
    ]
    if facts.final_tag not in (None, "latest"):
        calls.append(("eth_getBlockByNumber", (facts.final_tag, False)))
    return calls


def read_head(facts: Facts, node: Node, answers: Sequence[Any]) -> Head:
    """Raises `Unhealthy` on another chain, or without a head."""
    chain_id, syncing, latest = answers[:3]
    _check_chain(facts, node, chain_id)
    if not isinstance(latest, dict):
        raise node.unhealthy(f"it shows no newest block: {_words(latest)}")
    final = answers[3] if len(answers) > 3 else latest if facts.final_tag else None
    height = _number(node, latest, "number")
    return Head(
        height=height,
        time=_moment(node, latest),
        syncing=isinstance(syncing, dict) or syncing is True,
        latest=_kept(latest),
        final=_kept(final) if isinstance(final, dict) else None,
        final_height=_number(node, final, "number") if isinstance(final, dict) else None,
    )


def _check_chain(facts: Facts, node: Node, chain_id: Any) -> None:
    if isinstance(chain_id, RpcFault):
        raise read_fault(node, chain_id) or node.unhealthy("it does not say its chain id")
    answered = parse_quantity(chain_id, "chain id")
    if facts.any_chain_but:
        if answered in facts.any_chain_but:
            raise node.unhealthy(f"it is on chain {answered}, which is no test network")
    elif answered != facts.chain_id:
        raise node.unhealthy(f"it is on chain {answered}, not {facts.chain_id}")


def _number(node: Node, block: dict[str, Any], name: str) -> int:
    try:
        return parse_quantity(block.get(name), name)
    except SourceError as wrong:
        raise node.garbled(f"a block's {wrong.text}") from None


def _moment(node: Node, block: dict[str, Any]) -> datetime:
    try:
        return read_moment(_number(node, block, "timestamp"), "timestamp")
    except Garbled as wrong:
        raise node.garbled(f"a block's {wrong.text}") from None


def _kept(block: dict[str, Any]) -> dict[str, Any]:
    """A block's identity, without its list of transactions (kept with every transaction)."""
    return {name: block[name] for name in _KEPT_FIELDS if name in block}


def _words(answer: Any) -> str:
    return answer.message[:200] if isinstance(answer, RpcFault) else "null"


def history_calls(node: Node) -> list[_Call]:
    """What to ask, once per node, to learn how far back it sees."""
    if "evm_oldest" in node.memory:
        return []
    return [("eth_capabilities", ())]


def check_history(node: Node, answers: Sequence[Any]) -> None:
    """Raises `Unhealthy` where the node can't know transactions older than it keeps.

    Most nodes index only their last 2,350,000 blocks by default and can't say so: then the
    endpoint's ``history`` setting speaks for it.
    """
    if answers:
        node.memory["evm_oldest"] = _oldest(answers[0])
    oldest = node.memory["evm_oldest"]
    if oldest:
        raise node.unhealthy(
            f"it keeps transactions from block {oldest} on: an older one may exist"
        )
    if oldest is None and node.history == "recent":
        raise node.unhealthy("it keeps only recent history: an older transaction may exist")


def _oldest(capabilities: Any) -> int | None:
    """The oldest block whose transactions and receipts are kept; None where it can't tell."""
    if not isinstance(capabilities, dict):
        return None
    oldest = []
    for feature in ("tx", "receipts"):
        said = capabilities.get(feature)
        if not isinstance(said, dict) or not isinstance(said.get("oldestBlock"), str):
            return None
        oldest.append(parse_quantity(said["oldestBlock"], "oldestBlock"))
    return max(oldest)


_BUSY = frozenset({-32005, -32016, -32097})


def read_fault(node: Node, fault: RpcFault) -> SourceError | None:
    """An error instead of an answer is "could not ask"; None where it just says "unknown"."""
    text = fault.message.lower()
    if fault.code == _PRUNED or "pruned" in text:
        return node.unhealthy(f"its history is pruned: {fault.message[:200]}")
    if "unfinalized" in text or "last accepted block" in text:
        return node.unhealthy("the network has not accepted that block yet; ask again")
    if fault.code in _BUSY or "rate limit" in text or "too many requests" in text:
        return node.unreachable(f"too many requests: {fault.message[:200]}")
    if "transaction not found" in text or "unknown transaction" in text:
        return None
    return node.unhealthy(f"it answered with error {fault.code}: {fault.message[:200]}")


def fetch_health(network: Network, node: Node) -> Health:
    """Raises `Unhealthy` or another `SourceError`."""
    facts = facts_of(network)
    calls = [*head_calls(facts), ("web3_clientVersion", ()), *history_calls(node)]
    answers = node.rpc_batch(calls)
    plain = len(head_calls(facts))
    head = read_head(facts, node, answers[:plain])
    head.check_fresh(facts, node)
    history: Literal["full", "recent"] = "full"
    try:
        check_history(node, answers[plain + 1 :])
    except Unhealthy:
        history = "recent"
    version = answers[plain]
    return Health(
        height=head.height,
        time=head.time,
        history=history,
        oldest=node.memory["evm_oldest"] or None,
        version=version[:80] if isinstance(version, str) else None,
    )


def fetch_block_hash(_network: Network, node: Node, height: int) -> str | None:
    """The hash of the node's block at a height; None above its head."""
    block = node.rpc("eth_getBlockByNumber", (hex(height), False))
    if isinstance(block, RpcFault):
        fault = read_fault(node, block)
        if fault is not None:
            raise fault
        return None
    if block is None:
        return None
    if not isinstance(block, dict) or not isinstance(block.get("hash"), str):
        raise node.garbled(f"block {height} has no hash")
    return str(block["hash"]).lower()
