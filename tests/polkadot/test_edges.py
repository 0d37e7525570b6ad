"""SCALE's compact integers, by whose bytes Asset Hub names assets; events and calls one step beside their form."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from polkadot.stories import ALICE, BOB, CAROL, block, plain, some_hash

from recovery.chains.polkadot.answer import Event, Told, read_account
from recovery.chains.polkadot.decode import _check_paid
from recovery.chains.polkadot.location import (
    _decode_compact,
    asset_of_place,
    encode_compact,
    local_place,
)
from recovery.chains.polkadot.moves import Moves
from recovery.chains.polkadot.sidecar import read_block
from recovery.chains.polkadot.subscan import read_told
from recovery.errors import Garbled
from recovery.networks import load_registry


@pytest.mark.parametrize(
    ("number", "written"),
    [
        (0, "00"),
        (1, "04"),
        (63, "fc"),
        (64, "0101"),
        (1984, "011f"),
        (16_383, "fdff"),
        (16_384, "02000100"),
        (2**30 - 1, "feffffff"),
        (2**30, "0300000040"),
        (2**32 - 1, "03ffffffff"),
        (2**32, "070000000001"),
        (2**64 - 1, "13ffffffffffffffff"),
        (2**128 - 1, "33" + "ff" * 16),
    ],
)
def test_a_compact_integer_takes_the_fewest_bytes_and_is_read_from_no_others(
    number: int, written: str
) -> None:
    data = bytes.fromhex(written)
    assert encode_compact(number) == data
    assert _decode_compact(data) == number
    assert _decode_compact(data + b"\x00") is None
    place = local_place(50, number)
    assert asset_of_place(load_registry()["DOT"], place).endswith(f"/asset:{number}")


@pytest.mark.parametrize("written", ["0100", "02000000", "0300000000", "0700000000"])
def test_a_number_in_more_bytes_than_it_takes_names_nothing(written: str) -> None:
    assert _decode_compact(bytes.fromhex(written)) is None


# -- events and calls ----------------------------------------------------------------------------

ROW = load_registry()["DOT"]
TIME = datetime(2026, 11, 20, 11, tzinfo=UTC)


def _key(text: str) -> bytes:
    return read_account(ROW, text, "an account")


def _told(*events: Event, call: tuple[str, str] = ("utility", "batchall"), **more: Any) -> Told:
    facts: dict[str, Any] = {
        "height": 10,
        "index": 2,
        "block_hash": some_hash("block"),
        "time": TIME,
        "finalized": True,
        "hash": some_hash("extrinsic"),
        "call": call,
        "signer": _key(ALICE),
        "args": {},
        "events": (*events, Event("system", "ExtrinsicSuccess", ())),
        "complete": True,
        "succeeded": True,
        "tip": 0,
        "old_fee": None,
        "pays_fee": True,
    }
    return Told(**(facts | more))


def _paid(to: str, amount: int) -> Event:
    return Event("balances", "Transfer", (ALICE, to, str(amount)))


BATCHED = Event("utility", "BatchCompleted", ())


@pytest.mark.parametrize(
    ("events", "batched"),
    [
        ((_paid(BOB, 1), _paid(CAROL, 2), BATCHED), True),
        ((_paid(BOB, 1), _paid(CAROL, 0), BATCHED), False),
        ((_paid(BOB, 1), _paid(BOB, 2), BATCHED), False),
        ((_paid(BOB, 1), _paid(CAROL, 2)), False),
    ],
    ids=["two", "one-and-nothing", "one-twice", "no-batch"],
)
def test_a_batch_is_one_that_paid_two_people_something(
    events: tuple[Event, ...], batched: bool
) -> None:
    found = Moves(ROW, _told(*events)).read()
    assert {t.batched for t in found} == {batched}


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (Event("balances", "Transfer", (ALICE, BOB, "x")), r"^the amount of balances\.Transfer"),
        (Event("balances", "Transfer", (ALICE, BOB)), r"^balances\.Transfer has too few parts"),
        (Event("balances", "Transfer", ("x", BOB, "1")), r"^balances\.Transfer is no account"),
        (
            Event("nfts", "Transferred", ("x", "1", ALICE, BOB)),
            r"^a number of nfts\.Transferred",
        ),
    ],
    ids=["amount", "parts", "account", "number"],
)
def test_an_event_that_can_not_be_read_is_named(event: Event, words: str) -> None:
    with pytest.raises(Garbled, match=words):
        Moves(ROW, _told(event)).read()


USDT_PLACE = {
    "parents": "0",
    "interior": {"X2": [{"PalletInstance": "50"}, {"GeneralIndex": "1984"}]},
}


def test_a_fee_paid_in_a_token_is_told_where_the_token_is() -> None:
    def fee(*parts: Any) -> tuple[int | None, str | None]:
        moves = Moves(ROW, _told(Event("assettxpayment", "AssetTxFeePaid", parts)))
        moves.read()
        return moves.fee, moves.fee_asset

    assert fee(ALICE, "7", "0", USDT_PLACE) == (7, f"{ROW.chain}/asset:1984")
    unknown = {"parents": "2", "interior": {"X1": [{"GlobalConsensus": "Nowhere"}]}}
    assert fee(ALICE, "7", "0", unknown) == (None, None)
    with pytest.raises(Garbled, match="a location"):
        fee(ALICE, "7", "0")


def test_the_time_of_a_vested_payment_is_counted_from_its_schedule() -> None:
    schedule = {"locked": "100", "perBlock": "30", "startingBlock": "1000"}
    vested = Event("vesting", "VestingCreated", (BOB, "0"))

    def unlock(**args: Any) -> Any:
        told = _told(_paid(BOB, 100), vested, call=("vesting", "vestedtransfer"), relay=999, **args)
        (found,) = Moves(ROW, told).read()
        return found.type, found.special, found.unlock_at

    args = {"target": {"id": BOB}, "schedule": schedule}
    # four blocks free it all, and it begins one block after this one: five of six seconds
    assert unlock(args=args) == ("vested_transfer", True, TIME + timedelta(seconds=30))
    for other in ({"schedule": schedule}, args | {"target": {"id": CAROL}}, args | {"schedule": 1}):
        assert unlock(args=other) == ("vested_transfer", True, None)
    # its maker may choose a schedule of a million years: it ends with the calendar
    slow = args | {"schedule": schedule | {"locked": str(10**18), "perBlock": "1"}}
    last = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
    assert unlock(args=slow) == ("vested_transfer", True, last)
    with pytest.raises(Garbled, match=r"^target is no account"):
        unlock(args=args | {"target": "x"})


@pytest.mark.parametrize(("beside", "garbled"), [(0, False), (1, True), (2, True)])
def test_a_plain_transfer_pays_once_and_nobody_else(beside: int, garbled: bool) -> None:
    args = {"dest": {"id": BOB}, "value": "5"}
    events = [_paid(BOB, 5), *(_paid(CAROL, n + 1) for n in range(beside))]
    told = _told(*events, call=("balances", "transferkeepalive"), args=args)
    moved = Moves(ROW, told).read()
    if not garbled:
        _check_paid(ROW, told, moved)
        return
    with pytest.raises(Garbled, match="contradict each other"):
        _check_paid(ROW, told, moved)


def test_an_extrinsic_without_arguments_is_named() -> None:
    told = block(10, plain(BOB, 5))
    index = len(told["extrinsics"]) - 1
    assert read_block(ROW, told, index).args["value"] == "5"
    told["extrinsics"][index]["args"] = None
    with pytest.raises(Garbled, match=r"^args "):
        read_block(ROW, told, index)


def test_what_subscan_says_of_a_fee_was_paid() -> None:
    data: dict[str, Any] = {
        "extrinsic_index": "10-2",
        "block_num": 10,
        "block_hash": some_hash("block"),
        "block_timestamp": int(TIME.timestamp()),
        "finalized": True,
        "extrinsic_hash": some_hash("extrinsic"),
        "call_module": "balances",
        "call_module_function": "transfer_keep_alive",
        "account_id": ALICE,
        "params": [],
        "event": [],
        "event_count": 0,
        "success": True,
        "fee_used": "7",
    }
    told = read_told(ROW, data)
    assert (told.pays_fee, told.old_fee, told.tip) == (True, 7, 0)
    assert told.call == ("balances", "transferkeepalive")
    assert read_told(ROW, data | {"fee_used": "", "fee": None}).old_fee is None
