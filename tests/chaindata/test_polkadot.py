"""Every recorded extrinsic of Polkadot through the decoder, against what its file shows.

Most are of the relay chain, which spoke the same language while coins were there.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
from chaindata.index import VARIABLE, Entry, load_index, require_chaindata

from recovery.chains.family import RawTx
from recovery.chains.polkadot.decode import split_name
from recovery.chains.polkadot.family import FAMILY
from recovery.clock import now
from recovery.model import Evidence, TxStatus
from recovery.networks import load_registry

ENTRIES = load_index("DOT") if os.environ.get(VARIABLE) else []
ROW = load_registry()["DOT"]

NOT_READ = {
    "DOT/assethub_raw_extrinsics_block_1276963.json": "undecoded SCALE bytes, without events",
    "DOT/raw_extrinsics_block_10293194.json": "undecoded SCALE bytes, without events",
}
READ = [entry for entry in ENTRIES if entry.file not in NOT_READ]
BLOCKS = [entry for entry in READ if "subscan" not in entry.file]


def evidence_of(block: Any, index: int) -> Evidence:
    height = int(block["number"])
    at = {"height": str(height + 10)}
    answers = {"material": {"at": at}, "head": {"number": str(height + 20)}, "block": block}
    raw = RawTx(ROW.code, f"{height}-{index}", "sidecar", "file", now(), answers)
    return FAMILY.decode(ROW, raw)


def blocks_of(entry: Entry) -> dict[int, Any]:
    body = entry.load()
    listed = body if isinstance(body, list) else [body]
    return {int(block["number"]): block for block in listed}


def told_of(entry: Entry) -> Iterator[tuple[Any, Any]]:
    blocks = blocks_of(entry)
    for told in entry.expected["extrinsics"]:
        height = told.get("block_height", entry.expected.get("block_height"))
        yield blocks[height], told


def test_the_recordings_are_here_and_every_file_is_accounted_for() -> None:
    require_chaindata()
    assert len(ENTRIES) >= 19
    assert set(NOT_READ) <= {entry.file for entry in ENTRIES}


@pytest.mark.parametrize("entry", BLOCKS, ids=lambda e: e.file)
def test_the_facts_of_the_index_hold(entry: Entry) -> None:
    for block, told in told_of(entry):
        evidence = evidence_of(block, told["extrinsic_index"])
        assert evidence.tx_hash == f"{int(block['number'])}-{told['extrinsic_index']}"
        assert told["tx_hash"] in evidence.notes[0].text
        failed = told["status"] not in ("success", True)
        assert evidence.status is (TxStatus.FAILED if failed else TxStatus.CONFIRMED)
        assert evidence.fee is not None
        assert evidence.fee.payer == told["from"]
        assert evidence.fee.amount >= int(told["fee"])
        paid = [(t.recipient.address, str(t.amount)) for t in evidence.transfers if t.succeeded]
        for moved in told.get("balances_transfer_events", ()):
            assert (moved["to"], moved["amount"]) in paid
        if "amount_base_units" in told and not failed:
            assert (told["to"], told["amount_base_units"]) in paid


@pytest.mark.parametrize("entry", BLOCKS, ids=lambda e: e.file)
def test_every_extrinsic_of_every_block_can_be_read(entry: Entry) -> None:
    for block in blocks_of(entry).values():
        for index in range(len(block["extrinsics"])):
            evidence = evidence_of(block, index)
            assert split_name(evidence.tx_hash)[1] == index
            assert evidence.final


def test_subscans_recording_holds() -> None:
    require_chaindata()
    (entry,) = [e for e in READ if "subscan" in e.file]
    heads = {"data": {"blockNum": "16100000", "finalized_blockNum": "16099990"}}
    answers = {"extrinsic": entry.load(), "metadata": heads}
    name = "0x47cf6465b5288b5bb1e1107ff9f8a7ac9e690dc6eead5fb3fa12f47213c028cb"
    evidence = FAMILY.decode(ROW, RawTx(ROW.code, name, "subscan", "file", now(), answers))
    (transfer,) = evidence.transfers
    assert evidence.tx_hash == "16097417-2"
    assert transfer.recipient.address == "12nr7GiDrYHzAYT9L8HdeXnMfWcBuYfAXpgfzf3upujeCciz"
    assert transfer.amount == 872_321_233_400
    assert evidence.fee is not None
    assert evidence.fee.amount == 157_316_518
    assert evidence.gaps == frozenset()
