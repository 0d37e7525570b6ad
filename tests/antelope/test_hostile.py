"""Published fake deposits on Antelope chains: each ends in nothing, or in what was delivered."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from recovery.model import Evidence, Gap, TransferKind, TxStatus

Story = Callable[[str], Evidence]
US = "exchangeacct"


def paid(evidence: Evidence, account: str = US) -> list[tuple[str, object]]:
    return [
        (t.asset.partition("/")[2], t.amount)
        for t in evidence.transfers
        if t.succeeded and t.recipient.address == account
    ]


@pytest.mark.parametrize(
    ("name", "asset"),
    [
        ("fake-token-of-same-symbol", "token:eosio.tokem-EOS"),
        ("fake-token-with-other-decimals", "token:faketokens11-A"),
    ],
)
def test_a_symbol_of_another_contract_is_another_asset(story: Story, name: str, asset: str) -> None:
    ((found, _),) = paid(story(name))
    assert found == asset


def test_a_and_eos_are_two_assets(story: Story) -> None:
    assert paid(story("native-a-with-memo")) == [("slip44:194", 25_000)]
    assert paid(story("token-eos-of-eosio-token")) == [("token:eosio.token-EOS", 25_000)]


@pytest.mark.parametrize("name", ["fake-notification", "fake-notification-by-nodeos"])
def test_being_shown_a_strangers_transfer_is_no_payment(story: Story, name: str) -> None:
    evidence = story(name)
    assert paid(evidence) == []
    assert len(paid(evidence, "attacker2222")) == 1


def test_a_transfer_that_its_contract_never_ran_is_no_payment(story: Story) -> None:
    evidence = story("fake-notification-without-execution")
    assert evidence.transfers == ()
    assert [n.code for n in evidence.notes] == ["notified_only"]


@pytest.mark.parametrize("name", ["native-a-with-memo", "native-by-nodeos"])
def test_a_payment_counts_once_however_many_are_notified(story: Story, name: str) -> None:
    assert len(story(name).transfers) == 1


def test_the_same_action_run_twice_counts_twice(story: Story) -> None:
    evidence = story("same-action-twice")
    assert paid(evidence) == [("slip44:194", 25_000)] * 2
    assert len({t.position for t in evidence.transfers}) == 2


@pytest.mark.parametrize("name", ["failed-hard-fail", "failed-expired"])
def test_what_failed_in_a_block_pays_nobody(story: Story, name: str) -> None:
    evidence = story(name)
    assert evidence.status is TxStatus.FAILED
    assert paid(evidence) == []


def test_a_delayed_transaction_has_not_happened(story: Story) -> None:
    evidence = story("delayed")
    assert (evidence.status, evidence.final, evidence.transfers) == (TxStatus.PENDING, False, ())


def test_nothing_above_the_irreversible_block_is_final(story: Story) -> None:
    assert not story("not-final-above-lib").final
    assert story("native-a-with-memo").final


def test_a_transfer_of_unknown_shape_is_neither_yes_nor_no(story: Story) -> None:
    evidence = story("transfer-of-another-shape")
    assert evidence.transfers == ()
    assert Gap.INTERNAL_TRANSFERS in evidence.gaps
    assert [n.code for n in story("nft-transfer").notes] == ["nft_moved"]


def test_who_swapped_is_the_payer_and_not_the_contract(story: Story) -> None:
    (transfer,) = [t for t in story("swap-pays-us").transfers if t.recipient.address == US]
    assert [p.address for p in transfer.senders] == ["alice"]
    assert (transfer.type, transfer.kind) == ("swap", TransferKind.INTERNAL)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("ram-sold", "ram_sale"),
        ("stake-refunded", "stake_refund"),
        ("from-evm-bridge", "evm_bridge"),
    ],
)
def test_what_the_system_pays_out_is_looked_at(story: Story, name: str, kind: str) -> None:
    (transfer,) = story(name).transfers
    assert (transfer.type, transfer.special) == (kind, True)


def test_what_expired_can_never_come_any_more(story: Story) -> None:
    assert story("expired").replacement is not None
    assert story("pending-forked-out").replacement is None
