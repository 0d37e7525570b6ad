"""Steps 10 to 12: what ordinary crediting overlooks, what must wait, and what is left for a person."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from classify.world import NOW, OTHER, USDT, World

from recovery.classify.facts import SmallDeposit
from recovery.classify.verdict import Cause, Outcome, Recoverability
from recovery.model import AssetId


def test_a_missed_deposit_is_credited_and_raises_an_alarm(world: World) -> None:
    verdict = world.verdict(world.look(world.pay("alice", 10**6, asset=USDT)))
    assert verdict.cause is Cause.LISTED_DEPOSIT_MISSED
    assert (verdict.recoverability, verdict.outcome) == (Recoverability.CREDIT, Outcome.CREDIT)
    assert (verdict.amount, verdict.user) == (10**6, "alice")
    assert "pipeline_missed" in [n.code for n in verdict.notes]


def test_a_suspended_asset_waits_until_the_suspension_ends(world: World) -> None:
    until = NOW + timedelta(hours=5)
    world.list_asset(OTHER, "PAX", valid_from=None)
    world.list_asset(
        OTHER, "PAX", status="suspended", valid_from=NOW - timedelta(days=2), valid_to=until
    )
    verdict = world.verdict(world.look(world.pay("alice", 5, asset=OTHER, symbol="PAX")))
    assert verdict.cause is Cause.NETWORK_SUSPENDED
    assert (verdict.recoverability, verdict.look_again) == (Recoverability.WAIT, until)


def test_a_suspension_that_is_over_is_no_obstacle(world: World) -> None:
    world.list_asset(OTHER, "PAX")
    world.list_asset(OTHER, "PAX", status="suspended", valid_to=NOW)
    verdict = world.verdict(world.look(world.pay("alice", 5, asset=OTHER, symbol="PAX")))
    assert verdict.cause is Cause.LISTED_DEPOSIT_MISSED


def _with_minimum(world: World) -> AssetId:
    world.list_asset(OTHER, "PAX", min_deposit=1000)
    return OTHER


def test_less_than_the_minimum_asks_for_a_second_deposit(world: World) -> None:
    asset = _with_minimum(world)
    verdict = world.verdict(world.look(world.pay("alice", 999, asset=asset, symbol="PAX")))
    assert verdict.cause is Cause.BELOW_MINIMUM
    assert verdict.recoverability is Recoverability.CONDITIONAL
    assert verdict.outcome is Outcome.CREDIT
    assert [(c.code, c.met) for c in verdict.conditions] == [("minimum_reached", False)]
    exactly = world.verdict(world.look(world.pay("alice", 1000, asset=asset, symbol="PAX")))
    assert exactly.cause is Cause.LISTED_DEPOSIT_MISSED


def test_a_second_deposit_that_lifts_the_sum_is_credited(world: World) -> None:
    asset = _with_minimum(world)
    world.small["alice", asset] = [SmallDeposit("case-1", 600)]
    enough = world.verdict(world.look(world.pay("alice", 400, asset=asset, symbol="PAX")))
    short = world.verdict(world.look(world.pay("alice", 399, asset=asset, symbol="PAX")))
    assert (enough.cause, enough.amount) == (Cause.LISTED_DEPOSIT_MISSED, 400)
    assert short.cause is Cause.BELOW_MINIMUM


def test_a_case_does_not_count_itself_towards_the_minimum(world: World) -> None:
    asset = _with_minimum(world)
    world.small["alice", asset] = [SmallDeposit("case-1", 600)]
    evidence = world.look(world.pay("alice", 600, asset=asset, symbol="PAX"))
    assert world.verdict(evidence, case_id="case-1").cause is Cause.BELOW_MINIMUM
    assert world.verdict(evidence, case_id="case-2").cause is Cause.LISTED_DEPOSIT_MISSED


def test_two_payments_of_one_transaction_count_together(world: World) -> None:
    asset = _with_minimum(world)
    part = world.pay("alice", 500, asset=asset, symbol="PAX")
    verdicts = world.verdicts(world.look(part, part))
    assert [v.cause for v in verdicts] == [Cause.LISTED_DEPOSIT_MISSED] * 2
    apart = world.verdicts(world.look(part, world.pay("bob", 500, asset=asset, symbol="PAX")))
    assert [v.cause for v in apart] == [Cause.BELOW_MINIMUM] * 2


def test_only_whole_steps_are_booked(world: World) -> None:
    world.list_asset(OTHER, "PAX", denomination=100)
    verdict = world.verdict(world.look(world.pay("alice", 1234, asset=OTHER, symbol="PAX")))
    assert verdict.amount == 1200
    assert "rounded_to_denomination" in [n.code for n in verdict.notes]
    tiny = world.verdict(world.look(world.pay("alice", 99, asset=OTHER, symbol="PAX")))
    assert tiny.cause is Cause.BELOW_MINIMUM


def test_an_immature_coinbase_waits_for_its_height(world: World) -> None:
    reward = world.pay(
        "alice", kind="reward", senders=[], type_="coinbase", special=True, unlock_at=1100
    )
    verdict = world.verdict(world.look(reward, confirmations=50))
    assert verdict.cause is Cause.TIME_LOCKED
    assert verdict.recoverability is Recoverability.WAIT
    assert verdict.reasons[0].facts == {"unlock_at": 1100, "head": 1049}
    ripe = world.verdict(world.look(reward, confirmations=100))
    assert (ripe.cause, ripe.recoverability) == (
        Cause.UNUSUAL_TRANSACTION_TYPE,
        Recoverability.CREDIT,
    )


def test_a_lock_waits_for_its_moment_and_not_longer(world: World) -> None:
    locked = world.verdict(world.look(world.pay("alice", unlock_at=NOW + timedelta(days=90))))
    assert (locked.cause, locked.look_again) == (Cause.TIME_LOCKED, NOW + timedelta(days=90))
    free = world.verdict(world.look(world.pay("alice", unlock_at=NOW)))
    assert free.cause is Cause.LISTED_DEPOSIT_MISSED


def test_a_partial_payment_credits_what_was_delivered(world: World) -> None:
    paid = world.pay("desk", 1, network="XRP", memo="1001", requested=10**12)
    verdict = world.verdict(world.look(paid, network="XRP"))
    assert verdict.cause is Cause.PARTIAL_PAYMENT
    assert (verdict.recoverability, verdict.amount) == (Recoverability.CREDIT, 1)


def test_what_was_asked_for_and_delivered_whole_is_no_partial_payment(world: World) -> None:
    paid = world.pay("desk", 10**6, network="XRP", memo="1001", requested=10**6)
    assert world.verdict(world.look(paid, network="XRP")).cause is Cause.LISTED_DEPOSIT_MISSED


def test_an_issued_currency_counts_exact_decimals(world: World) -> None:
    asset = "xrpl:0/token:USD.rIssuer"
    world.list_asset(asset, "USD", network="XRP", min_deposit=5)
    paid = world.pay(
        "desk", Decimal("9.98"), network="XRP", memo="1001", asset=asset, requested=Decimal(10)
    )
    verdict = world.verdict(world.look(paid, network="XRP"))
    assert (verdict.cause, verdict.amount) == (Cause.PARTIAL_PAYMENT, Decimal("9.98"))


@pytest.mark.parametrize(
    "kind",
    [
        "account_merge",
        "AccountDelete",
        "EscrowFinish",
        "CheckCash",
        "path_payment",
        "op_deposit",
        "zksync_l1",
        "self_destruct",
        "coinbase",
    ],
)
def test_a_known_special_type_is_credited(world: World, kind: str) -> None:
    verdict = world.verdict(world.look(world.pay("alice", type_=kind, special=True)))
    assert (verdict.cause, verdict.recoverability) == (
        Cause.UNUSUAL_TRANSACTION_TYPE,
        Recoverability.CREDIT,
    )


@pytest.mark.parametrize("kind", ["mweb_peg_out", "clawback", "special_77"])
def test_any_other_special_type_is_for_a_reviewer(world: World, kind: str) -> None:
    verdict = world.verdict(world.look(world.pay("alice", type_=kind, special=True)))
    assert verdict.cause is Cause.UNUSUAL_TRANSACTION_TYPE
    assert verdict.recoverability is Recoverability.CONDITIONAL


def test_one_of_several_payments_of_a_call_is_credited(world: World) -> None:
    verdict = world.verdict(world.look(world.pay("alice", kind="internal", batched=True)))
    assert (verdict.cause, verdict.recoverability) == (
        Cause.BATCHED_TRANSFER,
        Recoverability.CREDIT,
    )


def test_coins_moved_by_a_contract_are_credited(world: World) -> None:
    verdict = world.verdict(world.look(world.pay("alice", kind="internal")))
    assert (verdict.cause, verdict.recoverability) == (
        Cause.INTERNAL_TRANSFER,
        Recoverability.CREDIT,
    )


def test_a_deposit_address_that_names_no_user_is_for_a_person(world: World) -> None:
    world.give("orphan", None)
    verdict = world.verdict(world.look(world.pay("orphan")), user="mallory")
    assert verdict.cause is Cause.NEEDS_REVIEW
    assert verdict.recoverability is Recoverability.CONDITIONAL
    assert [(c.code, c.met) for c in verdict.conditions] == [("reviewer_decision", False)]


def test_what_the_customer_typed_is_compared_and_never_believed(world: World) -> None:
    evidence = world.look(world.pay("alice", 10**6, asset=USDT, symbol="USDT"))
    verdict = world.verdict(
        evidence, user="alice", amount=Decimal("1000000"), asset="USDC", memo="77", address="bob"
    )
    assert (verdict.cause, verdict.amount) == (Cause.LISTED_DEPOSIT_MISSED, 10**6)
    assert {n.code for n in verdict.notes} >= {
        "claimed_amount_differs",
        "claimed_asset_differs",
        "claimed_memo_differs",
        "claimed_address_differs",
    }


def test_what_the_customer_typed_rightly_raises_no_remark(world: World) -> None:
    evidence = world.look(world.pay("alice", 1_500_000, asset=USDT, symbol="USDT"))
    verdict = world.verdict(
        evidence, user="alice", amount=Decimal("1.50"), asset="usdt", address="alice"
    )
    assert not [n for n in verdict.notes if n.code.startswith("claimed_")]
