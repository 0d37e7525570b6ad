"""Cases as the desk sees them: lists, claims that meet, every transition, tampering found."""

from __future__ import annotations

import re
import sqlite3

import pytest
from nodes.evm import Chain
from outer.desk import Desk, fresh_address

ETHER = 10**18
OUTSIDE = "0x00000000219ab540356cBB839Cbe05303d7705Fa"


def pay(chain: Chain, to: str, value: int = ETHER) -> str:
    tx_hash = chain.anvil.send(from_=chain.account(0), to=to, value=value)
    chain.anvil.mine(3)
    return tx_hash


@pytest.fixture
def joined(desk: Desk, eth: Chain) -> Desk:
    desk.join(eth)
    return desk


@pytest.fixture
def unlisted(joined: Desk, eth: Chain) -> str:
    """The hash of an unlisted token's transfer to ulla."""
    from recovery.chains.evm.codec import checksum_address

    address = fresh_address()
    joined.issue("ETH", address, "ulla")
    token = eth.deploy("Erc20", "My Token", "MYT", 18, 10**30)
    asset = checksum_address(bytes.fromhex(token.address[2:]))
    joined.price(f"eip155:1/erc20:{asset}", "1")
    tx_hash: str = token.send("transfer", address, 500 * ETHER)
    eth.anvil.mine(3)
    return tx_hash


def test_a_case_has_the_contracts_fields(joined: Desk, unlisted: str) -> None:
    case = joined.done("open", unlisted, "--amount", "500.0", "--actor", "front")
    fields = "schema id state queue claim check transfer destination digest signatures next_look_at trail"
    assert set(fields.split()) <= set(case)
    claim = case["claim"]
    assert list(claim) == ["tx_hash", "network", "user", "address", "memo", "asset", "amount"]
    assert (claim["user"], claim["amount"]) == ("ulla", "500"), "the recorded owner is the claimant"
    assert (case["transfer"], case["destination"]) == (
        0,
        {"kind": "return", "address": None, "memo": None},
    )
    assert re.fullmatch(r"sha256:[0-9a-f]{64}", case["digest"])
    first = case["trail"][0]
    assert (first["seq"], first["event"], first["actor"]) == (1, "opened", "front")
    assert (first["from"], first["to"]) == (None, "received")
    assert [e["seq"] for e in case["trail"]] == list(range(1, len(case["trail"]) + 1))
    assert joined.done("case", case["id"]) == case


def test_a_second_claim_of_the_same_user_shows_the_case_anothers_is_held(
    joined: Desk, unlisted: str
) -> None:
    case = joined.done("open", unlisted, "--user", "ulla", "--actor", "front")
    again = joined.done("open", unlisted, "--user", "ulla", "--actor", "other")
    assert again["id"] == case["id"]
    told = joined.run("check", unlisted, "--user", "ulla")
    assert (told.cause, told.verdict["recoverability"]) == ("duplicate_claim", "wait")
    told = joined.run("check", unlisted, "--user", "eve")
    assert (told.cause, told.verdict["recoverability"]) == ("duplicate_claim", "hold")
    held = joined.done("open", unlisted, "--user", "eve", "--actor", "front")
    assert (held["state"], held["queue"]) == ("held", "security")
    assert [c["id"] for c in joined.done("cases", "--queue", "security")["cases"]] == [held["id"]]
    assert [c["id"] for c in joined.done("cases", "--state", "quoted")["cases"]] == [case["id"]]


def test_refuse_reopen_hold_escalate_and_withdraw(joined: Desk, unlisted: str) -> None:
    case = joined.done("open", unlisted, "--actor", "front")["id"]
    assert joined.done("refuse", case, "--reason", "no", "--actor", "rita")["state"] == "refused"
    assert joined.run("accept", case, "--return-to", OUTSIDE).code == 1
    reopened = joined.done("reopen", case, "--reason", "yes after all", "--actor", "rita")
    assert reopened["state"] == "quoted"
    assert joined.done("hold", case, "--reason", "wait", "--actor", "sam")["state"] == "held"
    assert joined.done("reopen", case, "--reason", "fine", "--actor", "sam")["state"] == "quoted"
    assert joined.done("escalate", case, "--actor", "rita")["queue"] == "security"
    joined.done("reopen", case, "--reason", "fine", "--actor", "sam")
    assert joined.done("withdraw", case, "--actor", "front")["state"] == "withdrawn"
    refused = joined.run("settle", case, "--reference", "x")
    assert (refused.code, refused.doc["error"]["reference"]) == (1, "transition-not-allowed")
    assert joined.done("case", case)["state"] == "withdrawn"
    assert joined.done("audit")["clean"]


def test_a_quote_runs_out(joined: Desk, unlisted: str, monkeypatch: pytest.MonkeyPatch) -> None:
    case = joined.done("open", unlisted, "--actor", "front")["id"]
    monkeypatch.setenv("RECOVERY_NOW", "2090-01-01T00:00:00Z")
    told = joined.run("accept", case, "--return-to", OUTSIDE)
    assert (told.code, told.doc["error"]["reference"]) == (1, "quote-expired")
    assert joined.done("case", case)["state"] == "expired"


def test_explain_lists_every_rule_once_in_order(joined: Desk, unlisted: str) -> None:
    case = joined.done("open", unlisted, "--actor", "front")["id"]
    (subject,) = joined.done("explain", case)["subjects"]
    rules = subject["rules"]
    assert (rules[0]["cause"], rules[-1]["cause"]) == ("hash_not_found", "needs_review")
    assert len({r["cause"] for r in rules}) == len(rules)
    held = [r["cause"] for r in rules if r["held"] == "held"]
    assert held == ["unlisted_token"]
    assert all(r["why"] for r in rules)


def test_audit_finds_a_changed_row(joined: Desk, unlisted: str) -> None:
    case = joined.done("open", unlisted, "--actor", "front")["id"]
    assert joined.run("audit").code == 0
    database = joined.database_url.removeprefix("sqlite:///")
    with sqlite3.connect(database) as connection:
        tables = connection.execute("select name from sqlite_master where type = 'table'")
        (cases,) = [name for (name,) in tables if name in ("cases", "case")]
        connection.execute(f"update {cases} set state = 'approved' where id = ?", (case,))
    connection.close()
    told = joined.run("audit")
    assert (told.code, told.doc["clean"]) == (1, False)
    assert case in {p["case"] for p in told.doc["problems"]}


def test_records_are_read_again_at_the_signature(joined: Desk, eth: Chain) -> None:
    address = fresh_address()
    joined.issue("ETH", address, "ulla")
    tx_hash = pay(eth, address)
    case = joined.done("open", tx_hash, "--actor", "front")["id"]
    joined.done("sign", case, "--role", "wallet", "--actor", "wendy")
    booked = ["ETH", tx_hash, "native", "ulla", "native", ETHER, "2026-01-01T00:00:00Z"]
    joined.complete_ledger(booked)
    assert joined.run("check", tx_hash).cause == "already_credited"
    told = joined.run("sign", case, "--role", "clearing", "--actor", "carl")
    assert (told.code, told.doc["error"]["reference"]) == (1, "evidence-changed")
    after = joined.done("case", case)
    assert (after["state"], after["signatures"]) == ("checking", [])
    closed = joined.done("reopen", case, "--reason", "look", "--actor", "rita")
    assert closed["state"] == "refused", "answered for good, in kind words"


def test_without_a_complete_ledger_nothing_is_credited(desk: Desk, eth: Chain) -> None:
    desk.connect("ETH", eth.anvil.url)
    desk.list_asset("ETH", "native", "ETH")
    address = fresh_address()
    desk.issue("ETH", address, "ulla")
    told = desk.run("check", pay(eth, address))
    assert (told.cause, told.verdict["recoverability"]) == ("needs_review", "conditional")
    assert told.verdict["reasons"][0]["facts"]["fact"] == "credits"


def test_a_frozen_account_and_a_screened_sender_are_held(joined: Desk, eth: Chain) -> None:
    address = fresh_address()
    joined.issue("ETH", address, "ulla")
    tx_hash = pay(eth, address)
    joined.load("accounts", "user,status", ["ulla", "frozen"])
    assert joined.run("check", tx_hash).cause == "compliance_hold"
    joined.load("screening", "network,address,list", ["ETH", eth.account(0), "ofac"])
    told = joined.run("check", tx_hash)
    assert (told.cause, told.verdict["recoverability"]) == ("tainted_source", "hold")
    assert joined.done("open", tx_hash)["queue"] == "security"
