"""Tricks on Cardano, through the whole line: nothing is credited, or what was delivered."""

from __future__ import annotations

from hostile.line import Line

US = (
    "addr1qx6aym3syskterta9mu5wjsj9k59drearpkp5a8hf30fyyawpe4qtfvc475l6ar8p0k3xwgz7zmf8pav7zs68"
    "al82rlsrwmkh8"
)
ADA = "cip34:1-764824073/slip44:1815"
USDM = {"token:228db36b2ee73fdceac96080809021720bcc2fc668c50c658af2b7465553444d": ("USDM", 6)}


def test_outputs_of_an_invalid_script_paid_nobody(line: Line) -> None:
    """Collateral was taken, and only its rest exists."""
    outcome = line.play("ADA/hostile-invalid-script", ours=US, listed=USDM)
    assert outcome.money == {}
    assert outcome.causes == {"transaction_failed"}


def test_another_policys_token_of_the_same_name_is_another_asset(line: Line) -> None:
    outcome = line.play("ADA/hostile-same-name", ours=US, listed=USDM)
    assert outcome.money == {ADA: 1_200_000}, "the coin that travels with it is real"
    assert "counterfeit_token" in outcome.causes


def test_a_look_alike_name_is_counterfeit(line: Line) -> None:
    """A Cyrillic letter in the middle of a listed name."""
    outcome = line.play("ADA/hostile-look-alike", ours=US, listed=USDM)
    assert outcome.money == {ADA: 1_200_000}
    assert "counterfeit_token" in outcome.causes


def test_outputs_that_pass_the_transactions_total_are_refused(line: Line) -> None:
    outcome = line.play("ADA/hostile-garbled-amount", ours=US)
    assert outcome.money == {}
    assert outcome.unreachable


def test_a_message_routes_nothing(line: Line) -> None:
    """A message that names another customer's number changes nothing of whose address was paid."""
    outcome = line.play("ADA/message", ours=US, user="eve")
    assert outcome.credited == {}
    assert outcome.causes == {"claimant_mismatch"}


def test_an_nft_is_never_an_amount(line: Line) -> None:
    outcome = line.play("ADA/nft", ours=US)
    assert outcome.credited == {ADA: 1_300_000}
    assert "nft" in outcome.causes


def test_an_output_that_is_only_looked_at_was_not_paid(line: Line) -> None:
    assert line.play("ADA/reference-input", ours=US).money == {}
