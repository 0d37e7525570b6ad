"""Which final transaction used the nonce of one that was seen and is now unknown.

Knows: nonces by block, and the search for the block that used one. Must not know: why anybody
would replace a transaction.
"""

from __future__ import annotations

from typing import Any

from recovery.chains.evm.abi import parse_address, parse_quantity
from recovery.chains.evm.facts import Facts, facts_of
from recovery.chains.evm.health import check_history, head_calls, history_calls, read_head
from recovery.chains.family import RawTx
from recovery.chains.source import Node, RpcFault
from recovery.model import Replacement
from recovery.networks import Network


def fetch_replacement(network: Network, node: Node, seen: RawTx) -> Replacement | None:
    """The final transaction with the same sender and nonce, or None where there is none (yet).

    Raises `SourceError` where the node can't prove that the one seen is not in the chain: a node
    without the index must not turn a mined transaction into a replaced one.
    """
    facts = facts_of(network)
    tx = seen.answers.get("tx")
    if not isinstance(tx, dict) or tx.get("from") is None:
        return None
    sender = parse_address(tx["from"], "from")
    nonce = parse_quantity(tx.get("nonce"), "nonce")
    history = history_calls(node)
    calls = [*head_calls(facts), ("eth_getTransactionByHash", (seen.tx_hash,)), *history]
    answers = node.rpc_batch(calls)
    plain = len(head_calls(facts))
    head = read_head(facts, node, answers[:plain])
    known = answers[plain]
    if isinstance(known, RpcFault):
        raise node.unhealthy(f"it does not say whether it knows the transaction: {known.message}")
    if isinstance(known, dict) and known.get("blockHash") is not None:
        return None
    head.check_fresh(facts, node)
    check_history(node, answers[plain + 1 :])
    last = head.final_height
    if last is None and facts.depth is not None:
        last = head.height - facts.depth + 1
    if last is None or last < 0:
        return None
    used = _count(node, sender, last)
    if used is None or used <= nonce:
        return None
    block = _find_block(node, sender, nonce, _first_height(facts, seen), last)
    by = None if block is None else _find_in_block(node, block, sender, nonce)
    return None if by == seen.tx_hash else Replacement(by)


def _first_height(facts: Facts, seen: RawTx) -> int:
    """The head when the transaction was seen pending: whatever used the nonce came after it.

    Seen in a block that a reorg took away, the replacement can stand a little below that head.
    """
    latest = seen.answers.get("latest")
    number = latest.get("number") if isinstance(latest, dict) else None
    if number is None:
        return 0
    return max(parse_quantity(number, "head") - (facts.depth or 256), 0)


def _count(node: Node, sender: str, height: int) -> int | None:
    """Transactions of the sender up to the block, None where the node has not that state."""
    answer = node.rpc("eth_getTransactionCount", (sender, hex(height)))
    return None if isinstance(answer, RpcFault) else parse_quantity(answer, "nonce")


def _find_block(node: Node, sender: str, nonce: int, low: int, high: int) -> int | None:
    """The first block after which the nonce is used, by halving; None without the state for it."""
    before = _count(node, sender, low)
    if before is None or before > nonce:
        return None
    while high - low > 1:
        middle = (low + high) // 2
        count = _count(node, sender, middle)
        if count is None:
            return None
        low, high = (low, middle) if count > nonce else (middle, high)
    return high


def _find_in_block(node: Node, height: int, sender: str, nonce: int) -> str | None:
    block: Any = node.rpc("eth_getBlockByNumber", (hex(height), True))
    if not isinstance(block, dict):
        return None
    for tx in block.get("transactions") or ():
        if not isinstance(tx, dict) or str(tx.get("from")).lower() != sender:
            continue
        if parse_quantity(tx.get("nonce"), "nonce") == nonce:
            return str(tx.get("hash")).lower()
    return None
