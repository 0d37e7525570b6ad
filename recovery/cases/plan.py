"""From a check to a case, purely: one way, whether one claim is opened, thousands, or one again.

Knows: checks, verdicts, quotes, and where the table says they lead. Must not know: stores,
clocks, random numbers; moments and ids are handed in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from recovery.cases import table
from recovery.cases.digest import (
    payment_of,
    print_document,
    sha256_of,
)
from recovery.cases.life import advance, begin
from recovery.cases.people import same_person
from recovery.cases.table import Event, Role, State
from recovery.cases.terms import find_terms, find_transfer
from recovery.cases.values import Case, OccupyingCase
from recovery.checks import Check, Judged
from recovery.classify.verdict import (
    SENDER_PROOF,
    Cause,
    Condition,
    Outcome,
    Reason,
    Recoverability,
    Verdict,
)
from recovery.documents import print_check, print_claim, print_decimal
from recovery.fees.values import NoQuote
from recovery.model import Claim, NetworkCode, Note

Document = Mapping[str, Any]

NeedsWallet = Callable[[Check, Judged], bool]
"""Whether a credit is so large that the wallet team signs it too (the fee policy's limit)."""

FindOccupying = Callable[[NetworkCode, str, str], OccupyingCase | None]
"""Who holds the transfer (network, transaction, position) at this very moment."""

LOOK_AGAIN = timedelta(hours=1)
"""When a ``wait`` is looked at again where its verdict names no moment."""

NeedsLook = Callable[[Case], bool]
"""Whether a person looks at the claim before it is quoted or booked (the abuse policy's score)."""

LOOK = Condition("reviewer_decision", met=False, text="A reviewer has looked and decided.")
"""The very words of every other reviewer's decision: they tell nobody why."""


def wallet_always(_check: Check, _judged: Judged) -> bool:
    """The careful answer where no limit is known: every credit is signed by both teams."""
    return True


def nobody(_network: NetworkCode, _tx_hash: str, _position: str) -> None:
    """No transfer is occupied."""


def unlooked(_case: Case) -> bool:
    """No claim needs a look of its own."""
    return False


@dataclass(frozen=True, slots=True)
class Opening:
    """What stands beside the check: who opens, when, and where a return should go (canonical).

    ``of_claimant``: only what concerns the claimant is opened (`find_concerned`).
    """

    actor: str
    at: datetime
    role: Role = Role.OPENER
    return_to: str | None = None
    return_memo: str | None = None
    of_claimant: bool = False

    def as_of(self, case: Case) -> Opening:
        """What is opened beside the case: by its opener, on its channel."""
        return replace(self, actor=case.opener, role=Role.OPENER, of_claimant=case.of_claimant)


def find_concerned(check: Check, *, of_claimant: bool) -> tuple[int, ...]:
    """The verdicts that a claim is about. Where the desk opened it, all: a case for each transfer to us.

    On the customers' channel (``of_claimant``) none on a transfer that the records call another's. Where all are on others' transfers it is one of them, that of the address which the claim names if there
    is one, else one that is held: how many addresses of one transaction are ours, and which, tells of other
    customers.
    """
    claim = check.claim
    verdicts = [judged.verdict for judged in check.judged]
    if not of_claimant:
        return tuple(range(len(verdicts)))
    own = tuple(i for i, v in enumerate(verdicts) if v.user in (None, claim.user))
    if own or not verdicts:
        return own
    paid = {} if check.found is None else {t.index: t for t in check.found.evidence.transfers}

    def weigh(place: int) -> tuple[bool, bool]:
        verdict = verdicts[place]
        transfer = None if verdict.transfer is None else paid.get(verdict.transfer)
        address = None if transfer is None else transfer.recipient.address
        named = (claim.address or "").lower()
        is_named = address is not None and address.lower() == named
        return is_named, verdict.recoverability is Recoverability.HOLD

    return (max(range(len(verdicts)), key=weigh),)


def plan_case(
    check: Check,
    index: int | None,
    opening: Opening,
    *,
    case_id: str,
    needs_wallet: NeedsWallet = wallet_always,
    find_occupying: FindOccupying = nobody,
    needs_look: NeedsLook = unlooked,
    raw: str | None = None,
) -> Case:
    """The new case for ``check.judged[index]``; in ``checking`` where nobody could be asked (None)."""
    document = print_check(check)
    case = _receive(check, index, opening, document, case_id)
    if index is None:
        return advance(
            case,
            Event.UNANSWERED,
            to=State.CHECKING,
            actor=opening.actor,
            role=opening.role,
            at=opening.at,
        )
    return judge(
        case,
        check,
        index,
        opening=opening,
        needs_wallet=needs_wallet,
        find_occupying=find_occupying,
        needs_look=needs_look,
        document=document,
        raw=raw,
    )


def _receive(
    check: Check, index: int | None, opening: Opening, document: Document, case_id: str
) -> Case:
    """The claim as it came in. Without a named user the recorded owner is the claimant."""
    recorded = None if index is None else check.judged[index].verdict.user
    user = check.claim.user if check.claim.user is not None else recorded
    claim = _with_user(check.claim, user)
    first = begin(
        case_id,
        claim,
        actor=opening.actor,
        role=opening.role,
        at=opening.at,
        of_claimant=opening.of_claimant,
    )
    return Case(
        id=case_id,
        state=State.RECEIVED,
        claim=claim,
        check=document,
        transfer=None,
        destination=None,
        digest=None,
        signatures=(),
        next_look_at=None,
        trail=(first,),
        version=first.seq,
        verdict=None,
        user=user,
        opener=opening.actor,
        opened_at=opening.at,
        network=check.claim.network,
        tx_hash=check.search.tx_hash,
        position=None,
        cause=None,
        recoverability=None,
        subject=None,
        quote=None,
        quote_expires_at=None,
        accepted_at=None,
        return_to=opening.return_to,
        return_memo=opening.return_memo,
        signers=(),
        confirmations=(),
        reference=None,
    )


def _with_user(claim: Claim, user: str | None) -> Claim:
    return claim if claim.user == user else replace(claim, user=user)


def claim_again(case: Case, check: Check, opening: Opening) -> Case:
    """The same claimant's case with what the new claim brings; it is judged next."""
    return replace(
        case,
        claim=replace(check.claim, user=case.user if case.user else check.claim.user),
        return_to=opening.return_to or case.return_to,
        return_memo=opening.return_memo if opening.return_to else case.return_memo,
    )


def judge(
    case: Case,
    check: Check,
    index: int,
    *,
    opening: Opening,
    needs_wallet: NeedsWallet = wallet_always,
    find_occupying: FindOccupying = nobody,
    needs_look: NeedsLook = unlooked,
    document: Document | None = None,
    raw: str | None = None,
) -> Case:
    """The case after ``check.judged[index]``: its state, terms and digest; raises `NotAllowed`.

    A transfer that another case took since the check was made is a duplicate claim. ``document``
    is the printed check, where the caller has it; ``raw`` the seal of the answers that are kept.
    """
    table.allow(case.state, Event.CHECKED)
    target, terms = _place(case, check, check.judged[index], needs_wallet)
    if target in table.OCCUPYING:
        holder = find_occupying(terms["network"], terms["tx_hash"], terms["position"])
        if holder is not None and holder.id != case.id:
            check = _replace_judged(check, index, _duplicate(check.judged[index], case, holder))
            document = None
            target, terms = _place(case, check, check.judged[index], needs_wallet)
    printed = print_check(check) if document is None else document
    if target in table.OCCUPYING and not _was_looked_at(terms):
        seen = replace(case, state=target, check=printed, verdict=index, **terms)
        if needs_look(seen):
            check = _replace_judged(check, index, _with_look(check.judged[index]))
            printed = print_check(check)
            target, terms = _place(case, check, check.judged[index], needs_wallet)
    if terms["accepted_at"] is not None and target is State.IN_SIGN_OFF:
        printed = with_quote(printed, index, terms["quote"])
    return advance(
        case,
        Event.CHECKED,
        to=target,
        actor=opening.actor,
        role=opening.role,
        at=opening.at,
        detail={
            "cause": terms["cause"].value,
            "recoverability": terms["recoverability"].value,
            "user": terms["user"],
            **({} if len(case.trail) == 1 else {"claim": print_claim(terms["claim"])}),
            "signers": " ".join(terms["signers"]),
            "check": sha256_of(print_document(printed)),
            "value": _value(check.judged[index]),
            **_named(raw),
        },
        check=printed,
        verdict=index,
        **terms,
    )


def _value(judged: Judged) -> str | None:
    return None if judged.value is None else print_decimal(judged.value)


def _named(raw: str | None) -> dict[str, str]:
    return {} if raw is None else {"raw": raw}


def miss_transfer(case: Case, check: Check, opening: Opening, *, raw: str | None = None) -> Case:
    """The case after a check that shows the transaction without its transfer: a person must look."""
    printed = print_check(check)
    return advance(
        case,
        Event.CHECKED,
        to=State.NEEDS_REVIEW,
        actor=opening.actor,
        role=opening.role,
        at=opening.at,
        detail={
            "cause": Cause.NEEDS_REVIEW.value,
            "change": "the transfer is not there any more",
            "check": sha256_of(print_document(printed)),
            **_named(raw),
        },
        check=printed,
        verdict=None,
        transfer=None,
        cause=Cause.NEEDS_REVIEW,
        recoverability=Recoverability.CONDITIONAL,
    )


def _place(
    case: Case, check: Check, judged: Judged, needs_wallet: NeedsWallet
) -> tuple[State, dict[str, Any]]:
    """Where the verdict leads, and the fields of the case that follow from it.

    Terms that were accepted stay accepted while what was paid to whom is the same: they are
    never quoted again, also where the chain needs a while after a reorganisation. So do a
    reviewer's confirmations.
    """
    verdict = judged.verdict
    evidence = None if check.found is None else check.found.evidence
    transfer = find_transfer(evidence, verdict.transfer)
    user = case.user if case.user is not None else verdict.user
    terms = find_terms(case, judged, evidence, transfer, user)
    confirmed = {c.condition for c in terms["confirmations"]}
    unmet = {c.code for c in verdict.conditions if not c.met and c.code not in confirmed}
    if SENDER_PROOF in unmet and is_proof_with_reviewer(case, terms["subject"]):
        unmet = unmet - {SENDER_PROOF} | {LOOK.code}
    target = table.find_target(
        verdict.recoverability,
        answered=verdict.answered,
        quoted=terms["quote"] is not None,
        payable=transfer is not None and terms["destination"] is not None,
        unmet=unmet,
    )
    if target is State.QUOTED and terms["accepted_at"] is not None:
        target = State.IN_SIGN_OFF
    return target, {
        "transfer": verdict.transfer,
        "network": case.network if evidence is None else evidence.network,
        "tx_hash": case.tx_hash if evidence is None else evidence.tx_hash,
        "position": case.position if transfer is None else transfer.position,
        "user": user,
        "claim": _with_user(case.claim, user),
        "cause": verdict.cause,
        "recoverability": verdict.recoverability,
        "signers": table.signers_of(verdict.recoverability, wallet=needs_wallet(check, judged)),
        "next_look_at": verdict.look_again or check.at + LOOK_AGAIN,
        **terms,
    }


def is_proof_with_reviewer(case: Case, subject: Mapping[str, Any] | None) -> bool:
    """The sender was proven as far as the customer can, or can't be: a reviewer has the last word."""
    referred = {
        entry.detail["proof"]["payment"]
        for entry in case.trail
        if entry.event in (Event.PROOF_GIVEN, Event.PROOF_FAILED)
        and entry.detail["proof"]["reviewer"] is not None
    }
    return bool(referred) and subject is not None and payment_of(subject) in referred


def with_quote(document: Document, index: int, quote: Document | None) -> Document:
    """The printed check with the accepted quote in its place: no other was ever offered."""
    verdicts = list(document["verdicts"])
    verdicts[index] = {**verdicts[index], "quote": quote, "quote_reason": None}
    return {**document, "verdicts": verdicts}


def _was_looked_at(terms: Mapping[str, Any]) -> bool:
    """Terms that were accepted passed a person's eye before, or needed none."""
    confirmed = {confirmation.condition for confirmation in terms["confirmations"]}
    return terms["accepted_at"] is not None or LOOK.code in confirmed


def _with_look(judged: Judged) -> Judged:
    """The same verdict and quote, with a reviewer's decision asked first."""
    conditions = tuple(c for c in judged.verdict.conditions if c.code != LOOK.code)
    return replace(judged, verdict=replace(judged.verdict, conditions=(*conditions, LOOK)))


def _replace_judged(check: Check, index: int, judged: Judged) -> Check:
    return replace(check, judged=(*check.judged[:index], judged, *check.judged[index + 1 :]))


def _duplicate(judged: Judged, case: Case, holder: OccupyingCase) -> Judged:
    """``duplicate_claim``: one's own second claim points to the case; another's is held."""
    own = same_person(case.user, holder.user)
    text = "another case about this transfer is open or settled"
    verdict = Verdict(
        transfer=judged.verdict.transfer,
        cause=Cause.DUPLICATE_CLAIM,
        recoverability=Recoverability.WAIT if own else Recoverability.HOLD,
        outcome=Outcome.NONE,
        reasons=(Reason("transfer_occupied", text, {"case": holder.id}),),
        answered=own,
        user=judged.verdict.user,
    )
    return Judged(verdict, NoQuote(Note("no_recovery", text)))
