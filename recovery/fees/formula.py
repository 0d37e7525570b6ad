"""The service fee as a function of the value, and rounding: exact, with no unit and no text.

Knows: the policy's formula, the waiver of a first case, how a remainder rounds. Must not know:
prices, assets, lines. Everything is a `Fraction`: nothing is rounded until `round_down`.

Two properties are tested: the fee is at most the cap, and what is left after it never falls while the
value rises. The first holds for every policy that `recovery.fees.policy` accepts, the second for
every one with the taper.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from recovery.classify.verdict import Cause
from recovery.fees.policy import FeePolicy

ISSUED_DIGITS = 15
"""XRP Ledger issued currencies are decimal floats of 15 significant digits: that is their unit."""


@dataclass(frozen=True, slots=True)
class ServiceFee:
    """The fee by the formula, and how much of it is waived: ``0 <= waived <= full``."""

    full: Fraction
    waived: Fraction


def plan_service_fee(
    policy: FeePolicy,
    *,
    cause: Cause,
    tier: Literal["direct", "conditional"],
    nth_case_this_year: int,
    value: Fraction,
) -> ServiceFee:
    """The service fee of one case in the policy's currency; ``value`` is of all that arrived."""
    again = nth_case_this_year >= policy.repeat.from_case
    repeat = Fraction(policy.repeat.factor if again else 1)
    base = Fraction(policy.base.of(cause)) * Fraction(policy.tier.of(tier)) * repeat
    full = _fee(policy, base=base, floor=Fraction(policy.service.floor), value=value)
    if nth_case_this_year != 1:
        return ServiceFee(full, Fraction(0))
    return ServiceFee(full, full - min(full, _first_case_fee(policy, full=full, value=value)))


def _fee(policy: FeePolicy, *, base: Fraction, floor: Fraction, value: Fraction) -> Fraction:
    service = policy.service
    above = max(value - Fraction(service.share_above), Fraction(0))
    wanted = max(base + Fraction(service.share) * above, floor)
    return min(wanted, Fraction(service.cap), Fraction(service.value_cap) * value)


def _first_case_fee(policy: FeePolicy, *, full: Fraction, value: Fraction) -> Fraction:
    """What a first case of the year pays: no base and no floor below the threshold.

    With the taper a case pays, above what it would pay at the threshold, at most the part of its
    value above the threshold. Without it the ordinary fee begins there at once, and one cent
    more returns some units less.
    """
    rule = policy.first_case
    threshold = Fraction(rule.waived_below)
    if value < threshold:
        return _fee(policy, base=Fraction(0), floor=Fraction(0), value=value)
    if not rule.taper:
        return full
    at_threshold = _fee(policy, base=Fraction(0), floor=Fraction(0), value=threshold)
    return at_threshold + (value - threshold)


def round_down(amount: Fraction, *, issued: bool) -> Fraction:
    """The largest payable amount not above ``amount``: what is paid out is rounded, once.

    Whole base units; of an issued currency, `ISSUED_DIGITS` significant digits. Rounding *down* to a
    fixed set of numbers keeps the order of amounts, which rounding the fee up would not for
    issued currencies, whose step grows with the amount.
    """
    if not issued:
        return Fraction(math.floor(amount))
    step = Fraction(10) ** (_exponent(abs(amount)) - (ISSUED_DIGITS - 1))
    return math.floor(amount / step) * step


def _exponent(amount: Fraction) -> int:
    """The power of ten of the leading digit."""
    guess = len(str(amount.numerator)) - len(str(amount.denominator))
    return guess if Fraction(10) ** guess <= amount else guess - 1
