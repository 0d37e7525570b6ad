"""Logs, times and calls one step beside their form: nothing is read into them."""

from __future__ import annotations

from typing import Any

import pytest

from recovery.chains.evm import abi
from recovery.chains.evm.facts import facts_of
from recovery.chains.evm.logs import _note_user_operation, _read_wrapped, may_move_inside
from recovery.errors import Garbled
from recovery.networks import load_registry

ALICE, BOB = "0x" + "aa" * 20, "0x" + "bb" * 20
TOKEN = "0x" + "cc" * 20
WORD = "0x" + f"{5:064x}"


def topic(address: str) -> str:
    return "0x" + abi.word_of_address(address)


@pytest.mark.parametrize(
    "wrong", [7, None, "", "0x", WORD[:-1], WORD + "0", "00" + WORD[2:], ["0x"]]
)
def test_a_topic_is_32_bytes_in_hexadecimal(wrong: Any) -> None:
    assert abi.word_of_topic(WORD) == WORD[2:]
    with pytest.raises(Garbled, match="topic"):
        abi.word_of_topic(wrong)


def test_a_deposit_of_wrapped_coin_names_one_holder_and_one_amount() -> None:
    facts = facts_of(load_registry()["ETH"])
    right = [abi.WRAPPED_DEPOSIT, topic(ALICE)]
    (move,) = _read_wrapped(facts, TOKEN, right, WORD, "log:0")
    assert (move.sender, move.recipient, move.amount) == (abi.ZERO, ALICE, 5)
    (back,) = _read_wrapped(facts, TOKEN, [abi.WRAPPED_WITHDRAWAL, topic(ALICE)], WORD, "log:0")
    assert (back.sender, back.recipient, back.amount) == (ALICE, abi.ZERO, 5)
    for topics, data in (
        (right[:1], WORD),
        ([*right, topic(BOB)], WORD),
        ([right[0], WORD.replace("0x0", "0x1")], WORD),
        (right, "0x"),
        (right, WORD + WORD[2:]),
    ):
        assert _read_wrapped(facts, TOKEN, topics, data, "log:0") == []


def test_a_user_operation_is_named_by_its_hash_and_its_second_word() -> None:
    def told(topics: list[str], *words: int) -> str:
        data = "0x" + "".join(f"{w:064x}" for w in words)
        (note,) = _note_user_operation(TOKEN, topics, data)
        return note.text

    named = [abi.USER_OPERATION, WORD]
    assert f"{WORD} went through" in told(named, 0, 1, 0, 0)
    assert f"{WORD} failed" in told(named, 1, 0, 1, 1)
    assert "unknown went through" in told(named[:1], 0, 1)
    assert f"{WORD} failed" in told(named, 1)


TRANSFER_CALL = "0xa9059cbb" + abi.word_of_address(BOB) + WORD[2:]


def moved(**other: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """A token's plain transfer: the transaction, and its receipt with the one log it asked for."""
    log = {"address": TOKEN, "topics": [abi.TRANSFER, topic(ALICE), topic(BOB)], "data": WORD}
    tx = {"type": "0x2", "to": TOKEN, "value": "0x0", "input": TRANSFER_CALL}
    receipt = {"status": "0x1", "logs": [log], "gasUsed": "0xc350"}
    for name, value in other.items():
        (receipt if name in receipt else tx)[name] = value
    return tx, receipt


@pytest.mark.parametrize(
    ("changed", "inside"),
    [
        ({}, False),
        ({"value": "0x1"}, True),
        ({"input": "0x12345678" + TRANSFER_CALL[10:]}, True),
        ({"input": TRANSFER_CALL.replace("bb" * 20, "ab" * 20)}, True),
        ({"to": ALICE}, True),
        ({"logs": []}, True),
        ({"gasUsed": hex(150_000)}, False),
        ({"gasUsed": hex(150_001)}, True),
        ({"status": "0x0", "value": "0x1"}, False),
        ({"type": "0x6a", "value": "0x1"}, False),
        ({"input": "0x", "logs": [], "gasUsed": hex(21_000), "value": "0x1"}, False),
        ({"input": "0x", "logs": [], "gasUsed": hex(21_001), "value": "0x1"}, True),
        ({"input": "0x00", "logs": [], "gasUsed": hex(21_000)}, True),
    ],
)
def test_only_a_plain_payment_and_a_plain_token_call_hide_no_coin(
    changed: dict[str, Any], inside: bool
) -> None:
    facts = facts_of(load_registry()["ETH"])
    tx, receipt = moved(**changed)
    assert may_move_inside(tx, receipt, facts) is inside
