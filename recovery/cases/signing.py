"""Who may sign, and whether what they would sign is still true. Pure.

Knows: two roles, two persons, one digest; how a fresh check is compared with a case. Must not
know: who asks the nodes, stores, clocks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from recovery.cases import table
from recovery.cases.digest import digest_of, same_payment, subject_of
from recovery.cases.life import advance
from recovery.cases.people import same_person
from recovery.cases.table import Event, Role, State
from recovery.cases.terms import find_credited, find_transfer
from recovery.cases.values import Case, Signature
from recovery.checks import Check
from recovery.classify.verdict import Outcome, Recoverability
from recovery.errors import Inconsistent, NotAllowed
from recovery.model import Evidence

_STILL_PAYS = frozenset(
    {Recoverability.CREDIT, Recoverability.RECOVERABLE, Recoverability.CONDITIONAL}
)


class EvidenceChanged(NotAllowed):
    """What the digest covers is no longer so; nothing was signed and earlier signatures are void."""

    def __init__(self, case_id: str, text: str) -> None:
        super().__init__(
            "evidence-changed",
            f"case {case_id} is not what was to be signed: {text}",
            hint="it was put back to checking, and its signatures are void",
        )


@dataclass(frozen=True, slots=True)
class FourEyes:
    """How many pairs of eyes a case takes beyond what the contract asks for (two roles, two persons,
    nobody's own case).

    With False, who confirmed a condition of a case, or recorded the holder's consent, does not sign
    it too; likewise who accepted the quote for the customer.
    """

    confirmer_may_sign: bool = True
    acceptor_may_sign: bool = True


BY_CONTRACT = FourEyes()


def allow_signature(
    case: Case, *, role: Role, actor: str, four_eyes: FourEyes = BY_CONTRACT
) -> None:
    """Raise `NotAllowed` where this person may not sign this case in this role now."""
    table.allow_role(Event.SIGNED, role)
    if any(signature.role is role for signature in case.signatures):
        raise NotAllowed(
            "already-signed",
            f"case {case.id} is already signed by {role.value}",
            hint="the other role signs, if it has not",
        )
    table.allow(case.state, Event.SIGNED)
    if role not in case.signers:
        raise NotAllowed(
            "signature-not-needed",
            f"case {case.id} is not signed by {role.value}",
            hint=f"it is signed by {', '.join(r.value for r in case.signers)}",
        )
    if case.is_own_of(actor):
        raise NotAllowed(
            "own-case",
            f"{actor} opened case {case.id} or is a party to it",
            hint="another person signs it",
        )
    if any(same_person(signature.actor, actor) for signature in case.signatures):
        raise NotAllowed(
            "same-person",
            f"{actor} has signed case {case.id} already, in the other role",
            hint="two roles are two persons",
        )

    _allow_third(case, actor, four_eyes)


def _allow_third(case: Case, actor: str, four_eyes: FourEyes) -> None:
    """The stricter rules of a desk that has them."""

    def did(*events: Event) -> bool:
        return any(same_person(e.actor, actor) and e.event in events for e in case.trail)

    confirmed = any(same_person(c.actor, actor) for c in case.confirmations)
    if not four_eyes.confirmer_may_sign and (confirmed or did(Event.CONSENT_GIVEN)):
        raise NotAllowed(
            "confirmed-it",
            f"{actor} confirmed a condition of case {case.id}",
            hint="where a condition was met by a person's word, a third person signs",
        )
    if not four_eyes.acceptor_may_sign and did(Event.ACCEPTED):
        raise NotAllowed(
            "accepted-it",
            f"{actor} accepted the quote of case {case.id} for the customer",
            hint="another person signs it",
        )


def find_change(case: Case, check: Check) -> str | None:
    """What is no longer as the digest says, in one sentence; None where all of it still holds.

    Raises `Inconsistent` where the stored case itself does not match its digest.
    """
    if case.subject is None or digest_of(case.subject, case.destination, case.quote) != case.digest:
        raise Inconsistent(
            "digest-broken",
            f"case {case.id} does not match its own digest: it was changed in the store",
            hint="run `recovery audit`",
        )
    if check.found is None:
        return "the transaction is not found any more"
    evidence = check.found.evidence
    index = find_judged(case, check)
    if index is None:
        return "the transfer is not there any more"
    if check.found.disagreement is not None:
        return check.found.disagreement
    verdict = check.judged[index].verdict
    transfer = find_transfer(evidence, verdict.transfer)
    if transfer is None:
        return f"the answer is now {verdict.cause.value}"
    subject = subject_of(evidence, transfer, verdict)
    changed = [name for name, value in subject.items() if value != case.subject.get(name)]
    if changed:
        return f"changed: {', '.join(changed)}"
    if verdict.recoverability not in _STILL_PAYS:
        return f"the answer is now {verdict.recoverability.value}"
    destination = case.destination
    if destination is None or destination.kind != verdict.outcome.value:
        return f"the outcome is now {verdict.outcome.value}"
    if verdict.outcome is Outcome.CREDIT:
        owner = find_credited(verdict, user=case.user, confirmations=case.confirmations)
        if owner != destination.user:
            return "the records name another owner"
    return None


def find_judged(case: Case, check: Check) -> int | None:
    """The place of this case's verdict in a new check.

    By position; where a reorganisation moved it (a log index is the block's), by the same payment
    if only one is like it; else the verdict on the whole transaction, if there is one.
    """
    evidence = None if check.found is None else check.found.evidence
    for index, judged in enumerate(check.judged):
        transfer = find_transfer(evidence, judged.verdict.transfer)
        if transfer is not None and transfer.position == case.position:
            return index
    if case.subject is not None and evidence is not None:
        alike = _find_alike(case, check, evidence)
        if len(alike) == 1:
            return alike[0]
    for index, judged in enumerate(check.judged):
        if judged.verdict.transfer is None:
            return index
    return None


def _find_alike(case: Case, check: Check, evidence: Evidence) -> list[int]:
    assert case.subject is not None
    alike = []
    for index, judged in enumerate(check.judged):
        transfer = find_transfer(evidence, judged.verdict.transfer)
        if transfer is None:
            continue
        subject = subject_of(evidence, transfer, judged.verdict)
        subject |= {name: case.subject[name] for name in ("cause", "booked")}
        if same_payment(subject, case.subject):
            alike.append(index)
    return alike


def sign(
    case: Case,
    *,
    role: Role,
    actor: str,
    at: datetime,
    four_eyes: FourEyes = BY_CONTRACT,
    detail: Mapping[str, str] | None = None,
) -> Case:
    """The case with one more signature on its digest; approved where that was the last one."""
    allow_signature(case, role=role, actor=actor, four_eyes=four_eyes)
    assert case.digest is not None
    signature = Signature(role=role, actor=actor, at=at, digest=case.digest)
    signed = replace(case, signatures=(*case.signatures, signature))
    complete = not signed.unsigned and is_complete(signed)
    return advance(
        case,
        Event.SIGNED,
        to=State.APPROVED if complete else State.IN_SIGN_OFF,
        actor=actor,
        role=role,
        at=at,
        detail=detail,
        signatures=signed.signatures,
    )


def is_complete(case: Case) -> bool:
    """Every required role, each by another person, all on the digest the case has now."""
    persons = {signature.actor for signature in case.signatures}
    return (
        not case.unsigned
        and len(case.signers) > 0
        and len(persons) == len(case.signatures)
        and not any(case.is_own_of(person) for person in persons)
        and all(signature.digest == case.digest for signature in case.signatures)
    )


def require_conditions(case: Case, check: Check) -> None:
    """Raise `NotAllowed` while a condition is neither met by the facts of now nor confirmed."""
    index = find_judged(case, check)
    if index is None:
        return
    confirmed = {confirmation.condition for confirmation in case.confirmations}
    conditions = check.judged[index].verdict.conditions
    still_open = [c.code for c in conditions if not c.met and c.code not in confirmed]
    if still_open:
        raise NotAllowed(
            "conditions-unmet",
            f"case {case.id} pays only once its conditions are met: {', '.join(still_open)}",
            hint=f"see to it, then: recovery confirm {case.id} --condition CODE --reason TEXT",
        )


def unmet_conditions(case: Case) -> list[str]:
    """The conditions that stand beside the quote, neither met when it was made nor confirmed since."""
    if case.verdict is None:
        return []
    confirmed = {confirmation.condition for confirmation in case.confirmations}
    conditions = case.check["verdicts"][case.verdict]["conditions"]
    return [c["code"] for c in conditions if not c["met"] and c["code"] not in confirmed]
