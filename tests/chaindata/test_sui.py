"""Every recorded transaction of Sui through the decoder, against what its file shows.

The recordings are JSON-RPC answers, two of them without the transaction's input: the owner of the
gas coin stands for sender and payer there. Checkpoint and names are filled in as a node would give
them, and only what was recorded is compared.
"""

from __future__ import annotations

import os
from typing import Any

import pytest
from chaindata.index import VARIABLE, Entry, load_index, require_chaindata

from recovery.assets import token_asset
from recovery.chains.family import RawTx
from recovery.chains.sui.family import FAMILY
from recovery.chains.sui.seen import read_address
from recovery.clock import now
from recovery.model import Evidence, TransferKind, TxStatus
from recovery.networks import load_registry

ENTRIES = load_index("SUI") if os.environ.get(VARIABLE) else []
NOT_READ: dict[str, str] = {}


def answer_of(entry: Entry) -> dict[str, Any]:
    found = entry.load()
    tx: dict[str, Any] = found.get("result", found)
    if "transaction" not in tx:
        owner = tx["effects"]["gasObject"]["owner"]["AddressOwner"]
        tx["transaction"] = {"data": {"sender": owner, "gasData": {"owner": owner}}}
    tx.setdefault("objectChanges", [])
    return tx


def evidence_of(entry: Entry) -> Evidence:
    tx = answer_of(entry)
    checkpoint = {"sequenceNumber": tx["checkpoint"], "digest": "1" * 32}
    answers = {"tx": tx, "checkpoint": checkpoint, "head": 400_000_000, "coins": {}}
    row = load_registry()["SUI"]
    return FAMILY.decode(row, RawTx(row.code, tx["digest"], "jsonrpc", "file", now(), answers))


def test_the_recordings_are_here_and_every_file_is_accounted_for() -> None:
    require_chaindata()
    assert len(ENTRIES) == 5
    assert set(NOT_READ) <= {entry.file for entry in ENTRIES}


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda e: e.file)
def test_the_facts_of_the_index_hold(entry: Entry) -> None:
    expected, evidence = entry.expected, evidence_of(entry)
    status = TxStatus.CONFIRMED if expected["status"] == "success" else TxStatus.FAILED
    assert (evidence.status, evidence.tx_hash) == (status, entry.tx_hash)
    assert evidence.block is not None
    assert evidence.block.height == expected["block_height"]
    assert evidence.block.time is not None
    assert int(evidence.block.time.timestamp() * 1000) == int(expected["timestamp_ms"])
    assert evidence.failure == expected["error"]
    if expected["to"] is None:
        assert evidence.transfers == ()
        return
    (transfer,) = evidence.transfers
    row = load_registry()["SUI"]
    native = expected["asset"] == "native"
    asset = row.native_asset if native else token_asset(row, "coin", expected["asset"])
    assert (transfer.asset, str(transfer.amount)) == (asset, expected["amount_base_units"])
    assert transfer.recipient.address == read_address(expected["to"], "to")
    assert transfer.kind is (TransferKind.NATIVE if native else TransferKind.TOKEN)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda e: e.file)
def test_without_the_gas_the_recorded_balances_of_sui_add_up(entry: Entry) -> None:
    """Nothing is lost between rows, fee and transfers: what the payer lost is fee and payments."""
    tx, evidence = answer_of(entry), evidence_of(entry)
    rows = [c for c in tx["balanceChanges"] if c["coinType"].endswith("2::sui::SUI")]
    used = tx["effects"]["gasUsed"]
    fee = int(used["computationCost"]) + int(used["storageCost"]) - int(used["storageRebate"])
    assert sum(int(c["amount"]) for c in rows) == -fee
    assert evidence.fee is not None
    assert evidence.fee.amount == max(fee, 0)
