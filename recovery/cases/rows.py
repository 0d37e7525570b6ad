"""Between a `Case` and its rows: every field's stored form, both ways. Pure.

Knows: which column holds what. Must not know: statements, transactions.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from recovery.cases.digest import canonical, print_document, sha256_of
from recovery.cases.people import person_of
from recovery.cases.table import FINISHED, Role, State
from recovery.cases.tables import CaseRow, ConsentRow, RawRow, SignatureRow, TrailRow
from recovery.cases.values import (
    Case,
    Confirmation,
    Consent,
    ConsentStatus,
    Destination,
    RawAnswer,
    Signature,
    TrailEntry,
)
from recovery.chains.family import RawTx
from recovery.classify.verdict import Cause, Recoverability
from recovery.documents import print_claim
from recovery.errors import BadInput
from recovery.jsontext import print_json
from recovery.model import AssetId, Claim, NetworkCode
from recovery.times import parse_time, print_time

Row = dict[str, Any]

PACK_ABOVE = 8192
"""Bytes above which kept answers are packed with zlib: packing a small one costs more than it saves."""

_NUMBER = "$number"
"""A fractional number of an answer is kept as ``{"$number": "0.10"}``: its digits are the evidence."""


def opening_key(case: Case) -> str:
    """Claimant and transfer of an unfinished case: two of them are one claim made twice."""
    claimant = ["user", case.user] if case.user is not None else ["opener", person_of(case.opener)]
    return sha256_of(canonical([*claimant, case.network, case.tx_hash, case.position]))


def write_case(case: Case) -> Row:
    """Every column of the case but its ``opening_key``."""
    return {
        "id": case.id,
        "state": case.state.value,
        "version": case.version,
        "head": case.trail[-1].hash,
        "owner": case.user,
        "opener": case.opener,
        "opened_at": case.opened_at,
        "claim": canonical(print_claim(case.claim)),
        "network": case.network,
        "tx_hash": case.tx_hash,
        "position": case.position,
        "transfer": case.transfer,
        "verdict": case.verdict,
        "cause": None if case.cause is None else case.cause.value,
        "recoverability": None if case.recoverability is None else case.recoverability.value,
        "check_document": print_document(case.check),
        "subject": _canonical(case.subject),
        "destination": write_destination(case.destination),
        "quote": _canonical(case.quote),
        "quote_expires_at": case.quote_expires_at,
        "accepted_at": case.accepted_at,
        "digest": case.digest,
        "return_to": case.return_to,
        "return_memo": case.return_memo,
        "signers": " ".join(role.value for role in case.signers),
        "confirmations": canonical([_write_confirmation(c) for c in case.confirmations]),
        "next_look_at": case.next_look_at,
        "reference": case.reference,
    }


def write_new_case(case: Case) -> Row:
    return write_case(case) | {"opening_key": None if case.state in FINISHED else opening_key(case)}


def read_case(
    row: CaseRow,
    trail: Sequence[TrailRow],
    signatures: Sequence[SignatureRow],
    consent: ConsentRow | None = None,
) -> Case:
    """The case its rows make; ``consent`` is the latest request."""
    return Case(
        id=row.id,
        state=State(row.state),
        claim=_read_claim(json.loads(row.claim)),
        check=json.loads(row.check_document),
        transfer=row.transfer,
        destination=read_destination(row.destination),
        digest=row.digest,
        signatures=tuple(
            Signature(role=Role(s.role), actor=s.actor, at=s.at, digest=s.digest)
            for s in sorted(signatures, key=lambda s: s.seq)
        ),
        next_look_at=row.next_look_at,
        trail=tuple(read_entry(entry) for entry in trail),
        version=row.version,
        verdict=row.verdict,
        user=row.owner,
        opener=row.opener,
        opened_at=row.opened_at,
        network=None if row.network is None else NetworkCode(row.network),
        tx_hash=row.tx_hash,
        position=row.position,
        cause=None if row.cause is None else Cause(row.cause),
        recoverability=None if row.recoverability is None else Recoverability(row.recoverability),
        subject=None if row.subject is None else json.loads(row.subject),
        quote=None if row.quote is None else json.loads(row.quote),
        quote_expires_at=row.quote_expires_at,
        accepted_at=row.accepted_at,
        return_to=row.return_to,
        return_memo=row.return_memo,
        signers=tuple(Role(name) for name in row.signers.split()),
        confirmations=tuple(_read_confirmation(c) for c in json.loads(row.confirmations)),
        reference=row.reference,
        consent=None if consent is None else _read_consent(consent),
    )


def _read_consent(row: ConsentRow) -> Consent:
    return Consent(
        request=row.request,
        holder=row.holder,
        claimant=row.claimant,
        position=row.position,
        asset=AssetId(row.asset),
        amount=row.amount,
        asked_by=row.asked_by,
        asked_at=row.asked_at,
        deadline=row.deadline,
        status=ConsentStatus(row.status),
        answered_by=row.answered_by,
        answered_at=row.answered_at,
        reference=row.reference,
    )


def write_entry(case_id: str, entry: TrailEntry) -> Row:
    return {
        "case_id": case_id,
        "seq": entry.seq,
        "at": print_time(entry.at),
        "event": entry.event,
        "actor": entry.actor,
        "from_state": None if entry.from_state is None else entry.from_state.value,
        "to_state": entry.to_state.value,
        "detail": canonical(entry.detail),
        "previous": entry.previous,
        "hash": entry.hash,
    }


def read_entry(row: TrailRow) -> TrailEntry:
    """Raises `ValueError` for a row that nobody here wrote."""
    return TrailEntry(
        seq=row.seq,
        at=_moment(row.at),
        event=row.event,
        actor=row.actor,
        from_state=None if row.from_state is None else State(row.from_state),
        to_state=State(row.to_state),
        detail=json.loads(row.detail),
        previous=row.previous,
        hash=row.hash,
    )


def write_signature(case_id: str, signature: Signature, *, seq: int) -> Row:
    return {
        "case_id": case_id,
        "role": signature.role.value,
        "actor": signature.actor,
        "person": person_of(signature.actor),
        "seq": seq,
        "at": signature.at,
        "digest": signature.digest,
    }


def write_raw(raw: RawTx) -> Row:
    text = print_json(raw.answers, _plain)
    return {
        "network": raw.network,
        "tx_hash": raw.tx_hash,
        "api": raw.api,
        "source": raw.source,
        "at": raw.at,
        "sha256": sha256_of(text),
        "answers": zlib.compress(text, 1) if len(text) > PACK_ABOVE else text,
    }


def read_raw(row: RawRow) -> RawAnswer:
    """Raises `ValueError` where the packed text is damaged."""
    try:
        text = row.answers if row.answers[:1] == b"{" else zlib.decompress(row.answers)
    except zlib.error as error:
        raise ValueError(f"can't be unpacked: {error}") from None
    if sha256_of(text) != row.sha256:
        raise ValueError("does not have the hash it was kept with")
    return RawAnswer(
        network=NetworkCode(row.network),
        tx_hash=row.tx_hash,
        api=row.api,
        source=row.source,
        at=row.at,
        sha256=row.sha256,
        answers=json.loads(text, object_hook=_unplain),
    )


def write_destination(destination: Destination | None) -> str | None:
    if destination is None:
        return None
    return canonical(
        {
            "kind": destination.kind,
            "address": destination.address,
            "memo": destination.memo,
            "user": destination.user,
        }
    )


def read_destination(text: str | None) -> Destination | None:
    return None if text is None else Destination(**json.loads(text))


def _canonical(value: Mapping[str, Any] | None) -> str | None:
    return None if value is None else canonical(value)


def _read_claim(document: Mapping[str, Any]) -> Claim:
    amount = document["amount"]
    return Claim(**{**document, "amount": None if amount is None else Decimal(amount)})


def _write_confirmation(confirmation: Confirmation) -> Row:
    return {
        "condition": confirmation.condition,
        "actor": confirmation.actor,
        "at": print_time(confirmation.at),
        "reason": confirmation.reason,
    }


def _read_confirmation(document: Mapping[str, Any]) -> Confirmation:
    return Confirmation(**{**document, "at": _moment(document["at"])})


def _moment(text: str) -> datetime:
    try:
        return parse_time(text)
    except BadInput as error:  # nobody typed it: the row is damaged
        raise ValueError(error.text) from None


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return {_NUMBER: str(value)}
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} is not JSON")


def _unplain(document: dict[str, Any]) -> Any:
    return Decimal(document[_NUMBER]) if document.keys() == {_NUMBER} else document
