"""Tricks on Hedera, through the whole line: nothing is credited, or what was delivered."""

from __future__ import annotations

from hostile.line import Line

US = "0.0.4004567"
MEMOS = {"104857": "ulla"}
USDC = {"token:0.0.456858": ("USDC", 6)}
HBAR = "hedera:mainnet/slip44:3030"


def test_transfers_listed_in_a_record_that_failed_paid_nobody(line: Line) -> None:
    outcome = line.play("HBAR/hostile-failed-with-transfers", ours=US, memos=MEMOS)
    assert outcome.money == {}
    assert outcome.causes == {"transaction_failed"}


def test_a_pending_airdrop_is_nobodys_yet(line: Line) -> None:
    outcome = line.play("HBAR/hostile-pending-airdrop", ours=US, listed=USDC)
    assert outcome.credited == {}
    assert outcome.causes == {"wrong_layer"}


def test_a_schedule_that_was_not_executed_paid_nobody(line: Line) -> None:
    assert line.play("HBAR/hostile-schedule-not-executed", ours=US).money == {}


def test_a_token_that_calls_itself_usdc_is_its_number(line: Line) -> None:
    outcome = line.play("HBAR/hostile-token-named-usdc", ours=US, listed=USDC)
    assert outcome.money == {}
    assert outcome.causes == {"counterfeit_token"}


def test_a_list_that_does_not_add_up_is_looked_at(line: Line) -> None:
    outcome = line.play("HBAR/hostile-unbalanced-list", ours=US)
    assert outcome.money == {}
    assert outcome.causes == {"needs_review"}


def test_one_id_given_to_two_nodes_paid_once(line: Line) -> None:
    assert line.play("HBAR/hostile-duplicate-id", ours=US).money == {HBAR: 5_500_000}


def test_two_successes_of_one_id_are_refused(line: Line) -> None:
    outcome = line.play("HBAR/garbled-two-successes", ours=US)
    assert outcome.money == {}
    assert outcome.unreachable


def test_a_tinybar_with_a_link_is_dust(line: Line) -> None:
    outcome = line.play("HBAR/hostile-dust-with-advert", ours=US, memos=MEMOS)
    assert outcome.credited == {}
    assert outcome.causes == {"memo_unknown"}
