"""Step 9: closed accounts, foreign addresses, rotated ones, memos, our own wallets, bounces."""

from __future__ import annotations

import base64
from datetime import timedelta

import pytest
from classify.world import BLOCK_TIME, EPOCH, ETHER, NOW, USDT, World

from recovery.classify.verdict import Cause, Outcome, Recoverability, Verdict
from recovery.model import Gap, Memo, MemoKind, Note


def _xrp(
    world: World, sent: str | Memo | None, *, notes: tuple[Note, ...] = (), **claim: object
) -> Verdict:
    """The verdict on 25 XRP to the shared address with this memo on the chain."""
    paid = world.pay("desk", 25_000_000, network="XRP", memo=sent)
    return world.verdict(world.look(paid, network="XRP", notes=notes), **claim)


def test_a_closed_accounts_deposit_goes_back_after_an_identity_check(world: World) -> None:
    world.account("alice", "closed")
    verdict = world.verdict(world.look(world.pay("alice")))
    assert verdict.cause is Cause.ACCOUNT_CLOSED
    assert verdict.recoverability is Recoverability.CONDITIONAL
    assert verdict.outcome is Outcome.RETURN
    assert [n.code for n in verdict.needs] == ["identity_check"]


def test_another_customers_address_is_held(world: World) -> None:
    verdict = world.verdict(world.look(world.pay("alice")), user="mallory")
    assert verdict.cause is Cause.CLAIMANT_MISMATCH
    assert verdict.recoverability is Recoverability.HOLD
    assert "alice" not in str(verdict.reasons) + str(verdict.notes)


def test_another_customers_memo_is_held(world: World) -> None:
    assert _xrp(world, "1002", user="alice").cause is Cause.CLAIMANT_MISMATCH


def test_without_a_user_the_recorded_owner_is_the_claimant(world: World) -> None:
    verdict = world.verdict(world.look(world.pay("alice")))
    assert (verdict.cause, verdict.user) == (Cause.LISTED_DEPOSIT_MISSED, "alice")


def test_a_payout_to_two_customers_credits_the_claimant_and_holds_the_other(world: World) -> None:
    mine, other = world.verdicts(world.look(world.pay("alice"), world.pay("bob")), user="alice")
    assert mine.recoverability is Recoverability.CREDIT
    assert other.recoverability is Recoverability.HOLD


def test_a_rotated_address_still_counts_for_its_user(world: World) -> None:
    world.give("old", "alice", role="retired")
    verdict = world.verdict(world.look(world.pay("old")), user="alice")
    assert (verdict.cause, verdict.recoverability) == (
        Cause.ADDRESS_RETIRED,
        Recoverability.CREDIT,
    )


def test_an_expired_address_still_counts_for_its_user(world: World) -> None:
    world.give("old", "alice", valid_from=EPOCH, valid_to=BLOCK_TIME - timedelta(days=1))
    verdict = world.verdict(world.look(world.pay("old")))
    assert (verdict.cause, verdict.user) == (Cause.ADDRESS_RETIRED, "alice")


def test_an_address_given_to_a_new_user_counts_for_whoever_had_it_then(world: World) -> None:
    change = BLOCK_TIME + timedelta(hours=1)
    world.give("flat", "alice", valid_from=EPOCH, valid_to=change)
    world.give("flat", "bob", valid_from=change)
    verdict = world.verdict(world.look(world.pay("flat")))
    assert (verdict.cause, verdict.user) == (Cause.LISTED_DEPOSIT_MISSED, "alice")
    later = world.verdict(world.look(world.pay("flat"), time=change))
    assert later.user == "bob"


def test_an_address_that_two_users_have_at_once_is_for_a_person(world: World) -> None:
    world.give("flat", "alice")
    world.give("flat", "bob")
    verdict = world.verdict(world.look(world.pay("flat")))
    assert (verdict.cause, verdict.reasons[0].facts["fact"]) == (Cause.NEEDS_REVIEW, "owner")


def test_a_deposit_from_before_the_address_was_issued_is_for_a_person(world: World) -> None:
    world.give("flat", "alice", valid_from=NOW)
    verdict = world.verdict(world.look(world.pay("flat")))
    assert (verdict.cause, verdict.reasons[0].facts["fact"]) == (Cause.NEEDS_REVIEW, "owner")


def test_without_the_blocks_time_an_address_that_changed_hands_is_for_a_person(
    world: World,
) -> None:
    world.give("flat", "alice", valid_from=EPOCH)
    verdict = world.verdict(world.look(world.pay("flat"), time=None))
    assert verdict.cause is Cause.NEEDS_REVIEW


def test_a_rotated_address_does_not_credit_what_is_locked(world: World) -> None:
    world.give("old", "alice", role="retired")
    locked = world.look(world.pay("old", unlock_at=NOW + timedelta(days=3)))
    verdict = world.verdict(locked)
    assert (verdict.cause, verdict.recoverability) == (
        Cause.ADDRESS_RETIRED,
        Recoverability.WAIT,
    )
    assert verdict.look_again == NOW + timedelta(days=3)
    assert verdict.amount is None


def test_a_memo_exactly_as_registered_is_an_ordinary_deposit(world: World) -> None:
    verdict = _xrp(world, "1001", user="alice")
    assert (verdict.cause, verdict.user) == (Cause.LISTED_DEPOSIT_MISSED, "alice")


def test_a_registered_memo_counts_whatever_its_kind(world: World) -> None:
    verdict = _xrp(world, Memo(MemoKind.TEXT, "1001"))
    assert verdict.cause is Cause.LISTED_DEPOSIT_MISSED


@pytest.mark.parametrize(
    "memo",
    [
        " 1001 ", "1001\n", '"1001"', "'1001'", "“1001”", "01001", "0001001", "１００１", "\u200b1001",
        ' "001001" ',
    ],
)  # fmt: skip
def test_one_slip_of_the_pen_is_read_and_credited(world: World, memo: str) -> None:
    verdict = _xrp(world, Memo(MemoKind.TEXT, memo), user="alice")
    assert (verdict.cause, verdict.recoverability) == (
        Cause.MEMO_MALFORMED,
        Recoverability.CREDIT,
    )
    assert verdict.user == "alice"
    assert verdict.reasons[0].facts["registered"] == "1001"


@pytest.mark.parametrize(
    "memo",
    [
        Memo(MemoKind.TEXT, base64.b64encode(b"deposit-7").decode()),
        Memo(MemoKind.BINARY, b"deposit-7".hex()),
        Memo(MemoKind.HASH, b"deposit-7".ljust(32, b"\0").hex()),
        Memo(MemoKind.TEXT, "DEPOSIT-7"),
    ],
)
def test_a_text_in_another_dress_is_read_and_credited(world: World, memo: Memo) -> None:
    world.give("desk", "alice", network="XRP", role="shared", memo="deposit-7")
    assert _xrp(world, memo).cause is Cause.MEMO_MALFORMED


def test_a_tag_written_into_the_text_memo_is_read_and_credited(world: World) -> None:
    notes = (Note("xrpl_memo_text", "1001"),)
    verdict = _xrp(world, None, notes=notes, user="alice")
    assert (verdict.cause, verdict.user) == (Cause.MEMO_MALFORMED, "alice")


def test_a_text_memo_does_not_overrule_a_tag(world: World) -> None:
    verdict = _xrp(world, "5555", notes=(Note("xrpl_memo_text", "1001"),))
    assert verdict.cause is Cause.MEMO_UNKNOWN


@pytest.mark.parametrize("code", ["source_tag", "invoice_id", "xrpl_memo_hex", "op_return"])
def test_what_the_sender_keeps_for_himself_is_never_read(world: World, code: str) -> None:
    assert _xrp(world, None, notes=(Note(code, "1001"),)).cause is Cause.MEMO_MISSING


def test_two_users_for_one_reading_credit_nobody(world: World) -> None:
    world.give("desk", "carol", network="XRP", role="shared", memo="ab")
    world.give("desk", "dave", network="XRP", role="shared", memo="AB")
    assert _xrp(world, Memo(MemoKind.TEXT, "aB")).cause is Cause.MEMO_UNKNOWN
    assert _xrp(world, Memo(MemoKind.TEXT, "ab")).user == "carol"


def test_two_text_memos_that_name_two_users_credit_nobody(world: World) -> None:
    notes = (Note("xrpl_memo_text", "1001"), Note("xrpl_memo_text", "1002"))
    assert _xrp(world, None, notes=notes).cause is Cause.MEMO_MISSING


def test_a_memo_of_another_shared_address_is_not_this_ones(world: World) -> None:
    world.share("desk2", {"9": "carol"})
    assert _xrp(world, "9").cause is Cause.MEMO_UNKNOWN


def test_a_memo_that_was_given_up_names_nobody(world: World) -> None:
    world.give("desk", "carol", network="XRP", role="shared", memo="9", valid_to=EPOCH)
    assert _xrp(world, "9").cause is Cause.MEMO_UNKNOWN


def test_a_missing_memo_asks_for_the_sender_and_returns(world: World) -> None:
    verdict = _xrp(world, None, user="alice")
    assert verdict.cause is Cause.MEMO_MISSING
    assert verdict.recoverability is Recoverability.RECOVERABLE
    assert verdict.outcome is Outcome.RETURN
    assert [(c.code, c.met) for c in verdict.conditions] == [("sender_proof", False)]
    assert [n.code for n in verdict.needs] == ["sender_proof"]
    assert "destination tag" in verdict.reasons[0].text


def test_a_network_without_a_word_of_its_own_calls_it_a_memo(world: World) -> None:
    world.share("pool", {"9": "carol"}, network="ETH")
    missing = world.verdict(world.look(world.pay("pool")), user="alice")
    assert (missing.cause, missing.reasons[0].text) == (
        Cause.MEMO_MISSING,
        "The address is shared by many customers, and the transfer carries no memo.",
    )
    unknown = world.verdict(world.look(world.pay("pool", memo="8")), user="alice")
    assert unknown.cause is Cause.MEMO_UNKNOWN
    assert " memo" in unknown.reasons[0].text
    tag = _xrp(world, "8", user="alice")
    assert tag.cause is Cause.MEMO_UNKNOWN
    assert "destination tag" in tag.reasons[0].text


def test_with_the_claimants_own_memo_known_the_account_is_credited_after_the_proof(
    world: World,
) -> None:
    own = _xrp(world, None, user="alice", memo="1001")
    foreign = _xrp(world, None, user="alice", memo="1002")
    assert (own.cause, own.outcome) == (Cause.MEMO_MISSING, Outcome.CREDIT)
    assert [n.code for n in own.needs] == ["sender_proof"]
    assert foreign.outcome is Outcome.RETURN


@pytest.mark.parametrize("memo", ["", "  ", "\u200b"])
def test_an_empty_memo_is_a_missing_one(world: World, memo: str) -> None:
    assert _xrp(world, Memo(MemoKind.TEXT, memo)).cause is Cause.MEMO_MISSING


def test_the_tag_zero_is_a_memo(world: World) -> None:
    assert _xrp(world, "0").cause is Cause.MEMO_UNKNOWN


@pytest.mark.parametrize(
    "memo",
    [
        Memo(MemoKind.TAG, "4040"),
        Memo(MemoKind.ENCRYPTED, "00ff"),
        Memo(MemoKind.TEXT, "please credit 1001"),
        Memo(MemoKind.TEXT, "10 01"),
    ],
)
def test_a_memo_that_names_nobody_asks_for_the_sender(world: World, memo: Memo) -> None:
    verdict = _xrp(world, memo)
    assert (verdict.cause, verdict.recoverability) == (
        Cause.MEMO_UNKNOWN,
        Recoverability.RECOVERABLE,
    )


def test_a_memo_that_the_source_could_not_give_is_not_missing(world: World) -> None:
    paid = world.pay("desk", 10**6, network="XRP")
    verdict = world.verdict(world.look(paid, network="XRP", gaps={Gap.MEMO}))
    assert (verdict.cause, verdict.reasons[0].facts["fact"]) == (Cause.NEEDS_REVIEW, "memo")


def test_a_memo_on_a_persons_own_address_is_not_looked_at(world: World) -> None:
    verdict = world.verdict(world.look(world.pay("alice", memo="whatever")))
    assert verdict.cause is Cause.LISTED_DEPOSIT_MISSED


@pytest.mark.parametrize("role", ["hot", "cold"])
def test_our_own_wallet_asks_for_the_sender(world: World, role: str) -> None:
    world.give("vault", role=role)
    verdict = world.verdict(world.look(world.pay("vault")), user="alice")
    assert verdict.cause is Cause.SENT_TO_HOT_WALLET
    assert verdict.recoverability is Recoverability.RECOVERABLE
    assert [n.code for n in verdict.needs] == ["sender_proof"]
    assert verdict.outcome is Outcome.CREDIT
    assert verdict.user is None


def test_nobody_is_credited_for_our_own_wallet_where_nobody_claims(world: World) -> None:
    assert world.verdict(world.look(world.pay("hot"))).outcome is Outcome.RETURN


def test_our_own_withdrawal_that_came_back_is_matched_to_it(world: World) -> None:
    world.withdraw("alice", "stranger", amount=10**18)
    verdict = world.verdict(world.look(world.pay("hot", 10**18)), user="alice")
    assert verdict.cause is Cause.BOUNCED_WITHDRAWAL
    assert verdict.recoverability is Recoverability.RECOVERABLE
    assert verdict.reasons[0].facts["withdrawal"] == "0xwithdrawal"
    assert verdict.user == "alice"


def test_more_than_was_withdrawn_did_not_bounce(world: World) -> None:
    world.withdraw("alice", "stranger", amount=10**18)
    verdict = world.verdict(world.look(world.pay("hot", 10**18 + 1)), user="alice")
    assert verdict.cause is Cause.SENT_TO_HOT_WALLET


def test_another_asset_than_was_withdrawn_did_not_bounce(world: World) -> None:
    world.withdraw("alice", "stranger", asset=USDT)
    assert world.verdict(world.look(world.pay("hot"))).cause is Cause.SENT_TO_HOT_WALLET


def test_a_later_withdrawal_can_not_have_bounced(world: World) -> None:
    world.withdraw("alice", "stranger", asset=ETHER, sent_at=NOW)
    assert world.verdict(world.look(world.pay("hot"))).cause is Cause.SENT_TO_HOT_WALLET


def test_another_customers_bounce_is_held(world: World) -> None:
    world.withdraw("bob", "stranger")
    verdict = world.verdict(world.look(world.pay("hot")), user="mallory")
    assert (verdict.cause, verdict.recoverability) == (
        Cause.BOUNCED_WITHDRAWAL,
        Recoverability.HOLD,
    )


def test_an_exchange_that_many_withdraw_to_is_nobodys_bounce(world: World) -> None:
    world.withdraw("bob", "stranger", tx_hash="0x1")
    world.withdraw("carol", "stranger", tx_hash="0x2")
    assert world.verdict(world.look(world.pay("hot"))).cause is Cause.SENT_TO_HOT_WALLET


def test_of_an_exchange_that_many_withdraw_to_the_claimants_own_withdrawal_came_back(
    world: World,
) -> None:
    world.withdraw("bob", "stranger", tx_hash="0x1")
    world.withdraw("alice", "stranger", tx_hash="0x2", sent_at=BLOCK_TIME - timedelta(days=9))
    verdict = world.verdict(world.look(world.pay("hot")), user="alice")
    assert (verdict.cause, verdict.user) == (Cause.BOUNCED_WITHDRAWAL, "alice")
    assert verdict.reasons[0].facts["withdrawal"] == "0x2"
    stranger = world.verdict(world.look(world.pay("hot")), user="carol")
    assert stranger.cause is Cause.SENT_TO_HOT_WALLET


def test_other_peoples_withdrawals_do_not_touch_a_deposit_to_ones_own_address(
    world: World,
) -> None:
    world.withdraw("bob", "stranger")
    assert world.verdict(world.look(world.pay("alice"))).cause is Cause.LISTED_DEPOSIT_MISSED
