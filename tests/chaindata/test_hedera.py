"""Every recorded row of Hedera through the decoder, against its file.

A recording is one row: block and head are made up around it.
"""

from __future__ import annotations

import os
from typing import Any

import pytest
from chaindata.index import VARIABLE, Entry, load_index, require_chaindata

from recovery.chains.family import RawTx
from recovery.chains.hedera.family import FAMILY
from recovery.clock import now
from recovery.model import Evidence, Gap, TransferKind, TxStatus
from recovery.networks import load_registry

ENTRIES = load_index("HBAR") if os.environ.get(VARIABLE) else []

UNBALANCED = "HBAR/testnet_crosschain_1762248133_170914767.json"
"""A recording of the test network whose hbar do not add up: somebody's entry was taken out."""


def raw_of(entry: Entry) -> RawTx:
    row = entry.load()
    stamp = row["consensus_timestamp"]
    seconds = int(stamp.partition(".")[0])
    period = {"from": f"{seconds}.000000000", "to": f"{seconds}.999999999"}
    block = {"number": 20_000_000, "hash": "0x" + "0" * 96, "timestamp": period}
    nonce, scheduled = row["nonce"], "?scheduled" if row["scheduled"] else ""
    key = row["transaction_id"] + scheduled + (f"/{nonce}" if nonce else "")
    answers = {
        "head": {"number": 90_000_000},
        "block": block,
        "transactions": {"transactions": [row]},
        "tokens": {},
    }
    return RawTx(load_registry()["HBAR"].code, key, "mirror", "file", now(), answers)


def evidence_of(entry: Entry) -> Evidence:
    return FAMILY.decode(load_registry()["HBAR"], raw_of(entry))


def totals(listed: list[dict[str, Any]], name: str) -> dict[str, int]:
    return {e[name]: int(e["amount"]) for e in listed}


def test_the_recordings_are_here() -> None:
    require_chaindata()
    assert len(ENTRIES) >= 22
    assert UNBALANCED in {e.file for e in ENTRIES}


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda e: e.file)
def test_the_facts_of_the_index_hold(entry: Entry) -> None:
    expected, evidence = entry.expected, evidence_of(entry)
    status = TxStatus.CONFIRMED if expected["status"] == "success" else TxStatus.FAILED
    assert evidence.status is status
    assert evidence.tx_hash.startswith(str(entry.tx_hash))
    assert (Gap.AMOUNT in evidence.gaps) is (entry.file == UNBALANCED)
    if expected.get("fee") is not None:
        assert evidence.fee is not None
        assert str(evidence.fee.amount) == expected["fee"]
    if expected["to"] is not None and expected["asset"] is not None:
        amounts = {t.recipient.address: t for t in evidence.transfers}
        transfer = amounts[expected["to"]]
        assert str(transfer.amount) == expected["amount_base_units"]
        end = "slip44:3030" if expected["asset"] == "native" else f"token:{expected['asset']}"
        assert transfer.asset.endswith(end)
    elif expected["asset"] is None:
        assert all(t.kind is TransferKind.NFT for t in evidence.transfers)
    if expected["memo"] is not None:
        for transfer in evidence.transfers:
            if transfer.kind is not TransferKind.REWARD:
                assert transfer.memo is not None
                assert transfer.memo.value == expected["memo"]


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda e: e.file)
def test_what_was_received_and_the_fee_are_all_that_was_given(entry: Entry) -> None:
    if entry.file == UNBALANCED:
        pytest.skip("its hbar do not add up")
    evidence = evidence_of(entry)
    given = -sum(e["amount"] for e in entry.load()["transfers"] if e["amount"] < 0)
    native = [t for t in evidence.transfers if t.asset.endswith("slip44:3030")]
    assert evidence.fee is not None
    received = sum(int(t.amount) for t in native)
    own_fee = 514_522 if any(t.kind is TransferKind.REWARD for t in native) else 0
    # the account that pays rewards also takes a part of the fee, and the list holds the difference
    assert received + evidence.fee.amount == given + own_fee
