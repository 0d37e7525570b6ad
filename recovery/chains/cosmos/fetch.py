"""Asking a Cosmos node about transactions, by either API.

Knows: which questions make one look, and what proves an absence. Must not know: what the answers mean
for money (`recovery.chains.cosmos.decode`), paths and methods (`lcd`, `cometbft`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from recovery.chains.cosmos import cometbft, lcd
from recovery.chains.cosmos.decode import decode
from recovery.chains.cosmos.lcd import Head
from recovery.chains.cosmos.signed import find_signer, hash_of, parse_signed, read_base64
from recovery.chains.family import Absent, FetchOutcome, Health, RawTx
from recovery.chains.shape import garbled, read_object
from recovery.chains.sidebyside import ask_side_by_side
from recovery.chains.source import Node, RpcFault
from recovery.errors import Garbled, SourceError
from recovery.model import Replacement
from recovery.networks import Network

_AT_ONCE = 8
_NAMED = 8
"""Coins of one transaction that are asked for their names: dust comes in dozens."""


def fetch(network: Network, node: Node, hashes: Sequence[str]) -> list[FetchOutcome]:
    """One outcome per hash, in order; raises `SourceError` where the node can't be believed."""
    if not hashes:
        return []
    head = _ask_head(network, node)
    answers: Sequence[Any] = [None] * len(hashes)
    if node.api == "cometbft":
        answers = cometbft.ask_transactions(node, hashes)
    asked = list(zip(hashes, answers, strict=True))
    return ask_side_by_side(
        lambda pair: _fetch_one(network, node, head, *pair), asked, at_once=_AT_ONCE, name="cosmos"
    )


def _ask_head(network: Network, node: Node) -> Head:
    try:
        return _of(node).ask_head(network, node)  # type: ignore[no-any-return]  # either module's
    except Garbled as wrong:
        raise node.named(wrong) from None


def _of(node: Node) -> Any:
    return cometbft if node.api == "cometbft" else lcd


def _fetch_one(network: Network, node: Node, head: Head, tx_hash: str, answer: Any) -> FetchOutcome:
    try:
        if node.api == "cometbft":
            seen = _look(network, node, tx_hash, answer)
        else:
            seen = lcd.ask_transaction(network, node, tx_hash)
        if seen is None:
            return _prove_absent(network, node, head, tx_hash)
        kept = {k: v for k, v in head.answer.items() if k != "status"}
        raw = RawTx(network.code, tx_hash, node.api, node.label, node.now(), {"head": kept, **seen})
        return _with_names(network, node, raw) if node.api == "lcd" else raw
    except Garbled as wrong:
        return node.named(wrong)
    except SourceError as failed:
        return failed


def _look(network: Network, node: Node, tx_hash: str, answer: Any) -> dict[str, Any] | None:
    """A transaction that leaves the pool for a block between two questions is asked for again."""
    if answer is cometbft.UNKNOWN:
        pending = cometbft.find_pending(node, tx_hash)
        if pending is not None:
            return {"bytes": pending}
        (answer,) = cometbft.ask_transactions(node, [tx_hash])
        if answer is cometbft.UNKNOWN:
            return None
    return cometbft.read_transaction(network, node, tx_hash, answer)


def _with_names(network: Network, node: Node, raw: RawTx) -> RawTx:
    """What IBC coins are called where they come from; the RPC can't tell."""
    assets = (t.asset.partition("/ibc:")[2] for t in decode(network, raw).transfers)
    vouchers = list(dict.fromkeys(filter(None, assets)))[:_NAMED]
    if not vouchers:
        return raw
    names = lcd.ask_names(node, vouchers)
    answers = {**raw.answers, "names": names}
    return RawTx(raw.network, raw.tx_hash, raw.api, raw.source, raw.at, answers)


def _prove_absent(network: Network, node: Node, head: Head, tx_hash: str) -> Absent:
    """Raises `Unhealthy` where the node's word is no proof."""
    _of(node).check_history(network, node, head)
    text = f"blocks {network.parameters['first_height']} to {head.height} were searched"
    return Absent(network.code, tx_hash, node.label, text)


def fetch_health(network: Network, node: Node) -> Health:
    """What the node says of itself; raises where it is on another chain, behind or without index."""
    try:
        return _of(node).fetch_health(network, node)  # type: ignore[no-any-return]  # either module's
    except Garbled as wrong:
        raise node.named(wrong) from None


def fetch_replacement(network: Network, node: Node, seen: RawTx) -> Replacement | None:
    """Whether a transaction once seen can never be committed, and because of which other.

    Another one of the same signer used its sequence; or its last height is past, on a node that
    keeps the whole chain and does not know it.
    """
    signed = parse_signed(read_base64(seen.answers.get("bytes"), "the transaction"), seen.tx_hash)
    head = _ask_head(network, node)
    (outcome,) = fetch(network, node, [seen.tx_hash])
    if isinstance(outcome, SourceError):
        raise outcome
    if not isinstance(outcome, Absent):
        return None
    signer = find_signer(signed.messages[0])
    if signer is not None and signed.sequence:
        other = _find_same_sequence(node, f"tx.acc_seq='{signer}/{signed.sequence}'")
        if other is not None:
            return Replacement(other)
    if 0 < signed.timeout_height < head.height:
        return Replacement(None)
    return None


def _find_same_sequence(node: Node, query: str) -> str | None:
    """The committed transaction whose signature events name this account and sequence."""
    if node.api == "cometbft":
        wanted = {"query": query, "prove": False, "page": "1", "per_page": "1", "order_by": "asc"}
        answer = node.rpc("tx_search", wanted)
        if isinstance(answer, RpcFault):
            raise node.unhealthy(f"tx_search: {answer.message} {str(answer.data or '')[:200]}")
        txs = read_object(answer, "tx_search").get("txs")
        name = "hash"
    else:
        found = lcd.ask_offered(node, "/cosmos/tx/v1beta1/txs", {"query": query, "limit": 1})
        txs, name = found.get("tx_responses"), "txhash"
    if not isinstance(txs, list):
        raise garbled("a search was not answered with a list")
    if not txs:
        return None
    if name == "hash":
        raw = read_base64(read_object(txs[0], "a transaction").get("tx"), "a transaction")
        return hash_of(raw)
    found_hash = read_object(txs[0], "a transaction").get(name)
    if not isinstance(found_hash, str):
        raise garbled("a found transaction has no hash")
    return found_hash.upper()
