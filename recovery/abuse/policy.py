"""The abuse policy: what ``policy.toml`` may say, checked as a whole. Pure but for the file.

Knows: the names and ranges of every limit, weight and band. Must not know: how claims are counted
or a score is made.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from recovery.policyfile import PolicyFile


class Channel(StrEnum):
    """Who brings a claim: a person of the desk, or a front end that customers use themselves."""

    STAFF = "staff"
    CUSTOMER = "customer"


class ReasonCode(StrEnum):
    """What a reviewer may want to know of a claim; each is a count, more being worse."""

    HASHES_NOT_FOUND = "hashes_not_found"
    ADDRESSES_NOT_OURS = "addresses_not_ours"
    DEPOSITS_OF_OTHERS = "deposits_of_others"
    OTHER_HOLDS = "other_holds"
    CLAIMANTS_OF_TRANSFER = "claimants_of_transfer"
    RETURN_ADDRESS_SHARED = "return_address_shared"
    RETURN_ADDRESS_SCREENED = "return_address_screened"
    RETURN_ADDRESS_EXCHANGE = "return_address_exchange"
    PROOFS_REFUSED = "proofs_refused"
    CLAIMS_THROTTLED = "claims_throttled"
    CLAIMED_SOON = "claimed_soon"
    CLAIMED_LATE = "claimed_late"
    CLAIM_DIFFERS = "claim_differs"
    NO_DEPOSITS = "no_deposits"


Count = Annotated[int, Field(ge=1, le=10**9, strict=True)]
Points = Annotated[int, Field(ge=0, le=100, strict=True)]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class ClaimantLimits(_Section):
    attempts_per_hour: Count
    transactions_per_day: Count


class ByChannel(_Section):
    customer: ClaimantLimits
    staff: ClaimantLimits

    def of(self, channel: Channel) -> ClaimantLimits:
        return self.staff if channel is Channel.STAFF else self.customer


class ChannelLimits(_Section):
    attempts_per_hour: Count


class TransactionLimits(_Section):
    claimants_per_day: Count


class Bands(_Section):
    """The lowest score of each band above ``ordinary``."""

    look_twice: Annotated[int, Field(ge=1, le=100, strict=True)]
    senior_look: Annotated[int, Field(ge=1, le=100, strict=True)]

    @model_validator(mode="after")
    def _rise(self) -> Bands:
        if self.look_twice >= self.senior_look:
            raise ValueError("look_twice must be below senior_look")
        return self


class Window(_Section):
    days: Annotated[int, Field(ge=1, le=3650, strict=True)]


class Timing(_Section):
    soon_minutes: Count
    late_days: Count


class Weight(_Section):
    """``each`` points for every one from the ``first`` on, ``most`` at most."""

    first: Count = Field(alias="from")
    each: Points
    most: Points

    def points(self, count: int) -> int:
        return min(self.most, self.each * max(0, count - self.first + 1))


class AbusePolicy(_Section):
    """The whole policy. ``version`` is what the staff's view names."""

    version: str = Field(min_length=1, max_length=40)
    dated: date
    claimant: ByChannel
    channel: ChannelLimits
    transaction: TransactionLimits
    bands: Bands
    window: Window
    timing: Timing
    reasons: dict[ReasonCode, Weight]

    @model_validator(mode="after")
    def _weigh_every_reason(self) -> AbusePolicy:
        missing = [code.value for code in ReasonCode if code not in self.reasons]
        if missing:
            raise ValueError(f"no weight for: {', '.join(missing)}")
        return self


_FILE = PolicyFile("abuse", "recovery.abuse", "docs/abuse.md", AbusePolicy)
parse_abuse_policy = _FILE.parse
load_abuse_policy = _FILE.load
