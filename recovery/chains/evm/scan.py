"""How EVM chains are scanned: tokens by logs, coin by blocks, what contracts pay by traces.

Knows: which pass sees what on which stack, and its natural range. Must not know: addresses.
"""

from __future__ import annotations

from recovery.chains.evm.facts import facts_of
from recovery.chains.evm.health import head_calls, read_head
from recovery.chains.evm.scan_blocks import fetch_block_hits, fetch_trace_hits
from recovery.chains.evm.scan_logs import fetch_log_hits, read_time
from recovery.chains.scan import Pass, Scan, Tip
from recovery.chains.source import Node, RpcFault
from recovery.networks import Network

_LOGS_EVERY_MOVEMENT = frozenset({"zksync", "polygon"})
"""The node logs every movement of the coin itself: the logs show all, blocks and traces nothing more."""


def fetch_final(network: Network, node: Node) -> Tip:
    """The newest final block; raises `Unhealthy` where the node must not be believed."""
    facts = facts_of(network)
    calls = head_calls(facts)
    head = read_head(facts, node, node.rpc_batch(calls))
    head.check_fresh(facts, node)
    if facts.final_tag is not None:
        if head.final is None or head.final_height is None:
            raise node.unhealthy(f"it does not say which block is {facts.final_tag}")
        final = head.final
        return Tip(head.final_height, str(final.get("hash") or ""), read_time(final["timestamp"]))
    height = max(head.height - (facts.depth or 1) + 1, 0)
    block = node.rpc("eth_getBlockByNumber", (hex(height), False))
    if isinstance(block, RpcFault) or not isinstance(block, dict):
        raise node.unhealthy(f"it does not have block {height}")
    return Tip(height, str(block.get("hash") or ""), read_time(block.get("timestamp")))


def plan_passes(network: Network) -> tuple[Pass, ...]:
    """Tokens always; blocks and traces where the logs do not show the coin."""
    hour = max(network.blocks_a_day // 24, 1)
    quick = network.block_milliseconds < 1_000
    logs = Pass(
        "tokens",
        fetch_log_hits,
        window=500 if quick else 2_000,
        overlap=hour,
        first_look=network.blocks_a_day,
    )
    if facts_of(network).stack in _LOGS_EVERY_MOVEMENT:
        return (logs,)
    return (
        logs,
        Pass(
            "natives",
            fetch_block_hits,
            window=25,
            overlap=hour // 6 + 1,
            first_look=network.blocks_a_day,
        ),
        Pass(
            "internal",
            fetch_trace_hits,
            window=20,
            overlap=hour // 6 + 1,
            first_look=network.blocks_a_day,
            optional=True,
        ),
    )


SCAN = Scan(fetch_final=fetch_final, plan_passes=plan_passes)
