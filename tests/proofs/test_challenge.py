"""The text that is signed: readable, of one line of thought, never twice the same."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from recovery.networks import load_registry
from recovery.proofs.challenge import write_challenge
from recovery.proofs.reading import MAX_MESSAGE

AT = datetime(2026, 11, 20, 12, 0, 0, 123456, tzinfo=UTC)
ETH = load_registry()["ETH"]


def write(**changes: Any) -> tuple[str, datetime]:
    parts: dict[str, Any] = {
        "case_id": "abc",
        "network": ETH,
        "address": "0x8617E340B3D01FA5F11F306F4090FD50E238070D",
        "tx_hash": "0x" + "ab" * 32,
        "nonce": "00ff" * 10,
        "issued_at": AT,
        "valid_for": timedelta(hours=24),
        **changes,
    }
    return write_challenge(**parts)


def test_a_person_reads_which_case_which_address_which_deposit_and_until_when() -> None:
    text, expires = write()
    for part in ("case abc", "0x8617E340", "ab" * 32, "eip155:1", "Nonce: 00ff", "moves nothing"):
        assert part in text
    assert text.endswith("Expires: 2026-11-21T12:00:00Z")
    assert expires == datetime(2026, 11, 21, 12, tzinfo=UTC)
    assert "do not sign" in text


def test_every_line_is_printable_ascii_and_none_stands_at_the_end() -> None:
    text, _ = write(site="help.example")
    assert all(32 <= ord(c) < 127 for line in text.split("\n") for c in line)
    assert text == text.strip()
    assert len(text) < MAX_MESSAGE / 4
    assert "help.example" in text.split()


@pytest.mark.parametrize("part", ["case_id", "address", "tx_hash", "nonce", "site"])
@pytest.mark.parametrize("value", ["a\nNonce: 1", "", "é", "x" * 201, "a\x00"])
def test_no_part_can_write_a_line_of_its_own(part: str, value: str) -> None:
    if part == "site" and value == "":
        return
    with pytest.raises(ValueError, match="challenge"):
        write(**{part: value})


@pytest.mark.parametrize(
    "other",
    [
        {"case_id": "abd"},
        {"network": load_registry()["BSC"]},
        {"address": "0x52908400098527886E0F7030069857D2E4169EE7"},
        {"tx_hash": "0x" + "cd" * 32},
        {"nonce": "00fe" * 10},
        {"issued_at": AT + timedelta(seconds=1)},
    ],
)
def test_a_challenge_of_anything_else_is_another_text(other: dict[str, Any]) -> None:
    assert write(**other)[0] != write()[0]
