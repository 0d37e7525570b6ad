"""Published fake deposits on TON, each by name: none is ever credited."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from ton.stories import DESK, MASTER, account, hash_of, hex_of

from recovery.checker import Checker
from recovery.classify.verdict import Cause, Recoverability
from recovery.demo.fixtures import Fixture, load_fixtures
from recovery.model import Claim, Evidence, Gap, MemoKind, TransferKind, TxStatus

Story = Callable[[str], Evidence]
Judge = Callable[..., list[tuple[Cause, Recoverability]]]

FIXTURES = {f.name.removeprefix("TON/"): f for f in load_fixtures(network="TON")}


@pytest.fixture
def judge(desk: Callable[..., Checker], play: Callable[[Fixture], str]) -> Judge:
    """Causes and answers for a fixture's claim by the user whose comment is 9417."""

    def verdicts(name: str, **records: object) -> list[tuple[Cause, Recoverability]]:
        fixture = FIXTURES[name]
        told = {"shared": DESK, "memos": {"9417": "u1", "104857": "u1"}, "jettons": (MASTER,)}
        checker = desk(play(fixture), **(told | records))
        check = checker.check(Claim(tx_hash=fixture.tx_hash, user="u1"))
        assert check.found is not None
        return [(j.verdict.cause, j.verdict.recoverability) for j in check.judged]

    return verdicts


def credited(verdicts: list[tuple[Cause, Recoverability]]) -> bool:
    return any(answer is Recoverability.CREDIT for _, answer in verdicts)


def test_the_honest_neighbours_of_the_fakes_are_credited(judge: Judge) -> None:
    """A guard that refuses everything guards nothing."""
    assert judge("native_by_explorer") == [(Cause.LISTED_DEPOSIT_MISSED, Recoverability.CREDIT)]
    assert judge("jetton_by_index_alone") == [(Cause.LISTED_DEPOSIT_MISSED, Recoverability.CREDIT)]


def test_a_message_that_bounced_credits_nothing(story: Story) -> None:
    for name in ("real_bounced", "played_bounced"):
        evidence = story(name)
        assert evidence.status is TxStatus.FAILED
        assert not any(t.succeeded for t in evidence.transfers)


def test_a_bounce_that_comes_home_is_no_deposit(judge: Judge, story: Story) -> None:
    assert not credited(judge("bounce_comes_home"))
    assert not credited(judge("bounce_comes_home", shared=None, deposits={"u1": DESK}))
    (transfer,) = story("bounce_comes_home").transfers
    assert (transfer.type, transfer.special) == ("bounce", True)


def test_a_notification_from_a_stranger_is_worth_its_coins_alone(story: Story) -> None:
    evidence = story("played_fake_notification")
    assert [(t.kind, t.amount) for t in evidence.transfers] == [(TransferKind.NATIVE, 1)]
    assert "notification_without_transfer" in {n.code for n in evidence.notes}


def test_a_fake_jetton_wallet_is_not_believed_even_where_the_index_believes_it(
    story: Story,
) -> None:
    evidence = story("played_fake_wallet")
    assert not any(t.kind is TransferKind.TOKEN for t in evidence.transfers)
    assert "fake_jetton_wallet" in {n.code for n in evidence.notes}


def test_a_wallet_that_the_index_does_not_know_leaves_a_gap(story: Story, judge: Judge) -> None:
    evidence = story("jetton_wallet_unknown")
    assert not any(t.kind is TransferKind.TOKEN for t in evidence.transfers)
    assert evidence.gaps >= {Gap.TOKEN_VALIDITY, Gap.INTERNAL_TRANSFERS}
    assert [cause for cause, _ in judge("jetton_wallet_unknown")] == [Cause.NEEDS_REVIEW]


def test_a_master_that_does_not_answer_leaves_its_jettons_to_a_reviewer(
    story: Story, judge: Judge
) -> None:
    assert story("jetton_master_mute").gaps == {Gap.TOKEN_VALIDITY}
    listed = judge("jetton_master_mute", jettons=(account("mute master"),))
    assert [cause for cause, _ in listed] == [Cause.NEEDS_REVIEW]


def test_a_jetton_that_calls_itself_gram_is_counterfeit(judge: Judge) -> None:
    assert [cause for cause, _ in judge("jetton_named_like_the_coin")] == [Cause.COUNTERFEIT_TOKEN]


def test_jettons_that_our_wallet_refused_credit_nothing(story: Story, judge: Judge) -> None:
    evidence = story("jetton_refused")
    assert (evidence.status, evidence.failure) == (
        TxStatus.FAILED,
        "the value went back, exit code 709",
    )
    assert [cause for cause, _ in judge("jetton_refused")] == [Cause.TRANSACTION_FAILED]


def test_an_encrypted_comment_names_nobody(story: Story, judge: Judge) -> None:
    (transfer,) = story("played_encrypted").transfers
    assert transfer.memo is not None
    assert transfer.memo.kind is MemoKind.ENCRYPTED
    shared, memo = transfer.recipient.address, transfer.memo.value
    assert not credited(judge("played_encrypted", shared=shared, memos={memo: "u1"}))


def test_a_binary_comment_is_not_read_as_text(story: Story, judge: Judge) -> None:
    (transfer,) = story("played_binary").transfers
    assert transfer.memo is not None
    assert (transfer.memo.kind, transfer.memo.value) == (MemoKind.BINARY, "c0ffee")


def test_gas_that_comes_back_is_no_plain_deposit(judge: Judge) -> None:
    assert not credited(judge("excesses", shared=None, deposits={"u1": DESK}))


def test_what_a_node_foretells_is_no_evidence(judge: Judge, story: Story) -> None:
    assert story("pending_emulated").transfers == ()
    assert [cause for cause, _ in judge("pending_emulated")] == [Cause.PENDING_IN_MEMPOOL]


def test_a_comment_beside_another_payment_of_the_trace_is_not_ours(story: Story) -> None:
    memos = {t.recipient.address: t.memo and t.memo.value for t in story("played_batch").transfers}
    assert sorted(memos.values(), key=str)[1] is None
    (own,) = story("played_batch_one").transfers
    assert own.memo is None


def test_a_ledger_that_names_the_paying_transaction_is_found_whatever_is_pasted(
    judge: Judge, story: Story
) -> None:
    """The sender's hash leads to the same key as ours: nothing is credited twice."""
    evidence = story("real_native_without_comment")
    (transfer,) = evidence.transfers
    row = f"TON,{evidence.tx_hash},0,u1,native,{transfer.amount},2025-08-27T00:00:00Z"
    owner = {"u1": transfer.recipient.address}
    assert judge("real_native_without_comment", deposits=owner) == [
        (Cause.LISTED_DEPOSIT_MISSED, Recoverability.CREDIT)
    ]
    booked = judge("real_native_without_comment", deposits=owner, credits=(row,))
    assert [cause for cause, _ in booked] == [Cause.ALREADY_CREDITED]


def test_what_no_masterchain_block_has_is_waited_for(judge: Judge) -> None:
    waits = [(Cause.AWAITING_CONFIRMATIONS, Recoverability.WAIT)]
    assert judge("confirmed_not_final") == waits


def test_a_ledger_that_booked_a_jetton_by_its_notification_leaves_it_to_a_reviewer(
    judge: Judge, story: Story
) -> None:
    """Many exchanges book jettons by the notification's transaction: never twice."""
    evidence = story("jetton_by_index_alone")
    note = hex_of(hash_of("transaction index only note"))
    assert note in evidence.aliases
    asset, amount = evidence.transfers[0].asset, evidence.transfers[0].amount
    row = f"TON,{note},0,u1,{asset},{amount},2026-11-20T11:59:59Z"
    assert judge("jetton_by_index_alone", credits=(row,)) == [
        (Cause.NEEDS_REVIEW, Recoverability.CONDITIONAL)
    ]
