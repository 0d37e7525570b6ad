"""Asking toncenter about hashes: transaction, message or trace, and what its tokens are.

Knows: which calls find a hash, and what proves an absence. Must not know: what the answers mean for
money (`recovery.chains.ton.decode`).

v2 finds a transaction by account and logical time only: it can neither find a bare hash nor prove
that one does not exist, and says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from recovery.chains.family import Absent, FetchOutcome, Health, RawTx
from recovery.chains.shape import Json, read_object
from recovery.chains.sidebyside import ask_side_by_side
from recovery.chains.source import Node
from recovery.chains.ton.ask import NotOffered, ask_head, ask_list, post
from recovery.chains.ton.cells import print_address_boc
from recovery.chains.ton.codec import format_raw
from recovery.chains.ton.decode import Look, read_look
from recovery.chains.ton.rows import Row, print_hash, read_account, read_row
from recovery.chains.ton.trace import Part, part_of
from recovery.errors import Garbled, SourceError
from recovery.networks import Network

_AT_ONCE = 8
_MOST_CONTRACTS = 60
"""Token contracts asked for one trace: a batch pays more rarely, and then its parts are asked alone."""

_SHARD = "8000000000000000"


def fetch(network: Network, node: Node, hashes: Sequence[str]) -> list[FetchOutcome]:
    """One outcome per hash, in order; raises `SourceError` where the endpoint can't be believed."""
    if not hashes:
        return []
    head, health = ask_head(network, node)
    if node.api == "toncenter-v2":
        text = "this API finds no transaction by its hash alone; toncenter-v3 does"
        return [node.unhealthy(text) for _ in hashes]
    return ask_side_by_side(
        lambda h: _fetch_one(network, node, head, health, h), hashes, at_once=_AT_ONCE, name="ton"
    )


def _fetch_one(
    network: Network, node: Node, head: Json, health: Health, tx_hash: str
) -> FetchOutcome:
    try:
        found = _find(node, tx_hash)
        if found is None:
            return _absent(network, node, health, tx_hash)
        answers: dict[str, Any] = {"head": head, "asked": tx_hash, **found}
        look = read_look(answers, tx_hash)
        answers |= _ask_contracts(node, look)
        height = look.subject.row.mc_seqno
        if height is not None:
            answers["block"] = _ask_block(node, height)
    except Garbled as wrong:
        return node.named(wrong)
    except SourceError as failed:
        return failed
    except NotOffered as missing:
        return node.unhealthy(f"it does not have the call {missing}: no index of transactions")
    found_hash = look.subject.row.hash
    return RawTx(network.code, found_hash, node.api, node.label, node.now(), answers)


def _find(node: Node, tx_hash: str) -> dict[str, Any] | None:
    """The trace that the hash belongs to, by every name a trace has; None where nobody knows it."""
    asked = print_hash(tx_hash)
    rows = ask_list(node, "transactions", "transactions", {"hash": asked})
    if len(rows) > 1:
        raise node.garbled("several transactions of one hash")
    if rows:
        row = read_row(rows[0])
        if row.hash != tx_hash:
            raise node.garbled("it answered with another transaction")
        return _with_trace(node, rows[0], row)
    trace = _ask_trace(node, {"tx_hash": asked})
    if trace is not None:
        return {"trace": trace}
    told = _ask_by_message(node, asked)
    if told is not None:
        return _with_trace(node, told, read_row(told))
    # the index knows a message by its normal form too (TEP-467)
    trace = _ask_trace(node, {"msg_hash": asked}) or _ask_pending(node, asked)
    return None if trace is None else {"trace": {**trace, "asked_message": asked}}


def _with_trace(node: Node, told: Json, row: Row) -> dict[str, Any]:
    """A transaction with its trace; a payment that stands alone can do without."""
    try:
        trace = _ask_trace(node, {"tx_hash": print_hash(row.hash)})
    except NotOffered:
        trace = None
    if trace is not None and not trace.get("warning"):
        return {"tx": told, "trace": trace}
    # without a trace, or with one "too large" to be given
    if part_of(row) in (Part.START, Part.STEP, Part.NOTICE):
        raise node.unhealthy("it knows the transaction and does not keep its trace")
    return {"tx": told}


def _ask_trace(node: Node, query: dict[str, str | int]) -> Json | None:
    traces = ask_list(node, "traces", "traces", query)
    return read_object(traces[0], "a trace") if traces else None


def _ask_by_message(node: Node, asked: str) -> Json | None:
    """The transaction that a message set off, or the one that sent it."""
    rows = ask_list(node, "transactionsByMessage", "transactions", {"msg_hash": asked})
    by_role = sorted(rows, key=lambda told: not _receives(told, asked))
    return read_object(by_role[0], "a transaction") if by_role else None


def _receives(told: Any, asked: str) -> bool:
    message = told.get("in_msg") if isinstance(told, dict) else None
    return isinstance(message, dict) and message.get("hash") == asked


def _ask_pending(node: Node, asked: str) -> Json | None:
    """What the node predicts of a message that no block has taken yet. It says 404 where there is none,
    and builds before 2026 say so always."""
    try:
        traces = ask_list(node, "pendingTraces", "traces", {"ext_msg_hash": asked})
    except NotOffered:
        return None
    return read_object(traces[0], "a trace") if traces else None


def _absent(network: Network, node: Node, health: Health, tx_hash: str) -> FetchOutcome:
    if health.history != "full":
        return node.unhealthy(
            f"its index begins with block {health.oldest}, and can't prove an absence"
        )
    text = f"transactions, messages and traces up to block {health.height} were searched"
    return Absent(network.code, tx_hash, node.label, text)


def _ask_block(node: Node, height: int) -> Json | None:
    """The masterchain block, for its hash; None where the endpoint does not serve blocks."""
    query: dict[str, str | int] = {"workchain": -1, "shard": _SHARD, "seqno": height}
    try:
        blocks = ask_list(node, "blocks", "blocks", query)
    except NotOffered:
        return None
    if not blocks:
        raise node.unhealthy(f"it does not show the block {height} of the transaction")
    return read_object(blocks[0], "a block")


def _ask_contracts(node: Node, look: Look) -> dict[str, Any]:
    """What the index knows of the jetton wallets, masters and NFTs that the evidence names."""
    answers: dict[str, Any] = {"wallets": {}, "masters": {}, "items": {}, "derived": {}}
    subject = look.subject
    for row in (subject.row, *subject.elsewhere[:_MOST_CONTRACTS]):
        name, part = format_raw(row.account), part_of(row)
        if part is Part.NFT and name not in answers["items"]:
            answers["items"][name] = _ask_first(node, "nft/items", "nft_items", name)
        if part is not Part.TOKEN or name in answers["wallets"]:
            continue
        wallet = _ask_first(node, "jetton/wallets", "jetton_wallets", name)
        answers["wallets"][name] = wallet
        if wallet is None:
            continue
        master = format_raw(read_account(wallet.get("jetton"), "a jetton wallet's master"))
        if master not in answers["masters"]:
            answers["masters"][master] = _ask_first(
                node, "jetton/masters", "jetton_masters", master
            )
        if row is subject.row:
            _ask_derived(node, answers["derived"], name, wallet, master)
    return answers


def _ask_first(node: Node, call: str, listed: str, address: str) -> Json | None:
    try:
        rows = ask_list(node, call, listed, {"address": address})
    except NotOffered:
        return None
    return read_object(rows[0], listed) if rows else None


def _ask_derived(node: Node, derived: dict[str, Any], wallet: str, told: Json, master: str) -> None:
    """Which wallet the master itself derives for the owner. An answer that fails leaves a gap."""
    owner = read_account(told.get("owner"), "a jetton wallet's owner")
    stack = [{"type": "slice", "value": print_address_boc(owner)}]
    body = {"address": master, "method": "get_wallet_address", "stack": stack}
    try:
        derived[wallet] = post(node, "runGetMethod", body)
    except NotOffered:
        return
    except SourceError:
        derived[wallet] = None
