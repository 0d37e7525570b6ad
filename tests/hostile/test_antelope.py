"""Tricks on Vaulta (EOS), through the whole line: nothing is credited, or what was delivered."""

from __future__ import annotations

import pytest
from hostile.line import Line

US = "exchangeacct"
MEMOS = {"104857": "ulla", "104858": "ulla", "104863": "ulla", "104864": "ulla", "104866": "ulla"}
EOS = {"token:eosio.token-EOS": ("EOS", 4)}
A = "antelope:aca376f206b8fc25a6ed44dbdc66547c/slip44:194"


def test_a_token_of_a_contract_that_is_not_the_listed_one_is_another_asset(line: Line) -> None:
    outcome = line.play("EOS/fake-token-of-same-symbol", ours=US, memos=MEMOS, listed=EOS)
    assert outcome.money == {}
    assert outcome.causes == {"counterfeit_token"}


def test_the_coins_symbol_with_other_decimals_is_another_asset(line: Line) -> None:
    outcome = line.play("EOS/fake-token-with-other-decimals", ours=US, memos=MEMOS)
    assert outcome.money == {}
    assert outcome.causes == {"counterfeit_token"}


@pytest.mark.parametrize("story", ["EOS/fake-notification", "EOS/fake-notification-by-nodeos"])
def test_a_notification_that_only_copies_us_in_pays_nothing(line: Line, story: str) -> None:
    """Real coins went from one account of the attacker to another; his contract showed it to us."""
    assert line.play(story, ours=US, memos=MEMOS).money == {}


def test_a_notification_of_what_never_ran_pays_nothing(line: Line) -> None:
    story = "EOS/fake-notification-without-execution"
    assert line.play(story, ours=US, memos=MEMOS).money == {}


@pytest.mark.parametrize("story", ["EOS/failed-hard-fail", "EOS/failed-expired"])
def test_what_failed_hard_or_expired_in_a_block_paid_nobody(line: Line, story: str) -> None:
    outcome = line.play(story, ours=US, memos=MEMOS)
    assert outcome.money == {}
    assert outcome.causes == {"transaction_failed"}


def test_a_delayed_transaction_has_not_happened(line: Line) -> None:
    outcome = line.play("EOS/delayed", ours=US, memos=MEMOS)
    assert outcome.money == {}
    assert outcome.causes == {"pending_in_mempool"}


def test_nothing_above_the_irreversible_block_is_final(line: Line) -> None:
    outcome = line.play("EOS/not-final-above-lib", ours=US, memos=MEMOS)
    assert outcome.money == {}
    assert outcome.causes == {"awaiting_confirmations"}


def test_one_payment_counts_once_however_many_are_notified(line: Line) -> None:
    outcome = line.play("EOS/native-a-with-memo", ours=US, memos=MEMOS)
    assert outcome.money == {A: 25_000}


def test_a_transfer_of_unknown_shape_is_looked_at(line: Line) -> None:
    assert line.play("EOS/transfer-of-another-shape", ours=US, memos=MEMOS).money == {}
