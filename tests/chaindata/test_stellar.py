"""Every recorded transaction and operation of Stellar through the decoder, against its file.

A recorded transaction comes without its operations: they are filled in as the index tells them, and
the recorded envelope, which the transaction's hash covers, is held against them. A recorded operation
comes without its transaction, which is made up around it.
"""

from __future__ import annotations

import base64
import contextlib
import os
from decimal import Decimal
from typing import Any

import pytest
from chaindata.index import VARIABLE, Entry, load_index, require_chaindata

from recovery.chains.family import RawTx
from recovery.chains.stellar.family import FAMILY
from recovery.chains.stellar.signed import read_envelope
from recovery.clock import now
from recovery.errors import Garbled
from recovery.model import Evidence, MemoKind, TxStatus
from recovery.networks import load_registry

ENTRIES = load_index("XLM") if os.environ.get(VARIABLE) else []

NOT_READ = {
    "XLM/e2126485295e_memo-text_Inflation.json": "the inflation's effects were not recorded",
    "XLM/testnet_tx_3dfef7d72269.json": "an envelope of a test, whose accounts contradict its bytes",
    "XLM/testnet_tx_3dfef7d72269_2.json": "the same test transaction, muxed",
    "XLM/testnet_tx_749e4f893322.json": "test network: only its hash is checked",
    "XLM/testnet_op_account_merge.json": "test network, and its effects were not recorded",
    "XLM/testnet_op_claim_claimable_balance.json": "test network, without effects and balance id",
    "XLM/testnet_op_revoke_sponsorship.json": "test network: an operation without value",
    "XLM/testnet_op_allow_trust.json": "test network: an operation without value",
    "XLM/op_98448467264811009_manage_offer.json": "its effects were not recorded",
}
TRANSACTIONS = [e for e in ENTRIES if "GET /transactions/" in e.api and e.file not in NOT_READ]
SIGNED = [e for e in ENTRIES if "GET /transactions/" in e.api]
OPERATIONS = [e for e in ENTRIES if e not in SIGNED and e.file not in NOT_READ]


def successful_result(code: int = 0) -> str:
    return base64.b64encode(bytes(8) + code.to_bytes(4, "big", signed=True) + bytes(8)).decode()


def row_of(entry: Entry) -> Any:
    row = load_registry()["XLM"]
    return row.with_profile("testnet") if entry.real == "testnet" else row


def joined(asset: str | None) -> dict[str, str]:
    if asset in (None, "native"):
        return {"asset_type": "native"}
    code, _, issuer = str(asset).partition(":")
    kind = "credit_alphanum4" if len(code) < 5 else "credit_alphanum12"
    return {"asset_type": kind, "asset_code": code, "asset_issuer": issuer}


def operation_of(told: dict[str, Any]) -> dict[str, Any]:
    """An operation as Horizon shows it, from the index's short form."""
    kind, source = told["type"], told.get("source")
    amount = format(Decimal(told.get("amount", "0")), "f")
    if kind == "Payment":
        parties = {"from": source, "to": told["to"], "amount": amount}
        return {"type": "payment"} | parties | joined(told["asset"])
    if kind == "CreateAccount":
        parties = {"funder": source, "account": told["to"], "starting_balance": amount}
        return {"type": "create_account"} | parties
    if kind == "CreateClaimableBalance":
        claimants = [{"destination": c} for c in told["claimants"]]
        fields = {"asset": told["asset"], "amount": amount, "claimants": claimants}
        return {"type": "create_claimable_balance", "source_account": source} | fields
    assert kind == "SetOptions", kind
    return {"type": "set_options", "source_account": source}


def raw_of(entry: Entry, tx: dict[str, Any], operations: list[dict[str, Any]]) -> RawTx:
    first = int(tx["paging_token"]) + 1
    numbered = [
        {"transaction_hash": tx["hash"]} | op | {"id": str(first + place)}
        for place, op in enumerate(operations)
    ]
    answers = {
        "root": {"history_latest_ledger": 65_000_000},
        "tx": tx,
        "operations": numbered,
        "ledger": {"sequence": tx["ledger"], "closed_at": tx["created_at"], "hash": "0" * 64},
    }
    return RawTx(load_registry()["XLM"].code, tx["hash"], "horizon", "file", now(), answers)


def transaction(entry: Entry) -> RawTx:
    tx = entry.load()
    tx.setdefault("result_xdr", successful_result())
    listed = entry.expected.get("operations")
    if listed is None:
        told = {"type": "CreateAccount", "source": entry.expected["from"]}
        listed = [told | {"to": entry.expected["to"], "amount": "0.01"}]
    return raw_of(entry, tx, [operation_of(told) for told in listed])


def decode(entry: Entry, raw: RawTx) -> Evidence:
    return FAMILY.decode(row_of(entry), raw)


def test_the_recordings_are_here_and_every_file_is_accounted_for() -> None:
    require_chaindata()
    files = {e.file for e in ENTRIES}
    assert len(ENTRIES) >= 31
    assert set(NOT_READ) <= files
    read = {e.file for e in (*TRANSACTIONS, *SIGNED, *OPERATIONS)}
    assert read | set(NOT_READ) == files


@pytest.mark.parametrize("entry", TRANSACTIONS, ids=lambda e: e.file)
def test_the_facts_of_the_index_hold(entry: Entry) -> None:
    expected, raw = entry.expected, transaction(entry)
    evidence = decode(entry, raw)
    status = TxStatus.CONFIRMED if expected["status"] == "success" else TxStatus.FAILED
    assert (evidence.status, evidence.tx_hash) == (status, entry.tx_hash)
    assert evidence.block is not None
    assert evidence.block.height == expected["block_height"]
    assert evidence.fee is not None
    if "fee" in expected:
        assert str(evidence.fee.amount) == expected["fee"]
    if expected["amount_base_units"] is not None and expected["to"] is not None:
        (transfer,) = evidence.transfers
        assert str(transfer.amount) == expected["amount_base_units"]
        assert transfer.recipient.address == expected["to"]
        assert [p.address for p in transfer.senders] == [expected["from"]]
        asset = expected["asset"]
        end = "slip44:148" if asset == "native" else f"asset:{asset.replace(':', '-')}"
        assert transfer.asset == f"stellar:pubnet/{end}"
    memo = expected["memo"]
    for transfer in evidence.transfers:
        if memo is None or not memo["value"]:
            assert transfer.memo is None
            continue
        assert transfer.memo is not None
        assert transfer.memo.kind is MemoKind(memo["type"])
        hashed = memo["type"] == "hash"
        value = base64.b64decode(memo["value"]).hex() if hashed else memo["value"]
        assert transfer.memo.value == value


@pytest.mark.parametrize("entry", TRANSACTIONS, ids=lambda e: e.file)
def test_what_was_signed_is_what_is_told(entry: Entry) -> None:
    raw = transaction(entry)
    evidence = decode(entry, raw)
    assert FAMILY.verify is not None
    FAMILY.verify(row_of(entry), raw, evidence)


@pytest.mark.parametrize("entry", SIGNED, ids=lambda e: e.file)
def test_every_recorded_envelope_has_the_recorded_hash_and_one_changed_byte_has_not(
    entry: Entry,
) -> None:
    tx = entry.load()
    listed = tx.get("fee_bump_transaction", tx)["signatures"]
    sizes = [len(base64.b64decode(s)) for s in listed]
    envelope = base64.b64decode(tx["envelope_xdr"])
    passphrase = row_of(entry).parameters["passphrase"]
    signed = read_envelope(envelope, passphrase, signatures=sizes)
    assert signed.tx_hash == tx["hash"]
    changed = envelope[:44] + bytes([envelope[44] ^ 1]) + envelope[45:]
    with contextlib.suppress(Garbled):
        assert read_envelope(changed, passphrase, signatures=sizes).tx_hash != tx["hash"]


def operations_in(entry: Entry) -> list[dict[str, Any]]:
    document = entry.load()
    return document["_embedded"]["records"] if "_embedded" in document else [document]


@pytest.mark.parametrize("entry", OPERATIONS, ids=lambda e: e.file)
def test_recorded_operations_give_their_facts(entry: Entry) -> None:
    for op in operations_in(entry):
        number = int(op["id"])
        tx = {
            "hash": op["transaction_hash"],
            "paging_token": str(number & ~0xFFF),
            "ledger": number >> 32,
            "created_at": op["created_at"],
            "source_account": op["source_account"],
            "fee_charged": "100",
            "operation_count": 1,
            "result_xdr": successful_result(),
            "memo_type": "none",
        }
        evidence = decode(entry, raw_of(entry, tx, [op]))
        if op["type"] == "liquidity_pool_deposit":
            assert {t.recipient.address for t in evidence.transfers} != {op["source_account"]}
            continue
        if op["type"] == "liquidity_pool_withdraw":
            assert len(evidence.transfers) == 2
            continue
        (transfer,) = evidence.transfers
        amount = int(Decimal(op["amount"]).scaleb(7))
        assert transfer.amount == amount
        if entry.expected.get("amount_base_units") is not None:
            assert str(amount) == entry.expected["amount_base_units"]
        assert transfer.recipient.address == op.get(
            "to", op.get("claimants", [{}])[0].get("destination")
        )
