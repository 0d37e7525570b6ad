"""Addresses of Sui: 32 bytes in hexadecimal, short forms included, without a checksum.

Knows: the spelling. Must not know: nodes.
"""

from __future__ import annotations

from recovery.chains.spelling import parse_hex32
from recovery.model import Address, AddressKey
from recovery.networks import Network


def parse_address(network: Network, text: str) -> Address:
    """Parse ``0x`` and up to 64 digits; leading zeros may be missing."""
    raw = parse_hex32(text)
    key = AddressKey("sui", raw)
    return Address(network.code, f"0x{raw.hex()}", key, "hex32", unchecked=True)


def format_address(network: Network, key: AddressKey) -> str | None:
    """All 64 digits, None for a key that is not of Sui."""
    return f"0x{key.payload.hex()}" if key.scheme == "sui" else None
