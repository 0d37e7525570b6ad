"""How Solana is scanned: every finalized block, by the accounts and the owners of token accounts that it names.

Knows: slots without blocks, the blocks' links, the short form of a block. Must not know: what an instruction moved:
the evidence of its transaction says so.

Every depositor has an account of his own, and tokens come to accounts that only name him as their owner. A block in
the form ``accounts`` holds both without instructions and logs: half its bytes. Blocks are asked for one by one, since
providers count the calls of a batch, and the bytes are what takes time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from recovery.chains.scan import Hit, Hits, Pass, Scan, Tip, Watch, Window
from recovery.chains.shape import Json, garbled, read_list, read_object, read_text
from recovery.chains.solana.answer import read_key, read_time, read_u64
from recovery.chains.solana.fetch import ask_head, unfault
from recovery.chains.source import Node, RpcFault
from recovery.errors import Garbled
from recovery.model import Note
from recovery.networks import Network

_FINALIZED = {"commitment": "finalized"}
_LINKS = {
    "transactionDetails": "none",
    "rewards": False,
    "commitment": "finalized",
    "maxSupportedTransactionVersion": 0,
}
_ACCOUNTS = _LINKS | {"encoding": "json", "transactionDetails": "accounts"}
_BEHIND = 32
"""Slots after a window among which the next block usually is: it proves that the window's last slots had none."""

_REWARDS = Note("block_rewards", "what a block pays without a transaction, as rewards of staking")
_OWNERS = Note(
    "token_owners",
    "the node does not say who owns the token accounts of some old transactions: tokens that came to"
    " an account of ours were not seen there",
)


@dataclass(frozen=True, slots=True)
class _Tx:
    """A transaction of a block, and every account and owner that it names."""

    signature: str
    slot: int
    time: datetime | None
    named: frozenset[str]
    tells_owners: bool


def fetch_final(network: Network, node: Node) -> Tip:
    """The newest finalized slot; raises `Unhealthy` where the node must not be believed."""
    head = ask_head(network, node)
    return Tip(head.slot, "", head.time)


def plan_passes(network: Network) -> tuple[Pass, ...]:
    return (
        Pass(
            "blocks", fetch_hits=fetch_hits, window=20, overlap=50, first_look=network.blocks_a_day
        ),
    )


def fetch_hits(network: Network, node: Node, window: Window, watch: Watch) -> Hits:
    """Every transaction of the window that names one of ours."""
    try:
        return _look(network, node, window, watch)
    except Garbled as wrong:
        raise node.named(wrong) from None


def _look(network: Network, node: Node, window: Window, watch: Watch) -> Hits:
    head = ask_head(network, node)
    if window.last > head.slot:
        raise node.unhealthy(f"it has finalized slot {head.slot}, asked for {window.last}")
    if window.first < head.first:
        raise node.unhealthy(f"it keeps the blocks from {head.first} on only")
    hits: list[Hit] = []
    seen, tells_owners = 0, True
    for txs in _walk(node, window):
        hits += [Hit(tx.signature, tx.slot, tx.time) for tx in _find_ours(txs, watch)]
        tells_owners = tells_owners and all(tx.tells_owners for tx in txs)
        seen += len(txs)
    gaps = (_REWARDS,) if tells_owners else (_REWARDS, _OWNERS)
    return Hits(tuple(hits), window, ("getBlocks", "getBlock"), gaps, seen)


def _walk(node: Node, window: Window) -> Iterator[list[_Tx]]:
    """The transactions of each block of the window.

    A slot has a block or none, and the list of slots is no proof: every block names the one below it, from
    the first one, which is built on one below the window, to the first behind it.
    """
    told = unfault(node, node.rpc("getBlocks", (window.first, window.last + _BEHIND, _FINALIZED)))
    slots = [read_u64(slot, "a slot") for slot in read_list(told, "getBlocks")]
    if slots != sorted(set(slots)) or any(slot < window.first for slot in slots):
        raise node.garbled("getBlocks does not list slots in their order")
    within = [slot for slot in slots if slot <= window.last]
    below: tuple[int, str] | None = None
    for slot in within:
        block = _ask_block(node, slot)
        _check_link(node, window, slot, block, below)
        below = (slot, read_key(block.get("blockhash"), "blockhash"))
        yield _read_txs(slot, block)
    if not within or within[-1] < window.last:
        after = next(iter(slots[len(within) :]), None) or _ask_next(node, window.last)
        links = unfault(node, node.rpc("getBlock", (after, _LINKS)))
        _check_link(node, window, after, read_object(links, f"block {after}"), below)


def _ask_next(node: Node, last: int) -> int:
    """The first slot with a block behind one that has none."""
    told = unfault(node, node.rpc("getBlocksWithLimit", (last + 1, 1, _FINALIZED)))
    slots = [read_u64(slot, "a slot") for slot in read_list(told, "getBlocksWithLimit")]
    if len(slots) != 1 or slots[0] <= last:
        raise node.unhealthy(f"it shows no block behind slot {last}, which has none")
    return slots[0]


def _check_link(
    node: Node, window: Window, slot: int, block: Json, below: tuple[int, str] | None
) -> None:
    parent = read_u64(block.get("parentSlot"), "parentSlot")
    parent_hash = read_key(block.get("previousBlockhash"), "previousBlockhash")
    if below is None:
        if parent >= window.first and slot:
            raise node.unhealthy(f"it lacks block {parent}, on which {slot} is built")
    elif (parent, parent_hash) != below:
        raise node.unhealthy(f"it lacks a block between {below[0]} and {slot}")


def _ask_block(node: Node, slot: int) -> Json:
    """A block that the node itself listed: that it is not there is never "empty"."""
    answer = node.rpc_bytes("getBlock", (slot, _ACCOUNTS))
    if isinstance(answer, RpcFault):
        unfault(node, answer)
        raise AssertionError("unfault raises")
    try:
        document = orjson.loads(answer)
    except orjson.JSONDecodeError:
        raise node.garbled(f"block {slot} is no JSON, or cut") from None
    return read_object(read_object(document, "the answer").get("result"), f"block {slot}")


def _read_txs(slot: int, block: Json) -> list[_Tx]:
    time = read_time(block.get("blockTime"))
    return [_read_tx(slot, time, v) for v in read_list(block.get("transactions"), "transactions")]


def _read_tx(slot: int, time: datetime | None, value: Any) -> _Tx:
    answer = read_object(value, "a transaction")
    transaction = read_object(answer.get("transaction"), "transaction")
    meta = read_object(answer.get("meta"), "meta")
    signatures = read_list(transaction.get("signatures"), "signatures")
    if not signatures:
        raise garbled("no signature")
    keys = read_list(transaction.get("accountKeys"), "accountKeys")
    named = {read_text(read_object(key, "an account").get("pubkey"), "pubkey") for key in keys}
    owners = [
        read_object(entry, "a token balance").get("owner")
        for name in ("preTokenBalances", "postTokenBalances")
        for entry in read_list(meta.get(name) or [], name)
    ]
    named |= {read_text(owner, "owner") for owner in owners if owner is not None}
    signature = read_text(signatures[0], "the signature")
    return _Tx(signature, slot, time, frozenset(named), None not in owners)


def _find_ours(txs: Sequence[_Tx], watch: Watch) -> list[_Tx]:
    """Those that name a watched key; the watch set is asked once for a block."""
    from recovery.chains.solana.keys import decode_keys  # numpy: who scans pays for it

    named = sorted(frozenset[str]().union(*(tx.named for tx in txs)))
    if not named:
        return []
    marks = watch.mark_held("ed25519", decode_keys(named))
    ours = {name for name, held in zip(named, marks.tolist(), strict=True) if held}
    return [tx for tx in txs if not ours.isdisjoint(tx.named)]


SCAN = Scan(fetch_final=fetch_final, plan_passes=plan_passes)
