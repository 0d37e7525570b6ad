"""Every recorded transaction of Aptos through the decoder, against what its file shows.

The recordings are the transactions alone: block, head and names are filled in as a node would
give them, and only what was recorded is compared.
"""

from __future__ import annotations

import os
from typing import Any

import pytest
from chaindata.index import VARIABLE, Entry, load_index, require_chaindata

from recovery.assets import token_asset
from recovery.chains.aptos.family import FAMILY
from recovery.chains.aptos.wire import derive_paired_metadata, derive_primary_store, read_address
from recovery.chains.family import RawTx
from recovery.clock import now
from recovery.model import Evidence, Gap, TransferKind, TxStatus
from recovery.networks import load_registry

ENTRIES = load_index("APT") if os.environ.get(VARIABLE) else []

NOT_READ = {
    "APT/proto_3091258104.json": "the indexer's stream in protobuf's JSON, not an answer of the REST API",
}
READ = [entry for entry in ENTRIES if entry.file not in NOT_READ]
CUT = "APT/0x130cc74c1a_gem_transaction_stake_delegate.json"
"""Recorded without its changes, so that nothing names the owners of its stores."""

MOVES = {
    "0x1::coin::DepositEvent",
    "0x1::fungible_asset::Deposit",
}


def evidence_of(entry: Entry) -> Evidence:
    tx = entry.load()
    version = tx["version"]
    block = {
        "block_height": "7",
        "block_hash": "0x" + "00" * 32,
        "block_timestamp": tx["timestamp"],
        "first_version": version,
        "last_version": version,
    }
    answers = {"tx": tx, "block": block, "head": {"block_height": "9"}, "tokens": {}}
    row = load_registry()["APT"]
    return FAMILY.decode(row, RawTx(row.code, tx["hash"], "rest", "file", now(), answers))


def deposits(tx: dict[str, Any]) -> list[int]:
    return [int(e["data"]["amount"]) for e in tx["events"] if e["type"] in MOVES]


def test_the_recordings_are_here_and_every_file_is_accounted_for() -> None:
    require_chaindata()
    assert len(ENTRIES) == 10
    assert set(NOT_READ) < {entry.file for entry in ENTRIES}


@pytest.mark.parametrize("entry", READ, ids=lambda e: e.file)
def test_the_facts_of_the_index_hold(entry: Entry) -> None:
    expected, evidence = entry.expected, evidence_of(entry)
    assert expected["status"] == "success"
    assert (evidence.status, evidence.tx_hash) == (TxStatus.CONFIRMED, entry.tx_hash)
    assert evidence.fee is not None
    assert evidence.fee.payer == read_address(expected["from"], "from")
    assert evidence.fee.amount <= int(expected["gas_used"]) * int(expected["gas_unit_price"])
    if expected["amount_base_units"] is None:
        return
    (transfer,) = evidence.transfers
    assert transfer.recipient.address == read_address(expected["to"], "to")
    assert [p.address for p in transfer.senders] == [read_address(expected["from"], "from")]
    assert str(transfer.amount) == expected["amount_base_units"]
    row = load_registry()["APT"]
    if expected["asset"] == "native":
        assert (transfer.asset, transfer.kind) == (row.native_asset, TransferKind.NATIVE)
    else:
        twin = derive_paired_metadata(expected["asset"])
        assert transfer.asset == token_asset(row, "fungible", twin)


@pytest.mark.parametrize("entry", READ, ids=lambda e: e.file)
def test_every_deposit_is_a_transfer_that_delivered_no_more_than_its_event_says(
    entry: Entry,
) -> None:
    evidence = evidence_of(entry)
    if entry.file == CUT:
        assert evidence.transfers == ()
        assert evidence.gaps == {Gap.INTERNAL_TRANSFERS, Gap.SENDERS}
        return
    told = [t.requested_amount or t.amount for t in evidence.transfers]
    assert told == deposits(entry.load())
    assert evidence.gaps == frozenset()


@pytest.mark.parametrize("entry", READ, ids=lambda e: e.file)
def test_the_stores_marked_primary_are_the_derived_ones(entry: Entry) -> None:
    tx = entry.load()
    stores = [
        read_address(e["data"]["store"], "store") for e in tx["events"] if "store" in e["data"]
    ]
    row = load_registry()["APT"]
    apt = "0x" + "0" * 63 + "a"
    for transfer in evidence_of(entry).transfers:
        if transfer.asset == row.native_asset and transfer.type is None and stores:
            assert derive_primary_store(str(transfer.recipient.address), apt) in stores
