"""Asking a Tron node about transactions: body, result, solidified result and block of each.

Knows: which calls answer which question, and what proves an absence. Must not know: what the answers
mean for money (`recovery.chains.tron.decode`).

There are no batches: the calls of one transaction follow each other, several transactions are asked
side by side. Result and block are asked for after the solidified height, so that what lies below
that height can't be undone any more.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from recovery.chains.family import Absent, FetchOutcome, RawTx
from recovery.chains.sidebyside import ask_side_by_side
from recovery.chains.source import Node
from recovery.chains.tron import contracts, wire
from recovery.chains.tron.ask import (
    Head,
    NotOffered,
    ask,
    ask_head,
    ask_header,
    ask_offered,
    check_history,
)
from recovery.chains.tron.decode import is_plain_call
from recovery.chains.tron.internal import read_internal
from recovery.chains.tron.logs import read_logs
from recovery.chains.tron.names import ask_names
from recovery.chains.tron.wire import Signed, read_int, read_list
from recovery.errors import Garbled, SourceError
from recovery.model import Replacement
from recovery.networks import Network

_AT_ONCE = 8


def fetch(network: Network, node: Node, hashes: Sequence[str]) -> list[FetchOutcome]:
    """One outcome per hash, in order; raises `SourceError` where the node can't be believed."""
    if not hashes:
        return []
    head = ask_head(network, node)
    return ask_side_by_side(
        lambda h: _fetch_one(network, node, head, h), hashes, at_once=_AT_ONCE, name="tron"
    )


def _fetch_one(network: Network, node: Node, head: Head, tx_hash: str) -> FetchOutcome:
    try:
        answers = _ask_transaction(network, node, head, tx_hash)
        if answers is None:
            return _prove_absent(network, node, head, tx_hash)
    except Garbled as wrong:
        return node.named(wrong)
    except SourceError as failed:
        return failed
    return RawTx(network.code, tx_hash, node.api, node.label, node.now(), answers)


def _ask_transaction(
    network: Network, node: Node, head: Head, tx_hash: str
) -> dict[str, Any] | None:
    """Every answer about one transaction, None where the node does not know it."""
    wanted = {"value": tx_hash}
    tx = ask_offered(node, "/wallet/gettransactionbyid", wanted)
    info = ask_offered(node, "/wallet/gettransactioninfobyid", wanted)
    answers: dict[str, Any] = {"head": head.latest, "solid": head.solid, "tx": tx}
    if not tx and not info:
        pooled = _ask_pool(node, tx_hash)
        if not pooled:
            return None
        wire.parse_signed(pooled, tx_hash)
        return answers | {"tx": pooled, "pooled": True}
    if not tx:
        raise node.unhealthy("it knows the transaction's result and not the transaction; ask again")
    signed = wire.parse_signed(tx, tx_hash)
    if not info:
        _check_keeps_results(node, head, signed)
        return answers
    height = read_int(info, "blockNumber")
    answers["info"] = info
    solid_info = _ask_solid_info(node, tx_hash)
    if solid_info is not None:
        answers["solid_info"] = solid_info
    answers["block"] = _ask_block(node, height, solid=bool(solid_info))
    _ask_rest(network, node, signed, answers)
    return answers


def _check_keeps_results(node: Node, head: Head, signed: Signed) -> None:
    """A node can be told to keep no results: then it shows an old transaction without one."""
    if head.solid is None or signed.expiration < head.solid["timestamp"]:
        raise node.unhealthy("it knows the transaction and does not keep its result")


def _ask_pool(node: Node, tx_hash: str) -> dict[str, Any]:
    try:
        return ask(node, "/wallet/gettransactionfrompending", {"value": tx_hash})
    except NotOffered:
        return {}


def _ask_solid_info(node: Node, tx_hash: str) -> dict[str, Any] | None:
    """The result in the solidified view ({} where it is not there yet); None without that view."""
    if node.memory.get("tron_no_solid_view"):
        return None
    return ask_offered(node, "/walletsolidity/gettransactioninfobyid", {"value": tx_hash})


def _ask_block(node: Node, height: int, *, solid: bool) -> dict[str, Any]:
    try:
        block = ask_header(node, "walletsolidity" if solid else "wallet", height)
    except NotOffered:
        raise node.unhealthy("it does not serve blocks") from None
    if not block:
        raise node.unhealthy(f"it does not show the block {height} of the transaction")
    return block


def _ask_rest(network: Network, node: Node, signed: Signed, answers: dict[str, Any]) -> None:
    """What tokens call themselves, and whether the node would show internal transactions."""
    info = answers["info"]
    reading = contracts.read_contract(network, signed, info)
    failed = info.get("result") == "FAILED"
    if failed:
        moves = contracts.find_asked(network, signed, reading)
        answers["names"] = ask_names(node, moves)
        return
    logs = read_logs(network, read_list(info, "log")).moves
    internal = read_list(info, "internal_transactions")
    inner = read_internal(network, internal).moves
    answers["names"] = ask_names(node, [*reading.moves, *logs, *inner])
    if internal:
        node.memory["tron_keeps_internal"] = True
    elif signed.kind in contracts.PROGRAMS and not is_plain_call(signed, info, logs):
        answers["keeps_internal"] = _keeps_internal(node, answers["solid"])


def _keeps_internal(node: Node, solid: dict[str, Any] | None) -> bool:
    """Whether this node saves internal transactions, which is off by default and told nowhere.

    A block of the main network holds hundreds of calls, and always some that pay inside: one look
    at all results of one block shows it. Without such a sign the answer is no.
    """
    if not node.memory.get("tron_keeps_internal") and solid is not None:
        body = {"num": solid["number"]}
        try:
            answer = node.request("POST", "/wallet/gettransactioninfobyblocknum", json_body=body)
        except SourceError:  # it is extra: without it the evidence says what it can't know
            return False
        infos = answer.body if isinstance(answer.body, list) else []
        if any(isinstance(i, dict) and i.get("internal_transactions") for i in infos):
            node.memory["tron_keeps_internal"] = True
    return bool(node.memory.get("tron_keeps_internal"))


def _prove_absent(network: Network, node: Node, head: Head, tx_hash: str) -> FetchOutcome:
    """An absence, where health and history prove one."""
    head.check_fresh(node)
    check_history(node)
    solid_info = _ask_solid_info(node, tx_hash)
    if solid_info:
        return node.unhealthy("its two views disagree on whether it knows the transaction")
    text = f"blocks up to {head.height} and the pool were searched"
    beginning = int(tx_hash[:16], 16)
    if 0 < beginning <= head.height:
        text = f"this looks like the id of block {beginning}, not of a transaction"
    return Absent(network.code, tx_hash, node.label, text)


def fetch_replacement(network: Network, node: Node, seen: RawTx) -> Replacement | None:
    """Whether a transaction once seen can never be in a block any more, because it has expired.

    No block of its expiration's time or later may take it. Where such a block is solidified and a
    healthy node with the whole history knows nothing of it, it is gone for good; there is no other
    transaction that replaced it.
    """
    signed = wire.parse_signed(seen.answers.get("tx"), seen.tx_hash)
    head = ask_head(network, node)
    solid = head.solid
    if solid is None or not 0 < signed.expiration <= read_int(solid, "timestamp"):
        return None
    outcome = _fetch_one(network, node, head, seen.tx_hash)
    if isinstance(outcome, SourceError):
        raise outcome
    return Replacement(None) if isinstance(outcome, Absent) else None
