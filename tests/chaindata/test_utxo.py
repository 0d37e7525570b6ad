"""Every recorded transaction of the UTXO chains through the decoder, against what its file shows.

Many were recorded from Blockbook and haskoin, which the product does not ask: their facts are put
into the form of a Core answer first (amounts, scripts, block), so that the decoder under test is
the real one.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from chaindata.index import VARIABLE, Entry, load_index, require_chaindata

from recovery.chains.codecs import parse_address
from recovery.chains.family import RawTx
from recovery.chains.utxo.family import FAMILY
from recovery.clock import now
from recovery.model import Evidence, Gap, TxStatus
from recovery.networks import Network, load_registry

CODES = ("BTC", "LTC", "DOGE", "BCH", "DASH", "ZEC")
ENTRIES = [e for code in CODES for e in load_index(code)] if os.environ.get(VARIABLE) else []

BLOCKS = "a raw block: material of the block scan, no answer about one transaction"
UNDO = "bcoin's undo data of a raw block: material of the block scan"
LEFT_OUT = {
    "raw serialised block": BLOCKS,
    "raw serialised block (getblock verbosity=0, binary)": BLOCKS,
    "raw serialised block, hex (getblock verbosity=0)": BLOCKS,
    "bcoin undo data (spent coins of block 300025)": UNDO,
}
"""Kinds of files that are no transaction answers, with the reason. All others must pass."""


def network_of(entry: Entry) -> Network:
    row = load_registry()[entry.network]
    return row.with_profile("testnet") if entry.real == "testnet" else row


def script_of(network: Network, address: str) -> str:
    key = parse_address(network, address).key
    pay = {
        "p2pkh": "76a914{}88ac",
        "p2sh": "a914{}87",
        "p2wpkh": "0014{}",
        "p2wsh": "0020{}",
        "p2tr": "5120{}",
    }
    return pay[key.scheme].format(key.payload.hex())


def coins(units: Any) -> Decimal:
    return Decimal(str(units)).scaleb(-8)


def from_blockbook(network: Network, tx: dict[str, Any]) -> tuple[dict[str, Any], Any]:
    vin = []
    for entry in tx["vin"]:
        if "coinbase" in entry:
            vin.append({"coinbase": entry["coinbase"], "sequence": entry.get("sequence", 0)})
            continue
        (address,) = entry["addresses"]
        prevout = {
            "value": coins(entry["value"]),
            "scriptPubKey": {"hex": script_of(network, address)},
        }
        vin.append(
            {
                "txid": entry["txid"],
                "vout": entry.get("vout", 0),
                "sequence": entry.get("sequence", 0),
                "prevout": prevout,
            }
        )
    vout = [
        {"n": o["n"], "value": coins(o["value"]), "scriptPubKey": {"hex": o["hex"]}}
        for o in tx["vout"]
    ]
    answer = {"txid": tx["txid"], "vin": vin, "vout": vout, "blockhash": tx["blockHash"]}
    header = {
        "hash": tx["blockHash"],
        "height": tx["blockHeight"],
        "confirmations": tx["confirmations"],
        "time": tx["blockTime"],
    }
    return answer | ({"hex": tx["hex"]} if "hex" in tx else {}), header


def from_haskoin(tx: dict[str, Any]) -> tuple[dict[str, Any], Any]:
    vin = [
        {
            "txid": entry["txid"],
            "vout": entry["output"],
            "sequence": entry["sequence"],
            "prevout": {
                "value": coins(entry["value"]),
                "scriptPubKey": {"hex": entry["pkscript"]},
            },
        }
        for entry in tx["inputs"]
    ]
    vout = [
        {"n": n, "value": coins(o["value"]), "scriptPubKey": {"hex": o["pkscript"]}}
        for n, o in enumerate(tx["outputs"])
    ]
    block = {"hash": "00" * 32, "height": tx["block"]["height"], "confirmations": 1, "time": None}
    answer = {"txid": tx["txid"], "vin": vin, "vout": vout, "blockhash": block["hash"]}
    return answer | {"fee": coins(tx["fee"])}, block


def answers_of(entry: Entry) -> Iterator[tuple[dict[str, Any], Any]]:
    """Every transaction in the file, as a Core answer with its block's header."""
    network = network_of(entry)
    recorded = entry.load()
    if entry.api.startswith("blockbook"):
        for tx in recorded.get("transactions", [recorded]):
            yield from_blockbook(network, tx)
    elif entry.api.startswith("haskoin"):
        for tx in recorded:
            yield from_haskoin(tx)
    elif "block" in entry.what:
        for tx in recorded["tx"]:
            yield tx | {"blockhash": recorded["hash"]}, recorded
    else:
        for n, output in enumerate(recorded["vout"]):
            output.setdefault("n", n)  # one source left out the number 0
        header = None
        if recorded.get("blockhash"):
            header = {
                "hash": recorded["blockhash"],
                "height": recorded.get("height", 1),
                "confirmations": recorded["confirmations"],
                "time": recorded["blocktime"],
            }
        else:
            recorded.pop("confirmations", None)
        yield recorded, header


def decode(network: Network, tx: dict[str, Any], header: Any) -> Evidence:
    answers = {"tx": tx, "header": header, "parents": {}, "mempool": None, "head": {}}
    raw = RawTx(network.code, tx["txid"], "core", "recorded", now(), answers)
    evidence = FAMILY.decode(network, raw)
    assert FAMILY.verify is not None
    FAMILY.verify(network, raw, evidence)
    return evidence


def test_the_recorded_answers_are_there() -> None:
    require_chaindata()
    assert {e.network for e in ENTRIES} == set(CODES)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda e: e.file)
def test_a_recorded_file_decodes_to_what_it_shows(entry: Entry) -> None:
    if entry.api in LEFT_OUT:
        assert not entry.file.endswith(".json")
        return
    network = network_of(entry)
    decoded = [decode(network, tx, header) for tx, header in answers_of(entry)]
    hashes = entry.tx_hash if isinstance(entry.tx_hash, list) else [entry.tx_hash]
    assert [e.tx_hash for e in decoded] == hashes
    if len(decoded) == 1 and "outputs" in entry.expected:
        compare(decoded[0], entry.expected)
    for evidence in decoded:
        if "block" in entry.what:
            assert evidence.block is not None
            assert evidence.block.hash == entry.expected["block_hash"]
            assert evidence.block.height == entry.expected["block_height"]


def compare(evidence: Evidence, expected: Any) -> None:
    outputs = [t for t in evidence.transfers if t.position.count(":") == 1]
    assert [str(t.amount) for t in outputs] == [o["amount"] for o in expected["outputs"]]
    for transfer, output in zip(outputs, expected["outputs"], strict=True):
        if output["address"] is not None:
            assert transfer.recipient.address == output["address"]
    if expected.get("block_hash"):
        assert evidence.block is not None
        assert evidence.block.hash == expected["block_hash"]
        assert evidence.status is TxStatus.CONFIRMED
    if expected.get("block_height"):
        assert evidence.block is not None
        assert evidence.block.height == expected["block_height"]
    if expected.get("from"):
        senders = {party.address for party in outputs[0].senders}
        assert senders == set(expected["from"])
        assert Gap.SENDERS not in evidence.gaps
    coinbase = any(t.type == "coinbase" for t in outputs)
    if expected.get("fee") is not None and not coinbase:
        assert evidence.fee is not None
        assert str(evidence.fee.amount) == expected["fee"]
    memo = expected.get("memo")
    if memo:
        (note,) = [n for n in evidence.notes if n.code == "op_return"]
        assert memo.get("text", memo["hex"]) in note.text
