"""A stranger claims what stands on the chain: what do the answers tell about other customers?

Two claims on a deposit of somebody else must never be told apart: whether it was credited, to whom, what it is,
what became of the owner's account, whether the owner has a case. What is left is told in
docs/security.md: whether an address is ours at all.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from cases.factories import AT, make_check, make_quote_for
from classify.world import ETHER, NOW, USDT, HeldBy, World, open_exchange

from recovery.cases.plan import Opening, plan_case
from recovery.cases.table import State
from recovery.cases.values import Case
from recovery.classify.verdict import Outcome, Recoverability, Verdict
from recovery.model import Evidence

Story = Callable[[World], Evidence]


def credited(world: World) -> Evidence:
    evidence = world.look(world.pay("alice"))
    world.credit(evidence, "alice")
    return evidence


def credited_token(world: World) -> Evidence:
    evidence = world.look(world.pay("alice", 5_000_000, asset=USDT))
    world.credit(evidence, "alice")
    return evidence


def uncredited(world: World) -> Evidence:
    return world.look(world.pay("alice"))


def unlisted(world: World) -> Evidence:
    return world.look(world.pay("alice", 7, asset="eip155:1/erc20:0x" + "12" * 20))


def credited_by_memo(world: World) -> Evidence:
    evidence = world.look(world.pay("desk", 9_000_000, network="XRP", memo="1001"), network="XRP")
    world.credit(evidence, "alice")
    return evidence


def uncredited_by_memo(world: World) -> Evidence:
    return world.look(world.pay("desk", 9_000_000, network="XRP", memo="1001"), network="XRP")


def slipped_memo(world: World) -> Evidence:
    return world.look(world.pay("desk", 9_000_000, network="XRP", memo="01001"), network="XRP")


def of_a_closed_account(world: World) -> Evidence:
    world.account("alice", "closed")
    return uncredited(world)


def of_a_frozen_account(world: World) -> Evidence:
    world.account("alice", "frozen")
    return uncredited(world)


def tainted(world: World) -> Evidence:
    world.screen("stranger")
    return uncredited(world)


def below_the_minimum(world: World) -> Evidence:
    world.listings = [x for x in world.listings if x.asset != ETHER]
    world.list_asset(ETHER, "ETH", decimals=18, min_deposit=10**19)
    return uncredited(world)


def with_an_open_case(world: World) -> Evidence:
    evidence = uncredited(world)
    world.hold(evidence, HeldBy("case", "alice"))
    return evidence


def after_the_ledger_and_credited(world: World) -> Evidence:
    world.complete_through = None
    return credited(world)


def before_the_ledger_is_complete(world: World) -> Evidence:
    world.complete_through = NOW - timedelta(days=30)
    return uncredited(world)


STRANGERS: tuple[Story, ...] = (
    credited,
    credited_token,
    uncredited,
    unlisted,
    credited_by_memo,
    uncredited_by_memo,
    slipped_memo,
    of_a_closed_account,
    of_a_frozen_account,
    tainted,
    below_the_minimum,
    with_an_open_case,
    after_the_ledger_and_credited,
    before_the_ledger_is_complete,
)


def nobodys(world: World) -> Evidence:
    return world.look(world.pay("desk", 9_000_000, network="XRP"), network="XRP")


def not_ours(world: World) -> Evidence:
    return world.look(world.pay("a-stranger"))


def claim(story: Story, *, user: str = "mallory") -> tuple[Verdict, Case]:
    world = open_exchange()
    evidence = story(world)
    verdict = world.verdict(evidence, user=user)
    check = make_check(verdict, evidence=evidence, user=user, quote=make_quote_for(verdict))
    return verdict, plan_case(check, 0, Opening(actor="app", at=AT), case_id="one")


def seen_from_outside(case: Case) -> object:
    """Everything of the case that moves or stands still before a claimant's eyes, but no words."""
    return (
        case.state,
        [(e.event, e.to_state) for e in case.trail],
        case.quote,
        case.destination,
        case.next_look_at,
        case.signers if case.state is State.IN_SIGN_OFF else None,
    )


@pytest.mark.parametrize("story", STRANGERS, ids=lambda s: s.__name__)
def test_a_deposit_of_somebody_else_is_held_whatever_it_is(story: Story) -> None:
    verdict, case = claim(story)
    assert verdict.recoverability is Recoverability.HOLD
    assert verdict.outcome is Outcome.NONE
    assert (verdict.conditions, verdict.needs, verdict.look_again) == ((), (), None)
    _, first = claim(STRANGERS[0])
    assert seen_from_outside(case) == seen_from_outside(first)


def test_the_owner_is_answered_where_a_stranger_is_held() -> None:
    """Else the stories would prove nothing."""
    answered = {claim(story, user="alice")[1].state for story in STRANGERS}
    assert {State.REFUSED, State.IN_SIGN_OFF, State.QUOTED} <= answered


def test_what_is_nobodys_and_what_is_not_ours_are_answered_by_the_chain_and_public_addresses() -> (
    None
):
    """A shared address stands in every customer's account; who paid without a memo is not known to us.

    Both answers are the same whoever asks, and name nobody.
    """
    for story in (nobodys, not_ours):
        answers = {repr(seen_from_outside(claim(story, user=u)[1])) for u in ("mallory", "bob")}
        assert len(answers) == 1
    assert claim(nobodys)[0].recoverability in (
        Recoverability.RECOVERABLE,
        Recoverability.CONDITIONAL,
    )
    assert [c.code for c in claim(nobodys)[0].conditions].count("sender_proof") == 1
    assert claim(not_ours)[0].recoverability is Recoverability.UNRECOVERABLE


@pytest.mark.parametrize("story", [nobodys, not_ours], ids=lambda s: s.__name__)
def test_whether_others_claim_the_same_changes_no_word_for_a_stranger(story: Story) -> None:
    """But for a case that already has the transfer: that one is held like everything of others."""
    verdict, case = claim(story)
    assert "alice" not in repr(verdict)
    assert "bob" not in repr(verdict)
    assert case.state in (State.NEEDS_INPUT, State.REFUSED)
