"""Published fake deposits on Cosmos chains: each ends in nothing, or in what was delivered."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from recovery.model import Evidence, Gap, TransferKind, TxStatus

Story = Callable[[str], Evidence]


def paid(evidence: Evidence) -> list[tuple[str, object]]:
    return [(t.asset.partition("/")[2], t.amount) for t in evidence.transfers if t.succeeded]


@pytest.mark.parametrize(
    "name", ["failed-insufficient-funds", "failed-out-of-gas", "failed-authz-nested"]
)
def test_a_failed_transaction_keeps_its_fee_events_and_pays_nobody(story: Story, name: str) -> None:
    evidence = story(name)
    assert evidence.status is TxStatus.FAILED
    assert paid(evidence) == []
    assert evidence.fee is not None
    assert evidence.fee.amount == 1250


def test_a_contracts_events_are_its_own_word_for_its_own_token_alone(story: Story) -> None:
    evidence = story("fake-events-of-a-contract")
    (transfer,) = evidence.transfers
    assert transfer.asset.partition("/")[2].startswith("cw20:cosmos1")
    assert transfer.asset != story("cw20-transfer").transfers[0].asset
    assert {"cw20_unclear", "cw721_moved"} <= {n.code for n in evidence.notes}


def test_a_transfer_event_without_the_banks_receipt_is_neither_yes_nor_no(story: Story) -> None:
    evidence = story("event-without-receipt")
    assert ("slip44:118", 2_500_000) not in paid(evidence)
    assert Gap.INTERNAL_TRANSFERS in evidence.gaps


@pytest.mark.parametrize("name", ["ibc-refused", "ibc-undone-events"])
def test_a_refused_packet_pays_nobody_though_the_transaction_succeeded(
    story: Story, name: str
) -> None:
    evidence = story(name)
    assert evidence.status is TxStatus.FAILED
    assert paid(evidence) == []


def test_one_refused_packet_does_not_take_the_other_ones_payment_away(story: Story) -> None:
    evidence = story("ibc-one-refused-of-two")
    assert evidence.status is TxStatus.CONFIRMED
    assert [t.succeeded for t in evidence.transfers] == [True, False]


def test_a_packet_delivered_twice_is_paid_once(story: Story) -> None:
    assert story("ibc-delivered-before").transfers == ()


@pytest.mark.parametrize("name", ["fake-denom-of-a-hostile-channel", "fake-denom-of-a-factory"])
def test_a_coin_called_uatom_is_not_atom(story: Story, name: str) -> None:
    (transfer,) = story(name).transfers
    assert transfer.symbol == "uatom"
    assert transfer.kind is TransferKind.TOKEN
    assert "slip44" not in transfer.asset


def test_a_timed_out_packet_comes_back_as_a_refund_without_a_memo(story: Story) -> None:
    (transfer,) = story("ibc-timeout-refunds").transfers
    assert (transfer.type, transfer.special, transfer.memo) == ("ibc_refund", True, None)


def test_the_relayers_memo_is_never_the_customers(story: Story) -> None:
    (transfer,) = story("ibc-atom-comes-home").transfers
    assert transfer.memo is not None
    assert transfer.memo.value == "104857"
    assert story("ibc-routing-memo").transfers[0].memo is None


def test_a_sender_on_another_chain_is_known_by_key_and_never_paid_by_address(story: Story) -> None:
    (home,) = story("ibc-atom-comes-home").transfers[0].senders
    assert home.address is None
    assert home.key is not None
    (other,) = story("ibc-from-ethereum").transfers[0].senders
    assert other.key is None


def test_coins_that_vest_arrived_and_are_locked(story: Story) -> None:
    (transfer,) = story("vesting-account").transfers
    assert transfer.unlock_at is not None
    assert transfer.special
    assert story("permanently-locked-account").transfers[0].type == "permanently_locked"
