"""How Hedera is scanned: the history of each account, by the mirror's ``/transactions?account.id=``.

Knows: consensus times as cursors, which blocks they belong to, what the list leaves out. Must not know: what a
row paid to whom.

A row stands under every account whose coins or tokens it moved, children of contract calls and executions of
schedules too. An exchange's deposits share a few accounts, told apart by their memos.
"""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

from recovery.chains.hedera.answer import (
    moment,
    nanoseconds,
    read_entity,
    read_int,
    read_rows,
    read_stamp,
)
from recovery.chains.hedera.codec import format_address
from recovery.chains.hedera.fetch import Head, ask, ask_document, ask_head
from recovery.chains.scan import Arrivals, Hit, Pass, Scan, Tip
from recovery.chains.shape import read_object, read_text
from recovery.chains.source import Node
from recovery.chains.stretch import Stretch, begin_stretch, end_page
from recovery.model import AddressKey, Note
from recovery.networks import Network

PAGE = 100
"""The most that a mirror gives at once."""

METHOD = "/transactions?account.id"
LEFT_OUT = Note(
    "nft_and_contract_tokens",
    "the mirror lists no NFT that came without coin or token, no airdrop that waits to be claimed, and no"
    " token that lives in a contract (ERC-20)",
)

_DAY_SECONDS = 86_400
_LONGEST = 30 * _DAY_SECONDS * 10**9
"""Mirrors refuse ranges of more than 60 days."""


def fetch_final(network: Network, node: Node) -> Tip:
    """The newest block: consensus is final."""
    head = ask_head(network, node)
    return Tip(head.number, read_text(head.block.get("hash"), "hash"), moment(head.stamp))


def plan_passes(network: Network) -> tuple[Pass, ...]:
    return (Pass("accounts", fetch_arrivals=fetch_arrivals, first_look=network.blocks_a_day),)


def fetch_arrivals(  # noqa: PLR0917  the interface's order
    network: Network, node: Node, key: AddressKey, after: str | None, since: int, tip: Tip
) -> Arrivals:
    """One page of an account's history, oldest first, up to where the mirror names no next one."""
    stretch = begin_stretch(after, since, tip)
    account = _find_account(network, node, key)
    if account is None or stretch.is_empty:
        return end_page(stretch, tip, (), following="", method=METHOD)
    _check_reaches(network, node, stretch)
    begin, end = _ask_period(node, stretch.first)[0], _ask_period(node, stretch.last)[1]
    begin = stretch.place or _print_stamp(nanoseconds(begin) - 1)
    upper = _print_stamp(min(nanoseconds(end), nanoseconds(begin) + _LONGEST))
    document = ask_document(
        node,
        "/transactions",
        {
            "account.id": account,
            "timestamp": (f"gt:{begin}", f"lte:{upper}"),
            "limit": PAGE,
            "order": "asc",
        },
    )
    rows = read_rows(document)
    place = begin
    for row in rows:
        if not nanoseconds(place) < nanoseconds(row.stamp) <= nanoseconds(upper):
            raise node.garbled("a page that goes back, or beyond what was asked for")
        place = row.stamp
    following = _read_next(node, document, place) if _has_next(document) else ""
    if not following and upper != end:
        following = upper
    if following and nanoseconds(following) <= nanoseconds(begin):
        raise node.garbled("the next page is the same page")
    hits = [
        Hit(str(row.key), stretch.first, moment(row.stamp)) for row in rows if row.applied
    ]  # a row that was not applied paid a fee and moved nothing else
    return end_page(
        stretch,
        tip,
        hits,
        following=following,
        method=METHOD,
        gaps=(LEFT_OUT,),
        seen=len(rows),
    )


def _has_next(document: object) -> bool:
    links = read_object(read_object(document, "the answer").get("links"), "links")
    return links.get("next") is not None


def _read_next(node: Node, document: object, place: str) -> str:
    """Where the next page begins: behind this one's last row, or where the link says if it has none.

    A mirror that found nothing in a part of the range answers with an empty page and a link.
    """
    link = read_text(read_object(read_object(document, "")["links"], "links")["next"], "next")
    for name, value in parse_qsl(urlsplit(link).query):
        if name == "timestamp" and value.startswith(("gt:", "gte:")):
            stamp = read_stamp(value.partition(":")[2], "the next timestamp")
            return max(stamp, place, key=nanoseconds)
    raise node.garbled("a next link without a timestamp")


def _find_account(network: Network, node: Node, key: AddressKey) -> str | None:
    """The account's number; an alias is looked up. None where no account has it (yet)."""
    text = format_address(network, key)
    if text is None or key.scheme == "hedera":
        return text
    told = ask(node, f"/accounts/{text}", {"limit": 1})
    return None if told is None else read_entity(told.get("account"), "account")


def _ask_period(node: Node, number: int) -> tuple[str, str]:
    """A block's first and last consensus time."""
    periods: dict[int, tuple[str, str]] = node.memory.setdefault("hedera_scan_periods", {})
    if number not in periods:
        block = ask(node, f"/blocks/{number}")
        if block is None:
            raise node.unhealthy(f"it does not have block {number}")
        if read_int(block.get("number"), "number") != number:
            raise node.garbled("it answered with another block")
        period = read_object(block.get("timestamp"), "timestamp")
        if len(periods) > 1_000:
            periods.clear()
        periods[number] = read_stamp(period.get("from"), "from"), read_stamp(period.get("to"), "to")
    return periods[number]


def _check_reaches(network: Network, node: Node, stretch: Stretch) -> None:
    """The mirror has come as far as the stretch goes; that it has the beginning, its block shows."""
    head: Head | None = node.memory.get("hedera_scan_head")
    if head is None or head.number < stretch.last:
        head = node.memory["hedera_scan_head"] = ask_head(network, node)
    if head.number < stretch.last:
        raise node.unhealthy(f"it is at block {head.number}, asked for {stretch.last}")


def _print_stamp(nanos: int) -> str:
    return f"{nanos // 10**9}.{nanos % 10**9:09d}"


SCAN = Scan(fetch_final=fetch_final, plan_passes=plan_passes)
