"""Every recorded transaction of the XRP Ledger through the decoder, against what its file shows.

Some were recorded from explorers and history services, whose wrapping is not a server's ``tx``
answer: they are unwrapped first; fields, metadata and hash stay as recorded.
"""

from __future__ import annotations

import copy
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from chaindata.index import VARIABLE, Entry, load_index, require_chaindata

from recovery.chains.family import RawTx
from recovery.chains.xrpl.family import FAMILY
from recovery.clock import now
from recovery.errors import Garbled
from recovery.model import Evidence, Gap, MemoKind, Transfer, TransferKind, TxStatus
from recovery.networks import Network, load_registry

ENTRIES = load_index("XRP") if os.environ.get(VARIABLE) else []

EMPTIED = "XRP/gem_account_transaction_thorchain_swap.json"
"""Its source took the changed balances and the signature out: it must be refused."""

UNWRITABLE = {"UNLModify", "VaultWithdraw"}
"""Types with fields that `recovery.chains.xrpl.serial` does not hold: their hash is not checked."""


@dataclass(frozen=True)
class Case:
    entry: Entry
    tx_hash: str
    answer: dict[str, Any]
    alone: bool

    def __str__(self) -> str:
        return f"{self.entry.file}#{self.tx_hash[:8]}"

    @property
    def raw(self) -> RawTx:
        head = {"validated_ledger": {"seq": 110_000_000}}
        answers = {"tx": self.answer, "server": head}
        return RawTx(row_of(self.entry).code, self.tx_hash, "jsonrpc", "file", now(), answers)

    @property
    def tx(self) -> dict[str, Any]:
        tx: dict[str, Any] = self.answer.get("tx_json", self.answer)
        return tx


def row_of(entry: Entry) -> Network:
    row = load_registry()["XRP"]
    return row.with_profile("testnet") if entry.real == "testnet" else row


def unwrap(entry: Entry) -> Iterator[Any]:
    document = entry.load()
    result = document.get("result", document)
    if not isinstance(result, dict):
        result = document
    if "ledger" in result:
        for item in result["ledger"]["transactions"]:
            place = {k: result[k] for k in ("ledger_hash", "ledger_index")}
            yield item | place | {"close_time_iso": result["ledger"]["close_time_iso"]}
    elif "transactions" in result:
        yield from result["transactions"]
    else:
        yield result


def case_of(entry: Entry, item: dict[str, Any], *, alone: bool) -> Case:
    """The ``tx`` answer that a server would give: what the wrapping lacks is filled in."""
    answer = copy.deepcopy(item)
    if "tx" in answer:
        answer["tx_json"] = answer.pop("tx")
    if "metaData" in answer:
        answer["meta"] = answer.pop("metaData")
    answer.pop("id", None)
    tx = answer.get("tx_json", answer)
    for part in (answer, tx):
        if isinstance(part.get("date"), str):
            answer["close_time_iso"] = part.pop("date")
    if "date" not in tx:
        answer.setdefault("close_time_iso", "2020-01-01T00:00:00Z")
    tx_hash = answer.get("hash") or tx.get("hash") or entry.tx_hash
    assert isinstance(tx_hash, str)
    answer |= {"hash": tx_hash, "validated": True}
    answer.setdefault("ledger_hash", "0" * 64)
    answer.setdefault("ledger_index", tx.get("ledger_index", 1))
    return Case(entry, tx_hash, answer, alone)


def cases() -> list[Case]:
    found = []
    for entry in ENTRIES:
        items = list(unwrap(entry))
        found += [case_of(entry, item, alone=len(items) == 1) for item in items]
    return found


CASES = cases()
TOLD = [case for case in CASES if case.entry.file != EMPTIED]


def evidence_of(case: Case) -> Evidence:
    return FAMILY.decode(row_of(case.entry), case.raw)


def test_the_recordings_are_here_and_every_file_is_read() -> None:
    require_chaindata()
    assert len(ENTRIES) >= 41
    assert {case.entry.file for case in CASES} == {entry.file for entry in ENTRIES}
    assert len(CASES) >= 157


@pytest.mark.parametrize("case", TOLD, ids=str)
def test_status_and_result_are_those_of_the_metadata(case: Case) -> None:
    evidence = evidence_of(case)
    result = case.answer["meta"]["TransactionResult"]
    assert evidence.final
    if result == "tesSUCCESS":
        assert evidence.status is TxStatus.CONFIRMED
    else:
        assert (evidence.status, evidence.failure) == (TxStatus.FAILED, result)
        assert evidence.transfers == ()
    if evidence.fee is not None:
        assert str(evidence.fee.amount) == case.tx["Fee"]


@pytest.mark.parametrize("case", TOLD, ids=str)
def test_a_payment_gives_its_destination_what_was_delivered(case: Case) -> None:
    evidence = evidence_of(case)
    if case.tx["TransactionType"] != "Payment" or evidence.status is TxStatus.FAILED:
        return
    stated = case.answer["meta"].get("delivered_amount")
    if stated is None or stated == "unavailable":
        return
    first = evidence.transfers[0]
    assert first.recipient.address == case.tx["Destination"]
    assert [p.address for p in first.senders] == [case.tx["Account"]]
    if isinstance(stated, str):
        assert (first.kind, first.amount) == (TransferKind.NATIVE, int(stated))
        assert first.position == "native"
    else:
        assert first.amount == Decimal(stated["value"])
        name = stated.get("currency") or stated["mpt_issuance_id"]
        assert name in first.asset
    tag = case.tx.get("DestinationTag")
    if tag is None:
        assert first.memo is None
    else:
        assert first.memo is not None
        assert (first.memo.kind, first.memo.value) == (MemoKind.TAG, str(tag))


@pytest.mark.parametrize("case", [c for c in TOLD if c.alone], ids=str)
def test_the_facts_of_the_index_hold(case: Case) -> None:
    expected = case.entry.expected
    evidence = evidence_of(case)
    assert (evidence.status is TxStatus.FAILED) == (expected["status"] == "failed")
    assert evidence.block is not None
    assert evidence.block.height == expected["block_height"] or expected["block_height"] is None
    if evidence.status is TxStatus.FAILED or expected.get("asset") is None:
        return
    paid: list[Transfer] = [t for t in evidence.transfers if t.recipient.address == expected["to"]]
    # A payment in the destination's own name comes as tokens of several issuers.
    total = sum(t.amount for t in paid)
    wanted = expected.get("amount") or expected["amount_base_units"]
    assert total == Decimal(wanted)
    if expected["asset"] == "native":
        assert {t.asset for t in paid} == {"xrpl:0/slip44:144"}


@pytest.mark.parametrize("case", TOLD, ids=str)
def test_the_hash_is_that_of_the_fields(case: Case) -> None:
    evidence = evidence_of(case)
    assert FAMILY.verify is not None
    FAMILY.verify(row_of(case.entry), case.raw, evidence)
    if case.tx["TransactionType"] in UNWRITABLE or "Account" not in case.tx:
        return
    forged = copy.deepcopy(case)
    forged.tx["Sequence"] = case.tx["Sequence"] + 1
    with pytest.raises(Garbled):
        FAMILY.verify(row_of(case.entry), forged.raw, evidence)


@pytest.mark.parametrize("case", TOLD, ids=str)
def test_nothing_is_left_unexplained(case: Case) -> None:
    promised = case.tx["TransactionType"] in {"CheckCreate", "EscrowCreate", "PaymentChannelCreate"}
    assert evidence_of(case).gaps == (frozenset({Gap.SUCCESS}) if promised else frozenset())


def test_metadata_without_its_balances_is_refused() -> None:
    require_chaindata()
    (emptied,) = [case for case in CASES if case.entry.file == EMPTIED]
    with pytest.raises(Garbled):
        evidence_of(emptied)


def test_the_special_types_among_them_are_named() -> None:
    require_chaindata()
    types = Counter(t.type for case in TOLD for t in evidence_of(case).transfers if t.special)
    assert {"account_delete", "escrow_finish", "escrow_cancel", "path_payment"} <= set(types)
    assert {"offer_create", "nftoken_accept_offer", "amm_create"} <= set(types)
