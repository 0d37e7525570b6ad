"""Whether the records say that a deposit is the claimant's. Pure.

Knows: how a verdict shows it. Must not know: the records themselves.
"""

from __future__ import annotations

from collections.abc import Iterable

from recovery.checks import Check
from recovery.classify.verdict import Cause, Recoverability

_PAYS = frozenset(
    {
        Recoverability.CREDIT,
        Recoverability.RECOVERABLE,
        Recoverability.CONDITIONAL,
        Recoverability.WAIT,
    }
)
_SAYS_NOTHING = frozenset({Cause.NEEDS_REVIEW, Cause.BOUNCED_WITHDRAWAL})


def names_owner(cause: Cause, recoverability: Recoverability, conditions: Iterable[str]) -> bool:
    """True where the claimant of such a verdict is the recorded owner of its transfer.

    A claim on another's transfer is held; where nobody is recorded, a proof of the sender is asked.
    """
    return (
        recoverability in _PAYS
        and cause not in _SAYS_NOTHING
        and "sender_proof" not in set(conditions)
    )


def is_owner_claim(check: Check) -> bool:
    """Whether one of the transfers is the claimant's by the records."""
    return any(
        verdict.transfer is not None
        and verdict.user is not None
        and verdict.user == check.claim.user
        and names_owner(verdict.cause, verdict.recoverability, (c.code for c in verdict.conditions))
        for verdict in (judged.verdict for judged in check.judged)
    )
