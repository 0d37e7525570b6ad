"""Every recorded receipt and transaction of NEAR through the decoder, against what its file shows.

The recordings are parts: a transaction without its receipts, or a receipt without its transaction.
What a part lacks is stood in for as a node would tell it, and only what was recorded is compared.
"""

from __future__ import annotations

import os
from typing import Any

import pytest
from chaindata.index import VARIABLE, Entry, load_index, require_chaindata

from recovery.chains.family import RawTx
from recovery.chains.near.answer import read_answer
from recovery.chains.near.decode import find_blocks
from recovery.chains.near.family import FAMILY
from recovery.clock import now
from recovery.model import Evidence, TransferKind, TxStatus
from recovery.networks import load_registry

ENTRIES = load_index("NEAR") if os.environ.get(VARIABLE) else []
ROW = load_registry()["NEAR"]

NOT_READ = {
    "NEAR/block_105793821_streamer_message.json": "a whole block in an indexer framework's form, for scanning",
    "NEAR/block_61321189_streamer_message.json": "a whole block in an indexer framework's form, for scanning",
}  # fmt: skip
READ = [entry for entry in ENTRIES if entry.file not in NOT_READ]
STAND_IN = "11111111111111111111111111111112"


def action_receipt(receipt_id: str, sides: tuple[str, str], actions: list[Any]) -> dict[str, Any]:
    content = {"actions": actions, "signer_id": sides[0], "gas_price": "0"}
    return {
        "receipt_id": receipt_id,
        "predecessor_id": sides[0],
        "receiver_id": sides[1],
        "receipt": {"Action": content},
    }


def success(receipt_id: str, block: str, executor: str, children: list[str]) -> dict[str, Any]:
    body = {"executor_id": executor, "logs": [], "receipt_ids": children, "tokens_burnt": "0"}
    outcome = body | {"status": {"SuccessValue": ""}}
    return {"id": receipt_id, "block_hash": block, "outcome": outcome}


def answer_of(entry: Entry) -> dict[str, Any]:
    body = entry.load()
    if "result" in body:
        answer: dict[str, Any] = body["result"]
        tx = answer["transaction"]
        refund = answer["receipts_outcome"][1]
        back = action_receipt(
            refund["id"],
            ("system", refund["outcome"]["executor_id"]),
            [{"Transfer": {"deposit": "1"}}],
        )
        return answer | {"receipts": [*_first(answer, tx), back]}
    if "transaction" in body:
        converted = body["outcome"]["execution_outcome"]
        tx = body["transaction"]
        (first,) = converted["outcome"]["receipt_ids"]
        done = success(first, converted["block_hash"], tx["receiver_id"], [])
        answer = {"final_execution_status": "FINAL", "status": {"SuccessValue": ""}}
        answer |= {"transaction": tx, "transaction_outcome": converted, "receipts_outcome": [done]}
        return answer | {"receipts": _first(answer, tx)}
    return _around(body)


def _first(answer: dict[str, Any], tx: dict[str, Any]) -> list[dict[str, Any]]:
    (first,) = answer["transaction_outcome"]["outcome"]["receipt_ids"]
    return [action_receipt(first, (tx["signer_id"], tx["receiver_id"]), tx["actions"])]


def _around(body: dict[str, Any]) -> dict[str, Any]:
    """A transaction whose only receipt calls an account, which makes the recorded receipt."""
    receipt, outcome = body["receipt"], body["execution_outcome"]
    block = outcome["block_hash"]
    call = {"method_name": "call", "args": "", "gas": 1, "deposit": "0"}
    actions = [{"FunctionCall": call}]
    sides = (receipt["receipt"]["Action"]["signer_id"], "program.near")
    tx = {
        "signer_id": sides[0],
        "receiver_id": sides[1],
        "actions": actions,
        "hash": receipt["receipt_id"],
    }
    made = success(STAND_IN, block, sides[1], [receipt["receipt_id"]])
    return {
        "final_execution_status": "FINAL",
        "status": outcome["outcome"]["status"],
        "transaction": tx,
        "transaction_outcome": success(tx["hash"], block, sides[0], [STAND_IN]),
        "receipts_outcome": [made, outcome],
        "receipts": [action_receipt(STAND_IN, sides, actions), receipt],
    }


def evidence_of(entry: Entry) -> Evidence:
    answer = answer_of(entry)
    height = entry.expected["block_height"] or 100_000_000
    read = read_answer(answer)

    def block(name: str) -> dict[str, Any]:
        header = {"height": height, "hash": name, "timestamp_nanosec": "1700101228770491686"}
        return {"header": header}

    blocks = {name: block(name) for name in find_blocks(ROW, read)}
    answers = {"tx": answer, "head": block(STAND_IN), "blocks": blocks, "tokens": {}}
    answers["head"]["header"]["height"] = 170_000_000
    raw = RawTx(ROW.code, read.tx_hash, "jsonrpc", "file", now(), answers)
    return FAMILY.decode(ROW, raw)


def test_the_recordings_are_here_and_every_file_is_accounted_for() -> None:
    require_chaindata()
    assert len(ENTRIES) >= 22
    assert set(NOT_READ) <= {entry.file for entry in ENTRIES}


def is_silent(entry: Entry) -> bool:
    """Parts that move nothing by themselves: refunds, callbacks, calls."""
    calls = {"method:ft_resolve_transfer", "method:ft_on_transfer", "gas-refund", "nep171-event"}
    return bool(calls & set(entry.what)) or entry.expected["status"] == "failed"


@pytest.mark.parametrize("entry", READ, ids=lambda e: e.file)
def test_the_facts_of_the_index_hold(entry: Entry) -> None:
    expected, evidence = entry.expected, evidence_of(entry)
    assert evidence.final
    failed = expected["status"] == "failed"
    assert evidence.status is (TxStatus.FAILED if failed else TxStatus.CONFIRMED)
    if is_silent(entry):
        value = {TransferKind.TOKEN, TransferKind.NATIVE}
        assert not any(t.kind in value and t.succeeded for t in evidence.transfers)
        return
    native = expected["asset"] == "native"
    asset = ROW.native_asset if native else f"{ROW.chain}/nep141:{expected['asset']}"
    wanted = (asset, expected["to"], expected["amount_base_units"])
    (paid,) = [
        t for t in evidence.transfers if (t.asset, t.recipient.address, str(t.amount)) == wanted
    ]
    assert [p.address for p in paid.senders] == [expected["from"]]
    assert (paid.memo.value if paid.memo else None) == expected["memo"]
    if expected["block_height"] is not None:
        assert evidence.block is not None
        assert evidence.block.height == expected["block_height"]


def test_the_recorded_nft_is_minted_by_its_own_contract() -> None:
    require_chaindata()
    (entry,) = [e for e in READ if "nep171-event" in e.what]
    (item,) = [t for t in evidence_of(entry).transfers if t.kind is TransferKind.NFT]
    assert item.asset == "near:mainnet/nep171:x.paras.near/144351%3A27"
    assert item.recipient.address == "paras.near"


def test_a_call_that_may_be_refunded_is_in_doubt_while_its_callback_is_not_shown() -> None:
    require_chaindata()
    (entry,) = [e for e in READ if "method:ft_transfer_call" in e.what]
    assert "transfer_unresolved" in {note.code for note in evidence_of(entry).notes}
