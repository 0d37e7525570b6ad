"""What a trail entry says of the rows beside it: short hashes that a changed row no longer has. Pure.

Knows: which fields of a case, a kept answer and a consent are covered. Must not know: stores.

Every entry of a trail carries under ``sealed`` the hash of the case's own fields after the step, and
under ``rows`` (``{"table/key": hash}``) the hash of each row of another table that the step wrote. The
last hash said of a row is the one it must have. Answers kept are named under ``raw``. A room with
tables of its own seals its rows in the same way: `seal_row`, and a line in `recovery.cases.audit`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from recovery.cases.digest import canonical, sha256_of
from recovery.cases.values import Case, Consent
from recovery.documents import print_amount
from recovery.times import print_time


def seal_case(case: Case) -> str:
    """``sha256:…`` over every field that digest, claim and check do not cover.

    Without a digest nothing is agreed yet, and what would be under it is covered here.
    """
    destination = case.destination
    covered: dict[str, Any] = {
        "network": case.network,
        "tx_hash": case.tx_hash,
        "position": case.position,
        "transfer": case.transfer,
        "verdict": case.verdict,
        "cause": case.cause,
        "recoverability": case.recoverability,
        "quote_expires_at": _time(case.quote_expires_at),
        "accepted_at": _time(case.accepted_at),
        "next_look_at": _time(case.next_look_at),
        "return_to": case.return_to,
        "return_memo": case.return_memo,
        "signers": case.signers,
        "reference": case.reference,
        "user": case.user,
        "confirmations": [
            [c.condition, c.actor, _time(c.at), c.reason] for c in case.confirmations
        ],
    }
    if case.digest is None:
        covered |= {
            "subject": case.subject,
            "quote": case.quote,
            "destination": None
            if destination is None
            else [destination.kind, destination.address, destination.memo, destination.user],
        }
    return sha256_of(canonical(covered))


def seal_row(row: Mapping[str, Any]) -> str:
    """``sha256:…`` over a row as its columns hold it: text, whole numbers, moments, amounts, bytes."""
    return sha256_of(canonical(plain_row(row)))


def plain_row(row: Mapping[str, Any]) -> dict[str, Any]:
    """The row as JSON values, each as exact text."""
    return {name: _plain(value) for name, value in row.items()}


def seal_consent(case_id: str, consent: Consent) -> str:
    return seal_row(write_consent(case_id, consent))


def seal_raw(row: Mapping[str, Any]) -> str:
    """``sha256:…`` over where kept answers came from, when, and their own hash."""
    where = (row["network"], row["tx_hash"], row["api"], row["source"], _time(row["at"]))
    return sha256_of(canonical([*where, row["sha256"]]))


def write_consent(case_id: str, consent: Consent) -> dict[str, Any]:
    """The row of a consent."""
    return {
        "request": consent.request,
        "case_id": case_id,
        "holder": consent.holder,
        "claimant": consent.claimant,
        "position": consent.position,
        "asset": consent.asset,
        "amount": consent.amount,
        "asked_by": consent.asked_by,
        "asked_at": consent.asked_at,
        "deadline": consent.deadline,
        "status": consent.status.value,
        "answered_by": consent.answered_by,
        "answered_at": consent.answered_at,
        "reference": consent.reference,
    }


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else print_time(moment)


def _plain(value: Any) -> Any:
    match value:
        case datetime():
            return print_time(value)
        case Decimal():
            return print_amount(value)
        case bool() | None | str():
            return value
        case int():
            return str(value)
        case bytes():
            return value.hex()
    raise TypeError(f"{type(value).__name__} has no place in a row")
