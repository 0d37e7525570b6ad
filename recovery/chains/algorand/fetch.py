"""Asking for Algorand transactions by id, and what proves that one is unknown.

Knows: which calls answer which question on either API. Must not know: what the answers mean for
money (`recovery.chains.algorand.decode`).

Only an indexer with the whole chain can prove an absence: algod forgets after 1000 rounds. There are
no batches; several transactions are asked side by side.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from recovery.chains.algorand.answer import (
    Txn,
    read_asset_ids,
    read_count,
    read_indexed,
    read_pooled,
)
from recovery.chains.algorand.ask import Head, ask, ask_head, ask_header, ask_known, keeps_all
from recovery.chains.family import Absent, FetchOutcome, RawTx
from recovery.chains.shape import read_object
from recovery.chains.sidebyside import ask_side_by_side
from recovery.chains.source import Node
from recovery.errors import Garbled, SourceError
from recovery.model import Replacement
from recovery.networks import Network

_AT_ONCE = 8
_NOT_INDEXED = "no transaction found for transaction id"
_NOT_POOLED = "could not find the transaction"
_NO_ASSET = "no assets found for asset-id"
_NO_ASSET_HERE = "asset does not exist"


def fetch(network: Network, node: Node, hashes: Sequence[str]) -> list[FetchOutcome]:
    """One outcome per id, in order; raises `SourceError` where the node can't be believed."""
    if not hashes:
        return []
    head = ask_head(network, node)
    return ask_side_by_side(
        lambda h: _fetch_one(network, node, head, h), hashes, at_once=_AT_ONCE, name="algorand"
    )


def _fetch_one(network: Network, node: Node, head: Head, tx_hash: str) -> FetchOutcome:
    ask_one = _ask_pool if node.api == "algod" else _ask_index
    try:
        answers = ask_one(network, node, head, tx_hash)
        if answers is None:
            return _prove_absent(network, node, head, tx_hash)
    except Garbled as wrong:
        return node.named(wrong)
    except SourceError as failed:
        return failed
    return RawTx(network.code, tx_hash, node.api, node.label, node.now(), answers)


def _ask_index(network: Network, node: Node, head: Head, tx_hash: str) -> dict[str, Any] | None:
    answer = ask(node, f"/v2/transactions/{tx_hash}", missing=_NOT_INDEXED)
    if answer is None:
        return None
    tx = read_object(answer.get("transaction"), "transaction")
    answers: dict[str, Any] = {"tx": answer}
    height = read_count(tx.get("confirmed-round"), "confirmed-round")
    if height < head.round:  # a block's hash stands in the next one
        answers["next"] = ask_header(network, node, height + 1)
    answers["assets"] = _ask_assets(network, node, read_indexed(network, tx))
    return answers


def _ask_pool(network: Network, node: Node, head: Head, tx_hash: str) -> dict[str, Any] | None:
    answer = ask(node, f"/v2/transactions/pending/{tx_hash}", missing=_NOT_POOLED)
    if answer is None:
        return None
    answers: dict[str, Any] = {"tx": answer, "status": head.answers["status"]}
    height = read_count(answer.get("confirmed-round", 0), "confirmed-round")
    if height > head.round:
        head = ask_head(network, node)  # it came into a block while it was asked for
        answers["status"] = head.answers["status"]
    if height:
        answers["block"] = ask_known(node, f"/v2/blocks/{height}", {"header-only": "true"})
        answers["hash"] = ask_known(node, f"/v2/blocks/{height}/hash")
    answers["assets"] = _ask_assets(network, node, read_pooled(network, answer))
    return answers


def _ask_assets(network: Network, node: Node, txn: Txn) -> dict[str, Any]:
    """What each asset says of itself; a destroyed one may be unknown."""
    found = {}
    for number in read_asset_ids(network, txn):
        missing = _NO_ASSET_HERE if node.api == "algod" else _NO_ASSET
        query: dict[str, str | int] | None = (
            None if node.api == "algod" else {"include-all": "true"}
        )
        answer = ask(node, f"/v2/assets/{number}", query, missing=missing)
        if answer is not None:
            found[str(number)] = answer
    return found


def _prove_absent(network: Network, node: Node, head: Head, tx_hash: str) -> FetchOutcome:
    if node.api == "algod":
        return node.unhealthy(
            "algod looks back 1000 rounds and can't prove an absence; add an indexer"
        )
    if not keeps_all(node):
        return node.unhealthy("it does not keep the whole chain, and can't prove an absence")
    return Absent(network.code, tx_hash, node.label, f"rounds up to {head.round} were searched")


def fetch_replacement(network: Network, node: Node, seen: RawTx) -> Replacement | None:
    """Whether a transaction once seen in the pool is gone for good: its last round is over.

    No later round may take it. An indexer beyond that round with the whole chain, which does not
    know it, shows that it never happened; no other transaction took its place.
    """
    if seen.api != "algod":
        return None
    last = read_pooled(network, seen.answers["tx"]).last
    head = ask_head(network, node)
    if head.round <= last:
        return None
    outcome = _fetch_one(network, node, head, seen.tx_hash)
    if isinstance(outcome, SourceError):
        raise outcome
    return Replacement(None) if isinstance(outcome, Absent) else None
