"""`audit`: does every case say what its trail says, and is every trail whole?

Knows: what a change behind the desk's back would leave inconsistent. Must not know: how cases come
about. It only reads. Rows are read as plain text, so that a damaged one is reported, not stumbled over.

Found are: a changed, missing, moved or added entry; a cut tail; a state, digest, destination, quote,
document, claimant or opener that is not the one written down; signatures that are not in the trail, or do
not carry an approved case; transfers held by no case or by two; kept answers that lost their
hash. Not found: a case rewritten with its whole trail by somebody who knows the hashes; compare the heads
with a copy kept elsewhere.
"""

from __future__ import annotations

import json
import zlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from recovery.cases import rows, table, trail
from recovery.cases.digest import canonical, digest_of, sha256_of
from recovery.cases.people import same_person
from recovery.cases.signing import is_complete
from recovery.cases.table import Event, State
from recovery.cases.tables import CaseRow, OccupancyRow, RawRow, SignatureRow, TrailRow
from recovery.cases.values import Case, TrailEntry
from recovery.store import Store

_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class AuditProblem:
    """One thing that is not as it was written. ``seq`` is the trail's entry, None for the case."""

    case_id: str
    seq: int | None
    text: str


@dataclass(frozen=True, slots=True)
class AuditReport:
    """How much was verified, and everything that is wrong with it."""

    cases: int
    entries: int
    problems: tuple[AuditProblem, ...]

    @property
    def is_clean(self) -> bool:
        return not self.problems


def audit(store: Store) -> AuditReport:
    """Verify every trail, case, signature, occupied transfer and kept answer, in one moment's view."""
    problems: list[AuditProblem] = []
    cases = entries = 0
    with store.read() as session:
        last = ""
        while True:
            query = select(CaseRow).where(col(CaseRow.id) > last).order_by(col(CaseRow.id))
            page = session.exec(query.limit(_AT_ONCE)).all()
            if not page:
                break
            last = page[-1].id
            cases += len(page)
            entries += _audit_page(session, page, problems)
            session.expunge_all()
        problems += _find_orphans(session)
        problems += _find_damaged_answers(session)
    return AuditReport(cases=cases, entries=entries, problems=tuple(problems))


def _audit_page(session: Session, page: Sequence[CaseRow], problems: list[AuditProblem]) -> int:
    ids = [row.id for row in page]
    trails: dict[str, list[TrailRow]] = defaultdict(list)
    entries = select(TrailRow).where(col(TrailRow.case_id).in_(ids)).order_by("seq")
    for entry in session.exec(entries):
        trails[entry.case_id].append(entry)
    signatures: dict[str, list[SignatureRow]] = defaultdict(list)
    for signature in session.exec(select(SignatureRow).where(col(SignatureRow.case_id).in_(ids))):
        signatures[signature.case_id].append(signature)
    held = session.exec(select(OccupancyRow).where(col(OccupancyRow.case_id).in_(ids)))
    occupied = {row.case_id: (row.network, row.tx_hash, row.position) for row in held}
    for row in page:
        for seq, text in _audit_case(row, trails[row.id], signatures[row.id], occupied.get(row.id)):
            problems.append(AuditProblem(row.id, seq, text))
    return sum(len(found) for found in trails.values())


def _audit_case(
    row: CaseRow,
    trail_rows: list[TrailRow],
    signature_rows: list[SignatureRow],
    occupied: tuple[str, str, str] | None,
) -> Iterator[tuple[int | None, str]]:
    read: list[TrailEntry] = []
    for stored in trail_rows:
        try:
            entry = rows.read_entry(stored)
            exact = rows.write_entry(row.id, entry) == stored.model_dump()
        except (ValueError, TypeError) as error:
            yield stored.seq, f"can't be read: {error}"
            return
        if not exact:
            yield stored.seq, "is not spelled as it was written"
        read.append(entry)
    try:
        case = rows.read_case(row, trail_rows, signature_rows)
    except (ValueError, KeyError, TypeError) as error:
        yield None, f"the case can't be read: {error}"
        return
    yield from trail.find_breaks(row.id, read, length=row.version, head=row.head, state=case.state)
    yield from ((None, text) for text in _compare(case, row, read))
    yield from ((None, text) for text in _check_signatures(case, read))
    yield from ((None, text) for text in _check_occupied(case, occupied))


def _compare(case: Case, row: CaseRow, read: list[TrailEntry]) -> Iterator[str]:
    """The case's columns against what its trail wrote down."""
    told: dict[str, Any] = {}
    for entry in read:
        if entry.event != Event.DENIED:
            told |= entry.detail
    opened = read[0] if read else None
    if opened is None or opened.actor != case.opener:
        yield "the opener is not the one in the trail"
    if opened is not None and opened.at != case.opened_at:
        yield "the moment of opening is not the one in the trail"
    if told.get("user") != case.user:
        yield "the user is not the one in the trail"
    if told.get("digest") != case.digest:
        yield "the digest is not the one in the trail"
    if case.digest is not None and (
        case.subject is None or digest_of(case.subject, case.destination, case.quote) != case.digest
    ):
        yield "facts, destination or quote do not have the digest"
    if "check" in told and told["check"] != sha256_of(row.check_document):
        yield "the check is not the one in the trail"
    if "cause" in told and told["cause"] != case.cause:
        yield "the cause is not the one in the trail"
    if case.state is State.SETTLED and told.get("reference") != case.reference:
        yield "the reference is not the one in the trail"
    if "claim" in told and canonical(told["claim"]) != row.claim:
        yield "the claim is not the one in the trail"
    if "signers" in told and told["signers"] != row.signers:
        yield "the roles that sign are not those in the trail"


def _check_signatures(case: Case, read: list[TrailEntry]) -> Iterator[str]:
    standing: list[TrailEntry] = []
    for entry in read:
        if entry.event == Event.SIGNED:
            standing.append(entry)
        elif entry.to_state not in (State.APPROVED, State.SETTLED, State.FAILED, State.IN_SIGN_OFF):
            standing = []
    written = {(e.detail.get("role"), e.actor, e.detail.get("digest")) for e in standing}
    stored = {(s.role.value, s.actor, s.digest) for s in case.signatures}
    if written != stored:
        yield "the signatures are not those in the trail"
    if case.state in (State.APPROVED, State.SETTLED) and not is_complete(case):
        yield "it is approved without two roles, two persons and one digest"
    for one in range(len(standing)):
        if any(same_person(standing[one].actor, other.actor) for other in standing[:one]):
            yield "one person signed twice"


def _check_occupied(case: Case, occupied: tuple[str, str, str] | None) -> Iterator[str]:
    own = (case.network, case.tx_hash, case.position)
    if case.state in table.OCCUPYING and occupied != own:
        yield "it does not hold its own transfer"
    elif case.state not in table.OCCUPYING | table.KEEPING and occupied is not None:
        yield "it holds a transfer that it gave free"


def _find_orphans(session: Session) -> Iterator[AuditProblem]:
    for model in (TrailRow, SignatureRow, OccupancyRow):
        owned = sa.exists().where(col(CaseRow.id) == col(model.case_id))
        for case_id in session.exec(select(col(model.case_id)).where(~owned).distinct()):
            yield AuditProblem(case_id, None, f"rows of {model.__tablename__} without their case")


def _find_damaged_answers(session: Session) -> Iterator[AuditProblem]:
    query = select(RawRow).order_by(col(RawRow.id)).execution_options(yield_per=_AT_ONCE)
    for row in session.exec(query):
        try:
            rows.read_raw(row)
        except (ValueError, json.JSONDecodeError, zlib.error) as error:
            where = f"{row.network} {row.tx_hash}"
            yield AuditProblem("", None, f"a kept answer about {where} {error}")
        session.expunge(row)
