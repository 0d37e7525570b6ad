"""What each story of Hedera has to say, stated by hand."""

from __future__ import annotations

import base64
from collections.abc import Callable

import pytest
from hedera.stories import ALICE, BOB, CAROL, CONTRACT, EXCHANGE, USDC

from recovery.checks import Found
from recovery.model import Gap, Memo, MemoKind, TransferKind, TxStatus

Story = Callable[[str], Found]
NATIVE, DOLLAR = "hedera:mainnet/slip44:3030", f"hedera:mainnet/token:{USDC}"


def test_a_mainnet_payment_whose_fee_another_paid(story: Story) -> None:
    evidence = story("native-paid-by-another").evidence
    (transfer,) = evidence.transfers
    assert (transfer.asset, transfer.amount) == (NATIVE, 90_000)
    assert transfer.recipient.address == "0.0.14684"
    assert [p.address for p in transfer.senders] == ["0.0.14698"]
    assert evidence.fee is not None
    assert (evidence.fee.amount, evidence.fee.payer) == (78_643, "0.0.19852")
    assert evidence.tx_hash == "0.0.19852-1646746046-457048377"
    assert evidence.final
    assert evidence.required_confirmations is None


def test_a_hash_and_an_id_give_the_same_evidence(story: Story) -> None:
    assert story("native-by-hash").evidence == story("native-paid-by-another").evidence


def test_fees_are_no_deposits(story: Story) -> None:
    evidence = story("native").evidence
    (transfer,) = evidence.transfers
    assert (transfer.recipient.address, transfer.amount) == (EXCHANGE, 250_000_000)
    assert [p.address for p in transfer.senders] == [ALICE]
    assert transfer.position == f"native:{EXCHANGE}"
    assert not transfer.batched


def test_an_explorers_consensus_time_leads_to_the_id(story: Story) -> None:
    assert story("by-consensus-time").evidence == story("native").evidence


def test_a_relayed_evm_transfer_is_from_who_signed_it(story: Story) -> None:
    evidence = story("by-evm-hash").evidence
    (transfer,) = evidence.transfers
    assert (transfer.kind, transfer.amount) == (TransferKind.NATIVE, 999_000_000)
    assert [p.address for p in transfer.senders] == [CAROL]
    assert evidence.tx_hash.startswith(ALICE)


@pytest.mark.parametrize(
    ("name", "memo"),
    [
        ("native", Memo(MemoKind.TEXT, "104857")),
        ("token", Memo(MemoKind.TEXT, "104857")),
        ("memo-missing", None),
        ("memo-binary", Memo(MemoKind.BINARY, "ff00" + b"104857".hex())),
    ],
)
def test_every_kind_of_memo(story: Story, name: str, memo: Memo | None) -> None:
    assert [t.memo for t in story(name).evidence.transfers] == [memo]


def test_a_token_is_its_id_and_calls_itself_something(story: Story) -> None:
    (transfer,) = story("token").evidence.transfers
    assert (transfer.kind, transfer.asset, transfer.amount) == (
        TransferKind.TOKEN,
        DOLLAR,
        2_500_000,
    )
    assert (transfer.symbol, transfer.decimals) == ("USDC", 6)


def test_two_recipients_of_one_sender_are_a_batch(story: Story) -> None:
    transfers = story("batch").evidence.transfers
    assert {t.recipient.address: t.amount for t in transfers} == {
        EXCHANGE: 5_000_000,
        BOB: 7_000_000,
    }
    assert all(t.batched for t in transfers)


def test_entries_of_one_account_are_netted(story: Story) -> None:
    (transfer,) = story("several-entries").evidence.transfers
    assert transfer.amount == 7_000_000
    assert [p.address for p in transfer.senders] == [CAROL]


def test_a_staking_reward_is_not_the_senders_money(story: Story) -> None:
    paid, reward = story("staking-reward").evidence.transfers
    assert (paid.kind, paid.amount) == (TransferKind.NATIVE, 5_000_000)
    assert [p.address for p in paid.senders] == [ALICE]
    assert (reward.kind, reward.amount) == (TransferKind.REWARD, 9_000_000)
    assert reward.senders[0].address == "0.0.800"


def test_an_nft_goes_from_its_first_holder_to_its_last(story: Story) -> None:
    seven, eight = story("nft").evidence.transfers
    for transfer in (seven, eight):
        assert transfer.kind is TransferKind.NFT
        assert transfer.recipient.address == EXCHANGE
        assert [p.address for p in transfer.senders] == [ALICE]
        assert transfer.amount == 1
    assert seven.asset.endswith("/nft:0.0.8008888/7")


def test_what_a_contract_hands_on_is_internal(story: Story) -> None:
    transfers = {t.recipient.address: t for t in story("internal").evidence.transfers}
    assert transfers[EXCHANGE].kind is TransferKind.INTERNAL
    assert transfers[EXCHANGE].amount == 20_000_000
    assert transfers[CONTRACT].kind is TransferKind.NATIVE


@pytest.mark.parametrize("name", ["child-by-parent-id", "child-by-own-id"])
def test_the_only_child_that_moved_value_is_meant_and_has_one_key(story: Story, name: str) -> None:
    found = story(name)
    assert found.evidence.tx_hash.endswith("/1")
    assert found.raw.tx_hash == found.evidence.tx_hash
    (transfer,) = found.evidence.transfers
    assert (transfer.asset, transfer.amount) == (DOLLAR, 9_000_000)
    assert transfer.memo == Memo(MemoKind.TEXT, "104857")


def test_several_parts_are_pointed_to_and_have_their_keys_under_their_own_ids(story: Story) -> None:
    evidence = story("parts-pointed-to").evidence
    own, token, picture = evidence.transfers
    assert (own.recipient.address, own.tx_hash) == (CONTRACT, None)
    assert (token.tx_hash, picture.tx_hash) == (f"{evidence.tx_hash}/1", f"{evidence.tx_hash}/2")
    assert (token.asset, token.recipient.address) == (DOLLAR, EXCHANGE)
    assert picture.kind is TransferKind.NFT


def test_a_ledger_may_know_it_by_hash_time_or_id(story: Story) -> None:
    found = story("child-by-parent-id")
    parent = found.evidence.tx_hash.removesuffix("/1")
    rows = found.raw.answers["transactions"]["transactions"]
    stamp = rows[1]["consensus_timestamp"]
    hashed = base64.b64decode(rows[1]["transaction_hash"]).hex()
    assert found.evidence.aliases == (hashed, stamp, parent)


def test_an_executed_schedule_is_meant_by_the_id_of_its_making(story: Story) -> None:
    evidence = story("schedule-executed").evidence
    assert evidence.tx_hash == "0.0.503733-1666754898-238965661?scheduled"
    (transfer,) = evidence.transfers
    assert (transfer.amount, transfer.type) == (404_955_647, "token_mint")
    assert transfer.recipient.address == "0.0.540219"
    assert evidence.fee is not None
    assert evidence.fee.payer == "0.0.540286"


@pytest.mark.parametrize(
    ("name", "reason", "fee"),
    [
        ("failed-out-of-gas", "INSUFFICIENT_GAS", 95_515_604),
        ("failed-reverted", "CONTRACT_REVERT_EXECUTED", 120_694_790),
    ],
)
def test_a_failed_call_took_only_the_fee(story: Story, name: str, reason: str, fee: int) -> None:
    evidence = story(name).evidence
    assert (evidence.status, evidence.failure) == (TxStatus.FAILED, reason)
    assert evidence.transfers == ()
    assert Gap.INTERNAL_TRANSFERS not in evidence.gaps
    assert evidence.fee is not None
    assert evidence.fee.amount == fee
