"""Asking an indexer about transactions: the transaction, its outputs, its words, its tokens' names.

Knows: which requests answer which question in either API, and what proves an absence. Must not
know: what the answers mean for money (`recovery.chains.cardano.decode`).

Blockfrost answers one transaction per request, so several are asked side by side; Koios takes a list.
Only Blockfrost shows its mempool.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from recovery.chains.cardano.ask import Head, ask, ask_head, ask_koios, is_koios
from recovery.chains.cardano.decode import find_units, read_tx
from recovery.chains.family import Absent, FetchOutcome, RawTx
from recovery.chains.sidebyside import ask_side_by_side
from recovery.chains.source import Node
from recovery.errors import Garbled, SourceError
from recovery.model import Replacement
from recovery.networks import Network

_AT_ONCE = 8
_KOIOS_AT_ONCE = 10
"""The public Koios takes questions of about a thousand bytes."""

_MOST_NAMED = 20
"""A transaction can move hundreds of tokens; the names of so many are asked for."""

_MOST_REMEMBERED = 5_000
_KOIOS_PARTS = ("_inputs", "_metadata", "_assets", "_withdrawals", "_scripts")


def fetch(network: Network, node: Node, hashes: Sequence[str]) -> list[FetchOutcome]:
    """One outcome per hash, in order; raises `SourceError` where the server can't be believed."""
    if not hashes:
        return []
    head = ask_head(network, node)
    if is_koios(node):
        return _fetch_koios(network, node, head, hashes)
    return ask_side_by_side(
        lambda h: _fetch_blockfrost(network, node, head, h),
        hashes,
        at_once=_AT_ONCE,
        name="cardano",
    )


def _fetch_blockfrost(network: Network, node: Node, head: Head, tx_hash: str) -> FetchOutcome:
    try:
        answers = _ask_transaction(node, tx_hash)
        if answers is None:
            return _absent(network, node, head, tx_hash, "no block and not its mempool")
        return _finish(network, node, head, tx_hash, answers)
    except Garbled as wrong:
        return node.named(wrong)
    except SourceError as failed:
        return failed


def _ask_transaction(node: Node, tx_hash: str) -> dict[str, Any] | None:
    """Every answer about one transaction, None where neither chain nor mempool knows it."""
    tx = ask(node, f"/txs/{tx_hash}")
    if tx is None:
        mempool = ask(node, f"/mempool/{tx_hash}")
        if mempool is not None:
            return {"mempool": mempool}
        tx = ask(node, f"/txs/{tx_hash}")  # a block may have taken it between the two questions
        if tx is None:
            return None
    answers = {"tx": tx}
    for part in ("utxos", "metadata"):
        answers[part] = _needed(node, f"/txs/{tx_hash}/{part}")
    withdraws = isinstance(tx, dict) and tx.get("withdrawal_count") != 0
    path = f"/txs/{tx_hash}/withdrawals"
    answers["withdrawals"] = _needed(node, path) if withdraws else []
    answers["cbor"] = ask(node, f"/txs/{tx_hash}/cbor")  # kept by some servers only
    return answers


def _needed(node: Node, path: str) -> Any:
    answer = ask(node, path)
    if answer is None:
        raise node.unhealthy(
            f"it knows the transaction and not {path}: its block was undone, or half read"
        )
    return answer


def _absent(
    network: Network, node: Node, head: Head, tx_hash: str, searched: str
) -> Absent | SourceError:
    if node.history == "recent":
        return node.unhealthy("it keeps only recent history: an older transaction may exist")
    text = f"{searched} knows it, up to block {head.height}"
    return Absent(network.code, tx_hash, node.label, text)


def _finish(
    network: Network, node: Node, head: Head, tx_hash: str, answers: dict[str, Any]
) -> RawTx:
    """With the tip and the tokens' names. Raises `Garbled` where the answers can't be read."""
    answers["head"] = head.answer()
    at = node.now()
    raw = RawTx(network.code, tx_hash, node.api, node.label, at, answers)
    units = find_units(read_tx(raw))[:_MOST_NAMED]
    answers["tokens"] = _ask_tokens(node, units)
    return raw


def _ask_tokens(node: Node, units: Sequence[str]) -> dict[str, Any]:
    known: dict[str, Any] = node.memory.setdefault("cardano_tokens", {})
    if len(known) > _MOST_REMEMBERED:
        known.clear()
    unknown = [unit for unit in units if unit not in known]
    if unknown and is_koios(node):
        wanted = [[unit[:56], unit[56:]] for unit in unknown]
        for row in ask_koios(node, "/asset_info", {"_asset_list": wanted}):
            if isinstance(row, dict):
                known[f"{row.get('policy_id')}{row.get('asset_name') or ''}"] = row
    elif unknown:
        known |= {unit: ask(node, f"/assets/{unit}") for unit in unknown}
    return {unit: known.get(unit) for unit in units}


def _fetch_koios(
    network: Network, node: Node, head: Head, hashes: Sequence[str]
) -> list[FetchOutcome]:
    outcomes: dict[str, FetchOutcome] = {}
    wanted = list(dict.fromkeys(hashes))
    for start in range(0, len(wanted), _KOIOS_AT_ONCE):
        part = wanted[start : start + _KOIOS_AT_ONCE]
        try:
            outcomes |= _ask_koios_part(network, node, head, part)
        except SourceError as failed:
            outcomes |= dict.fromkeys(part, failed)
    return [outcomes[tx_hash] for tx_hash in hashes]


def _ask_koios_part(
    network: Network, node: Node, head: Head, part: list[str]
) -> dict[str, FetchOutcome]:
    body = {"_tx_hashes": part, **dict.fromkeys(_KOIOS_PARTS, True)}
    rows: dict[str, Any] = {}
    for row in ask_koios(node, "/tx_info", body):
        tx_hash = row.get("tx_hash") if isinstance(row, dict) else None
        if tx_hash not in part:
            raise node.garbled("/tx_info answered about another transaction")
        rows[tx_hash] = row
    known = list(rows)
    raws: dict[str, Any] = {}
    if known:
        for row in ask_koios(node, "/tx_cbor", {"_tx_hashes": known}):
            if isinstance(row, dict):
                raws[str(row.get("tx_hash"))] = {"cbor": row.get("cbor")}
    outcomes: dict[str, FetchOutcome] = {}
    for tx_hash in part:
        if tx_hash not in rows:
            outcomes[tx_hash] = _absent(network, node, head, tx_hash, "no block")
            continue
        answers = {"tx": rows[tx_hash], "cbor": raws.get(tx_hash)}
        try:
            outcomes[tx_hash] = _finish(network, node, head, tx_hash, answers)
        except Garbled as wrong:
            outcomes[tx_hash] = node.named(wrong)
        except SourceError as failed:
            outcomes[tx_hash] = failed
    return outcomes


def fetch_replacement(network: Network, node: Node, seen: RawTx) -> Replacement | None:
    """For a transaction once seen: the final one that spent an input of it, or that it expired.

    Blockfrost names the spender of every output. That a transaction expired is final once a block
    as deep as the network's rule asks lies behind its last slot.
    """
    tx = read_tx(seen)
    head = ask_head(network, node)
    depth = network.finality.confirmations or 1
    if not is_koios(node):
        for spent in tx.inputs:
            other = _ask_spender(node, spent.tx_hash, spent.index)
            if other is not None and other != tx.hash and _is_deep(node, head, other, depth):
                return Replacement(other)
    if tx.expires is None or tx.expires > head.slot - depth * _SLOTS_PER_BLOCK:
        return None
    (outcome,) = fetch(network, node, [tx.hash])
    if isinstance(outcome, SourceError):
        raise outcome
    return Replacement(None) if isinstance(outcome, Absent) else None


_SLOTS_PER_BLOCK = 40
"""One slot is a second, a block comes every 20 on average: twice that to be safe."""


def _ask_spender(node: Node, tx_hash: str, index: int) -> str | None:
    answer = ask(node, f"/txs/{tx_hash}/utxos")
    rows = answer.get("outputs") if isinstance(answer, dict) else None
    for row in rows if isinstance(rows, list) else []:
        at = isinstance(row, dict) and row.get("output_index") == index
        if at and row.get("collateral") is False and isinstance(row.get("consumed_by_tx"), str):
            return str(row["consumed_by_tx"])
    return None


def _is_deep(node: Node, head: Head, tx_hash: str, depth: int) -> bool:
    if len(tx_hash) != 64 or tx_hash.strip("0123456789abcdef"):
        raise node.garbled("a spender is not named by a hash")
    tx = ask(node, f"/txs/{tx_hash}")
    height = tx.get("block_height") if isinstance(tx, dict) else None
    return type(height) is int and head.height - height + 1 >= depth
