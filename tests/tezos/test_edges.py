"""Who is paid by each kind of operation, and token calls in every form that contracts were given them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from base58_bech32.base58 import b58encode_check
from tezos.stories import ALICE, BOB, block_hash, contract, group_hash

from recovery.chains.tezos.answer import (
    Operation,
    _octez_operation,
    _octez_target,
    _tzkt_parties,
    read_tzkt,
)
from recovery.chains.tezos.decode import _fee
from recovery.chains.tezos.tokens import _address, _asked, _tzkt_move
from recovery.errors import Garbled
from recovery.networks import load_registry


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


# -- whole operations ----------------------------------------------------------------------------

HASH = group_hash("edges")


def _tzkt(**more: Any) -> dict[str, Any]:
    row: dict[str, Any] = {
        "type": "transaction",
        "id": 7,
        "hash": HASH,
        "level": 10,
        "block": block_hash(10),
        "timestamp": "2026-11-20T11:00:00Z",
        "counter": 5,
        "status": "applied",
        "sender": {"address": ALICE},
        "target": {"address": BOB},
        "amount": 5,
        "bakerFee": 300,
    }
    return row | more


def test_what_nobody_signs_has_no_status_and_stands_in_a_block_all_the_same() -> None:
    row = _tzkt(type="activation", account={"address": BOB}, balance=9)
    for field in ("counter", "status", "sender", "target", "amount"):
        del row[field]
    (operation,) = read_tzkt([row], HASH).operations
    assert (operation.status, operation.counter, operation.place) == ("applied", None, 0)
    (operation,) = read_tzkt([row | {"status": "failed"}], HASH).operations
    assert operation.status == "failed"


def test_a_signed_operation_without_a_status_is_refused() -> None:
    row = _tzkt()
    del row["status"]
    with pytest.raises(Garbled):
        read_tzkt([row], HASH)


def test_who_pays_is_told_only_where_one_alone_signed() -> None:
    network = load_registry()["XTZ"]
    alone = read_tzkt([_tzkt(), _tzkt(id=8, counter=6, amount=1)], HASH)
    two = read_tzkt([_tzkt(), _tzkt(id=8, counter=6, sender={"address": BOB})], HASH)
    fees = [_fee(network, alone), _fee(network, two)]
    assert [f and (f.amount, f.payer) for f in fees] == [(600, ALICE), (600, None)]


def _octez(nonce: int | None = None, **more: Any) -> Operation:
    row: dict[str, Any] = {
        "kind": "transaction",
        "source": ALICE,
        "destination": ALICE,
        "amount": "5",
        "fee": "300",
        "counter": "5",
    }
    updates = [{"kind": "contract", "contract": ALICE, "change": "-250"}]
    result = {"status": "applied", "balance_updates": updates}
    if nonce is not None:
        del row["fee"], row["counter"]
    return _octez_operation(row | more, 0, nonce, result)


def test_an_account_stakes_by_calling_itself_and_pays_whoever_else_it_calls() -> None:
    """Any contract may have an entrypoint of that name: what it is sent, it received."""
    stake = {"entrypoint": "stake", "value": {"prim": "Unit"}}
    own = _octez(parameters=stake)
    assert (own.kind, own.target, own.amount, own.call) == ("staking", None, 0, None)
    assert own.burned == 0
    other = _octez(destination=BOB, parameters=stake)
    assert (other.kind, other.target, other.amount) == ("transaction", BOB, 5)
    assert other.call is not None
    assert other.call.entrypoint == "stake"
    assert other.burned == 250
    plain = _octez(parameters={"entrypoint": "default", "value": {"prim": "Unit"}})
    assert (plain.kind, plain.target, plain.amount) == ("transaction", ALICE, 5)


def test_only_a_transaction_calls_a_contract() -> None:
    told = _octez(kind="delegation", parameters={"entrypoint": "stake", "value": {}})
    assert (told.kind, told.call) == ("delegation", None)


def test_an_internal_operation_costs_no_fee_of_its_own() -> None:
    assert (_octez(nonce=0).fee, _octez(nonce=0).counter) == (0, None)
    assert (_octez().fee, _octez().counter) == (300, 5)


@pytest.mark.parametrize(
    ("facts", "standard", "unique"),
    [
        ({"isBooleanAmount": True}, "fa2", True),
        ({"isBooleanAmount": "true"}, "fa2", True),
        ({"isBooleanAmount": False}, "fa2", False),
        ({"isBooleanAmount": True, "decimals": "6"}, "fa2", False),
        ({"isBooleanAmount": True, "decimals": "0"}, "fa2", True),
        ({"isBooleanAmount": True}, "fa1.2", False),
        ({"artifactUri": "ipfs://art"}, "fa2", True),
        ({}, "fa2", False),
    ],
)
def test_a_token_of_which_there_is_one_is_an_nft(
    facts: dict[str, Any], standard: str, unique: bool
) -> None:
    token = {
        "contract": {"address": contract("art")},
        "standard": standard,
        "tokenId": "3",
        "totalSupply": "2",
        "metadata": facts,
    }
    row = {"token": token, "from": {"address": ALICE}, "to": {"address": BOB}, "amount": "1"}
    assert _tzkt_move(row, "op:0:0").unique is unique
    single = _tzkt_move(row | {"token": token | {"totalSupply": "1"}}, "op:0:0")
    assert single.unique is (standard == "fa2" and facts.get("decimals") != "6")
