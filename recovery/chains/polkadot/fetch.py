"""Asking for extrinsics by their place or, where the source has an index, by hash.

Knows: which calls answer which question, what proves an absence. Must not know: what the answers
mean for money (`recovery.chains.polkadot.decode`).

No node looks up an extrinsic by its hash, and sidecar neither: only an indexer as Subscan does.
"""

from __future__ import annotations

from collections.abc import Sequence

from recovery.chains.family import Absent, FetchOutcome, RawTx
from recovery.chains.polkadot.answer import read_count
from recovery.chains.polkadot.ask import Head, ask, ask_head, ask_subscan, own
from recovery.chains.polkadot.decode import split_name
from recovery.chains.polkadot.sidecar import (
    count_extrinsics,
    read_events,
    read_extrinsic,
    read_number,
)
from recovery.chains.shape import Json
from recovery.chains.sidebyside import ask_side_by_side
from recovery.chains.source import Node
from recovery.errors import Garbled, SourceError
from recovery.networks import Network

_AT_ONCE = 8
_SOON = 60
"""Blocks above the head that may be made within minutes, or another node has already."""


def can_look_up(network: Network, node: Node, tx_hash: str) -> bool:
    """Whether the source can find this spelling at all: sidecar needs the place in the chain."""
    return node.api == "subscan" or not tx_hash.startswith("0x")


def fetch(network: Network, node: Node, hashes: Sequence[str]) -> list[FetchOutcome]:
    """One outcome per hash or place, in order; raises `SourceError` for a source not believed."""
    if not hashes:
        return []
    head = ask_head(network, node)
    return ask_side_by_side(
        lambda h: _fetch_one(network, node, head, h), hashes, at_once=_AT_ONCE, name="polkadot"
    )


def _fetch_one(network: Network, node: Node, head: Head, tx_hash: str) -> FetchOutcome:
    ask_one = _ask_subscan if node.api == "subscan" else _ask_sidecar
    try:
        return ask_one(network, node, head, tx_hash)
    except Garbled as wrong:
        return own(node, wrong)
    except SourceError as failed:
        return failed


def _ask_sidecar(network: Network, node: Node, head: Head, tx_hash: str) -> FetchOutcome:
    if not can_look_up(network, node, tx_hash):
        return node.unhealthy("sidecar finds extrinsics by place (12345678-2), not by hash")
    height, index = split_name(tx_hash)
    if height > head.height:
        return _above(network, node, head, tx_hash)
    block = ask(node, f"/blocks/{height}")
    if read_number(block) != height:
        return node.garbled("it answered with another block")
    count = count_extrinsics(block)
    if index >= count:
        text = f"block {height} has {count} extrinsics; the relay chain counts its own blocks"
        return Absent(network.code, tx_hash, node.label, text)
    answers = head.answers | {"block": block, "assets": _ask_assets(node, block, index)}
    return RawTx(network.code, tx_hash, node.api, node.label, node.now(), answers)


def _above(network: Network, node: Node, head: Head, tx_hash: str) -> FetchOutcome:
    height, _ = split_name(tx_hash)
    if height <= head.height + _SOON:
        return node.unhealthy(f"block {height} is just above its newest, {head.height}")
    text = f"the newest block is {head.height}; the relay chain counts its own blocks"
    return Absent(network.code, tx_hash, node.label, text)


def _ask_assets(node: Node, block: Json, index: int) -> dict[str, Json]:
    """What the tokens of ``assets`` that moved say of themselves."""
    found: dict[str, Json] = {}
    for event in read_events(read_extrinsic(block, index)):
        if event.pallet == "assets" and event.name in ("Transferred", "Issued") and event.data:
            number = str(read_count(event.data[0], "an asset's number"))
            if number not in found:
                found[number] = ask(node, f"/pallets/assets/{number}/asset-info")
    return found


def _ask_subscan(network: Network, node: Node, head: Head, tx_hash: str) -> FetchOutcome:
    by_hash = tx_hash.startswith("0x")
    body = {"hash": tx_hash} if by_hash else {"extrinsic_index": tx_hash}
    answer = ask_subscan(node, "/api/scan/extrinsic", body)
    if answer is None:
        if not by_hash and split_name(tx_hash)[0] > head.height:
            return _above(network, node, head, tx_hash)
        if node.history == "recent":
            return node.unhealthy("it does not keep the whole chain, and can't prove an absence")
        text = f"blocks up to {head.height} were searched"
        return Absent(network.code, tx_hash, node.label, text)
    answers = head.answers | {"extrinsic": answer}
    return RawTx(network.code, tx_hash, node.api, node.label, node.now(), answers)
