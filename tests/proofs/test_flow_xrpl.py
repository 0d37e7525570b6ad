"""XRP without a destination tag: a key of our own signs, and answers in a real node's shape are served over HTTP."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from outer.desk import Desk, print_time
from proofs.ripple import OURS, XRP, Wallet

from recovery.demo.fixtures import Fixture
from recovery.demo.server import serve_networks
from recovery.proofs.permissions import MASTER_DISABLED

NATIVE = "xrpl:0/slip44:144"
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@contextlib.contextmanager
def play(desk: Desk, *stories: Fixture) -> Iterator[None]:
    with serve_networks(stories) as urls:
        desk.connect("XRP", urls["XRP"])
        yield


@pytest.fixture
def desk(tmp_path: Any, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setenv("RECOVERY_NOW", print_time(NOW))
    made = Desk(tmp_path, sqlite_url)
    made.connect("XRP", "http://127.0.0.1:9")
    made.list_asset("XRP", "native", "XRP", decimals=6)
    made.load("prices", "asset,currency,price,as_of", [NATIVE, "USD", "2", print_time(NOW)])
    ledger = "network,tx_hash,transfer,user,asset,amount,credited_at"
    made.load("credits", ledger, args=("--complete-through", print_time(NOW + timedelta(days=1))))
    columns = "network,address,role,memo,user,can_sign"
    rows = [
        ["XRP", OURS, "shared", tag, user, "XRP"] for tag, user in (("77", "ulla"), ("78", "max"))
    ]
    made.load("addresses", columns, ["XRP", OURS, "shared", "", "", "XRP"], *rows)
    return made


WALLET = Wallet(7)
DEPOSIT = WALLET.pay(40_000_000, NOW - timedelta(hours=3))


def open_case(desk: Desk, user: str = "ulla", memo: str = "77") -> Any:
    case = desk.done("open", DEPOSIT.tx_hash, "--user", user, "--memo", memo, "--actor", "front")
    assert (case["state"], case["check"]["verdicts"][0]["cause"]) == ("needs_input", "memo_missing")
    return case


def test_a_signed_challenge_books_the_deposit_to_the_claimants_own_tag(desk: Desk) -> None:
    with play(desk, DEPOSIT):
        case = open_case(desk)
        (sender,) = desk.done("prove", case["id"], "--actor", "front")["senders"]
        text = sender["challenge"]["text"]
        args = ("--address", WALLET.address, "--public-key", WALLET.public_key, "--actor", "front")
        path = desk.folder / "signature.txt"
        path.write_text(WALLET.sign(text) + "\n", "utf-8")
        told = desk.done("prove", case["id"], *args, "--signature", f"@{path}")
        assert (told["state"], told["complete"]) == ("quoted", True)
        case = desk.done("case", case["id"])
        assert case["destination"]["kind"] == "credit"
        desk.done("accept", case["id"], "--actor", "front")
        desk.done("sign", case["id"], "--role", "wallet", "--actor", "walt")
        done = desk.done("sign", case["id"], "--role", "clearing", "--actor", "clara")
        assert done["state"] == "approved"


def test_the_same_key_on_another_network_is_another_challenge(desk: Desk) -> None:
    with play(desk, DEPOSIT):
        case = open_case(desk)
        (sender,) = desk.done("prove", case["id"], "--actor", "front")["senders"]
        elsewhere = sender["challenge"]["text"].replace(XRP.chain, "stellar:pubnet")
        args = ("--address", WALLET.address, "--public-key", WALLET.public_key, "--actor", "front")
        told = desk.run("prove", case["id"], *args, "--signature", WALLET.sign(elsewhere))
        assert (told.code, told.doc["error"]["reference"]) == (1, "wrong-signer")


def test_the_key_of_an_account_whose_master_key_is_disabled_books_nothing(desk: Desk) -> None:
    thief = Wallet(9)
    moved = {"Flags": MASTER_DISABLED, "RegularKey": thief.address}
    with play(desk, WALLET.pay(40_000_000, NOW - timedelta(hours=3), account=moved)):
        case = open_case(desk)
        (sender,) = desk.done("prove", case["id"], "--actor", "front")["senders"]
        text = sender["challenge"]["text"]
        args = ("--address", WALLET.address, "--actor", "front", "--public-key")
        answer = (WALLET.public_key, "--signature", WALLET.sign(text))
        told = desk.run("prove", case["id"], *args, *answer)
        assert (told.code, told.doc["error"]["reference"]) == (1, "key-without-rights")
        assert desk.done("case", case["id"])["state"] == "needs_input"
        answer = (thief.public_key, "--signature", thief.sign(text))
        assert desk.done("prove", case["id"], *args, *answer)["complete"]


def test_a_server_that_does_not_answer_leaves_the_challenge_open(desk: Desk) -> None:
    with play(desk, DEPOSIT):
        case = open_case(desk)
        (sender,) = desk.done("prove", case["id"], "--actor", "front")["senders"]
    desk.connect("XRP", "http://127.0.0.1:9")
    args = ("--address", WALLET.address, "--actor", "front", "--public-key", WALLET.public_key)
    answer = (*args, "--signature", WALLET.sign(sender["challenge"]["text"]))
    assert desk.run("prove", case["id"], *answer).code == 3
    with play(desk, DEPOSIT):
        assert desk.done("prove", case["id"], *answer)["complete"]


def test_a_large_deposit_is_proven_by_two_servers_and_not_by_one(desk: Desk) -> None:
    large = WALLET.pay(40_000_000_000, NOW - timedelta(hours=3))
    with play(desk, large), serve_networks([large]) as others:
        first, second = desk.sections["XRP"]["endpoints"][0], others["XRP"]
        desk.connect("XRP", first, second)
        case = desk.done(
            "open", large.tx_hash, "--user", "ulla", "--memo", "77", "--actor", "front"
        )
        (sender,) = desk.done("prove", case["id"], "--actor", "front")["senders"]
        args = ("--address", WALLET.address, "--actor", "front", "--public-key", WALLET.public_key)
        answer = (*args, "--signature", WALLET.sign(sender["challenge"]["text"]))
        desk.connect("XRP", first, "http://127.0.0.1:9")
        assert desk.run("prove", case["id"], *answer).code == 3
        desk.connect("XRP", first, second)
        assert desk.done("prove", case["id"], *answer)["complete"]


def test_a_reviewers_word_still_does_it(desk: Desk) -> None:
    with play(desk, DEPOSIT):
        case = open_case(desk)
        seen = ("--condition", "sender_proof", "--reason", "signed by post", "--actor", "rita")
        case = desk.done("confirm", case["id"], *seen)
        assert (case["state"], case["destination"]["kind"]) == ("quoted", "credit")


def request(desk: Desk, case: Any) -> Any:
    (sender,) = desk.done("prove", case["id"], "--deposit", "--actor", "front")["senders"]
    return sender["deposit"]


def test_a_verification_deposit_without_the_tag_proves_and_is_booked_with_the_case(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    with play(desk, DEPOSIT):
        case = open_case(desk)
        wanted = request(desk, case)
    assert wanted["memo"] == "77"
    assert 250_000 <= int(wanted["amount"]) <= 1_000_000
    sent = WALLET.pay(int(wanted["amount"]), NOW + timedelta(minutes=5), sequence=2)
    monkeypatch.setenv("RECOVERY_NOW", print_time(NOW + timedelta(minutes=10)))
    with play(desk, DEPOSIT, sent):
        told = desk.done("prove", case["id"], "--tx", sent.tx_hash, "--actor", "front")
        assert (told["state"], told["complete"]) == ("quoted", True)
        (line,) = told["verification_deposits"]
        assert (line["becomes"], line["tx_hash"]) == ("credit", sent.tx_hash)
        assert desk.done("check", sent.tx_hash, "--user", "ulla")["verdicts"][0]["cause"] == (
            "duplicate_claim"
        )


def test_a_verification_deposit_with_the_tag_is_an_ordinary_deposit_too(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    with play(desk, DEPOSIT):
        case = open_case(desk)
        wanted = request(desk, case)
    at = NOW + timedelta(minutes=5)
    sent = WALLET.pay(int(wanted["amount"]), at, sequence=2, tag=77)
    foreign = WALLET.pay(int(wanted["amount"]), at, sequence=3, tag=78)
    monkeypatch.setenv("RECOVERY_NOW", print_time(NOW + timedelta(minutes=10)))
    with play(desk, DEPOSIT, sent, foreign):
        told = desk.run("prove", case["id"], "--tx", foreign.tx_hash, "--actor", "front")
        assert (told.code, told.doc["error"]["reference"]) == (1, "deposit-other-memo")
        told = desk.run("prove", case["id"], "--tx", sent.tx_hash, "--actor", "front")
        assert told.doc["verification_deposits"][0]["becomes"] == "credited"
        # nobody holds it: if the deposit system missed it, it is credited like any other
        verdict = desk.done("check", sent.tx_hash)["verdicts"][0]
        assert verdict["cause"] == "listed_deposit_missed"


def test_a_claimant_who_is_not_the_sender_cannot_use_anothers_payment(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    with play(desk, DEPOSIT):
        case = open_case(desk, user="max", memo="78")
        wanted = request(desk, case)
    sent = Wallet(8).pay(int(wanted["amount"]), NOW + timedelta(minutes=5))
    monkeypatch.setenv("RECOVERY_NOW", print_time(NOW + timedelta(minutes=10)))
    with play(desk, DEPOSIT, sent):
        told = desk.run("prove", case["id"], "--tx", sent.tx_hash, "--actor", "front")
        assert (told.code, told.doc["error"]["reference"]) == (1, "deposit-other-sender")
    late = WALLET.pay(int(wanted["amount"]), NOW + timedelta(hours=80), sequence=2)
    monkeypatch.setenv("RECOVERY_NOW", print_time(NOW + timedelta(hours=81)))
    with play(desk, DEPOSIT, late):
        told = desk.run("prove", case["id"], "--tx", late.tx_hash, "--actor", "front")
        assert (told.code, told.doc["error"]["reference"]) == (1, "deposit-too-late")


def test_an_address_to_which_other_customers_withdrew_needs_a_reviewer(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    columns = "network,tx_hash,user,asset,amount,destination,sent_at"
    row = [
        "XRP",
        "AA" * 32,
        "max",
        "native",
        5,
        WALLET.address,
        print_time(NOW - timedelta(days=9)),
    ]
    desk.load("withdrawals", columns, row)
    with play(desk, DEPOSIT):
        case = open_case(desk)
        wanted = request(desk, case)
    sent = WALLET.pay(int(wanted["amount"]), NOW + timedelta(minutes=5), sequence=2)
    monkeypatch.setenv("RECOVERY_NOW", print_time(NOW + timedelta(minutes=10)))
    with play(desk, DEPOSIT, sent):
        told = desk.done("prove", case["id"], "--tx", sent.tx_hash, "--actor", "front")
        assert told["state"] == "needs_review"
        assert told["senders"][0]["reviewer"] == "sender_of_many_users"


def test_a_tag_that_became_anothers_meanwhile_makes_the_deposit_theirs(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    unknown = WALLET.pay(40_000_000, NOW - timedelta(hours=3), tag=99)
    with play(desk, unknown):
        case = desk.done("open", unknown.tx_hash, "--user", "ulla", "--actor", "front")
        assert case["check"]["verdicts"][0]["cause"] == "memo_unknown"
        wanted = request(desk, case)
    assert wanted["memo"] == "99"
    row = ["XRP", OURS, "shared", "99", "max", "XRP"]
    desk.load("addresses", "network,address,role,memo,user,can_sign", row)
    sent = WALLET.pay(int(wanted["amount"]), NOW + timedelta(minutes=5), sequence=2, tag=99)
    monkeypatch.setenv("RECOVERY_NOW", print_time(NOW + timedelta(minutes=10)))
    with play(desk, unknown, sent):
        told = desk.run("prove", case["id"], "--tx", sent.tx_hash, "--actor", "front")
        assert (told.code, told.doc["error"]["reference"]) == (1, "deposit-other-memo")
