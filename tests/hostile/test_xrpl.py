"""Tricks on the XRP Ledger, through the whole line: nothing is credited, or what was delivered."""

from __future__ import annotations

from hostile.line import Line

US = "rf1BiGeXwwQoi8Z2ueFYTEXSwuJYfV2Jpn"
XRP = "xrpl:0/slip44:144"


def test_a_partial_payment_is_worth_what_was_delivered(line: Line) -> None:
    """25,000 XRP stand in Amount, one drop arrived."""
    outcome = line.play("XRP/partial_payment_attack", ours=US, memos={"12345": "ulla"})
    assert sum(outcome.money.values()) <= 1
    assert outcome.credited[XRP] <= 1
    assert outcome.check.found is not None
    assert outcome.check.found.evidence.transfers[0].amount == 1


def test_an_issued_currency_called_xrp_is_its_issuers(line: Line) -> None:
    outcome = line.play("XRP/issued_named_like_xrp", ours=US, memos={"12345": "ulla"})
    assert outcome.money == {}
    assert outcome.causes == {"counterfeit_token"}


def test_a_check_that_was_written_has_paid_nobody(line: Line) -> None:
    outcome = line.play("XRP/check_create", ours="ra5nK24KXen9AHvsdFTKHSANinZseWnPcX")
    assert outcome.money == {}


def test_an_escrow_that_was_filled_has_paid_nobody(line: Line) -> None:
    assert line.play("XRP/escrow_create", ours=US, memos={"12345": "ulla"}).money == {}


def test_a_source_tag_routes_nothing(line: Line) -> None:
    """The sender's own tag is a tag of ours too: only the destination tag counts."""
    ours = "rEb8TK3gBgk5auZkwc6sHnwrGVJH8DuaLh"
    outcome = line.play("XRP/native_with_tag", ours=ours, memos={"20648": "ulla"})
    assert outcome.credited == {}
    assert outcome.causes == {"memo_unknown"}


def test_a_delivered_amount_that_the_balances_contradict_is_not_believed(line: Line) -> None:
    outcome = line.play("XRP/garbled_delivery", ours=US, memos={"12345": "ulla"})
    assert outcome.money == {}
    assert outcome.unreachable


def test_a_success_of_an_open_ledger_is_provisional(line: Line) -> None:
    outcome = line.play("XRP/pending_provisional", ours=US, memos={"12345": "ulla"})
    assert outcome.money == {}
    assert outcome.causes == {"pending_in_mempool"}


def test_a_payment_that_failed_in_a_validated_ledger_paid_nobody(line: Line) -> None:
    outcome = line.play("XRP/failed_tag_needed", ours=US, memos={"12345": "ulla"})
    assert outcome.money == {}
    assert outcome.causes == {"transaction_failed"}


def test_an_nft_is_never_an_amount(line: Line) -> None:
    outcome = line.play("XRP/nft_accepted", ours="rPevQCKoJKLmNiWrDLoMWg19aG3o4LEUib")
    assert outcome.credited == {}
    assert outcome.causes == {"nft"}


def test_a_claimed_channel_pays_the_rise_and_not_the_balance(line: Line) -> None:
    outcome = line.play("XRP/payment_channel_claim", ours=US, memos={"12345": "ulla"})
    assert outcome.money == {XRP: 5_000_000}


def test_what_an_offer_bought_of_another_issuer_is_that_issuers(line: Line) -> None:
    """A currency is its code and its issuer: a listed USD of one does not make another's USD."""
    listed = {"token:USD.rvYAfWj5gh67oV6fW32ZzP3Aw4Eubs59B": ("USD", 0)}
    outcome = line.play("XRP/offer_create", ours="rogue5HnPRSszD9CWGSUz8UGHMVwSSKF6", listed=listed)
    assert outcome.credited == {}
