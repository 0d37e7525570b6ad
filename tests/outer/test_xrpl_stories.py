"""XRP deposits and their tags, with the bundled answers served over real HTTP."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest
from outer.desk import Desk

from recovery.demo.fixtures import Fixture, load_fixtures
from recovery.demo.server import serve_networks

NATIVE = "xrpl:0/slip44:144"
STORIES = {f.name.removeprefix("XRP/"): f for f in load_fixtures(network="XRP")}


@pytest.fixture
def xrp(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setenv("RECOVERY_NOW", "2026-11-20T12:00:00Z")
    desk.list_asset("XRP", "native", "XRP", decimals=6)
    columns = "asset,currency,price,as_of"
    desk.load("prices", columns, [NATIVE, "USD", "250000", "2026-11-20T11:50:00Z"])
    ledger = "network,tx_hash,transfer,user,asset,amount,credited_at"
    desk.load("credits", ledger, args=("--complete-through", "2026-11-20T12:00:00Z"))
    return desk


@contextlib.contextmanager
def play(desk: Desk, name: str) -> Iterator[tuple[Fixture, str]]:
    """The story's node, and the account it pays."""
    fixture = STORIES[name]
    assert fixture.evidence is not None
    with serve_networks([fixture]) as urls:
        desk.connect("XRP", urls["XRP"])
        yield fixture, fixture.evidence["transfers"][0]["recipient"]


def share(desk: Desk, address: str, **tags: str) -> None:
    """A shared account, and whose each tag is (``t77=user``)."""
    columns = "network,address,role,memo,user,can_sign"
    rows = [["XRP", address, "shared", tag[1:], user, "XRP"] for tag, user in tags.items()]
    desk.load("addresses", columns, ["XRP", address, "shared", "", "", "XRP"], *rows)


def test_the_right_tag_is_a_deposit_that_was_missed(xrp: Desk) -> None:
    with play(xrp, "native_with_tag") as (fixture, account):
        share(xrp, account, t412453880="ulla")
        told = xrp.run("check", fixture.tx_hash)
        assert (told.cause, told.verdict["recoverability"]) == ("listed_deposit_missed", "credit")
        assert xrp.run("check", fixture.tx_hash, "--user", "max").cause == "claimant_mismatch"


def test_a_missing_tag_asks_for_a_proof_of_the_sender(xrp: Desk) -> None:
    with play(xrp, "native_tag_missing") as (fixture, account):
        share(xrp, account, t77="ulla")
        told = xrp.run("check", fixture.tx_hash, "--user", "ulla", "--memo", "77")
        assert told.cause == "memo_missing"
        assert "sender_proof" in [n["code"] for n in told.verdict["needs"]]
        case = xrp.done("open", fixture.tx_hash, "--user", "ulla", "--memo", "77", "--actor", "f")
        assert case["state"] == "needs_input"
        proved = ("--condition", "sender_proof", "--reason", "signed message", "--actor", "rita")
        case = xrp.done("confirm", case["id"], *proved)
        assert case["state"] in ("quoted", "needs_review"), case["check"]["verdicts"][0]


def test_a_tag_of_nobody_is_unknown(xrp: Desk) -> None:
    with play(xrp, "native_with_tag") as (fixture, account):
        share(xrp, account, t1="ulla")
        assert xrp.run("check", fixture.tx_hash, "--user", "ulla").cause == "memo_unknown"


def test_a_tag_written_into_the_memo_is_malformed_and_credited(xrp: Desk) -> None:
    with play(xrp, "native_tag_in_memo") as (fixture, account):
        share(xrp, account, t12345="ulla")
        told = xrp.run("check", fixture.tx_hash)
        assert (told.cause, told.verdict["recoverability"]) == ("memo_malformed", "credit")


def test_of_a_partial_payment_what_was_delivered_counts(xrp: Desk) -> None:
    with play(xrp, "partial_payment_attack") as (fixture, account):
        share(xrp, account, t12345="ulla")
        told = xrp.run("check", fixture.tx_hash, "--amount", "25000")
        paid = told.doc["evidence"]["transfers"][0]
        assert (paid["amount"], paid["requested_amount"]) == ("1", "25000000000")
        assert told.cause == "partial_payment"
        assert "claimed_amount_differs" in [n["code"] for n in told.verdict["notes"]]
        fresh = ["xrpl:0/slip44:144", "USD", "2.5", "2026-11-20T11:59:00Z"]
        xrp.load("prices", "asset,currency,price,as_of", fresh)
        assert xrp.run("check", fixture.tx_hash).cause == "dust_or_poisoning"
