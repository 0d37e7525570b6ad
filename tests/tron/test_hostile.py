"""Published fake deposits on Tron: each ends in nothing, or in what was delivered."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import pytest
from tron.stories import (
    ALICE,
    BOB,
    SPENDER,
    USDT,
    call,
    called,
    inner,
    log,
    moved,
    pay,
    pay_trc10,
    result,
    transfer_data,
    word,
)

from recovery.chains.tron.wire import text_of
from recovery.errors import Garbled
from recovery.model import Evidence, Gap, TransferKind, TxStatus

Story = Callable[[str], Evidence]
Decode = Callable[..., Evidence]


def paid(evidence: Evidence, address: str) -> list[tuple[str, Any]]:
    who = text_of(address)
    return [
        (t.asset.partition("/")[2], t.amount)
        for t in evidence.transfers
        if t.recipient.address == who and t.succeeded and t.amount
    ]


def test_a_trc10_with_a_trc20s_name_is_its_own_number(story: Story) -> None:
    evidence = story("hostile-trc10-named-usdt")
    assert paid(evidence, BOB) == [("trc10:1005416", 900_000_000)]
    (transfer,) = evidence.transfers
    assert (transfer.symbol, transfer.name) == ("USDT", "Tether USD")


def test_a_trc20_with_another_ones_name_is_its_own_contract(story: Story) -> None:
    (transfer,) = story("hostile-trc20-named-usdt").transfers
    assert transfer.symbol == "USDT"
    assert text_of(USDT) not in transfer.asset


def test_a_rejected_internal_transaction_paid_nothing(story: Story) -> None:
    evidence = story("hostile-internal-rejected")
    assert evidence.status is TxStatus.CONFIRMED
    assert paid(evidence, BOB) == []
    assert "internal_rejected" in {n.code for n in evidence.notes}


def test_every_record_under_a_failed_ancestor_is_marked_and_paid_nothing(
    evidence_of: Decode,
) -> None:
    body = call(SPENDER, "00" * 4)
    tree = [
        inner(SPENDER, {"callValue": 9}, rejected=True),
        inner(BOB, {"callValue": 8}, {"callValue": 3, "tokenId": "1002000"}, rejected=True),
        inner(BOB, {"callValue": 7}),
    ]
    evidence = evidence_of(body, called(body, internal_transactions=tree))
    assert paid(evidence, BOB) == [("slip44:195", 7)]


def test_energy_lent_by_a_contract_is_no_payment(story: Story) -> None:
    assert paid(story("hostile-internal-delegation"), BOB) == []


def test_energy_lent_by_an_account_is_no_payment(story: Story) -> None:
    evidence = story("hostile-resource-delegation")
    assert evidence.transfers == ()
    assert {n.code for n in evidence.notes} == {"resource_delegation"}


def test_an_internal_transaction_of_an_unknown_kind_is_neither_a_payment_nor_none(
    evidence_of: Decode,
) -> None:
    body = call(SPENDER, "00" * 4)
    tree = [inner(BOB, {"callValue": 9}, note="teleport")]
    evidence = evidence_of(body, called(body, internal_transactions=tree))
    assert paid(evidence, BOB) == []
    assert Gap.INTERNAL_TRANSFERS in evidence.gaps


@pytest.mark.parametrize("name", ["failed-out-of-energy", "hostile-failed-with-log"])
def test_a_failed_call_paid_nobody_whatever_stands_beside_it(story: Story, name: str) -> None:
    evidence = story(name)
    assert evidence.status is TxStatus.FAILED
    assert evidence.failure
    assert paid(evidence, BOB) == []
    (asked,) = evidence.transfers
    assert (asked.amount, asked.succeeded) == (0, False)
    assert asked.requested_amount


def test_call_data_without_a_log_is_no_transfer(evidence_of: Decode) -> None:
    body = call(USDT, transfer_data(BOB, 1_000_000))
    assert evidence_of(body, called(body)).transfers == ()


def test_a_transfer_of_nothing_gives_nothing(story: Story) -> None:
    (transfer,) = story("hostile-zero-transfer-from").transfers
    assert transfer.amount == 0


def test_the_number_of_a_trc721_is_no_amount(story: Story) -> None:
    (transfer,) = story("trc721").transfers
    assert (transfer.kind, transfer.amount, transfer.decimals) == (TransferKind.NFT, 1, None)
    assert transfer.asset.endswith("/7711")


def test_a_log_in_another_shape_is_a_note_and_no_transfer(evidence_of: Decode) -> None:
    topic = moved(USDT, ALICE, BOB, 1)["topics"][0]
    odd = [
        log(USDT, topic, word(ALICE), data=word(5)),
        log(USDT, topic, "ff" * 32, word(BOB), data=word(5)),
        log(USDT, topic, word(ALICE), word(BOB)),
    ]
    body = call(USDT, transfer_data(BOB, 5))
    evidence = evidence_of(body, called(body, logs=odd))
    assert evidence.transfers == ()
    assert [n.code for n in evidence.notes][:3] == ["unreadable_transfer_log"] * 3


def test_bytes_that_do_not_hash_to_the_id_are_refused(evidence_of: Decode) -> None:
    honest, other = pay(1_000_000), pay(2_000_000)
    with pytest.raises(Garbled):
        evidence_of(honest | {"raw_data_hex": other["raw_data_hex"]}, result(honest))


def test_readable_data_that_lies_beside_the_signed_bytes_is_not_read(evidence_of: Decode) -> None:
    body = pay(1_000_000)
    value = body["raw_data"]["contract"][0]["parameter"]["value"]
    value |= {"amount": 9_000_000_000, "to_address": ALICE}
    assert paid(evidence_of(body, result(body)), BOB) == [("slip44:195", 1_000_000)]


def test_a_merged_message_within_the_signed_bytes_is_read_as_protobuf_reads_it() -> None:
    """Two occurrences of one embedded message are merged: the later field counts."""
    from tron.stories import field

    from recovery.chains.tron.wire import number, parse_signed

    one = field(2, field(1, bytes.fromhex(ALICE)) + field(2, bytes.fromhex(BOB)) + field(3, 9))
    parameter = field(2, field(1, b"ignored") + one)
    raw = field(11, field(1, 1) + field(2, field(2, b"")) + parameter + field(2, field(1, b"x")))
    tx_hash = hashlib.sha256(raw).hexdigest()
    signed = parse_signed({"raw_data_hex": raw.hex(), "txID": tx_hash}, tx_hash)
    assert number(signed.value, 3) == 9


def test_an_old_token_name_that_looks_like_a_number_is_not_taken_for_todays_id(
    evidence_of: Decode,
) -> None:
    body = pay_trc10(5, "1002000", timestamp=1_540_000_000_000)
    info = result(body, height=3_500_000)
    info["blockTimeStamp"] = 1_540_000_001_000
    evidence = evidence_of(body, info)
    assert evidence.transfers == ()
    assert Gap.INTERNAL_TRANSFERS in evidence.gaps
    assert [n.code for n in evidence.notes] == ["trc10_by_name"]


@pytest.mark.parametrize("what", ["contractRet", "result", "receipt"])
def test_answers_that_disagree_on_success_are_refused(evidence_of: Decode, what: str) -> None:
    body = call(USDT, transfer_data(BOB, 5))
    info = called(body, logs=[moved(USDT, ALICE, BOB, 5)])
    if what == "contractRet":
        body["ret"] = [{"contractRet": "REVERT"}]
    elif what == "result":
        info["result"] = "FAILED"
    else:
        info["receipt"] = {"result": "OUT_OF_TIME"}
    with pytest.raises(Garbled):
        evidence_of(body, info)


def test_head_and_solidified_view_must_tell_the_same(evidence_of: Decode) -> None:
    body = call(USDT, transfer_data(BOB, 5))
    info = called(body, logs=[moved(USDT, ALICE, BOB, 5)])
    other = info | {"log": [moved(USDT, ALICE, BOB, 4)]}
    with pytest.raises(Garbled):
        evidence_of(body, info, solid_info=other)
