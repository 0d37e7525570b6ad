"""Tricks on NEAR, through the whole line: nothing is credited, or what was delivered."""

from __future__ import annotations

from hostile.line import Line

US = "b1946ac92492d2347c6235b4d2611184b1946ac92492d2347c6235b4d2611184"
USDT = {"nep141:usdt.tether-token.near": ("USDt", 6)}
MEMOS = {"104857": "ulla"}


def test_a_transfer_call_that_refunded_paid_nothing(line: Line) -> None:
    outcome = line.play("NEAR/hostile-token-call-refunded", ours=US, listed=USDT)
    assert outcome.money == {}


def test_of_a_transfer_call_that_refunded_a_part_the_rest_counts(line: Line) -> None:
    outcome = line.play("NEAR/token-call-part-kept", ours=US, listed=USDT)
    assert outcome.money == {"near:mainnet/nep141:usdt.tether-token.near": 1_000_000}


def test_a_transfer_call_that_was_never_settled_is_looked_at(line: Line) -> None:
    outcome = line.play("NEAR/token-call-unresolved", ours=US, listed=USDT)
    assert outcome.money == {}


def test_a_log_forged_by_another_contract_speaks_of_its_own_tokens(line: Line) -> None:
    outcome = line.play("NEAR/hostile-forged-event", ours=US, listed=USDT)
    assert outcome.money == {}
    assert outcome.causes == {"counterfeit_token"}


def test_an_event_of_a_receipt_that_failed_paid_nobody(line: Line) -> None:
    outcome = line.play("NEAR/hostile-event-of-failed-receipt", ours=US, listed=USDT)
    assert outcome.money == {}
    assert outcome.causes == {"transaction_failed"}


def test_a_payment_whose_receipt_failed_paid_nobody(line: Line) -> None:
    """The transaction ended well, the receipt that was to pay us did not."""
    assert line.play("NEAR/hostile-payment-failed-inside", ours=US).money == {}


def test_unburnt_gas_that_comes_back_is_no_deposit(line: Line) -> None:
    assert line.play("NEAR/hostile-gas-refund", ours=US).money == {}


def test_a_relayed_payment_sent_twice_paid_once(line: Line) -> None:
    assert line.play("NEAR/hostile-relay-replayed", ours=US).money == {}


def test_nfts_that_were_not_taken_went_back(line: Line) -> None:
    assert line.play("NEAR/hostile-nft-call-returned", ours=US).money == {}
