"""How Algorand is scanned: the history of each account, by the indexer's ``/v2/accounts/:id/transactions``.

Knows: the indexer's pages, newest first, and the round it says it knows. Must not know: what a transaction paid
to whom.

A transaction stands under every account that it or an inner transaction names: sender, receiver, what a closing
left, the victim of a clawback. Algod lists no account's transactions and can't be scanned.
"""

from __future__ import annotations

from recovery.chains.algorand.answer import read_count
from recovery.chains.algorand.ask import ask_head, ask_header, ask_known
from recovery.chains.algorand.codec import format_address
from recovery.chains.algorand.decode import read_moment
from recovery.chains.scan import Arrivals, Hit, Pass, Scan, Tip
from recovery.chains.shape import read_list, read_object, read_text
from recovery.chains.source import Node
from recovery.chains.stretch import Stretch, begin_stretch, end_page
from recovery.model import AddressKey
from recovery.networks import Network

PAGE = 1000
METHOD = "/v2/accounts/:id/transactions"


def fetch_final(network: Network, node: Node) -> Tip:
    """The newest round: a certified block is final."""
    _check_lists(node)
    head = ask_head(network, node)
    return Tip(head.round, "", head.time)


def plan_passes(network: Network) -> tuple[Pass, ...]:
    return (Pass("accounts", fetch_arrivals=fetch_arrivals, first_look=network.blocks_a_day),)


def fetch_arrivals(  # noqa: PLR0917  the interface's order
    network: Network, node: Node, key: AddressKey, after: str | None, since: int, tip: Tip
) -> Arrivals:
    """One page of an account's history; an empty page, or one without a token, ends it."""
    _check_lists(node)
    stretch = begin_stretch(after, since, tip)
    account = format_address(network, key)
    if account is None or stretch.is_empty:
        return end_page(stretch, tip, (), following="", method=METHOD)
    _check_holds(network, node, stretch)
    query: dict[str, str | int] = {
        "min-round": stretch.first,
        "max-round": stretch.last,
        "limit": PAGE,
    }
    if stretch.place:
        query["next"] = stretch.place
    page = ask_known(node, f"/v2/accounts/{account}/transactions", query)
    if read_count(page.get("current-round"), "current-round") < stretch.last:
        raise node.unhealthy(f"it is at round {page['current-round']}, asked for {stretch.last}")
    rows = read_list(page.get("transactions"), "transactions")
    hits = []
    for row in rows:
        tx = read_object(row, "a transaction")
        height = read_count(tx.get("confirmed-round"), "confirmed-round")
        if not stretch.first <= height <= stretch.last:
            raise node.garbled("a transaction of a round that was not asked for")
        time = read_moment(tx.get("round-time"), "round-time")
        hits.append(Hit(read_text(tx.get("id"), "id"), height, time))
    following = read_text(page.get("next-token", ""), "next-token") if rows else ""
    if following and following == stretch.place:
        raise node.garbled("the next page is the same page")
    return end_page(stretch, tip, hits, following=following, method=METHOD, seen=len(rows))


def _check_lists(node: Node) -> None:
    if node.api == "algod":
        raise node.unhealthy("algod lists no account's transactions; add an indexer")


def _check_holds(network: Network, node: Node, stretch: Stretch) -> None:
    """The indexer still has the first round of the stretch: it can be told to drop old ones."""
    oldest: int | None = node.memory.get("algorand_scan_oldest")
    if oldest is None or stretch.first < oldest:
        ask_header(network, node, stretch.first)
        node.memory["algorand_scan_oldest"] = stretch.first


SCAN = Scan(fetch_final=fetch_final, plan_passes=plan_passes)
