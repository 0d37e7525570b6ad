"""A transaction's id from its fields: SHA-512/256 of ``TX`` and its canonical bytes.

Knows: Algorand's canonical msgpack (keys in order, zero values left out, shortest numbers). Must not
know: answers of nodes, results (a closing amount or an inner transaction is no part of the bytes).
"""

from __future__ import annotations

import base64
import hashlib

from recovery.chains.algorand.answer import NOBODY, Txn

Value = int | str | bytes


def compute_id(txn: Txn) -> str:
    """The 52 characters of a ``pay`` or ``axfer``."""
    fields: dict[str, Value | None] = {
        "type": txn.kind,
        "snd": txn.sender,
        "fee": txn.fee,
        "fv": txn.first,
        "lv": txn.last,
        "note": txn.note,
        "grp": txn.group,
        "lx": txn.lease,
        "gen": txn.genesis_id,
        "gh": txn.genesis_hash,
        "rekey": txn.rekey_to,
    }
    move = txn.move
    if move is None:
        raise ValueError("only payments and asset transfers are written")
    if move.asset is None:
        fields |= {"rcv": move.receiver, "amt": move.amount, "close": move.close_to}
    else:
        fields |= {"xaid": move.asset, "arcv": move.receiver, "aamt": move.amount}
        fields |= {"aclose": move.close_to, "asnd": move.victim}
    digest = hashlib.new("sha512_256", b"TX" + _pack(fields)).digest()
    return base64.b32encode(digest).decode("ascii").rstrip("=")


def _pack(fields: dict[str, Value | None]) -> bytes:
    kept = {k: v for k, v in sorted(fields.items()) if v and v != NOBODY}
    head = bytes((0x80 | len(kept),)) if len(kept) < 16 else b"\xde" + len(kept).to_bytes(2, "big")
    return head + b"".join(_pack_value(key) + _pack_value(value) for key, value in kept.items())


def _pack_value(value: Value) -> bytes:
    if isinstance(value, int):
        return _pack_number(value)
    if isinstance(value, str):
        data = value.encode()
        if len(data) < 32:
            return bytes((0xA0 | len(data),)) + data
        return _sized(data, 0xD9)
    return _sized(value, 0xC4)


def _pack_number(value: int) -> bytes:
    if value < 0x80:
        return bytes((value,))
    for mark, size in ((0xCC, 1), (0xCD, 2), (0xCE, 4)):
        if value < 1 << 8 * size:
            return bytes((mark,)) + value.to_bytes(size, "big")
    return b"\xcf" + value.to_bytes(8, "big")


def _sized(data: bytes, mark: int) -> bytes:
    if len(data) < 0x100:
        return bytes((mark, len(data))) + data
    return bytes((mark + 1,)) + len(data).to_bytes(2, "big") + data
