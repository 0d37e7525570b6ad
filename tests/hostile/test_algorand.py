"""Tricks on Algorand, through the whole line: nothing is credited, or what was delivered."""

from __future__ import annotations

from hostile.line import Line

US = "VMT3OKOZZRGLDQAJMBYAIRUSIFM6SKMNB6KSV3R5KVAIXDQLDNY5JPMY7A"
MEMOS = {"104857": "ulla"}
USDC = {"asa:31566704": ("USDC", 6)}


def test_a_zero_payment_that_closes_elsewhere_pays_us_nothing(line: Line) -> None:
    """Explorers show the 900 ALGO that went to another."""
    outcome = line.play("ALGO/hostile-zero-payment-close-elsewhere", ours=US, memos=MEMOS)
    assert outcome.money == {}


def test_an_inner_payment_that_closes_elsewhere_pays_us_nothing(line: Line) -> None:
    assert line.play("ALGO/hostile-inner-close-elsewhere", ours=US).money == {}


def test_a_clawback_into_our_account_is_looked_at(line: Line) -> None:
    outcome = line.play("ALGO/hostile-clawback-to-us", ours=US, listed={"asa:777000": ("KYC", 0)})
    assert outcome.credited == {}


def test_a_clawback_out_of_our_account_pays_nobody_of_ours(line: Line) -> None:
    outcome = line.play("ALGO/hostile-clawback-from-us", ours=US, listed={"asa:777000": ("KYC", 0)})
    assert outcome.money == {}


def test_an_asset_with_a_listed_unit_name_is_another_asset(line: Line) -> None:
    outcome = line.play("ALGO/hostile-fake-usdc", ours=US, memos=MEMOS, listed=USDC)
    assert outcome.money == {}
    assert outcome.causes == {"counterfeit_token"}


def test_another_amount_under_the_same_id_is_refused(line: Line) -> None:
    outcome = line.play("ALGO/hostile-garbled-amount", ours=US, memos=MEMOS)
    assert outcome.money == {}
    assert outcome.unreachable


def test_another_note_under_the_same_id_is_refused(line: Line) -> None:
    outcome = line.play("ALGO/hostile-garbled-note", ours=US, memos=MEMOS)
    assert outcome.money == {}
    assert outcome.unreachable


def test_a_transaction_signed_for_the_test_network_is_refused(line: Line) -> None:
    outcome = line.play("ALGO/hostile-transaction-of-testnet", ours=US, memos=MEMOS)
    assert outcome.money == {}
    assert outcome.unreachable
