"""The shapes of the service's answers, for the OpenAPI document alone: nothing is validated by them.

Knows: field names and types. Must not know: how an answer comes about. Tests compare answers with them.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from recovery.api.answers import Problem, Responses

Document = dict[str, JsonValue]


class Shape(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Told(Shape):
    """A code with its text in the reader's language."""

    code: str
    text: str


class ToldCondition(Told):
    met: bool


class Moment(Shape):
    """The state that the case came to at this moment."""

    at: str
    state: str


class CauseWords(Shape):
    title: str
    happened: str
    answer: str
    next: str


class Words(Shape):
    state: str
    cause: CauseWords | None
    outcome: str | None
    never: str = Field(description="What nobody of ours ever asks for.")


class Next(Shape):
    text: str
    by: str | None


class Receipt(Shape):
    """By these two an impostor's message can be told; the word is null where no secret is set."""

    number: str
    check_word: str | None


class ClaimedShape(Shape):
    tx_hash: str
    network: str | None
    address: str | None
    memo: str | None
    asset: str | None
    amount: str | None


class DestinationShape(Shape):
    kind: Literal["credit", "return"]
    address: str | None
    memo: str | None


class StatusShape(Shape):
    """``recovery.status/1``: one case as its claimant sees it."""

    schema_: Literal["recovery.status/1"] = Field(alias="schema")
    id: str
    state: str
    claim: ClaimedShape
    cause: str | None
    recoverability: str | None
    outcome: str | None
    reasons: list[Told]
    needs: list[Told]
    conditions: list[ToldCondition]
    notes: list[Told]
    evidence: Document | None
    quote: Document | None
    quote_reason: Told | None
    destination: DestinationShape | None
    next_look_at: str | None
    reference: str | None
    timeline: list[Moment]
    words: Words
    next: Next
    actions: list[Literal["accept", "decline", "proof", "information", "again", "withdraw"]]
    explorer: str | None
    receipt: Receipt


class ClaimShape(Shape):
    """``recovery.claim/1``: every case of a claim."""

    schema_: Literal["recovery.claim/1"] = Field(alias="schema")
    language: str
    cases: list[StatusShape]


class NewClaimShape(ClaimShape):
    """``token`` opens the claim from now on; it is shown once."""

    token: str


class EntranceShape(Shape):
    """Where the customer's browser is sent, once, and until when."""

    path: str
    expires_at: str


class ProofShape(BaseModel):
    """``recovery.proof/1``: what is asked of whom, word for word, and what is there already."""

    schema_: Literal["recovery.proof/1"] = Field(alias="schema")
    case: str
    state: str
    network: str | None
    tx_hash: str
    complete: bool
    senders: list[Document]
    review: Told | None
    attempts: dict[str, int]
    verification_deposits: list[Document]


class StaffCaseShape(BaseModel):
    """``recovery.case/1``, whole: for staff alone."""

    schema_: Literal["recovery.case/1"] = Field(alias="schema")
    id: str
    state: str
    queue: str | None
    queues: list[str]
    claim: Document
    check: Document
    transfer: int | None
    destination: DestinationShape | None
    digest: str | None
    signatures: list[Document]
    confirmations: list[Document]
    next_look_at: str | None
    reference: str | None
    trail: list[Document]


class StaffCasesShape(Shape):
    """``next`` is the number to give as ``after`` for what follows; null at the end."""

    schema_: Literal["recovery.cases/1"] = Field(alias="schema")
    cases: list[StaffCaseShape]
    next: str | None


class QueueShape(Shape):
    queue: str
    cases: int
    oldest: str | None


class QueuesShape(Shape):
    """``recovery.queues/1``: how much waits where, and since when."""

    schema_: Literal["recovery.queues/1"] = Field(alias="schema")
    queues: list[QueueShape]


class LinksShape(BaseModel):
    """``recovery.linked/1`` as `recovery linked` prints it, for staff alone."""

    id: str


class ConsentShape(BaseModel):
    """``recovery.consent/1``, for security alone: it names the holder."""

    schema_: Literal["recovery.consent/1"] = Field(alias="schema")
    case: str
    request: str
    status: str


class HealthShape(Shape):
    status: str


SHAPES: tuple[type[BaseModel], ...] = (
    Problem,
    NewClaimShape,
    ClaimShape,
    EntranceShape,
    ProofShape,
    StaffCaseShape,
    StaffCasesShape,
    QueuesShape,
    LinksShape,
    ConsentShape,
    HealthShape,
)
"""What the document's components must hold."""


def shaped(status: int, shape: type[BaseModel]) -> Responses:
    """The JSON answer of a route."""
    schema = {"$ref": f"#/components/schemas/{shape.__name__}"}
    about = (shape.__doc__ or "").strip()
    return {status: {"description": about, "content": {"application/json": {"schema": schema}}}}


def write_components() -> dict[str, Any]:
    """The schemas by name, as OpenAPI 3.1 (JSON Schema 2020-12) has them."""
    found: dict[str, Any] = {}
    for shape in SHAPES:
        schema = shape.model_json_schema(ref_template="#/components/schemas/{model}", by_alias=True)
        found |= schema.pop("$defs", {})
        found[shape.__name__] = schema
    return found
