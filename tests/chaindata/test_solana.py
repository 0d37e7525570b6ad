"""Every recorded transaction of Solana through the decoder, against what its file shows.

The recordings hold ``getTransaction`` alone; block, status and mints are filled in. The recorded
deltas of every wallet and owner are compared with what the evidence says he received, and where the
answer holds the signed message, its signature is checked.
"""

from __future__ import annotations

import base64
import os
import struct
from collections import defaultdict
from typing import Any

import pytest
from chaindata.index import VARIABLE, Entry, load_index, require_chaindata

from recovery.chains.family import RawTx
from recovery.chains.solana.family import FAMILY
from recovery.clock import now
from recovery.model import Evidence, TxStatus
from recovery.networks import Network, load_registry

ENTRIES = load_index("SOL") if os.environ.get(VARIABLE) else []

SHOWN = 13
"""How many answers there are; all of them are transactions of the main network."""


@pytest.fixture
def row() -> Network:
    return load_registry()["SOL"]


def _mint(balance: dict[str, Any]) -> dict[str, Any]:
    decimals = balance["uiTokenAmount"]["decimals"]
    data = bytes(36) + struct.pack("<QBB", 10**15, decimals, 1) + bytes(36)
    account = {
        "owner": balance.get("programId", "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA"),
        "data": [base64.b64encode(data).decode(), "base64"],
    }
    return {"value": [account, None]}


def evidence_of(entry: Entry, row: Network) -> tuple[RawTx, Evidence]:
    document = entry.load()
    result = document.get("result", document)
    meta = result["meta"]
    balances = (meta.get("preTokenBalances") or []) + (meta.get("postTokenBalances") or [])
    slot = result["slot"]
    raw = RawTx(
        row.code,
        str(entry.tx_hash),
        "jsonrpc",
        "file",
        now(),
        {
            "tx": result,
            "status": {"slot": slot, "err": meta["err"], "confirmationStatus": "finalized"},
            "head": {"slot": slot + 100, "first": 0},
            "block": {
                "parentSlot": slot - 1,
                "blockhash": "11111111111111111111111111111111",
                "blockTime": result["blockTime"],
            },
            "mints": {b["mint"]: _mint(b) for b in balances},
        },
    )
    return raw, FAMILY.decode(row, raw)


def test_every_recording_is_accounted_for() -> None:
    require_chaindata()
    assert len(ENTRIES) == SHOWN
    assert all(e.real is True and e.api.startswith("getTransaction") for e in ENTRIES)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda e: e.file)
def test_status_fee_and_slot_are_those_of_the_file(entry: Entry, row: Network) -> None:
    _, evidence = evidence_of(entry, row)
    expected = entry.expected
    assert evidence.status is TxStatus.CONFIRMED
    assert expected["status"] == "success"
    assert evidence.block is not None
    assert evidence.block.time is not None
    assert evidence.block.height == expected["slot"]
    assert int(evidence.block.time.timestamp()) == expected["block_time"]
    assert evidence.fee is not None
    assert (str(evidence.fee.amount), evidence.fee.payer) == (
        expected["fee"],
        expected["fee_payer"],
    )
    assert evidence.gaps == frozenset()


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda e: e.file)
def test_everybody_received_what_he_is_richer_by(entry: Entry, row: Network) -> None:
    _, evidence = evidence_of(entry, row)
    tokens: dict[tuple[str, str], int] = defaultdict(int)
    accounts = set()
    for delta in entry.expected["token_deltas"]:
        tokens[delta["owner"], delta["mint"]] += int(delta["delta"])
        accounts.add(delta["account"])
    got: dict[tuple[str | None, str], int] = defaultdict(int)
    for t in evidence.transfers:
        assert isinstance(t.amount, int)
        reference = t.asset.rpartition(":")[2]
        if t.recipient not in t.senders or t.type == "close_remainder":
            got[t.recipient.address, reference] += t.amount
    for holder, delta in tokens.items():
        assert got.pop(holder, 0) == max(delta, 0), holder
    for (recipient, reference), amount in got.items():
        if reference != "501":
            assert amount == 0, (recipient, reference)
    fee, payer = int(entry.expected["fee"]), entry.expected["fee_payer"]
    opened = {n.text.split()[7] for n in evidence.notes if n.code == "account_rent"}
    for account, delta in entry.expected["lamport_deltas"].items():
        if account in accounts | opened:
            continue  # rent, or wrapped coin
        gain = int(delta) + (fee if account == payer else 0)
        assert got.get((account, "501"), 0) == max(gain, 0), account


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda e: e.file)
def test_the_transfer_a_file_shows_is_in_the_evidence(entry: Entry, row: Network) -> None:
    expected = entry.expected
    if expected["to"] is None or "single-transfer" not in entry.what:
        pytest.skip("the file shows no single recipient")
    _, evidence = evidence_of(entry, row)
    asset = "slip44:501" if expected["asset"] == "native" else f"token:{expected['asset']}"
    amounts = [
        str(t.amount)
        for t in evidence.transfers
        if t.recipient.address == expected["to"] and t.asset.endswith(asset)
    ]
    assert amounts == [expected["amount_base_units"]]


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda e: e.file)
def test_the_id_is_the_payers_signature_of_what_is_shown(entry: Entry, row: Network) -> None:
    raw, evidence = evidence_of(entry, row)
    assert FAMILY.verify is not None
    FAMILY.verify(row, raw, evidence)
    if "json" in entry.what:  # jsonParsed does not hold what was signed
        assert "header" in raw.answers["tx"]["transaction"]["message"]
