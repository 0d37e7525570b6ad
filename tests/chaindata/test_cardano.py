"""Every recorded answer about Cardano through the decoder, against what its file shows.

Blockfrost's recordings are one path each, and rarely two of one transaction: what a recording lacks
is filled in from the recording itself, and only what was recorded is compared. Rosetta's hold spent
and made outputs of whole transactions: they are told again in Blockfrost's shape.
"""

from __future__ import annotations

import os
from typing import Any

import pytest
from chaindata.index import VARIABLE, Entry, load_index, require_chaindata

from recovery.chains.cardano.answer import read_blockfrost
from recovery.chains.cardano.family import FAMILY
from recovery.chains.family import RawTx
from recovery.clock import now
from recovery.model import Evidence, TransferKind, TxStatus
from recovery.networks import load_registry

ENTRIES = load_index("ADA") if os.environ.get(VARIABLE) else []

NOT_READ = {
    "account_utxos": "an account's unspent outputs, not a transaction",
    "address-transactions": "an address's list of hashes",
    "address-txs": "an address's list of hashes",
    "address-utxos": "an address's unspent outputs, not a transaction",
    "asset-transactions": "a token's list of hashes",
    "asset-txs": "a token's list of hashes",
    "delegations": "certificates move no value",
    "metadata_cbor": "the metadata's bytes; the same metadata is read as JSON",
    "mirs": "rewards paid to stake accounts: they reach an address only when withdrawn",
    "pool_retires": "certificates move no value",
    "pool_updates": "certificates move no value",
    "redeemers": "a script's budget, no value",
    "required_signers": "who had to sign, no value",
    "stakes": "certificates move no value",
}
"""Kinds of Blockfrost's paths that no evidence needs, with the reason."""


def kind_of(entry: Entry) -> str:
    """``tx``, ``utxos``, ``metadata``, ``withdrawals``, ``cbor``, ``rosetta``, or a kind not read."""
    name = entry.path.name.removeprefix("preprod_").removesuffix(".json")
    if name.startswith("rosetta_"):
        return "rosetta"
    rest = name.removeprefix("blockfrost_")
    known = [*NOT_READ, "tx", "utxos", "metadata", "withdrawals", "cbor"]
    return max((k for k in known if rest == k or rest.startswith(f"{k}_")), key=len)


def recorded(kind: str) -> list[Any]:
    return [pytest.param(e, id=e.file) for e in ENTRIES if kind_of(e) == kind]


def evidence_of(entry: Entry, answers: dict[str, Any]) -> Evidence:
    row = load_registry()["ADA"]
    row = row.with_profile("testnet") if entry.real == "testnet" else row
    whole = {"metadata": [], "withdrawals": [], "head": {"height": 20_000_000}} | answers
    raw = RawTx(row.code, answers["tx"]["hash"], "blockfrost", "file", now(), whole)
    return FAMILY.decode(row, raw)


def summary_of(utxos: dict[str, Any]) -> dict[str, Any]:
    """What a transaction's own answer says where only its outputs were recorded."""
    totals: dict[str, int] = {}
    for output in utxos["outputs"]:
        for part in output["amount"]:
            if not output["collateral"]:
                totals[part["unit"]] = totals.get(part["unit"], 0) + int(part["quantity"])
    return {
        "hash": utxos["hash"],
        "block": "00" * 32,
        "block_height": 5_000_000,
        "block_time": 1_600_000_000,
        "output_amount": [{"unit": u, "quantity": str(q)} for u, q in totals.items()],
        "fees": "0",
        "invalid_hereafter": None,
        "asset_mint_or_burn_count": 0,
        "valid_contract": True,
    }


def outputs_of(summary: dict[str, Any]) -> dict[str, Any]:
    """One output that holds the recorded total, where the outputs were not recorded."""
    nobody = "addr1vyrrp6xxxtju3ts2sjdgv0smvw9eph5n28gsjf8d8e827gqutvkft"
    output = {"address": nobody, "amount": summary["output_amount"], "output_index": 0}
    return {"hash": summary["hash"], "inputs": [], "outputs": [output | {"collateral": False}]}


def test_the_recordings_are_here_and_every_file_is_accounted_for() -> None:
    require_chaindata()
    kinds = {kind_of(entry) for entry in ENTRIES}
    assert kinds == {*NOT_READ, "tx", "utxos", "metadata", "withdrawals", "cbor", "rosetta"}
    assert len(ENTRIES) >= 75


@pytest.mark.parametrize("entry", recorded("tx"))
def test_a_recorded_transaction_gives_block_fee_and_totals(entry: Entry) -> None:
    tx = entry.load()
    twin = [e for e in ENTRIES if kind_of(e) == "utxos" and e.tx_hash == entry.tx_hash]
    utxos = twin[0].load() if twin else outputs_of(tx)
    evidence = evidence_of(entry, {"tx": tx, "utxos": utxos})
    expected = entry.expected
    assert evidence.status is TxStatus.CONFIRMED
    assert evidence.block is not None
    assert evidence.block.height == expected["block_height"]
    assert evidence.fee is not None
    assert str(evidence.fee.amount) == expected["fee"]
    totals: dict[str, int] = {}
    for t in evidence.transfers:
        unit = t.position.rpartition(":")[2]
        totals[unit] = totals.get(unit, 0) + int(t.amount)
    assert {u: str(q) for u, q in totals.items()} == expected["output_totals"]


@pytest.mark.parametrize("entry", recorded("utxos"))
def test_recorded_outputs_are_transfers_one_by_one(entry: Entry) -> None:
    utxos = entry.load()
    evidence = evidence_of(entry, {"tx": summary_of(utxos), "utxos": utxos})
    made = [
        (f"output:{o['output_index']}:{part['unit']}", o["address"], int(part["quantity"]))
        for o in utxos["outputs"]
        for part in o["amount"]
        if not o["collateral"]
    ]
    told = {t.position: (t.recipient.address, t.amount) for t in evidence.transfers}
    assert len(told) == len(made)
    for position, address, quantity in made:
        # one output of the dust transaction pays an address that nobody can hold
        assert told[position] in ((address, quantity), (None, quantity))
    spent = {i["address"] for i in utxos["inputs"] if not i["collateral"] and not i["reference"]}
    senders = {p.address for t in evidence.transfers[:1] for p in t.senders}
    assert senders - {None} <= spent
    assert len(senders) == len(spent) or None in senders


@pytest.mark.parametrize("entry", recorded("metadata"))
def test_recorded_metadata_holds_no_message(entry: Entry) -> None:
    (tx,) = [e.load() for e in ENTRIES if kind_of(e) == "tx" and e.tx_hash == entry.tx_hash]
    answers = {"tx": tx, "utxos": outputs_of(tx), "metadata": entry.load()}
    assert not [n for n in evidence_of(entry, answers).notes if n.code == "transaction_message"]


@pytest.mark.parametrize("entry", recorded("withdrawals"))
def test_recorded_withdrawals_are_added_up(entry: Entry) -> None:
    (tx,) = [e.load() for e in ENTRIES if kind_of(e) == "tx" and e.tx_hash == entry.tx_hash]
    rows = entry.load()
    answers = {"tx": tx, "utxos": outputs_of(tx), "withdrawals": rows, "metadata": []}
    read = read_blockfrost(answers, tx["hash"])
    assert read.withdrawn == sum(int(row["amount"]) for row in rows) > 0


@pytest.mark.parametrize("entry", recorded("cbor"))
def test_recorded_bytes_have_the_recorded_hash_and_one_changed_byte_is_noticed(
    entry: Entry,
) -> None:
    from recovery.chains.cardano.signed import check_bytes
    from recovery.demo.fixtures import load_fixtures
    from recovery.errors import Garbled

    row = load_registry()["ADA"]
    (fixture,) = [f for f in load_fixtures(network="ADA") if f.name == "ADA/token"]
    told = {e.request: e.document for e in fixture.exchanges if e.status == 200}  # type: ignore[union-attr]  # all are GETs
    answers = {
        "tx": told[f"GET /txs/{entry.tx_hash}"],
        "utxos": told[f"GET /txs/{entry.tx_hash}/utxos"],
        "metadata": [],
        "withdrawals": [],
    }
    tx = read_blockfrost(answers, str(entry.tx_hash))
    cbor = entry.load()
    check_bytes(row, cbor, tx)
    for at in (10, 100, 300):
        text = cbor["cbor"]
        changed = text[:at] + ("0" if text[at] != "0" else "1") + text[at + 1 :]
        with pytest.raises(Garbled):
            check_bytes(row, {"cbor": changed}, tx)


@pytest.mark.parametrize("entry", recorded("rosetta"))
def test_recorded_rosetta_operations_are_the_evidence(entry: Entry) -> None:
    document = entry.load()
    found = document.get("transactions", [document])[0]
    told = found.get("transaction", found)
    operations, hash_ = told["operations"], told["transaction_identifier"]["hash"]
    inputs, outputs = [], []
    for operation in operations:
        if operation["type"] not in ("input", "output"):
            continue
        value = abs(int(operation["amount"]["value"]))
        amount = [{"unit": "lovelace", "quantity": str(value)}]
        for bundle in (operation.get("metadata") or {}).get("tokenBundle", []):
            for token in bundle["tokens"]:
                name = token["currency"]["symbol"].replace("\\x", "")
                unit = bundle["policyId"] + name
                amount.append({"unit": unit, "quantity": str(abs(int(token["value"])))})
        source, _, index = operation["coin_change"]["coin_identifier"]["identifier"].partition(":")
        row = {"address": operation["account"]["address"], "amount": amount, "collateral": False}
        row |= {"output_index": int(index)}
        if operation["type"] == "input":
            inputs.append(row | {"tx_hash": source, "reference": False})
        else:
            outputs.append(row)
    outputs.sort(key=lambda o: o["output_index"])
    utxos = {"hash": hash_, "inputs": inputs, "outputs": outputs}
    evidence = evidence_of(entry, {"tx": summary_of(utxos), "utxos": utxos})
    assert evidence.tx_hash == entry.tx_hash
    coins = [t for t in evidence.transfers if t.kind is TransferKind.NATIVE]
    assert [(t.recipient.address, str(t.amount)) for t in coins] == [
        (o["address"], o["amount"][0]["quantity"]) for o in outputs
    ]
    tokens = [t for t in evidence.transfers if t.kind is not TransferKind.NATIVE]
    assert len(tokens) == sum(len(o["amount"]) - 1 for o in outputs)
