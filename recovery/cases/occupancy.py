"""Which case has a transfer, and what else one claim must know of other cases.

Knows: statements over cases, holders of transfers, verification deposits, consents. Must not know: what
follows from it (`classify/`, `plan`). Functions that take a session run inside the caller's transaction.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlmodel import Session, col, select

from recovery.cases import table
from recovery.cases.people import person_of
from recovery.cases.table import State
from recovery.cases.tables import CaseRow, ConsentRow, OccupancyRow, TrailRow
from recovery.cases.values import ConsentStatus, OccupyingCase
from recovery.classify.facts import HolderConsent, SmallDeposit
from recovery.classify.verdict import Cause
from recovery.model import AssetId, NetworkCode
from recovery.proofs.tables import ProofDepositRow
from recovery.store import Store, find_table, in_parts, read_amount

TransferKey = tuple[NetworkCode, str, str]
"""Network, canonical transaction hash, position."""

# Asked for every hundred claims: building a statement takes longer than running it.
_CASES, _OCCUPANCY = find_table(CaseRow), find_table(OccupancyRow)
_AMONG: sa.BindParameter[list[str]] = sa.bindparam("among", expanding=True)
_PROVING, _TRAIL = find_table(ProofDepositRow), find_table(TrailRow)
_ENDED = [state.value for state in table.FINISHED if state is not State.SETTLED]
# A verification deposit goes the way of its case, until that case ends without paying.
_OCCUPYING = sa.union_all(
    sa.select(
        _OCCUPANCY.c.network,
        _OCCUPANCY.c.tx_hash,
        _OCCUPANCY.c.position,
        _OCCUPANCY.c.case_id,
        _CASES.c.owner,
        _CASES.c.state,
    )
    .join(_CASES, _CASES.c.id == _OCCUPANCY.c.case_id)
    .where(_OCCUPANCY.c.tx_hash.in_(_AMONG)),
    sa.select(
        _PROVING.c.network,
        _PROVING.c.tx_hash,
        _PROVING.c.position,
        _PROVING.c.case_id,
        _CASES.c.owner,
        _CASES.c.state,
    )
    .join(_CASES, _CASES.c.id == _PROVING.c.case_id)
    .where(
        _PROVING.c.tx_hash.in_(_AMONG),
        _PROVING.c.follows_case,
        ~sa.exists().where(
            _TRAIL.c.case_id == _PROVING.c.case_id,
            _TRAIL.c.seq > _PROVING.c.seq,
            _TRAIL.c.to_state.in_(_ENDED),
        ),
    ),
)
_ABOUT = (
    sa.select(
        _CASES.c.id,
        _CASES.c.state,
        _CASES.c.owner,
        _CASES.c.opener,
        _CASES.c.network,
        _CASES.c.tx_hash,
        _CASES.c.position,
    )
    .where(_CASES.c.tx_hash.in_(_AMONG))
    .order_by(_CASES.c.opened_at.desc(), _CASES.c.id)
)


@dataclass(frozen=True, slots=True)
class CaseOccupancy:
    """What the classifier must know of other cases: which transfers are taken, what waits unbooked.

    ``except_case`` is the case that is being looked at again: it does not stand in its own way.
    """

    store: Store
    except_case: str | None = None

    def find_occupying(
        self, keys: Collection[TransferKey]
    ) -> Mapping[TransferKey, tuple[OccupyingCase, ...]]:
        """The case that holds each transfer, if one does: never more than one."""
        with self.store.read() as session:
            found = find_occupying(session, keys)
        return {key: (case,) for key, case in found.items() if case.id != self.except_case}

    def find_small_deposits(
        self, keys: Collection[tuple[str, AssetId]]
    ) -> Mapping[tuple[str, AssetId], tuple[SmallDeposit, ...]]:
        """Deposits below the minimum in open cases, by user and asset: they count together."""
        wanted, found = set(keys), defaultdict(list)
        with self.store.read() as session:
            for part in in_parts(sorted({user for user, _ in wanted})):
                query = (
                    select(CaseRow.id, CaseRow.owner, CaseRow.subject)
                    .where(
                        col(CaseRow.owner).in_(part),
                        col(CaseRow.cause) == Cause.BELOW_MINIMUM.value,
                        col(CaseRow.state).not_in([state.value for state in table.FINISHED]),
                    )
                    .order_by(col(CaseRow.id))
                )
                for case_id, owner, subject in session.exec(query):
                    if owner is None or subject is None or case_id == self.except_case:
                        continue
                    facts = json.loads(subject)
                    key = (owner, AssetId(facts["asset"]))
                    amount = read_amount(facts["booked"] or facts["amount"])
                    if key in wanted:
                        found[key].append(SmallDeposit(case_id, amount))
        return {key: tuple(deposits) for key, deposits in found.items()}

    def find_consents(self, case_ids: Collection[str]) -> Mapping[str, HolderConsent]:
        """The holder's consent that each case was given, where it was and still stands."""
        given = col(ConsentRow.status) == ConsentStatus.GIVEN.value
        found: dict[str, HolderConsent] = {}
        with self.store.read() as session:
            for part in in_parts(sorted(set(case_ids))):
                query = select(ConsentRow).where(col(ConsentRow.case_id).in_(part), given)
                for row in session.exec(query.order_by(col(ConsentRow.asked_at))):
                    found[row.case_id] = HolderConsent(
                        holder=row.holder,
                        claimant=row.claimant,
                        position=row.position,
                        asset=AssetId(row.asset),
                        amount=row.amount,
                    )
        return found


def find_occupying(
    session: Session, transfers: Collection[TransferKey]
) -> dict[TransferKey, OccupyingCase]:
    """The case that has each transfer; free ones are missing from the answer."""
    wanted = set(transfers)
    found: dict[TransferKey, OccupyingCase] = {}
    for part in in_parts(sorted({tx_hash for _, tx_hash, _ in wanted})):
        for row in session.connection().execute(_OCCUPYING, {"among": part}):
            key = (NetworkCode(row.network), row.tx_hash, row.position)
            if key in wanted:
                found[key] = OccupyingCase(id=row.case_id, user=row.owner, state=State(row.state))
    return found


@dataclass(frozen=True, slots=True)
class Known:
    """A case in short, for finding a claimant's own one."""

    id: str
    state: State
    user: str | None
    opener: str
    network: NetworkCode | None
    tx_hash: str
    position: str | None

    def is_claimed_by(self, user: str | None, opener: str) -> bool:
        if self.user is not None or user is not None:
            return self.user == user
        return person_of(self.opener) == person_of(opener)


def find_about(session: Session, tx_hashes: Collection[str]) -> list[Known]:
    """Every case about these transactions, as hashes or as typed, the newest first."""
    found = []
    for part in in_parts(sorted(set(tx_hashes))):
        about = session.connection().execute(_ABOUT, {"among": part})
        found += [Known(row[0], State(row[1]), *row[2:]) for row in about]
    return found
