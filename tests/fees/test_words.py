"""Every sentence of a quote, word by word: customers read them, and figures stand in them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest

from recovery.fees import words
from recovery.fees.values import Advice, LineCode
from recovery.model import AssetId, Note

ETH = AssetId("eip155:1/slip44:60")
AT = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def test_the_codes_are_those_of_the_outer_contract() -> None:
    assert [c.value for c in LineCode] == ["network_cost", "service_fee", "reserve", "waiver"]
    assert [a.value for a in Advice] == ["recover", "wait", "not_worth_it"]
    notes = {name: note.code for name, note in vars(words).items() if isinstance(note, Note)}
    assert notes == {
        "CREDIT_IS_FREE": "nothing_to_pay",
        "WAITING_IS_FREE": "nothing_to_pay",
        "PLANNED_IS_FREE": "nothing_to_pay",
        "NEEDS_INPUT": "needs_input",
        "NOTHING_TO_RECOVER": "nothing_to_recover",
        "UNDER_REVIEW": "under_review",
        "NEEDS_REVIEW": "needs_review",
        "AMOUNT_UNKNOWN": "amount_unknown",
        "INDIVISIBLE": "indivisible",
        "DECIMALS_UNKNOWN": "decimals_unknown",
    }


@pytest.mark.parametrize(
    ("note", "code", "text"),
    [
        (
            words.price_missing(ETH, "USD"),
            "price_missing",
            f"There is no quote yet: no usable price of {ETH} in USD is known.",
        ),
        (
            words.price_unreachable(ETH),
            "price_unreachable",
            f"There is no quote at the moment: the price of {ETH} could not be asked. Please try again later.",
        ),
        (
            words.price_stale(ETH, AT, timedelta(minutes=90)),
            "price_stale",
            f"There is no quote at the moment: the price of {ETH} is of 2026-11-21T12:00:00Z, "
            "and one older than 90 minutes is not used.",
        ),
        (
            words.price_from_future(ETH, AT),
            "price_from_future",
            f"There is no quote at the moment: the price of {ETH} is dated 2026-11-21T12:00:00Z, "
            "which has not come yet.",
        ),
        (
            words.cost_unknown("Ethereum"),
            "cost_unknown",
            "There is no quote at the moment: what Ethereum asks for a transfer could not be estimated. "
            "Please try again later.",
        ),
    ],
)
def test_a_missing_quote_says_what_is_missing(note: Note, code: str, text: str) -> None:
    assert (note.code, note.text) == (code, text)


@pytest.mark.parametrize(
    ("margin", "text"),
    [
        ("1.25", "Fee (estimate, plus 25 % so that it suffices)"),
        ("1.005", "Fee (estimate, plus 0.5 % so that it suffices)"),
        ("2", "Fee (estimate, plus 100 % so that it suffices)"),
        ("1", "Fee"),
    ],
)
def test_a_margin_is_told_where_there_is_one(margin: str, text: str) -> None:
    assert words.network_cost("Fee", Decimal(margin)) == text


def test_every_other_line_says_what_it_is() -> None:
    assert words.reserve("Rent") == "Rent (the chain's own rule, at cost)"
    assert words.waiver("50.00 USD", whole=True) == (
        "Waived: the first case of the year, below 50.00 USD."
    )
    assert words.waiver("50.00 USD", whole=False) == (
        "Partly waived: the first case of the year, little above 50.00 USD."
    )
    plain = (
        "Service fee, deducted from what is recovered, never paid in advance, "
        "and refunded whole if the recovery fails."
    )
    assert words.service_fee(None) == plain
    assert words.service_fee(3) == f"{plain} This is case 3 of the year, so the base is higher."


def test_every_advice_says_what_to_do() -> None:
    assert words.recover("7.00 USD") == (
        "About 7.00 USD would remain after all deductions. Nothing is paid in advance."
    )
    assert words.wait_dear("Ethereum") == (
        "Ethereum is much dearer than usual at the moment. "
        "We advise to wait for a quieter hour and to ask for a new quote."
    )
    assert words.not_worth_it(total="3.00 USD", arrived="4.00 USD") == (
        "Recovering this would cost 3.00 USD of the 4.00 USD that arrived. "
        "We don't think it is worth it."
    )


@pytest.mark.parametrize(
    ("planned", "dear", "more"),
    [
        (False, False, ""),
        (True, False, f" {words.WAIT_PLANNED}"),
        (True, True, f" {words.WAIT_PLANNED}"),
        (
            False,
            True,
            " The network is much dearer than usual at the moment: it may be worth it later.",
        ),
    ],
)
def test_a_loss_is_told_with_every_figure_and_with_hope_where_there_is_some(
    planned: bool, dear: bool, more: str
) -> None:
    text = words.costs_pass_amount(
        total="5.00 USD",
        arrived="4.00 USD",
        figures=[("Fee.", "3.00 USD"), ("Rent", "2.00 USD")],
        planned=planned,
        dear=dear,
    )
    assert text == (
        "Recovering this would cost 5.00 USD, more than the 4.00 USD that arrived "
        f"(3.00 USD: Fee; 2.00 USD: Rent).{more}"
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Fraction(0), "0.00 USD"),
        (Fraction(1, 1000), "less than 0.01 USD"),
        (Fraction(1, 100), "0.01 USD"),
        (Fraction(123456789, 100), "1,234,567.89 USD"),
    ],
)
def test_money_is_told_in_cents_and_what_is_less_is_said_to_be_so(
    value: Fraction, text: str
) -> None:
    assert words.print_money(value, "USD") == text


def test_an_old_price_says_how_old_one_may_be_in_minutes() -> None:
    note = words.price_stale(AssetId("a"), datetime(2026, 11, 21, tzinfo=UTC), timedelta(hours=2))
    assert "one older than 120 minutes is not used" in note.text
