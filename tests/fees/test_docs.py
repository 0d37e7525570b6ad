"""docs/fees.md is true: its tables are the policy's, its codes are the code's."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Literal

import pytest

from recovery.classify.verdict import Cause
from recovery.fees import words
from recovery.fees.formula import plan_service_fee
from recovery.fees.policy import FeePolicy, load_policy
from recovery.model import Note
from recovery.networks import load_registry

DOCS = Path(__file__).parents[2] / "docs" / "fees.md"
VALUES = (20, 50, 100, 250, 1000, 5000, 20000)


def table(*rows: tuple[str, ...]) -> str:
    head, *body = (f"| {' | '.join(row)} |" for row in rows)
    return "\n".join([head, "|" + "---|" * len(rows[0]), *body])


def plain(number: Decimal) -> str:
    return f"{number.normalize():,f}"


def percent(share: Decimal) -> str:
    return f"{plain(share * 100)} %"


def numbers(policy: FeePolicy) -> str:
    service, quote, limits = policy.service, policy.quote, policy.limits
    currency = policy.currency
    return table(
        ("number", f"policy {policy.version}, {policy.dated}"),
        ("floor", f"{plain(service.floor)} {currency}"),
        ("cap", f"{plain(service.cap)} {currency}"),
        ("share of the part above", f"{percent(service.share)} above {plain(service.share_above)} {currency}"),
        ("value cap", f"{percent(service.value_cap)} of the value"),
        ("tier", f"× {plain(policy.tier.direct)} on direct, × {plain(policy.tier.conditional)} on conditional networks"),
        ("repeat", f"× {plain(policy.repeat.factor)} from case {policy.repeat.from_case} of the year on"),
        ("first case of the year", f"base and floor waived below {plain(policy.first_case.waived_below)} {currency}, running out evenly above"),
        ("margin on network cost", f"× {plain(policy.network_cost.margin)}"),
        ("advice `wait`", f"above {plain(policy.network_cost.wait_above_reference)} × the reference cost"),
        ("advice `not_worth_it`", f"deductions above {percent(policy.advice.not_worth_it_above)} of the value"),
        ("a quote expires", f"after {quote.expires_hours} hours"),
        ("a price is used", f"up to {quote.price_max_age_seconds // 60} minutes old, {quote.clock_skew_seconds} seconds ahead at most"),
        ("dust", f"worth less than {plain(limits.dust_value)} {currency}"),
        ("the wallet team signs credits too", f"above {plain(limits.wallet_signs_credits_above)} {currency}, or of unknown value"),
        ("a second endpoint must agree", f"above {plain(limits.second_opinion_above)} {currency}, or of unknown value"),
    )  # fmt: skip


def base(policy: FeePolicy) -> str:
    rows = [
        (f"`{c.value}`", f"{plain(b)} {policy.currency}") for c, b in policy.base.causes.items()
    ]
    every_other = ("every other cause", f"{plain(policy.base.every_other)} {policy.currency}")
    return table(("cause", "base"), *rows, every_other)


def service(policy: FeePolicy) -> str:
    def fee(value: int, cause: Cause, nth: int, tier: Literal["direct", "conditional"]) -> str:
        planned = plan_service_fee(
            policy, cause=cause, tier=tier, nth_case_this_year=nth, value=Fraction(value)
        )
        return words.print_money(planned.full - planned.waived, "").strip()

    head = (
        f"value, {policy.currency}", "unlisted token", "first case", "third case",
        "conditional network", "memo missing", "delisted token",
    )  # fmt: skip
    token = Cause.UNLISTED_TOKEN
    return table(
        head,
        *(
            (
                f"{value:,}",
                fee(value, token, 2, "direct"),
                fee(value, token, 1, "direct"),
                fee(value, token, 3, "direct"),
                fee(value, token, 2, "conditional"),
                fee(value, Cause.MEMO_MISSING, 2, "direct"),
                fee(value, Cause.DELISTED_TOKEN, 2, "direct"),
            )
            for value in VALUES
        ),
    )


def reference(policy: FeePolicy) -> str:
    rows = [
        tuple(
            f"{policy.reference_of(n.code, native=native):.2f}"
            if isinstance(native, bool)
            else n.code
            for native in (None, True, False)
        )
        for n in load_registry()
    ]
    return table(("network", f"native coin, {policy.currency}", f"token, {policy.currency}"), *rows)


@pytest.mark.parametrize("render", [numbers, base, service, reference], ids=lambda r: r.__name__)
def test_a_table_of_the_fee_document_is_the_policy_s(render: Callable[[FeePolicy], str]) -> None:
    found = re.search(
        rf"<!-- table: {render.__name__} -->\n(.*?)\n?<!-- end -->",
        DOCS.read_text("utf-8"),
        re.DOTALL,
    )
    assert found, f"docs/fees.md has no table {render.__name__}"
    true = render(load_policy())
    assert found[1] == true, f"the true table is:\n{true}"


def test_every_reason_without_a_quote_is_in_the_fee_document() -> None:
    constants = {note.code for note in vars(words).values() if isinstance(note, Note)}
    written = set(re.findall(r'Note\(\s*"(\w+)"', Path(words.__file__).read_text("utf-8")))
    text = DOCS.read_text("utf-8")
    assert constants <= written
    assert [code for code in sorted(written | {"not_worth_it"}) if f"`{code}`" not in text] == []
