"""The decision: the ordered rules, the first that holds, and what else must be heard before money moves.

Knows: the order, which is the specification (docs/causes.md is checked against it). Must not know:
what any single rule looks at.

How a verdict comes about:

1. The rules are asked in order. The first that holds gives the cause. A rule that needs a fact nobody
   could give ends the judgement: ``needs_review``, naming the fact.
2. Where the result would move money or wait for it, the rules after it are asked as well, and can only
   make it stricter: another customer's deposit is held, a locked one waits, a closed account and an
   unknown sender add what they ask for. A credit, above all, is said only if no later rule objects
   and none of them misses a fact.
3. Where two sources disagree, nothing is decided: ``needs_review``.
4. What else holds becomes notes, except what would tell of another customer.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from recovery.classify.facts import Facts, MissingFact
from recovery.classify.remarks import compare_claim
from recovery.classify.results import review
from recovery.classify.rules import (
    missed,
    nothing_to_recover,
    routing,
    security,
    whole_transaction,
    wrong_network,
    wrong_thing,
)
from recovery.classify.verdict import (
    HOLDERS_CONSENT,
    Cause,
    Outcome,
    Reason,
    Recoverability,
    Verdict,
)
from recovery.model import Note

Decide = Callable[[Facts], Verdict | None]


@dataclass(frozen=True, slots=True)
class Rule:
    """One cause, the step of the decision order it belongs to, and the function that decides it."""

    cause: Cause
    step: int
    decide: Decide

    @property
    def why(self) -> str:
        """The first sentence of the function's docstring."""
        return _read_why(self.decide)


@functools.cache
def _read_why(decide: Decide) -> str:
    paragraph = (decide.__doc__ or "").strip().split("\n\n", maxsplit=1)[0]
    return " ".join(paragraph.split())


def needs_review(facts: Facts) -> Verdict | None:
    """No rule holds, a fact is missing, or sources disagree: a person decides."""
    text = "No rule fits these facts; a reviewer looks at them."
    index = facts.transfer.index if facts.transfer else None
    return review(facts, Reason("no_rule_holds", text), transfer=index)


RULES: tuple[Rule, ...] = (
    Rule(Cause.HASH_NOT_FOUND, 1, whole_transaction.hash_not_found),
    Rule(Cause.TESTNET, 1, whole_transaction.testnet),
    Rule(Cause.PENDING_IN_MEMPOOL, 2, whole_transaction.pending_in_mempool),
    Rule(Cause.REPLACED_OR_DROPPED, 2, whole_transaction.replaced_or_dropped),
    Rule(Cause.TRANSACTION_FAILED, 2, whole_transaction.transaction_failed),
    Rule(Cause.AWAITING_CONFIRMATIONS, 2, whole_transaction.awaiting_confirmations),
    Rule(Cause.ALREADY_CREDITED, 3, nothing_to_recover.already_credited),
    Rule(Cause.DUPLICATE_CLAIM, 3, nothing_to_recover.duplicate_claim),
    Rule(Cause.MEMO_OF_OTHER_USER, 3, nothing_to_recover.memo_of_other_user),
    Rule(Cause.ADDRESS_OF_OTHER_USER, 3, nothing_to_recover.address_of_other_user),
    Rule(Cause.OWN_MOVEMENT, 4, nothing_to_recover.own_movement),
    Rule(Cause.WITHDRAWAL_NOT_DEPOSIT, 4, nothing_to_recover.withdrawal_not_deposit),
    Rule(Cause.SENT_TO_TOKEN_CONTRACT, 4, nothing_to_recover.sent_to_token_contract),
    Rule(Cause.DUST_OR_POISONING, 4, nothing_to_recover.dust_or_poisoning),
    Rule(Cause.ADDRESS_NOT_OURS, 4, nothing_to_recover.address_not_ours),
    Rule(Cause.TAINTED_SOURCE, 5, security.tainted_source),
    Rule(Cause.COMPLIANCE_HOLD, 5, security.compliance_hold),
    Rule(Cause.COUNTERFEIT_TOKEN, 6, wrong_thing.counterfeit_token),
    Rule(Cause.NFT, 6, wrong_thing.nft),
    Rule(Cause.WRONG_NETWORK_SAME_KEY, 7, wrong_network.wrong_network_same_key),
    Rule(Cause.WRONG_NETWORK_CONTRACT_ADDRESS, 7, wrong_network.wrong_network_contract_address),
    Rule(Cause.WRONG_NETWORK_UNSUPPORTED, 7, wrong_network.wrong_network_unsupported),
    Rule(Cause.WRONG_NETWORK_SCRIPT, 7, wrong_network.wrong_network_script),
    Rule(Cause.WRONG_LAYER, 7, wrong_network.wrong_layer),
    Rule(Cause.DELISTED_TOKEN, 8, wrong_thing.delisted_token),
    Rule(Cause.WRONG_ISSUER, 8, wrong_thing.wrong_issuer),
    Rule(Cause.TOKEN_NEEDS_CARE, 8, wrong_thing.token_needs_care),
    Rule(Cause.UNLISTED_TOKEN, 8, wrong_thing.unlisted_token),
    Rule(Cause.ACCOUNT_CLOSED, 9, routing.account_closed),
    Rule(Cause.CLAIMANT_MISMATCH, 9, routing.claimant_mismatch),
    Rule(Cause.ADDRESS_RETIRED, 9, routing.address_retired),
    Rule(Cause.BOUNCED_WITHDRAWAL, 9, routing.bounced_withdrawal),
    Rule(Cause.MEMO_MALFORMED, 9, routing.memo_malformed),
    Rule(Cause.MEMO_MISSING, 9, routing.memo_missing),
    Rule(Cause.MEMO_UNKNOWN, 9, routing.memo_unknown),
    Rule(Cause.SENT_TO_HOT_WALLET, 9, routing.sent_to_hot_wallet),
    Rule(Cause.NETWORK_SUSPENDED, 10, missed.network_suspended),
    Rule(Cause.BELOW_MINIMUM, 10, missed.below_minimum),
    Rule(Cause.TIME_LOCKED, 11, missed.time_locked),
    Rule(Cause.PARTIAL_PAYMENT, 11, missed.partial_payment),
    Rule(Cause.UNUSUAL_TRANSACTION_TYPE, 11, missed.unusual_transaction_type),
    Rule(Cause.BATCHED_TRANSFER, 11, missed.batched_transfer),
    Rule(Cause.INTERNAL_TRANSFER, 11, missed.internal_transfer),
    Rule(Cause.LISTED_DEPOSIT_MISSED, 11, missed.listed_deposit_missed),
    Rule(Cause.NEEDS_REVIEW, 12, needs_review),
)
"""Every cause once, in decision order."""

_WHOLE_STEPS = 2
"""Up to this step a missing fact concerns the whole transaction."""

_ROUTING = frozenset(r.cause for r in RULES if r.step == 9)
_ASKS = frozenset(
    {Cause.ACCOUNT_CLOSED, Cause.MEMO_MISSING, Cause.MEMO_UNKNOWN, Cause.SENT_TO_HOT_WALLET}
)
"""Causes whose conditions and needs hold whatever the primary cause of a recovery is."""

_MOVES = (Recoverability.CREDIT, Recoverability.RECOVERABLE, Recoverability.CONDITIONAL)


class Held(StrEnum):
    """What became of one rule."""

    HELD = "held"
    ALSO_HELD = "also_held"
    DID_NOT_HOLD = "did_not_hold"
    FACT_MISSING = "fact_missing"
    NOT_REACHED = "not_reached"


@dataclass(frozen=True, slots=True)
class Explained:
    """One line of ``recovery explain``: the rule, its why, and what became of it."""

    cause: Cause
    step: int
    why: str
    held: Held
    text: str


@dataclass(frozen=True, slots=True)
class _Walk:
    """``answers`` are those of the rules asked, in order; ``at`` is the place of the deciding one."""

    answers: tuple[Verdict | MissingFact | None, ...]
    at: int


def classify(facts: Facts) -> Verdict:
    """The one verdict on a subject."""
    return _conclude(facts, _walk(facts))


def judge(subjects: Sequence[Facts]) -> tuple[Verdict, ...]:
    """One verdict per transfer, or a single one where it concerns the whole transaction."""
    verdicts: list[Verdict] = []
    for facts in subjects:
        verdict = classify(facts)
        if verdict.transfer is None:
            if not verdicts:
                return (verdict,)
            continue
        verdicts.append(verdict)
    return tuple(verdicts)


def explain(facts: Facts) -> tuple[Explained, ...]:
    """Every rule with its why, and whether it held, in decision order."""
    walk = _walk(facts)
    lines = []
    for place, rule in enumerate(RULES):
        held, text = Held.NOT_REACHED, "an earlier rule decided"
        if place < len(walk.answers):
            held, text = _tell(walk.answers[place], deciding=place == walk.at)
        lines.append(Explained(rule.cause, rule.step, rule.why, held, text))
    return tuple(lines)


def _tell(answer: Verdict | MissingFact | None, *, deciding: bool) -> tuple[Held, str]:
    match answer:
        case Verdict():
            return Held.HELD if deciding else Held.ALSO_HELD, answer.reasons[0].text
        case MissingFact():
            return Held.FACT_MISSING, f"{answer.fact}: {answer.why}"
        case None:
            return Held.DID_NOT_HOLD, "the facts say otherwise"


def _ask(rule: Rule, facts: Facts) -> Verdict | MissingFact | None:
    try:
        return rule.decide(facts)
    except MissingFact as missing:
        return missing


def _walk(facts: Facts) -> _Walk:
    """Ask the rules in order; after the deciding one, the later ones as far as they matter."""
    answers: list[Verdict | MissingFact | None] = []
    for rule in RULES:
        answers.append(_ask(rule, facts))
        if answers[-1] is not None:
            break
    at, decided = len(answers) - 1, answers[-1]
    if (
        isinstance(decided, Verdict)
        and decided.transfer is not None
        and RULES[at].step > _WHOLE_STEPS
    ):
        answers += [_ask(rule, facts) for rule in RULES[at + 1 : -1]]
    return _Walk(tuple(answers), at)


def _conclude(facts: Facts, walk: _Walk) -> Verdict:
    primary = walk.answers[walk.at]
    if isinstance(primary, MissingFact):
        return _review_missing(facts, primary, step=RULES[walk.at].step)
    assert primary is not None
    later = [
        (rule, answer)
        for rule, answer in zip(RULES[walk.at + 1 :], walk.answers[walk.at + 1 :], strict=False)
        if answer is not None
    ]
    verdict = primary
    if _is_open(primary):
        for rule, answer in later:
            if isinstance(answer, MissingFact):
                if primary.recoverability is Recoverability.CREDIT or rule.cause in _ROUTING:
                    return _review_missing(facts, answer, step=rule.step)
                continue
            verdict = _restrain(verdict, answer)
    if facts.disagreement is not None:
        verdict = _doubt(facts, verdict, facts.disagreement)
    notes = list(verdict.notes)
    if verdict.recoverability is not Recoverability.HOLD:
        notes += [
            Note(rule.cause.value, rule.why)
            for rule, answer in later
            if isinstance(answer, Verdict)
            and answer.recoverability is not Recoverability.HOLD
            and rule.cause is not Cause.LISTED_DEPOSIT_MISSED
        ]
    notes += compare_claim(facts)
    return verdict if len(notes) == len(verdict.notes) else replace(verdict, notes=tuple(notes))


def _is_open(verdict: Verdict) -> bool:
    """Money moves on it, now or later: the rules after it must be heard."""
    if verdict.cause is Cause.NEEDS_REVIEW or verdict.transfer is None:
        return False
    return verdict.recoverability in _MOVES or (
        verdict.recoverability is Recoverability.WAIT and not verdict.answered
    )


def _restrain(verdict: Verdict, other: Verdict) -> Verdict:
    """The verdict, as strict as another cause that holds beside it asks for."""
    if verdict.recoverability is Recoverability.HOLD:
        return verdict
    if other.recoverability is Recoverability.HOLD:
        return replace(
            verdict,
            recoverability=Recoverability.HOLD,
            outcome=Outcome.NONE,
            reasons=(*verdict.reasons, *other.reasons),
            conditions=(),
            needs=(),
            notes=(),
            look_again=None,
            amount=None,
            holder=other.holder,
        )
    credits = verdict.recoverability is Recoverability.CREDIT
    if other.cause is Cause.TIME_LOCKED or (
        credits and other.recoverability is not Recoverability.CREDIT
    ):
        return replace(
            verdict,
            recoverability=other.recoverability,
            outcome=other.outcome,
            reasons=(*verdict.reasons, *other.reasons),
            conditions=other.conditions,
            needs=other.needs,
            look_again=other.look_again,
            amount=other.amount,
        )
    if other.cause in HOLDERS_CONSENT and verdict.recoverability in _MOVES:
        return replace(_join(verdict, other), user=other.user)  # with the holder's consent
    if other.cause in _ASKS and verdict.recoverability in _MOVES:
        return _join(verdict, other)
    return verdict


def _join(verdict: Verdict, other: Verdict) -> Verdict:
    """A recovery that must meet what another cause asks for as well."""
    have = {c.code for c in verdict.conditions}
    asked = {n.code for n in verdict.needs}
    strict = Recoverability.CONDITIONAL in (verdict.recoverability, other.recoverability)
    return replace(
        verdict,
        recoverability=Recoverability.CONDITIONAL if strict else verdict.recoverability,
        outcome=Outcome.RETURN if other.outcome is Outcome.RETURN else verdict.outcome,
        conditions=(*verdict.conditions, *(c for c in other.conditions if c.code not in have)),
        needs=(*verdict.needs, *(n for n in other.needs if n.code not in asked)),
    )


def _doubt(facts: Facts, verdict: Verdict, disagreement: str) -> Verdict:
    """Where sources disagree nothing is credited, recovered or refused; a wait or a hold stands."""
    note = Note("sources_disagree", disagreement)
    decided = verdict.recoverability in (*_MOVES, Recoverability.UNRECOVERABLE) or verdict.answered
    if not decided:
        return replace(verdict, notes=(*verdict.notes, note))
    text = f"Two sources tell different stories: {disagreement}."
    seen = {"would_be": verdict.cause.value, "difference": list(facts.differences)}
    reason = Reason("sources_disagree", text, seen)
    return review(facts, reason, transfer=verdict.transfer, notes=(note,))


def _review_missing(facts: Facts, missing: MissingFact, *, step: int) -> Verdict:
    index = facts.transfer.index if facts.transfer is not None and step > _WHOLE_STEPS else None
    reason = Reason(
        "fact_missing",
        f"A fact that decides is missing ({missing.fact}): {missing.why}.",
        {"fact": missing.fact, "why": missing.why},
    )
    notes: tuple[Note, ...] = ()
    reasons = [reason]
    if facts.disagreement is not None:
        notes = (Note("sources_disagree", facts.disagreement),)
        text = f"Two sources tell different stories: {facts.disagreement}."
        reasons.append(Reason("sources_disagree", text, {"difference": list(facts.differences)}))
    return review(facts, *reasons, transfer=index, notes=notes)
