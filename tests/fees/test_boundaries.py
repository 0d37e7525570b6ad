"""The exact edge of every number of the policy and of a quote, and what each side of it gives."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from recovery.classify.verdict import Outcome
from recovery.errors import BadInput, ManyProblems
from recovery.fees.formula import round_down
from recovery.fees.policy import FeePolicy, load_policy, parse_policy
from recovery.fees.quote import find_unit, find_value, is_sane
from recovery.fees.values import Advice, NoQuote, Quote
from recovery.model import AssetId, Party, Transfer, TransferKind
from recovery.networks import load_registry

SHIPPED = resources.files("recovery.fees").joinpath("policy.toml").read_text("utf-8")
Quoted = Callable[..., Quote]
Unquoted = Callable[..., NoQuote]


def changed(old: str, new: str) -> FeePolicy:
    assert old in SHIPPED
    return parse_policy(SHIPPED.replace(old, new, 1), where="mine.toml")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("floor = 5", "floor = 0"),
        ("floor = 5", "floor = 400"),  # a floor may reach the cap
        ("floor = 5", "floor = 0.123456789012"),
        ("cap = 400", "cap = 123456789012.123456789012"),
        ("not_worth_it_above = 0.5", "not_worth_it_above = 1"),
        ("margin = 1.25", "margin = 1"),
        ("margin = 1.25", "margin = 100"),
        ("from_case = 3", "from_case = 2"),
        ("from_case = 3", "from_case = 1000000000"),
        ("expires_hours = 24", "expires_hours = 1"),
        ("clock_skew_seconds = 120", "clock_skew_seconds = 0"),
        ("clock_skew_seconds = 120", "clock_skew_seconds = 3600"),
        ("value_places = 6", "value_places = 2"),
        ("value_places = 6", "value_places = 18"),
        ('version = "2026-11"', 'version = "1"'),
        ('version = "2026-11"', f'version = "{"1" * 40}"'),
        ("BTC = { native = 2.00 }", "BTC = { native = 0.000000000001 }"),
    ],
)
def test_the_last_number_that_is_allowed_is_allowed(old: str, new: str) -> None:
    assert changed(old, new)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("floor = 5", "floor = -0.1", "service.floor"),
        ("floor = 5", "floor = 0.1234567890123", "service.floor"),
        ("floor = 5", "floor = true", "service.floor: a number is expected"),
        ("cap = 400", "cap = 1234567890123.123456789012", "service.cap"),
        ("value_cap = 0.10", "value_cap = 1", "service.value_cap"),
        ("not_worth_it_above = 0.5", "not_worth_it_above = 1.000000000001", "advice.not_worth_it_above"),
        ("margin = 1.25", "margin = 100.1", "network_cost.margin"),
        ("margin = 1.25", "margin = 0.999999999999", "network_cost.margin"),
        ("from_case = 3", "from_case = 1000000001", "repeat.from_case"),
        ("from_case = 3", "from_case = true", "repeat.from_case: a number is expected"),
        ("clock_skew_seconds = 120", "clock_skew_seconds = -1", "quote.clock_skew_seconds"),
        ("clock_skew_seconds = 120", "clock_skew_seconds = 3601", "quote.clock_skew_seconds"),
        ("clock_skew_seconds = 120", "clock_skew_seconds = true", "a number is expected"),
        ("value_places = 6", "value_places = 1", "quote.value_places"),
        ("value_places = 6", "value_places = 19", "quote.value_places"),
        ("value_places = 6", "value_places = true", "a number is expected"),
        ('version = "2026-11"', 'version = ""', "version"),
        ('version = "2026-11"', f'version = "{"1" * 41}"', "version"),
        ("BTC = { native = 2.00 }", "BTC = { native = 0 }", "reference_cost.BTC.native"),
        ("BTC = { native = 2.00 }", "BTC = { native = 2, token = 0 }", "reference_cost.BTC.token"),
        ("[service]", "[service]\nsurprise = 1", "service.surprise: there is no such key"),
        ("BTC = { native = 2.00 }", "", "reference_cost.BTC: is missing"),
        ("BTC = { native = 2.00 }", "BTC = { native = 2 }\nXYZ = { native = 2 }", "reference_cost.XYZ: there is no such network code"),
    ],
)  # fmt: skip
def test_the_first_number_that_is_not_is_refused_by_its_name(old: str, new: str, told: str) -> None:
    with pytest.raises(ManyProblems) as raised:
        changed(old, new)
    assert told in raised.value.text
    assert raised.value.reference == "bad-fee-policy"
    assert raised.value.hint == "docs/fees.md explains every number"


def test_a_number_is_what_was_written_digit_by_digit() -> None:
    policy = changed("cap = 400", "cap = 123456789012.123456789012")
    assert policy.service.cap == Decimal("123456789012.123456789012")


def test_a_policy_may_name_no_cause_but_needs_an_example() -> None:
    causes = SHIPPED[SHIPPED.index("[base.causes]") : SHIPPED.index("[tier]")]
    assert changed(causes, "").base.causes == {}
    head, _, examples = SHIPPED.partition("[[example]]")
    assert (
        len(
            parse_policy(head + "[[example]]" + examples.split("[[example]]")[0], where="m").example
        )
        == 1
    )
    for none in (head, f"example = []\n{head}"):
        with pytest.raises(ManyProblems, match="example"):
            parse_policy(none, where="mine.toml")


def test_reference_costs_that_are_no_table_are_told_as_such() -> None:
    start = SHIPPED.index("[reference_cost]")
    stop = SHIPPED.index("# 250 units")
    text = "reference_cost = 5\n" + SHIPPED[:start] + SHIPPED[stop:]
    with pytest.raises(ManyProblems, match="reference_cost: "):
        parse_policy(text, where="mine.toml")


def test_every_error_of_a_policy_file_says_where_it_stands(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as raised:
        parse_policy("[service", where="mine.toml")
    assert raised.value.where == "mine.toml"
    missing = str(tmp_path / "missing.toml")
    with pytest.raises(BadInput) as raised:
        load_policy(missing)
    assert raised.value.where == missing
    assert "fee_policy" in raised.value.hint


# -- the value of a transfer and the sanity of a price --------------------------------------------


def transfer_of(network: str, amount: Any, *, decimals: int | None = None) -> Transfer:
    asset = AssetId(f"{load_registry()[network].chain}/test:token")
    nobody = Party(None, None)
    return Transfer(0, "x", TransferKind.TOKEN, asset, amount, (), nobody, decimals=decimals)


@pytest.mark.parametrize(
    ("places", "unit"), [(0, Fraction(1)), (255, Fraction(1, 10**255)), (256, None), (-1, None)]
)
def test_a_unit_has_no_more_places_than_a_token_can_say(places: int, unit: Fraction | None) -> None:
    row = load_registry()["ETH"]
    assert find_unit(transfer_of("ETH", 1, decimals=places), row) == unit
    assert find_unit(transfer_of("ETH", 1), row, decimals=places) == unit


def test_an_issued_currency_counts_in_whole_coins(desk: Any) -> None:
    row, transfer = load_registry()["XRP"], transfer_of("XRP", Decimal("12.5"))
    price = desk.price(transfer.asset, "2")
    value = find_value(desk.policy, transfer=transfer, network=row, price=price, now=desk.now)
    assert value == 25


def test_the_listing_s_decimals_go_before_the_token_s_word(desk: Any) -> None:
    row, transfer = load_registry()["ETH"], transfer_of("ETH", 10**6, decimals=18)
    given = {"transfer": transfer, "network": row, "price": desk.price(transfer.asset, "3")}
    assert find_value(desk.policy, **given, now=desk.now, decimals=6) == 3
    unknown = given | {"transfer": transfer_of("ETH", 10**6)}
    assert find_value(desk.policy, **unknown, now=desk.now) is None


@pytest.mark.parametrize(
    ("value", "sane"),
    [
        ("1E+30", True), ("9E+30", True), ("1E+31", False), ("1E-30", True), ("1E-31", False),
        (f"1.{'3' * 59}", True), (f"1.{'3' * 60}", False), ("0", False), ("-1", False),
    ],
)  # fmt: skip
def test_a_price_is_of_a_sane_size_and_length(value: str, sane: bool) -> None:
    assert is_sane(Decimal(value)) is sane


# -- lines, advice, printing -----------------------------------------------------------------------


@pytest.mark.parametrize("exponent", [-20, -1, 0, 3, 14, 15, 16, 40])
def test_fifteen_digits_of_an_issued_currency_are_kept_at_every_size(exponent: int) -> None:
    power = Fraction(10) ** exponent
    kept = Fraction(123456789012345, 10**14)
    for amount in (power, power * kept):
        assert round_down(amount, issued=True) == amount
    assert round_down(power * (kept + Fraction(9, 10**15)), issued=True) == power * kept


def test_nothing_of_an_issued_currency_is_nothing() -> None:
    assert round_down(Fraction(0), issued=True) == 0


@pytest.mark.parametrize(
    ("net", "printed"), [("90", "90"), ("9", "9"), ("0.9", "0.9"), ("900", "900")]
)
def test_a_net_is_printed_without_an_exponent(net: str, printed: str, quoted: Quoted) -> None:
    gross = Decimal(net) * 10 / 9
    quote = quoted(
        network="XRP", amount=gross.quantize(Decimal(10) ** -12), transfer_decimals=None, cost=[],
        price="0.0001", nth=2,
    )  # fmt: skip
    assert str(round(Decimal(quote.net), 9).normalize() + 0) == str(
        Decimal(printed).normalize() + 0
    )
    exact = quoted(
        network="XRP",
        amount=Decimal(printed),
        transfer_decimals=None,
        cost=[],
        nth=1,
        price="0.0001",
    )
    assert str(exact.net) == printed


def test_a_value_of_many_digits_is_printed_whole(quoted: Quoted) -> None:
    quote = quoted(
        amount=10**40 + 7, price="1", nth=2, cost=[("reserve", 4 * 10**48)], native_price="2.5"
    )
    reserve = quote.lines[0]
    assert Fraction(reserve.value) == Fraction(reserve.amount) / 10**6
    assert len(reserve.value.as_tuple().digits) > 28, "more than Decimal's own context keeps"


def test_a_deposit_that_is_credited_is_never_waited_for_because_of_the_network(
    quoted: Quoted,
) -> None:
    assert quoted(outcome=Outcome.CREDIT, amount=10**9).advice is Advice.RECOVER


def test_a_net_of_one_unit_can_be_worth_it(quoted: Quoted) -> None:
    quote = quoted(
        network="XRP",
        amount=2,
        transfer_decimals=0,
        cost=[("reserve", 1_000_000)],
        native_price="1",
        nth=1,
    )
    assert (quote.net, quote.advice) == (1, Advice.RECOVER)


def test_what_is_not_worth_it_says_what_it_costs_of_what_arrived(quoted: Quoted) -> None:
    quote = quoted(amount=10_000_000, nth=1, cost=[("reserve", 32 * 10**14)])  # 8.00 of 10.00
    assert quote.advice is Advice.NOT_WORTH_IT
    assert quote.advice_text == (
        "Recovering this would cost 8.00 USD of the 10.00 USD that arrived. "
        "We don't think it is worth it."
    )


def test_figures_of_a_loss_name_what_is_deducted_and_nothing_else(unquoted: Unquoted) -> None:
    reason = unquoted(
        amount=2_000_000, nth=1, cost=[("network_cost", 0), ("reserve", 10**15)]
    ).reason
    assert reason.text == (
        "Recovering this would cost 2.50 USD, more than the 2.00 USD that arrived "
        "(2.50 USD: Fee of the transfer (the chain's own rule, at cost); 0.20 USD: Service fee, deducted "
        "from what is recovered, never paid in advance, and refunded whole if the recovery fails)."
    )


def test_figures_of_a_loss_name_deductions_below_one_unit_too(unquoted: Unquoted) -> None:
    reason = unquoted(
        amount=1, transfer_decimals=0, price="1000", nth=2, cost=[("reserve", 4 * 10**17)]
    ).reason
    assert "1,000.00 USD: Fee of the transfer" in reason.text
    assert " USD: Service fee" in reason.text
