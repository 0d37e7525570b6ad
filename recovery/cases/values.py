"""The values a case is made of, as the outer contract prints them and a little more.

Knows: shapes. Must not know: tables, stores, clocks, how a case comes about.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Literal

from recovery.cases import table
from recovery.cases.people import same_person
from recovery.cases.table import Event, Queue, Role, State, queues_of
from recovery.classify.verdict import Cause, Recoverability
from recovery.model import Amount, AssetId, Claim, NetworkCode

CUSTOMERS = "customer"
"""The ``channel`` in the first entry of a trail, where a customer brought the claim."""


@dataclass(frozen=True, slots=True)
class Destination:
    """Where the value goes. ``user`` is whose balance a ``credit`` is booked to; never printed.

    ``address`` of a ``return`` is None until the customer named one; canonical text once its
    network is known, and always once the quote is accepted.
    """

    kind: Literal["credit", "return"]
    address: str | None = None
    memo: str | None = None
    user: str | None = None


@dataclass(frozen=True, slots=True)
class Signature:
    role: Role
    actor: str
    at: datetime
    digest: str


@dataclass(frozen=True, slots=True)
class TrailEntry:
    """One thing that happened. ``hash`` covers every other field, the case and ``previous``."""

    seq: int
    at: datetime
    event: str
    actor: str
    from_state: State | None
    to_state: State
    detail: Mapping[str, Any]
    previous: str
    hash: str


@dataclass(frozen=True, slots=True)
class Confirmation:
    """A reviewer's word that a condition is met, for the facts as they then were."""

    condition: str
    actor: str
    at: datetime
    reason: str


class ConsentStatus(StrEnum):
    """``cancelled``: the case left the hold, or ended, before or in spite of the answer."""

    ASKED = "asked"
    GIVEN = "given"
    REFUSED = "refused"
    LAPSED = "lapsed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Consent:
    """A request to the customer whose deposit it is by the records, and its answer.

    ``request`` is the opaque number that stands in letters to either side. ``holder`` and ``claimant``
    are users; neither is told of the other. The payment consented to is fixed: position, asset,
    amount. ``reference`` says where the holder's own word is kept.
    """

    request: str
    holder: str
    claimant: str | None
    position: str
    asset: AssetId
    amount: Amount
    asked_by: str
    asked_at: datetime
    deadline: datetime
    status: ConsentStatus = ConsentStatus.ASKED
    answered_by: str | None = None
    answered_at: datetime | None = None
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class RawAnswer:
    """One kept set of raw answers; ``sha256`` is over the unpacked JSON text."""

    network: NetworkCode
    tx_hash: str
    api: str
    source: str
    at: datetime
    sha256: str
    answers: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class OccupyingCase:
    """Which case holds a transfer, and whose it is."""

    id: str
    user: str | None
    state: State


@dataclass(frozen=True, slots=True)
class Case:
    """One case. The upper part is what the contract prints; the lower part is the desk's own.

    ``check`` is the printed ``recovery.check/1`` document; ``verdict`` the place of this case's
    verdict in it (None where nobody could be asked). ``transfer`` is the index in the evidence,
    None where the case is about the whole transaction. ``next_look_at`` is set while waiting.

    ``version`` rises with every change: a use-case writes only where it is still the one it read.
    It is the length of the trail. ``subject`` holds the facts the digest covers; ``quote`` is the one
    offered, and from acceptance on the accepted one. ``return_to`` is what the claimant asked for,
    as typed until the network is known. ``signers`` are the roles that must sign. ``consent`` is the
    latest request for the holder's consent.
    """

    id: str
    state: State
    claim: Claim
    check: Mapping[str, Any]
    transfer: int | None
    destination: Destination | None
    digest: str | None
    signatures: tuple[Signature, ...]
    next_look_at: datetime | None
    trail: tuple[TrailEntry, ...] = field(repr=False)

    version: int
    verdict: int | None
    user: str | None
    opener: str
    opened_at: datetime
    network: NetworkCode | None
    tx_hash: str
    position: str | None
    cause: Cause | None
    recoverability: Recoverability | None
    subject: Mapping[str, Any] | None
    quote: Mapping[str, Any] | None
    quote_expires_at: datetime | None
    accepted_at: datetime | None
    return_to: str | None
    return_memo: str | None
    signers: tuple[Role, ...]
    confirmations: tuple[Confirmation, ...]
    reference: str | None
    consent: Consent | None = None

    @property
    def unsigned(self) -> tuple[Role, ...]:
        """The required roles that have not signed."""
        signed = {signature.role for signature in self.signatures}
        return tuple(role for role in self.signers if role not in signed)

    @property
    def queues(self) -> tuple[Queue, ...]:
        """Every queue the case stands in."""
        return queues_of(self.state, unsigned=self.unsigned)

    @property
    def queue(self) -> Queue | None:
        """The contract's ``queue``: the first of them."""
        return next(iter(self.queues), None)

    @property
    def of_claimant(self) -> bool:
        """It was opened on the customers' channel, not by the desk."""
        return self.trail[0].detail.get("channel") == CUSTOMERS

    def is_own_of(self, person: str) -> bool:
        """A case is one's own if one opened it, spoke for its claimant later, or is its user.

        So it is where one is the holder whose consent it takes.
        """
        holder = None if self.consent is None else self.consent.holder
        if any(same_person(person, party) for party in (self.opener, self.user, holder)):
            return True
        return any(
            same_person(person, entry.actor)
            for entry in self.trail
            if entry.event in (Event.CHECKED, Event.UNANSWERED)
            and entry.detail.get("role") == Role.OPENER
        )

    @property
    def value(self) -> Decimal | None:
        """What the transfer is worth in the policy's currency, as the last verdict knew it."""
        for entry in reversed(self.trail):
            if entry.event == Event.CHECKED:
                told = entry.detail.get("value")
                return None if told is None else Decimal(told)
        return None

    @property
    def out_of_hold(self) -> bool:
        """Security holds the case, or refused it from there: what follows is security's too."""
        if self.state is State.HELD:
            return True
        moved = next((e for e in reversed(self.trail) if e.event != Event.DENIED), None)
        return self.state is State.REFUSED and moved is not None and moved.from_state is State.HELD

    @property
    def holds_transfer(self) -> bool:
        """The case has its transfer: nobody else's case can be paid it.

        From the quote on, through holds and new looks, to its end; and while a consent is asked
        for or given, whatever state the case is in.
        """
        holds = consented = False
        for entry in self.trail:
            asked = entry.event == Event.CONSENT_ASKED
            consented = consented or entry.event == Event.CONSENT_GIVEN
            if asked or entry.to_state in table.OCCUPYING:
                holds = True
            elif entry.to_state in table.FINISHED:
                holds = consented = False
            elif entry.to_state not in table.KEEPING and not consented:
                holds = False
        return holds
