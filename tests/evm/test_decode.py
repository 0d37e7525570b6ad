"""The pure half on written answers: chains that anvil can't play, and answers made to mislead."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from typing import Any

import pytest
from eth_utils.crypto import keccak

from recovery.chains.evm import abi
from recovery.chains.evm.family import FAMILY
from recovery.chains.evm.traces import find_moves, parse_trace, tells_everything
from recovery.chains.family import RawTx
from recovery.demo.fixtures import load_fixtures
from recovery.demo.server import Replay, ReplayServer
from recovery.errors import Garbled
from recovery.model import Evidence
from recovery.networks import load_registry
from recovery.times import parse_time
from recovery.triage import ask_node

Load = Callable[[str, str], RawTx]


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch) -> Load:
    """The raw answers of one fixture, as fetched over real HTTP."""

    def load_one(code: str, story: str) -> RawTx:
        from recovery.chains.source import Node
        from recovery.checks import Found

        (fixture,) = [f for f in load_fixtures(network=code) if f.name == f"{code}/{story}"]
        monkeypatch.setenv("RECOVERY_NOW", str(fixture.now))
        with ReplayServer(Replay([fixture])) as server:
            node = Node(load_registry()[code].code, server.url, "jsonrpc")
            (found,) = ask_node(load_registry()[code], node, [fixture.tx_hash])
            node.close()
        assert isinstance(found, Found)
        return found.raw

    return load_one


def decode(raw: RawTx) -> Evidence:
    return FAMILY.decode(load_registry()[raw.network], raw)


def changed(raw: RawTx, name: str, **fields: Any) -> RawTx:
    """The raw answers with one answer's fields replaced."""
    return dataclasses.replace(raw, answers={**raw.answers, name: raw.answers[name] | fields})


@pytest.mark.parametrize(
    ("topic", "event"),
    [
        (abi.TRANSFER, "Transfer(address,address,uint256)"),
        (abi.TRANSFER_SINGLE, "TransferSingle(address,address,address,uint256,uint256)"),
        (abi.TRANSFER_BATCH, "TransferBatch(address,address,address,uint256[],uint256[])"),
        (abi.WRAPPED_DEPOSIT, "Deposit(address,uint256)"),
        (abi.WRAPPED_WITHDRAWAL, "Withdrawal(address,uint256)"),
        (
            abi.LOG_TRANSFER,
            "LogTransfer(address,address,address,uint256,uint256,uint256,uint256,uint256)",
        ),
        (
            abi.USER_OPERATION,
            "UserOperationEvent(bytes32,address,address,uint256,bool,uint256,uint256)",
        ),
        (abi.SAFE_SUCCESS, "ExecutionSuccess(bytes32,uint256)"),
        (abi.SAFE_FAILURE, "ExecutionFailure(bytes32,uint256)"),
        (
            abi.REDEEM_SCHEDULED,
            "RedeemScheduled(bytes32,bytes32,uint64,uint64,address,uint256,uint256)",
        ),
    ],
)
def test_every_topic_is_the_hash_of_its_event(topic: str, event: str) -> None:
    assert topic == "0x" + keccak(text=event).hex()


def test_a_log_of_another_contract_is_another_asset(load: Load) -> None:
    raw = load("ETH", "forged-transfer-event")
    (paid,) = decode(raw).transfers
    assert paid.symbol == "USDT"
    assert "0xdAC17F958D2ee523a2206206994597C13D831ec7" not in paid.asset


def test_a_user_may_forge_no_log_of_the_protocol(load: Load) -> None:
    """A Transfer of Polygon's shape from another contract than 0x…1010 moves no POL."""
    raw = load("POL", "native-by-its-token-face")
    logs = json.loads(json.dumps(raw.answers["receipt"]["logs"]))
    for log in logs:
        log["address"] = "0x" + "66" * 20
    transfers = decode(changed(raw, "receipt", logs=logs)).transfers
    assert [t.position for t in transfers if t.kind.value != "token"] == ["native"]


def test_native_coin_is_counted_once_whoever_repeats_it(load: Load) -> None:
    for code in ("POL", "ZKSYNC"):
        total = sum(int(t.amount) for t in decode(load(code, "native-transfer")).transfers)
        value = int(load(code, "native-transfer").answers["tx"]["value"], 16)
        assert total == value


def test_the_same_payment_twice_in_one_call_is_two_payments(load: Load) -> None:
    """The protocol's log of the transaction's own value is dropped once, not every equal log."""
    raw = load("ZKSYNC", "native-transfer")
    logs = raw.answers["receipt"]["logs"]
    twice = [*logs, logs[1] | {"logIndex": "0x99"}]
    assert len(decode(changed(raw, "receipt", logs=twice)).transfers) == 2


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("receipt", {"status": "0x2"}),
        ("receipt", {"status": None}),
        ("receipt", {"transactionHash": "0x" + "11" * 32}),
        ("receipt", {"logs": None}),
        ("receipt", {"to": "0x" + "11" * 20}),
        ("receipt", {"gasUsed": -5}),
        ("tx", {"hash": "0x" + "11" * 32}),
        ("tx", {"value": "1000"}),
        ("tx", {"to": "0x11"}),
        ("tx", {"input": None}),
    ],
)
def test_a_contradiction_is_garbled_and_never_evidence(
    load: Load, name: str, fields: dict[str, Any]
) -> None:
    raw = load("ETH", "token-transfer")
    with pytest.raises(Garbled):
        decode(changed(raw, name, **fields))


def test_two_logs_with_one_index_are_garbled(load: Load) -> None:
    raw = load("ETH", "token-transfer")
    logs = raw.answers["receipt"]["logs"]
    with pytest.raises(Garbled, match="one logIndex"):
        decode(changed(raw, "receipt", logs=logs * 2))


@pytest.mark.parametrize("topics", [2, 4])
def test_a_transfer_of_another_shape_is_left_unread_and_said(load: Load, topics: int) -> None:
    raw = load("ETH", "token-transfer")
    (log,) = raw.answers["receipt"]["logs"]
    odd = log | {"topics": (log["topics"] * 2)[:topics], "data": log["data"]}
    evidence = decode(changed(raw, "receipt", logs=[odd]))
    assert not any(t.standard for t in evidence.transfers)
    assert "unreadable_transfer_log" in [n.code for n in evidence.notes]


def test_a_trace_of_another_success_is_garbled(load: Load) -> None:
    raw = load("ETH", "paid-by-contract")
    with pytest.raises(Garbled, match="disagree on success"):
        decode(changed(raw, "trace", error="execution reverted"))


def test_a_trace_of_another_transaction_is_garbled(load: Load) -> None:
    raw = load("ETH", "paid-by-contract")
    with pytest.raises(Garbled, match="another transaction"):
        decode(changed(raw, "trace", to="0x" + "11" * 20))


def frame(kind: str, value: int | None = None, *calls: Any, error: str = "") -> dict[str, Any]:
    made: dict[str, Any] = {"type": kind, "from": "0x" + "aa" * 20, "to": "0x" + "bb" * 20}
    if value is not None:
        made["value"] = hex(value)
    if calls:
        made["calls"] = list(calls)
    return made | ({"error": error} if error else {})


def test_every_ancestor_of_a_payment_must_have_succeeded() -> None:
    paid = frame("CALL", 5)
    root = frame("CALL", 0, frame("CALL", 0, frame("CALL", 0, paid), error="Reverted"), paid)
    assert [m.path for m in find_moves(parse_trace(root))] == ["1"]


def test_value_that_is_only_shown_is_not_moved() -> None:
    shown = [frame("DELEGATECALL", 5), frame("CALLCODE", 5), frame("STATICCALL")]
    assert list(find_moves(parse_trace(frame("CALL", 9, *shown)))) == []


def test_a_frame_of_unknown_kind_may_hide_a_payment() -> None:
    assert not tells_everything(parse_trace(frame("CALL", 0, frame("TELEPORT", 5))))
    assert tells_everything(parse_trace(frame("CALL", 0, frame("TELEPORT", 5), error="failed")))


@pytest.mark.parametrize(
    ("name", "wrong"),
    [("to", None), ("error", False), ("error", 0), ("calls", None), ("calls", {})],
)
def test_a_frame_of_the_wrong_shape_is_garbled(name: str, wrong: object) -> None:
    """A call without a recipient would be counted where another node's would not: paths are keys."""
    inner = frame("STATICCALL", 0) | {name: wrong}
    with pytest.raises(Garbled):
        parse_trace(frame("CALL", 9, inner))


def test_a_deep_trace_is_walked_without_recursion() -> None:
    deep = frame("CALL", 7)
    for _ in range(5000):
        deep = frame("CALL", 0, deep)
    (move,) = find_moves(parse_trace(deep))
    assert move.amount == 7


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ("0x" + "4d4b52".ljust(64, "0"), "MKR"),
        ("0x" + f"{32:064x}" + f"{4:064x}" + "55534454".ljust(64, "0"), "USDT"),
        ("0x" + f"{2**200:064x}" + f"{4:064x}", None),
        ("0x" + f"{32:064x}" + f"{2**255:064x}" + "41" * 32, "A" * 32),
        ("0x", None),
        ("0xzz", None),
        (None, None),
    ],
)
def test_what_a_token_calls_itself_is_bounded_text(answer: str | None, text: str | None) -> None:
    assert abi.parse_text_answer(answer) == text


def test_unknown_decimals_stay_unknown() -> None:
    assert abi.parse_decimals_answer("0x" + f"{6:064x}") == 6
    assert abi.parse_decimals_answer("0x" + f"{255:064x}") is None
    assert abi.parse_decimals_answer("0x") is None


def test_the_time_of_a_block_may_be_a_plain_number(load: Load) -> None:
    raw = load("ETH", "native-transfer")
    plain = changed(raw, "tx", blockTimestamp=1_699_116_959)
    answers = {k: v for k, v in plain.answers.items() if k != "block"}
    block = decode(dataclasses.replace(plain, answers=answers)).block
    assert block is not None
    assert block.time == parse_time("2023-11-04T16:55:59Z")


def test_a_time_beyond_the_calendar_is_garbled(load: Load) -> None:
    raw = load("ETH", "native-transfer")
    answers = {k: v for k, v in raw.answers.items() if k != "block"}
    for seconds, fits in ((253_402_300_799, True), (253_402_300_800, False)):
        plain = changed(dataclasses.replace(raw, answers=answers), "tx", blockTimestamp=seconds)
        if fits:
            assert decode(plain).block is not None
            continue
        with pytest.raises(Garbled, match="no time that can be"):
            decode(plain)


def test_a_transaction_that_names_no_type_is_of_the_first(load: Load) -> None:
    raw = load("ETH", "native-transfer")
    for kind in (None, "0x0"):
        notes = decode(changed(changed(raw, "tx", type=kind), "receipt", type=kind)).notes
        assert "unknown_transaction_type" not in [n.code for n in notes]
    notes = decode(changed(changed(raw, "tx", type="0x63"), "receipt", type="0x63")).notes
    assert "unknown_transaction_type" in [n.code for n in notes]
