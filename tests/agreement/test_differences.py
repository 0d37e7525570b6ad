"""Which fields of two stories must agree, and what a source that can't show one is worth."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from classify.world import USDT, World, open_exchange, party

from recovery.agreement import confirms, find_differences, find_disagreement
from recovery.model import Block, Evidence, Gap, Memo, MemoKind, TransferKind, TxStatus

OTHER_BLOCKS = {
    "hash": Block(1000, "0xother", None),
    "height": Block(1001, "0xblock", None),
    "none": None,
}
CHANGES: dict[str, Any] = {
    "asset": {"asset": USDT},
    "amount": {"amount": 7},
    "recipient": {"recipient": party("bob")},
    "senders": {"senders": (party("mallory"),)},
    "memo": {"memo": Memo(MemoKind.TEXT, "1002")},
    "succeeded": {"succeeded": False},
    "unlock_at": {"unlock_at": 99},
}
HIDDEN = {"amount": Gap.AMOUNT, "memo": Gap.MEMO, "senders": Gap.SENDERS, "succeeded": Gap.SUCCESS}


@pytest.fixture
def world() -> World:
    return open_exchange()


def story(world: World) -> Evidence:
    return world.look(world.pay("alice"), world.pay("bob", 3))


def with_change(evidence: Evidence, field: str) -> Evidence:
    changed = replace(evidence.transfers[0], **CHANGES[field])
    return replace(evidence, transfers=(changed, *evidence.transfers[1:]))


def test_the_same_story_told_twice_agrees_and_confirms_each_transfer(world: World) -> None:
    one, other = story(world), replace(story(world), confirmations=7, final=False)
    assert find_differences(one, other) == ()
    assert confirms(one, other, "at:0")
    assert not confirms(one, other, "at:9"), "what it does not show it does not confirm"


@pytest.mark.parametrize("field", CHANGES)
def test_every_field_of_a_transfer_must_agree(world: World, field: str) -> None:
    one = story(world)
    other = with_change(one, field)
    for first, second in ((one, other), (other, one)):
        (found,) = find_differences(first, second)
        assert (found.field, found.position) == (field, "at:0")
        assert found.first != found.second
        assert find_disagreement(first, second) == "the sources differ on the transfers at at:0"
        assert not confirms(first, second, "at:0")
        assert not confirms(first, second, "at:1"), (
            "who lies of one transfer is not believed of another"
        )


@pytest.mark.parametrize("block", OTHER_BLOCKS)
def test_the_block_must_agree(world: World, block: str) -> None:
    one = story(world)
    other = replace(one, block=OTHER_BLOCKS[block])
    (found,) = find_differences(one, other)
    assert (found.field, found.first) == ("block", "block 1000 0xblock")
    assert not confirms(one, other, "at:0")


def test_of_a_source_that_names_no_block_hash_the_height_must_do(world: World) -> None:
    one = story(world)
    assert find_differences(one, replace(one, block=Block(1000, "", None))) == ()
    assert find_differences(one, replace(one, block=Block(1001, "", None))) != ()


def test_the_status_must_agree(world: World) -> None:
    one = story(world)
    found = find_differences(one, replace(one, status=TxStatus.FAILED))
    assert [(d.field, d.first, d.second) for d in found] == [("status", "confirmed", "failed")]


def test_a_transfer_that_one_source_lacks_is_a_difference(world: World) -> None:
    one = story(world)
    (found,) = find_differences(one, replace(one, transfers=one.transfers[:1]))
    assert (found.field, found.position, found.second) == ("transfer", "at:1", None)
    assert found.first is not None
    assert found.first.startswith("3 of eip155:1/slip44:60 to 0x")


@pytest.mark.parametrize("field", HIDDEN)
def test_what_a_source_can_not_show_is_neither_denied_nor_confirmed(
    world: World, field: str
) -> None:
    one = story(world)
    other = replace(with_change(one, field), gaps=frozenset({HIDDEN[field]}))
    assert find_differences(one, other) == ()
    assert not confirms(one, other, "at:0")
    assert find_differences(other, one) == ()


def test_an_unseen_token_validity_confirms_nothing(world: World) -> None:
    one = story(world)
    assert not confirms(one, replace(one, gaps=frozenset({Gap.TOKEN_VALIDITY})), "at:0")


def test_a_trace_that_only_one_offers_is_no_contradiction_and_no_confirmation(
    world: World,
) -> None:
    inside = world.pay("alice", kind="internal")
    assert inside.kind is TransferKind.INTERNAL
    traced = world.look(world.pay("bob", 3), inside)
    blind = replace(
        traced, transfers=traced.transfers[:1], gaps=frozenset({Gap.INTERNAL_TRANSFERS})
    )
    assert find_differences(traced, blind) == ()
    assert confirms(traced, blind, "at:0")
    assert not confirms(traced, blind, "at:1")
    assert find_differences(traced, replace(blind, gaps=frozenset())) != ()
