"""Asking an Esplora server (electrs and its kin).

Knows: the paths, and which answers mean absent. Must not know: what the answers are worth
(`decode_esplora`). Amounts are integers, heights and hashes plain text.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from recovery.chains.family import Absent, FetchOutcome, Health, RawTx
from recovery.chains.source import HttpAnswer, Node
from recovery.chains.utxo.chain import UtxoChain, chain_of
from recovery.chains.utxo.fetch_core import read_tip_time
from recovery.errors import SourceError
from recovery.networks import Network

_HASH_DIGITS = 64


def fetch_esplora(network: Network, node: Node, hashes: Sequence[str]) -> list[FetchOutcome]:
    """One outcome per hash, in order; raises a `SourceError` where the server can't be believed."""
    health = ask_health(chain_of(network), node)
    outcomes: dict[str, FetchOutcome] = {}
    for tx_hash in dict.fromkeys(hashes):
        try:
            outcomes[tx_hash] = _fetch_one(network, node, health, tx_hash)
        except SourceError as failure:
            outcomes[tx_hash] = failure
    return [outcomes[tx_hash] for tx_hash in hashes]


def _fetch_one(network: Network, node: Node, health: Health, tx_hash: str) -> FetchOutcome:
    answer = node.fetch_json(f"/tx/{tx_hash}")
    if answer.status == 404:
        if health.history != "full":
            return node.unhealthy("it keeps recent history only and does not know the hash")
        return Absent(network.code, tx_hash, node.label, answer.text.strip()[:200])
    tx = _json(node, answer, f"/tx/{tx_hash}")
    status = tx.get("status")
    block = None
    if isinstance(status, dict) and status.get("confirmed") is True:
        block_hash = _hash(node, str(status.get("block_hash")), "the block of the transaction")
        block = ask_json(node, f"/block/{block_hash}/status")
    raw_hex = _text(node, node.fetch_json(f"/tx/{tx_hash}/hex"), "the raw transaction")
    answers = {"tx": tx, "block": block, "tip": health.height, "hex": raw_hex}
    return RawTx(network.code, tx_hash, node.api, node.label, node.now(), answers)


def ask_health(chain: UtxoChain, node: Node) -> Health:
    """Right chain and a fresh tip; Esplora always indexes everything. Raises `Unhealthy`."""
    for height, expected in chain.known_blocks:
        answer = node.fetch_json(f"/block-height/{height}")
        if answer.status != 200 or answer.text.strip() != expected:
            raise node.unhealthy(
                f"another chain, or one too short: block {height} is {answer.text.strip()[:80]}"
            )
    height = ask_tip(node)
    tip = _hash(node, _text(node, node.fetch_json("/blocks/tip/hash"), "the tip"), "the tip")
    seconds = ask_json(node, f"/block/{tip}").get("timestamp")
    moment = read_tip_time(node, seconds)
    age = (node.now() - moment).total_seconds()
    if chain.tip_seconds is not None and age > chain.tip_seconds:
        raise node.unhealthy(f"its newest block is {age / 3600:.1f} hours old")
    return Health(height, moment, "recent" if node.history == "recent" else "full")


def ask_tip(node: Node) -> int:
    text = _text(node, node.fetch_json("/blocks/tip/height"), "the tip's height")
    if not text.isascii() or not text.isdigit():
        raise node.garbled(f"the tip's height is {text[:40]!r}")
    return int(text)


def ask_block_hash(node: Node, height: int) -> str:
    """The hash of the server's own block at a height."""
    path = f"/block-height/{height}"
    return _hash(node, _text(node, node.fetch_json(path), path), path)


def ask_json(node: Node, path: str) -> dict[str, Any]:
    return _json(node, node.fetch_json(path), path)


def _json(node: Node, answer: HttpAnswer, path: str) -> dict[str, Any]:
    if answer.status != 200:
        raise node.unhealthy(f"{path}: HTTP {answer.status} {answer.text.strip()[:120]}")
    if not isinstance(answer.body, dict):
        raise node.garbled(f"{path} was not answered with an object")
    return answer.body


def _text(node: Node, answer: HttpAnswer, what: str) -> str:
    if answer.status != 200:
        raise node.unhealthy(f"{what}: HTTP {answer.status} {answer.text.strip()[:120]}")
    return answer.text.strip()


def _hash(node: Node, text: str, what: str) -> str:
    """A hash that may stand in a path: never a server's text as it came."""
    if len(text) != _HASH_DIGITS or text.strip("0123456789abcdef"):
        raise node.garbled(f"{what} is not named by a hash: {text[:80]!r}")
    return text
