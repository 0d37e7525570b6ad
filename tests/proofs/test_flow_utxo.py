"""A Litecoin deposit of several inputs on a real node: every sender is proven, or nobody is."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from nodes.litecoind import Litecoind, run_litecoind
from outer.desk import Desk

LITE = 10**8


@pytest.fixture(scope="module")
def ltc() -> Iterator[Litecoind]:
    with run_litecoind(blocks=120) as node:
        yield node


@pytest.fixture
def desk(tmp_path: Path, sqlite_url: str, ltc: Litecoind) -> Desk:
    made = Desk(tmp_path, sqlite_url)
    made.connect("LTC", ltc.url, profile="regtest")
    made.list_asset("LTC", "native", "LTC", decimals=8)
    made.price("bip122:12a765e31ffd4059bada1e25190f6e98/slip44:2", "80")
    made.complete_ledger()
    return made


def fund(ltc: Litecoind, *addresses: str) -> list[dict[str, Any]]:
    """One LTC to each address; the inputs that spend them."""
    inputs = []
    for address in addresses:
        tx_id = ltc.rpc("sendtoaddress", address, 1)
        outputs = ltc.rpc("getrawtransaction", tx_id, True)["vout"]
        (n,) = [o["n"] for o in outputs if address in o["scriptPubKey"].get("addresses", ())]
        inputs.append({"txid": tx_id, "vout": n})
    ltc.mine()
    return inputs


def spend(ltc: Litecoind, inputs: list[dict[str, Any]], to: str, amount: int) -> str:
    """The inputs to one output of ours and change; mined until final."""
    paid = Decimal(amount) / LITE
    change = len(inputs) - paid - Decimal("0.001")
    raw = ltc.rpc(
        "createrawtransaction",
        inputs,
        [{to: str(paid)}, {ltc.rpc("getrawchangeaddress"): str(change)}],
    )
    signed = ltc.rpc("signrawtransactionwithwallet", raw)
    tx_id: str = ltc.rpc("sendrawtransaction", signed["hex"], 0)
    ltc.mine(24)
    return tx_id


def legacy(ltc: Litecoind) -> str:
    address: str = ltc.rpc("getnewaddress", "", "legacy")
    return address


def open_case(desk: Desk, ltc: Litecoind, *senders: str) -> Any:
    hot = ltc.rpc("getnewaddress")
    desk.issue("LTC", hot, "", role="hot", can_sign="LTC")
    tx_id = spend(ltc, fund(ltc, *senders), hot, LITE // 2)
    found = desk.done("open", tx_id, "--user", "ulla", "--actor", "front")
    cases = found.get("cases", [found])
    assert cases[0]["state"] == "needs_input", [
        (c["state"], c["check"]["search"], [v["cause"] for v in c["check"]["verdicts"]])
        for c in cases
    ]
    (case,) = cases
    return case | {"hot": hot}


def answer(desk: Desk, case: Any, address: str, signature: str) -> Any:
    args = ("--address", address, "--signature", signature, "--actor", "front")
    return desk.run("prove", case["id"], *args)


def texts_of(document: Any) -> dict[str, str]:
    return {s["address"]: s["challenge"]["text"] for s in document["senders"]}


def test_the_nodes_own_signmessage_proves_every_input(desk: Desk, ltc: Litecoind) -> None:
    one, two = legacy(ltc), legacy(ltc)
    case = open_case(desk, ltc, one, two)
    texts = texts_of(desk.done("prove", case["id"], "--actor", "front"))
    assert texts.keys() == {one, two}
    assert texts[one] != texts[two]
    first = answer(desk, case, one, ltc.rpc("signmessage", one, texts[one]))
    assert (first.code, first.doc["state"], first.doc["complete"]) == (0, "needs_input", False)
    # a partner's signature over one's own text, and one's own over the partner's, prove nothing
    assert answer(desk, case, two, ltc.rpc("signmessage", one, texts[two])).code == 1
    assert answer(desk, case, two, ltc.rpc("signmessage", two, texts[one])).code == 1
    last = answer(desk, case, two, ltc.rpc("signmessage", two, texts[two]))
    assert (last.code, last.doc["state"], last.doc["complete"]) == (0, "quoted", True)
    shown = desk.done("case", case["id"])
    assert one in shown["confirmations"][0]["reason"]
    assert two in shown["confirmations"][0]["reason"]
    assert desk.done("audit")["clean"]


def test_a_deposit_from_both_together_proves_neither_and_one_from_each_does(
    desk: Desk, ltc: Litecoind
) -> None:
    one, two = legacy(ltc), legacy(ltc)
    case = open_case(desk, ltc, one, two)
    asked = desk.done("prove", case["id"], "--deposit", "--actor", "front")
    wanted = {s["address"]: int(s["deposit"]["amount"]) for s in asked["senders"]}
    assert wanted[one] != wanted[two]
    both = spend(ltc, fund(ltc, one, two), case["hot"], wanted[one])
    told = desk.run("prove", case["id"], "--tx", both, "--actor", "front")
    assert (told.code, told.doc["error"]["reference"]) == (1, "deposit-other-sender")
    for address in (one, two):
        tx_id = spend(ltc, fund(ltc, address), case["hot"], wanted[address])
        told = desk.run("prove", case["id"], "--tx", tx_id, "--actor", "front")
        assert told.code == 0, told.doc
    # our own wallet as the recipient asks for a reviewer beside deposits
    assert told.doc["state"] == "needs_review"
    assert [line["becomes"] for line in told.doc["verification_deposits"]] == ["open"] * 2


def test_more_senders_than_anybody_signs_for_are_a_reviewers(desk: Desk, ltc: Litecoind) -> None:
    case = open_case(desk, ltc, *(legacy(ltc) for _ in range(9)))
    told = desk.done("prove", case["id"], "--actor", "front")
    assert (told["state"], told["review"]["code"]) == ("needs_review", "too_many_senders")
    seen = ("--condition", "sender_proof", "--reason", "seen by video", "--actor", "rita")
    assert desk.done("confirm", case["id"], *seen)["state"] == "quoted"
