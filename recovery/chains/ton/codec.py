"""Addresses of TON: workchain and account id, raw or in the friendly form with flags and CRC16.

Knows: TEP-2. Must not know: which wallet contract stands behind an account. All four friendly
forms and the raw one are one account; the bounceable form (``EQ…``) is printed.
"""

from __future__ import annotations

import base64
import re

from recovery.chains.spelling import bad_address, crc16
from recovery.model import Address, AddressKey
from recovery.networks import Network

_HINT = "EQ… or UQ… of 48 characters, or 0: and 64 hexadecimal digits"
_BOUNCEABLE, _NON_BOUNCEABLE, _TEST_ONLY = 0x11, 0x51, 0x80


def parse_address(network: Network, text: str) -> Address:
    """Parse a raw or friendly address; a test-network flag is refused on the main network."""
    found = re.fullmatch(r"(-1|0):([0-9a-fA-F]{64})", text)
    if found:
        payload = int(found.group(1)).to_bytes(1, "big", signed=True)
        key = AddressKey("ton", payload + bytes.fromhex(found.group(2)))
        return Address(network.code, _friendly(network, key), key, "raw", unchecked=True)
    if not re.fullmatch(r"[A-Za-z0-9_-]{48}|[A-Za-z0-9+/]{48}", text):
        raise bad_address(text, f"{len(text)} characters are neither form", hint=_HINT)
    raw = base64.b64decode(text.replace("-", "+").replace("_", "/"))
    if crc16(raw[:34]) != int.from_bytes(raw[34:], "big"):
        raise bad_address(text, "the checksum is wrong: a character was changed", hint=_HINT)
    if raw[0] & ~_TEST_ONLY not in (_BOUNCEABLE, _NON_BOUNCEABLE) or raw[1] not in (0x00, 0xFF):
        raise bad_address(text, "its flags or workchain are not defined", hint=_HINT)
    if raw[0] & _TEST_ONLY and not network.parameters["testnet_only"]:
        raise bad_address(text, "it is marked for the test network only", hint=_HINT)
    key = AddressKey("ton", raw[1:34])
    return Address(network.code, _friendly(network, key), key, "friendly")


def _friendly(network: Network, key: AddressKey, flags: int = _BOUNCEABLE) -> str:
    if network.parameters["testnet_only"]:
        flags |= _TEST_ONLY
    body = bytes([flags]) + key.payload
    return base64.urlsafe_b64encode(body + crc16(body).to_bytes(2, "big")).decode("ascii")


def format_address(network: Network, key: AddressKey) -> str | None:
    """The bounceable friendly text, None for a key that is no TON account."""
    return _friendly(network, key) if key.scheme == "ton" else None


def format_non_bounceable(network: Network, key: AddressKey) -> str:
    """The ``UQ…`` text, which people's wallets show."""
    return _friendly(network, key, _NON_BOUNCEABLE)


def format_raw(key: AddressKey) -> str:
    """``workchain:hex`` in lower case, which the APIs take."""
    workchain = int.from_bytes(key.payload[:1], "big", signed=True)
    return f"{workchain}:{key.payload[1:].hex()}"
