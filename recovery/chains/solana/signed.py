"""The signed message again, byte by byte, and whether the transaction's id is a signature of it.

Knows: the wire format of messages, legacy and version 0. Must not know: what any instruction means.

The id of a transaction *is* the fee payer's ed25519 signature of the message, so an answer in
``json`` encoding proves its instructions, accounts and payer. Balances and called instructions are the
node's word.
"""

from __future__ import annotations

from typing import Any

from base58_bech32.base58 import b58decode
from Crypto.Signature import eddsa

from recovery.chains.shape import Json, garbled, read_list, read_object, read_text

_HEADER = ("numRequiredSignatures", "numReadonlySignedAccounts", "numReadonlyUnsignedAccounts")


def write_message(transaction: Json, version: Any) -> bytes | None:
    """The bytes that were signed; None for ``jsonParsed``, which does not hold them."""
    message = read_object(transaction.get("message"), "message")
    keys = read_list(message.get("accountKeys"), "accountKeys")
    if keys and isinstance(keys[0], dict):
        return None
    counts = read_object(message.get("header"), "header")
    parts = [b"" if version in (None, "legacy") else bytes([0x80 | version])]
    parts += [_byte(counts.get(name)) for name in _HEADER]
    parts += [_length(len(keys)), *(_bytes(k, 44) for k in keys)]
    parts.append(_bytes(message.get("recentBlockhash"), 44))
    instructions = read_list(message.get("instructions"), "instructions")
    parts.append(_length(len(instructions)))
    for value in instructions:
        item = read_object(value, "an instruction")
        accounts = read_list(item.get("accounts"), "accounts")
        data = _bytes(item.get("data"), 16_384)
        parts += [_byte(item.get("programIdIndex")), _length(len(accounts))]
        parts += [*map(_byte, accounts), _length(len(data)), data]
    if version == 0:
        lookups = read_list(message.get("addressTableLookups", []), "addressTableLookups")
        parts.append(_length(len(lookups)))
        for value in lookups:
            item = read_object(value, "a lookup")
            parts.append(_bytes(item.get("accountKey"), 44))
            for name in ("writableIndexes", "readonlyIndexes"):
                indexes = read_list(item.get(name), name)
                parts += [_length(len(indexes)), *map(_byte, indexes)]
    return b"".join(parts)


def check_signature(answer: Any) -> None:
    """Raises `Garbled` where the id is no signature of the fee payer over what the answer shows."""
    result = read_object(answer, "the transaction")
    transaction = read_object(result.get("transaction"), "transaction")
    message = write_message(transaction, result.get("version"))
    if message is None:
        return
    signature = _bytes(read_list(transaction.get("signatures"), "signatures")[0], 88)
    payer = _bytes(read_object(transaction.get("message"), "message")["accountKeys"][0], 44)
    key = eddsa.import_public_key(payer)
    try:
        eddsa.new(key, "rfc8032").verify(message, signature)
    except ValueError:
        raise garbled("the id is no signature of the fee payer over this message") from None


def _byte(value: Any) -> bytes:
    if type(value) is not int or not 0 <= value <= 255:
        raise garbled("a byte of the message is none")
    return bytes([value])


def _bytes(value: Any, longest: int) -> bytes:
    text = read_text(value, "base58")
    return b58decode(text, max_length=longest) if text else b""


def _length(count: int) -> bytes:
    """Seven bits a byte, the eighth says that more follow."""
    parts = bytearray()
    while count > 0x7F:
        parts.append(count & 0x7F | 0x80)
        count >>= 7
    parts.append(count)
    return bytes(parts)
