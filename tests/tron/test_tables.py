"""Tron's contract types, results and notes, value by value.

Sources: java-tron's ``Tron.proto`` (``ContractType``, ``contractResult``, ``TransactionInfo``) and the notes that its virtual
machine gives to internal transactions (``Program.java``).
"""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from tron.stories import ALICE, BOB

from recovery.chains.tron import contracts
from recovery.chains.tron.contracts import (
    _OWNER_FIELD,
    _PAYS_NOBODY,
    _READERS,
    _RESOURCES,
    _RETURNS,
    NAMES,
)
from recovery.chains.tron.decode import _PLAIN_CALL_ENERGY, _RESULTS, _TOLD_TWICE
from recovery.chains.tron.internal import _TYPES, read_internal
from recovery.networks import load_registry

PROTO = """
    AccountCreateContract 0, TransferContract 1, TransferAssetContract 2, VoteAssetContract 3, VoteWitnessContract 4,
    WitnessCreateContract 5, AssetIssueContract 6, WitnessUpdateContract 8, ParticipateAssetIssueContract 9,
    AccountUpdateContract 10, FreezeBalanceContract 11, UnfreezeBalanceContract 12, WithdrawBalanceContract 13,
    UnfreezeAssetContract 14, UpdateAssetContract 15, ProposalCreateContract 16, ProposalApproveContract 17,
    ProposalDeleteContract 18, SetAccountIdContract 19, CreateSmartContract 30, TriggerSmartContract 31,
    UpdateSettingContract 33, ExchangeCreateContract 41, ExchangeInjectContract 42, ExchangeWithdrawContract 43,
    ExchangeTransactionContract 44, UpdateEnergyLimitContract 45, AccountPermissionUpdateContract 46,
    ClearABIContract 48, UpdateBrokerageContract 49, ShieldedTransferContract 51, MarketSellAssetContract 52,
    MarketCancelOrderContract 53, FreezeBalanceV2Contract 54, UnfreezeBalanceV2Contract 55,
    WithdrawExpireUnfreezeContract 56, DelegateResourceContract 57, UnDelegateResourceContract 58,
    CancelAllUnfreezeV2Contract 59
"""
NUMBERS = {name: int(number) for name, number in (line.split() for line in PROTO.split(","))}


def test_every_contract_type_has_its_number() -> None:
    """CustomContract (20) and GetContract (32) were never in use."""
    assert {name: number for number, name in NAMES.items()} == NUMBERS


def test_these_types_pay_nobody_but_their_own_sender() -> None:
    moving = {
        "TransferContract", "TransferAssetContract", "ParticipateAssetIssueContract", "CreateSmartContract",
        "TriggerSmartContract",
    }  # fmt: skip
    unread = {
        "AssetIssueContract", "UnfreezeAssetContract", "ExchangeCreateContract", "ExchangeInjectContract",
        "ExchangeWithdrawContract", "ExchangeTransactionContract", "ShieldedTransferContract",
        "MarketSellAssetContract", "MarketCancelOrderContract",
    }  # fmt: skip
    assert {NAMES[n] for n in _PAYS_NOBODY} == set(NUMBERS) - moving - unread
    assert {NAMES[n] for n in _READERS} == moving
    assert {contracts.CREATE_CONTRACT, contracts.TRIGGER_CONTRACT} == contracts.PROGRAMS == {30, 31}
    names = {"FreezeBalanceContract", "DelegateResourceContract", "UnDelegateResourceContract"}
    assert {NAMES[n] for n in _RESOURCES} == names


def test_the_owner_stands_in_the_first_field_but_for_three_types() -> None:
    """``asset_name`` comes first in TransferAssetContract, the new name or id in two of accounts."""
    owners = {"TransferAssetContract": 2, "AccountUpdateContract": 2, "SetAccountIdContract": 2}
    assert {NAMES[n]: field for n, field in _OWNER_FIELD.items()} == owners


def test_a_failed_execution_says_one_of_these_words() -> None:
    words = (
        "REVERT BAD_JUMP_DESTINATION OUT_OF_MEMORY PRECOMPILED_CONTRACT STACK_TOO_SMALL STACK_TOO_LARGE"
        " ILLEGAL_OPERATION STACK_OVERFLOW OUT_OF_ENERGY OUT_OF_TIME JVM_STACK_OVER_FLOW UNKNOWN TRANSFER_FAILED"
        " INVALID_CODE"
    )
    assert set(words.split()) == _RESULTS


def test_these_fields_of_the_result_must_be_told_alike_twice() -> None:
    assert set(_TOLD_TWICE) == {
        "id", "blockNumber", "blockTimeStamp", "fee", "result", "log", "contract_address", "withdraw_amount",
        "unfreeze_amount", "withdraw_expire_amount",
    }  # fmt: skip


def test_what_comes_back_to_the_sender_is_told_by_three_fields() -> None:
    assert _RETURNS == (
        ("withdraw_amount", "reward", "vote_reward"),
        ("unfreeze_amount", "stake", "unfreeze"),
        ("withdraw_expire_amount", "unstaked", "withdraw_expire_unfreeze"),
    )


def test_old_names_of_trc10_end_and_plain_transfers_cost_no_more() -> None:
    begin = datetime(2019, 7, 1, tzinfo=UTC)
    assert begin.timestamp() * 1000 == contracts.TRC10_IDS_SINCE_MS
    assert _PLAIN_CALL_ENERGY == 200_000


NOTES = [
    "freezeForBandwidth", "freezeForEnergy", "freezeBalanceV2ForEnergy", "unfreezeForBandwidth",
    "unfreezeBalanceV2ForBandwidth", "delegateResourceOfEnergy", "unDelegateResourceOfEnergy", "voteWitness",
    "withdrawReward", "withdrawExpireUnfreeze", "cancelAllUnfreezeV2", "cancelAllUnfreezeV2WhileSuicide",
]  # fmt: skip


def told(note: str) -> list[dict[str, object]]:
    return [
        {
            "caller_address": ALICE,
            "transferTo_address": BOB,
            "callValueInfo": [{"callValue": 5}],
            "note": note.encode().hex(),
        }
    ]


@pytest.mark.parametrize("note", NOTES)
def test_staking_of_a_contract_pays_nobody(note: str) -> None:
    read = read_internal(load_registry()["TRX"], told(note))
    assert ([n.code for n in read.notes], read.moves, read.gaps) == (
        ["resource_delegation"],
        [],
        set(),
    )


def test_three_kinds_of_internal_transactions_move_value() -> None:
    assert _TYPES == {"call": None, "create": "contract_creation", "suicide": "self_destruct"}
    for note, kind in _TYPES.items():
        (move,) = read_internal(load_registry()["TRX"], told(note)).moves
        assert (move.amount, move.type, move.special) == (5, kind, note == "suicide")
