"""What the claimant may see of a case: one document, made of what is theirs to know.

Knows: which fields leave the house. Must not know: who asks, tokens, languages. Everything is left out
but what is named here: staff names, signatures, reasons' facts, other transfers' verdicts, links
and values stay inside.

A case that is under review (held, refused out of a hold, or held by its verdict) shows the same
words and the same fields whatever the cause: the claim as it was made, the state, and the cause
``under_review``. Neither reasons nor evidence, neither terms nor notes; a request to another customer
leaves no trace in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from recovery.cases.table import Event, State
from recovery.cases.values import Case
from recovery.classify.verdict import (
    HOLDERS_CONSENT,
    INTERNAL_CONDITIONS,
    INTERNAL_REASONS,
    Cause,
    Recoverability,
)
from recovery.documents import print_claim
from recovery.times import print_time

Document = dict[str, Any]

UNDER_REVIEW = "under_review"

_QUIET = HOLDERS_CONSENT | {Cause.NEEDS_REVIEW}
"""Causes whose reasons and notes speak to staff: of another customer, of nodes, of missing records."""

_OPEN_NOTES = frozenset(
    {
        "claimed_address_differs",
        "claimed_amount_differs",
        "claimed_asset_differs",
        "claimed_memo_differs",
        "claimed_memo_fits",
        "existing_case",
        "look_alike",
        "rounded_to_denomination",
        "symbol_listed_elsewhere",
    }
)
"""Notes of a verdict that concern the claimant alone."""

_ASKS_CUSTOMER = frozenset({"sender_proof", "identity_check"})
"""Conditions that the claimant can do something about; all others are the desk's own work."""

_PASSED = frozenset({State.RECEIVED, State.ACCEPTED})
"""States inside one step, which nobody ever sees a case in."""


def is_under_review(case: Case) -> bool:
    """Nothing may be told but that somebody looks, or looked, at the case."""
    return case.out_of_hold or case.recoverability is Recoverability.HOLD


def print_for_claimant(case: Case) -> Document:
    """``recovery.status/1``: the claimant's own view.

    ``cause`` and ``recoverability`` are null where nobody could be asked yet. ``timeline`` are the
    moments at which the state changed. The claim is shown without its user: where none was
    named, that is the recorded owner, whom a stranger must not learn.
    """
    hidden = is_under_review(case)
    verdict = None if hidden else _own_verdict(case)
    quiet = case.cause in _QUIET
    return {
        "schema": "recovery.status/1",
        "id": case.id,
        "state": case.state.value,
        "claim": {k: v for k, v in print_claim(case.claim).items() if k != "user"},
        "cause": UNDER_REVIEW
        if hidden or case.cause in HOLDERS_CONSENT
        else _text(verdict, "cause"),
        "recoverability": _text(verdict, "recoverability"),
        "outcome": _text(verdict, "outcome"),
        "reasons": [] if quiet else _reasons(verdict),
        "needs": [] if verdict is None else list(verdict["needs"]),
        "conditions": _conditions(case, verdict),
        "notes": [] if quiet else _notes(verdict),
        "evidence": None if verdict is None else _evidence(case),
        "quote": None if verdict is None else case.quote,
        "quote_reason": None if quiet or verdict is None else verdict["quote_reason"],
        "destination": None if hidden else _destination(case),
        "next_look_at": None
        if hidden or case.next_look_at is None
        else print_time(case.next_look_at),
        "reference": case.reference if case.state is State.SETTLED else None,
        "timeline": _timeline(case),
    }


def _own_verdict(case: Case) -> Mapping[str, Any] | None:
    """The verdict on this case; those on other transfers of the transaction are other people's."""
    verdicts = case.check["verdicts"]
    if case.verdict is None or case.verdict >= len(verdicts):
        return None
    verdict: Mapping[str, Any] = verdicts[case.verdict]
    return verdict


def _text(verdict: Mapping[str, Any] | None, name: str) -> str | None:
    return None if verdict is None else verdict[name]


def _reasons(verdict: Mapping[str, Any] | None) -> list[Document]:
    if verdict is None:
        return []
    told = (reason for reason in verdict["reasons"] if reason["code"] not in INTERNAL_REASONS)
    return [{"code": reason["code"], "text": reason["text"]} for reason in told]


def _conditions(case: Case, verdict: Mapping[str, Any] | None) -> list[Document]:
    """What the claimant is asked for, met where it is met, by a person's word too."""
    if verdict is None:
        return []
    confirmed = {c.condition for c in case.confirmations}
    return [
        {**condition, "met": condition["met"] or condition["code"] in confirmed}
        for condition in verdict["conditions"]
        if condition["code"] in _ASKS_CUSTOMER and condition["code"] not in INTERNAL_CONDITIONS
    ]


def _notes(verdict: Mapping[str, Any] | None) -> list[Document]:
    if verdict is None:
        return []
    return [dict(note) for note in verdict["notes"] if note["code"] in _OPEN_NOTES]


def _evidence(case: Case) -> Document | None:
    """What the chain shows everybody; the notes of our sources stay with us."""
    evidence = case.check["evidence"]
    return None if evidence is None else {**evidence, "notes": []}


def _destination(case: Case) -> Document | None:
    destination = case.destination
    if destination is None:
        return None
    return {
        "kind": destination.kind,
        "address": destination.address,
        "memo": destination.memo,
    }


def _timeline(case: Case) -> list[Document]:
    """The states as they followed each other, without who caused them and why."""
    steps: list[Document] = []
    for place, entry in enumerate(case.trail):
        if entry.event == Event.DENIED:
            continue
        passed = entry.to_state in _PASSED and place + 1 < len(case.trail)
        if passed or (steps and steps[-1]["state"] == entry.to_state.value):
            continue
        steps.append({"at": print_time(entry.at), "state": entry.to_state.value})
    return steps
