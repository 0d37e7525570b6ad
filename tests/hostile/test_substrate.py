"""Tricks on Polkadot's Asset Hub, through the whole line: nothing is credited, or what was delivered."""

from __future__ import annotations

from hostile.line import Line

US = "14sQzCje2m3ZK1R1xsH3JNKNvjArBQNRwHPDM7F2rHdLLX8B"
DOT = "polkadot:68d56f15f85d3136970ec16946040bc1/slip44:354"
USDT = {"asset:1984": ("USDt", 6)}


def test_a_batch_that_stopped_before_us_paid_us_nothing(line: Line) -> None:
    """The extrinsic says success all the same."""
    assert line.play("DOT/hostile-batch-interrupted-before-us", ours=US).money == {}


def test_of_a_batch_that_stopped_after_us_the_first_payment_counts(line: Line) -> None:
    outcome = line.play("DOT/hostile-batch-interrupted-after-us", ours=US)
    assert outcome.money == {DOT: 10_000_000_000}


def test_a_multisigs_call_that_failed_paid_nobody(line: Line) -> None:
    assert line.play("DOT/hostile-multisig-inner-error", ours=US).money == {}


def test_a_multisig_that_waits_for_signatures_paid_nobody(line: Line) -> None:
    assert line.play("DOT/hostile-multisig-waits", ours=US).money == {}


def test_a_proxys_call_that_failed_paid_nobody(line: Line) -> None:
    assert line.play("DOT/hostile-proxy-inner-error", ours=US).money == {}


def test_an_asset_that_calls_itself_usdt_is_its_number(line: Line) -> None:
    outcome = line.play("DOT/hostile-fake-usdt", ours=US, listed=USDT)
    assert outcome.money == {}
    assert outcome.causes == {"counterfeit_token"}


def test_what_went_to_another_chain_paid_nobody_here(line: Line) -> None:
    assert line.play("DOT/hostile-sent-to-another-chain", ours=US).money == {}


def test_an_event_of_more_than_the_call_asked_for_is_refused(line: Line) -> None:
    outcome = line.play("DOT/hostile-garbled-amount", ours=US)
    assert outcome.money == {}
    assert outcome.unreachable


def test_a_vested_transfer_waits(line: Line) -> None:
    outcome = line.play("DOT/vested-transfer", ours=US)
    assert outcome.money == {}
    assert outcome.causes == {"time_locked"}


def test_a_block_of_a_lost_branch_paid_nobody(line: Line) -> None:
    outcome = line.play("DOT/orphaned", ours=US)
    assert outcome.money == {}
    assert outcome.causes == {"pending_in_mempool"}
