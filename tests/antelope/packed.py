"""Antelope transactions for tests, packed as the chain packs them.

Knows: names, assets, texts, actions and transactions as bytes. Must not know: the decoder under test.
"""

from __future__ import annotations

import hashlib

_ALPHABET = ".12345abcdefghijklmnopqrstuvwxyz"


def name(text: str) -> bytes:
    number = 0
    for place in range(13):
        digit = _ALPHABET.index(text[place]) if place < len(text) else 0
        number |= digit << (64 - 5 * (place + 1)) if place < 12 else digit
    return number.to_bytes(8, "little")


def length(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


def asset(quantity: str) -> bytes:
    amount, _, symbol = quantity.partition(" ")
    decimals = len(amount.partition(".")[2])
    packed = bytes([decimals]) + symbol.encode().ljust(7, b"\0")
    return int(amount.replace(".", "")).to_bytes(8, "little", signed=True) + packed


def transfer(sender: str, recipient: str, quantity: str, memo: str) -> bytes:
    text = memo.encode()
    return name(sender) + name(recipient) + asset(quantity) + length(len(text)) + text


def action(contract: str, called: str, actor: str, data: bytes) -> bytes:
    authorization = length(1) + name(actor) + name("active")
    return name(contract) + name(called) + authorization + length(len(data)) + data


def transaction(actions: list[bytes], expiration: int) -> bytes:
    header = expiration.to_bytes(4, "little") + bytes.fromhex("dbe5601bb4a0") + b"\0\0\0"
    return header + b"\0" + length(len(actions)) + b"".join(actions) + b"\0"


def id_of(packed: bytes) -> str:
    return hashlib.sha256(packed).hexdigest()
