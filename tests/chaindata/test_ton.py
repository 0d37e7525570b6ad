"""Every recorded answer of TON through the decoder, against what its file shows."""

from __future__ import annotations

import base64
import os
from typing import Any

import pytest
from chaindata.index import VARIABLE, Entry, load_index, require_chaindata

from recovery.chains.family import RawTx
from recovery.chains.ton.codec import format_raw
from recovery.chains.ton.family import FAMILY
from recovery.chains.ton.rows import read_row
from recovery.clock import now
from recovery.model import Evidence, TxStatus
from recovery.networks import load_registry

ENTRIES = load_index("TON") if os.environ.get(VARIABLE) else []
ROW = load_registry()["TON"]

NOT_READ = {
    "TON/gem_ton_transfer.json": "an answer of tonapi, an API that is not spoken here",
    "TON/gem_ton_transfer2.json": "an answer of tonapi, an API that is not spoken here",
    "TON/testnet_tx_36905041000001_toncenterv2_external-in_out-msgs-1.json": "test network, and v2 shows no bounce or abort: it is not asked for transactions",
    "TON/tx_47597573000003_toncenterv2_internal-in_text-comment.json": "v2 shows no bounce or abort: it is not asked for transactions",
}
READ = [entry for entry in ENTRIES if entry.file not in NOT_READ]


def rows_of(entry: Entry) -> list[Any]:
    told = entry.load()
    return list(told.get("transactions", [told]))


def evidence_of(told: Any) -> Evidence:
    tx_hash = base64.b64decode(told["hash"]).hex()
    head = {"seqno": 90_000_000}
    answers = {"asked": tx_hash, "tx": told, "head": head}
    return FAMILY.decode(ROW, RawTx(ROW.code, tx_hash, "toncenter-v3", "file", now(), answers))


def test_the_recordings_are_here_and_every_file_is_accounted_for() -> None:
    require_chaindata()
    assert len(ENTRIES) >= 15
    assert set(NOT_READ) <= {entry.file for entry in ENTRIES}


@pytest.mark.parametrize("entry", READ, ids=lambda e: e.file)
def test_the_facts_of_the_index_hold_for_the_first_transaction(entry: Entry) -> None:
    expected, (told, *_) = entry.expected, rows_of(entry)
    row = read_row(told)
    assert format_raw(row.account).upper() == expected["account"]
    assert row.lt == int(expected["lt"])
    outgoing = [m for m in row.out_msgs if m.destination is not None]
    assert [m.value for m in outgoing] == [int(o["amount"]) for o in expected["out"] if o["to"]]
    evidence = evidence_of(told)
    if told.get("mc_block_seqno") is not None:
        assert evidence.block is not None
        assert evidence.block.height == expected["block_height"]
    if expected["asset"] is None:
        assert evidence.transfers == ()
        return
    if not evidence.transfers:  # a notification or a step of somebody's own contract
        return
    (transfer,) = evidence.transfers
    assert str(transfer.amount) == expected["amount_base_units"]
    assert transfer.recipient.key == row.account
    assert (transfer.memo.value if transfer.memo else None) == expected["memo"]


@pytest.mark.parametrize("entry", READ, ids=lambda e: e.file)
def test_every_transaction_of_every_file_can_be_read(entry: Entry) -> None:
    for told in rows_of(entry):
        read_row(told)
        evidence_of(told)


def test_what_the_index_calls_failed_is_told_apart_by_where_the_coins_are() -> None:
    """Both are "aborted": to an unused address the coins stay, a bounce takes them back."""
    require_chaindata()
    by_name = {entry.file: evidence_of(rows_of(entry)[0]) for entry in READ}
    stayed = by_name["TON/gem_transaction_aborted.json"]
    returned = by_name["TON/gem_transaction_bounced.json"]
    assert (stayed.status, stayed.transfers[0].succeeded) == (TxStatus.CONFIRMED, True)
    assert (returned.status, returned.transfers[0].succeeded) == (TxStatus.FAILED, False)
