"""Another customer's deposit: frozen, asked for, answered, paid or refused, and nobody named to anybody."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from nodes.evm import Chain
from outer.desk import Desk, Document, fresh_address

ETHER = 10**18


def pay(chain: Chain, address: str) -> str:
    """Half an ether, final."""
    tx_hash = chain.anvil.send(from_=chain.account(0), to=address, value=ETHER // 2)
    chain.anvil.mine(3)
    return tx_hash


def open_mismatch(desk: Desk, chain: Chain) -> Document:
    """A claim of carla's on what was paid to harald's address, and not credited to anybody."""
    desk.join(chain)
    address = fresh_address()
    desk.issue("ETH", address, "harald")
    case = desk.done("open", pay(chain, address), "--user", "carla", "--actor", "olga")
    assert (case["state"], case["queue"]) == ("held", "security")
    assert case["check"]["verdicts"][0]["cause"] == "claimant_mismatch"
    return dict(case)


def ask(desk: Desk, case: Document, *more: str) -> Any:
    return desk.done("consent", case["id"], "--ask", "--actor", "sonja", *more)


def read(desk: Desk, case: Document) -> Any:
    return desk.done("case", case["id"])


def test_with_the_holders_consent_and_the_senders_proof_both_teams_sign_the_credit(
    either_desk: Desk, eth: Chain
) -> None:
    desk = either_desk
    case = open_mismatch(desk, eth)
    asked = ask(desk, case)
    assert (asked["holder"], asked["claimant"], asked["status"]) == ("harald", "carla", "asked")
    assert read(desk, case)["state"] == "held"
    given = desk.done(
        "consent", case["id"], "--given", "--reference", "letter 7", "--actor", "sonja"
    )
    assert (given["status"], given["state"]) == ("given", "needs_input")
    conditions = read(desk, case)["check"]["verdicts"][0]["conditions"]
    assert {c["code"]: c["met"] for c in conditions} == {
        "holder_consent": True,
        "sender_proof": False,
    }
    proof = ("--condition", "sender_proof", "--reason", "signed", "--actor", "rita")
    quoted = desk.done("confirm", case["id"], *proof)
    assert (quoted["state"], quoted["destination"]["kind"]) == ("quoted", "credit")
    accepted = desk.done("accept", case["id"], "--actor", "carla")
    assert accepted["queues"] == ["wallet", "clearing"]
    for party in ("carla", "harald", "olga"):
        told = desk.run("sign", case["id"], "--role", "wallet", "--actor", party)
        assert (told.code, told.doc["error"]["reference"]) == (1, "own-case")
    desk.done("sign", case["id"], "--role", "wallet", "--actor", "walt")
    assert read(desk, case)["state"] == "in_sign_off"
    approved = desk.done("sign", case["id"], "--role", "clearing", "--actor", "clara")
    assert approved["state"] == "approved"
    assert desk.done("audit")["clean"]


def test_while_the_holder_is_asked_nobody_else_is_paid(desk: Desk, eth: Chain) -> None:
    case = open_mismatch(desk, eth)
    ask(desk, case)
    other = desk.done("open", case["claim"]["tx_hash"], "--user", "harald", "--actor", "olga")
    assert (other["state"], other["check"]["verdicts"][0]["cause"]) == ("held", "duplicate_claim")
    again = desk.run("consent", case["id"], "--ask", "--actor", "sonja")
    assert (again.code, again.doc["error"]["reference"]) == (1, "consent-asked")


@pytest.mark.parametrize("how", ["refused", "lapsed", "answered too late"])
def test_a_no_and_a_silence_end_in_the_same_refusal(
    how: str, desk: Desk, eth: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    from recovery.cases import desk as use_cases
    from recovery.store import open_store

    case = open_mismatch(desk, eth)
    ask(desk, case, "--deadline", "3")
    later = datetime.now(UTC) + timedelta(days=3, minutes=1)
    if how == "refused":
        desk.done("consent", case["id"], "--refused", "--reference", "letter 8", "--actor", "sonja")
    elif how == "lapsed":
        with open_store(desk.database_url) as store:
            assert use_cases.lapse_consents(store) == ()
            assert use_cases.lapse_consents(store, at=later) == (case["id"],)
            assert use_cases.lapse_consents(store, at=later) == ()
    else:
        monkeypatch.setenv("RECOVERY_NOW", later.isoformat())
        told = desk.run("consent", case["id"], "--given", "--reference", "x", "--actor", "sonja")
        assert (told.code, told.doc["error"]["reference"]) == (1, "consent-lapsed")
        monkeypatch.delenv("RECOVERY_NOW")
    assert read(desk, case)["state"] == "refused"
    again = desk.done("open", case["claim"]["tx_hash"], "--user", "carla", "--actor", "olga")
    assert (again["id"], again["state"]) == (case["id"], "refused")
    told = desk.run("reopen", case["id"], "--reason", "?", "--role", "reviewer", "--actor", "rita")
    assert (told.code, told.doc["error"]["reference"]) == (1, "role-not-allowed")
    reopened = desk.done("reopen", case["id"], "--reason", "news", "--actor", "sonja")
    assert reopened["state"] == "held"
    assert ask(desk, case)["status"] == "asked"
    assert desk.done("audit")["clean"]


def test_what_was_credited_to_the_holder_is_taken_back_before_anybody_signs(
    desk: Desk, eth: Chain
) -> None:
    desk.join(eth)
    address = fresh_address()
    desk.issue("ETH", address, "harald")
    tx_hash = pay(eth, address)
    booked = [
        "ETH",
        tx_hash,
        "0",
        "harald",
        "eip155:1/slip44:60",
        ETHER // 2,
        "2026-11-20T00:00:00Z",
    ]
    desk.complete_ledger(booked)
    case = desk.done("open", tx_hash, "--user", "carla", "--actor", "olga")
    assert case["check"]["verdicts"][0]["cause"] == "address_of_other_user"
    ask(desk, case)
    desk.done("consent", case["id"], "--given", "--reference", "letter 9", "--actor", "sonja")
    proof = ("--condition", "sender_proof", "--reason", "signed", "--actor", "rita")
    desk.done("confirm", case["id"], *proof)
    desk.done("accept", case["id"], "--actor", "carla")
    told = desk.run("sign", case["id"], "--role", "wallet", "--actor", "walt")
    assert (told.code, told.doc["error"]["reference"]) == (1, "conditions-unmet")
    assert "holder_debit" in told.doc["error"]["text"]
    taken = ("--condition", "holder_debit", "--reason", "booking 12", "--actor", "rita")
    desk.done("confirm", case["id"], *taken)
    desk.done("sign", case["id"], "--role", "wallet", "--actor", "walt")
    assert (
        desk.done("sign", case["id"], "--role", "clearing", "--actor", "clara")["state"]
        == "approved"
    )


def test_only_such_cases_ask_for_a_consent(desk: Desk, eth: Chain) -> None:
    desk.join(eth)
    address = fresh_address()
    desk.issue("ETH", address, "harald")
    plain = desk.done("open", pay(eth, address), "--user", "harald", "--actor", "olga")
    told = desk.run("consent", plain["id"], "--ask", "--actor", "sonja")
    assert (told.code, told.doc["error"]["reference"]) == (1, "transition-not-allowed")
    desk.done("hold", plain["id"], "--reason", "odd", "--actor", "rita")
    told = desk.run("consent", plain["id"], "--ask", "--actor", "sonja")
    assert (told.code, told.doc["error"]["reference"]) == (1, "nobody-to-ask")
    told = desk.run("consent", plain["id"], "--given", "--reference", "x", "--actor", "sonja")
    assert (told.code, told.doc["error"]["reference"]) == (1, "consent-not-asked")
    last = read(desk, plain)["trail"][-1]["detail"]
    assert (last["attempt"], last["reference"]) == ("consent_given", "consent-not-asked")


def test_no_party_asks_or_answers_and_the_holder_is_named_to_security_alone(
    desk: Desk, eth: Chain
) -> None:
    case = open_mismatch(desk, eth)
    for party in ("olga", "carla", "harald"):
        told = desk.run("consent", case["id"], "--ask", "--actor", party)
        assert (told.code, told.doc["error"]["reference"]) == (1, "own-case"), party
    ask(desk, case)
    for party in ("olga", "carla", "harald", "Harald "):
        args = ("--given", "--reference", "x", "--actor", party)
        told = desk.run("consent", case["id"], *args)
        assert (told.code, told.doc["error"]["reference"]) == (1, "own-case"), party
    whole = read(desk, case)
    whole["trail"] = [e for e in whole["trail"] if e["actor"].strip().casefold() != "harald"]
    for entry in whole["trail"]:
        entry["detail"].pop("text", None)
    assert "harald" not in json.dumps(whole)
    assert desk.done("consent", case["id"], "--actor", "sonja")["holder"] == "harald"


@pytest.mark.parametrize(
    "args",
    [
        ("--ask", "--given"),
        ("--given",),
        ("--deadline", "3"),
        ("--ask", "--deadline", "0"),
        ("--ask", "--deadline", "4000"),
        ("--refused", "--reference", " "),
    ],
)
def test_a_wrong_use_is_told_and_stores_nothing(
    args: tuple[str, ...], desk: Desk, eth: Chain
) -> None:
    case = open_mismatch(desk, eth)
    told = desk.run("consent", case["id"], *args, "--actor", "sonja")
    assert told.code == 2, told
    assert read(desk, case)["trail"] == case["trail"]


def test_where_no_node_can_be_asked_nobody_is(desk: Desk, eth: Chain) -> None:
    case = open_mismatch(desk, eth)
    desk.connect("ETH", "http://127.0.0.1:9")
    told = desk.run("consent", case["id"], "--ask", "--actor", "sonja")
    assert told.code == 3
    assert read(desk, case)["trail"] == case["trail"]
