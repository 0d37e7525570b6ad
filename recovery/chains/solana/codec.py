"""Addresses of Solana: the 32 bytes themselves in base58, without any checksum.

Knows: the spelling. Must not know: which account is a wallet, a token account or a program. Bytes
off the curve are addresses too (program-derived ones), so the point is not checked.
"""

from __future__ import annotations

import re

from base58_bech32.base58 import b58decode, b58encode

from recovery.chains.spelling import bad_address
from recovery.model import Address, AddressKey
from recovery.networks import Network

_HINT = "32 bytes in base58, 32 to 44 characters"


def parse_address(network: Network, text: str) -> Address:
    """Parse base58 of exactly 32 bytes; a typo is another address and can't be noticed."""
    if not re.fullmatch(r"[1-9A-HJ-NP-Za-km-z]{32,44}", text):
        raise bad_address(text, _explain(text), hint=_HINT)
    raw = b58decode(text, max_length=44)
    if len(raw) != 32:
        raise bad_address(text, f"it holds {len(raw)} bytes, not 32", hint=_HINT)
    return Address(network.code, text, AddressKey("ed25519", raw), "base58", unchecked=True)


def _explain(text: str) -> str:
    if re.fullmatch(r"[1-9A-HJ-NP-Za-km-z]{64,88}", text):
        return "it is as long as a transaction signature"
    odd = sorted(set(re.findall(r"[^1-9A-HJ-NP-Za-km-z]", text)))
    if odd:
        return f"base58 has no {' '.join(odd[:5])}"
    return f"it has {len(text)} characters"


def format_address(network: Network, key: AddressKey) -> str | None:
    """Base58 of an ed25519 key, None for other keys."""
    return b58encode(key.payload).decode("ascii") if key.scheme == "ed25519" else None
