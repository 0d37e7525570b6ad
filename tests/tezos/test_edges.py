"""Who is paid by each kind of operation, and token calls in every form that contracts were given them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from base58_bech32.base58 import b58encode_check
from tezos.stories import ALICE, BOB

from recovery.chains.tezos.answer import _octez_target, _tzkt_parties
from recovery.chains.tezos.tokens import _address, _asked
from recovery.errors import Garbled


@pytest.mark.parametrize(
    ("row", "kind", "parties"),
    [
        ({"sender": ALICE, "target": BOB, "amount": 5}, "transaction", (ALICE, BOB, 5)),
        (
            {"sender": ALICE, "originatedContract": BOB, "contractBalance": 7},
            "origination",
            (ALICE, BOB, 7),
        ),
        ({"sender": ALICE, "originatedContract": BOB}, "origination", (ALICE, BOB, 0)),
        ({"account": BOB, "balance": 9}, "activation", (None, BOB, 9)),
        ({"delegate": ALICE, "target": BOB, "amount": 3}, "drain_delegate", (ALICE, BOB, 3)),
        ({"sender": ALICE, "amount": 5}, "delegation", (ALICE, None, 0)),
    ],
)
def test_an_operation_pays_whom_its_kind_says(
    row: dict[str, Any], kind: str, parties: tuple[Any, ...]
) -> None:
    told = {k: {"address": v} if isinstance(v, str) else v for k, v in row.items()}
    assert _tzkt_parties(told, kind) == parties


@pytest.mark.parametrize(
    ("kind", "field"), [("activation", "balance"), ("drain_delegate", "amount")]
)
def test_a_missing_amount_is_named(kind: str, field: str) -> None:
    with pytest.raises(Garbled, match=f"^{field} "):
        _tzkt_parties({"account": {"address": ALICE}}, kind)


def test_an_origination_pays_the_contract_that_it_made() -> None:
    row = {"destination": BOB, "amount": "5", "balance": "7"}
    made = {"originated_contracts": [BOB]}
    assert _octez_target(row, "transaction", ALICE, None) == (BOB, 5)
    assert _octez_target(row, "origination", ALICE, made) == (BOB, 7)
    nothing: list[dict[str, Any] | None] = [None, {}, {"originated_contracts": []}]
    for result in nothing:
        assert _octez_target(row, "origination", ALICE, result) == (None, 7)
    assert _octez_target(row, "delegation", ALICE, None) == (None, 0)
    with pytest.raises(Garbled, match="originated_contracts"):
        _octez_target(row, "origination", ALICE, {"originated_contracts": [7]})


def pair(*parts: dict[str, Any]) -> dict[str, Any]:
    return {"prim": "Pair", "args": list(parts)}


FA12 = ("fa1.2", "0", ALICE, BOB, 5)
FA2 = ("fa2", "3", ALICE, BOB, 5)
A, B = {"string": ALICE}, {"string": BOB}
CALLS: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "FA1.2 by name": ({"from": ALICE, "to": BOB, "value": "5"}, FA12),
    "FA1.2 as text": (json.dumps({"from": ALICE, "to": BOB, "value": "5"}), FA12),
    "FA1.2 nested": (pair(A, pair(B, {"int": "5"})), FA12),
    "FA1.2 flat": (pair(A, B, {"int": "5"}), FA12),
    "FA2 by name": (
        [{"from_": ALICE, "txs": [{"to_": BOB, "token_id": "3", "amount": "5"}]}],
        FA2,
    ),
    "FA2 nested": ([pair(A, [pair(B, pair({"int": "3"}, {"int": "5"}))])], FA2),  # type: ignore[arg-type]
    "FA2 flat": ([pair(A, [pair(B, {"int": "3"}, {"int": "5"})])], FA2),  # type: ignore[arg-type]
}
"""TZIP-7 and TZIP-12, as indexers and nodes print them."""


@pytest.mark.parametrize("form", CALLS)
def test_a_token_call_says_the_same_in_every_form(form: str) -> None:
    value, expected = CALLS[form]
    assert list(_asked(value)) == [expected]


@pytest.mark.parametrize("amount", ["-5", "5.0", "", "\u0665", 5, None])
def test_an_amount_that_is_no_natural_number_is_no_call(amount: Any) -> None:
    with pytest.raises((ValueError, TypeError, KeyError)):
        list(_asked({"from": ALICE, "to": BOB, "value": amount}))


@pytest.mark.parametrize(
    ("raw", "prefix", "beginning"),
    [
        (b"\x00\x00" + bytes(range(20)), b"\x06\xa1\x9f", "tz1"),
        (b"\x00\x01" + bytes(range(20)), b"\x06\xa1\xa1", "tz2"),
        (b"\x00\x02" + bytes(range(20)), b"\x06\xa1\xa4", "tz3"),
        (b"\x01" + bytes(range(20)) + b"\x00", b"\x02\x5a\x79", "KT1"),
    ],
)
def test_an_address_may_be_the_protocols_22_bytes(
    raw: bytes, prefix: bytes, beginning: str
) -> None:
    text = b58encode_check(prefix + bytes(range(20))).decode()
    assert text.startswith(beginning)
    assert _address({"bytes": raw.hex()}) == text
    assert _address({"bytes": raw.hex() + b"transfer".hex()}) == text
    assert _address({"string": f"{text}%transfer"}) == text
    with pytest.raises(ValueError, match="no address"):
        _address({"bytes": raw[:-1].hex()})
