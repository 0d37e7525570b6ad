"""Who received what on Sui: net balances, gas, objects, and the same from both APIs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from sui.stories import (
    ALICE,
    BOB,
    CAROL,
    FAKE,
    HEAD,
    SPONSOR,
    SUI,
    USDC,
    Thing,
    Told,
    coin,
    digest_of,
    rpc_tx,
    somebody,
)

from recovery.agreement import find_disagreement
from recovery.chains.family import RawTx
from recovery.chains.sui.decode import decode
from recovery.demo.fixtures import load_fixtures
from recovery.model import Evidence, Gap, TransferKind, TxStatus
from recovery.networks import Network

Tell = Callable[[str], Evidence]
Ask = Callable[..., Evidence]
FEE = 1_747_880

TOLD_BY_BOTH = sorted(
    f.name.partition("/")[2].removesuffix("-jsonrpc")
    for f in load_fixtures(network="SUI")
    if f.name.endswith("-jsonrpc") and f.evidence is not None
)


@pytest.mark.parametrize("name", TOLD_BY_BOTH)
def test_both_apis_tell_the_same_story(story: Tell, name: str) -> None:
    """Block, parties, amounts, positions, names and order: not merely no disagreement."""
    by_graphql, by_rpc = story(name), story(f"{name}-jsonrpc")
    assert find_disagreement(by_graphql, by_rpc) is None
    assert by_graphql == by_rpc


def test_the_gas_is_no_part_of_what_was_sent(story: Tell) -> None:
    evidence = story("native")
    (transfer,) = evidence.transfers
    assert evidence.fee is not None
    assert (transfer.amount, evidence.fee.amount) == (100_000_000, 1_744_880)
    assert transfer.kind is TransferKind.NATIVE
    assert [p.address for p in transfer.senders] == [evidence.fee.payer]


def test_a_sponsor_pays_the_fee_and_sends_nothing(story: Tell) -> None:
    evidence = story("sponsored")
    (transfer,) = evidence.transfers
    assert [p.address for p in transfer.senders] == [ALICE]
    assert evidence.fee is not None
    assert evidence.fee.payer == SPONSOR


def test_who_pays_the_gas_of_his_own_receipt_received_it_whole(story: Tell) -> None:
    (transfer,) = story("gas-payer-receives").transfers
    assert (transfer.recipient.address, transfer.amount) == (BOB, 500_000_000)


def test_storage_given_back_is_no_income(story: Tell) -> None:
    evidence = story("storage-given-back")
    assert [t.recipient.address for t in evidence.transfers] == [BOB]
    assert evidence.fee is not None
    assert evidence.fee.amount == 0


def test_a_receipt_under_the_address_itself_counts_like_a_coin(story: Tell) -> None:
    """No object was made: whoever lists coins would miss it."""
    (transfer,) = story("address-balance").transfers
    assert (transfer.recipient.address, transfer.amount) == (BOB, 700_000_000)


def test_what_a_pools_reserve_pays_is_internal(story: Tell) -> None:
    (transfer,) = story("paid-by-program").transfers
    assert transfer.kind is TransferKind.INTERNAL
    (swapped,) = story("swap").transfers
    assert (swapped.amount, swapped.symbol) == (103_045_380, "USDC")


def test_sui_that_somebody_else_gave_is_internal(evidence_of: Ask) -> None:
    rows = [(ALICE, SUI, -FEE), (CAROL, SUI, -500), (BOB, SUI, 500)]
    (transfer,) = evidence_of(Told(digest_of("carol"), rows)).transfers
    assert [p.address for p in transfer.senders] == [CAROL]
    assert transfer.kind is TransferKind.INTERNAL


def test_two_people_paid_at_once_are_batched(story: Tell) -> None:
    transfers = story("several-recipients").transfers
    assert sorted((t.recipient.address, t.amount, t.batched) for t in transfers) == sorted(
        [(BOB, 150_000_000, True), (CAROL, 250_000_000, True)]
    )


def test_lists_are_read_to_their_last_page(story: Tell) -> None:
    transfers = story("two-pages").transfers
    assert len(transfers) == 60
    assert sum(t.amount for t in transfers) == sum(1_000 + i for i in range(60))


def test_positions_name_owner_and_coin_whatever_the_order_of_the_rows(evidence_of: Ask) -> None:
    rows = [(ALICE, SUI, -500 - FEE), (ALICE, USDC, -7), (BOB, SUI, 500), (BOB, USDC, 7)]
    answers = coin(USDC, "USDC", "USDC", 6)
    one = evidence_of(Told(digest_of("order"), rows), answers[0])
    other = evidence_of(Told(digest_of("order"), rows[::-1]), answers[0])
    assert one.transfers == other.transfers
    assert [t.position for t in one.transfers] == [f"output:{BOB}:{USDC}", f"output:{BOB}:SUI"]


def test_short_and_padded_types_are_one_coin(evidence_of: Ask) -> None:
    padded = "0x" + "0" * 63 + "2::sui::SUI"
    rows = [(ALICE, SUI, -300 - FEE), (BOB, SUI, 100), (BOB, padded, 200)]
    (transfer,) = evidence_of(Told(digest_of("padded"), rows), api="jsonrpc").transfers
    assert (transfer.amount, transfer.asset) == (300, "sui:35834a8a/slip44:784")


def test_only_objects_that_an_address_got_are_handed_over(story: Tell) -> None:
    (handed,) = story("nft").transfers
    assert (handed.kind, handed.amount, handed.recipient.address) == (TransferKind.NFT, 1, BOB)
    assert handed.asset == f"sui:35834a8a/object:{somebody('an nft')}"
    assert [p.address for p in handed.senders] == [ALICE]
    (minted,) = story("nft-minted").transfers
    assert minted.recipient.address == BOB


@pytest.mark.parametrize("api", ["graphql", "jsonrpc"])
def test_coins_are_counted_by_balance_and_never_as_objects(evidence_of: Ask, api: str) -> None:
    rows = [(ALICE, SUI, -500 - FEE), (BOB, SUI, 500)]
    things = [
        Thing(somebody("c1"), "0x2::coin::Coin<0x2::sui::SUI>", None, BOB),
        Thing(somebody("c2"), "0x2::coin::Coin<0x2::sui::SUI>", ALICE, None),
    ]
    (transfer,) = evidence_of(Told(digest_of("coins"), rows, things), api=api).transfers
    assert transfer.kind is TransferKind.NATIVE


def test_a_failed_transaction_paid_the_gas_and_nobody(story: Tell) -> None:
    evidence = story("failed")
    assert (evidence.status, evidence.final, evidence.transfers) == (TxStatus.FAILED, True, ())
    assert evidence.failure == "InsufficientCoinBalance in command 2"
    assert evidence.fee is not None
    assert evidence.fee.amount == 1_079_040


def test_a_checkpoint_makes_it_final(story: Tell) -> None:
    done, waiting = story("native"), story("pending")
    assert (done.final, done.required_confirmations) == (True, None)
    assert (waiting.status, waiting.final, waiting.block) == (TxStatus.PENDING, False, None)


def test_hostile_a_coin_named_usdc_is_its_package(story: Tell) -> None:
    (transfer,) = story("hostile-fake-usdc").transfers
    assert transfer.symbol == "USDC"
    assert USDC.partition("::")[0] not in transfer.asset


def test_hostile_another_packages_sui_is_no_native_coin(story: Tell) -> None:
    (transfer,) = story("hostile-fake-sui").transfers
    assert transfer.kind is TransferKind.TOKEN
    assert FAKE in transfer.asset


def test_hostile_an_address_that_is_only_touched_received_nothing(story: Tell) -> None:
    recipients = {t.recipient.address for t in story("hostile-only-touched").transfers}
    assert BOB not in recipients


def test_a_balance_that_nobody_owns_leaves_a_gap(row: Network) -> None:
    told = Told(digest_of("shared"), [(BOB, SUI, 5)])
    tx = rpc_tx(told)
    tx["balanceChanges"][0]["owner"] = {"Shared": {"initial_shared_version": 3}}
    checkpoint = {"sequenceNumber": tx["checkpoint"], "digest": told.block}
    answers = {"tx": tx, "checkpoint": checkpoint, "head": HEAD, "coins": {}}
    at = datetime(2026, 11, 20, 12, tzinfo=UTC)
    evidence = decode(row, RawTx(row.code, told.digest, "jsonrpc", "http://node", at, answers))
    assert evidence.transfers == ()
    assert evidence.gaps == {Gap.INTERNAL_TRANSFERS}


def test_gas_paid_without_any_balance_change_is_an_answer_that_lost_something(
    evidence_of: Ask,
) -> None:
    """Nobody may be told that nothing reached him."""
    evidence = evidence_of(Told(digest_of("pruned"), []))
    assert evidence.gaps == {Gap.INTERNAL_TRANSFERS}
    assert [n.code for n in evidence.notes] == ["balances_missing"]
