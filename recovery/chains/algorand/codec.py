"""Addresses of Algorand: a public key and the last four bytes of its SHA-512/256, in base32.

Knows: the spelling. Must not know: whether an account is rekeyed, a multisig or an application.
"""

from __future__ import annotations

import base64
import hashlib
import re

from recovery.chains.spelling import bad_address
from recovery.model import Address, AddressKey
from recovery.networks import Network

_HINT = "58 characters of A-Z and 2-7"


def parse_address(network: Network, text: str) -> Address:
    """Parse a 58-character address with its checksum."""
    if not re.fullmatch(r"[A-Z2-7]{58}", text):
        if re.fullmatch(r"[A-Z2-7]{52}", text):
            raise bad_address(text, "52 characters are a transaction id", hint=_HINT)
        raise bad_address(text, f"it has {len(text)} characters", hint=_HINT)
    raw = base64.b32decode(text + "======")
    payload = raw[:32]
    if _encode(payload) != text:  # compares the spare bits of the last character too
        raise bad_address(text, "the checksum is wrong: a character was changed", hint=_HINT)
    return Address(network.code, text, AddressKey("ed25519", payload), "base32")


def _encode(payload: bytes) -> str:
    checksum = hashlib.new("sha512_256", payload).digest()[-4:]
    return base64.b32encode(payload + checksum).decode("ascii").rstrip("=")


def format_address(network: Network, key: AddressKey) -> str | None:
    """The 58 characters of an ed25519 key, None for other keys."""
    return _encode(key.payload) if key.scheme == "ed25519" else None
