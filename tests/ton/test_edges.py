"""One step beside the form: where TON's rows, traces and texts stop being what they claim to be."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest
from ton.stories import (
    ALICE,
    DESK,
    HEAD,
    MALLORY,
    Builder,
    Json,
    account,
    at_block,
    call,
    comment,
    find,
    health,
    hex_of,
    key_of,
    message,
    notification,
    trace,
    transaction,
)

from recovery.chains.family import RawTx
from recovery.chains.source import Node
from recovery.chains.spelling import crc16
from recovery.chains.ton.bodies import Op, read_internal_transfer
from recovery.chains.ton.codec import format_non_bounceable, parse_address
from recovery.chains.ton.family import FAMILY
from recovery.chains.ton.rows import read_count, read_row
from recovery.chains.ton.tokens import read_names
from recovery.chains.ton.trace import find_subject, read_trace
from recovery.errors import BadInput, Garbled
from recovery.model import Evidence, Memo, MemoKind, TxStatus
from recovery.networks import Network

Serve = Callable[..., Node]
Tell = Callable[..., Evidence]
SIGNED = 0x7369676E


@pytest.fixture
def tell(serve: Serve, row: Network) -> Tell:
    """The evidence of the first of some rows, which are one trace."""

    def decode(rows: list[Json], *more: Json, **told: Any) -> Evidence:
        asked = rows[0]["hash"]
        seqno = rows[0]["mc_block_seqno"]
        exchanges = [health(), *find(asked, rows[:1], [trace(rows, **told)]), *more]
        exchanges += [] if seqno is None else [at_block(seqno)]
        (raw,) = FAMILY.fetch(row, serve(exchanges), [hex_of(asked)])
        assert isinstance(raw, RawTx), raw
        return FAMILY.decode(row, raw)

    return decode


def paid(name: str, value: int = 10**9, **more: Any) -> Json:
    sent = message(name, ALICE, DESK, value, comment("9417"))
    return transaction(name, DESK, sent, **more)


def batch(*ends: Json) -> list[Json]:
    """A wallet's transaction that sent the messages of ``ends``, and the ends."""
    outside = message("outside", None, ALICE, None, call(SIGNED))
    return [transaction("batch", ALICE, outside, [end["in_msg"] for end in ends]), *ends]


# -- depth, and the words of finality ------------------------------------------------------------


def test_a_finalized_payment_in_the_newest_block_is_final_with_depth_one(tell: Tell) -> None:
    evidence = tell([paid("newest", mc_block_seqno=HEAD)])
    assert (evidence.confirmations, evidence.final) == (1, True)


@pytest.mark.parametrize(("seqno", "word"), [(None, "confirmed"), (HEAD, "finalized")])
def test_a_row_without_the_word_is_final_where_the_masterchain_has_it(
    seqno: int | None, word: str
) -> None:
    told = paid("old build", mc_block_seqno=seqno)
    del told["finality"]
    assert read_row(told).finality == word


@pytest.mark.parametrize("word", ["", "final", "FINALIZED", 1])
def test_another_word_of_finality_is_none(word: Any) -> None:
    with pytest.raises(Garbled, match="three words"):
        read_row(paid("odd", finality=word))


@pytest.mark.parametrize(("kind", "acted"), [("vm", True), ("skipped", False)])
def test_builds_that_name_the_phase_tell_whether_it_ran(kind: str, acted: bool) -> None:
    told = paid("of 2024") if acted else paid("of 2024", fails="no_state")
    phase = told["description"]["compute_ph"]
    del phase["skipped"]
    phase["type"] = kind
    assert read_row(told).acted is acted


def test_a_phase_of_no_known_type_is_refused() -> None:
    told = paid("of 2030")
    phase = told["description"]["compute_ph"]
    del phase["skipped"]
    phase["type"] = "quantum"
    with pytest.raises(Garbled, match="skipped is neither"):
        read_row(told)


# -- which transaction a hash means --------------------------------------------------------------


def test_a_notice_that_nobody_of_the_trace_sent_stands_for_itself() -> None:
    """A trace of which the index lost the beginning."""
    told = message("notice", MALLORY, DESK, 1, notification(5, ALICE))
    row = transaction("notice", DESK, told)
    found = read_trace(trace([row]))
    asked = next(iter(found.rows.values()))
    assert find_subject(found, asked).row is asked


def test_a_step_that_bounced_speaks_for_itself_whatever_the_rest_of_the_trace_does() -> None:
    asked = message("pass on", ALICE, DESK, 10**8, call(Op.JETTON_TRANSFER))
    back = message("pass on back", DESK, ALICE, 10**7, bounced=True)
    row = transaction("pass on", DESK, asked, [back], fails=709, bounces=True)
    found = read_trace(trace([row]))
    step = next(iter(found.rows.values()))
    assert step.returned
    assert find_subject(found, step).direct


def test_a_wallets_transaction_means_its_one_payment() -> None:
    rows = batch(paid("alone"))
    found = read_trace(trace(rows))
    subject = find_subject(found, found.rows[hex_of(rows[0]["hash"])])
    assert subject.row.hash == hex_of(rows[1]["hash"])
    assert not subject.direct


def test_of_a_batch_what_is_only_foretold_is_left_out_and_the_rest_is_told(tell: Tell) -> None:
    foretold = paid("first", 1, finality="pending", emulated=True)
    evidence = tell(batch(foretold, paid("second", 2), paid("third", 3)))
    assert [t.amount for t in evidence.transfers] == [2, 3]
    assert [t.index for t in evidence.transfers] == [0, 1]


def test_a_wallets_transaction_with_every_message_still_under_way_has_paid_nobody(
    tell: Tell,
) -> None:
    outside = message("outside", None, ALICE, None, call(SIGNED))
    ends = [message("one", ALICE, DESK, 1), message("two", ALICE, account("carol"), 2)]
    evidence = tell([transaction("batch", ALICE, outside, ends)])
    assert evidence.status is TxStatus.PENDING
    assert evidence.transfers == ()


def test_of_a_batch_half_under_way_what_arrived_is_told(tell: Tell) -> None:
    """What arrived in transactions of their own does not wait for the rest of the trace."""
    first, second = paid("first", 1), paid("second", 2)
    rows = batch(first, second)
    rows[0]["out_msgs"].append(message("late", ALICE, account("carol"), 3))
    evidence = tell(rows)
    assert evidence.status is TxStatus.CONFIRMED
    assert [t.amount for t in evidence.transfers] == [1, 2]
    assert not evidence.final


# -- numbers and texts ---------------------------------------------------------------------------


def test_a_count_fits_in_63_bits() -> None:
    assert read_count({"now": (1 << 63) - 1}, "now") == (1 << 63) - 1
    assert read_count({"now": 0}, "now") == 0
    for bad in (1 << 63, -1, True, "1", 1.0, None):
        with pytest.raises(Garbled, match="now is no number"):
            read_count({"now": bad}, "now")


@pytest.mark.parametrize(
    ("told", "read"),
    [(0, 0), (255, 255), (256, None), (-1, None), (True, None), ("255", 255), ("256", None),
     ("0255", None), ("٣", None), (6.0, None)],
)  # fmt: skip
def test_decimals_of_a_jetton_are_a_byte(told: Any, read: int | None) -> None:
    assert read_names({"jetton_content": {"decimals": told}}) == (None, None, read)


def test_an_address_of_the_test_network_is_refused_and_the_right_form_is_named(
    row: Network,
) -> None:
    plain = base64.urlsafe_b64decode(format_non_bounceable(row, key_of(DESK)))
    body = bytes([plain[0] | 0x80]) + plain[1:34]
    text = base64.urlsafe_b64encode(body + crc16(body).to_bytes(2, "big")).decode()
    with pytest.raises(BadInput) as refused:
        parse_address(row, text)
    assert "test network" in str(refused.value)
    assert refused.value.hint


@pytest.mark.parametrize(
    ("op", "memo"),
    [
        (Op.COMMENT, None),
        (Op.ENCRYPTED_COMMENT, Memo(MemoKind.ENCRYPTED, "")),
        (Op.EXCESSES, None),
    ],
)
def test_a_payload_of_nothing_but_an_operation_is_read_by_it(op: Op, memo: Memo | None) -> None:
    body = Builder().uint(Op.JETTON_INTERNAL_TRANSFER, 32).uint(0, 64).coins(5)
    body.address(ALICE).address(ALICE).coins(1).uint(0, 1)
    assert read_internal_transfer(body.uint(op, 32).cell()).memo == memo


def test_a_payload_too_short_for_an_operation_says_nothing() -> None:
    body = Builder().uint(Op.JETTON_INTERNAL_TRANSFER, 32).uint(0, 64).coins(5)
    body.address(ALICE).address(ALICE).coins(1).uint(0, 1)
    assert read_internal_transfer(body.uint(0, 31).cell()).memo is None
