"""Tokens of claimants and keys of operators: made, hashed, found.

Knows: how they look, and that only their hash is kept. Must not know: what they open. A look-up is by
the hash: what an attacker can vary in time is a hash of what they sent, and that tells nothing.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from recovery.api.tables import ApiKeyRow, ClaimTokenRow
from recovery.cases.people import parse_actor
from recovery.cases.tables import CaseRow
from recovery.errors import NotAllowed
from recovery.store import Store, find_table

_BYTES = 24
"""192 random bits."""

Opened = dict[str, str]
"""The cases that a token opens, each with the hash of its trail's last entry."""

TOKEN_LASTS = timedelta(days=365)
"""How long a claimant's token opens its cases."""

_MAX_TEXT = 200


TOKENS = find_table(ClaimTokenRow)
_CLAIMED, _CASES = find_table(CaseRow).alias("claimed"), find_table(CaseRow).alias("related")


def select_opened(token: sa.ColumnElement[bool]) -> sa.Select[Any]:
    """Each token with its cases and their heads, of tokens as ``token`` says, made after ``:since``."""
    return (
        sa.select(TOKENS.c.token_sha256, _CASES.c.id, _CASES.c.head)
        .select_from(TOKENS)
        .join(_CLAIMED, _CLAIMED.c.id == TOKENS.c.case_id)
        .join(
            _CASES,
            (_CASES.c.tx_hash == _CLAIMED.c.tx_hash)
            & ((_CASES.c.id == _CLAIMED.c.id) | (_CASES.c.owner == _CLAIMED.c.owner)),
        )
        .where(token, TOKENS.c.created_at > sa.bindparam("since"))
        .order_by(TOKENS.c.created_at, _CASES.c.opened_at, _CASES.c.position, _CASES.c.id)
    )


_OPENED = select_opened(TOKENS.c.token_sha256.in_(sa.bindparam("tokens", expanding=True)))


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


def hash_secret(text: str) -> str:
    """The kept form of a token or key. Any text has one: what can't be a token takes the same way."""
    return hashlib.sha256(text[:_MAX_TEXT].encode("utf-8", "replace")).hexdigest()


def insert_token(
    session: Session, token_sha256: str, case_ids: Iterable[str], *, language: str, at: datetime
) -> None:
    """The token opens these cases from now on, beside those that it opens already."""
    known = select(col(ClaimTokenRow.case_id)).where(
        col(ClaimTokenRow.token_sha256) == token_sha256
    )
    opened = set(session.exec(known))
    session.add_all(
        ClaimTokenRow(token_sha256=token_sha256, case_id=case_id, created_at=at, language=language)
        for case_id in dict.fromkeys(case_ids)
        if case_id not in opened
    )


def find_tokens(store: Store, tokens_sha256: Sequence[str], *, at: datetime) -> dict[str, Opened]:
    """The cases that each token opens, each case with the hash of its trail's last entry. A token that
    never was, or is too old, has no entry.

    A claim whose transaction turned out to pay us several times is several cases: all of the same
    claimant about the same transaction belong to it. The one it was issued for comes first.
    """
    asked = {"tokens": list(tokens_sha256), "since": at - TOKEN_LASTS}
    found: dict[str, Opened] = {}
    with store.look() as connection:
        for token, case_id, head in connection.execute(_OPENED, asked):
            found.setdefault(token, {})[case_id] = head
    return found


def add_key(
    store: Store, *, actor: str, kind: KeyKind, by: str, at: datetime
) -> tuple[str, ApiKey]:
    """A new key and what is kept of it; the key itself is told once."""
    text = f"rk_{secrets.token_urlsafe(_BYTES)}"
    kept = hash_secret(text)
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


def load_key(store: Store, key_id: str) -> ApiKey | None:
    """The key with this id, as long as it is not revoked."""
    with store.look() as connection:
        query = select(ApiKeyRow).where(col(ApiKeyRow.id) == key_id)
        row = connection.execute(query).one_or_none()
    return None if row is None or row.revoked_at is not None else _key(row)


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
