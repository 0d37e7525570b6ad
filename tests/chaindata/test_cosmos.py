"""Every recorded transaction of the Cosmos Hub through the decoder, against what its file shows.

A recording has the transaction as JSON: encoded again it hashes to its own id, so that the decoder
reads the very bytes that were signed. Block hash and head are filled in.
"""

from __future__ import annotations

import base64
import os
from typing import Any

import pytest
from chaindata.index import VARIABLE, Entry, load_index, require_chaindata
from cosmos.txs import encode, hash_of

from recovery.chains.cosmos.family import FAMILY
from recovery.chains.family import RawTx
from recovery.clock import now
from recovery.errors import Garbled
from recovery.model import Evidence, TransferKind, TxStatus
from recovery.networks import load_registry

ENTRIES = load_index("ATOM") if os.environ.get(VARIABLE) else []

_AMINO = "amino JSON of the endpoint that SDK 0.50 removed, from chains before cosmoshub-4"
NOT_READ = {
    "ATOM/3FEE8F10FBA5_MsgUndelegate_no-memo.json": _AMINO,
    "ATOM/5E78C65A8C1A_failed_code12_MsgSend_memo.json": _AMINO,
    "ATOM/A1EC36741FEF_MsgUndelegate_no-memo.json": _AMINO,
    "ATOM/C382DCFDC30E_MsgWithdrawDelegationReward_multi-3_no-memo.json": _AMINO,
    "ATOM/E19B011D20D8_MsgSend_no-memo.json": _AMINO,
    "ATOM/page_txs_by_recipient.json": _AMINO,
    "ATOM/page_txs_by_sender.json": _AMINO,
    "ATOM/90BBC25C199B_gem_transfer_ibc.json": "altered: it does not hash to its id, its events are gone",
    "ATOM/other_stride_6A136A5D5754_MsgUpdateClient_MsgRecvPacket_ibc-recv_multi-2_memo.json": (
        "another chain, whose addresses are none of the Hub's"
    ),
    "ATOM/other_thor_C4ED43321E89_gem_transfer_thorchain.json": (
        "another chain, whose addresses are none of the Hub's"
    ),
}
READ = [entry for entry in ENTRIES if entry.file not in NOT_READ]


def response_of(entry: Entry) -> dict[str, Any]:
    document = entry.load()
    response: dict[str, Any] = document.get("tx_response", document)
    return response


def raw_of(entry: Entry) -> RawTx:
    response = response_of(entry)
    signed = encode(response["tx"])
    block = {
        "chain_id": "cosmoshub-4",
        "height": response["height"],
        "time": response["timestamp"],
        "hash": "0" * 64,
    }
    result = {k: response[k] for k in ("code", "raw_log", "logs", "events") if k in response}
    answers = {
        "head": {"height": "33800000"},
        "result": result,
        "bytes": base64.b64encode(signed).decode(),
        "block": block,
    }
    row = load_registry()["ATOM"]
    return RawTx(row.code, response["txhash"], "lcd", "file", now(), answers)


def evidence_of(entry: Entry) -> Evidence:
    return FAMILY.decode(load_registry()["ATOM"], raw_of(entry))


def test_the_recordings_are_here_and_every_file_is_accounted_for() -> None:
    require_chaindata()
    assert set(NOT_READ) <= {entry.file for entry in ENTRIES}
    assert len(READ) >= 6
    assert len(READ) == len(ENTRIES) - len(NOT_READ)


@pytest.mark.parametrize("entry", READ, ids=lambda e: e.file)
def test_the_facts_of_the_index_hold(entry: Entry) -> None:
    expected, evidence = entry.expected, evidence_of(entry)
    assert hash_of(encode(response_of(entry)["tx"])) == entry.tx_hash
    assert (expected["status"], evidence.status) == ("success", TxStatus.CONFIRMED)
    assert evidence.block is not None
    assert evidence.block.height == expected["block_height"]
    assert evidence.fee is not None
    assert [str(evidence.fee.amount)] == [coin["amount"] for coin in expected["fee"]]
    assert evidence.fee.payer == expected["from"]
    memos = {t.memo.value if t.memo else None for t in evidence.transfers}
    assert memos <= {expected["memo"]}
    if expected["to"] is None:
        assert all(t.kind is TransferKind.REWARD for t in evidence.transfers)
        return
    (transfer,) = evidence.transfers
    assert transfer.recipient.address == expected["to"]
    assert str(transfer.amount) == expected["amount_base_units"]
    assert (transfer.kind, expected["asset"]) == (TransferKind.NATIVE, "native")


@pytest.mark.parametrize("entry", READ, ids=lambda e: e.file)
def test_one_changed_byte_is_noticed(entry: Entry) -> None:
    raw = raw_of(entry)
    changed = bytearray(base64.b64decode(raw.answers["bytes"]))
    changed[-1] ^= 1
    answers = {**raw.answers, "bytes": base64.b64encode(changed).decode()}
    with pytest.raises(Garbled, match="hash"):
        FAMILY.decode(
            load_registry()["ATOM"],
            RawTx(raw.network, raw.tx_hash, raw.api, raw.source, raw.at, answers),
        )


@pytest.mark.parametrize("file", [f for f, why in NOT_READ.items() if why.startswith("altered")])
def test_an_altered_recording_is_noticed(file: str) -> None:
    require_chaindata()
    (entry,) = [e for e in ENTRIES if e.file == file]
    with pytest.raises(Garbled, match="hash"):
        evidence_of(entry)
