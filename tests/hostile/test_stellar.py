"""Tricks on Stellar, through the whole line: nothing is credited, or what was delivered."""

from __future__ import annotations

from hostile.line import Line

US = "GA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJVSGZ"
XLM = "stellar:pubnet/slip44:148"
USDC = {"asset:USDC-GA5ZSEJYB37JRC5AVCIA5MOP4RHTM335X2KGX3IHOJAPP5RE34K4KZVN": ("USDC", 7)}
MEMOS = {"104857": "ulla", "420": "ulla"}


def test_an_unclaimed_claimable_balance_is_nobodys_yet(line: Line) -> None:
    outcome = line.play("XLM/hostile-unclaimed-balance", ours=US, listed=USDC)
    assert outcome.credited == {}
    assert outcome.causes == {"wrong_layer"}


def test_a_failed_operation_in_an_applied_ledger_paid_nobody(line: Line) -> None:
    outcome = line.play("XLM/hostile-failed-payment", ours=US, memos=MEMOS)
    assert outcome.money == {}
    assert outcome.causes == {"transaction_failed"}


def test_of_a_path_payment_the_received_side_counts(line: Line) -> None:
    """900,000 of a worthless token were spent, 0.001 XLM arrived."""
    outcome = line.play("XLM/hostile-path-payment-send-side", ours=US)
    assert outcome.money == {XLM: 10_000}


def test_a_listed_code_of_another_issuer_is_another_asset(line: Line) -> None:
    outcome = line.play("XLM/hostile-usdc-of-another-issuer", ours=US, memos=MEMOS, listed=USDC)
    assert outcome.money == {}
    assert outcome.causes == {"counterfeit_token"}


def test_a_stroop_with_an_advertisement_is_dust(line: Line) -> None:
    outcome = line.play("XLM/hostile-dust-with-advert", ours=US, memos=MEMOS)
    assert outcome.credited == {}
    assert outcome.causes == {"memo_unknown"}


def test_a_memo_and_a_muxed_id_that_differ_route_nothing(line: Line) -> None:
    outcome = line.play("XLM/muxed-and-memo-differ", ours=US, memos=MEMOS | {"421": "max"})
    assert outcome.credited == {}


def test_success_that_the_results_own_code_denies_is_refused(line: Line) -> None:
    outcome = line.play("XLM/garbled-success", ours=US, memos=MEMOS)
    assert outcome.money == {}
    assert outcome.unreachable


def test_an_operation_that_succeeded_in_a_failed_transaction_is_refused(line: Line) -> None:
    outcome = line.play("XLM/garbled-success-of-operation", ours=US, memos=MEMOS)
    assert outcome.money == {}
    assert outcome.unreachable


def test_a_clawback_pays_nobody(line: Line) -> None:
    outcome = line.play("XLM/clawback", ours=US, listed=USDC)
    assert outcome.money == {}


def test_a_contract_call_that_shows_no_balance_change_pays_nobody(line: Line) -> None:
    assert line.play("XLM/contract-call-unseen", ours=US).money == {}
