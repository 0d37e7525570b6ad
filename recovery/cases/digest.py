"""What both signatures bind to: one digest over the facts, the terms and the destination.

Knows: exactly which fields a signature covers, and their one canonical spelling. Must not know:
how they were found, what is shown to people, stores, clocks.

Covered: network, transaction, position, block hash, finality, asset, amount, recipient, memo,
senders, cause, destination and the accepted quote. Not covered, because it changes without
changing what is paid to whom: confirmations, symbols, names, notes, other transfers.

Changing this file changes what old signatures mean: give `VERSION` a new number, and keep the
old form readable.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from recovery.cases.values import Destination
from recovery.classify.verdict import Verdict
from recovery.documents import print_amount, print_memo
from recovery.jsontext import print_canonical, print_json
from recovery.model import Evidence, Transfer

VERSION = 1

Subject = Mapping[str, Any]
"""The facts of one transfer as JSON values: the part of the digest that the chain decides."""

MOVING = ("block_hash", "final", "position")
"""What a reorganisation may change without changing what was paid to whom (a log's index is its
place in the block)."""


# Made once: `json.dumps` makes an encoder for every call, and five thousand cases take many.
def canonical(value: Any) -> str:
    """The one JSON spelling of a value: what is hashed, and what is stored of it."""
    return print_canonical(value)


def sha256_of(text: str | bytes) -> str:
    """``sha256:…`` of a text in UTF-8."""
    data = text.encode() if isinstance(text, str) else text
    return "sha256:" + hashlib.sha256(data).hexdigest()


def print_document(document: Mapping[str, Any]) -> str:
    """The text in which a document is stored: its own order of fields, as people read it."""
    return print_json(document).decode()


def subject_of(evidence: Evidence, transfer: Transfer, verdict: Verdict) -> dict[str, Any]:
    """The facts that a signature covers. Senders are a set on most chains: their order is not kept.

    ``booked`` is the verdict's own amount, where it may be less than what the transfer says.
    """
    return {
        "network": str(evidence.network),
        "tx_hash": evidence.tx_hash,
        "position": transfer.position,
        "block_hash": None if evidence.block is None else evidence.block.hash,
        "final": evidence.final,
        "asset": str(transfer.asset),
        "amount": print_amount(transfer.amount),
        "booked": None if verdict.amount is None else print_amount(verdict.amount),
        "recipient": _side(transfer.recipient.address, transfer.recipient.key),
        "memo": print_memo(transfer.memo),
        "senders": sorted(_side(party.address, party.key) for party in transfer.senders),
        "cause": verdict.cause.value,
    }


def digest_of(
    subject: Subject, destination: Destination | None, quote: Mapping[str, Any] | None
) -> str:
    """``sha256:…`` over the facts, the destination and the quote as the contract prints it.

    Floats are refused: money is text or an integer wherever it stands.
    """
    paid_to = None
    if destination is not None:
        paid_to = {
            "kind": destination.kind,
            "address": destination.address,
            "memo": destination.memo,
            "user": destination.user,
        }
    covered = {
        "digest": f"recovery.digest/{VERSION}",
        "subject": dict(subject),
        "destination": paid_to,
        "quote": None if quote is None else dict(quote),
    }
    _refuse_floats(covered)
    return sha256_of(canonical(covered))


def same_payment(one: Subject, other: Subject) -> bool:
    """True where they differ at most in what a reorganisation moves: agreed terms still fit."""
    return {k: v for k, v in one.items() if k not in MOVING} == {
        k: v for k, v in other.items() if k not in MOVING
    }


def payment_of(subject: Subject) -> str:
    """``sha256:…`` of what was paid to whom: equal exactly where `same_payment` holds.

    What a proof of the sender holds for, and is void without.
    """
    return sha256_of(canonical({k: v for k, v in subject.items() if k not in MOVING}))


def _side(address: str | None, key: object) -> str:
    """A party by its canonical address; by its key where the chain gives no address."""
    return address if address is not None else f"key:{key}"


def _refuse_floats(value: Any) -> None:
    kind = type(value)
    if kind is float:
        raise TypeError("a float has no exact spelling")
    if kind is dict:
        value = value.values()
    elif kind is not list:
        return
    for inner in value:
        if type(inner) is not str:
            _refuse_floats(inner)
