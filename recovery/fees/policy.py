"""The fee policy: what ``policy.toml`` may say, checked as a whole.

Knows: the names and the ranges of every number of a quote. Must not know: how a quote is made from
them (`recovery.fees.quote`), prices, cases.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from recovery.classify.verdict import Cause
from recovery.errors import Problem
from recovery.fees.values import Advice, LineCode
from recovery.networks import load_registry
from recovery.policyfile import PolicyFile


def _no_flag(value: Any) -> Any:
    # `true` would pass as the number 1
    if isinstance(value, bool):
        raise ValueError("a number is expected")
    return value


_Number = Annotated[
    Decimal, BeforeValidator(_no_flag), Field(ge=0, max_digits=24, decimal_places=12)
]
Money = _Number
"""In the policy's currency."""
Share = Annotated[_Number, Field(le=1)]
Factor = Annotated[_Number, Field(ge=1, le=100)]
_Count = Annotated[int, BeforeValidator(_no_flag), Field(ge=1, le=10**9)]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Service(_Section):
    """The service fee: floor, cap, the share of the part above, the cap as a share of the value.

    A share of the value of one or more could take all that arrived; two slopes below one are
    also what makes a larger deposit never return less.
    """

    floor: Money
    cap: Money
    share: Annotated[_Number, Field(lt=1)]
    share_above: Money
    value_cap: Annotated[_Number, Field(lt=1)]

    @model_validator(mode="after")
    def _floor_below_cap(self) -> Service:
        if self.floor > self.cap:
            raise ValueError(f"the floor {self.floor} is above the cap {self.cap}")
        return self


class Base(_Section):
    """The base by cause, in the policy's currency."""

    every_other: Money
    causes: dict[Cause, Money] = Field(default_factory=dict)

    def of(self, cause: Cause) -> Decimal:
        return self.causes.get(cause, self.every_other)


class Tier(_Section):
    direct: Factor
    conditional: Factor

    def of(self, tier: Literal["direct", "conditional"]) -> Decimal:
        return self.direct if tier == "direct" else self.conditional


class Repeat(_Section):
    """``from_case`` counts a customer's cases of the year, the present one included."""

    from_case: Annotated[_Count, Field(ge=2)]
    factor: Factor


class FirstCase(_Section):
    waived_below: Money
    taper: bool


class NetworkCostRule(_Section):
    margin: Factor
    wait_above_reference: Factor


class AdviceRule(_Section):
    not_worth_it_above: Share


class QuoteRule(_Section):
    expires_hours: _Count
    price_max_age_seconds: _Count
    clock_skew_seconds: Annotated[int, BeforeValidator(_no_flag), Field(ge=0, le=3600)]
    value_places: Annotated[int, BeforeValidator(_no_flag), Field(ge=2, le=18)]

    @property
    def expires_after(self) -> timedelta:
        return timedelta(hours=self.expires_hours)

    @property
    def price_max_age(self) -> timedelta:
        return timedelta(seconds=self.price_max_age_seconds)

    @property
    def clock_skew(self) -> timedelta:
        return timedelta(seconds=self.clock_skew_seconds)


class Limits(_Section):
    """Values from which other rooms ask for more: dust, the second signature, the second source.

    A value that nobody knows (no price) counts as above both limits: what can't be measured
    is treated as large.
    """

    dust_value: Money
    wallet_signs_credits_above: Money
    second_opinion_above: Money

    def needs_wallet(self, value: Decimal | None) -> bool:
        """Whether a credit of this value is signed by the wallet team too."""
        return value is None or value > self.wallet_signs_credits_above

    def needs_second_opinion(self, value: Decimal | None) -> bool:
        """Whether a second endpoint must have agreed before this value moves."""
        return value is None or value > self.second_opinion_above


class ReferenceCost(_Section):
    """The ordinary cost of one move of the native coin, and of a token where that differs."""

    native: Annotated[_Number, Field(gt=0)]
    token: Annotated[_Number, Field(gt=0)] | None = None


class ExampleCost(_Section):
    code: Literal["network_cost", "reserve"]
    amount: int


class ExampleLine(_Section):
    code: LineCode
    amount: int


class Example(_Section):
    """One worked example: the inputs of a quote and the lines it must have."""

    title: str
    cause: Cause
    network: str
    nth_case_this_year: _Count
    kind: Literal["native", "token"]
    amount: int
    decimals: int
    price: Decimal
    native_price: Decimal
    cost: tuple[ExampleCost, ...]
    lines: tuple[ExampleLine, ...]
    net: int
    advice: Advice


class FeePolicy(_Section):
    """The whole policy. ``version`` is what a quote names; ``example`` is proven by a test."""

    version: str = Field(min_length=1, max_length=40)
    dated: date
    currency: str = Field(pattern=r"^[A-Z]{3}$")
    service: Service
    base: Base
    tier: Tier
    repeat: Repeat
    first_case: FirstCase
    network_cost: NetworkCostRule
    advice: AdviceRule
    quote: QuoteRule
    limits: Limits
    reference_cost: dict[str, ReferenceCost]
    example: tuple[Example, ...] = Field(min_length=1)

    def reference_of(self, network: str, *, native: bool) -> Decimal:
        """The reference cost of moving the network's native coin, or a token of it."""
        row = self.reference_cost[network]
        return row.native if native or row.token is None else row.token


def _find_network_problems(document: dict[str, Any]) -> list[Problem]:
    """Every network needs its reference: without one, nobody could tell a dear day from others."""
    table = document.get("reference_cost", {})
    if not isinstance(table, dict):
        return []  # the shape is told by the model
    known = [str(n.code) for n in load_registry()]
    return [
        *(Problem(f"reference_cost.{c}", "is missing") for c in known if c not in table),
        *(
            Problem(f"reference_cost.{c}", "there is no such network code")
            for c in table
            if c not in known
        ),
    ]


_FILE = PolicyFile("fee", "recovery.fees", "docs/fees.md", FeePolicy, _find_network_problems)
parse_policy = _FILE.parse
load_policy = _FILE.load
