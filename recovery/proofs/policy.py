"""The policy of sender proofs: what ``policy.toml`` may say, checked as a whole.

Knows: the names and ranges of its numbers. Must not know: what is done with them.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from recovery.policyfile import PolicyFile

Hours = Annotated[int, Field(ge=1, le=24 * 90)]
Money = Annotated[Decimal, Field(gt=0, max_digits=18, decimal_places=8)]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ChallengeRule(_Section):
    valid_hours: Hours
    attempts: int = Field(ge=1, le=100)
    attempts_of_case: int = Field(ge=1, le=1000)

    @property
    def valid_for(self) -> timedelta:
        return timedelta(hours=self.valid_hours)


class SendersRule(_Section):
    at_most: int = Field(ge=1, le=100)


class DepositRule(_Section):
    """``distinct_amounts`` are drawn from; see `recovery.proofs.deposit.plan_amounts`."""

    valid_hours: Hours
    clock_skew_seconds: int = Field(ge=0, le=7200)
    value_low: Money
    value_high: Money
    exchange_value_low: Money
    exchange_value_high: Money
    currency: str = Field(pattern=r"^[A-Z]{3}$")
    distinct_amounts: int = Field(ge=100, le=10**9)
    fewest_amounts: int = Field(ge=10, le=10**9)
    reviewed: Literal["shared", "always"]
    minimum: dict[str, Annotated[int, Field(ge=0)]] = Field(default_factory=dict)

    @property
    def valid_for(self) -> timedelta:
        return timedelta(hours=self.valid_hours)

    @property
    def clock_skew(self) -> timedelta:
        return timedelta(seconds=self.clock_skew_seconds)

    @model_validator(mode="after")
    def _ranges(self) -> DepositRule:
        for low, high in (
            (self.value_low, self.value_high),
            (self.exchange_value_low, self.exchange_value_high),
        ):
            if low >= high:
                raise ValueError(f"the low value {low} is not below the high one {high}")
        return self


class ProofPolicy(_Section):
    """The whole policy."""

    version: str = Field(min_length=1, max_length=40)
    also_asked_for: tuple[Literal["account_closed"], ...] = ()
    challenge: ChallengeRule
    senders: SendersRule
    deposit: DepositRule


_FILE = PolicyFile("proof", "recovery.proofs", "docs/proofs.md", ProofPolicy)
parse_policy = _FILE.parse
load_policy = _FILE.load
