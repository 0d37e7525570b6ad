"""Every recorded transaction of Tron through the decoder, against what its file shows.

A recording is a body without its result (or a result without its body): what the recording does
not hold is filled in as a node would say it for a success, and only what was recorded is compared.
"""

from __future__ import annotations

import hashlib
import os
from typing import Any

import pytest
from chaindata.index import VARIABLE, Entry, load_index, require_chaindata

from recovery.chains.family import RawTx
from recovery.chains.tron.family import FAMILY
from recovery.chains.tron.wire import read_address, text_of
from recovery.clock import now
from recovery.errors import Garbled
from recovery.model import Evidence, TransferKind, TxStatus
from recovery.networks import load_registry

ENTRIES = load_index("TRX") if os.environ.get(VARIABLE) else []

NOT_READ = {
    "TRX/page_trongrid_token_txs.json": "a wallet's own summary of transfers, not a node's answer",
    "TRX/5a9935a1b7be_gem_info.json": "the result of the transaction of the same hash: read with it",
}
BODIES = [entry for entry in ENTRIES if entry.file not in NOT_READ]
TRANSFER = "ddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"

HEIGHT, MOMENT = 60_000_000, 1_700_000_000_000


def info_of(entry: Entry, body: dict[str, Any]) -> dict[str, Any]:
    """The result a node gives for such a body: fee, height and time as far as they were recorded."""
    for other in ENTRIES:
        if other.tx_hash == entry.tx_hash and other.file.endswith("_info.json"):
            recorded: dict[str, Any] = other.load()
            return recorded
    info = {
        "id": body["txID"],
        "blockNumber": body.get("blockNumber", HEIGHT),
        "blockTimeStamp": body.get("block_timestamp", MOMENT),
        "fee": body["ret"][0].get("fee", 0),
    }
    if body["raw_data"]["contract"][0]["type"] != "TriggerSmartContract":
        return info
    value = body["raw_data"]["contract"][0]["parameter"]["value"]
    data = value["data"]
    log = {
        "address": value["contract_address"][2:],
        "topics": [TRANSFER, "0" * 24 + value["owner_address"][2:], "0" * 24 + data[32:72]],
        "data": data[72:136],
    }
    used = {"energy_usage_total": body.get("energy_usage_total", 30_000), "result": "SUCCESS"}
    return info | {"log": [log], "receipt": used}


def raw_of(entry: Entry) -> RawTx:
    body = entry.load()
    info = info_of(entry, body)
    height, moment = info["blockNumber"], info["blockTimeStamp"]
    block = {"id": f"{height:016x}" + "0" * 48, "number": height, "timestamp": moment}
    head = {"number": 90_000_000}
    answers = {"tx": body, "info": info, "solid_info": info, "block": block, "head": head}
    row = load_registry()["TRX"]
    return RawTx(row.code, body["txID"], "fullnode", "file", now(), answers)


def evidence_of(entry: Entry) -> Evidence:
    return FAMILY.decode(load_registry()["TRX"], raw_of(entry))


def test_the_recordings_are_here_and_every_file_is_accounted_for() -> None:
    require_chaindata()
    assert len(ENTRIES) >= 21
    assert set(NOT_READ) <= {entry.file for entry in ENTRIES}
    assert len(BODIES) == len(ENTRIES) - len(NOT_READ)


@pytest.mark.parametrize("entry", BODIES, ids=lambda e: e.file)
def test_the_facts_of_the_index_hold(entry: Entry) -> None:
    expected, evidence = entry.expected, evidence_of(entry)
    assert expected["status"] == "success"
    assert (evidence.status, evidence.tx_hash) == (TxStatus.CONFIRMED, entry.tx_hash)
    assert evidence.fee is not None
    assert evidence.fee.payer == expected["from"]
    assert evidence.block is not None
    if expected["block_height"] is not None:
        assert evidence.block.height == expected["block_height"]
    if expected["asset"] is None:
        assert evidence.transfers == ()
        assert evidence.notes
        return
    (transfer,) = evidence.transfers
    assert transfer.recipient.address == expected["to"]
    assert [p.address for p in transfer.senders] == [expected["from"]]
    assert str(transfer.amount) == expected["amount_base_units"]
    assert transfer.memo is None
    assert expected["memo"] is None
    kind = TransferKind.NATIVE if expected["asset"] == "native" else TransferKind.TOKEN
    assert transfer.kind is kind
    if kind is TransferKind.TOKEN:
        assert transfer.asset.endswith(":" + expected["asset"].removeprefix("TRC10:"))


@pytest.mark.parametrize("entry", BODIES, ids=lambda e: e.file)
def test_the_signed_bytes_say_what_the_readable_form_says(entry: Entry) -> None:
    """The decoder reads the bytes alone: here the recorded readable form is held against them."""
    body = entry.load()
    assert hashlib.sha256(bytes.fromhex(body["raw_data_hex"])).hexdigest() == entry.tx_hash
    value = body["raw_data"]["contract"][0]["parameter"]["value"]
    evidence = evidence_of(entry)
    assert evidence.fee is not None
    assert evidence.fee.payer == text_of(read_address(value["owner_address"], "owner"))
    for transfer in evidence.transfers:
        if transfer.position in ("native", "token"):
            assert transfer.amount == value["amount"]
            assert transfer.recipient.address == text_of(value["to_address"])


@pytest.mark.parametrize("entry", BODIES, ids=lambda e: e.file)
def test_one_changed_byte_is_noticed(entry: Entry) -> None:
    raw = raw_of(entry)
    data = raw.answers["tx"]["raw_data_hex"]
    raw.answers["tx"]["raw_data_hex"] = data[:-1] + ("0" if data[-1] != "0" else "1")
    with pytest.raises(Garbled):
        FAMILY.decode(load_registry()["TRX"], raw)


def test_the_recorded_result_gives_its_fee_and_height() -> None:
    require_chaindata()
    (entry,) = [e for e in BODIES if e.file.startswith("TRX/5a9935a1b7be")]
    evidence = evidence_of(entry)
    assert evidence.fee is not None
    assert evidence.fee.amount == 1_100_000
    assert evidence.block is not None
    assert evidence.block.height == 75_772_270
