"""How events are told apart, who signed and paid, and what a payment leaves behind."""

from __future__ import annotations

import base64
import dataclasses
import json
from collections.abc import Callable
from typing import Any

import pytest

from recovery.chains.cosmos import signed
from recovery.chains.cosmos.decode import _Decoder, _first_payer, _is_payment
from recovery.chains.cosmos.events import UNDONE, Event, Events, read_events
from recovery.chains.cosmos.family import FAMILY
from recovery.chains.cosmos.moves import (
    Move,
    _Bank,
    _read_cw20,
    _read_received,
    _received,
    party_of,
)
from recovery.chains.cosmos.signed import Coin, Message, Packet, find_signer
from recovery.chains.family import RawTx
from recovery.chains.source import Node
from recovery.errors import Garbled
from recovery.networks import Network

ALICE = "cosmos1gu6y2a0ffteesyeyeesk23082c6998xyzmt9mz"
Serve = Callable[..., Node]


def event(kind: str, **attributes: str | None) -> dict[str, Any]:
    return {"type": kind, "attributes": [{"key": k, "value": v} for k, v in attributes.items()]}


def sealed(told: dict[str, Any]) -> dict[str, Any]:
    """Keys and values in base64, as nodes before SDK 0.50 wrote them."""

    def seal(text: str | None) -> str | None:
        return None if text is None else base64.b64encode(text.encode()).decode()

    pairs = [{k: seal(v) for k, v in a.items()} for a in told["attributes"]]
    return told | {"attributes": pairs}


OUTSIDE = event("tx", fee="5uatom", fee_payer=ALICE)


def test_events_with_an_index_belong_to_their_message() -> None:
    listed = [
        OUTSIDE,
        event("transfer", amount="2uatom", msg_index="1"),
        event("transfer", amount="1uatom", msg_index="0"),
    ]
    told = read_events({"events": listed}, messages=2, succeeded=True)
    assert [e.type for e in told.outside] == ["tx"]
    assert [[e.find("amount") for e in group] for group in told.messages] == [
        ["1uatom"],
        ["2uatom"],
    ]


@pytest.mark.parametrize("index", ["2", "-1", "x", "", "\u0661", None])
def test_an_event_of_a_message_that_is_not_there_is_garbled(index: str | None) -> None:
    listed = [event("transfer", amount="1uatom", msg_index="0"), event("transfer", msg_index=index)]
    with pytest.raises(Garbled, match="a message that is not there"):
        read_events({"events": listed}, messages=2, succeeded=True)


@pytest.mark.parametrize("field", ["log", "raw_log"])
def test_the_log_tells_them_apart_where_events_have_no_index(field: str) -> None:
    logs = [{"events": [event("transfer", recipient=name)]} for name in ("a", "b")]
    answer = {"events": [OUTSIDE], field: json.dumps(logs)}
    told = read_events(answer, messages=2, succeeded=True)
    assert [[e.find("recipient") for e in group] for group in told.messages] == [["a"], ["b"]]
    with pytest.raises(Garbled, match="one log for each message"):
        read_events(answer, messages=3, succeeded=True)


@pytest.mark.parametrize("text", ["", "all went well", "[not json", '{"a": 1}', None, 7])
def test_without_a_log_each_message_begins_with_its_action(text: Any) -> None:
    listed = [
        OUTSIDE,
        event("message", action="/cosmos.bank.v1beta1.MsgSend"),
        event("transfer", recipient="a"),
        event("message", sender=ALICE),
        event("message", action="/cosmos.bank.v1beta1.MsgSend"),
    ]
    answer = {"events": listed, "raw_log": text}
    told = read_events(answer, messages=2, succeeded=True)
    assert [len(group) for group in told.messages] == [3, 1]
    assert [e.type for e in told.outside] == ["tx"]
    with pytest.raises(Garbled, match="told apart"):
        read_events(answer, messages=3, succeeded=True)


def test_events_in_base64_say_the_same() -> None:
    plain = [OUTSIDE, event("transfer", recipient="a", amount="5uatom", sender=None, msg_index="0")]
    answers = [{"events": plain}, {"events": [sealed(e) for e in plain]}]
    first, second = (read_events(a, messages=1, succeeded=True) for a in answers)
    assert first == second
    assert first.messages[0][0].find("amount") == "5uatom"
    mixed = [sealed(OUTSIDE), sealed(plain[1])]
    mixed[1]["attributes"].append({"key": "no base64!", "value": "x"})
    with pytest.raises(Garbled, match="neither plain nor base64"):
        read_events({"events": mixed}, messages=1, succeeded=True)


def test_what_a_callback_undid_did_not_happen() -> None:
    listed = [
        event("transfer", amount="1uatom", msg_index="0"),
        event(f"{UNDONE}transfer", amount="2uatom", msg_index="0"),
        event("transfer", **{f"{UNDONE}amount": "3uatom", "msg_index": "0"}),
    ]
    ((left,),) = read_events({"events": listed}, messages=1, succeeded=True).messages
    assert left.find("amount") == "1uatom"


def message(kind: str, signer: str = ALICE) -> Message:
    return Message(kind, {1: [signer.encode()]})


@pytest.mark.parametrize(
    "kind",
    [
        signed.SEND, signed.EXEC, signed.VESTING, signed.PERMANENT, signed.PERIODIC,
        "/cosmwasm.wasm.v1.MsgExecuteContract", "/cosmos.staking.v1beta1.MsgDelegate",
        "/cosmos.distribution.v1beta1.MsgWithdrawDelegatorReward",
    ],
)  # fmt: skip
def test_the_first_field_of_these_messages_signs_them(kind: str) -> None:
    assert find_signer(message(kind)) == ALICE
    assert find_signer(message(kind, "")) is None


@pytest.mark.parametrize(
    ("end", "free"), [(1, "1970-01-01T00:00:01"), (10**18, "9999-12-31T23:59:59")]
)
def test_coins_may_vest_for_as_long_as_their_sender_likes(end: int, free: str) -> None:
    """Any positive end is valid on the chain (MsgCreateVestingAccount): one beyond all calendars is no fault."""
    decoder = object.__new__(_Decoder)
    lock = decoder._lock_end(Message(signed.VESTING, {4: [end]}))
    assert lock is not None
    assert lock.isoformat() == f"{free}+00:00"


def test_a_vesting_end_that_the_chain_refuses_is_garbled() -> None:
    with pytest.raises(Garbled, match="a vesting end that can't be"):
        object.__new__(_Decoder)._lock_end(Message(signed.VESTING, {4: [0]}))


def test_of_other_messages_the_signer_is_not_guessed() -> None:
    assert find_signer(message("/ibc.core.channel.v1.MsgRecvPacket")) is None
    assert find_signer(message("/cosmos.gov.v1.MsgVote")) is None
    side = bytes([10, len(ALICE)]) + ALICE.encode()
    assert find_signer(Message(signed.MULTI_SEND, {1: [side], 2: [side]})) == ALICE
    assert find_signer(Message(signed.MULTI_SEND, {1: [side, side], 2: [side]})) is None
    assert find_signer(Message(signed.MULTI_SEND, {1: [side], 2: []})) is None


def test_the_fees_own_events_name_who_paid_before_the_signer_does() -> None:
    class Seen:
        messages = (message(signed.SEND, "signer"),)

    def payer(*listed: tuple[str, dict[str, str]]) -> str:
        outside = tuple(Event(kind, tuple(pairs.items())) for kind, pairs in listed)
        seen: Any = Seen()
        return _first_payer(seen, Events(outside, ((),)))

    paid, counted = ("tx", {"fee_payer": "payer"}), ("tx", {"acc_seq": "counted/7"})
    assert payer(counted, paid) == "payer"
    assert payer(("tx", {"fee": "5uatom"}), counted) == "counted"
    assert payer(("message", {"fee_payer": "x"}), ("message", {"acc_seq": "y/1"})) == "signer"
    Seen.messages = (message("/cosmos.gov.v1.MsgVote"),)
    assert payer() == ""


def test_a_payment_has_a_sender_with_an_address_an_amount_and_another_recipient(
    row: Network,
) -> None:
    alice = party_of(row.code, ALICE)
    bob = party_of(row.code, "cosmos1w508d6qejxtdg4y5r3zarvary0c5xw7k6ah60c")
    paid = Move(bob, alice, row.native_asset, 5)
    assert _is_payment(paid)
    nobody = dataclasses.replace(alice, address=None)
    for change in (
        {"sender": None},
        {"sender": nobody},
        {"special": True},
        {"amount": 0},
        {"recipient": alice},
    ):
        assert not _is_payment(dataclasses.replace(paid, **change)), change


@pytest.mark.parametrize("name", ["native-with-memo", "multisend"])
def test_a_payment_that_left_no_events_is_no_answer(
    name: str, row: Network, serve: Serve, exchanges: Callable[[str], list[Any]]
) -> None:
    """The bank always tells of a payment; a node that leaves it out may leave out more."""
    listed = exchanges(name)
    tx_hash = next(p.rpartition("/")[2] for e in listed if "/txs/" in (p := e.get("get", "")))
    (raw,) = FAMILY.fetch(row, serve(listed), [tx_hash])
    assert isinstance(raw, RawTx)
    assert FAMILY.decode(row, raw).transfers
    result = raw.answers["result"]
    outside = [
        e for e in result["events"] if not any(a["key"] == "msg_index" for a in e["attributes"])
    ]
    bare = {**result, "events": outside, "logs": [{"events": []}]}
    with pytest.raises(Garbled, match="a payment succeeded without its events"):
        FAMILY.decode(row, dataclasses.replace(raw, answers={**raw.answers, "result": bare}))


# -- packets of IBC, and what contracts say ------------------------------------------------------

BOB = "cosmos1w508d6qejxtdg4y5r3zarvary0c5xw7k6ah60c"
FAR = "osmo1w508d6qejxtdg4y5r3zarvary0c5xw7kr57zhn"


def test_of_several_payments_beside_a_packet_only_the_packets_own_amount_is_it(
    row: Network,
) -> None:
    """A program on the way may pay the same account more: that is no deposit by the packet."""
    bob, escrow = party_of(row.code, BOB), party_of(row.code, ALICE)
    packet = Packet("transfer/channel-0", "transfer/channel-141", "uosmo", "5", FAR, BOB, "104857")
    banked = [
        _Bank(bob, escrow, Coin("uatom", 3)),
        _Bank(escrow, bob, Coin("uatom", 5)),
        _Bank(bob, escrow, Coin("uatom", 5)),
        _Bank(bob, escrow, Coin("uatom", 5)),
    ]
    read = _received(row, packet, banked)
    assert [(m.amount, m.type, m.memo) for m in read.moves] == [
        (3, "ibc_call", None),
        (5, "ibc_call", None),
        (5, None, "104857"),
        (5, "ibc_call", None),
    ]
    calls = [m for m in read.moves if m.type]
    assert all(m.special and m.by_program and m.has_own_memo for m in calls)
    assert [n.code for n in read.notes] == ["ibc_received"]


def _delivered(port: str, **acknowledgement: str) -> tuple[Message, tuple[Event, ...]]:
    """A packet of IBC for a port, with what the port's module answered."""

    def text(field: int, value: bytes) -> bytes:
        return bytes([field << 3 | 2, len(value)]) + value

    packet = text(2, b"icacontroller") + text(3, b"channel-9") + text(4, port.encode())
    packet += text(5, b"channel-3") + text(6, b"\x00")
    told = Event("write_acknowledgement", tuple(acknowledgement.items()))
    kind = next(t for t in sorted(signed.RECEIVE) if "channel.v2" not in t)
    return Message(kind, {1: [packet]}), (told,)


@pytest.mark.parametrize(
    ("port", "kind"), [("icahost", "interchain_account"), ("wasm.cosmos1x", "ibc_call")]
)
def test_what_a_packet_to_another_module_pays_is_named_for_what_it_is(
    row: Network, port: str, kind: str
) -> None:
    told, events = _delivered(port, packet_ack='{"result":"AQ=="}')
    bank = _Bank(party_of(row.code, BOB), party_of(row.code, ALICE), Coin("uatom", 5))
    (move,) = _read_received(row, told, events, [bank]).moves
    assert (move.type, move.special, move.has_own_memo, move.amount) == (kind, True, True, 5)


@pytest.mark.parametrize("refused", [True, False])
def test_what_moved_beside_a_packet_that_paid_nobody_is_a_programs(
    row: Network, refused: bool
) -> None:
    answers = {"packet_ack": '{"error":"ABCI code: 1"}'} if refused else {}
    told, events = _delivered("transfer", **answers)
    bank = _Bank(party_of(row.code, BOB), party_of(row.code, ALICE), Coin("uatom", 5))
    read = _read_received(row, told, events, [bank])
    assert [(m.type, m.special) for m in read.moves] == [("ibc_call", True)]
    assert [n.code for n in read.notes] == ["ibc_refused" if refused else "ibc_redundant"]


@pytest.mark.parametrize(
    "change",
    [
        {"from": "nobody"},
        {"to": "nobody"},
        {"amount": "-5"},
        {"amount": "5.0"},
        {"amount": ""},
        {"amount": "9" * 40},
    ],
    ids=str,
)
def test_what_a_contract_says_of_nobody_moves_nothing(row: Network, change: dict[str, str]) -> None:
    contract = party_of(row.code, ALICE).address
    said = {"_contract_address": str(contract), "action": "transfer", "from": BOB, "to": ALICE}
    said["amount"] = "5"
    (moves, notes) = _read_cw20(row, [Event("wasm", tuple(said.items()))])
    assert [m.amount for m in moves] == [5]
    assert notes == []
    (moves, notes) = _read_cw20(row, [Event("wasm", tuple((said | change).items()))])
    assert moves == []
    assert [n.code for n in notes] == ["cw20_unclear"]


@pytest.mark.parametrize(
    ("granter", "payer", "paid"), [("", "", ALICE), ("", BOB, BOB), (ALICE, BOB, ALICE)]
)
def test_the_fee_is_paid_by_its_granter_else_by_its_payer_else_by_the_signer(
    row: Network, granter: str, payer: str, paid: str
) -> None:
    decoder = _Decoder.__new__(_Decoder)
    decoder.network, decoder.notes = row, []
    sender = message(signed.SEND, ALICE)
    coins = (Coin("uatom", 5),)
    decoder.signed = signed.Signed((sender,), "", coins, payer, granter, 1, 0)
    fee = decoder._fee(Events((Event("tx", ()),), ((),)), failed=False)
    assert fee is not None
    assert (fee.amount, fee.payer) == (5, paid)
