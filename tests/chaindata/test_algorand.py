"""Every recorded transaction of Algorand through the decoder, against what its file shows."""

from __future__ import annotations

import os

import pytest
from chaindata.index import VARIABLE, Entry, load_index, require_chaindata

from recovery.chains.algorand.family import FAMILY
from recovery.chains.family import RawTx
from recovery.clock import now
from recovery.errors import Garbled
from recovery.model import Evidence, MemoKind, TxStatus
from recovery.networks import Network, load_registry

ENTRIES = load_index("ALGO") if os.environ.get(VARIABLE) else []

NOT_READ = {
    "ALGO/block_5478346_algod_v1.json": "a block of algod's API v1, gone since 2022",
    "ALGO/page_algod_v1_account_txs.json": "a page of algod's API v1, gone since 2022",
    "ALGO/QLYC4KMQW5RZ_subscriber_appl_inner-txns1_group.json": "an inner transaction lifted out of its parent by a subscriber library",
    "ALGO/QLYC4KMQW5RZ_subscriber_appl_inner-txns1_group_2.json": "an inner transaction lifted out of its parent by a subscriber library",
    "ALGO/gem_pending_transfer_success.json": "it names no id; the same facts are a story of algod's API",
}  # fmt: skip
READ = [entry for entry in ENTRIES if entry.file not in NOT_READ]
PAYING = [entry for entry in READ if {"pay", "axfer"} & set(entry.file.split(".")[0].split("_"))]


def row_of(entry: Entry) -> Network:
    row = load_registry()["ALGO"]
    return row.with_profile("testnet") if entry.real == "testnet" else row


def raw_of(entry: Entry) -> RawTx:
    body = entry.load()
    tx = body.get("transaction", body)
    tx["round-time"] = max(tx["round-time"], 1_550_000_000)
    assert isinstance(entry.tx_hash, str)
    answers = {"tx": {"current-round": 60_000_000, "transaction": tx}, "assets": {}}
    row = row_of(entry)
    return RawTx(row.code, entry.tx_hash, "indexer", "file", now(), answers)


def evidence_of(entry: Entry) -> Evidence:
    return FAMILY.decode(row_of(entry), raw_of(entry))


def test_the_recordings_are_here_and_every_file_is_accounted_for() -> None:
    require_chaindata()
    assert len(ENTRIES) >= 38
    assert set(NOT_READ) <= {entry.file for entry in ENTRIES}


@pytest.mark.parametrize("entry", READ, ids=lambda e: e.file)
def test_the_facts_of_the_index_hold(entry: Entry) -> None:
    expected, evidence = entry.expected, evidence_of(entry)
    assert (evidence.status, evidence.tx_hash) == (TxStatus.CONFIRMED, entry.tx_hash)
    assert evidence.block is not None
    assert evidence.block.height == expected["block_height"]
    assert evidence.fee is not None
    assert str(evidence.fee.amount) == expected["fee"]
    assert evidence.fee.payer == expected.get("tx_sender", expected["from"])
    inner = [t for t in evidence.transfers if t.position.startswith("inner")]
    for told in expected.get("inner", ()):
        asset = "slip44:283" if told["asset"] is None else f"asa:{told['asset']}"
        assert any(
            (t.recipient.address, str(t.amount), t.asset.partition("/")[2])
            == (told["to"], told["amount"], asset)
            for t in inner
        )
    if expected["asset"] is None:
        assert len(inner) == len(evidence.transfers)
        return
    first, *rest = evidence.transfers
    assert first.recipient.address == expected["to"]
    assert [p.address for p in first.senders] == [expected["from"]]
    assert str(first.amount) == expected["amount_base_units"]
    named = "slip44:283" if expected["asset"] == "native" else expected["asset"].lower()
    assert first.asset.endswith("/" + named)
    if "close_to" in expected:
        assert [t.recipient.address for t in rest] == [expected["close_to"]]
        assert [str(t.amount) for t in rest] == [expected["close_amount"]]
    memo = expected["memo"]
    if isinstance(memo, dict):
        assert first.memo is not None
        assert (first.memo.kind, first.memo.value) == (MemoKind.BINARY, memo["hex"])
    elif memo is None:
        assert first.memo is None
    else:
        assert first.memo is not None
        value = first.memo.value
        assert value in (memo, memo.encode().hex())


@pytest.mark.parametrize("entry", PAYING, ids=lambda e: e.file)
def test_one_changed_field_is_noticed(entry: Entry) -> None:
    """The id covers payments and asset transfers: all that the evidence says of them is recomputed."""
    raw = raw_of(entry)
    tx = raw.answers["tx"]["transaction"]
    part = tx.get("payment-transaction") or tx.get("asset-transfer-transaction")
    part["amount"] += 1
    with pytest.raises(Garbled):
        FAMILY.decode(row_of(entry), raw)
