"""A visitor is nobody's customer, whatever the rules would give a customer."""

from __future__ import annotations

import pytest
from classify.world import open_exchange

from recovery.classify.verdict import SENDER_PROOF, Cause, Outcome
from recovery.model import VISITOR, is_visitor


@pytest.mark.parametrize(
    ("user", "outcome"), [("mallory", Outcome.CREDIT), (f"{VISITOR}1", Outcome.RETURN)]
)
def test_what_a_sender_without_account_proved_goes_back_and_to_no_account(
    user: str, outcome: Outcome
) -> None:
    world = open_exchange()
    verdict = world.verdict(world.look(world.pay("hot")), user=user)
    assert (verdict.cause, verdict.outcome) == (Cause.SENT_TO_HOT_WALLET, outcome)
    assert SENDER_PROOF in {condition.code for condition in verdict.conditions}


def test_no_spelling_makes_a_customer_of_a_visitor() -> None:
    assert is_visitor("Visitor 1")
    assert not is_visitor("visitors")
    assert not is_visitor(None)
