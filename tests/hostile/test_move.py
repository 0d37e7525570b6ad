"""Tricks on Aptos and Sui, through the whole line: nothing is credited, or what was delivered."""

from __future__ import annotations

from hostile.line import Line

BOB = "0x634c09c6e1722f24ce4517d9942eb977a2f5d8edc92a88e77311bc089d95c1fa"
TAX = "fungible:0xf711305417895bbb827d615b799435c7c2a6717d991494119897b1cfa91d2f54"
USDC = {"fungible:0xbae207659db88bea0cbead6da0ed00aac12edcdda169e591cd41c94180b46f3b": ("USDC", 6)}
SUI_BOB = "0x4bcb4cafe1739edce99c7832eed77b0e30c91ef2f89b9a0a3e56febb1356c6a2"
SUI_USDC = {
    "coin:0xdba34672e30cb065b1f93e3ab55318768fd6fef66c15942c9f7cb846e2f900e7::usdc::USDC": (
        "USDC",
        6,
    )
}


def test_another_packages_coin_as_type_argument_is_another_asset(line: Line) -> None:
    outcome = line.play("APT/hostile-fake-coin-type", ours=BOB)
    assert outcome.money == {}
    assert outcome.causes == {"counterfeit_token"}


def test_a_fungible_asset_is_its_metadata(line: Line) -> None:
    outcome = line.play("APT/hostile-fake-usdc", ours=BOB, listed=USDC)
    assert outcome.money == {}
    assert outcome.causes == {"counterfeit_token"}


def test_events_of_another_package_move_nothing(line: Line) -> None:
    assert line.play("APT/hostile-forged-event", ours=BOB).money == {}


def test_a_multisigs_payment_that_failed_inside_paid_nobody(line: Line) -> None:
    outcome = line.play("APT/hostile-inner-call-failed", ours=BOB)
    assert outcome.money == {}
    assert outcome.causes == {"transaction_failed"}


def test_what_was_taken_back_was_not_delivered(line: Line) -> None:
    outcome = line.play("APT/hostile-taken-back", ours=BOB, listed={TAX: ("TAX", 6)})
    assert outcome.money == {}


def test_of_an_asset_with_a_taking_hook_what_stayed_counts(line: Line) -> None:
    """A dispatchable asset's hook takes 7 % out of the recipient's store within the transfer."""
    outcome = line.play("APT/hostile-taking-hook", ours=BOB, listed={TAX: ("TAX", 6)})
    assert outcome.credited == {f"aptos:1/{TAX}": 930_000}


def test_what_lies_in_a_frozen_store_is_conditional(line: Line) -> None:
    assert line.play("APT/frozen-store", ours=BOB, listed=USDC).credited == {}


def test_the_payload_of_a_failed_transaction_paid_nobody(line: Line) -> None:
    outcome = line.play("APT/failed", ours=BOB)
    assert outcome.money == {}
    assert outcome.causes == {"transaction_failed"}


def test_a_sui_coin_of_another_package_is_not_sui(line: Line) -> None:
    outcome = line.play("SUI/hostile-fake-sui", ours=SUI_BOB)
    assert outcome.money == {}
    assert outcome.causes == {"counterfeit_token"}


def test_a_sui_coin_that_calls_itself_usdc_is_its_type(line: Line) -> None:
    outcome = line.play("SUI/hostile-fake-usdc", ours=SUI_BOB, listed=SUI_USDC)
    assert outcome.money == {}
    assert outcome.causes == {"counterfeit_token"}


def test_an_address_in_arguments_and_events_alone_was_not_paid(line: Line) -> None:
    assert line.play("SUI/hostile-only-touched", ours=SUI_BOB).money == {}


def test_effects_that_failed_paid_nobody(line: Line) -> None:
    outcome = line.play("SUI/failed", ours=SUI_BOB)
    assert outcome.money == {}
    assert outcome.causes == {"transaction_failed"}


def test_executed_without_a_checkpoint_is_pending(line: Line) -> None:
    outcome = line.play("SUI/pending", ours=SUI_BOB)
    assert outcome.money == {}
    assert outcome.causes == {"pending_in_mempool"}
