"""What holds for every quote: sums, bounds, rounding, and that more delivered never returns less.

The fee is computed here a second time, from the words of docs/fees.md, so that two readings of the
formula have to agree.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from recovery.classify.verdict import Cause, Outcome
from recovery.fees.formula import plan_service_fee, round_down
from recovery.fees.policy import load_policy
from recovery.fees.values import LineCode, NoQuote, Quote
from recovery.networks import load_registry

NETWORKS = [str(n.code) for n in load_registry()]
MEMO = {Cause.MEMO_MISSING, Cause.MEMO_MALFORMED, Cause.MEMO_UNKNOWN, Cause.MEMO_OF_OTHER_USER}
CAUSES = [c for c in Cause if c is not Cause.NEEDS_REVIEW]

prices = st.decimals(min_value="0.000000001", max_value="200000", places=9)
cost_lines = st.lists(
    st.tuples(st.sampled_from(["network_cost", "reserve"]), st.integers(0, 10**18)), max_size=4
)
issued_amounts = st.builds(
    lambda mantissa, exponent: Decimal(mantissa).scaleb(exponent),
    st.integers(1, 10**16 - 1),
    st.integers(-30, 10),
)


@dataclass(frozen=True)
class Inputs:
    """Everything of a quote but the amount."""

    network: str
    cause: Cause
    nth: int
    decimals: int
    price: Decimal
    native_price: Decimal
    cost: tuple[tuple[str, int], ...]
    outcome: Outcome

    def given(self) -> dict[str, Any]:
        return {
            "network": self.network,
            "cause": self.cause,
            "nth": self.nth,
            "transfer_decimals": self.decimals,
            "price": self.price,
            "native_price": self.native_price,
            "cost": self.cost,
            "outcome": self.outcome,
        }


inputs = st.builds(
    Inputs,
    network=st.sampled_from(NETWORKS),
    cause=st.sampled_from(CAUSES),
    nth=st.integers(1, 5),
    decimals=st.integers(0, 24),
    price=prices,
    native_price=prices,
    cost=cost_lines.map(tuple),
    outcome=st.sampled_from([Outcome.RETURN, Outcome.CREDIT]),
)


@st.composite
def amounts(draw: st.DrawFn, given_inputs: Inputs) -> int:
    """Amounts of every size, many of them near the values at which the formula bends."""
    unit = Fraction(given_inputs.price) / 10**given_inputs.decimals
    near = draw(st.sampled_from([0.1, 40, 49.99, 50, 50.01, 52, 55.56, 60, 100, 101, 9850, 20000]))
    bend = int(Fraction(near) / unit)
    return max(1, draw(st.one_of(st.integers(1, 10**30), st.just(bend))) + draw(st.integers(-2, 2)))


def exact_deductions(i: Inputs, value: Fraction) -> tuple[Fraction, Fraction, Fraction]:
    """Network, reserves and service in USD, by the words of the shipped policy."""
    row = load_registry()[i.network]
    network = reserve = Fraction(0)
    if i.outcome is Outcome.RETURN:
        coin = Fraction(i.native_price) / 10**row.decimals
        network = sum(n for c, n in i.cost if c == "network_cost") * coin * Fraction(5, 4)
        reserve = sum(n for c, n in i.cost if c == "reserve") * coin
    base = Fraction(5 if i.cause in MEMO else 15 if i.cause is Cause.DELISTED_TOKEN else 10)
    base *= 1 if row.tier == "direct" else 2
    base *= Fraction(3, 2) if i.nth >= 3 else 1
    service = min(
        max(base + max(value - 100, Fraction(0)) / 25, Fraction(5)), Fraction(400), value / 10
    )
    if i.nth == 1:  # whole below 50; above, at most what is above 50 is paid
        service = min(service, max(value - 50, Fraction(0)))
    return network, reserve, service


@given(st.data())
def test_lines_add_up_and_nothing_is_out_of_bounds(desk: Any, data: st.DataObject) -> None:
    i = data.draw(inputs)
    amount = data.draw(amounts(i))
    unit_value = Fraction(i.price) / 10**i.decimals
    network, reserve, service = exact_deductions(i, amount * unit_value)
    exact = (network + reserve + service) / unit_value
    quote = desk.quote(amount=amount, **i.given())
    if isinstance(quote, NoQuote):
        assert quote.reason.code == "not_worth_it"
        assert exact > amount
        return
    taken = sum(line.amount for line in quote.lines)
    assert quote.gross == amount == taken + quote.net
    assert 0 <= quote.net <= quote.gross
    assert all(isinstance(line.amount, int) for line in quote.lines)
    assert exact <= taken < exact + 1  # up, and by less than one unit, once
    cap = Fraction(400) / unit_value
    assert taken < cap + (network + reserve) / unit_value + 1
    share = sum(
        line.amount for line in quote.lines if line.code in (LineCode.SERVICE_FEE, LineCode.WAIVER)
    )
    assert share < Fraction(amount, 10) + 1
    for line in quote.lines:
        assert (line.amount <= 0) if line.code is LineCode.WAIVER else (line.amount >= 0)
        assert abs(Fraction(line.value) - line.amount * unit_value) <= Fraction(1, 10**6)


@given(st.data())
def test_more_delivered_never_means_less_returned(desk: Any, data: st.DataObject) -> None:
    i = data.draw(inputs)
    less = data.draw(amounts(i))
    more = less + data.draw(st.one_of(st.integers(1, 3), st.integers(1, 10**24)))
    assert returned(desk, less, i.given()) <= returned(desk, more, i.given())


def returned(desk: Any, amount: int | Decimal, given_inputs: dict[str, Any]) -> Fraction:
    quote = desk.quote(amount=amount, **given_inputs)
    return Fraction(quote.net) if isinstance(quote, Quote) else Fraction(0)


@given(inputs, issued_amounts, issued_amounts)
@example(
    i=Inputs(
        "XRP",
        Cause.UNLISTED_TOKEN,
        2,
        0,
        Decimal("0.3"),
        Decimal(2),
        (("network_cost", 12),),
        Outcome.RETURN,
    ),
    first=Decimal("9.99999999999999"),
    second=Decimal("10.0000000000000"),
)
def test_issued_currencies_add_up_and_keep_the_order(
    desk: Any, i: Inputs, first: Decimal, second: Decimal
) -> None:
    less, more = sorted((first, second))
    given_inputs = i.given() | {"network": "XRP", "transfer_decimals": None}
    quote = desk.quote(amount=more, **given_inputs)
    if isinstance(quote, Quote):
        taken = sum(Fraction(line.amount) for line in quote.lines)
        assert taken + Fraction(quote.net) == Fraction(more)
        assert isinstance(quote.net, Decimal)
        assert 0 <= quote.net <= more
        assert len(str(quote.net.normalize()).partition("E")[0].replace(".", "").strip("0")) <= 15
    assert returned(desk, less, given_inputs) <= returned(desk, more, given_inputs)


values = st.fractions(min_value=0, max_value=10**7, max_denominator=10**9)


@given(
    st.sampled_from(CAUSES),
    st.sampled_from(["direct", "conditional"]),
    st.integers(1, 5),
    values,
    values,
)
def test_what_remains_after_the_service_fee_never_falls(
    cause: Cause, tier: Any, nth: int, first: Fraction, second: Fraction
) -> None:
    def remains(value: Fraction) -> Fraction:
        fee = plan_service_fee(
            load_policy(), cause=cause, tier=tier, nth_case_this_year=nth, value=value
        )
        assert 0 <= fee.waived <= fee.full <= 400
        return value - fee.full + fee.waived

    less, more = sorted((first, second))
    assert remains(less) <= remains(more)


@pytest.mark.parametrize("nth", [1, 2, 3])
@pytest.mark.parametrize("cause", [Cause.MEMO_MISSING, Cause.DELISTED_TOKEN])
@pytest.mark.parametrize("tier", ["direct", "conditional"])
def test_no_cent_up_to_two_hundred_returns_less_than_the_cent_before(
    nth: int, cause: Cause, tier: Any
) -> None:
    before = Fraction(0)
    for cents in range(20_001):
        fee = plan_service_fee(
            load_policy(),
            cause=cause,
            tier=tier,
            nth_case_this_year=nth,
            value=Fraction(cents, 100),
        )
        remains = Fraction(cents, 100) - fee.full + fee.waived
        assert before <= remains, f"at {cents} cents"
        before = remains


@given(st.fractions(), st.fractions(), st.booleans())
def test_rounding_down_keeps_the_order_and_is_stable(
    first: Fraction, second: Fraction, issued: bool
) -> None:
    assume(first <= second)
    low, high = round_down(first, issued=issued), round_down(second, issued=issued)
    assert low <= high
    assert low <= first
    assert round_down(low, issued=issued) == low
    if issued and first:
        assert first - low <= abs(first) / 10**14
    elif not issued:
        assert first - low < 1
