"""How TON is scanned: the histories of each account, by toncenter's ``transactions`` and transfer lists.

Knows: windows of time, pages by offset, how blocks and times belong together. Must not know: what a transaction
paid to whom.

Coins arrive in the account's own transactions. Jettons and NFTs arrive at other contracts and need not touch the
owner's account at all (no notification): they have lists of their own, by owner. A transfer's row names a
transaction of its trace, from which the evidence finds where the value arrived. An exchange's deposits share a
few accounts, told apart by their comments. v2 finds no transaction by its hash and can't be scanned.

A shard's block may be older than the masterchain block that counts it: every stretch begins a minute early.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from recovery.chains.scan import Arrivals, Hit, Pass, Scan, Tip
from recovery.chains.shape import read_moment, read_object
from recovery.chains.source import Node
from recovery.chains.stretch import Stretch, begin_stretch, end_page
from recovery.chains.ton.ask import NotOffered, ask_head, ask_list
from recovery.chains.ton.codec import format_raw
from recovery.chains.ton.rows import read_count, read_hash
from recovery.model import AddressKey
from recovery.networks import Network

PAGE = 1000
"""The most that toncenter gives at once."""

_EARLIER_SECONDS = 60
_SHARD = "8000000000000000"


@dataclass(frozen=True, slots=True)
class _List:
    """A call by account: its name, its list's, the account's parameter, and the rows' fields."""

    call: str
    rows: str
    account: str
    hash: str
    time: str
    extra: Mapping[str, str]


_COINS = _List("transactions", "transactions", "account", "hash", "now", {})
_JETTONS = _List(
    "jetton/transfers",
    "jetton_transfers",
    "owner_address",
    "transaction_hash",
    "transaction_now",
    {"direction": "in"},
)
_NFTS = _List(
    "nft/transfers",
    "nft_transfers",
    "owner_address",
    "transaction_hash",
    "transaction_now",
    {"direction": "in"},
)


def fetch_final(network: Network, node: Node) -> Tip:
    """The newest masterchain block: what it counts is final."""
    _check_finds(node)
    _, health = ask_head(network, node)
    return Tip(health.height, "", health.time)


def plan_passes(network: Network) -> tuple[Pass, ...]:
    return tuple(
        Pass(
            name,
            fetch_arrivals=functools.partial(_fetch_arrivals, asked),
            first_look=network.blocks_a_day,
        )
        for name, asked in (("coins", _COINS), ("jettons", _JETTONS), ("nfts", _NFTS))
    )


def _fetch_arrivals(  # noqa: PLR0917  the interface's order
    asked: _List,
    network: Network,
    node: Node,
    key: AddressKey,
    after: str | None,
    since: int,
    tip: Tip,
) -> Arrivals:
    """One page of one list, oldest first; an empty page ends it, a short one does not."""
    _check_finds(node)
    stretch = begin_stretch(after, since, tip)
    if key.scheme != "ton" or stretch.is_empty:
        return end_page(stretch, tip, (), following="", method=asked.call)
    _check_holds(network, node, stretch)
    begin, end = _ask_time(node, stretch.first) - _EARLIER_SECONDS, _ask_time(node, stretch.last)
    offset = int(stretch.place or 0)
    query: dict[str, str | int] = {
        **asked.extra,
        asked.account: format_raw(key),
        "start_utime": begin,
        "end_utime": end,
        "limit": PAGE,
        "offset": offset,
        "sort": "asc",
    }
    try:
        rows = ask_list(node, asked.call, asked.rows, query)
    except NotOffered:
        raise node.unhealthy(f"it does not have the call {asked.call}") from None
    hits = [hit for row in rows if (hit := _read_hit(node, asked, row, stretch)) is not None]
    following = str(offset + len(rows)) if rows else ""
    return end_page(stretch, tip, hits, following=following, method=asked.call, seen=len(rows))


def _read_hit(node: Node, asked: _List, value: Any, stretch: Stretch) -> Hit | None:
    """A row's transaction; None for what is predicted, or in a block after the stretch."""
    row = read_object(value, "a row")
    if row.get("emulated"):
        return None
    height = row.get("mc_block_seqno", stretch.first)
    if height is None or (isinstance(height, int) and height > stretch.last):
        return None  # the next stretch begins early enough to find it
    time = read_moment(row.get(asked.time), asked.time, until=1 << 32)
    return Hit(read_hash(row.get(asked.hash), asked.hash), height, time)


def _check_finds(node: Node) -> None:
    if node.api == "toncenter-v2":
        raise node.unhealthy("v2 finds no transaction by its hash; toncenter-v3 can be scanned")


def _check_holds(network: Network, node: Node, stretch: Stretch) -> None:
    """The index begins before the stretch and has come to its end; asked anew for a newer tip."""
    health = node.memory.get("ton_scan_health")
    if health is None or health.height < stretch.last:
        health = node.memory["ton_scan_health"] = ask_head(network, node)[1]
    if health.height < stretch.last or (health.oldest or 0) > stretch.first:
        kept = f"{health.oldest}-{health.height}"
        raise node.unhealthy(f"its index is {kept}, asked for {stretch.first}-{stretch.last}")


def _ask_time(node: Node, height: int) -> int:
    """When a masterchain block was made, in seconds since 1970."""
    times: dict[int, int] = node.memory.setdefault("ton_scan_times", {})
    if height not in times:
        query: dict[str, str | int] = {"workchain": -1, "shard": _SHARD, "seqno": height}
        try:
            blocks = ask_list(node, "blocks", "blocks", query)
        except NotOffered:
            raise node.unhealthy("it does not serve blocks") from None
        if not blocks:
            raise node.unhealthy(f"it does not have block {height}")
        block = read_object(blocks[0], "a block")
        if read_count(block, "seqno") != height:
            raise node.garbled("it answered with another block")
        if len(times) > 1_000:
            times.clear()
        told = str(block.get("gen_utime"))  # a text of digits, in older builds a number
        if not told.isdecimal():
            raise node.garbled("a block without its time")
        times[height] = int(told)
    return times[height]


SCAN = Scan(fetch_final=fetch_final, plan_passes=plan_passes)
