"""Whether a transaction once seen was replaced: what final transaction spent one of its inputs.

Knows: how to ask who spent an output. Must not know: what follows from it. A transaction merely
gone, or whose conflict is not final yet, is not replaced.

Core keeps no index of spenders. Its set of unspent outputs tells that an output is spent; the
blocks from the tip down tell by whom and how deep. An output spent below all blocks that count
for finality was spent for good, even where the spender is not met.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from recovery.chains.family import RawTx
from recovery.chains.source import Node, RpcFault
from recovery.chains.utxo.chain import chain_of
from recovery.chains.utxo.decode_core import parse_core
from recovery.chains.utxo.decode_esplora import parse_esplora
from recovery.chains.utxo.fetch_core import ask, ask_health, ask_transactions
from recovery.chains.utxo.fetch_esplora import ask_health as ask_esplora_health
from recovery.chains.utxo.fetch_esplora import ask_json
from recovery.model import Replacement
from recovery.networks import Network

_MAX_BLOCKS = 100
"""How far below the tip the spender is looked for by name."""

_MAX_INPUTS = 50
"""One spent input is proof; a transaction with more inputs is asked about the first ones."""


def fetch_replacement(network: Network, node: Node, seen: RawTx) -> Replacement | None:
    """The final transaction that spent an input of ``seen``, None where there is none (yet).

    Raises a `SourceError` where the node can't be believed.
    """
    chain = chain_of(network)
    parse = parse_esplora if seen.api == "esplora" else parse_core
    spent = [i.outpoint for i in parse(chain, seen).inputs if i.outpoint is not None][:_MAX_INPUTS]
    depth = network.finality.confirmations or 1
    if node.api == "esplora":
        tip = ask_esplora_health(chain, node).height
        return _ask_outspends(node, seen.tx_hash, spent, tip=tip, depth=depth)
    health, _ = ask_health(chain, node)
    if isinstance(ask_transactions(node, [seen.tx_hash])[0], Mapping):
        return None  # the node knows it again: nothing replaced it
    gone = _find_spent(node, spent)
    if not gone:
        return None
    for height, spender in _find_spenders(node, gone, tip=health.height, depth=depth):
        if spender is None:
            return Replacement(None)
        if spender != seen.tx_hash:
            return Replacement(spender) if health.height - height + 1 >= depth else None
    return None


def _find_spent(node: Node, outpoints: list[tuple[str, int]]) -> set[tuple[str, int]]:
    """The outputs that a block has spent: their transaction is in the chain, they are not unspent.

    gettxout answers null also for outputs that never existed, so their parent must be in a block.
    """
    unspent = ask(node, [("gettxout", [txid, n, False]) for txid, n in outpoints])
    gone = [o for o, answer in zip(outpoints, unspent, strict=True) if answer is None]
    parents = ask_transactions(node, [txid for txid, _ in gone]) if gone else []
    return {
        outpoint
        for outpoint, parent in zip(gone, parents, strict=True)
        if isinstance(parent, Mapping)
        and isinstance(parent.get("confirmations"), int)
        and parent["confirmations"] > 0
    }


def _find_spenders(
    node: Node, gone: set[tuple[str, int]], *, tip: int, depth: int
) -> Iterator[tuple[int, str | None]]:
    """Height and hash of what spent one of ``gone``, from the tip down; a last (height, None)
    where all blocks that count for finality, and some more, do not hold it."""
    lowest = max(0, tip - max(depth, _MAX_BLOCKS))
    for height in range(tip, lowest, -1):
        (block_hash,) = ask(node, [("getblockhash", [height])])
        block = node.rpc("getblock", [block_hash, 2])
        if isinstance(block, RpcFault) or not isinstance(block, Mapping):
            return  # a node that does not decode blocks can't prove depth
        for tx in block.get("tx") or ():
            if isinstance(tx, Mapping) and any(_outpoint(i) in gone for i in tx.get("vin") or ()):
                yield height, str(tx.get("txid"))
                return
    if tip - lowest >= depth:
        yield lowest, None


def _outpoint(entry: Any) -> tuple[Any, Any]:
    return (entry.get("txid"), entry.get("vout")) if isinstance(entry, Mapping) else (None, None)


def _ask_outspends(
    node: Node, tx_hash: str, outpoints: list[tuple[str, int]], *, tip: int, depth: int
) -> Replacement | None:
    for txid, n in outpoints:
        answer = ask_json(node, f"/tx/{txid}/outspend/{n}")
        spender, status = answer.get("txid"), answer.get("status")
        if answer.get("spent") is not True or not isinstance(status, Mapping):
            continue
        height = status.get("block_height")
        if spender == tx_hash:
            return None
        if (
            status.get("confirmed") is True
            and isinstance(height, int)
            and tip - height + 1 >= depth
        ):
            return Replacement(str(spender))
    return None
