"""The order is the specification, the documentation says the same, and a batch asks few questions."""

from __future__ import annotations

import re
from pathlib import Path

from classify.world import HeldBy, World

from recovery.classify.decide import RULES, Held, judge
from recovery.classify.verdict import Cause, Recoverability

DOCS = Path(__file__).parents[2] / "docs" / "causes.md"
_ROW = re.compile(r"^\| (\d+) \| `(\w+)` \| (.+) \| (.+) \|$", re.MULTILINE)


def test_the_rules_are_every_cause_once_in_decision_order() -> None:
    assert [r.cause for r in RULES] == list(Cause)
    assert [r.step for r in RULES] == sorted(r.step for r in RULES)


def test_every_rule_says_its_why_in_a_sentence() -> None:
    for rule in RULES:
        assert rule.why.endswith("."), rule.cause
        assert rule.decide.__name__ == rule.cause


def test_the_documentation_lists_the_rules_as_they_are() -> None:
    rows = _ROW.findall(DOCS.read_text("utf-8"))
    assert [row[:3] for row in rows] == [(str(r.step), r.cause.value, r.why) for r in RULES]
    known = {r.value for r in Recoverability}
    for _, cause, _, result in rows:
        assert known & set(re.findall(r"\w+", result)), cause


def test_the_first_rule_that_holds_decides_and_the_others_become_notes(world: World) -> None:
    world.list_asset("eip155:56/slip44:714", "BNB", network="BSC", decimals=18, min_deposit=10**20)
    world.give("carol", "carol", network="ETH", can_sign=["ETH", "BSC"])
    world.account("carol", "closed")
    verdict = world.verdict(world.look(world.pay("carol", network="BSC"), network="BSC"))
    assert verdict.cause is Cause.WRONG_NETWORK_SAME_KEY
    assert [n.code for n in verdict.notes] == ["account_closed"]


def test_a_hold_never_stands_in_the_notes_of_what_outsiders_see(world: World) -> None:
    verdict = world.verdict(world.look(world.pay("alice", 0)), user="mallory")
    assert verdict.cause is Cause.DUST_OR_POISONING
    assert "claimant_mismatch" not in [n.code for n in verdict.notes]


def test_an_explanation_names_every_rule_and_what_became_of_it(world: World) -> None:
    lines = world.explained(world.look(world.pay("alice")))
    held = {line.cause: line.held for line in lines}
    assert held[Cause.LISTED_DEPOSIT_MISSED] is Held.HELD
    assert held[Cause.COUNTERFEIT_TOKEN] is Held.DID_NOT_HOLD
    assert held[Cause.NEEDS_REVIEW] is Held.NOT_REACHED


def test_an_explanation_names_the_missing_fact(world: World) -> None:
    world.complete_through = None
    lines = world.explained(world.look(world.pay("alice")))
    missing = [line for line in lines if line.held is Held.FACT_MISSING]
    assert [line.cause for line in missing] == [Cause.LISTED_DEPOSIT_MISSED]
    assert missing[0].text.startswith("credits: ")


def test_an_explanation_of_a_whole_transaction_stops_there(world: World) -> None:
    lines = world.explained(world.look(world.pay("alice"), status="pending"))
    after = lines[list(Cause).index(Cause.PENDING_IN_MEMPOOL) + 1 :]
    assert {line.held for line in after} == {Held.NOT_REACHED}


def test_a_batch_asks_each_question_once_however_many_claims_there_are(world: World) -> None:
    subjects = [world.subject(world.look(world.pay("alice"), tx_hash=f"0x{i}")) for i in range(50)]
    found = world.facts(*subjects)
    assert len(found) == 50
    assert {judge(facts)[0].cause for facts in found} == {Cause.LISTED_DEPOSIT_MISSED}
    assert sorted(world.lookups) == sorted(set(world.lookups))


def test_the_claims_of_a_batch_do_not_touch_each_other(world: World) -> None:
    mine = world.look(world.pay("alice"), tx_hash="0x1")
    other = world.look(world.pay("alice"), tx_hash="0x2")
    world.credit(mine, "alice")
    world.hold(other, HeldBy("case-1", "alice"))
    found = world.facts(world.subject(mine), world.subject(other), world.subject(None))
    assert [judge(facts)[0].cause for facts in found] == [
        Cause.ALREADY_CREDITED,
        Cause.DUPLICATE_CLAIM,
        Cause.HASH_NOT_FOUND,
    ]
