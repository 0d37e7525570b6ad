"""Cosmos transactions for tests: from the JSON that a node prints to the bytes that were signed.

Knows: protobuf's wire format and the field numbers of the messages that the stories use. Must not
know: the decoder under test.
"""

from __future__ import annotations

import base64
import hashlib
from typing import Any

Document = dict[str, Any]


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


def field(number: int, value: bytes | str | int | None) -> bytes:
    """One field; protobuf leaves zero and empty out."""
    if value in (None, "", b"", 0):
        return b""
    if isinstance(value, int):
        return _varint(number << 3) + _varint(value)
    data = value.encode() if isinstance(value, str) else value
    assert data is not None
    return message(number, data)


def message(number: int, data: bytes) -> bytes:
    """A message within, written even where it is empty."""
    return _varint(number << 3 | 2) + _varint(len(data)) + data


def coins(number: int, listed: list[Document]) -> bytes:
    return b"".join(message(number, field(1, c["denom"]) + field(2, c["amount"])) for c in listed)


def _packet(p: Document) -> bytes:
    height = p.get("timeout_height", {})
    return (
        field(1, int(p["sequence"]))
        + field(2, p["source_port"])
        + field(3, p["source_channel"])
        + field(4, p["destination_port"])
        + field(5, p["destination_channel"])
        + field(6, base64.b64decode(p["data"]))
        + message(
            7,
            field(1, int(height.get("revision_number", 0)))
            + field(2, int(height.get("revision_height", 0))),
        )
        + field(8, int(p.get("timeout_timestamp", 0)))
    )


def _fields(kind: str, m: Document) -> bytes:
    name = kind.rpartition(".")[2]
    if name in ("MsgSend", "MsgCreatePermanentLockedAccount", "MsgCreateVestingAccount"):
        lock = field(4, int(m.get("end_time", 0))) + field(5, int(m.get("delayed", False)))
        return (
            field(1, m["from_address"]) + field(2, m["to_address"]) + coins(3, m["amount"]) + lock
        )
    if name == "MsgMultiSend":
        sides = [(1, side) for side in m["inputs"]] + [(2, side) for side in m["outputs"]]
        return b"".join(message(n, field(1, s["address"]) + coins(2, s["coins"])) for n, s in sides)
    if name == "MsgExec":
        return field(1, m["grantee"]) + b"".join(message(2, any_message(i)) for i in m["msgs"])
    if name in ("MsgRecvPacket", "MsgTimeout", "MsgAcknowledgement"):
        return message(1, _packet(m["packet"])) + field(4, m.get("signer"))
    if name == "MsgWithdrawDelegatorReward":
        return field(1, m["delegator_address"]) + field(2, m["validator_address"])
    if name == "MsgDelegate":
        amount = coins(3, [m["amount"]])
        return field(1, m["delegator_address"]) + field(2, m["validator_address"]) + amount
    if name == "MsgExecuteContract":
        body = field(1, m["sender"]) + field(2, m["contract"]) + field(3, m["msg"])
        return body + coins(5, m.get("funds", []))
    if name == "MsgTransfer":
        token = coins(3, [m["token"]])
        ends = field(4, m["sender"]) + field(5, m["receiver"])
        return field(1, m["source_port"]) + field(2, m["source_channel"]) + token + ends
    if name == "MsgUpdateClient":
        return field(1, m["client_id"]) + field(3, m.get("signer"))
    raise AssertionError(f"no story uses {kind}")


def any_message(m: Document) -> bytes:
    return field(1, m["@type"]) + message(2, _fields(m["@type"], m))


_MODES = {"SIGN_MODE_DIRECT": 1, "SIGN_MODE_LEGACY_AMINO_JSON": 127}


def _signer(info: Document) -> bytes:
    key = info["public_key"]
    pub = field(1, key["@type"]) + message(2, field(1, base64.b64decode(key["key"])))
    mode = message(1, field(1, _MODES[info["mode_info"]["single"]["mode"]]))
    return message(1, pub) + message(2, mode) + field(3, int(info["sequence"]))


def encode(tx: Document) -> bytes:
    """The `TxRaw` bytes of a transaction as the REST API prints it."""
    body, auth = tx["body"], tx["auth_info"]
    body_bytes = b"".join(message(1, any_message(m)) for m in body["messages"])
    body_bytes += field(2, body["memo"]) + field(3, int(body.get("timeout_height", 0)))
    fee = auth["fee"]
    fee_bytes = coins(1, fee["amount"]) + field(2, int(fee["gas_limit"]))
    fee_bytes += field(3, fee["payer"]) + field(4, fee["granter"])
    auth_bytes = b"".join(message(1, _signer(s)) for s in auth["signer_infos"])
    auth_bytes += message(2, fee_bytes)
    signatures = b"".join(message(3, base64.b64decode(s)) for s in tx["signatures"])
    return message(1, body_bytes) + message(2, auth_bytes) + signatures


def hash_of(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest().upper()
