"""What holds of every judgement, whatever the facts.

How an unknown fact acts, precisely: let *F* be facts and *G* the same with some of them unknown. The
verdict on *G* is

- ``needs_review``, or
- of the same cause as the one on *F*; and then a credit, a refusal or a hold on *G* is the same on *F*.

So nothing that nobody knows refuses, holds or credits. And it frees nobody either: where *F* is held,
*G* moves nothing until a person, a proof or a consent says so.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from dataclasses import replace

import pytest
from properties.whole_facts import FACTS, Dice, draw_claim, draw_facts, forget, unknown_fields

from recovery.classify.decide import RULES, Held, classify, explain, judge
from recovery.classify.facts import Facts, Known
from recovery.classify.verdict import Cause, Outcome, Recoverability, Verdict

DECIDED = (Recoverability.CREDIT, Recoverability.UNRECOVERABLE, Recoverability.HOLD)
MOVES = (Recoverability.CREDIT, Recoverability.RECOVERABLE, Recoverability.CONDITIONAL)

OF_HOLDS = (
    "claimed_address_differs", "claimed_memo_differs", "claimed_amount_differs",
    "claimed_asset_differs", "sources_disagree",
)  # fmt: skip
"""What a reviewer may read of a hold: the claimant's own words beside the facts."""

SEEDS = 200_000 if "RECOVERY_SOAK" in os.environ else 1_500
CHUNK = 500


@pytest.fixture(params=range(0, SEEDS, CHUNK), ids=lambda first: f"from {first}")
def seeds(request: pytest.FixtureRequest) -> range:
    first: int = request.param
    return range(first, first + CHUNK)


def test_every_fact_that_may_be_unknown_is_made_unknown_here() -> None:
    assert set(unknown_fields()) == set(FACTS)


def test_nearly_every_cause_is_met() -> None:
    """A property over facts that all end at the first rule would prove nothing."""
    met = Counter(classify(draw_facts(seed)).cause for seed in range(3_000))
    assert len(met) >= len(Cause) - 5, [cause for cause in Cause if cause not in met]
    credited = sum(
        classify(draw_facts(seed)).recoverability is Recoverability.CREDIT for seed in range(300)
    )
    assert credited > 30


def test_there_is_always_exactly_one_verdict_and_it_keeps_its_own_rules(seeds: range) -> None:
    for seed in seeds:
        facts = draw_facts(seed)
        verdict = classify(facts)
        assert judge([facts]) == (verdict,), seed
        assert find_broken_rule(facts, verdict) is None, seed


def find_broken_rule(facts: Facts, verdict: Verdict) -> str | None:
    """What every verdict must be, whatever it says."""
    moves = verdict.recoverability in MOVES
    codes = [condition.code for condition in verdict.conditions]
    index = facts.transfer.index if facts.transfer else None
    rules = {
        "has a reason": bool(verdict.reasons)
        and all(r.text.endswith(".") for r in verdict.reasons),
        "is of its subject": verdict.transfer in (None, index),
        "moves exactly where it has an outcome": moves is (verdict.outcome is not Outcome.NONE),
        "a credit credits": verdict.recoverability is not Recoverability.CREDIT
        or (verdict.outcome is Outcome.CREDIT and not codes),
        "an amount only where it moves": verdict.amount is None or moves,
        "never more than the chain says": verdict.amount is None
        or (facts.transfer is not None and 0 <= verdict.amount <= facts.transfer.amount),
        "a hold says nothing but how the claim differs": verdict.recoverability
        is not Recoverability.HOLD
        or not (codes or verdict.needs or any(n.code not in OF_HOLDS for n in verdict.notes)),
        "each condition once": len(set(codes)) == len(codes),
        "a wait says when": verdict.recoverability is not Recoverability.WAIT
        or verdict.answered
        or verdict.look_again is not None,
        "a review has a reviewer": verdict.cause is not Cause.NEEDS_REVIEW
        or "reviewer_decision" in codes,
        "sources that disagree decide nothing": facts.disagreement is None
        or verdict.cause is Cause.NEEDS_REVIEW
        or verdict.recoverability
        in (Recoverability.WAIT, Recoverability.HOLD, Recoverability.NEEDS_INPUT),
    }
    return next((rule for rule, kept in rules.items() if not kept), None)


def test_a_credit_rests_on_every_fact_it_needs(seeds: range) -> None:
    for seed in seeds:
        facts = draw_facts(seed)
        verdict = classify(facts)
        if verdict.recoverability is not Recoverability.CREDIT:
            continue
        for name in ("succeeded", "final", "ledger", "token_validity"):
            assert getattr(facts, name) == Known(True), (seed, name)
        assert isinstance(facts.delivered, Known), seed
        assert isinstance(facts.senders, Known), seed
        assert facts.disagreement is None, seed
        assert facts.route is not None, seed
        assert facts.route.here, seed
        assert facts.view.accepted, seed
        assert not any((facts.booked, facts.occupying, facts.screened, facts.testnet)), seed
        assert verdict.user == facts.owner == facts.claimant, seed
        assert verdict.amount is not None, seed
        assert 0 < verdict.amount <= facts.delivered.value, seed


def test_what_nobody_knows_neither_refuses_holds_nor_credits(seeds: range) -> None:
    changed = 0
    for seed in seeds:
        facts, dice = draw_facts(seed), random.Random(seed)
        names = frozenset(dice.sample([*FACTS, "owner", "memo"], dice.choice((1, 1, 2, 5))))
        known, unknown = classify(facts), classify(forget(facts, names))
        changed += known.recoverability is not unknown.recoverability
        if unknown.cause is not Cause.NEEDS_REVIEW:
            assert unknown.cause is known.cause, (seed, names)
        if unknown.recoverability in DECIDED:
            assert unknown.recoverability is known.recoverability, (seed, names)
            assert unknown.amount == known.amount, (seed, names)
        if known.recoverability is Recoverability.HOLD and unknown.recoverability in MOVES:
            assert any(not condition.met for condition in unknown.conditions), (seed, names)
    assert changed > len(seeds) // 10


def test_the_words_of_a_claim_decide_nothing(seeds: range) -> None:
    """All of a claim but its user, who says whom to pay, and is checked against the records."""
    for seed in seeds:
        facts = draw_facts(seed)
        words = replace(draw_claim(Dice(seed + 1)), user=facts.claim.user)
        one, two = classify(facts), classify(replace(facts, claim=words))
        assert replace(one, notes=(), needs=()) == replace(two, notes=(), needs=()), seed
        assert [n.code for n in one.needs] == [n.code for n in two.needs], seed


def test_the_first_rule_that_holds_is_the_cause_and_no_other_is(seeds: range) -> None:
    for seed in seeds:
        facts = draw_facts(seed)
        lines = explain(facts)
        assert [line.cause for line in lines] == [rule.cause for rule in RULES]
        verdict = classify(facts)
        first = next(i for i, line in enumerate(lines) if line.held is not Held.DID_NOT_HOLD)
        assert lines[first].held in (Held.HELD, Held.FACT_MISSING), seed
        if verdict.cause is not Cause.NEEDS_REVIEW:
            assert lines[first].cause is verdict.cause, seed


def test_facts_are_the_same_for_the_same_seed() -> None:
    assert str(draw_facts(7)) == str(draw_facts(7))
