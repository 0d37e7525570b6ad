"""Published fake deposits on Hedera: each ends in nothing, or in what was delivered."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hedera.stories import ALICE, EXCHANGE, FAKE, FEES, NODE, at, fee, row

from recovery.chains.family import RawTx
from recovery.chains.hedera.decode import decode
from recovery.checks import Found
from recovery.errors import Garbled
from recovery.model import Gap, TxStatus
from recovery.networks import Network

Story = Callable[[str], Found]
RawOf = Callable[..., RawTx]


def test_transfers_listed_in_a_failed_record_paid_nobody(story: Story) -> None:
    evidence = story("hostile-failed-with-transfers").evidence
    assert evidence.status is TxStatus.FAILED
    assert [t.succeeded for t in evidence.transfers] == [False]


def test_an_id_given_to_two_nodes_paid_once(story: Story) -> None:
    evidence = story("hostile-duplicate-id").evidence
    assert evidence.status is TxStatus.CONFIRMED
    assert [t.amount for t in evidence.transfers] == [5_500_000]


def test_a_token_named_usdc_is_its_own_id(story: Story) -> None:
    (transfer,) = story("hostile-token-named-usdc").evidence.transfers
    assert transfer.asset == f"hedera:mainnet/token:{FAKE}"
    assert transfer.symbol == "USDC"


def test_an_airdrop_that_waits_is_a_promise_by_type(story: Story) -> None:
    (transfer,) = story("hostile-pending-airdrop").evidence.transfers
    assert (transfer.type, transfer.recipient.address) == ("pending_airdrop", EXCHANGE)
    assert transfer.amount == 77_000_000


def test_a_proposed_payment_is_neither_paid_nor_refused(story: Story) -> None:
    evidence = story("hostile-schedule-not-executed").evidence
    assert evidence.transfers == ()
    assert Gap.SUCCESS in evidence.gaps


def test_a_list_that_does_not_add_up_is_no_amount(story: Story) -> None:
    assert Gap.AMOUNT in story("hostile-unbalanced-list").evidence.gaps


def test_a_tinybar_with_a_link_is_a_tinybar(story: Story) -> None:
    (transfer,) = story("hostile-dust-with-advert").evidence.transfers
    assert transfer.amount == 1


def test_an_airdrop_list_that_is_not_to_be_had_is_a_gap(
    row_of_hbar: Network, raw_of: RawOf
) -> None:
    evidence = decode(row_of_hbar, raw_of(row(name="TOKENAIRDROP")))
    assert Gap.INTERNAL_TRANSFERS in evidence.gaps


def test_a_payment_to_the_fee_account_beside_the_fee_is_shown(
    row_of_hbar: Network, raw_of: RawOf
) -> None:
    told = row(at(FEES, 5_000_000), at(ALICE, -5_000_000))
    evidence = decode(row_of_hbar, raw_of(told))
    assert {t.recipient.address for t in evidence.transfers} >= {FEES, NODE}


def test_rewards_that_an_old_mirror_does_not_name_leave_the_amount_open(
    row_of_hbar: Network, raw_of: RawOf
) -> None:
    told = row(at(EXCHANGE, 14), at(ALICE, -5), at("0.0.800", -9))
    del told["staking_reward_transfers"]
    assert Gap.AMOUNT in decode(row_of_hbar, raw_of(told)).gaps


@pytest.mark.parametrize(
    "wrong",
    [
        {"result": "success"},
        {"nonce": None},
        {"scheduled": "false"},
        {"transaction_hash": "AAAA"},
        {"transfers": [*fee(), {"account": EXCHANGE, "amount": "5"}]},
        {"transfers": [*fee(), {"account": "0x" + "ab" * 20, "amount": 0}]},
        {"memo_base64": "%%"},
    ],
)
def test_a_row_of_the_wrong_shape_is_no_answer(
    row_of_hbar: Network, raw_of: RawOf, wrong: dict[str, object]
) -> None:
    with pytest.raises(Garbled):
        decode(row_of_hbar, raw_of(row() | wrong))


def test_a_block_of_another_time_is_refused(row_of_hbar: Network, raw_of: RawOf) -> None:
    raw = raw_of(row())
    early = {"from": "1795175000.000000001", "to": "1795175002.000000001"}
    other = raw.answers["block"] | {"timestamp": early}
    with pytest.raises(Garbled):
        decode(row_of_hbar, raw_of(row(), block=other))
