"""The sentences of a quote, in English, for the customer who pays it.

Knows: what a customer should understand of each line, each advice and each missing quote. Must not
know: how any figure is made. Infrastructure is never named here: customers read these.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from recovery.model import AssetId, Note
from recovery.times import print_time

CREDIT_IS_FREE = Note(
    "nothing_to_pay", "There is nothing to pay: the deposit is credited to the account in full."
)
WAITING_IS_FREE = Note(
    "nothing_to_pay", "There is nothing to pay: nothing has to be done now, and waiting is free."
)
PLANNED_IS_FREE = Note(
    "nothing_to_pay",
    "There is nothing to pay: support for this asset is coming. Waiting for it is free.",
)
NEEDS_INPUT = Note(
    "needs_input",
    "There is no quote yet: something is missing that only the customer can supply.",
)
NOTHING_TO_RECOVER = Note(
    "nothing_to_recover", "There is nothing to recover here, and so nothing to pay."
)
UNDER_REVIEW = Note("under_review", "This case is under review. Nothing is charged meanwhile.")
NEEDS_REVIEW = Note(
    "needs_review",
    "There is no quote yet: a reviewer looks at the case first, so that no figure rests on a guess.",
)
AMOUNT_UNKNOWN = Note(
    "amount_unknown", "There is no quote yet: how much arrived for this claim is not known."
)
INDIVISIBLE = Note(
    "indivisible",
    "There is no quote: nothing can be deducted from an item that can't be divided. "
    "The recovery team agrees the cost with the customer.",
)
DECIMALS_UNKNOWN = Note(
    "decimals_unknown",
    "There is no quote yet: how many decimal places this token has is not known, so its value is not.",
)
WAIT_PLANNED = (
    "Support for this asset or network is coming. We advise to wait: "
    "once it is there, the deposit can be credited without these costs."
)


def price_missing(asset: AssetId, currency: str) -> Note:
    return Note(
        "price_missing",
        f"There is no quote yet: no usable price of {asset} in {currency} is known.",
    )


def price_unreachable(asset: AssetId) -> Note:
    return Note(
        "price_unreachable",
        f"There is no quote at the moment: the price of {asset} could not be asked. Please try again later.",
    )


def price_stale(asset: AssetId, as_of: datetime, max_age: timedelta) -> Note:
    minutes = int(max_age.total_seconds() // 60)
    return Note(
        "price_stale",
        f"There is no quote at the moment: the price of {asset} is of {print_time(as_of)}, "
        f"and one older than {minutes} minutes is not used.",
    )


def price_from_future(asset: AssetId, as_of: datetime) -> Note:
    return Note(
        "price_from_future",
        f"There is no quote at the moment: the price of {asset} is dated {print_time(as_of)}, "
        "which has not come yet.",
    )


def cost_unknown(network: str) -> Note:
    return Note(
        "cost_unknown",
        f"There is no quote at the moment: what {network} asks for a transfer could not be estimated. "
        "Please try again later.",
    )


def network_cost(what: str, margin: Decimal) -> str:
    extra = (margin - 1) * 100
    return f"{what} (estimate, plus {_plain(extra)} % so that it suffices)" if extra else what


def reserve(what: str) -> str:
    return f"{what} (the chain's own rule, at cost)"


def service_fee(nth_case: int | None) -> str:
    """``nth_case`` is given where the fee is raised because of it."""
    again = f" This is case {nth_case} of the year, so the base is higher." if nth_case else ""
    return (
        "Service fee, deducted from what is recovered, never paid in advance, "
        f"and refunded whole if the recovery fails.{again}"
    )


def waiver(threshold: str, *, whole: bool) -> str:
    if whole:
        return f"Waived: the first case of the year, below {threshold}."
    return f"Partly waived: the first case of the year, little above {threshold}."


def recover(net: str) -> str:
    return f"About {net} would remain after all deductions. Nothing is paid in advance."


def wait_dear(network: str) -> str:
    return (
        f"{network} is much dearer than usual at the moment. "
        "We advise to wait for a quieter hour and to ask for a new quote."
    )


def not_worth_it(*, total: str, arrived: str) -> str:
    return (
        f"Recovering this would cost {total} of the {arrived} that arrived. "
        "We don't think it is worth it."
    )


def costs_pass_amount(
    *,
    total: str,
    arrived: str,
    figures: list[tuple[str, str]],
    planned: bool,
    dear: bool,
) -> str:
    """All figures in words: there is no quote that could show them."""
    parts = "; ".join(f"{value}: {text.rstrip('.')}" for text, value in figures)
    text = f"Recovering this would cost {total}, more than the {arrived} that arrived ({parts})."
    if planned:
        return f"{text} {WAIT_PLANNED}"
    if dear:
        return (
            f"{text} The network is much dearer than usual at the moment: it may be worth it later."
        )
    return text


def print_money(value: Fraction, currency: str) -> str:
    """Whole cents for reading; what is less than half a cent is said to be so."""
    cents = round(value * 100)
    if cents == 0 and value > 0:
        return f"less than 0.01 {currency}"
    return f"{Decimal(cents).scaleb(-2):,.2f} {currency}"


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"
