"""Asking a mirror node: a transaction by every spelling, its block and tokens, and the mirror's health.

Knows: paths, what 404 means where, block 0 as the chain's mark. Must not know: what a row paid to
whom.

Other networks use the same ids: block 0 tells them apart. A mirror that keeps no block 0 is told by
the height of its head, and can prove no absence.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from recovery.chains.family import Absent, FetchOutcome, Health, RawTx
from recovery.chains.hedera.answer import (
    Row,
    TxKey,
    moment,
    nanoseconds,
    parse_key,
    read_entity,
    read_int,
    read_row,
    read_rows,
    read_stamp,
)
from recovery.chains.hedera.decode import find_row, find_siblings
from recovery.chains.shape import read_list, read_object, read_text
from recovery.chains.sidebyside import ask_side_by_side
from recovery.chains.source import Node, Query
from recovery.errors import Garbled, SourceError
from recovery.networks import Network

OLDEST_SECONDS = 60
"""A record file closes every 2 s and is read some seconds later."""

LONGEST_VALID_SECONDS = 180
"""A transaction counts for at most this long after its valid start."""

MAIN_BLOCK_AFTER = 90_000_000
"""The main network passed this block in January 2026. The test network began again in February 2024
and gets there in 2028: until then a mirror without block 0 is told by it."""

_AT_ONCE = 8
_API = "/api/v1"


@dataclass(frozen=True, slots=True)
class Head:
    """The newest block, and whether the mirror has the first one too."""

    block: dict[str, Any]
    number: int
    stamp: str
    keeps_all: bool


def fetch(network: Network, node: Node, hashes: Sequence[str]) -> list[FetchOutcome]:
    """One outcome per id, hash or time, in order; the mirror's health is asked first."""
    if not hashes:
        return []
    head = ask_head(network, node)
    return ask_side_by_side(
        lambda h: _fetch_one(network, node, head, h), hashes, at_once=_AT_ONCE, name="hedera"
    )


def _fetch_one(network: Network, node: Node, head: Head, asked: str) -> FetchOutcome:
    try:
        key = parse_key(asked) or _find_key(network, node, head, asked)
        if isinstance(key, Absent):
            return key
        return _fetch_key(network, node, head, key, asked)
    except Garbled as wrong:
        return node.named(wrong)
    except SourceError as failed:
        return failed


def _fetch_key(network: Network, node: Node, head: Head, key: TxKey, asked: str) -> FetchOutcome:
    document = ask(node, f"/transactions/{key.id}")
    if document is None:
        return _prove_absent(network, node, head, asked, key=key)
    rows = read_rows(document)
    if not rows or any(row.key.id != key.id for row in rows):
        raise node.garbled("it answered with other transactions")
    row = find_row(rows, key)
    if row is None:
        _check_history(node, head)
        return Absent(network.code, asked, node.label, f"{key.id} has no such part")
    answers: dict[str, Any] = {
        "head": head.block,
        "transactions": document,
        "block": _ask_block(node, row),
        "tokens": _ask_tokens(node, [row, *find_siblings(rows, row)]),
    }
    if row.name == "TOKENAIRDROP" and row.applied:
        outstanding = ask(node, f"/accounts/{row.key.payer}/airdrops/outstanding", {"limit": 100})
        if outstanding is not None:
            answers["airdrops"] = _read_airdrops(outstanding)
            for airdrop in answers["airdrops"] or ():
                token = read_entity(airdrop.get("token_id"), "token_id")
                answers["tokens"].setdefault(token, ask(node, f"/tokens/{token}"))
    return RawTx(network.code, str(row.key), node.api, node.label, node.now(), answers)


def _read_airdrops(document: dict[str, Any]) -> list[dict[str, Any]] | None:
    """Those of the first page; None where there are more, since the one that matters may be there."""
    links = document.get("links")
    if isinstance(links, dict) and links.get("next") is not None:
        return None
    listed = read_list(document.get("airdrops"), "airdrops")
    return [dict(read_object(item, "an airdrop")) for item in listed]


def _ask_block(node: Node, row: Row) -> dict[str, Any]:
    """The first block that ends at or after the row's time."""
    query: Query = {"timestamp": f"gte:{row.stamp}", "limit": 1, "order": "asc"}
    blocks = _read_blocks(node, ask_document(node, "/blocks", query))
    if not blocks:
        raise node.unhealthy("it shows the transaction and not yet its block")
    return blocks[0]


def _ask_tokens(node: Node, rows: Sequence[Row]) -> dict[str, Any]:
    """What the rows' tokens call themselves; None of one that the mirror does not know."""
    listed = [
        entry
        for row in rows
        for entry in (
            *read_list(row.document.get("token_transfers"), "token_transfers"),
            *read_list(row.document.get("nft_transfers") or [], "nft_transfers"),
        )
    ]
    tokens = [read_entity(read_object(e, "an entry").get("token_id"), "id") for e in listed]
    return {token: ask(node, f"/tokens/{token}") for token in dict.fromkeys(tokens)}


# -- other spellings ------------------------------------------------------------------------


def _find_key(network: Network, node: Node, head: Head, asked: str) -> TxKey | Absent:
    """The id behind a hash of 96 digits, a consensus time, or the hash of an EVM transaction."""
    if asked.startswith("0x") and len(asked) == 66:
        result = ask(node, f"/contracts/results/{asked}")
        if result is None:
            return _prove_absent(network, node, head, asked)
        if read_text(result.get("hash"), "hash").lower() != asked:
            raise node.garbled("it answered with another contract result")
        stamp = read_stamp(result.get("timestamp"), "timestamp")
        found = _key_at(node, stamp)
        if found is None:
            raise node.unhealthy("it knows the contract's result and not its transaction")
        return found
    if "." in asked:
        found = _key_at(node, asked)
        if found is not None:
            return found
        if nanoseconds(asked) > nanoseconds(head.stamp):
            raise node.unhealthy(f"it has nothing yet of that time, its newest is {head.stamp}")
        return _prove_absent(network, node, head, asked)
    return _key_of_hash(network, node, head, asked)


def _key_at(node: Node, stamp: str) -> TxKey | None:
    rows = read_rows(ask_document(node, "/transactions", {"timestamp": stamp}))
    if any(row.stamp != stamp for row in rows) or len(rows) > 1:
        raise node.garbled("it answered with transactions of other times")
    return rows[0].key if rows else None


def _key_of_hash(network: Network, node: Node, head: Head, tx_hash: str) -> TxKey | Absent:
    document = ask(node, f"/transactions/{tx_hash}")
    rows = [] if document is None else read_rows(document)
    if rows:
        if any(row.tx_hash != tx_hash for row in rows):
            raise node.garbled("it answered with another transaction")
        return rows[0].key
    _check_hash_lookup(node)
    return _prove_absent(network, node, head, tx_hash)


def _check_hash_lookup(node: Node) -> None:
    """A mirror with this lookup switched off says 404 of every hash: try one that it knows."""
    if node.memory.get("hedera_looks_up_hashes"):
        return
    newest = ask_document(node, "/transactions", {"limit": 1, "order": "desc"})
    for item in read_list(newest.get("transactions"), "transactions"):
        known = read_row(item).tx_hash
        if ask(node, f"/transactions/{known}") is not None:
            node.memory["hedera_looks_up_hashes"] = True
            return
    raise node.unhealthy("it does not look up transactions by their hash")


# -- answers and health ---------------------------------------------------------------------


def ask(node: Node, path: str, query: Query | None = None) -> dict[str, Any] | None:
    """One answer, None where the mirror does not know what is asked for. Raises a `SourceError`."""
    answer = node.fetch_json(_API + path, query)
    if answer.status == 200:
        if not isinstance(answer.body, dict):
            raise node.garbled(f"{path} was not answered with an object")
        return answer.body
    told = isinstance(answer.body, dict) and isinstance(answer.body.get("_status"), dict)
    if answer.status == 404 and told:
        return None
    raise node.unhealthy(f"{path}: HTTP {answer.status}: {answer.text[:200]}")


def ask_document(node: Node, path: str, query: Query | None = None) -> dict[str, Any]:
    """What every mirror serves."""
    found = ask(node, path, query)
    if found is None:
        raise node.unhealthy(f"it does not serve {path}")
    return found


def _read_blocks(node: Node, document: dict[str, Any]) -> list[dict[str, Any]]:
    listed = read_list(document.get("blocks"), "blocks")
    return [dict(read_object(block, "a block")) for block in listed]


def ask_head(network: Network, node: Node) -> Head:
    """Chain and newest block of a mirror; raises `Unhealthy` where it must not be believed."""
    try:
        blocks = _read_blocks(node, ask_document(node, "/blocks", {"limit": 1, "order": "desc"}))
        if not blocks:
            raise node.unhealthy("it shows no newest block")
        number = read_int(blocks[0].get("number"), "number of the head")
        period = read_object(blocks[0].get("timestamp"), "timestamp of the head")
        stamp = read_stamp(period.get("to"), "time of the head")
        keeps_all = _check_chain(network, node, number)
    except Garbled as wrong:
        raise node.named(wrong) from None
    age = (node.now() - moment(stamp)).total_seconds()
    if age > OLDEST_SECONDS:
        raise node.unhealthy(f"its newest block is {age:.0f} s old")
    return Head(blocks[0], number, stamp, keeps_all)


def _check_chain(network: Network, node: Node, head: int) -> bool:
    """Whether the mirror keeps block 0; raises where it is on another network."""
    known = node.memory.get("hedera_first_block")
    if known is None:
        first = ask(node, "/blocks/0")
        known = "" if first is None else read_text(first.get("hash"), "hash of block 0")
        node.memory["hedera_first_block"] = known
    main = network.parameters["main"]
    if known:
        if (known == network.parameters["first_block"]) != main:
            wanted = "the main network" if main else "a test network"
            raise node.unhealthy(f"its block 0 is {known[:20]}…: it is not on {wanted}")
        return True
    if (head > MAIN_BLOCK_AFTER) != main:
        raise node.unhealthy(f"it has no block 0 to tell its network by, and is at block {head}")
    return False


def _check_history(node: Node, head: Head) -> None:
    if not head.keeps_all or node.history == "recent":
        raise node.unhealthy("it keeps only recent history: an older transaction may exist")


def _prove_absent(
    network: Network, node: Node, head: Head, asked: str, *, key: TxKey | None = None
) -> Absent:
    """An absence: the whole history is there, and the transaction can't come any more."""
    _check_history(node, head)
    if key is not None:
        last = key.valid_start + LONGEST_VALID_SECONDS * 10**9
        if last >= nanoseconds(head.stamp):
            raise node.unhealthy("the transaction may still be taken: its time has not run out")
    return Absent(network.code, asked, node.label, f"blocks 0 to {head.number} searched")


def fetch_health(network: Network, node: Node) -> Health:
    """What the mirror says of itself; raises where it is on another network or behind."""
    head = ask_head(network, node)
    whole = head.keeps_all and node.history != "recent"
    version = head.block.get("hapi_version")
    return Health(
        height=head.number,
        time=moment(head.stamp),
        history="full" if whole else "recent",
        version=f"HAPI {version}"[:80] if isinstance(version, str) else None,
    )
