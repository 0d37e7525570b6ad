"""Events, transfer functions and domain separators of the Aptos framework, value by value.

Source: aptos-core's framework (``coin``, ``fungible_asset``, ``primary_fungible_store``, ``object``, ``aptos_account``; ``0x3::token``).
"""

from __future__ import annotations

from aptos.stories import ALICE

from recovery.chains.aptos import asked, events, stores, wire


def test_deposits_enter_and_withdrawals_leave_in_every_generation() -> None:
    entering = ["0x1::fungible_asset::Deposit", "0x1::coin::CoinDeposit"]
    leaving = ["0x1::fungible_asset::Withdraw", "0x1::coin::CoinWithdraw"]
    assert dict.fromkeys(entering, True) | dict.fromkeys(leaving, False) == events._MODULE
    entering = ["0x1::fungible_asset::DepositEvent", "0x1::coin::DepositEvent"]
    leaving = ["0x1::fungible_asset::WithdrawEvent", "0x1::coin::WithdrawEvent"]
    assert dict.fromkeys(entering, True) | dict.fromkeys(leaving, False) == events._STREAM
    assert events._GENERIC == {"0x1::coin::Deposit<": True, "0x1::coin::Withdraw<": False}


def test_objects_and_old_tokens_change_hands_by_these_events() -> None:
    assert set(events._HANDOVERS) == {"0x1::object::Transfer", "0x1::object::TransferEvent"}
    old = {"0x3::token::Deposit", "0x3::token::DepositEvent", "0x3::token::TokenDeposit"}
    assert set(events._OLD_TOKENS) == old


COIN, ASSET = "0xa::usdt::USDT", "0x" + "a" * 64
ONE = [ALICE, "5"]
TWO = [[ALICE, ALICE], ["5", "6"]]


def read(name: str, *arguments: object, types: tuple[str, ...] = ()) -> list[tuple[str, str, int]]:
    call = {"type": "entry_function_payload", "function": name}
    payload = call | {"arguments": list(arguments), "type_arguments": list(types)}
    return [(a.namespace, a.reference, a.amount) for a in asked.read_asked(payload)]


def test_the_frameworks_own_transfers_say_what_they_pay() -> None:
    native = ("coin", "0x1::aptos_coin::AptosCoin")
    for name in ("0x1::aptos_account::transfer", "0x1::aptos_account::fungible_transfer_only"):
        assert read(name, *ONE) == [(*native, 5)]
    assert read("0x1::aptos_account::batch_transfer", *TWO) == [(*native, 5), (*native, 6)]
    for name in ("0x1::aptos_account::transfer_coins", "0x1::coin::transfer"):
        assert read(name, *ONE, types=(COIN,)) == [("coin", COIN, 5)]
    name = "0x1::aptos_account::batch_transfer_coins"
    assert read(name, *TWO, types=(COIN,)) == [("coin", COIN, 5), ("coin", COIN, 6)]
    for name in (
        "0x1::primary_fungible_store::transfer",
        "0x1::aptos_account::transfer_fungible_assets",
    ):
        assert read(name, {"inner": ASSET}, *ONE) == [("fungible", ASSET, 5)]
    name = "0x1::aptos_account::batch_transfer_fungible_assets"
    assert read(name, {"inner": ASSET}, *TWO) == [("fungible", ASSET, 5), ("fungible", ASSET, 6)]
    assert read("0x2::aptos_account::transfer", *ONE) == []


def test_resources_and_separators_have_their_names_and_bytes() -> None:
    """``OBJECT_DERIVED_SCHEME`` (0xFC), ``OBJECT_FROM_SEED_ADDRESS_SCHEME`` (0xFE); APT's own metadata is at 0xa."""
    assert stores.FUNGIBLE_STORE == "0x1::fungible_asset::FungibleStore"
    assert stores.OBJECT == "0x1::object::ObjectCore"
    assert stores.PAIRED_COIN == "0x1::coin::PairedCoinType"
    assert (wire._PRIMARY_STORE, wire._NAMED_OBJECT) == (b"\xfc", b"\xfe")
    assert wire._COINS_FUNGIBLE_ROOT.hex() == "0a".zfill(64)
