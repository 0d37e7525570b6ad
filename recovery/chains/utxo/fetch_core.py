"""Asking a Bitcoin-Core-type node: Core 0.21 to 30, Litecoin, Dogecoin, BCHN, Dash, Zebra, bcoin.

Knows: which calls to make, in which dialect, and what the nodes' errors mean: absent, or could not
ask. Must not know: what the answers are worth (`decode_core`).

Calls go out in batches: one for the node's health, one for all transactions, one for their blocks'
headers, and one for parents where the node does not give what inputs spend.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from recovery.chains.family import Absent, FetchOutcome, Health, RawTx
from recovery.chains.shape import read_moment
from recovery.chains.source import Node, RpcFault
from recovery.chains.utxo.chain import UtxoChain, chain_of
from recovery.errors import Garbled, SourceError
from recovery.networks import Network

_VERBOSITIES: tuple[int | bool, ...] = (2, 1, True)
"""How getrawtransaction is asked for JSON: 2 adds fee and prevouts where the node knows it (Core 25,
BCHN), most older ones take it as 1, a few insist on 1 or a boolean."""

_DIALECT_FAULTS = frozenset({-1, -3, -8, -32602, -32600})
_NOT_FOUND = -5

_PROVEN_ABSENT = re.compile(
    r"no such mempool or (blockchain|main chain) transaction"
    r"|^transaction not found"
    r"|no information available about transaction"
    r"|genesis block coinbase",
    re.IGNORECASE,
)
"""What a node with a complete index says of a hash that it does not know."""

_NO_INDEX = re.compile(r"txindex|being indexed|pruned|block not available", re.IGNORECASE)

_PARENTS_PER_BATCH = 25
_MAX_PARENTS = 1000
"""A transaction that spends more than this keeps its senders unknown: a parent may weigh 100 kB."""

_HEADERS_BEHIND = 2


def fetch_core(network: Network, node: Node, hashes: Sequence[str]) -> list[FetchOutcome]:
    """One outcome per hash, in order; raises a `SourceError` where the node can't be believed."""
    chain = chain_of(network)
    health, head = ask_health(chain, node)
    unique = list(dict.fromkeys(hashes))
    answers = dict(zip(unique, ask_transactions(node, unique), strict=True))
    found = {h: a for h, a in answers.items() if isinstance(a, Mapping)}
    headers = _ask_headers(node, found.values())
    parents = ask_parents(node, found.values())
    pending = [h for h, tx in found.items() if not tx.get("blockhash")]
    entries = _ask_mempool(chain, node, pending)
    at = node.now()
    outcomes: dict[str, FetchOutcome] = {}
    for tx_hash, answer in answers.items():
        if isinstance(answer, RpcFault):
            outcomes[tx_hash] = _read_fault(network, node, health, tx_hash, answer)
            continue
        if not isinstance(answer, Mapping):
            outcomes[tx_hash] = node.garbled("getrawtransaction was not answered with an object")
            continue
        header = headers.get(str(answer.get("blockhash")))
        if isinstance(header, RpcFault):
            text = f"the block of {tx_hash} went away between two calls: {header.message}"
            outcomes[tx_hash] = node.unhealthy(text)
            continue
        outcomes[tx_hash] = RawTx(
            network.code,
            tx_hash,
            node.api,
            node.label,
            at,
            {
                "tx": answer,
                "header": header,
                "parents": {key: parents[key] for key in _unseen(answer) if key in parents},
                "mempool": entries.get(tx_hash),
                "head": head,
            },
        )
    return [outcomes[tx_hash] for tx_hash in hashes]


def _read_fault(
    network: Network, node: Node, health: Health, tx_hash: str, fault: RpcFault
) -> FetchOutcome:
    """Absent only by a known word of a node with all history; anything else could not be asked."""
    if fault.code != _NOT_FOUND and not _PROVEN_ABSENT.search(fault.message):
        return refused(node, "getrawtransaction", fault)
    if _NO_INDEX.search(fault.message) or not _PROVEN_ABSENT.search(fault.message):
        return node.unhealthy(f"it can't look up transactions by hash: {fault.message}")
    if health.history != "full":
        return node.unhealthy("it keeps recent history only and does not know the hash")
    text = fault.message
    if chain_of(network).segwit:
        text += " (nodes know transactions by txid, not by witness id)"
    return Absent(network.code, tx_hash, node.label, text)


def refused(node: Node, method: str, fault: RpcFault) -> SourceError:
    """A JSON-RPC error where an answer was needed: warming up (-28), downloading (-10), unknown."""
    return node.unhealthy(f"{method} was refused: {fault.message} ({fault.code})")


def ask(node: Node, calls: Sequence[tuple[str, Sequence[Any]]]) -> list[Any]:
    """Several calls that must all be answered; raises `Unhealthy` for an error object."""
    answers = node.rpc_batch(calls)
    for (method, _), answer in zip(calls, answers, strict=True):
        if isinstance(answer, RpcFault):
            raise refused(node, method, answer)
    return answers


def ask_transactions(node: Node, hashes: Sequence[str]) -> list[Any]:
    """getrawtransaction in the richest dialect that the node speaks, learnt once per node."""
    for verbosity in _VERBOSITIES[node.memory.get("verbosity", 0) :]:
        answers = node.rpc_batch([("getrawtransaction", [h, verbosity]) for h in hashes])
        if not any(isinstance(a, RpcFault) and speaks_otherwise(a) for a in answers):
            node.memory["verbosity"] = _VERBOSITIES.index(verbosity)
            break
    return answers


def speaks_otherwise(fault: RpcFault) -> bool:
    """Whether the node refused how it was asked, not what was asked for."""
    unknown = _PROVEN_ABSENT.search(fault.message) or _NO_INDEX.search(fault.message)
    return fault.code in _DIALECT_FAULTS and not unknown


def _ask_headers(node: Node, txs: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    blocks = list(dict.fromkeys(str(tx["blockhash"]) for tx in txs if tx.get("blockhash")))
    answers = node.rpc_batch([("getblockheader", [block, True]) for block in blocks])
    return dict(zip(blocks, answers, strict=True))


def _unseen(tx: Mapping[str, Any]) -> list[str]:
    """``txid:n`` of every output that the transaction spends and the node did not show with it."""
    keys = []
    for entry in tx.get("vin") or ():
        if not isinstance(entry, Mapping) or "prevout" in entry or "scriptPubKey" in entry:
            continue
        if isinstance(entry.get("txid"), str) and isinstance(entry.get("vout"), int):
            keys.append(f"{entry['txid']}:{entry['vout']}")
    return keys


def ask_parents(node: Node, txs: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The outputs spent, as the parents' own answers show them, by ``txid:n``.

    Of each parent only these outputs are kept. A parent that can't be had is left out: the
    sender is then unknown, which is no reason to withhold what the outputs say.
    """
    wanted: dict[str, set[int]] = {}
    for tx in txs:
        keys = _unseen(tx)
        if len(keys) > _MAX_PARENTS:
            continue
        for key in keys:
            txid, _, n = key.partition(":")
            wanted.setdefault(txid, set()).add(int(n))
    txids = list(wanted)
    spent: dict[str, Any] = {}
    for start in range(0, len(txids), _PARENTS_PER_BATCH):
        part = txids[start : start + _PARENTS_PER_BATCH]
        for txid, parent in zip(part, ask_transactions(node, part), strict=True):
            if not isinstance(parent, Mapping) or parent.get("txid") != txid:
                continue
            for output in parent.get("vout") or ():
                if isinstance(output, Mapping) and output.get("n") in wanted[txid]:
                    spent[f"{txid}:{output['n']}"] = output
    return spent


def _ask_mempool(chain: UtxoChain, node: Node, pending: Sequence[str]) -> dict[str, Any]:
    """Whether an ancestor makes them replaceable; a transaction mined meanwhile has no entry."""
    if chain.replaceable == "none" or not pending:
        return {}
    answers = node.rpc_batch([("getmempoolentry", [h]) for h in pending])
    return {h: a for h, a in zip(pending, answers, strict=True) if not isinstance(a, RpcFault)}


def ask_health(chain: UtxoChain, node: Node) -> tuple[Health, Mapping[str, Any]]:
    """Right chain, synced, indexed: the node's health and its getblockchaininfo.

    Raises `Unhealthy` for a node that must not be believed, whatever it may know.
    """
    known = chain.known_blocks
    calls: list[tuple[str, Sequence[Any]]] = [("getblockchaininfo", []), ("getindexinfo", [])]
    info, indexes, *blocks = node.rpc_batch(
        [*calls, *(("getblockhash", [height]) for height, _ in known)]
    )
    if isinstance(info, RpcFault):
        raise refused(node, "getblockchaininfo", info)
    if not isinstance(info, Mapping) or not isinstance(info.get("blocks"), int):
        raise node.garbled("getblockchaininfo does not name a height")
    for (height, expected), seen in zip(known, blocks, strict=True):
        if seen != expected:
            what = seen.message if isinstance(seen, RpcFault) else seen
            raise node.unhealthy(f"another chain, or one too short: block {height} is {what!s:.80}")
    _check_synced(node, info)
    (tip,) = ask(node, [("getblockheader", [info.get("bestblockhash"), True])])
    moment = _check_tip(chain, node, tip)
    pruned = info.get("pruned") is True
    if not pruned:
        _check_index(node, indexes, info["blocks"])
    oldest = info.get("pruneheight") if pruned else None
    recent = pruned or node.history == "recent"
    return Health(info["blocks"], moment, "recent" if recent else "full", oldest), info


def _check_synced(node: Node, info: Mapping[str, Any]) -> None:
    if info.get("initialblockdownload") is True:
        raise node.unhealthy("it is still downloading the chain")
    headers = info.get("headers")
    if isinstance(headers, int) and headers - info["blocks"] > _HEADERS_BEHIND:
        raise node.unhealthy(f"it is at block {info['blocks']} of {headers}")


def read_tip_time(node: Node, seconds: Any) -> datetime:
    """A block's time as the node tells it of its newest; headers have 32 bits for it."""
    try:
        return read_moment(seconds, "the newest block's time", since=1, until=2**32)
    except Garbled as wrong:
        raise node.named(wrong) from None


def _check_tip(chain: UtxoChain, node: Node, tip: Any) -> datetime:
    seconds = tip.get("time") if isinstance(tip, Mapping) else None
    moment = read_tip_time(node, seconds)
    age = (node.now() - moment).total_seconds()
    if chain.tip_seconds is not None and age > chain.tip_seconds:
        raise node.unhealthy(f"its newest block is {age / 3600:.1f} hours old")
    return moment


def _check_index(node: Node, indexes: Any, height: int) -> None:
    """Without a complete transaction index a node finds its mempool only.

    Core 0.21 and its kin say so in getindexinfo; others are probed once with a transaction that
    every chain has: the coinbase of block 1.
    """
    if isinstance(indexes, Mapping):
        index = indexes.get("txindex")
        if not isinstance(index, Mapping):
            raise node.unhealthy("it runs without -txindex")
        if index.get("synced") is not True:
            raise node.unhealthy("its transaction index is still being built")
        return
    if node.memory.get("indexed") or height < 1:
        return
    (first,) = ask(node, [("getblockhash", [1])])
    (block,) = ask(node, [("getblock", [first])])
    txids = block.get("tx") if isinstance(block, Mapping) else None
    if not isinstance(txids, list) or not txids or not isinstance(txids[0], str):
        raise node.garbled("block 1 has no transactions")
    (probe,) = ask_transactions(node, [txids[0]])
    if isinstance(probe, RpcFault):
        raise node.unhealthy(f"it does not find the first coinbase by hash: {probe.message}")
    node.memory["indexed"] = True
