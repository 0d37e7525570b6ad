"""The decoder alone: answers that contradict themselves are refused, and amounts stay exact."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recovery.chains.family import RawTx
from recovery.chains.utxo.carried import parse_pushes
from recovery.chains.utxo.decode import decode
from recovery.chains.utxo.seen import parse_coins
from recovery.clock import now
from recovery.errors import Garbled
from recovery.model import Gap, TransferKind, TxStatus
from recovery.networks import load_registry

HASH = "11" * 32
PARENT = "22" * 32
BLOCK = "33" * 32
SCRIPT = "76a91476a04053bda0a88bda5177b86a15c3b29f55987388ac"
LIMIT = 21 * 10**14

Change = Callable[[dict[str, Any]], None]


def answers(**changed: Any) -> dict[str, Any]:
    """A plain payment of 1 coin out of 1.0001, three blocks deep, as Core 30 tells it."""
    prevout = {"value": Decimal("1.00010000"), "scriptPubKey": {"hex": SCRIPT}}
    tx = {
        "txid": HASH,
        "vin": [{"txid": PARENT, "vout": 0, "sequence": 4294967295, "prevout": prevout}],
        "vout": [{"value": Decimal("1.00000000"), "n": 0, "scriptPubKey": {"hex": SCRIPT}}],
        "fee": Decimal("0.00010000"),
        "blockhash": BLOCK,
        "confirmations": 3,
    }
    header = {"hash": BLOCK, "height": 900_000, "confirmations": 3, "time": 1_700_000_000}
    return {"tx": tx | changed, "header": header, "parents": {}, "mempool": None, "head": {}}


def raw(given_answers: dict[str, Any], code: str = "BTC") -> RawTx:
    return RawTx(load_registry()[code].code, HASH, "core", "test", now(), given_answers)


def read(given_answers: dict[str, Any], code: str = "BTC") -> Any:
    return decode(load_registry()[code], raw(given_answers, code))


def test_the_plain_case() -> None:
    evidence = read(answers())
    assert evidence.fee.amount == 10_000
    assert evidence.transfers[0].amount == 10**8
    assert evidence.status is TxStatus.CONFIRMED


WRONG: dict[str, Change] = {
    "another transaction": lambda a: a["tx"].update(txid="44" * 32),
    "no transaction": lambda a: a.update(tx=None),
    "a list": lambda a: a.update(tx=[]),
    "a missing input list": lambda a: a["tx"].pop("vin"),
    "an input that is text": lambda a: a["tx"].update(vin=["x"]),
    "an output that is text": lambda a: a["tx"].update(vout=["x"]),
    "a number for the script": lambda a: a["tx"]["vout"][0].update(scriptPubKey={"hex": 7}),
    "a script that is not hexadecimal": lambda a: a["tx"]["vout"][0].update(
        scriptPubKey={"hex": "zz"}
    ),
    "an amount as text": lambda a: a["tx"]["vout"][0].update(value="1.0"),
    "an amount as a float": lambda a: a["tx"]["vout"][0].update(value=1.0),
    "true for an amount": lambda a: a["tx"]["vout"][0].update(value=True),
    "a negative amount": lambda a: a["tx"]["vout"][0].update(value=Decimal(-1)),
    "nine places": lambda a: a["tx"]["vout"][0].update(value=Decimal("0.000000001")),
    "nine places hidden behind many": lambda a: a["tx"]["vout"][0].update(
        value=Decimal("1." + "0" * 35 + "1")
    ),
    "more than all coins": lambda a: a["tx"]["vout"][0].update(value=Decimal(21_000_001)),
    "infinity": lambda a: a["tx"]["vout"][0].update(value=Decimal("Infinity")),
    "a huge exponent": lambda a: a["tx"]["vout"][0].update(value=Decimal("1E+999999")),
    "an output twice": lambda a: a["tx"]["vout"].append(a["tx"]["vout"][0]),
    "a missing output": lambda a: a["tx"]["vout"][0].update(n=1),
    "more out than in": lambda a: (
        a["tx"].pop("fee"),
        a["tx"]["vout"][0].update(value=Decimal(2)),
    )[1],
    "another fee than the amounts leave": lambda a: a["tx"].update(fee=Decimal("0.0002")),
    "another block's header": lambda a: a["header"].update(hash="55" * 32),
    "no header": lambda a: a.update(header=None),
    "a block that is no hash": lambda a: a["tx"].update(blockhash="genesis"),
    "confirmed in no block": lambda a: a["tx"].pop("blockhash"),
    "a height that differs": lambda a: a["tx"].update(height=5),
    "a block time in milliseconds": lambda a: a["header"].update(time=1_700_000_000_000),
    "an integer amount that differs": lambda a: a["tx"]["vout"][0].update(valueSat=5),
    "a token amount as a number": lambda a: a["tx"]["vout"][0].update(
        tokenData={"category": PARENT, "amount": 5}
    ),
    "a token of no amount": lambda a: a["tx"]["vout"][0].update(tokenData={"category": PARENT}),
    "a negative token amount": lambda a: a["tx"]["vout"][0].update(
        tokenData={"category": PARENT, "amount": "-5"}
    ),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_an_answer_that_can_not_be_true_is_garbled(wrong: str) -> None:
    told = answers()
    WRONG[wrong](told)
    with pytest.raises(Garbled):
        read(told)


@pytest.mark.parametrize(
    ("tx_depth", "header_depth", "in_chain"),
    [(0, -1, None), (-1, -1, None), (3, -1, None), (0, 3, None), (3, 3, False)],
)
def test_a_block_off_the_best_chain_orphans_whichever_call_says_so(
    tx_depth: int, header_depth: int, in_chain: bool | None
) -> None:
    told = answers(confirmations=tx_depth)
    told["header"]["confirmations"] = header_depth
    if in_chain is not None:
        told["tx"]["in_active_chain"] = in_chain
    evidence = read(told)
    assert evidence.status is TxStatus.ORPHANED
    assert (evidence.confirmations, evidence.final) == (0, False)


def test_two_inputs_of_one_owner_are_one_sender_and_two_owners_are_two() -> None:
    told = answers()
    one = told["tx"]["vin"][0]
    other = {"value": Decimal("1"), "scriptPubKey": {"hex": "a914" + "77" * 20 + "87"}}
    told["tx"]["vin"] = [one, dict(one, vout=1), dict(one, vout=2, prevout=other)]
    told["tx"].pop("fee")
    evidence = read(told)
    assert len(evidence.transfers[0].senders) == 2
    assert evidence.fee.payer is None
    assert evidence.fee.amount == 200_020_000


def test_amounts_beyond_floats_stay_exact() -> None:
    told = answers()
    told["tx"]["vin"][0]["prevout"]["value"] = Decimal("90071992.54740995")
    told["tx"]["vout"][0]["value"] = Decimal("90071992.54740993")
    told["tx"].pop("fee")
    evidence = read(told, "DOGE")
    assert evidence.transfers[0].amount == 2**53 + 1
    assert evidence.fee.amount == 2


@given(units=st.integers(min_value=0, max_value=LIMIT))
def test_every_amount_survives_its_way_through_json(units: int) -> None:
    text = f"{units // 10**8}.{units % 10**8:08d}"
    written = json.loads(text, parse_float=Decimal)
    assert parse_coins(written, LIMIT) == units
    assert parse_coins(Decimal(text).normalize(), LIMIT) == units


@given(script=st.binary(max_size=90))
def test_no_script_whatsoever_breaks_the_decoder(script: bytes) -> None:
    told = answers()
    told["tx"]["vout"][0]["scriptPubKey"]["hex"] = script.hex()
    for code in ("BTC", "LTC", "DOGE", "BCH", "DASH", "ZEC"):
        recipient = read(told, code).transfers[0].recipient
        assert recipient.key is not None
    parse_pushes(script)


def test_a_pending_transaction_has_no_depth_even_where_the_node_prints_zero() -> None:
    told = answers(confirmations=0, blockhash=None) | {"header": None}
    evidence = read(told)
    assert evidence.status is TxStatus.PENDING
    assert [n.code for n in evidence.notes] == ["rbf_not_signalled"]


def test_cash_tokens_follow_the_coins_that_carry_them() -> None:
    told = answers()
    told["tx"]["vout"][0]["tokenData"] = {
        "category": PARENT,
        "amount": str(2**63 - 1),
        "nft": {"capability": "minting", "commitment": ""},
    }
    evidence = read(told, "BCH")
    assert [(t.position, t.kind, t.amount) for t in evidence.transfers] == [
        ("vout:0", TransferKind.NATIVE, 10**8),
        ("vout:0:token", TransferKind.TOKEN, 2**63 - 1),
        ("vout:0:nft", TransferKind.NFT, 1),
    ]
    assert evidence.transfers[1].asset.endswith(f"/token:{PARENT}")


def test_dash_without_a_chainlock_in_the_answer_counts_its_depth() -> None:
    told = answers()
    for depth, final in ((5, False), (6, True)):
        told["tx"]["confirmations"] = told["header"]["confirmations"] = depth
        assert read(told, "DASH").final is final
    told["tx"]["confirmations"] = told["header"]["confirmations"] = 1
    assert not read(told | {"tx": told["tx"] | {"chainlock": False}}, "DASH").final
    assert read(told | {"tx": told["tx"] | {"chainlock": True}}, "DASH").final


def test_a_chainlock_means_nothing_on_a_chain_whose_rule_is_depth() -> None:
    assert not read(answers(chainlock=True)).final


def test_a_fully_shielded_transaction_says_so_and_pays_nobody_that_can_be_seen() -> None:
    told = answers(vin=[], vout=[], orchard={"actions": [{}, {}], "valueBalanceZat": 10_000})
    told["tx"].pop("fee")
    evidence = read(told, "ZEC")
    assert evidence.transfers == ()
    assert "shielded_outputs" in {n.code for n in evidence.notes}
    assert evidence.fee.amount == 10_000


def test_shielded_value_beside_a_transparent_input_leaves_one_sender_unknown() -> None:
    told = answers(valueBalanceZat=50_000, vShieldedSpend=[{}])
    told["tx"].pop("fee")
    evidence = read(told, "ZEC")
    assert [p.key is None for p in evidence.transfers[0].senders] == [False, True]
    assert evidence.fee.amount == 60_000


def test_an_omni_claim_in_a_witness_program_or_a_coinbase_text_is_none() -> None:
    told = answers(vin=[{"coinbase": "00", "sequence": 0}])
    told["tx"].pop("fee")
    text = {"value": 0, "n": 1, "scriptPubKey": {"hex": "6a04deadbeef"}}
    told["tx"]["vout"].append(text)
    evidence = read(told)
    assert evidence.notes == ()
    assert Gap.TOKEN_VALIDITY not in evidence.gaps


def test_answers_of_an_unknown_api_are_refused() -> None:
    with pytest.raises(Garbled):
        decode(load_registry()["BTC"], replace(raw(answers()), api="blockbook"))


def test_a_joinsplit_adds_what_it_lets_out_and_takes_what_it_lets_in() -> None:
    told = answers()
    told["tx"].pop("fee", None)
    told["tx"]["vjoinsplit"] = [{"vpub_old": Decimal("0.2"), "vpub_new": Decimal("0.5")}]
    evidence = read(told, "ZEC")
    assert evidence.fee is not None
    assert evidence.fee.amount == 10**4 + 3 * 10**7
    told["tx"]["vjoinsplit"] = [{"vpub_oldZat": 5000, "vpub_newZat": 0}]
    evidence = read(told, "ZEC")
    assert evidence.fee is not None
    assert evidence.fee.amount == 10**4 - 5000
