"""A claim through the service, made once: who makes it, its token, its idempotency key.

Knows: how a request becomes a claim with a token, also when it is sent twice or from two places at
once. Must not know: HTTP, words. What happened before is found by the key's hash; a token can't be
shown again, since only its hash is kept, so that a repeated request is answered with a fresh one.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col

from recovery.abuse.policy import Channel
from recovery.api.bodies import NewClaim
from recovery.api.desk import Desk, Wish
from recovery.api.secrets import ApiKey, hash_secret, insert_token, new_token
from recovery.api.tables import AnsweredRow
from recovery.cases import casebook
from recovery.cases.digest import canonical, sha256_of
from recovery.cases.values import Case
from recovery.claims import parse_claim
from recovery.clock import now
from recovery.errors import BadInput, NotAllowed
from recovery.messages import choose_language
from recovery.model import VISITOR, is_visitor
from recovery.notices.outbox import keep_contact, parse_email
from recovery.store import Store, find_table

KEY_LENGTH = range(16, 201)
"""Of an idempotency key: a UUID fits; what can be guessed does not."""

ANSWERS_LAST = timedelta(days=7)
"""How long a repeated request is known."""

_ANSWERED = find_table(AnsweredRow)

PUBLIC_PAGE = "public page"
"""Who opens the claim of a visitor, in the trail and in the limits."""


@dataclass(frozen=True, slots=True)
class Brought:
    """A claim as a request brings it. ``scope`` is whose idempotency keys are meant, ``since`` when it came in."""

    body: NewClaim
    channel: ApiKey | None
    scope: str
    idempotency_key: str | None
    language: str
    since: float = field(default_factory=time.monotonic)


@dataclass(frozen=True, slots=True)
class Taken:
    """A claim that is stored. ``repeated``: it was before."""

    token: str
    cases: tuple[Case, ...]
    repeated: bool = False


def take_claim(desk: Desk, brought: Brought) -> Taken:
    """Store a claim and issue its token; raises as `Desk.submit`, and ``idempotency-conflict``."""
    key = _hash_key(brought)
    body = sha256_of(canonical(brought.body.model_dump(mode="json")))
    at = now()
    email = None if not brought.body.email else parse_email(brought.body.email)
    token = new_token()
    language = choose_language(brought.body.language, brought.language)

    def also(session: Session, cases: tuple[Case, ...]) -> None:
        ids = [case.id for case in cases]
        if key is not None:
            _note_answered(session, key, body, ids, at=at)
        insert_token(session, hash_secret(token), ids, language=language, at=at)
        if email is not None:
            keep_contact(session, ids, email=email, language=language, at=at)

    try:
        with desk.first_turn(brought.since):
            if key is not None:
                before = _find_answered(desk.store, key, body, at=at)
                if before is not None:
                    return _answer_again(desk, before, brought, at)
            wish = _wish(desk, brought, key)
            kept = desk.keep(wish, also)
            if kept is None:
                desk.require_room(wish)
        return Taken(token, desk.submit(wish, also) if kept is None else kept)
    except _Answered:
        assert key is not None
        before = _find_answered(desk.store, key, body, at=at)
        assert before is not None
        return _answer_again(desk, before, brought, at)


class _Answered(Exception):
    """The same request came twice at once, and the other was faster: nothing is stored a second time."""


def _answer_again(desk: Desk, ids: tuple[str, ...], brought: Brought, at: datetime) -> Taken:
    token = new_token()
    language = choose_language(brought.body.language, brought.language)
    with desk.store.begin() as session:
        insert_token(session, hash_secret(token), ids, language=language, at=at)
        cases = tuple(casebook.read_cases(session, ids))
    return Taken(token, cases, repeated=True)


def _wish(desk: Desk, brought: Brought, key: str | None) -> Wish:
    """Who claims: the channel's user, or a visitor of whom nothing is known.

    A visitor is somebody new with every claim, so that two strangers never share a case; with an
    idempotency key the same one, so that a repetition after a crash finds what was stored.
    """
    body = brought.body
    if brought.channel is None:
        if body.user is not None:
            raise BadInput(
                "user-not-proven",
                "only an exchange's own front end says whose claim it is",
                hint="leave user out, or send the channel's API key",
                where="user",
            )
        if not desk.config.api.anonymous_claims:
            raise NotAllowed("unauthorised", "claims are made through the exchange's own site")
        user, actor = f"{VISITOR}{_name_visitor(key)}", PUBLIC_PAGE
    else:
        if body.user is None or is_visitor(body.user):
            raise BadInput(
                "user-missing", "a channel says whose claim it is", hint="add user", where="user"
            )
        user, actor = body.user.strip(), brought.channel.actor
    claim = parse_claim(
        body.tx_hash,
        network=body.network,
        user=user,
        address=body.address,
        memo=body.memo,
        asset=body.asset,
        amount=body.amount,
        development=desk.config.development(),
    )
    return Wish(claim, actor, Channel.CUSTOMER, body.return_to, body.return_memo, brought.since)


def _name_visitor(key: str | None) -> str:
    if key is None:
        return secrets.token_hex(13)
    return hashlib.sha256(f"visitor {key}".encode()).hexdigest()[:26]


def _hash_key(brought: Brought) -> str | None:
    key = brought.idempotency_key
    if key is None:
        return None
    if len(key) not in KEY_LENGTH or not key.isascii() or not key.isprintable():
        raise BadInput(
            "bad-idempotency-key",
            f"an idempotency key has {KEY_LENGTH[0]} to {KEY_LENGTH[-1]} visible characters",
            hint="a fresh UUID for every claim",
            where="Idempotency-Key",
        )
    return hashlib.sha256(f"{brought.scope}\n{key}".encode()).hexdigest()


def _find_answered(store: Store, key: str, body: str, *, at: datetime) -> tuple[str, ...] | None:
    query = sa.select(col(AnsweredRow.body_sha256), col(AnsweredRow.case_ids)).where(
        col(AnsweredRow.key_sha256) == key
    )
    with store.look() as connection:
        row = connection.execute(query).one_or_none()
    if row is None:
        return None
    if row.body_sha256 != body:
        raise NotAllowed(
            "idempotency-conflict",
            "this idempotency key came before with another body",
            hint="a fresh key for every claim",
        )
    return tuple(row.case_ids.split())


def _note_answered(
    session: Session, key: str, body: str, case_ids: Sequence[str], *, at: datetime
) -> None:
    """Raises `_Answered` where the key is known: whoever holds it now is waited for."""
    connection = session.connection()
    dialect: Any = postgresql if connection.dialect.name == "postgresql" else sqlite
    row = {
        "key_sha256": key,
        "body_sha256": body,
        "case_ids": " ".join(case_ids),
        "answered_at": at,
    }
    new = dialect.insert(_ANSWERED).values(row).on_conflict_do_nothing()
    if connection.execute(new).rowcount == 0:
        raise _Answered


def forget_answers(store: Store, *, before: datetime) -> int:
    """Delete the idempotency keys of requests answered before this moment; how many."""
    old = sa.delete(AnsweredRow).where(col(AnsweredRow.answered_at) < before)
    with store.begin() as session:
        return int(session.connection().execute(old).rowcount)
