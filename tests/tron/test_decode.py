"""What becomes evidence on Tron: memos, times, special types, batches, old answers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from tron.stories import (
    ALICE,
    BOB,
    CAROL,
    SPENDER,
    USDT,
    call,
    called,
    field,
    inner,
    moved,
    pay,
    result,
    sign,
    transfer_data,
)

from recovery.chains.codecs import parse_address
from recovery.chains.tron import contracts
from recovery.chains.tron.decode import parse_memo, parse_moment
from recovery.chains.tron.wire import text_of
from recovery.errors import Garbled
from recovery.model import Evidence, Gap, Memo, MemoKind, TransferKind
from recovery.networks import Network

Decode = Callable[..., Evidence]
Story = Callable[[str], Evidence]


@pytest.mark.parametrize(
    ("data", "memo"),
    [
        (b"", None),
        (b"100234", Memo(MemoKind.TEXT, "100234")),
        ("für dich\n".encode(), Memo(MemoKind.TEXT, "für dich\n")),
        (b"\xff\x00", Memo(MemoKind.BINARY, "ff00")),
        (b"a\x00b", Memo(MemoKind.BINARY, "610062")),
    ],
)
def test_a_memo_is_text_where_it_can_be_read(data: bytes, memo: Memo | None) -> None:
    assert parse_memo(data) == memo


def test_times_are_milliseconds() -> None:
    assert parse_moment(1_757_976_723_500) == datetime(2025, 9, 15, 22, 52, 3, 500_000, tzinfo=UTC)
    with pytest.raises(Garbled):
        parse_moment(0)
    with pytest.raises(Garbled):
        parse_moment(10**18)


def test_both_spellings_of_an_address_are_one_key(row: Network) -> None:
    plain, hexadecimal = parse_address(row, text_of(USDT)), parse_address(row, USDT)
    assert plain.key == hexadecimal.key
    assert plain.text == hexadecimal.text == "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"


def test_the_memo_of_the_transaction_goes_with_its_token_transfers(story: Story) -> None:
    (transfer,) = story("trc20-with-memo").transfers
    assert transfer.memo == Memo(MemoKind.TEXT, "100234")


def test_one_call_that_pays_several_is_a_batch(story: Story) -> None:
    assert [t.batched for t in story("several-recipients").transfers] == [True] * 3
    assert not any(t.batched for t in story("trc20-transfer").transfers)


def test_what_programs_move_is_internal_and_comes_last(story: Story) -> None:
    evidence = story("internal")
    kinds = [t.kind for t in evidence.transfers]
    assert kinds == [TransferKind.NATIVE, *[TransferKind.INTERNAL] * 3]
    assert [t.type for t in evidence.transfers if t.special] == ["self_destruct"]


def test_a_vote_reward_comes_from_nobody_and_stake_from_its_owner(story: Story) -> None:
    (reward,) = story("vote-reward").transfers
    assert (reward.kind, reward.senders, reward.special) == (TransferKind.REWARD, (), True)
    (stake,) = story("unstaked").transfers
    assert stake.senders == (stake.recipient,)
    assert stake.special


@pytest.mark.parametrize("number", [*sorted(contracts.NAMES), 77, 127])
def test_no_type_of_contract_is_a_crash_or_a_false_no(evidence_of: Decode, number: int) -> None:
    """Each type either moves what it says, or is said to pay nobody, or leaves it open."""
    if number in contracts._READERS:
        return  # these move value, and have stories of their own
    body = sign(contracts.NAMES.get(number, "New"), {"owner_address": ALICE}, number=number)
    evidence = evidence_of(body, result(body))
    assert evidence.transfers == ()
    assert evidence.notes
    known = number in contracts._PAYS_NOBODY
    assert (Gap.INTERNAL_TRANSFERS in evidence.gaps) is not known


def test_a_made_contract_gets_what_it_was_made_with(evidence_of: Decode) -> None:
    value = {"owner_address": ALICE, "new_contract": field(5, 7_000_000).hex()}
    body = sign("CreateSmartContract", value)
    info = called(body, contract_address=SPENDER)
    first = evidence_of(body, info, keeps_internal=True).transfers[0]
    assert (first.amount, first.recipient.address) == (7_000_000, text_of(SPENDER))
    assert first.type == "contract_creation"


def test_a_trc10_bought_from_its_issuer_is_coin_for_the_issuer(evidence_of: Decode) -> None:
    value = {"owner_address": ALICE, "to_address": BOB, "asset_name": "31", "amount": 9}
    body = sign("ParticipateAssetIssueContract", value)
    (transfer,) = evidence_of(body, result(body)).transfers
    assert (transfer.amount, transfer.special) == (9, True)


def test_a_call_can_bring_a_trc10_along(evidence_of: Decode) -> None:
    value = {"owner_address": ALICE, "contract_address": SPENDER, "data": "00"}
    body = sign("TriggerSmartContract", value | {"call_token_value": 5, "token_id": 1_002_000})
    (transfer,) = evidence_of(body, called(body), keeps_internal=True).transfers
    assert (transfer.position, transfer.asset) == ("token", "tron:0x2b6653dc/trc10:1002000")


def test_an_old_call_without_any_result_is_not_known_to_have_succeeded(
    evidence_of: Decode,
) -> None:
    body = call(USDT, "00", ret=None)
    info = called(body, logs=[moved(USDT, ALICE, BOB, 5)], receipt={"energy_usage_total": 9})
    assert Gap.SUCCESS in evidence_of(body, info).gaps


def test_an_old_coin_transfer_without_contract_ret_succeeded(evidence_of: Decode) -> None:
    body = pay(5, ret=None)
    evidence = evidence_of(body, result(body))
    assert evidence.gaps == frozenset()
    assert evidence.transfers[0].succeeded


def test_the_fee_is_its_burnt_sun_and_the_signers(story: Story) -> None:
    fee = story("native-transfer").fee
    assert fee is not None
    assert (fee.amount, fee.payer) == (1_100_000, "TEB39Rt69QkgD1BKhqaRNqGxfQzCarkRCb")


def test_a_token_that_takes_a_fee_in_passing_is_no_batch(evidence_of: Decode) -> None:
    body = call(USDT, transfer_data(BOB, 100))
    logs = [moved(USDT, ALICE, BOB, 99), moved(USDT, ALICE, CAROL, 1)]
    evidence = evidence_of(body, called(body, logs=logs))
    assert [t.batched for t in evidence.transfers] == [False, False]


def test_an_internal_amount_of_no_known_token_is_refused(evidence_of: Decode) -> None:
    body = call(SPENDER, "00")
    info = called(body, internal_transactions=[inner(BOB, {"callValue": 1, "tokenId": "x"})])
    with pytest.raises(Garbled):
        evidence_of(body, info)
