"""Tron's own limits, each on both sides of its edge."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tron.stories import (
    ALICE,
    BOB,
    SINGLE,
    SPENDER,
    call,
    called,
    inner,
    log,
    pay_trc10,
    result,
    word,
)

from recovery.chains.tron import wire
from recovery.chains.tron.contracts import TRC10_IDS_SINCE_MS
from recovery.chains.tron.moves import _plain_text
from recovery.errors import Garbled
from recovery.model import Evidence

Decode = Callable[..., Evidence]


def test_a_waiting_trc10_is_named_by_its_id(evidence_of: Decode) -> None:
    """No block took it yet, so that no old name can be meant."""
    body = pay_trc10(5, "1002000")
    evidence = evidence_of(body, None)
    assert [t.asset for t in evidence.transfers] == ["tron:0x2b6653dc/trc10:1002000"]


@pytest.mark.parametrize(("late", "named"), [(-1, False), (0, True)])
def test_a_trc10_of_old_is_named_by_a_text_that_is_no_id(
    evidence_of: Decode, late: int, named: bool
) -> None:
    body = pay_trc10(5, "1002000")
    evidence = evidence_of(body, result(body, blockTimeStamp=TRC10_IDS_SINCE_MS + late))
    assert bool(evidence.transfers) is named
    assert [n.code for n in evidence.notes] == ([] if named else ["trc10_by_name"])


def test_the_number_of_an_item_and_how_many_of_it_are_hexadecimal(evidence_of: Decode) -> None:
    body = call(SPENDER, "00")
    data = word(0x1F) + word(0x2A)
    logs = [log(SPENDER, SINGLE, word(ALICE), word(ALICE), word(BOB), data=data)]
    (transfer,) = evidence_of(body, called(body, logs=logs)).transfers
    assert transfer.asset.endswith("/31")
    assert transfer.amount == 42


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (["55534454", "546574686572", 6], ("USDT", "Tether", 6)),
        (["55534454", "546574686572", 0], ("USDT", "Tether", 0)),
        (["55534454", "546574686572", 77], ("USDT", "Tether", 77)),
        (["55534454", "546574686572", 78], ("USDT", "Tether", None)),
        (["55534454", "546574686572", -1], ("USDT", "Tether", None)),
        (["55534454", "546574686572", True], ("USDT", "Tether", None)),
        (["41" * 32, "41" * 33, 6], ("A" * 32, None, 6)),
        ([7, "", 6], (None, None, 6)),
        (["55534454", "546574686572"], (None, None, None)),
        ("USDT", (None, None, None)),
    ],
)
def test_a_trc10_calls_itself_by_up_to_32_bytes_and_has_up_to_77_places(
    evidence_of: Decode, said: Any, shown: tuple[Any, ...]
) -> None:
    body = pay_trc10(5, "1002000")
    evidence = evidence_of(body, result(body), names={"1002000": said})
    (transfer,) = evidence.transfers
    assert (transfer.symbol, transfer.name, transfer.decimals) == shown


def test_a_message_within_is_all_of_its_parts_and_never_a_number() -> None:
    assert wire.join({1: [b"ab", b"c"]}, 1) == b"abc"
    assert wire.join({}, 1) == b""
    wrong: list[list[int | bytes]] = [[5], [b"ab", 5]]
    for parts in wrong:
        with pytest.raises(Garbled, match="field 1"):
            wire.join({1: parts}, 1)


def test_an_internal_amount_that_is_no_object_is_named_in_the_refusal(evidence_of: Decode) -> None:
    body = call(SPENDER, "00")
    wrong = inner(BOB) | {"callValueInfo": [7]}
    with pytest.raises(Garbled, match=": callValueInfo"):
        evidence_of(body, called(body, internal_transactions=[wrong]))


# -- signed bytes, and texts of TRC-10 -----------------------------------------------------------


@pytest.mark.parametrize("kind", [3, 4, 6, 7])
def test_a_wire_type_that_protobuf_does_not_use_is_refused(kind: int) -> None:
    with pytest.raises(Garbled, match=f"the wire type {kind}$"):
        wire.parse_fields(bytes([1 << 3 | kind, 0]))


def test_an_amount_of_the_signed_bytes_is_a_number_that_is_not_negative() -> None:
    assert wire.number({1: [5, 7]}, 1) == 7
    assert wire.number({}, 1) == 0
    assert wire.number({1: [(1 << 63) - 1]}, 1) == (1 << 63) - 1
    for bad in (1 << 63, (1 << 64) - 5, b"\x05"):
        with pytest.raises(Garbled, match="field 1 of the signed bytes is no amount"):
            wire.number({1: [bad]}, 1)


def test_a_trc10_name_is_at_most_32_bytes_and_never_a_contracts_answer() -> None:
    """Longer bytes would be read as a contract writes a text: with its place and its length."""
    assert _plain_text(b"Token".hex()) == "Token"
    assert _plain_text(b"n".hex() * 32) == "n" * 32
    answer = (32).to_bytes(32, "big") + (3).to_bytes(32, "big") + b"TRX".ljust(32, b"\0")
    for other in (answer.hex(), b"n".hex() * 33, "", None, 7):
        assert _plain_text(other) is None
