"""Counting what is known about a claimant and a case, and finding the cases that belong together.

Knows: the questions, each answered by an index. Must not know: weights, what a reviewer does.
Functions that take a session run inside the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session

from recovery.abuse.attempts import count_throttled
from recovery.abuse.links import Link, LinkKind, links_of, return_key_of
from recovery.abuse.owning import names_owner
from recovery.abuse.policy import AbusePolicy, ReasonCode
from recovery.abuse.tables import LinkRow
from recovery.cases.table import Event, State
from recovery.cases.tables import CaseRow, TrailRow
from recovery.cases.values import Case
from recovery.classify.verdict import Cause
from recovery.model import AddressKey
from recovery.records.tables import CreditRow, ExchangeRow, LedgerMarkRow, ScreenedRow
from recovery.store import find_table
from recovery.times import parse_time

Counts = dict[ReasonCode, int]

SHOWN = 50
"""Linked cases that are listed for each link, the newest; the rest is a number."""

COUNTED = 1000
"""Where counting stops: beyond it a link says nothing about anybody."""

_SECURITY = frozenset({Cause.TAINTED_SOURCE.value, Cause.COMPLIANCE_HOLD.value})
"""Every other cause is held for one reason alone: the deposit is somebody else's by the records."""

PROOF_FAILED = Event.PROOF_FAILED.value
"""The trail's event of a proof that did not hold."""


_CASES, _LINKS, _TRAIL = find_table(CaseRow), find_table(LinkRow), find_table(TrailRow)
_CREDITS, _MARKS = find_table(CreditRow), find_table(LedgerMarkRow)
_SCREENED, _EXCHANGES = find_table(ScreenedRow), find_table(ExchangeRow)

# Asked for every claim that ends in a return: building a statement takes longer than running it.
_ONE: sa.ColumnElement[int] = sa.literal_column("1")
_OWN = sa.and_(
    _CASES.c.owner == sa.bindparam("owner"),
    _CASES.c.opened_at >= sa.bindparam("since"),
    _CASES.c.id != sa.bindparam("id"),
)
_HISTORY = sa.select(
    _CASES.c.cause, _CASES.c.tx_hash, _CASES.c.state, _CASES.c.recoverability
).where(_OWN)
_FAILED_PROOFS = (
    sa.select(sa.func.count())
    .select_from(_CASES.join(_TRAIL, _TRAIL.c.case_id == _CASES.c.id))
    .where(_OWN, _TRAIL.c.event == PROOF_FAILED)
)
_DEPOSITED = sa.select(
    sa.exists(sa.select(_ONE).select_from(_MARKS)),
    sa.exists(sa.select(_ONE).where(_CREDITS.c.owner == sa.bindparam("owner"))),
)
_CLAIMANTS = (
    sa.select(_CASES.c.owner, _CASES.c.position)
    .where(_CASES.c.tx_hash == sa.bindparam("tx_hash"), _CASES.c.id != sa.bindparam("id"))
    .limit(COUNTED)
)
_SHARERS = (
    sa.select(_CASES.c.owner)
    .select_from(_LINKS.join(_CASES, _CASES.c.id == _LINKS.c.case_id))
    .where(_LINKS.c.kind == LinkKind.RETURN_ADDRESS.value, _LINKS.c.key == sa.bindparam("key"))
    .limit(COUNTED)
)
_SCREENED_AS = sa.select(_ONE).where(
    _SCREENED.c.scheme == sa.bindparam("scheme"),
    _SCREENED.c.payload == sa.bindparam("payload"),
    _SCREENED.c.withdrawn_at.is_(None),
)
_EXCHANGE_AS = sa.select(_ONE).where(
    _EXCHANGES.c.scheme == sa.bindparam("scheme"), _EXCHANGES.c.payload == sa.bindparam("payload")
)


def insert_links(session: Session, cases: Sequence[Case]) -> None:
    """Write what ties these cases to others; what is written already stays."""
    new = [
        {"kind": link.kind.value, "key": link.key, "opened_at": case.opened_at, "case_id": case.id}
        for case in cases
        for link in sorted(links_of(case), key=lambda link: (link.kind, link.key))
    ]
    if new:
        connection = session.connection()
        dialect: Any = postgresql if connection.dialect.name == "postgresql" else sqlite
        connection.execute(dialect.insert(_LINKS).on_conflict_do_nothing(), new)


def insert_new_links(session: Session, before: Case, after: Case) -> None:
    """`insert_links` where a step brought something new, which few steps do."""
    parts = ("return_to", "destination", "claim", "subject", "network")
    same = all(getattr(before, part) == getattr(after, part) for part in parts)
    accepted = any(entry.event == Event.ACCEPTED for entry in after.trail[before.version :])
    if accepted or not same:
        insert_links(session, [after])


def count_facts(session: Session, case: Case, policy: AbusePolicy) -> Counts:
    """Every count of one case and its claimant, as of when the claim was made.

    The case itself counts neither for nor against itself.
    """
    counts: Counts = {}
    if case.user is not None:
        counts |= _count_history(session, case, case.user, policy)
    counts[ReasonCode.RETURN_ADDRESS_SCREENED] = int(_is_returned_to(session, case, _SCREENED_AS))
    counts[ReasonCode.RETURN_ADDRESS_EXCHANGE] = int(_is_returned_to(session, case, _EXCHANGE_AS))
    counts[ReasonCode.RETURN_ADDRESS_SHARED] = _count_sharers(session, case)
    counts[ReasonCode.CLAIM_DIFFERS] = _count_differences(case)
    if not _is_owner(case):
        counts[ReasonCode.CLAIMANTS_OF_TRANSFER] = _count_claimants(session, case)
        counts |= _time_claim(case, policy)
    return counts


def _is_owner(case: Case) -> bool:
    """Whether the records name the claimant as owner: what others do can't speak against them."""
    if case.user is None or case.verdict is None or case.cause is None:
        return False
    assert case.recoverability is not None
    conditions = case.check["verdicts"][case.verdict]["conditions"]
    return case.position is not None and names_owner(
        case.cause, case.recoverability, [c["code"] for c in conditions]
    )


def _count_history(session: Session, case: Case, user: str, policy: AbusePolicy) -> Counts:
    since = case.opened_at - timedelta(days=policy.window.days)
    asked = {"owner": user, "since": since, "id": case.id}
    history = session.connection().execute(_HISTORY, asked).all()

    def transactions(*causes: str) -> int:
        return len({row.tx_hash for row in history if row.cause in causes})

    others = {r.tx_hash for r in history if r.recoverability == "hold" and r.cause not in _SECURITY}
    held = {row.tx_hash for row in history if row.state == State.HELD.value}
    failed = sum(entry.event == PROOF_FAILED for entry in case.trail)
    if history:
        failed += int(session.connection().execute(_FAILED_PROOFS, asked).scalar_one())
    known, deposited = session.connection().execute(_DEPOSITED, asked).one()
    return {
        ReasonCode.HASHES_NOT_FOUND: transactions(Cause.HASH_NOT_FOUND.value),
        ReasonCode.ADDRESSES_NOT_OURS: transactions(Cause.ADDRESS_NOT_OURS.value),
        ReasonCode.DEPOSITS_OF_OTHERS: len(others),
        ReasonCode.OTHER_HOLDS: len(held - others),
        ReasonCode.PROOFS_REFUSED: failed,
        ReasonCode.CLAIMS_THROTTLED: count_throttled(session, user, since=since),
        # an empty ledger says nothing about anybody
        ReasonCode.NO_DEPOSITS: int(bool(known) and not deposited),
    }


def _count_claimants(session: Session, case: Case) -> int:
    """Other customers with a case about the same transfer: other transfers of a batch are not it."""
    if case.position is None and case.cause is not Cause.HASH_NOT_FOUND:
        return 0  # nobody has said yet which transfer it is
    rows = session.connection().execute(_CLAIMANTS, {"tx_hash": case.tx_hash, "id": case.id})
    alike = (row.owner for row in rows if row.position == case.position)
    return len({owner for owner in alike if owner is not None and owner != case.user})


def _count_sharers(session: Session, case: Case) -> int:
    key = return_key_of(case)
    if key is None:
        return 0
    owners = session.connection().execute(_SHARERS, {"key": key}).scalars()
    return len({owner for owner in owners if owner is not None and owner != case.user})


def _is_returned_to(session: Session, case: Case, listed: sa.Select[Any]) -> bool:
    """Whether the return address is one of those that the question finds, by what controls it."""
    text = return_key_of(case)
    if text is None or text.startswith(("text:", "sha256:")):
        return False
    key = AddressKey.from_text(text)
    asked = {"scheme": key.scheme, "payload": key.payload}
    return session.connection().execute(listed, asked).first() is not None


def _count_differences(case: Case) -> int:
    """Notes of the check that say that the claim is not what the chain shows."""
    verdicts = case.check["verdicts"]
    own = () if case.verdict is None else verdicts[case.verdict]["notes"]
    evidence = case.check["evidence"]
    notes = [*own, *(() if evidence is None else evidence["notes"])]
    differing = [n["code"] for n in notes if n["code"].startswith("claimed_")]
    return len(differing) + any(n["code"] == "named_network_wrong" for n in notes)


def _time_claim(case: Case, policy: AbusePolicy) -> Counts:
    evidence = case.check["evidence"]
    block = None if evidence is None else evidence["block"]
    if block is None or block["time"] is None or case.position is None:
        return {}
    age = case.opened_at - parse_time(block["time"])
    return {
        ReasonCode.CLAIMED_SOON: int(age <= timedelta(minutes=policy.timing.soon_minutes)),
        ReasonCode.CLAIMED_LATE: int(age > timedelta(days=policy.timing.late_days)),
    }


@dataclass(frozen=True, slots=True)
class LinkedCase:
    id: str
    user: str | None
    state: str
    cause: str | None
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class Linked:
    """The other cases that share one thing; ``total`` stops at `COUNTED`, ``cases`` are the newest."""

    link: Link
    total: int
    cases: tuple[LinkedCase, ...]


def find_linked(session: Session, case: Case) -> tuple[Linked, ...]:
    """Every tie of the case that another case has too, the rarest first."""
    found = [
        _by_column(session, case, LinkKind.TRANSACTION, "tx_hash", case.tx_hash),
        *(
            [_by_column(session, case, LinkKind.USER, "owner", case.user)]
            if case.user is not None
            else []
        ),
        *(_by_link(session, case, link) for link in sorted(links_of(case), key=_order)),
    ]
    return tuple(sorted((one for one in found if one.total), key=lambda one: one.total))


def _order(link: Link) -> tuple[int, str]:
    return list(LinkKind).index(link.kind), link.key


_SHORT = (_CASES.c.id, _CASES.c.owner, _CASES.c.state, _CASES.c.cause, _CASES.c.opened_at)


def _by_column(session: Session, case: Case, kind: LinkKind, column: str, value: str) -> Linked:
    alike = sa.and_(_CASES.c[column] == value, _CASES.c.id != case.id)
    ids = sa.select(_CASES.c.id).where(alike)
    newest = sa.select(*_SHORT).where(alike).order_by(_CASES.c.opened_at.desc(), _CASES.c.id)
    return _linked(session, Link(kind, value), ids, newest)


def _by_link(session: Session, case: Case, link: Link) -> Linked:
    alike = sa.and_(
        _LINKS.c.kind == link.kind.value, _LINKS.c.key == link.key, _LINKS.c.case_id != case.id
    )
    ids = sa.select(_LINKS.c.case_id).where(alike)
    newest = (
        sa.select(*_SHORT)
        .select_from(_LINKS.join(_CASES, _CASES.c.id == _LINKS.c.case_id))
        .where(alike)
        .order_by(_LINKS.c.opened_at.desc())
    )
    return _linked(session, link, ids, newest)


def _linked(session: Session, link: Link, ids: Any, newest: Any) -> Linked:
    connection = session.connection()
    counted = sa.select(sa.func.count()).select_from(ids.limit(COUNTED).subquery())
    total = int(connection.execute(counted).scalar_one())
    rows = connection.execute(newest.limit(SHOWN)).all() if total else []
    return Linked(link, total, tuple(LinkedCase(*row) for row in rows))
