"""What was found since a moment: a run that was killed and resumed tells of both its halves.

Knows: findings, and the cases that the desk opened of them. Must not know: runs, how a finding becomes a case.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from recovery.cases.people import DESK
from recovery.cases.tables import CaseRow
from recovery.model import NetworkCode
from recovery.scan.tables import FindingRow
from recovery.scan.values import FindingState
from recovery.store import Store, find_table

_CASES, _FINDINGS = find_table(CaseRow), find_table(FindingRow)


@dataclass(frozen=True, slots=True)
class FoundSince:
    """New findings; new cases by cause; new findings that were only counted, by reason."""

    findings: int
    cases: Mapping[str, int]
    counted: Mapping[str, int]


def load_found_since(store: Store, network: NetworkCode, since: datetime) -> FoundSince:
    """What the scanner found and opened on a network from a moment on."""
    new = (_FINDINGS.c.network == network) & (_FINDINGS.c.found_at >= since)
    by_state = (
        sa.select(_FINDINGS.c.state, _FINDINGS.c.reason, sa.func.count())
        .where(new)
        .group_by(_FINDINGS.c.state, _FINDINGS.c.reason)
    )
    of_findings = sa.select(_FINDINGS.c.case_id).where(_FINDINGS.c.network == network)
    by_cause = (
        sa.select(_CASES.c.cause, sa.func.count())
        .where(
            _CASES.c.network == network,
            _CASES.c.opener == DESK,
            _CASES.c.opened_at >= since,
            _CASES.c.id.in_(of_findings.where(_FINDINGS.c.case_id.is_not(None))),
        )
        .group_by(_CASES.c.cause)
    )
    with store.read() as session:
        connection = session.connection()
        states = connection.execute(by_state).all()
        causes = connection.execute(by_cause).all()
    return FoundSince(
        findings=sum(count for *_, count in states),
        cases={cause or "(none yet)": count for cause, count in causes},
        counted={
            reason: count
            for state, reason, count in states
            if state == FindingState.COUNTED.value and reason is not None
        },
    )
