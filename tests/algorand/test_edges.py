"""Canonical msgpack, byte by byte, and how deep calls may lie."""

from __future__ import annotations

from typing import Any

import pytest

from recovery.chains.algorand.answer import DEEPEST, read_pooled
from recovery.chains.algorand.txid import _pack_number, _pack_value
from recovery.demo.fixtures import load_fixtures
from recovery.errors import Garbled
from recovery.networks import load_registry


@pytest.mark.parametrize(
    ("number", "written"),
    [
        (1, "01"),
        (0x7F, "7f"),
        (0x80, "cc80"),
        (0xFF, "ccff"),
        (0x100, "cd0100"),
        (0xFFFF, "cdffff"),
        (0x1_0000, "ce00010000"),
        (0xFFFF_FFFF, "ceffffffff"),
        (0x1_0000_0000, "cf0000000100000000"),
        (2**64 - 1, "cfffffffffffffffff"),
    ],
)
def test_a_number_takes_the_fewest_bytes(number: int, written: str) -> None:
    """Algorand hashes the canonical form: another length would be another id."""
    assert _pack_number(number).hex() == written


@pytest.mark.parametrize(
    ("value", "head"),
    [
        ("x" * 31, "bf"),
        ("x" * 32, "d920"),
        ("x" * 255, "d9ff"),
        ("x" * 256, "da0100"),
        (b"x" * 31, "c41f"),
        (b"x" * 255, "c4ff"),
        (b"x" * 256, "c50100"),
    ],
)
def test_texts_and_bytes_bear_the_shortest_length(value: str | bytes, head: str) -> None:
    data = value.encode() if isinstance(value, str) else value
    assert _pack_value(value) == bytes.fromhex(head) + data


def test_calls_that_lie_deeper_than_the_protocol_lets_them_are_no_answer() -> None:
    (fixture,) = [f for f in load_fixtures(network="ALGO") if f.name == "ALGO/algod-inner"]
    answers = [e.model_dump(by_alias=True).get("json") for e in fixture.exchanges]
    told = next(a for a in answers if isinstance(a, dict) and a.get("inner-txns"))
    inner: dict[str, Any] = told["inner-txns"][0]

    def nested(depth: int) -> dict[str, Any]:
        one = {k: v for k, v in inner.items() if k != "inner-txns"}
        for _ in range(depth):
            one = {**inner, "inner-txns": [one]}
        return one

    network = load_registry()["ALGO"]
    assert len(read_pooled(network, nested(DEEPEST)).inner) == 1
    with pytest.raises(Garbled, match="too deep"):
        read_pooled(network, nested(DEEPEST + 1))
