"""Toncenter v3's lists by account: transactions, and incoming transfers of jettons and NFTs by their owner.

Knows: windows of time, pages by offset. Must not know: amounts. The rows of transfers are written from the
messages of the recorded transactions, with the fields that a scan needs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from recovery.demo.fixtures import Fixture
from recovery.demo.ledgers import Asked, Ledger, Told, find_answers

_MOST = 1000
_API = "/api/v3"


def build(fixtures: Sequence[Fixture], *, page: int | None = None) -> Ledger:
    rows: dict[str, Any] = {}
    wallets: dict[str, str] = {}
    blocks: dict[int, Any] = {}
    for fixture in fixtures:
        for row in _read_rows(fixture):
            rows.setdefault(row["hash"], row)
        for told in find_answers(fixture, get=f"{_API}/jetton/wallets"):
            wallets |= {w["address"].upper(): w["owner"].upper() for w in told["jetton_wallets"]}
        for told in find_answers(fixture, get=f"{_API}/masterchainInfo"):
            blocks |= {int(told["last"]["seqno"]): dict(told["last"])}
        for told in find_answers(fixture, get=f"{_API}/blocks"):
            blocks |= {int(block["seqno"]): dict(block) for block in told["blocks"]}
    traces = [
        trace
        for f in fixtures
        for told in find_answers(f, get=f"{_API}/traces")
        for trace in told.get("traces", [])
    ]
    ordered = sorted(rows.values(), key=lambda row: int(row["lt"]))
    for block in blocks.values():  # as far as the fixtures have left it out
        made = [row["now"] for row in ordered if row.get("mc_block_seqno") == block["seqno"]]
        block.setdefault("gen_utime", str(max(made, default=0)))
    return lambda asked: _answer(ordered, traces, wallets, blocks, page or _MOST, asked)


def _read_rows(fixture: Fixture) -> Iterator[Any]:
    for call in ("transactions", "transactionsByMessage"):
        for told in find_answers(fixture, get=f"{_API}/{call}"):
            yield from told.get("transactions", [])
    for told in find_answers(fixture, get=f"{_API}/traces"):
        for trace in told.get("traces", []):
            yield from trace["transactions"].values()


def _answer(  # noqa: PLR0917  what a ledger holds
    rows: Sequence[Any],
    traces: Sequence[Any],
    wallets: dict[str, str],
    blocks: dict[int, Any],
    most: int,
    asked: Asked,
) -> Told | None:
    name = asked.path.removeprefix(f"{_API}/")
    query = asked.query
    if name == "blocks" and int(query.get("seqno", -1)) in range(1, max(blocks, default=0) + 1):
        return 200, {"blocks": [_block_at(blocks, int(query["seqno"]))]}
    if name == "transactions" and "hash" in query:
        found = [row for row in rows if row["hash"] == query["hash"]]
        return (200, {"transactions": found, "address_book": {}}) if found else None
    if name == "traces" and "tx_hash" in query:
        found = [trace for trace in traces if query["tx_hash"] in trace["transactions"]]
        return (200, {"traces": found[:1]}) if found else None
    if name == "transactions" and "account" in query:
        kept = [row for row in rows if row["account"].upper() == query["account"].upper()]
        timed = [(row["now"], row) for row in kept]
        return 200, {"transactions": _page(timed, query, most), "address_book": {}}
    if name in ("jetton/transfers", "nft/transfers"):
        nfts = name.startswith("nft")
        find = _arrived_nfts if nfts else _arrived_jettons
        timed = [
            (row["now"], {"transaction_hash": row["hash"], "transaction_now": row["now"]})
            for row in find(rows, wallets, query["owner_address"].upper())
        ]
        return 200, {"nft_transfers" if nfts else "jetton_transfers": _page(timed, query, most)}
    return None


def _block_at(blocks: dict[int, Any], height: int) -> Any:
    """A block that no story tells of was made at the same moment as the next one that does."""
    above = min(known for known in blocks if known >= height)
    return {**blocks[above], "seqno": height}


def _page(found: list[tuple[int, Any]], query: Any, most: int) -> list[Any]:
    first, last = int(query["start_utime"]), int(query["end_utime"])
    kept = [row for time, row in found if first <= time <= last]
    start = int(query.get("offset", 0))
    return kept[start : start + min(int(query.get("limit", 10)), most)]


def _arrived_jettons(rows: Sequence[Any], wallets: dict[str, str], owner: str) -> Iterator[Any]:
    """``internal_transfer`` at a jetton wallet of the owner."""
    for row in rows:
        message = row.get("in_msg") or {}
        if message.get("opcode") == "0x178d4519" and wallets.get(row["account"].upper()) == owner:
            yield row


def _arrived_nfts(rows: Sequence[Any], wallets: dict[str, str], owner: str) -> Iterator[Any]:
    """An item that tells its new owner, or was told to change hands: any row of such a trace."""
    for row in rows:
        for message in row.get("out_msgs") or []:
            told = message.get("opcode") == "0x05138d91"
            if told and (message.get("destination") or "").upper() == owner:
                yield row
