"""A quote: who pays nothing, what the lines are, what is advised, and when there is none."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from recovery.classify.verdict import Cause, Outcome, Recoverability
from recovery.errors import Unreachable
from recovery.fees.policy import Example, FeePolicy, load_policy
from recovery.fees.quote import find_value, make_quote
from recovery.fees.values import Advice, LineCode, NoQuote, Quote
from recovery.model import Amount, Party, Transfer, TransferKind
from recovery.networks import load_registry

Quoted = Callable[..., Quote]
Unquoted = Callable[..., NoQuote]

DOWN = Unreachable("source-unreachable", "ETH http://10.0.0.7:8545: no answer within 10 s")


def amounts(quote: Quote) -> list[tuple[str, Any]]:
    return [(line.code.value, line.amount) for line in quote.lines]


@pytest.mark.parametrize("example", load_policy().example, ids=lambda e: e.title)
def test_the_worked_examples_of_the_policy_are_true(example: Example, quoted: Quoted) -> None:
    quote = quoted(
        network=example.network,
        cause=example.cause,
        native=example.kind == "native",
        amount=example.amount,
        transfer_decimals=example.decimals,
        price=example.price,
        native_price=example.native_price,
        cost=[(line.code, line.amount) for line in example.cost],
        nth=example.nth_case_this_year,
    )
    assert amounts(quote) == [(line.code.value, line.amount) for line in example.lines]
    assert (quote.net, quote.advice) == (example.net, example.advice)


@pytest.mark.parametrize(
    ("recoverability", "code"),
    [
        (Recoverability.CREDIT, "nothing_to_pay"),
        (Recoverability.WAIT, "nothing_to_pay"),
        (Recoverability.NEEDS_INPUT, "needs_input"),
        (Recoverability.UNRECOVERABLE, "nothing_to_recover"),
        (Recoverability.HOLD, "under_review"),
    ],
)
def test_only_what_can_be_recovered_is_quoted(
    recoverability: Recoverability, code: str, unquoted: Unquoted
) -> None:
    assert unquoted(recoverability=recoverability).reason.code == code


def test_a_held_case_learns_nothing_from_its_missing_quote(unquoted: Unquoted) -> None:
    reasons = {
        unquoted(recoverability=Recoverability.HOLD, cause=cause).reason
        for cause in (Cause.TAINTED_SOURCE, Cause.COMPLIANCE_HOLD, Cause.MEMO_OF_OTHER_USER)
    }
    assert len(reasons) == 1


def test_a_planned_asset_that_waits_pays_nothing_and_is_told_why(unquoted: Unquoted) -> None:
    reason = unquoted(recoverability=Recoverability.WAIT, planned=True).reason
    assert reason.code == "nothing_to_pay"
    assert "coming" in reason.text


def test_no_figure_rests_on_facts_that_a_reviewer_must_settle(unquoted: Unquoted) -> None:
    reason = unquoted(
        cause=Cause.NEEDS_REVIEW, recoverability=Recoverability.CONDITIONAL, outcome=Outcome.NONE
    ).reason
    assert reason.code == "needs_review"


def test_an_amount_nobody_knows_has_no_quote(unquoted: Unquoted) -> None:
    verdict = {"cause": Cause.WRONG_LAYER, "recoverability": Recoverability.CONDITIONAL}
    assert unquoted(with_transfer=False, **verdict).reason.code == "amount_unknown"
    assert unquoted(amount=0).reason.code == "nothing_to_recover"
    assert unquoted(kind=TransferKind.NFT, amount=1).reason.code == "indivisible"


def test_the_listing_goes_before_what_a_token_says_of_itself(
    quoted: Quoted, unquoted: Unquoted
) -> None:
    assert unquoted(transfer_decimals=None).reason.code == "decimals_unknown"
    assert unquoted(transfer_decimals=256).reason.code == "decimals_unknown"
    listed = quoted(transfer_decimals=2, decimals=6)
    assert amounts(listed) == amounts(quoted(transfer_decimals=6))


def test_the_native_coin_has_the_network_s_decimals_whatever_the_evidence_says(
    quoted: Quoted,
) -> None:
    quote = quoted(native=True, amount=10**18, transfer_decimals=None, price="2500")
    assert quote.lines[-1].value == Decimal("106.000000")  # 10 + 4 % of 2,400


@pytest.mark.parametrize(
    ("cause", "network", "nth", "value", "service"),
    [
        (Cause.UNLISTED_TOKEN, "ETH", 2, 1000, "46"),
        (Cause.DELISTED_TOKEN, "ETH", 2, 1000, "51"),
        (Cause.MEMO_MISSING, "ETH", 2, 1000, "41"),
        (Cause.UNLISTED_TOKEN, "ALGO", 2, 1000, "56"),
        (Cause.UNLISTED_TOKEN, "ALGO", 3, 1000, "66"),
        (Cause.UNLISTED_TOKEN, "ETH", 3, 1000, "51"),
        (Cause.UNLISTED_TOKEN, "ETH", 7, 1000, "51"),
        (Cause.UNLISTED_TOKEN, "ETH", 2, 100, "10"),
        (Cause.UNLISTED_TOKEN, "ETH", 2, 60, "6"),  # a tenth of the value
        (Cause.MEMO_MISSING, "ETH", 2, 60, "5"),  # the floor
        (Cause.UNLISTED_TOKEN, "ETH", 2, 9850, "400"),  # 10 + 390
        (Cause.UNLISTED_TOKEN, "ETH", 2, 1_000_000, "400"),  # the cap
        (Cause.UNLISTED_TOKEN, "ETH", 1, 1000, "46"),  # a first case pays for a large value
    ],
)
def test_the_service_fee_by_cause_tier_repeat_and_value(
    *, cause: Cause, network: str, nth: int, value: int, service: str, quoted: Quoted
) -> None:
    quote = quoted(cause=cause, network=network, nth=nth, amount=value * 10**6, cost=[])
    assert amounts(quote) == [("service_fee", int(Decimal(service) * 10**6))]


def test_network_cost_and_reserves_stand_outside_floor_and_cap(quoted: Quoted) -> None:
    cost = [("network_cost", 4 * 10**15), ("network_cost", 10**15), ("reserve", 10**15)]
    quote = quoted(amount=10**12, cost=cost, native_price="2500")
    assert amounts(quote) == [
        ("network_cost", 12_500_000),
        ("network_cost", 3_125_000),
        ("reserve", 2_500_000),  # at cost, without the margin
        ("service_fee", 400_000_000),
    ]
    assert quote.gross == sum(line.amount for line in quote.lines) + quote.net


def test_a_first_case_under_fifty_pays_the_network_alone(quoted: Quoted) -> None:
    quote = quoted(nth=1, amount=49_990_000, cost=[("network_cost", 10**14)])
    assert amounts(quote) == [
        ("network_cost", 312_500),
        ("service_fee", 4_999_000),
        ("waiver", -4_999_000),
    ]
    assert quote.net == 49_990_000 - 312_500
    assert "first case of the year" in quote.lines[-1].text


def test_a_second_case_under_fifty_pays_the_service_too(quoted: Quoted) -> None:
    assert amounts(quoted(nth=2, amount=40_000_000, cost=[])) == [("service_fee", 4_000_000)]


def test_the_waiver_runs_out_evenly_and_fifty_does_not_return_less(quoted: Quoted) -> None:
    def net(cents: int) -> Amount:
        return quoted(nth=1, amount=cents * 10**4, cost=[]).net

    nets = {cents: net(cents) for cents in (4999, 5000, 5300, 5600)}
    assert nets == {4999: 49_990_000, 5000: 50_000_000, 5300: 50_000_000, 5600: 50_400_000}
    partly = quoted(nth=1, amount=53_000_000, cost=[])
    assert amounts(partly) == [("service_fee", 5_300_000), ("waiver", -2_300_000)]
    assert "Partly waived" in partly.lines[-1].text


def test_a_policy_without_the_taper_ends_the_waiver_at_the_threshold(
    quoted: Quoted, abrupt: FeePolicy
) -> None:
    below = quoted(policy=abrupt, nth=1, amount=49_990_000, cost=[])
    at = quoted(policy=abrupt, nth=1, amount=50_000_000, cost=[])
    assert (below.net, at.net) == (49_990_000, 45_000_000)
    assert amounts(at) == [("service_fee", 5_000_000)]


def test_where_the_account_is_credited_no_chain_move_is_paid(quoted: Quoted) -> None:
    quote = quoted(cause=Cause.MEMO_MISSING, outcome=Outcome.CREDIT, cost=None, native_price=None)
    assert amounts(quote) == [("service_fee", 41_000_000)]


def test_a_remainder_rounds_up_once_in_all_deductions_together(quoted: Quoted) -> None:
    # 0.4 units each: the lines together are 3.2 units and take 4, not 8
    quote = quoted(
        network="XRP",
        amount=10**6,
        transfer_decimals=0,
        price="1",
        native_price="1",
        nth=1,
        cost=[("network_cost", 320_000)] * 8,
        cause=Cause.UNLISTED_TOKEN,
    )
    network = sum(a for code, a in amounts(quote) if code == "network_cost")
    assert network == 4
    assert quote.net + sum(line.amount for line in quote.lines) == quote.gross


def test_an_issued_currency_is_paid_out_in_fifteen_significant_digits(quoted: Quoted) -> None:
    quote = quoted(
        network="XRP",
        amount=Decimal("1234.56789012345"),
        transfer_decimals=None,
        price="0.7",
        native_price="2.1",
        cost=[("network_cost", 12), ("reserve", 200_000)],
    )
    assert isinstance(quote.net, Decimal)
    assert len(quote.net.as_tuple().digits) <= 15
    assert quote.net + sum(Decimal(line.amount) for line in quote.lines) == quote.gross
    assert [line.code for line in quote.lines] == [
        LineCode.NETWORK_COST,
        LineCode.RESERVE,
        LineCode.SERVICE_FEE,
    ]


def test_a_very_large_issued_amount_is_printed_without_an_exponent(quoted: Quoted) -> None:
    quote = quoted(network="XRP", amount=Decimal("9e30"), price="1", native_price="2", cost=[])
    assert "E" not in str(quote.net)


def test_a_quote_names_policy_price_and_expiry(quoted: Quoted) -> None:
    quote = quoted()
    assert (quote.currency, quote.policy) == ("USD", "2026-11")
    assert quote.price.source == "book"
    assert quote.expires_at - quote.price.as_of == timedelta(hours=24)


def test_the_service_line_says_when_it_is_taken_and_that_it_comes_back(quoted: Quoted) -> None:
    text = quoted().lines[-1].text
    assert "deducted from what is recovered" in text
    assert "refunded whole" in text
    assert "case 3 of the year" in quoted(nth=3).lines[-1].text


@pytest.mark.parametrize(
    ("age", "answer"),
    [(0, None), (3600, None), (3601, "price_stale"), (-120, None), (-121, "price_from_future")],
)
@pytest.mark.parametrize("which", ["price", "native_price"])
def test_both_prices_must_be_fresh_and_not_from_the_future(
    which: str, age: int, answer: str | None, desk: Any
) -> None:
    asset = desk.token("ETH") if which == "price" else load_registry()["ETH"].native_asset
    result = desk.quote(**{which: desk.price(asset, "2500", age_seconds=age)})
    if answer is None:
        assert isinstance(result, Quote)
    else:
        assert isinstance(result, NoQuote)
        assert result.reason.code == answer
        assert asset in result.reason.text


@pytest.mark.parametrize("which", ["price", "native_price"])
def test_a_missing_price_is_not_one_that_could_not_be_asked(which: str, unquoted: Unquoted) -> None:
    assert unquoted(**{which: None}).reason.code == "price_missing"
    assert unquoted(**{which: DOWN}).reason.code == "price_unreachable"


@pytest.mark.parametrize("value", ["0", "-1", "NaN", "Infinity", "1E+31", "1E-31"])
def test_a_number_that_is_no_price_gives_no_quote(value: str, unquoted: Unquoted) -> None:
    assert unquoted(price=value).reason.code == "price_missing"


def test_a_price_in_another_currency_is_no_price(desk: Any) -> None:
    result = desk.quote(price=desk.price(desk.token("ETH"), currency="EUR"))
    assert result.reason.code == "price_missing"


def test_a_price_of_another_asset_is_the_caller_s_mistake(desk: Any) -> None:
    with pytest.raises(ValueError, match="a price of"):
        desk.quote(price=desk.price("eip155:1/test:other"))


def test_without_a_cost_estimate_there_is_no_quote_and_no_word_of_our_nodes(
    unquoted: Unquoted,
) -> None:
    assert unquoted(cost=None).reason.code == "cost_unknown"
    reason = unquoted(cost=DOWN).reason
    assert reason.code == "cost_unknown"
    assert "10.0.0.7" not in reason.text


def test_costs_that_pass_the_amount_are_told_with_their_figures(unquoted: Unquoted) -> None:
    reason = unquoted(amount=2_000_000, cost=[("network_cost", 10**15)]).reason
    assert reason.code == "not_worth_it"
    assert "3.32 USD" in reason.text or "3.33 USD" in reason.text  # 3.125 and a tenth of 2
    assert "2.00 USD" in reason.text
    assert "3.12 USD" in reason.text
    assert "0.20 USD" in reason.text


def test_not_worth_it_begins_where_the_deductions_pass_half_the_value(quoted: Quoted) -> None:
    # 40 and the service of 4: network 16 makes exactly half, and one unit more passes it
    policy = load_policy()
    calm = policy.model_copy(
        update={
            "reference_cost": {
                k: v.model_copy(update={"native": Decimal(99), "token": Decimal(99)})
                for k, v in policy.reference_cost.items()
            }
        }
    )
    half = 16 * 10**18 // 3125  # 16 / 1.25 / 2500 ETH
    at = quoted(policy=calm, amount=40_000_000, cost=[("network_cost", half)])
    past = quoted(policy=calm, amount=40_000_000, cost=[("network_cost", half + 10**12)])
    assert (at.advice, past.advice) == (Advice.RECOVER, Advice.NOT_WORTH_IT)
    assert past.net > 0


def test_where_nothing_remains_it_is_not_worth_it(quoted: Quoted) -> None:
    quote = quoted(amount=1, nth=2, cost=[])
    assert (quote.net, quote.advice) == (0, Advice.NOT_WORTH_IT)


def test_costs_that_take_exactly_everything_are_shown_and_advised_against(quoted: Quoted) -> None:
    # 0.016 ETH at 2,500 is 40.00; a first case pays no service
    quote = quoted(amount=40_000_000, nth=1, cost=[("reserve", 16 * 10**15)])
    assert (quote.net, quote.advice) == (0, Advice.NOT_WORTH_IT)


def test_a_dear_hour_is_waited_out(quoted: Quoted) -> None:
    # the reference of a token on Ethereum is 2.00, of the coin 0.50; 2,500 per ETH
    at = quoted(cost=[("network_cost", 16 * 10**14)])
    past = quoted(cost=[("network_cost", 16 * 10**14 + 1)])
    assert (at.advice, past.advice) == (Advice.RECOVER, Advice.WAIT)
    coin = quoted(native=True, amount=10**18, price="2500", cost=[("network_cost", 5 * 10**14)])
    assert coin.advice is Advice.WAIT
    reserve = quoted(cost=[("reserve", 10**17)])
    assert reserve.advice is Advice.RECOVER  # a chain's own rule is no dear hour


def test_what_is_planned_is_waited_for(quoted: Quoted, unquoted: Unquoted) -> None:
    quote = quoted(planned=True)
    assert quote.advice is Advice.WAIT
    assert "coming" in quote.advice_text
    lost = unquoted(planned=True, amount=10, cost=[("network_cost", 10**15)])
    assert "coming" in lost.reason.text


def test_the_value_of_a_transfer_is_exact_or_unknown(desk: Any) -> None:
    row = load_registry()["ETH"]
    transfer = Transfer(
        0,
        "native",
        TransferKind.NATIVE,
        row.native_asset,
        123456789012345678,
        (),
        Party(None, None),
    )
    price = desk.price(row.native_asset, "2500.01")
    given = {"policy": desk.policy, "transfer": transfer, "network": row, "now": desk.now}
    value = find_value(given.pop("policy"), price=price, **given)
    assert value == Decimal("0.123456789012345678") * Decimal("2500.01")
    stale = desk.price(row.native_asset, age_seconds=3601)
    assert find_value(desk.policy, price=stale, **given) is None
    assert find_value(desk.policy, price=DOWN, **given) is None


def test_a_cost_in_a_foreign_coin_is_the_caller_s_mistake(desk: Any) -> None:
    from recovery.chains.family import NetworkCost
    from recovery.classify.verdict import Verdict

    row = load_registry()["ETH"]
    transfer = Transfer(
        0, "native", TransferKind.NATIVE, row.native_asset, 10**18, (), Party(None, None)
    )
    with pytest.raises(ValueError, match="a cost in"):
        make_quote(
            desk.policy,
            verdict=Verdict(
                0, Cause.SENT_TO_HOT_WALLET, Recoverability.RECOVERABLE, Outcome.RETURN, ()
            ),
            transfer=transfer,
            network=row,
            price=desk.price(row.native_asset, "2500"),
            native_price=None,
            cost=NetworkCost(load_registry()["BSC"].native_asset, (), "http://node", desk.now),
            nth_case_this_year=1,
            planned=False,
            now=desk.now,
        )
