"""How the XRP Ledger is scanned: the history of each account, by ``account_tx``.

Knows: pages and markers, that a server must hold every ledger of the stretch. Must not know: what a transaction
paid to whom.

A row stands under every account that its metadata touches: payments, paths, trust lines, offers that were taken,
checks, escrows, channels, MPTs, NFTs. An exchange's deposits share a few accounts, told apart by their tags.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from recovery.chains.scan import Arrivals, Hit, Pass, Scan, Tip
from recovery.chains.shape import read_list, read_object
from recovery.chains.source import Node
from recovery.chains.stretch import Stretch, begin_stretch, end_page
from recovery.chains.xrpl.answer import read_tx
from recovery.chains.xrpl.codec import format_address
from recovery.chains.xrpl.fetch import Refused, Server, ask_server, call
from recovery.model import AddressKey
from recovery.networks import Network

PAGE = 200
"""Rows asked for at once; a server may give fewer."""


def fetch_final(network: Network, node: Node) -> Tip:
    """The last validated ledger: validation is final."""
    server = ask_server(network, node)
    ledger = server.info["validated_ledger"]
    time = node.now() - timedelta(seconds=ledger["age"])
    return Tip(server.head, str(ledger.get("hash") or ""), time)


def plan_passes(network: Network) -> tuple[Pass, ...]:
    return (Pass("accounts", fetch_arrivals=fetch_arrivals, first_look=network.blocks_a_day),)


def fetch_arrivals(  # noqa: PLR0917  the interface's order
    network: Network, node: Node, key: AddressKey, after: str | None, since: int, tip: Tip
) -> Arrivals:
    """One page of an account's history."""
    stretch = begin_stretch(after, since, tip)
    account = format_address(network, key)
    if account is None or stretch.is_empty:
        return end_page(stretch, tip, (), following="", method="account_tx")
    _check_holds(network, node, stretch)
    asked = {
        "account": account,
        "ledger_index_min": stretch.first,
        "ledger_index_max": stretch.last,
        "forward": True,
        "limit": PAGE,
    }
    if stretch.place:
        asked["marker"] = json.loads(stretch.place)
    page = _ask_page(node, asked)
    if page is None:
        return end_page(stretch, tip, (), following="", method="account_tx")
    if (page.get("ledger_index_min"), page.get("ledger_index_max")) != (
        stretch.first,
        stretch.last,
    ):
        raise node.unhealthy(f"it looked through other ledgers than {stretch.first}-{stretch.last}")
    rows = read_list(page.get("transactions"), "transactions")
    hits = [_read_hit(node, row, stretch) for row in rows]
    marker = page.get("marker")
    if marker is None:
        return end_page(stretch, tip, hits, following="", method="account_tx", seen=len(rows))
    following = json.dumps(marker, sort_keys=True)
    if following == stretch.place:
        raise node.garbled("account_tx: the next page is the same page")
    return end_page(stretch, tip, hits, following=following, method="account_tx", seen=len(rows))


def _ask_page(node: Node, asked: dict[str, Any]) -> dict[str, Any] | None:
    """A page; None for an account without any history.

    A marker that this server does not take (another one gave it) begins the stretch again, once.
    """
    try:
        page = call(node, "account_tx", asked)
    except Refused as refused:
        if refused.token == "actNotFound":
            return None
        if "marker" not in asked or node.memory.get("xrpl_scan_began_again"):
            raise node.unhealthy(f"account_tx: {refused.token}") from None
        node.memory["xrpl_scan_began_again"] = True
        return _ask_page(node, {name: asked[name] for name in asked if name != "marker"})
    if "marker" in asked:
        node.memory["xrpl_scan_began_again"] = False
    return page


def _read_hit(node: Node, value: object, stretch: Stretch) -> Hit:
    row = read_object(value, "a row")
    if "tx" in row:  # API v1
        row = {**row, "tx_json": row["tx"]}
    answer = read_tx(row)
    if not answer.validated or answer.ledger_index is None:
        raise node.garbled("account_tx: a row that is not validated")
    if not stretch.first <= answer.ledger_index <= stretch.last:
        raise node.garbled("account_tx: a row of a ledger that was not asked for")
    return Hit(answer.tx_hash, answer.ledger_index, answer.time)


def _check_holds(network: Network, node: Node, stretch: Stretch) -> None:
    """The server holds every ledger of the stretch; asked once for each tip."""
    known: Server | None = node.memory.get("xrpl_scan_server")
    if known is None or not known.covers(stretch.first, stretch.last):
        known = node.memory["xrpl_scan_server"] = ask_server(network, node)
    if not known.covers(stretch.first, stretch.last):
        kept = known.info.get("complete_ledgers")
        text = f"it keeps the ledgers {kept}, asked for {stretch.first}-{stretch.last}"
        raise node.unhealthy(text)


SCAN = Scan(fetch_final=fetch_final, plan_passes=plan_passes)
