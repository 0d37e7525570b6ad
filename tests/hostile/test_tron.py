"""Tricks on Tron, through the whole line: nothing is credited, or what was delivered."""

from __future__ import annotations

from hostile.line import Line

US = "TQSTAisLQaAaNfcEg7cisDa6ArbBabLHPw"
USDT = {"trc20:TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t": ("USDT", 6)}


def test_a_trc10_with_a_trc20s_name_is_another_asset(line: Line) -> None:
    outcome = line.play("TRX/hostile-trc10-named-usdt", ours=US, listed=USDT)
    assert outcome.money == {}
    assert outcome.causes == {"counterfeit_token"}


def test_a_trc20_of_another_contract_is_another_asset(line: Line) -> None:
    outcome = line.play("TRX/hostile-trc20-named-usdt", ours=US, listed=USDT)
    assert outcome.money == {}
    assert outcome.causes == {"counterfeit_token"}


def test_an_internal_transaction_that_was_rejected_paid_nobody(line: Line) -> None:
    outcome = line.play("TRX/hostile-internal-rejected", ours=US)
    assert outcome.money == {}


def test_a_log_beside_a_reverted_call_paid_nobody(line: Line) -> None:
    outcome = line.play("TRX/hostile-failed-with-log", ours=US, listed=USDT)
    assert outcome.money == {}
    assert outcome.causes == {"transaction_failed"}


def test_a_transfer_of_nothing_is_poison(line: Line) -> None:
    ours = "TGyVfWraTPxoh16fRkPxiN4koAz5UNhHyt"
    outcome = line.play("TRX/hostile-zero-transfer-from", ours=ours, listed=USDT)
    assert outcome.money == {}
    assert outcome.causes == {"dust_or_poisoning"}


def test_lent_energy_is_no_payment(line: Line) -> None:
    assert line.play("TRX/hostile-resource-delegation", ours=US).money == {}


def test_energy_lent_by_a_contract_is_no_payment(line: Line) -> None:
    assert line.play("TRX/hostile-internal-delegation", ours=US).money == {}


def test_signed_bytes_of_another_amount_are_refused(line: Line) -> None:
    outcome = line.play("TRX/hostile-garbled-bytes", ours=US)
    assert outcome.money == {}
    assert outcome.unreachable


def test_a_block_that_is_not_solidified_waits(line: Line) -> None:
    outcome = line.play("TRX/not-final", ours=US)
    assert outcome.money == {}
    assert outcome.causes == {"awaiting_confirmations"}


def test_a_trc721s_number_is_no_amount(line: Line) -> None:
    outcome = line.play("TRX/trc721", ours=US)
    assert outcome.credited == {}
    assert outcome.causes == {"nft"}
