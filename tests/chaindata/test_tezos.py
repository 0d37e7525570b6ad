"""Every recorded operation of Tezos through the decoder, against what its file shows.

TzKT's recordings are rows of one operation hash as an account's history lists them: some groups lack
rows, and none has its token transfers beside it. Those are held against what their calls ask for.
"""

from __future__ import annotations

import os
from typing import Any

import pytest
from chaindata.index import VARIABLE, Entry, load_index, require_chaindata

from recovery.chains.family import RawTx
from recovery.chains.tezos.answer import read_octez, read_tzkt
from recovery.chains.tezos.family import FAMILY
from recovery.chains.tezos.tokens import read_asked_moves
from recovery.clock import now
from recovery.errors import Garbled
from recovery.model import Evidence, TransferKind, TxStatus
from recovery.networks import load_registry

ENTRIES = load_index("XTZ") if os.environ.get(VARIABLE) else []
NOWHERE = "BLhzyhfaVkVSRkp8ChcFms9HAwBBiuKPpSu4GbsWibBRbKugNm6"


def kind_of(entry: Entry) -> str:
    return entry.path.name.split("_")[0] + "_" + entry.path.name.split("_")[1]


def of_kind(*kinds: str) -> list[Any]:
    return [pytest.param(e, id=e.file) for e in ENTRIES if kind_of(e) in kinds]


TZKT = of_kind("tzkt_op", "tzkt_operation", "tzkt_last-baker-payment")
OCTEZ = of_kind("octez_op")
BLOCKS = of_kind("octez_block")
PAGES = of_kind("tzkt_transactions-main")


def decode(api: str, tx_hash: str, answers: dict[str, Any]) -> Evidence:
    row = load_registry()["XTZ"]
    whole = {"head": {"level": 20_000_000}} | answers
    return FAMILY.decode(row, RawTx(row.code, tx_hash, api, "file", now(), whole))


def is_whole(rows: list[dict[str, Any]]) -> bool:
    """Whether each internal operation's maker was recorded too."""
    own = {r["counter"] for r in rows if r.get("nonce") is None}
    return all(r["counter"] in own for r in rows)


def without_books(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The token transfers are not recorded, so their count can't be held against anything."""
    return [{k: v for k, v in r.items() if k != "tokenTransfersCount"} for r in rows]


def test_the_recordings_are_here_and_every_file_is_accounted_for() -> None:
    require_chaindata()
    assert len(TZKT) + len(OCTEZ) + len(BLOCKS) + len(PAGES) == len(ENTRIES) >= 50


@pytest.mark.parametrize("entry", TZKT)
def test_recorded_rows_give_coin_status_and_fees(entry: Entry) -> None:
    rows = without_books(entry.load())
    if not is_whole(rows):
        with pytest.raises(Garbled, match="without the one that made it"):
            read_tzkt(rows, rows[0]["hash"])
        return
    evidence = decode("tzkt", rows[0]["hash"], {"operations": rows, "tokens": []})
    applied = all(r["status"] == "applied" for r in rows)
    assert evidence.status is (TxStatus.CONFIRMED if applied else TxStatus.FAILED)
    assert evidence.block is not None
    assert evidence.block.height == entry.expected["block_height"]
    coins = {(t.recipient.address, t.amount) for t in evidence.transfers}
    assert coins == {
        (r["target"]["address"], r["amount"])
        for r in rows
        if r["type"] == "transaction" and r["amount"]
    }
    assert evidence.fee is not None
    storage = sum(r.get("storageFee", 0) + r.get("allocationFee", 0) for r in rows)
    assert evidence.fee.amount == sum(r.get("bakerFee", 0) for r in rows) + storage
    kinds = {t.kind for t in evidence.transfers if t.position.count(".")}
    assert kinds <= {TransferKind.INTERNAL}


@pytest.mark.parametrize("entry", TZKT)
def test_recorded_calls_ask_for_the_tokens_that_the_index_names(entry: Entry) -> None:
    rows = without_books(entry.load())
    asset = (entry.expected or {}).get("asset")
    if not is_whole(rows) or asset in (None, "native"):
        return
    moves = read_asked_moves(read_tzkt(rows, rows[0]["hash"]).operations)
    contract, _, token_id = asset.partition(":")
    assert [(m.contract, m.token_id) for m in moves] == [(contract, token_id or "0")]
    (move,) = moves
    assert (move.sender, move.recipient) == (entry.expected["from"], entry.expected["to"])
    assert str(move.amount) == entry.expected["amount_base_units"]


def test_the_books_may_hold_more_than_a_call_asks_for() -> None:
    """One recorded call asks for one transfer, and TzKT counts twenty-one."""
    require_chaindata()
    (entry,) = [e for e in ENTRIES if "oop26DbWP1zC" in e.file]
    group = read_tzkt(entry.load(), str(entry.tx_hash))
    assert len(read_asked_moves(group.operations)) == 1
    assert group.operations[0].moved == 21


def octez_evidence(operation: dict[str, Any], level: int) -> Evidence:
    header = {"level": level, "hash": NOWHERE, "timestamp": "2020-01-01T00:00:00Z"}
    return decode("octez", operation["hash"], {"operation": operation, "block": header})


def hold_against_contents(operation: dict[str, Any], level: int) -> Evidence:
    evidence = octez_evidence(operation, level)
    contents = operation["contents"]
    applied = all(c["metadata"]["operation_result"]["status"] == "applied" for c in contents)
    assert evidence.status is (TxStatus.CONFIRMED if applied else TxStatus.FAILED)
    own = [t for t in evidence.transfers if t.kind is TransferKind.NATIVE and t.type is None]
    assert [(t.recipient.address, str(t.amount)) for t in own] == [
        (c["destination"], c["amount"])
        for c in contents
        if c["kind"] == "transaction" and c["amount"] != "0"
    ]
    inner = [t for t in evidence.transfers if t.kind is TransferKind.INTERNAL]
    assert sorted(str(t.amount) for t in inner) == sorted(
        part["amount"]
        for c in contents
        for part in c["metadata"].get("internal_operation_results", [])
        if part["kind"] == "transaction" and part["amount"] != "0"
    )
    assert evidence.fee is not None
    assert evidence.fee.amount >= sum(int(c["fee"]) for c in contents)
    return evidence


@pytest.mark.parametrize("entry", OCTEZ)
def test_a_nodes_recorded_operations_give_coin_status_and_fees(entry: Entry) -> None:
    expected = entry.expected
    evidence = hold_against_contents(entry.load(), expected["block_height"] or 1)
    if expected["amount_base_units"] is not None and expected["asset"] == "native":
        (transfer,) = [t for t in evidence.transfers if t.kind is TransferKind.NATIVE]
        assert str(transfer.amount) == expected["amount_base_units"]
        assert transfer.recipient.address == expected["to"]
        assert [p.address for p in transfer.senders] == [expected["from"]]


@pytest.mark.parametrize("entry", BLOCKS)
def test_every_manager_operation_of_a_recorded_block_is_read(entry: Entry) -> None:
    block = entry.load()
    operations = block["operations"][3]
    assert operations
    for operation in operations:
        hold_against_contents(operation, block["header"]["level"])


@pytest.mark.parametrize("entry", PAGES)
def test_every_group_of_a_recorded_page_is_read_or_lacks_rows(entry: Entry) -> None:
    rows = without_books([r for r in entry.load() if "hash" in r])
    groups: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        groups.setdefault(row["hash"], []).append(row)
    whole = {h: g for h, g in groups.items() if is_whole(g)}
    assert whole
    for tx_hash, group in whole.items():
        decode("tzkt", tx_hash, {"operations": group, "tokens": []})


def test_octez_and_tzkt_name_the_same_place_for_the_same_operation() -> None:
    """A node's list begins with a reveal: the payment behind it is the group's second operation."""
    require_chaindata()
    (entry,) = [e for e in ENTRIES if "ooirZT4xuA3A" in e.file]
    header = {"level": 979_686, "hash": NOWHERE, "timestamp": "2020-01-01T00:00:00Z"}
    group = read_octez({"operation": entry.load(), "block": header}, str(entry.tx_hash))
    assert [(o.kind, o.position) for o in group.operations] == [
        ("reveal", "op:0"),
        ("transaction", "op:1"),
    ]
