"""What a request may hold: shapes and bounds of every body, strict, nothing unknown.

Knows: JSON types and lengths. Must not know: what any of it means; the rooms parse it again with
their own rules.
"""

from __future__ import annotations

import unicodedata
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field


def _visible(text: str) -> str:
    if any(unicodedata.category(c) in ("Cc", "Cs") for c in text if c not in "\t\n\r"):
        raise ValueError("control characters are not allowed")
    return text


Text = Annotated[str, Field(max_length=512), AfterValidator(_visible)]
Name = Annotated[str, Field(min_length=1, max_length=128), AfterValidator(_visible)]
Reason = Annotated[str, Field(min_length=1, max_length=2000), AfterValidator(_visible)]
Long = Annotated[str, Field(min_length=1, max_length=16_384), AfterValidator(_visible)]


class Body(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class NewClaim(Body):
    """A deposit that was not credited, as the customer tells it.

    ``network`` null: "I don't know". ``amount`` is in whole coins, as text; it is compared, never believed.
    ``user`` may be sent with a channel's key only: the exchange's own front end says who is logged in.
    ``language`` is that of later messages. ``email``: where the claimant wants news of this claim, kept
    until it is finished and told.
    """

    tx_hash: Text = Field(description="Transaction hash, or the address of an explorer's page.")
    network: Text | None = Field(default=None, description="Code, name or CAIP-2 id.")
    address: Text | None = None
    memo: Text | None = None
    asset: Text | None = None
    amount: Text | None = None
    return_to: Text | None = None
    return_memo: Text | None = None
    user: Name | None = None
    language: Annotated[str, Field(max_length=64)] | None = None
    email: Annotated[str, Field(max_length=254)] | None = None


class Customer(Body):
    """The exchange's own customer, who is logged in there."""

    user: Name


class MoreInformation(Body):
    """What was missing or wrong in the claim; what is left out stays as it was."""

    tx_hash: Text | None = None
    network: Text | None = None
    address: Text | None = None
    memo: Text | None = None
    asset: Text | None = None
    amount: Text | None = None
    return_to: Text | None = None
    return_memo: Text | None = None


class Acceptance(Body):
    """The quote is accepted. A return needs an address of the customer's own."""

    return_to: Text | None = None
    return_memo: Text | None = None


class ProofWanted(Body):
    """How the sender will be proven, and which of several senders is meant."""

    means: Literal["signature", "deposit"] = "signature"
    address: Text | None = None


class SignatureGiven(Body):
    """A signature over the challenge, every part as the wallet spells it."""

    address: Text
    signature: Long
    public_key: Long | None = None
    extras: dict[Name, Long] = Field(default_factory=dict, max_length=16)
    scheme: Name | None = None


class DepositSent(Body):
    """The hash of the verification deposit."""

    tx_hash: Text


RoleName = Literal["opener", "reviewer", "wallet", "clearing", "security"]


class Signing(Body):
    """In which role the case is signed."""

    role: Literal["wallet", "clearing"]


class Reasoned(Body):
    """Why; ``role`` null: the fitting one that the key's owner holds."""

    reason: Reason
    role: RoleName | None = None


class Escalation(Body):
    reason: Reason | None = None
    role: RoleName | None = None


class Confirmation(Body):
    """A reviewer's word that conditions are met."""

    conditions: list[Name] = Field(min_length=1, max_length=20)
    reason: Reason
    role: RoleName | None = None


class Settlement(Body):
    """By what custody executed it: a payment's hash, a booking's number."""

    reference: Reason
    role: RoleName | None = None


class ConsentAsked(Body):
    """Freeze the transfer and ask its holder; ``days`` null: the configuration's."""

    days: Annotated[int, Field(ge=1, le=365)] | None = None


class ConsentAnswer(Body):
    """The holder's own word, and where it is kept."""

    given: bool
    reference: Reason
