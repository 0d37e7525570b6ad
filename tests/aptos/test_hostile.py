"""Published tricks on Aptos: each ends in the delivered amount or in nothing, never in a credit."""

from __future__ import annotations

from collections.abc import Callable

from aptos.stories import (
    ALICE,
    BOB,
    USDC,
    call,
    coin_into,
    coins,
    into,
    out_of,
    pay,
    primary,
    statement,
    store,
    transaction,
)

from recovery.model import Evidence, Gap, TransferKind, TxStatus

Tell = Callable[[str], Evidence]
Decode = Callable[..., Evidence]


def test_another_packages_coin_as_type_argument_is_another_asset(story: Tell) -> None:
    """The function is the framework's, the module is called aptos_coin: the address decides."""
    (transfer,) = story("hostile-fake-coin-type").transfers
    assert transfer.kind is TransferKind.TOKEN
    assert "aptos%5Fcoin" in transfer.asset
    assert not transfer.asset.startswith("aptos:1/coin:0x1%3A")
    assert transfer.symbol == "APT"


def test_a_fungible_asset_is_its_metadata_whatever_it_calls_itself(story: Tell) -> None:
    (transfer,) = story("hostile-fake-usdc").transfers
    assert transfer.symbol == "USDC"
    assert USDC not in transfer.asset


def test_events_of_another_package_move_nothing(story: Tell) -> None:
    evidence = story("hostile-forged-event")
    assert evidence.status is TxStatus.CONFIRMED
    assert evidence.transfers == ()


def test_what_a_hook_takes_out_again_was_not_delivered(story: Tell) -> None:
    first, second = story("hostile-taking-hook").transfers
    assert (first.recipient.address, first.amount, first.requested_amount) == (
        BOB,
        930_000,
        1_000_000,
    )
    assert second.amount == 70_000


def test_what_is_taken_back_in_the_same_transaction_was_not_delivered(story: Tell) -> None:
    first, second = story("hostile-taken-back").transfers
    assert (first.recipient.address, first.amount) == (BOB, 0)
    assert (second.recipient.address, second.amount) == (ALICE, 1_000_000)


def test_a_payment_that_failed_inside_a_transaction_that_succeeded_pays_nobody(story: Tell) -> None:
    evidence = story("hostile-inner-call-failed")
    (asked,) = evidence.transfers
    assert evidence.status is TxStatus.CONFIRMED
    assert not asked.succeeded
    assert [n.code for n in evidence.notes] == ["inner_call_failed"]


def test_the_payload_of_a_failed_transaction_is_only_what_was_asked(story: Tell) -> None:
    evidence = story("failed")
    assert evidence.status is TxStatus.FAILED
    assert evidence.failure is not None
    assert "INSUFFICIENT" in evidence.failure
    assert [t.succeeded for t in evidence.transfers] == [False]


def test_nobody_received_more_than_lies_in_his_store_afterwards(evidence_of: Decode) -> None:
    """Whatever the events add up to: the balance in the write set is the bound."""
    tx = transaction(
        "bound",
        call("0x1::primary_fungible_store::transfer", [{"inner": USDC}, BOB, "500"]),
        [out_of(ALICE, 500, USDC), into(BOB, 500, USDC), statement(5)],
        [*store(ALICE, 0, metadata=USDC), *store(BOB, 20, metadata=USDC)],
    )
    (transfer,) = evidence_of(tx).transfers
    assert (transfer.amount, transfer.requested_amount) == (20, 500)


def test_the_gas_a_recipient_paid_himself_is_not_missing_from_his_deposit(
    evidence_of: Decode,
) -> None:
    tx = transaction(
        "own gas",
        call("0x1::delegation_pool::withdraw", []),
        [into(BOB, 10_000), statement(57)],
        [*store(BOB, 10_000 - 5_700)],
        sender=BOB,
    )
    (transfer,) = evidence_of(tx).transfers
    assert (transfer.amount, transfer.requested_amount) == (10_000, None)


def test_a_store_of_which_the_object_core_is_not_shown_has_no_known_owner(
    evidence_of: Decode,
) -> None:
    """The derived address of Bob's primary store alone proves nothing that the node did not say."""
    balances, _ = store(BOB, 500)
    tx = transaction("bare", pay(BOB, 500), [into(BOB, 500), statement(5)], [balances])
    evidence = evidence_of(tx)
    assert evidence.transfers == ()
    assert evidence.gaps == {Gap.INTERNAL_TRANSFERS}


def test_a_store_at_bobs_derived_address_belongs_to_whom_its_object_core_names(
    evidence_of: Decode,
) -> None:
    tx = transaction(
        "other owner",
        pay(BOB, 500),
        [into(BOB, 500), statement(5)],
        store(ALICE, 500, at=primary(BOB)),
    )
    (transfer,) = evidence_of(tx).transfers
    assert transfer.recipient.address == ALICE
    assert (transfer.type, transfer.special) == ("secondary_store", True)


def test_an_event_stream_that_no_coin_store_owns_leaves_a_gap(evidence_of: Decode) -> None:
    """Who else was paid can't be said: then nobody may be told that nothing reached him."""
    tx = transaction(
        "stream", pay(BOB, 500), [coin_into(BOB, 500, 99), statement(5)], [coins(BOB, 1)]
    )
    evidence = evidence_of(tx)
    assert evidence.transfers == ()
    assert Gap.INTERNAL_TRANSFERS in evidence.gaps
