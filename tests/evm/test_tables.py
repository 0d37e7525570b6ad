"""Transaction types, frames of traces and stacks, value by value.

Sources: EIP-2718 and its types; the OP stack's deposits (0x7e); Celo's CIP-42, CIP-64 and its legacy type; Nitro's
``arbTypes``; ZKsync's transaction types; Bor's state sync; geth's ``callTracer`` and the ``trace_`` module of OpenEthereum.
"""

from __future__ import annotations

import pytest

from recovery.chains.evm import abi, decode, facts, fees, logs, traces
from recovery.chains.evm.logs import Move
from recovery.model import AssetId, TransferKind

A, B = "0x" + "a" * 40, "0x" + "b" * 40


def test_each_stack_has_its_own_types_beside_the_standard_ones() -> None:
    assert {"0x0", "0x1", "0x2", "0x3", "0x4"} == decode._STANDARD_TYPES
    assert decode._TYPES == {
        "op": {"0x7e": "op_deposit"},
        "celo": {"0x7e": "op_deposit", "0x7a": "celo", "0x7b": "cip64", "0x7c": "cip42"},
        "arbitrum": {
            "0x64": "arbitrum_deposit", "0x65": "arbitrum_unsigned", "0x66": "arbitrum_contract",
            "0x68": "arbitrum_retry", "0x69": "arbitrum_retryable", "0x6a": "arbitrum_internal",
        },
        "zksync": {"0x71": "zksync_eip712", "0xff": "zksync_l1", "0xfe": "zksync_upgrade"},
        "polygon": {"0x7f": "polygon_state_sync"},
    }  # fmt: skip


def test_a_bridge_pays_by_these_types_and_nobody_pays_for_those() -> None:
    bridged = {"op_deposit", "arbitrum_deposit", "arbitrum_retry", "zksync_l1"}
    assert bridged == decode._SPECIAL
    assert {
        "op": {"0x7e"}, "celo": {"0x7e"}, "arbitrum": {"0x64", "0x69", "0x6a"}, "polygon": {"0x7f"},
    } == fees._FREE_TYPES  # fmt: skip


def test_avalanche_calls_its_final_head_accepted() -> None:
    assert facts._TAGS == {"accepted": "latest"}


def test_nobodys_address_is_twenty_zero_bytes() -> None:
    assert abi.ZERO == "0x0000000000000000000000000000000000000000"


def test_a_label_has_at_most_64_characters_and_a_batch_10000_parts() -> None:
    """A word is 32 bytes; the two limits are the house's own, against megabytes."""
    assert (abi._WORD, abi._TEXT_LIMIT, logs._BATCH_LIMIT) == (64, 64, 10_000)


def test_each_topic_has_its_reader() -> None:
    noted = {
        abi.USER_OPERATION: "_note_user_operation",
        abi.SAFE_SUCCESS: "_note_safe",
        abi.SAFE_FAILURE: "_note_safe",
        abi.REDEEM_SCHEDULED: "_note_redeem",
    }
    assert {topic: note.__name__ for topic, note in logs._NOTES.items()} == noted
    moving = {
        abi.TRANSFER: "_read_transfer",
        abi.TRANSFER_SINGLE: "_read_single",
        abi.TRANSFER_BATCH: "_read_batch",
        abi.WRAPPED_DEPOSIT: "_read_wrapped",
        abi.WRAPPED_WITHDRAWAL: "_read_wrapped",
        abi.LOG_TRANSFER: "_read_transfer",
    }
    read = {topic: reader.__name__ for topic, reader in logs._READERS.items()}
    assert read == moving | dict.fromkeys(noted, "_read_transfer")


def moved(kind: str) -> list[tuple[str, int]]:
    inner = {"type": kind, "from": A, "to": B, "value": "0x5"}
    root = {"type": "CALL", "from": B, "to": A, "value": "0x0", "calls": [inner]}
    return [(m.kind, m.amount) for m in traces.find_moves(traces.parse_trace(root))]


@pytest.mark.parametrize("kind", ["CALL", "CREATE", "CREATE2", "SELFDESTRUCT"])
def test_value_moves_by_calls_creations_and_destructions(kind: str) -> None:
    assert moved(kind) == [(kind, 5)]


@pytest.mark.parametrize("kind", ["DELEGATECALL", "CALLCODE", "STATICCALL"])
def test_a_frame_that_shows_anothers_value_moves_none(kind: str) -> None:
    assert moved(kind) == []
    assert {"DELEGATECALL", "CALLCODE", "STATICCALL"} == traces._MOVES_NOTHING


def test_a_destroyed_contracts_rest_goes_where_the_trace_says() -> None:
    call = {"callType": "call", "from": B, "to": A, "value": "0x0"}
    gone = {"address": A, "refundAddress": B, "balance": "0x7"}
    answer = [
        {"type": "call", "traceAddress": [], "action": call, "result": {}},
        {"type": "suicide", "traceAddress": [0], "action": gone, "result": None},
    ]
    (move,) = traces.find_moves(traces.parse_trace(answer))
    assert (move.kind, move.sender, move.recipient, move.amount) == ("SELFDESTRUCT", A, B, 7)


def test_a_movement_succeeded_and_is_nothing_special_unless_it_says_so() -> None:
    move = Move("log:1", TransferKind.TOKEN, AssetId(f"eip155:1/erc20:{A}"), 5, A, B)
    assert (move.succeeded, move.special) == (True, False)
