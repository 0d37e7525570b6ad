"""What a Cosmos transaction's signer signed, read from its bytes.

Knows: protobuf field numbers of `TxRaw` and of the messages that move coins. Must not know: nodes,
events, what became of the messages.

A transaction's hash is the SHA-256 of its `TxRaw` bytes, so what is read here needs nobody's word.
Messages whose type is not read keep their type only.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from dataclasses import dataclass
from typing import Any

from recovery.chains.shape import garbled
from recovery.chains.tron.wire import Fields, join, last_bytes, number, parse_fields

SEND = "/cosmos.bank.v1beta1.MsgSend"
MULTI_SEND = "/cosmos.bank.v1beta1.MsgMultiSend"
EXEC = "/cosmos.authz.v1beta1.MsgExec"
RECEIVE = frozenset({"/ibc.core.channel.v1.MsgRecvPacket", "/ibc.core.channel.v2.MsgRecvPacket"})
RETURNED = frozenset(
    {
        "/ibc.core.channel.v1.MsgTimeout",
        "/ibc.core.channel.v1.MsgTimeoutOnClose",
        "/ibc.core.channel.v1.MsgAcknowledgement",
        "/ibc.core.channel.v2.MsgTimeout",
        "/ibc.core.channel.v2.MsgAcknowledgement",
    }
)
IBC_SEND = frozenset(
    {"/ibc.applications.transfer.v1.MsgTransfer", "/ibc.core.channel.v2.MsgSendPacket"}
)
VESTING = "/cosmos.vesting.v1beta1.MsgCreateVestingAccount"
PERIODIC = "/cosmos.vesting.v1beta1.MsgCreatePeriodicVestingAccount"
PERMANENT = "/cosmos.vesting.v1beta1.MsgCreatePermanentLockedAccount"

_DEEPEST = 6
"""MsgExec within MsgExec: the chain itself allows about as many."""


@dataclass(frozen=True, slots=True)
class Coin:
    denom: str
    amount: int


@dataclass(frozen=True, slots=True)
class Asked:
    """One payment that a message asks for."""

    sender: str
    recipient: str
    coins: tuple[Coin, ...]


@dataclass(frozen=True, slots=True)
class Packet:
    """An ICS-20 packet: ``denom`` as the sending chain wrote it; ``source`` and ``destination`` are
    port and channel (client, in IBC v2) with a slash between."""

    source: str
    destination: str
    denom: str
    amount: str
    sender: str
    receiver: str
    memo: str


@dataclass(frozen=True, slots=True)
class Message:
    """One message with the messages that it executes for others (authz)."""

    type: str
    fields: Fields
    inner: tuple[Message, ...] = ()


@dataclass(frozen=True, slots=True)
class Signed:
    """``sequence`` is the first signer's; ``timeout_height`` 0 where there is none."""

    messages: tuple[Message, ...]
    memo: str
    fee: tuple[Coin, ...]
    payer: str
    granter: str
    sequence: int
    timeout_height: int


def read_base64(value: Any, what: str) -> bytes:
    try:
        return base64.b64decode(value, validate=True)
    except (TypeError, ValueError, binascii.Error):
        raise garbled(f"{what} is not base64: {value!r:.80}") from None


def hash_of(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest().upper()


def parse_signed(raw: bytes, tx_hash: str) -> Signed:
    """Raises `Garbled` unless the bytes hash to the transaction that was asked for."""
    if hash_of(raw) != tx_hash:
        raise garbled("the transaction's bytes do not hash to what was asked for")
    outer = parse_fields(raw)
    body, auth = parse_fields(last_bytes(outer, 1)), parse_fields(last_bytes(outer, 2))
    fee = parse_fields(join(auth, 2))
    signers = auth.get(1, [])
    first = parse_fields(signers[0]) if signers and isinstance(signers[0], bytes) else {}
    messages = tuple(_parse_message(m) for m in _all_bytes(body, 1))
    if not messages:
        raise garbled("the transaction has no messages")
    return Signed(
        messages=messages,
        memo=_text(body, 2),
        fee=_coins(fee, 1),
        payer=_text(fee, 3),
        granter=_text(fee, 4),
        sequence=_unsigned(first, 3),
        timeout_height=_unsigned(body, 3),
    )


def _parse_message(data: bytes, depth: int = 0) -> Message:
    wrapped = parse_fields(data)
    kind, fields = _text(wrapped, 1), parse_fields(last_bytes(wrapped, 2))
    inner: tuple[Message, ...] = ()
    if kind == EXEC:
        if depth >= _DEEPEST:
            raise garbled("messages are nested deeper than the chain allows")
        inner = tuple(_parse_message(m, depth + 1) for m in _all_bytes(fields, 2))
    return Message(kind, fields, inner)


def find_asked(message: Message) -> list[Asked]:
    """The payments a message asks the bank for, in order; those of nested messages included."""
    if message.type == SEND:
        return [_payment(message.fields, coins=3)]
    if message.type in (VESTING, PERMANENT):
        return [_payment(message.fields, coins=3)]
    if message.type == MULTI_SEND:
        sides = [parse_fields(i) for i in _all_bytes(message.fields, 1)]
        sender = _text(sides[0], 1) if len(sides) == 1 else ""
        outputs = [parse_fields(o) for o in _all_bytes(message.fields, 2)]
        return [Asked(sender, _text(o, 1), _coins(o, 2)) for o in outputs]
    return [asked for inner in message.inner for asked in find_asked(inner)]


def _payment(fields: Fields, *, coins: int) -> Asked:
    return Asked(_text(fields, 1), _text(fields, 2), _coins(fields, coins))


def find_signer(message: Message) -> str | None:
    """Who signs a message: of these types it is their first field."""
    known = {SEND, EXEC, VESTING, PERMANENT, PERIODIC, "/cosmwasm.wasm.v1.MsgExecuteContract"}
    if message.type in known or message.type.startswith(
        ("/cosmos.staking.", "/cosmos.distribution.")
    ):
        return _text(message.fields, 1) or None
    if message.type == MULTI_SEND:
        return find_asked(message)[0].sender or None if find_asked(message) else None
    return None


def read_lock_end(message: Message) -> int | None:
    """Unix seconds at which a vesting account is free; None where it is no such message or never."""
    if message.type == VESTING:
        return number(message.fields, 4)
    if message.type == PERIODIC:
        lengths = [number(parse_fields(p), 1) for p in _all_bytes(message.fields, 4)]
        return number(message.fields, 3) + sum(lengths)
    return None


def read_packet(message: Message) -> tuple[str, Packet | None]:
    """The port that a received packet is for, and its ICS-20 content where that is plain JSON.

    Raises `Garbled` for another message than one of `RECEIVE`.
    """
    packet = parse_fields(join(message.fields, 1))
    if "channel.v2" not in message.type:
        port = _text(packet, 4)
        source = f"{_text(packet, 2)}/{_text(packet, 3)}"
        return port, _parse_ics20(last_bytes(packet, 6), source, f"{port}/{_text(packet, 5)}")
    payloads = [parse_fields(p) for p in _all_bytes(packet, 5)]
    if len(payloads) != 1:
        return "", None
    port = _text(payloads[0], 2)
    source = f"{_text(payloads[0], 1)}/{_text(packet, 2)}"
    return port, _parse_ics20(last_bytes(payloads[0], 5), source, f"{port}/{_text(packet, 3)}")


def _parse_ics20(data: bytes, source: str, destination: str) -> Packet | None:
    try:
        read = json.loads(data)
    except (ValueError, RecursionError):
        return None
    if not isinstance(read, dict):
        return None
    names = ("denom", "amount", "sender", "receiver")
    if not all(isinstance(read.get(name), str) for name in names):
        return None
    memo = read.get("memo", "")
    return Packet(
        source=source,
        destination=destination,
        denom=read["denom"],
        amount=read["amount"],
        sender=read["sender"],
        receiver=read["receiver"],
        memo=memo if isinstance(memo, str) else "",
    )


def local_denom(packet: Packet) -> str:
    """The name that the received coin has on this chain (ICS-20).

    A coin that comes back loses the prefix it got on its way out; any other gets this end's prefix.
    What still has a prefix is named by the hash of the whole path.
    """
    prefix = packet.source + "/"
    if packet.denom.startswith(prefix):
        path = packet.denom[len(prefix) :]
        is_traced = path.startswith("transfer/")
    else:
        path, is_traced = f"{packet.destination}/{packet.denom}", True
    return f"ibc/{hashlib.sha256(path.encode()).hexdigest().upper()}" if is_traced else path


def _all_bytes(fields: Fields, field: int) -> list[bytes]:
    values = fields.get(field, [])
    if not all(isinstance(v, bytes) for v in values):
        raise garbled(f"field {field} of the signed bytes is a number")
    return [v for v in values if isinstance(v, bytes)]


def _text(fields: Fields, field: int) -> str:
    try:
        return last_bytes(fields, field).decode("utf-8")
    except UnicodeDecodeError:
        raise garbled(f"field {field} of the signed bytes is no text") from None


def _coins(fields: Fields, field: int) -> tuple[Coin, ...]:
    coins = []
    for part in _all_bytes(fields, field):
        coin = parse_fields(part)
        amount = _text(coin, 2)
        if not amount.isascii() or not amount.isdigit() or len(amount) > 78:
            raise garbled(f"a signed amount is no number: {amount!r:.80}")
        coins.append(Coin(_text(coin, 1), int(amount)))
    return tuple(coins)


def _unsigned(fields: Fields, field: int) -> int:
    value = fields.get(field, [0])[-1]
    return value if isinstance(value, int) else 0
