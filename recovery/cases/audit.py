"""`audit`: does every case say what its trail says, and is every trail whole?

Knows: what a change behind the desk's back would leave inconsistent. Must not know: how cases come
about. It only reads. Rows are read as plain text, so that a damaged one is reported, not stumbled over.

Found are: a changed, missing, moved or added entry; a cut tail; any column of a case that is not as the
trail wrote it down (`recovery.cases.seals`); signatures that are not in the trail, or do not carry an
approved case; transfers held by no case or by two; kept answers that lost their hash, that say they came
from elsewhere, or that are gone; rows of the tables in `SEALED` that were changed, added or removed; a staff that
is not the one imported. Not found: a case rewritten with its whole trail by somebody who knows the hashes;
compare the heads with a copy kept elsewhere. Not looked at, since nothing is decided by them:
``cases.opening_key`` (which of two simultaneous openings wins: the transfer's own key decides the
rest) and ``raw_answers.id`` (their moment orders them).
"""

from __future__ import annotations

import json
import zlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, SQLModel, col, select

from recovery.cases import rows, trail
from recovery.cases.digest import canonical, digest_of, sha256_of
from recovery.cases.people import person_of, same_person
from recovery.cases.seals import seal_case, seal_raw, seal_row
from recovery.cases.signing import is_complete
from recovery.cases.table import Event, State
from recovery.cases.tables import (
    CaseRow,
    ConsentRow,
    OccupancyRow,
    RawRow,
    SignatureRow,
    TrailRow,
)
from recovery.cases.values import Case, TrailEntry
from recovery.proofs.tables import ProofAnswerRow, ProofDepositRow, ProofRequestRow
from recovery.records.staff import find_staff_problems
from recovery.records.tables import ImportRow
from recovery.store import Store, find_table

_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class AuditProblem:
    """One thing that is not as it was written. ``seq`` is the trail's entry, None for the case."""

    case_id: str
    seq: int | None
    text: str


SEALED: tuple[type[SQLModel], ...] = (
    ConsentRow,
    ProofRequestRow,
    ProofAnswerRow,
    ProofDepositRow,
)
"""Tables with a ``case_id`` whose every row is sealed in the trail of its case."""


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
    named: dict[bytes, tuple[str, int]] = {}
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
            entries += _audit_page(session, page, problems, named)
            session.expunge_all()
        problems += _find_orphans(session)
        problems += _find_damaged_answers(session, named)
        problems += [AuditProblem("", None, text) for text in _find_staff_problems(session)]
    return AuditReport(cases=cases, entries=entries, problems=tuple(problems))


def _audit_page(
    session: Session,
    page: Sequence[CaseRow],
    problems: list[AuditProblem],
    named: dict[bytes, tuple[str, int]],
) -> int:
    """Verify some cases; ``named`` collects the seals of the answers that their trails name."""
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
    sealed = _load_sealed(session, ids)
    for row in page:
        beside = _Beside(signatures[row.id], occupied.get(row.id), sealed.get(row.id, {}))
        for seq, text in _audit_case(row, trails[row.id], beside):
            problems.append(AuditProblem(row.id, seq, text))
        for entry in trails[row.id]:
            raw = _find_raw(entry)
            if raw is not None:
                named.setdefault(raw, (row.id, entry.seq))
    return sum(len(found) for found in trails.values())


@dataclass(frozen=True, slots=True)
class _Beside:
    """What stands in other tables about one case; ``sealed`` are its rows' seals by ``table/key``."""

    signatures: list[SignatureRow]
    occupied: tuple[str, str, str] | None
    sealed: dict[str, str]


def _load_sealed(session: Session, ids: list[str]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for model in SEALED:
        table_of = find_table(model)
        keys = [column.name for column in table_of.primary_key.columns]
        query = sa.select(table_of).where(table_of.c.case_id.in_(ids))
        for row in session.connection().execute(query).mappings():
            name = f"{table_of.name}/{' '.join(str(row[key]) for key in keys)}"
            found[row["case_id"]][name] = seal_row({str(k): v for k, v in row.items()})
    return found


def _find_raw(entry: TrailRow) -> bytes | None:
    """The seal of the answers that an entry names; one that can't be read is reported elsewhere."""
    try:
        raw = json.loads(entry.detail).get("raw")
        return None if raw is None else bytes.fromhex(raw.removeprefix("sha256:"))
    except (ValueError, AttributeError):
        return None


def _audit_case(
    row: CaseRow, trail_rows: list[TrailRow], beside: _Beside
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
        case = rows.read_case(row, trail_rows, beside.signatures)
    except (ValueError, KeyError, TypeError) as error:
        yield None, f"the case can't be read: {error}"
        return
    yield from trail.find_breaks(row.id, read, length=row.version, head=row.head, state=case.state)
    yield from ((None, text) for text in _compare(case, row, read))
    yield from ((None, text) for text in _check_signatures(case, beside.signatures, read))
    yield from ((None, text) for text in _check_occupied(case, beside.occupied))
    yield from ((None, text) for text in _check_sealed(read, beside))


def _compare(case: Case, row: CaseRow, read: list[TrailEntry]) -> Iterator[str]:
    """The case's columns against what its trail wrote down."""
    told: dict[str, Any] = {}
    for entry in read:
        if entry.event != Event.DENIED:
            told |= entry.detail
        elif "sealed" in entry.detail:  # its other words are about what was refused
            told["sealed"] = entry.detail["sealed"]
    if "sealed" in told and told["sealed"] != seal_case(case):
        yield "its fields are not those the trail was written with"
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


def _check_signatures(
    case: Case, stored_rows: list[SignatureRow], read: list[TrailEntry]
) -> Iterator[str]:
    standing: list[TrailEntry] = []
    for entry in read:
        if entry.event == Event.SIGNED:
            standing.append(entry)
        elif entry.to_state not in (State.APPROVED, State.SETTLED, State.FAILED, State.IN_SIGN_OFF):
            standing = []
    written = {
        (e.detail.get("role"), e.actor, person_of(e.actor), e.seq, e.at, e.detail.get("digest"))
        for e in standing
    }
    stored = {(s.role, s.actor, s.person, s.seq, s.at, s.digest) for s in stored_rows}
    if written != stored:
        yield "the signatures are not those in the trail"
    if case.state in (State.APPROVED, State.SETTLED) and not is_complete(case):
        yield "it is approved without two roles, two persons and one digest"
    for one in range(len(standing)):
        if any(same_person(standing[one].actor, other.actor) for other in standing[:one]):
            yield "one person signed twice"


def _check_occupied(case: Case, occupied: tuple[str, str, str] | None) -> Iterator[str]:
    own = (case.network, case.tx_hash, case.position)
    if case.holds_transfer and occupied != own:
        yield "it does not hold its own transfer"
    elif not case.holds_transfer and occupied is not None:
        yield "it holds a transfer that it gave free"


def _check_sealed(read: list[TrailEntry], beside: _Beside) -> Iterator[str]:
    told: dict[str, str] = {}
    for entry in read:
        told |= entry.detail.get("rows", {})
    for name in sorted(told.keys() | beside.sealed.keys()):
        if name not in beside.sealed:
            yield f"the row {name} is gone"
        elif name not in told:
            yield f"the row {name} is in no entry of the trail"
        elif told[name] != beside.sealed[name]:
            yield f"the row {name} is not as it was written"


def _find_staff_problems(session: Session) -> Iterator[str]:
    imported = select(ImportRow.actor, ImportRow.sha256).where(ImportRow.kind == "staff")
    files = [
        (actor, sha256) for actor, sha256 in session.exec(imported.order_by(col(ImportRow.id)))
    ]
    yield from find_staff_problems(session.connection(), files)


def _find_orphans(session: Session) -> Iterator[AuditProblem]:
    owners: tuple[type[SQLModel], ...] = (TrailRow, SignatureRow, OccupancyRow, *SEALED)
    for model in owners:
        table_of = find_table(model)
        owned = sa.exists().where(col(CaseRow.id) == table_of.c.case_id)
        lonely = sa.select(table_of.c.case_id).where(~owned).distinct()
        for case_id in session.connection().execute(lonely).scalars():
            yield AuditProblem(case_id, None, f"rows of {table_of.name} without their case")


def _find_damaged_answers(
    session: Session, named: dict[bytes, tuple[str, int]]
) -> Iterator[AuditProblem]:
    """Answers that lost their hash, those that no trail names, and those of ``named`` that no row is."""
    seen: set[bytes] = set()
    query = select(RawRow).order_by(col(RawRow.id)).execution_options(yield_per=_AT_ONCE)
    for row in session.exec(query):
        where = f"{row.network} {row.tx_hash}"
        try:
            rows.read_raw(row)
        except (ValueError, json.JSONDecodeError, zlib.error) as error:
            yield AuditProblem("", None, f"a kept answer about {where} {error}")
        seal = bytes.fromhex(seal_raw(row.model_dump()).removeprefix("sha256:"))
        if seal in named:
            seen.add(seal)
        else:
            yield AuditProblem("", None, f"no trail names a kept answer about {where}")
        session.expunge(row)
    for seal in named.keys() - seen:
        yield AuditProblem(*named[seal], "the kept answers that it names are changed or gone")
