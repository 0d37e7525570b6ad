"""Tricks on Tezos, through the whole line: nothing is credited, or what was delivered."""

from __future__ import annotations

from hostile.line import Line

US = "tz1VV553CkgK5rW2Dzwp65eryqmUChTFQxqY"
USDT = "fa2:KT1XnTn74bUtxHfDtBmm2bGZAQfhPbvKWR8o/0"
LISTED = {USDT: ("USDt", 6)}


def test_an_internal_operation_that_was_backtracked_paid_nobody(line: Line) -> None:
    outcome = line.play("XTZ/hostile-internal-backtracked", ours=US)
    assert outcome.money == {}
    assert outcome.causes == {"transaction_failed"}


def test_a_payment_undone_by_the_call_behind_it_paid_nobody(line: Line) -> None:
    outcome = line.play("XTZ/hostile-failed-with-amounts", ours=US, listed=LISTED)
    assert outcome.money == {}


def test_of_a_token_that_takes_a_cut_the_books_count(line: Line) -> None:
    outcome = line.play("XTZ/hostile-books-differ", ours=US, listed=LISTED)
    assert outcome.money == {f"tezos:NetXdQprcVkpaWU/{USDT}": 990_000}


def test_a_transfer_call_that_booked_nothing_paid_nobody(line: Line) -> None:
    assert line.play("XTZ/hostile-transfer-without-books", ours=US, listed=LISTED).money == {}


def test_another_contracts_token_of_the_same_name_is_another_asset(line: Line) -> None:
    outcome = line.play("XTZ/hostile-same-name", ours=US, listed=LISTED)
    assert outcome.money == {}
    assert outcome.causes == {"counterfeit_token"}


def test_one_group_in_two_blocks_is_refused(line: Line) -> None:
    outcome = line.play("XTZ/hostile-garbled-blocks", ours=US)
    assert outcome.money == {}
    assert outcome.unreachable


def test_a_picture_is_never_an_amount(line: Line) -> None:
    outcome = line.play("XTZ/nft", ours=US)
    assert outcome.credited == {}
    assert outcome.causes == {"nft"}
