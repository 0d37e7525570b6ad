"""What would be signed for a case: the facts, the quote, whom the value goes to, and the digest over them.

Knows: verdicts, and when terms that were accepted stay. Must not know: states, stores, clocks.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from recovery.cases.digest import digest_of, same_payment, subject_of
from recovery.cases.values import Case, Confirmation, Destination
from recovery.checks import Judged
from recovery.classify.verdict import SENDER_PROOF, Outcome, Recoverability, Verdict
from recovery.documents import print_quote
from recovery.fees.values import Quote
from recovery.model import Evidence, Transfer

_PAUSES = frozenset({Recoverability.WAIT, Recoverability.NEEDS_INPUT})


def find_terms(
    case: Case,
    judged: Judged,
    evidence: Evidence | None,
    transfer: Transfer | None,
    user: str | None,
) -> dict[str, Any]:
    """The fields of the case; terms that were accepted stay while what was paid to whom is the same."""
    verdict = judged.verdict
    subject = None
    if evidence is not None and transfer is not None:
        subject = subject_of(evidence, transfer, verdict)
    accepted = case.accepted_at is not None and case.destination is not None
    pausing = verdict.recoverability in _PAUSES and not verdict.answered
    same = subject is not None and case.subject is not None and same_payment(subject, case.subject)
    agreed = same and case.destination is not None and case.destination.kind == verdict.outcome
    if accepted and (pausing or agreed):
        kept = case.subject if pausing or subject is None else subject
        assert kept is not None
        return {
            "subject": kept,
            "destination": case.destination,
            "quote": case.quote,
            "quote_expires_at": case.quote_expires_at,
            "accepted_at": case.accepted_at,
            "confirmations": case.confirmations,
            "digest": digest_of(kept, case.destination, case.quote),
        }
    confirmations = case.confirmations if same else ()
    destination = _destination(case, verdict, user, confirmations)
    quote = judged.quote if isinstance(judged.quote, Quote) else None
    printed = None if quote is None else print_quote(quote)
    return {
        "subject": subject,
        "destination": destination,
        "quote": printed,
        "quote_expires_at": None if quote is None else quote.expires_at,
        "accepted_at": None,
        "confirmations": confirmations,
        "digest": None if subject is None else digest_of(subject, destination, printed),
    }


def _destination(
    case: Case, verdict: Verdict, user: str | None, confirmations: Collection[Confirmation]
) -> Destination | None:
    """Whom the value goes to; None where nothing moves, or where it is not known to whom."""
    if verdict.outcome is Outcome.CREDIT:
        owner = find_credited(verdict, user=user, confirmations=confirmations)
        return None if owner is None else Destination("credit", user=owner)
    if verdict.outcome is Outcome.RETURN:
        return Destination("return", address=case.return_to, memo=case.return_memo)
    return None


def find_credited(
    verdict: Verdict, *, user: str | None, confirmations: Collection[Confirmation]
) -> str | None:
    """Whose balance a credit is booked to; None where nobody knows.

    The owner that the records name, never a name that a claim brought. Where the records name nobody
    and ask for the sender, it is the claimant once he is shown to be that.
    """
    if verdict.user is not None:
        return verdict.user if verdict.user == user else None
    confirmed = {c.condition for c in confirmations}
    shown = any(
        c.code == SENDER_PROOF and (c.met or c.code in confirmed) for c in verdict.conditions
    )
    return user if shown else None


def find_transfer(evidence: Evidence | None, index: int | None) -> Transfer | None:
    """The transfer with this index."""
    if evidence is None or index is None:
        return None
    return next((t for t in evidence.transfers if t.index == index), None)
