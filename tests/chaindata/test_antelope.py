"""Every recorded transaction of EOS through the decoder, against what its file shows.

A recorded block lists what was signed and not what ran: the trace is filled in as a node would tell it
where every signed action ran once on its own contract. Only what was recorded is compared.
"""

from __future__ import annotations

import os
from typing import Any

import pytest
from chaindata.index import VARIABLE, Entry, load_index, require_chaindata

from recovery.chains.antelope.family import FAMILY
from recovery.chains.family import RawTx
from recovery.clock import now
from recovery.errors import Garbled
from recovery.model import Evidence, TxStatus
from recovery.networks import load_registry

ENTRIES = load_index("EOS") if os.environ.get(VARIABLE) else []

_TESTNET = "a test network's answer to a push, which is never asked"
NOT_READ = {
    "EOS/altered_get_actions_bank_m.json": "altered by its authors: no truth to compare with",
    "EOS/etl_block_30000000_actions.json": "an exporter's own table, not a node's answer",
    "EOS/etl_block_30000000_transactions.json": "an exporter's own table, not a node's answer",
    "EOS/private_get_transaction_ae735820e26a.json": "a private chain's history plugin, long removed",
    "EOS/testnet_push_transaction_traces.json": _TESTNET,
    "EOS/testnet_send_transaction_traces.json": _TESTNET,
    "EOS/nodeos_trx_64612109_21207b9ef869_deferred.json": "a deferred one's id alone: no actions",
}
BLOCKS = [entry for entry in ENTRIES if entry.file.startswith("EOS/nodeos_block_")]
READ = [
    entry
    for entry in ENTRIES
    if entry.file.startswith("EOS/nodeos_trx_") and entry.file not in NOT_READ
]


def block_of(height: int) -> dict[str, Any]:
    (found,) = [b for b in BLOCKS if b.expected["block_height"] == height]
    block: dict[str, Any] = found.load()
    return block


def raw_of(item: dict[str, Any], block: dict[str, Any]) -> RawTx:
    trx = item["trx"]
    ran = [
        {
            "global_sequence": place + 1,
            "receiver": action["account"],
            "account": action["account"],
            "action": action["name"],
            "authorization": [
                {"account": a["actor"], "permission": a["permission"]}
                for a in action["authorization"]
            ],
            "data": action.get("hex_data") or action["data"],
        }
        for place, action in enumerate(trx["transaction"]["actions"])
    ]
    answers = {
        "head": {"head": 478_000_000, "irreversible": 477_999_997},
        "trace": {"id": trx["id"], "block_num": block["block_num"], "actions": ran},
        "block": {
            "id": block["id"],
            "block_num": block["block_num"],
            "timestamp": block["timestamp"],
            "transaction": item,
        },
    }
    row = load_registry()["EOS"]
    return RawTx(row.code, trx["id"], "nodeos", "file", now(), answers)


def decode(raw: RawTx) -> Evidence:
    return FAMILY.decode(load_registry()["EOS"], raw)


def test_the_recordings_are_here_and_every_file_is_accounted_for() -> None:
    require_chaindata()
    assert set(NOT_READ) <= {entry.file for entry in ENTRIES}
    assert len(READ) + len(BLOCKS) + len(NOT_READ) == len(ENTRIES)
    assert len(READ) >= 20


@pytest.mark.parametrize("entry", READ, ids=lambda e: e.file)
def test_the_facts_of_the_index_hold(entry: Entry) -> None:
    expected = entry.expected
    evidence = decode(raw_of(entry.load(), block_of(expected["block_height"])))
    assert (evidence.status, evidence.final) == (TxStatus.CONFIRMED, True)
    assert evidence.block is not None
    assert evidence.block.height == expected["block_height"]
    if expected["asset"] is None:
        assert evidence.transfers == ()
        return
    (transfer,) = evidence.transfers
    contract, _, symbol = expected["asset_id" if expected.get("asset_id") else "asset"].rpartition(
        ":"
    )
    assert transfer.asset.endswith(f"/token:{contract}-{symbol}")
    assert (str(transfer.amount), transfer.decimals) == (
        expected["amount_base_units"],
        expected["decimals"],
    )
    assert [p.address for p in transfer.senders] == [expected["from"]]
    assert transfer.recipient.address == expected["to"]
    assert transfer.memo is not None
    assert transfer.memo.value == expected["memo"]


@pytest.mark.parametrize("entry", BLOCKS, ids=lambda e: e.file)
def test_every_signed_transaction_of_a_block_hashes_to_its_id(entry: Entry) -> None:
    block = entry.load()
    signed = [item for item in block["transactions"] if isinstance(item["trx"], dict)]
    assert signed
    for item in signed:
        assert decode(raw_of(item, block)).tx_hash == item["trx"]["id"]


def test_one_changed_byte_is_noticed() -> None:
    require_chaindata()
    entry = READ[0]
    item = entry.load()
    item["trx"]["packed_trx"] = "00" + item["trx"]["packed_trx"][2:]
    with pytest.raises(Garbled, match="hash"):
        decode(raw_of(item, block_of(entry.expected["block_height"])))
