"""How Vaulta is scanned: the transfers shown to each account, by Hyperion's index.

Knows: pages of ``get_actions``, and that the index must hold the whole stretch. Must not know: what an action
paid to whom.

Deposits share a few accounts, told apart by their memos. An action stands under every account that its contract
notified; a standard token notifies the recipient. nodeos alone lists no account's actions.
"""

from __future__ import annotations

from typing import Any

from recovery.chains.antelope.actions import read_number
from recovery.chains.antelope.codec import format_address
from recovery.chains.antelope.decode import parse_moment
from recovery.chains.antelope.fetch import WIDEST_LAG, Head, ask_head, fetch_health
from recovery.chains.scan import Arrivals, Hit, Pass, Scan, Tip
from recovery.chains.shape import read_object, step_back
from recovery.chains.source import Node
from recovery.chains.stretch import Stretch, begin_stretch, end_page
from recovery.chains.tron.wire import read_hex
from recovery.model import AddressKey, Note
from recovery.networks import Network

PAGE = 100
"""Actions asked for at once: what a server gives that was not told to give more."""

_UNORDERED = 20
"""Blocks below its newest that an index may still be writing: its writers work side by side."""

_LAST_SEQUENCE = 2**63 - 1
_METHOD = "/v2/history/get_actions"
_UNSHOWN = Note(
    "unnotified_transfers",
    "tokens whose contract does not notify the recipient are listed under no account of ours",
)


def fetch_final(network: Network, node: Node) -> Tip:
    """The last irreversible block that the index has surely taken in: a minute behind its newest."""
    _check_lists(node)
    fetch_health(network, node)
    head = ask_head(network, node)
    height = max(min(head.irreversible, _read_indexed(head)) - WIDEST_LAG, 0)
    behind = network.block_milliseconds * (head.height - height)
    return Tip(height, "", step_back(head.time, behind))


def plan_passes(network: Network) -> tuple[Pass, ...]:
    return (Pass("accounts", fetch_arrivals=fetch_arrivals, first_look=network.blocks_a_day),)


def fetch_arrivals(  # noqa: PLR0917 - the scan's interface
    network: Network, node: Node, key: AddressKey, after: str | None, since: int, tip: Tip
) -> Arrivals:
    """One page of an account's transfers; only an empty page is the last, whatever a server gives at most."""
    stretch = begin_stretch(after, since, tip)
    account = format_address(network, key)
    if account is None or stretch.is_empty:
        return end_page(stretch, tip, (), following="", method=_METHOD)
    _check_lists(node)
    _check_holds(network, node, stretch)
    begin = int(stretch.place or 0)
    query: dict[str, str | int] = {
        "account": account,
        "filter": "*:transfer",
        "block_num": f"{stretch.first}-{stretch.last}",
        "global_sequence": f"{begin}-{_LAST_SEQUENCE}",
        "sort": "asc",
        "limit": PAGE,
    }
    answer = node.fetch_json(_METHOD, query)
    if answer.status != 200:
        raise node.unhealthy(f"{_METHOD}: HTTP {answer.status} {answer.text[:120]}")
    page = read_object(answer.body, "the page")
    actions = page.get("actions")
    if not isinstance(actions, list):
        raise node.garbled("a page without a list of actions")
    hits = []
    last = begin - 1
    for item in actions:
        sequence, hit = _read_hit(node, item, stretch)
        if sequence <= last:
            raise node.garbled(f"{_METHOD}: action {sequence} stands behind {last}")
        last = sequence
        hits.append(hit)
    following = str(last + 1) if actions else ""
    return end_page(
        stretch,
        tip,
        hits,
        following=following,
        method=_METHOD,
        gaps=(_UNSHOWN,),
        seen=len(actions),
    )


def _read_hit(node: Node, item: Any, stretch: Stretch) -> tuple[int, Hit]:
    action = read_object(item, "an action")
    height = read_number(action.get("block_num"), "block_num")
    if not stretch.first <= height <= stretch.last:
        raise node.garbled(f"{_METHOD}: an action of block {height}, which was not asked for")
    tx_hash = read_hex(action.get("trx_id"), "trx_id")
    if len(tx_hash) != 32:
        raise node.garbled(f"{_METHOD}: an action of no transaction")
    time = parse_moment(action.get("@timestamp", action.get("timestamp")))
    sequence = read_number(action.get("global_sequence"), "global_sequence")
    return sequence, Hit(tx_hash.hex(), height, time)


def _check_lists(node: Node) -> None:
    if node.api != "hyperion":
        raise node.unhealthy("nodeos lists no account's actions: the scan needs a Hyperion server")


def _read_indexed(head: Head) -> int:
    told = read_object((head.index or {}).get("service_data"), "the index' data")
    return read_number(told.get("last_indexed_block"), "last_indexed_block")


def _check_holds(network: Network, node: Node, stretch: Stretch) -> None:
    """The index is in step, without holes, and begins at or below the stretch; asked once for each stretch."""
    if node.memory.get("antelope_scanned") == (stretch.first, stretch.last):
        return
    health = fetch_health(network, node)
    if _read_indexed(ask_head(network, node)) - _UNORDERED < stretch.last:
        raise node.unhealthy(f"its index may end below block {stretch.last}")
    if health.oldest is not None and health.oldest > stretch.first:
        raise node.unhealthy(f"its index begins at {health.oldest}, asked from {stretch.first}")
    node.memory["antelope_scanned"] = (stretch.first, stretch.last)


SCAN = Scan(fetch_final=fetch_final, plan_passes=plan_passes)
