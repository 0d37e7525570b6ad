"""Steps 1 and 2: found or not, real or test, done or not, final or not."""

from __future__ import annotations

from datetime import timedelta

import pytest
from classify.world import NOW, World

from recovery.classify.verdict import Cause, Outcome, Recoverability
from recovery.model import Gap, Note, Replacement


def test_a_hash_that_every_network_denies_asks_for_the_right_hash(world: World) -> None:
    verdict = world.verdict(None)
    assert verdict.cause is Cause.HASH_NOT_FOUND
    assert verdict.recoverability is Recoverability.NEEDS_INPUT
    assert verdict.transfer is None
    assert [n.code for n in verdict.needs] == ["transaction_hash"]
    assert verdict.reasons[0].facts["absent"] == ["ETH", "BSC"]


def test_a_network_that_could_not_be_asked_never_becomes_not_found(world: World) -> None:
    verdict = world.verdict(None, unreachable=["LTC"])
    assert verdict.cause is Cause.NEEDS_REVIEW
    assert "LTC" in verdict.reasons[0].text


def test_a_hash_found_on_a_test_network_is_play_money(world: World) -> None:
    verdict = world.verdict(world.look(world.pay("alice")), testnet=True)
    assert (verdict.cause, verdict.transfer) == (Cause.TESTNET, None)
    assert verdict.recoverability is Recoverability.UNRECOVERABLE


def test_a_transaction_without_a_block_waits_and_says_whether_it_can_be_replaced(
    world: World,
) -> None:
    seen = world.look(
        world.pay("alice"), status="pending", notes=[Note("rbf_signalled", "it may be replaced")]
    )
    verdict = world.verdict(seen)
    assert (verdict.cause, verdict.transfer) == (Cause.PENDING_IN_MEMPOOL, None)
    assert verdict.recoverability is Recoverability.WAIT
    assert verdict.look_again is not None
    assert NOW < verdict.look_again < NOW + timedelta(hours=1)
    assert [n.code for n in verdict.notes] == ["rbf_signalled"]


def test_a_block_that_left_the_chain_waits_with_a_note(world: World) -> None:
    verdict = world.verdict(world.look(world.pay("alice"), status="orphaned"))
    assert verdict.cause is Cause.PENDING_IN_MEMPOOL
    assert "orphaned" in [n.code for n in verdict.notes]


def test_what_was_seen_once_and_is_gone_waits_and_is_not_called_dropped(world: World) -> None:
    earlier = world.look(world.pay("alice"), status="pending")
    verdict = world.verdict(None, seen=earlier)
    assert verdict.cause is Cause.PENDING_IN_MEMPOOL
    assert [n.code for n in verdict.notes] == ["gone_from_mempool"]


def test_a_final_transaction_in_its_place_ends_the_claim_and_is_named(world: World) -> None:
    earlier = world.look(world.pay("alice"), status="pending")
    verdict = world.verdict(None, seen=earlier, replacement=Replacement("0xother"))
    assert verdict.cause is Cause.REPLACED_OR_DROPPED
    assert verdict.recoverability is Recoverability.UNRECOVERABLE
    assert verdict.reasons[0].facts == {"replaced_by": "0xother"}
    assert verdict.reasons[0].text == (
        "Another, final transaction took its place, so this one never happens. It is 0xother."
    )


def test_a_node_that_still_shows_the_replaced_one_does_not_make_it_pending(world: World) -> None:
    seen = world.look(world.pay("alice"), status="pending", replacement=Replacement(None))
    assert world.verdict(seen).cause is Cause.REPLACED_OR_DROPPED


def test_a_reverted_transaction_has_one_verdict_whatever_it_lists(world: World) -> None:
    failed = world.look(
        world.pay("alice", succeeded=False),
        world.pay("bob", succeeded=False),
        status="failed",
        failure="execution reverted",
    )
    verdict = world.verdict(failed)
    assert (verdict.cause, verdict.transfer) == (Cause.TRANSACTION_FAILED, None)
    assert verdict.reasons[0].facts["failure"] == "execution reverted"


def test_a_part_that_failed_inside_a_good_transaction_pays_nobody(world: World) -> None:
    evidence = world.look(world.pay("alice", kind="internal", succeeded=False), world.pay("bob"))
    failed, good = world.verdicts(evidence)
    assert (failed.cause, failed.transfer) == (Cause.TRANSACTION_FAILED, 0)
    assert (good.cause, good.transfer) == (Cause.LISTED_DEPOSIT_MISSED, 1)


def test_a_receipt_without_a_status_decides_nothing(world: World) -> None:
    verdict = world.verdict(world.look(world.pay("alice"), gaps={Gap.SUCCESS}))
    assert verdict.cause is Cause.NEEDS_REVIEW
    assert verdict.reasons[0].facts["fact"] == "success"
    assert verdict.transfer is None


def test_too_few_confirmations_wait_for_the_missing_ones(world: World) -> None:
    verdict = world.verdict(world.look(world.pay("alice"), final=False, confirmations=3))
    assert (verdict.cause, verdict.transfer) == (Cause.AWAITING_CONFIRMATIONS, None)
    assert verdict.reasons[0].facts == {"confirmations": 3, "required_confirmations": 12}
    assert verdict.reasons[0].text.startswith("3 of 12 confirmations")
    assert verdict.look_again == NOW + timedelta(seconds=9 * 12)


def test_a_finality_tag_is_waited_for_without_a_count(world: World) -> None:
    verdict = world.verdict(world.look(world.pay("alice"), final=False, required=None))
    assert verdict.cause is Cause.AWAITING_CONFIRMATIONS
    assert verdict.outcome is Outcome.NONE


def test_unknown_finality_is_neither_waited_for_nor_credited(world: World) -> None:
    evidence = world.look(world.pay("alice"), final=False, gaps={Gap.FINALITY})
    verdict = world.verdict(evidence)
    assert (verdict.cause, verdict.reasons[0].facts["fact"]) == (Cause.NEEDS_REVIEW, "finality")


def test_two_sources_that_disagree_credit_nothing(world: World) -> None:
    evidence = world.look(world.pay("alice", 5 * 10**17))
    other = world.look(world.pay("alice", 5 * 10**16))
    verdict = world.verdict(evidence, second=other)
    assert verdict.cause is Cause.NEEDS_REVIEW
    assert "sources_disagree" in [n.code for n in verdict.notes]


def test_two_sources_that_disagree_refuse_nothing(world: World) -> None:
    evidence = world.look(world.pay("nobody"))
    other = world.look(world.pay("alice"))
    verdict = world.verdict(evidence, second=other)
    assert verdict.cause is Cause.NEEDS_REVIEW


def test_a_second_source_that_lags_behind_leaves_a_wait_a_wait(world: World) -> None:
    evidence = world.look(world.pay("alice"), final=False, confirmations=1)
    behind = world.look(world.pay("alice"), status="pending")
    verdict = world.verdict(evidence, second=behind)
    assert verdict.cause is Cause.AWAITING_CONFIRMATIONS
    assert "sources_disagree" in [n.code for n in verdict.notes]


def test_sources_that_agree_are_no_obstacle(world: World) -> None:
    evidence = world.look(world.pay("alice"))
    assert world.verdict(evidence, second=evidence).cause is Cause.LISTED_DEPOSIT_MISSED


def test_coin_that_the_protocol_minted_before_the_call_failed_stays_and_is_credited(
    world: World,
) -> None:
    minted = world.pay("alice", senders=("bridge",), type_="op_deposit", special=True)
    asked = world.pay("a-stranger", 0, succeeded=False, requested=10**18)
    verdict = world.verdict(world.look(minted, asked, status="failed"))
    assert (verdict.cause, verdict.amount) == (Cause.UNUSUAL_TRANSACTION_TYPE, minted.amount)


def test_of_a_failed_transaction_only_the_minted_part_is_paid(world: World) -> None:
    minted = world.pay("alice", senders=("bridge",), type_="op_deposit", special=True)
    asked = world.pay("alice", 0, succeeded=False, requested=10**18)
    first, second = world.verdicts(world.look(minted, asked, status="failed"))
    assert first.cause is Cause.UNUSUAL_TRANSACTION_TYPE
    assert (second.transfer, second.cause) == (1, Cause.TRANSACTION_FAILED)
    assert second.reasons[0].code == "failed", "the whole transaction, not a part of it"


@pytest.mark.parametrize("special", [True, False])
def test_a_plain_transfer_of_a_failed_transaction_is_never_believed(
    world: World, special: bool
) -> None:
    """Whatever an adapter forgot to mark: only a movement of the protocol's own outlives a failure."""
    paid = world.pay("alice", special=special, succeeded=not special)
    verdict = world.verdict(world.look(paid, status="failed"))
    assert (verdict.cause, verdict.transfer) == (Cause.TRANSACTION_FAILED, None)
