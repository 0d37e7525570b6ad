"""Account transactions as toncenter v3 writes them, read into typed values.

Knows: field names, the spelling of hashes and addresses, which fields may be null and when. Must not
know: whose an account is, what a trace means.

Absent is not false: every flag that decides about money must be there, and a body must have the hash
and the operation code that are written beside it.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from typing import Any

from recovery.chains.shape import Json, garbled, read_list, read_object
from recovery.chains.ton.bodies import read_op
from recovery.chains.ton.cells import Cell, parse_boc
from recovery.model import AddressKey

_EMPTY_CELL = "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7"
_LARGEST = 1 << 120
"""Coins are written with at most 15 bytes."""


def read_bool(row: Json, name: str) -> bool:
    value = row.get(name)
    if not isinstance(value, bool):
        raise garbled(f"{name} is neither true nor false")
    return value


def read_count(row: Json, name: str) -> int:
    value = row.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 1 << 63:
        raise garbled(f"{name} is no number")
    return value


def read_amount(value: Any, what: str) -> int:
    """Decimal digits in a text; toncenter writes amounts and logical times so."""
    if not isinstance(value, str) or not re.fullmatch(r"[0-9]{1,37}", value):
        raise garbled(f"{what} is no amount")
    amount = int(value)
    if amount >= _LARGEST:
        raise garbled(f"{what} is more than coins can be")
    return amount


def read_hash(value: Any, what: str) -> str:
    """Lower-case hex from the API's base64."""
    if isinstance(value, str) and len(value) == 44:
        try:
            return base64.b64decode(value, validate=True).hex()
        except binascii.Error:
            pass
    raise garbled(f"{what} is no hash")


def print_hash(tx_hash: str) -> str:
    return base64.b64encode(bytes.fromhex(tx_hash)).decode("ascii")


def read_account(value: Any, what: str) -> AddressKey:
    """A raw address ``0:HEX``."""
    if isinstance(value, str) and re.fullmatch(r"(-1|0):[0-9A-Fa-f]{64}", value):
        workchain, _, account = value.partition(":")
        return AddressKey("ton", (b"\xff" if workchain == "-1" else b"\0") + bytes.fromhex(account))
    raise garbled(f"{what} is no account")


@dataclass(frozen=True, slots=True)
class Message:
    """``source`` is None for a message from outside, ``destination`` None for one to outside.

    ``body`` is None where it is empty; ``unread`` is True where the API keeps the body to itself.
    """

    hash: str
    source: AddressKey | None
    destination: AddressKey | None
    value: int
    bounced: bool
    op: int | None
    body: Cell | None
    unread: bool
    extra_currencies: bool


def read_message(value: Any, what: str) -> Message:
    row = read_object(value, what)
    for name in ("source", "destination", "value", "opcode", "message_content"):
        if name not in row:
            raise garbled(f"{what} lacks {name}")
    source = None if row["source"] is None else read_account(row["source"], f"{what}.source")
    to = row["destination"]
    destination = None if to is None else read_account(to, f"{what}.destination")
    internal = source is not None and destination is not None
    if internal:
        amount, bounced = read_amount(row["value"], f"{what}.value"), read_bool(row, "bounced")
    else:
        amount, bounced = 0, False
        if row["value"] not in (None, "0"):
            raise garbled(f"{what} from or to outside carries a value")
    op = _read_opcode(row["opcode"], what)
    body, unread = _read_body(row["message_content"], op, what) if internal else (None, False)
    return Message(
        hash=read_hash(row.get("hash"), f"{what}.hash"),
        source=source,
        destination=destination,
        value=amount,
        bounced=bounced,
        op=op,
        body=body,
        unread=unread,
        extra_currencies=bool(row.get("value_extra_currencies")),
    )


def _read_opcode(value: Any, what: str) -> int | None:
    if value is None:
        return None
    if not isinstance(value, str) or not re.fullmatch(r"0x[0-9a-f]{8}", value):
        raise garbled(f"{what}.opcode is no operation code")
    return int(value, 16)


def _read_body(value: Any, op: int | None, what: str) -> tuple[Cell | None, bool]:
    if value is None:
        return None, op is not None
    content = read_object(value, f"{what}.message_content")
    told = read_hash(content.get("hash"), f"{what}.message_content.hash")
    text = content.get("body")
    if text is None:
        return None, told != _EMPTY_CELL
    if not isinstance(text, str):
        raise garbled(f"{what}: the body is no text")
    body = parse_boc(text)
    if body.hash.hex() != told:
        raise garbled(f"{what}: the body has another hash than is written beside it")
    if read_op(body) != op:
        raise garbled(f"{what}: the body begins otherwise than its operation code says")
    return (body if body.bits or body.refs else None), False


@dataclass(frozen=True, slots=True)
class Row:
    """One account transaction. ``mc_seqno`` is None before the masterchain has it.

    ``aborted``: the account's state did not change, except for what came in. ``returned``: a bounce sent the
    value back. ``finality`` is ``pending``, ``confirmed`` or ``finalized``; builds before 2026 know
    finalized rows only and do not name it.
    """

    hash: str
    account: AddressKey
    lt: int
    time: int
    mc_seqno: int | None
    finality: str
    aborted: bool
    returned: bool
    exit_code: int | None
    acted: bool
    in_msg: Message | None
    out_msgs: tuple[Message, ...]
    total_fees: int

    @property
    def payment(self) -> Message | None:
        """The message that brought value in, None for one from outside."""
        return self.in_msg if self.in_msg is not None and self.in_msg.source is not None else None


def read_row(value: Any) -> Row:
    """Read one item of ``transactions``; raises `Garbled`."""
    row = read_object(value, "a transaction")
    account = read_account(row.get("account"), "account")
    described = read_object(row.get("description"), "description")
    kind = described.get("type")
    if not isinstance(kind, str):
        raise garbled("description.type is no text")
    if "in_msg" not in row:
        raise garbled("a transaction without in_msg")
    in_msg = None if row["in_msg"] is None else read_message(row["in_msg"], "in_msg")
    if kind == "ord" and in_msg is None:
        raise garbled("an ordinary transaction without a message")
    if in_msg is not None and in_msg.destination != account:
        raise garbled("in_msg goes to another account")
    listed = read_list(row.get("out_msgs"), "out_msgs")
    out_msgs = tuple(read_message(m, f"out_msgs[{i}]") for i, m in enumerate(listed))
    if any(message.source != account for message in out_msgs):
        raise garbled("an outgoing message of another account")
    aborted = read_bool(described, "aborted") if kind == "ord" else False
    exit_code, acted, returned = _read_phases(described, in_msg, out_msgs, aborted=aborted)
    return Row(
        hash=read_hash(row.get("hash"), "hash"),
        account=account,
        lt=read_amount(row.get("lt"), "lt"),
        time=read_count(row, "now"),
        mc_seqno=None if row.get("mc_block_seqno") is None else read_count(row, "mc_block_seqno"),
        finality=_read_finality(row),
        aborted=aborted,
        returned=returned,
        exit_code=exit_code,
        acted=acted,
        in_msg=in_msg,
        out_msgs=out_msgs,
        total_fees=read_amount(row.get("total_fees"), "total_fees"),
    )


def _read_phases(
    described: Json, in_msg: Message | None, out_msgs: tuple[Message, ...], *, aborted: bool
) -> tuple[int | None, bool, bool]:
    """Exit code, whether all asked actions were done, and whether the value went back.

    The phases must tell one story: an aborted one sends nothing but a bounce, a done one no bounce.
    """
    if in_msg is None:
        return None, True, False
    compute = read_object(described.get("compute_ph"), "compute_ph")
    exit_code, done = None, False
    if not _was_skipped(compute):
        code = compute.get("exit_code")
        if isinstance(code, bool) or not isinstance(code, int):
            raise garbled("compute_ph.exit_code is no number")
        exit_code, done = code, read_bool(compute, "success")
    action = described.get("action")
    if done:
        told = read_object(action, "action")
        done = read_bool(told, "success")
    if aborted == done:
        raise garbled("aborted contradicts its phases")
    bounces = [message for message in out_msgs if message.bounced]
    phase = described.get("bounce")
    went_back = phase is not None and read_object(phase, "bounce").get("type") == "ok"
    if len(bounces) > 1 or went_back != bool(bounces) or (bounces and not aborted):
        raise garbled("the bounce contradicts its phase")
    if aborted and len(out_msgs) > len(bounces):
        raise garbled("an aborted transaction sent messages")
    if bounces and bounces[0].destination != in_msg.source:
        raise garbled("a bounce goes elsewhere than where the message came from")
    acted = done and not _skipped(action)
    return exit_code, acted, bool(bounces)


def _was_skipped(compute: Json) -> bool:
    """Builds of 2024 name the phase's type instead."""
    if "skipped" not in compute and compute.get("type") in ("vm", "skipped"):
        return bool(compute["type"] == "skipped")
    return read_bool(compute, "skipped")


def _skipped(action: Any) -> bool:
    """Actions that a wallet's mode allows to fail silently, such as sending more than there is."""
    skipped = action.get("skipped_actions", 0)
    if isinstance(skipped, bool) or not isinstance(skipped, int):
        raise garbled("skipped_actions is no number")
    return skipped > 0


def _read_finality(row: Json) -> str:
    emulated = row.get("emulated")
    if emulated not in (None, False):
        if emulated is not True:
            raise garbled("emulated is neither true nor false")
        return "pending"
    told = row.get("finality")
    if told is None:
        return "confirmed" if row.get("mc_block_seqno") is None else "finalized"
    if told not in ("pending", "confirmed", "finalized"):
        raise garbled("finality is none of its three words")
    return str(told)
