"""Who received what on Aptos: both asset models, fees, positions, senders."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from aptos.stories import (
    ALICE,
    APTOS_COIN,
    BOB,
    CAROL,
    HEAD_VERSION,
    POOL,
    SPONSOR,
    USDC,
    call,
    coin_into,
    coin_out_of,
    coins,
    event,
    into,
    out_of,
    pay,
    short,
    statement,
    store,
    transaction,
)

from recovery.chains.aptos.wire import derive_paired_metadata, derive_primary_store
from recovery.errors import Garbled
from recovery.model import Evidence, TransferKind, TxStatus

Tell = Callable[[str], Evidence]
Decode = Callable[..., Evidence]


def test_primary_stores_are_derived_as_move_derives_them() -> None:
    owner = "0xc67545d6f3d36ed01efc9b28cbfd0c1ae326d5d262dd077a29539bcee0edce9e"
    metadata = "0x2ebb2ccac5e027a87fa0e2e5f656a3a4238d6a48d93ec9b610d570fc0aa0df12"
    expected = "0x08a9d57692a9d4deb1680eaf107b83c152436e10f7bb521143fa403fa95ef76a"
    assert derive_primary_store(owner, metadata) == expected
    apt = "0x" + "0" * 63 + "a"
    owner = "0x49ffe7968750a5ffea80af6fd7657bb246ff8ce6657cbf2c8ed13d9276096b3f"
    expected = "0x4f8733c98d484ea506fcfd7ecdec17c4b27f7489fb0c8962975bf0cf213b6242"
    assert derive_primary_store(owner, apt) == expected


def test_a_coins_fungible_twin_is_derived_from_its_type() -> None:
    coin = "0xf22bede237a07e121b56d91a491eb7bcdfd1f5907926a9e58338f964a01b17fa::asset::USDC"
    expected = "0x2b3be0a97a73c87ff62cbdd36837a9fb5bbd1d7f06a73b7ed62ec15c5326c1b8"
    assert derive_paired_metadata(coin) == expected


@pytest.mark.parametrize("name", ["native", "native-coin", "by-version"])
def test_the_coin_in_either_form_is_the_one_native_asset(story: Tell, name: str) -> None:
    (transfer,) = story(name).transfers
    assert transfer.asset == "aptos:1/slip44:637"
    assert transfer.kind is TransferKind.NATIVE
    assert (transfer.symbol, transfer.decimals, transfer.standard) == ("APT", 8, None)


def test_a_movement_told_twice_counts_once(story: Tell) -> None:
    (transfer,) = story("told-twice").transfers
    assert transfer.amount == 100_000_000


def test_two_equal_payments_told_twice_count_twice(evidence_of: Decode) -> None:
    module = event(
        "0x1::coin::CoinDeposit", {"coin_type": APTOS_COIN, "account": short(BOB), "amount": "5"}
    )
    tx = transaction(
        "twice",
        call(f"{short(POOL)}::desk::pay", []),
        [module, coin_into(BOB, 5), module, coin_into(BOB, 5), statement(3)],
        [coins(BOB, 10)],
    )
    transfers = evidence_of(tx).transfers
    assert [(t.position, t.amount) for t in transfers] == [("event:0", 5), ("event:2", 5)]


def test_a_migration_of_ones_own_coins_is_no_payment(story: Tell) -> None:
    evidence = story("migration")
    assert (evidence.status, evidence.transfers) == (TxStatus.CONFIRMED, ())


def test_a_coin_store_deleted_in_the_transaction_is_known_by_its_last_event(
    evidence_of: Decode,
) -> None:
    gone = event(
        "0x1::coin::CoinStoreDeletion",
        {
            "coin_type": APTOS_COIN,
            "deleted_deposit_event_handle_creation_number": "2",
            "deleted_withdraw_event_handle_creation_number": "3",
            "event_handle_creation_address": short(BOB),
        },
    )
    tx = transaction(
        "gone",
        call(f"{short(POOL)}::desk::pay", []),
        [out_of(ALICE, 5), coin_into(BOB, 5), gone, statement(3)],
        [*store(ALICE, 5), *store(BOB, 25)],
    )
    (transfer,) = evidence_of(tx).transfers
    assert (transfer.recipient.address, transfer.amount) == (BOB, 5)


def test_the_sender_is_the_owner_of_the_store_that_the_amount_left(story: Tell) -> None:
    (transfer,) = story("several-signers").transfers
    assert [p.address for p in transfer.senders] == [CAROL]
    assert transfer.kind is TransferKind.NATIVE


def test_where_amounts_do_not_match_every_payer_of_the_asset_is_a_sender(
    evidence_of: Decode,
) -> None:
    tx = transaction(
        "joined",
        call(f"{short(POOL)}::desk::join", []),
        [out_of(ALICE, 3), out_of(CAROL, 4), into(BOB, 7), statement(3)],
        [*store(ALICE, 5), *store(CAROL, 1), *store(BOB, 25)],
    )
    (transfer,) = evidence_of(tx).transfers
    assert [p.address for p in transfer.senders] == [ALICE, CAROL]
    assert transfer.kind is TransferKind.INTERNAL  # Carol did not sign


@pytest.mark.parametrize(("name", "payer"), [("paid-by-program", POOL), ("unlocked-stake", BOB)])
def test_what_a_program_pays_is_internal(story: Tell, name: str, payer: str) -> None:
    (transfer,) = story(name).transfers
    assert transfer.kind is TransferKind.INTERNAL
    assert [p.address for p in transfer.senders] == [payer]


def test_a_multisig_account_pays_as_a_person_does(story: Tell) -> None:
    (transfer,) = story("multisig").transfers
    assert transfer.kind is TransferKind.NATIVE


def test_one_call_that_pays_two_people_is_batched(story: Tell) -> None:
    transfers = story("several-recipients").transfers
    assert [(t.recipient.address, t.amount, t.batched) for t in transfers] == [
        (BOB, 150_000_000, True),
        (CAROL, 250_000_000, True),
    ]


def test_the_sponsor_pays_the_gas_less_what_storage_gave_back(story: Tell) -> None:
    fee = story("sponsored").fee
    assert fee is not None
    assert (fee.payer, fee.amount) == (SPONSOR, 60 * 100 - 1_200)


def test_a_refund_above_the_gas_makes_the_fee_nothing(evidence_of: Decode) -> None:
    tx = transaction(
        "refund", pay(BOB, 1), [into(BOB, 1), statement(5, refund=900_000)], store(BOB, 1)
    )
    fee = evidence_of(tx).fee
    assert fee is not None
    assert fee.amount == 0


def test_a_secondary_or_frozen_store_goes_to_a_reviewer(story: Tell) -> None:
    for name, kind in (("secondary-store", "secondary_store"), ("frozen-store", "frozen_store")):
        evidence = story(name)
        (transfer,) = evidence.transfers
        assert (transfer.type, transfer.special, transfer.amount) == (kind, True, 42_000_000)
        assert kind in [n.code for n in evidence.notes]


def test_hooks_and_twins_are_told_to_the_reviewer(story: Tell) -> None:
    assert [n.code for n in story("token").notes] == ["token_hooks"]
    (note,) = story("token-by-its-coin-name").notes
    assert note.code == "paired_asset"
    assert "971225a0" in note.text


def test_an_object_that_was_passed_on_stays_with_the_last_taker(story: Tell) -> None:
    first, last = story("nft-passed-on").transfers
    assert (first.recipient.address, first.amount) == (BOB, 0)
    assert (last.recipient.address, last.amount, last.kind) == (CAROL, 1, TransferKind.NFT)
    assert first.asset == last.asset


def test_positions_are_the_events_own_numbers_whatever_stands_between(evidence_of: Decode) -> None:
    noise = event(f"{short(POOL)}::log::Line", {"text": "hello"})
    moved = [coin_out_of(ALICE, 5), coin_into(BOB, 5)]
    changes = [coins(ALICE, 1), coins(BOB, 5)]
    plain = evidence_of(transaction("p", pay(BOB, 5), [*moved, statement(1)], changes))
    noisy = evidence_of(
        transaction("p", pay(BOB, 5), [noise, noise, *moved, statement(1)], changes)
    )
    assert [t.position for t in plain.transfers] == ["event:1"]
    assert [t.position for t in noisy.transfers] == ["event:3"]


def test_what_is_in_the_ledger_is_final_and_what_waits_is_not(story: Tell) -> None:
    native, waiting = story("native"), story("pending")
    assert (native.final, native.required_confirmations, native.confirmations) == (True, None, 101)
    assert (waiting.status, waiting.final, waiting.confirmations) == (TxStatus.PENDING, False, 0)
    assert [n.code for n in waiting.notes] == ["expires"]


def test_short_and_long_addresses_are_one(evidence_of: Decode) -> None:
    low = "0x" + "0" * 60 + "beef"
    tx = transaction(
        "short", pay(low, 5), [into(low, 5, USDC), statement(1)], store(low, 5, metadata=USDC)
    )
    (transfer,) = evidence_of(tx).transfers
    assert transfer.recipient.address == low


def test_the_hash_decides_which_transaction_it_is(raw_of: Decode, row: object) -> None:
    from recovery.chains.aptos.decode import decode

    tx = transaction(
        "one", pay(BOB, 1), [into(BOB, 1), statement(1)], store(BOB, 1), version=HEAD_VERSION
    )
    raw = raw_of(tx)
    tx["hash"] = "0x" + "77" * 32
    with pytest.raises(Garbled):
        decode(row, raw)  # type: ignore[arg-type]  # the fixture's row is a Network
