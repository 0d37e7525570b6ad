"""Tokens of claimants and keys of operators: made, hashed, found.

Knows: how they look, and that only their hash is kept. Must not know: what they open. A look-up is by
the hash: what an attacker can vary in time is a hash of what they sent, and that tells nothing.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from recovery.api.tables import ApiKeyRow, ClaimTokenRow
from recovery.cases.people import parse_actor
from recovery.errors import NotAllowed
from recovery.store import Store

_BYTES = 24
"""192 random bits."""

_TOKEN_FORM = re.compile(r"(rc|rk)_[A-Za-z0-9_-]{32}")


class KeyKind(StrEnum):
    """``operator``: acts as one person. ``channel``: the exchange's own front end, which may say
    for which of its logged-in users a claim is made."""

    OPERATOR = "operator"
    CHANNEL = "channel"


@dataclass(frozen=True, slots=True)
class ApiKey:
    id: str
    actor: str
    kind: KeyKind
    created_at: datetime
    revoked_at: datetime | None = None
    last_used_on: str | None = None


def new_token() -> str:
    """A claimant's token; shown once, never kept."""
    return f"rc_{secrets.token_urlsafe(_BYTES)}"


def hash_secret(text: str) -> str | None:
    """The kept form of a token or key; None for what can't be one."""
    if not _TOKEN_FORM.fullmatch(text):
        return None
    return hashlib.sha256(text.encode()).hexdigest()


def insert_token(
    session: Session, token: str, case_ids: Sequence[str], *, language: str, at: datetime
) -> None:
    """The token opens these cases from now on; written with them, in their transaction."""
    kept = hash_secret(token)
    assert kept is not None
    session.add_all(
        ClaimTokenRow(token_sha256=kept, case_id=case_id, created_at=at, language=language)
        for case_id in dict.fromkeys(case_ids)
    )


def find_cases(store: Store, token: str) -> tuple[str, ...]:
    """The cases that a token opens; empty for any other text."""
    kept = hash_secret(token)
    if kept is None:
        return ()
    query = (
        select(col(ClaimTokenRow.case_id))
        .where(col(ClaimTokenRow.token_sha256) == kept)
        .order_by(col(ClaimTokenRow.case_id))
    )
    with store.look() as connection:
        return tuple(connection.execute(query).scalars())


def add_key(
    store: Store, *, actor: str, kind: KeyKind, by: str, at: datetime
) -> tuple[str, ApiKey]:
    """A new key and what is kept of it; the key itself is told once."""
    text = f"rk_{secrets.token_urlsafe(_BYTES)}"
    kept = hash_secret(text)
    assert kept is not None
    key = ApiKey(secrets.token_hex(4), parse_actor(actor, where="ACTOR"), kind, at)
    with store.begin() as session:
        session.add(
            ApiKeyRow(
                key_sha256=kept,
                id=key.id,
                actor=key.actor,
                kind=kind.value,
                created_at=at,
                created_by=parse_actor(by),
                revoked_at=None,
                last_used_on=None,
            )
        )
    return text, key


def find_key(store: Store, text: str, *, at: datetime) -> ApiKey | None:
    """Whose key this is; None for a revoked one or any other text. Notes the day of its use."""
    kept = hash_secret(text)
    if kept is None:
        return None
    with store.look() as connection:
        row = connection.execute(
            select(ApiKeyRow).where(col(ApiKeyRow.key_sha256) == kept)
        ).one_or_none()
    if row is None or row.revoked_at is not None:
        return None
    today = at.date().isoformat()
    if row.last_used_on != today:
        with store.begin() as session:
            session.execute(
                sa.update(ApiKeyRow)
                .where(col(ApiKeyRow.key_sha256) == kept)
                .values(last_used_on=today)
            )
    return _key(row)


def list_keys(store: Store) -> tuple[ApiKey, ...]:
    with store.look() as connection:
        rows = connection.execute(select(ApiKeyRow).order_by(col(ApiKeyRow.created_at))).all()
    return tuple(_key(row) for row in rows)


def revoke_key(store: Store, key_id: str, *, at: datetime) -> None:
    """End a key; raises `NotAllowed` for one that does not exist. Twice is once."""
    with store.begin() as session:
        row = session.exec(select(ApiKeyRow).where(col(ApiKeyRow.id) == key_id)).one_or_none()
        if row is None:
            raise NotAllowed("unknown-key", f"there is no key {key_id[:40]!r}")
        row.revoked_at = row.revoked_at or at
        session.add(row)


def _key(row: Any) -> ApiKey:
    return ApiKey(
        row.id, row.actor, KeyKind(row.kind), row.created_at, row.revoked_at, row.last_used_on
    )
