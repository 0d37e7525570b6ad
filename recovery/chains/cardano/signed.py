"""The signed bytes of a transaction: their hash, and what they pay, against what an indexer says.

Knows: CBOR's framing, the body's fields of every era since Byron, CIP-19's address bytes. Must not
know: HTTP, witnesses.

A transaction's id is the BLAKE2b-256 of its body exactly as it was written; CBOR has several
spellings of one value, so the body is cut out of the bytes, never written again.
"""

from __future__ import annotations

import hashlib
from typing import Any

from base58_bech32.base58 import b58decode
from base58_bech32.bech32 import BECH32_1_CONST, bech32_decode_bytes

from recovery.chains.cardano.answer import LOVELACE, Output, Tx
from recovery.chains.shape import garbled, read_object
from recovery.networks import Network

_DEEPEST = 200
_OUTPUTS, _FEE, _COLLATERAL_RETURN = 1, 2, 16


def check_bytes(network: Network, answer: Any, tx: Tx) -> None:
    """Raises `Garbled` where the bytes have another hash, or other outputs or fee than ``tx``.

    Byron's transactions are hashed as a whole and otherwise built: only their hash is checked.
    """
    import cbor2

    text = read_object(answer, "cbor").get("cbor")
    try:
        data = bytes.fromhex(text if isinstance(text, str) else "")
        body, rest = _cut_body(data)
        read = cbor2.loads(body)
    except (ValueError, IndexError, cbor2.CBORError):
        raise garbled("the signed bytes are not CBOR") from None
    if hashlib.blake2b(body, digest_size=32).hexdigest() != tx.hash:
        raise garbled("the signed bytes have another hash")
    if not isinstance(read, dict):
        return
    # Alonzo put the verdict on the scripts behind the witnesses; the block's maker writes it
    if rest in (b"\xf4", b"\xf5") and (rest == b"\xf5") != tx.valid:
        raise garbled("the signed bytes and the answer disagree whether the scripts succeeded")
    if tx.valid and read.get(_FEE) != tx.fee:
        raise garbled("the signed bytes name another fee")
    _compare(read.get(_OUTPUTS), tx.outputs)
    returned = read.get(_COLLATERAL_RETURN)
    if not tx.valid and (returned is None) != (tx.collateral_return is None):
        raise garbled("the signed bytes return collateral otherwise")
    if returned is not None and tx.collateral_return is not None:
        _compare([returned], (tx.collateral_return,))


def _cut_body(data: bytes) -> tuple[bytes, bytes]:
    """The body as it was written; of a full transaction also the flag behind the witnesses."""
    if not data or data[0] >> 5 != 4:
        return data, b""
    start = 1
    end = _skip(data, start, 0)
    after = _skip(data, end, 0)
    return data[start:end], data[after : after + 1] if data[0] in (0x84, 0x9F) else b""


def _skip(data: bytes, at: int, depth: int) -> int:
    """Where the item that begins at ``at`` ends."""
    if depth > _DEEPEST:
        raise ValueError("nested too deep")
    major, low = data[at] >> 5, data[at] & 31
    at += 1
    if low == 31 and major in (2, 3, 4, 5):
        while data[at] != 0xFF:
            at = _skip(data, at, depth + 1)
        return at + 1
    size = {24: 1, 25: 2, 26: 4, 27: 8}.get(low, 0)
    if low > 27 or at + size > len(data):
        raise ValueError("a length that can't be")
    count = int.from_bytes(data[at : at + size], "big") if size else low
    at += size
    if major in (2, 3):
        if at + count > len(data):
            raise ValueError("cut")
        return at + count
    items = {4: count, 5: 2 * count, 6: 1}.get(major, 0)
    for _ in range(items):
        at = _skip(data, at, depth + 1)
    return at


def _compare(written: Any, outputs: tuple[Output, ...]) -> None:
    if not isinstance(written, list) or len(written) != len(outputs):
        raise garbled("the signed bytes have other outputs")
    for raw, output in zip(written, outputs, strict=True):
        address, value = _read_output(raw)
        if address != _address_bytes(output.address):
            raise garbled(f"the signed bytes pay another address in output {output.index}")
        if value != {u: q for u, q in output.amounts.items() if q or u == LOVELACE}:
            raise garbled(f"the signed bytes pay otherwise in output {output.index}")


def _read_output(raw: Any) -> tuple[Any, dict[str, int]]:
    """A list since Shelley, a map since Babbage; with tokens the value is a pair."""
    if isinstance(raw, dict):
        address, value = raw.get(0), raw.get(1)
    elif isinstance(raw, list) and len(raw) >= 2:
        address, value = raw[0], raw[1]
    else:
        raise garbled("an output of the signed bytes is neither list nor map")
    if isinstance(value, int):
        return address, {LOVELACE: value}
    if not isinstance(value, list) or len(value) != 2 or not isinstance(value[1], dict):
        raise garbled("a value of the signed bytes can't be read")
    amounts = {LOVELACE: value[0]}
    for policy, names in value[1].items():
        for name, quantity in names.items():
            if quantity:
                amounts[policy.hex() + name.hex()] = quantity
    return address, amounts


def _address_bytes(text: str) -> bytes:
    separator = text.rfind("1")
    try:
        if separator > 0 and text[:separator] in ("addr", "addr_test"):
            return bytes(bech32_decode_bytes(text, m=BECH32_1_CONST, limit=None)[1])
        return b58decode(text, max_length=len(text))
    except ValueError:
        raise garbled("an address can't be read") from None
