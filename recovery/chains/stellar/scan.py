"""How Stellar is scanned: the history of each account, by Horizon's ``/accounts/:id/transactions``.

Knows: cursors, that a history has an oldest and a newest ledger, what a list of participants leaves out. Must
not know: what an operation paid to whom.

A transaction stands under every account that its operations name or whose entries they changed, claimants of
balances and owners of taken offers too. An exchange's deposits share a few accounts, told apart by their memos.
"""

from __future__ import annotations

from recovery.chains.scan import Arrivals, Hit, Pass, Scan, Tip
from recovery.chains.shape import read_text
from recovery.chains.source import Node
from recovery.chains.stellar.answer import read_records, read_time
from recovery.chains.stellar.codec import format_address
from recovery.chains.stellar.decode import read_tx
from recovery.chains.stellar.fetch import Root, ask_listed, ask_root
from recovery.chains.stretch import Stretch, begin_stretch, end_page
from recovery.model import AddressKey, Note
from recovery.networks import Network

PAGE = 200
"""The most that Horizon gives at once."""

METHOD = "/accounts/:id/transactions"
NO_ACCOUNT = Note(
    "not_an_account", "addresses of contracts, pools and claimable balances have no such history"
)
CONTRACT_TOKENS = Note(
    "contract_tokens",
    "Horizon lists no recipients of contract tokens that are no Stellar asset (SEP-41)",
)


def fetch_final(network: Network, node: Node) -> Tip:
    """The newest ledger of Horizon's history: a closed ledger is final."""
    root = ask_root(network, node)
    return Tip(root.latest, "", root.time)


def plan_passes(network: Network) -> tuple[Pass, ...]:
    return (Pass("accounts", fetch_arrivals=fetch_arrivals, first_look=network.blocks_a_day),)


def fetch_arrivals(  # noqa: PLR0917  the interface's order
    network: Network, node: Node, key: AddressKey, after: str | None, since: int, tip: Tip
) -> Arrivals:
    """One page of an account's history, oldest first; an empty page ends it, a short one does not."""
    stretch = begin_stretch(after, since, tip)
    account = format_address(network, key)
    if account is None or key.scheme != "ed25519":
        return end_page(stretch, tip, (), following="", method=METHOD, gaps=(NO_ACCOUNT,))
    if stretch.is_empty:
        return end_page(stretch, tip, (), following="", method=METHOD)
    _check_holds(network, node, stretch)
    cursor = int(stretch.place or (stretch.first << 32) - 1)
    page = ask_listed(
        node,
        f"/accounts/{account}/transactions",
        {"cursor": cursor, "order": "asc", "limit": PAGE, "include_failed": "false"},
    )
    # an account that nothing ever happened to is not known
    records = [] if page is None else read_records(page, "transactions")
    hits: list[Hit] = []
    for record in records:
        tx = read_tx(record)
        if tx.paging_id <= cursor:
            raise node.garbled("a page that goes back")
        cursor = tx.paging_id
        if tx.ledger > stretch.last:
            break
        time = read_time(read_text(record.get("created_at"), "created_at"), "created_at")
        hits.append(Hit(tx.tx_hash, tx.ledger, time))
    ended = len(hits) < len(records) or not records
    following = "" if ended else str(cursor)
    return end_page(
        stretch,
        tip,
        hits,
        following=following,
        method=METHOD,
        gaps=(CONTRACT_TOKENS,),
        seen=len(records),
    )


def _check_holds(network: Network, node: Node, stretch: Stretch) -> None:
    """Horizon's history has every ledger of the stretch; its root is asked anew only for a newer tip."""
    root: Root | None = node.memory.get("stellar_scan_root")
    if root is None or root.latest < stretch.last or root.elder > stretch.first:
        root = node.memory["stellar_scan_root"] = ask_root(network, node)
    if root.elder > stretch.first or root.latest < stretch.last:
        text = (
            f"its history is {root.elder}-{root.latest}, asked for {stretch.first}-{stretch.last}"
        )
        raise node.unhealthy(text)


SCAN = Scan(fetch_final=fetch_final, plan_passes=plan_passes)
