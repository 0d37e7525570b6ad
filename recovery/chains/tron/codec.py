"""Addresses of Tron: the EVM's 20 bytes behind the byte 0x41, in Base58Check or hexadecimal.

Knows: both spellings. Must not know: nodes. The key is the EVM's, because one secp256k1 key
gives the same 20 bytes on both; which derivation path custody used is custody's answer.
"""

from __future__ import annotations

import re

from base58_bech32.base58 import b58decode_check, b58encode_check

from recovery.chains.spelling import bad_address
from recovery.model import Address, AddressKey
from recovery.networks import Network

_HINT = "T and 33 base58 characters"
_PREFIX = b"\x41"


def parse_address(network: Network, text: str) -> Address:
    """Parse ``T…``, or the API's hexadecimal ``41…`` (which has no checksum)."""
    if re.fullmatch(r"41[0-9a-fA-F]{40}", text):
        raw, form = bytes.fromhex(text), "tron-hex"
    else:
        raw, form = _decode(text), "base58check"
    key = AddressKey("evm", raw[1:])
    canonical = b58encode_check(raw).decode("ascii")
    return Address(network.code, canonical, key, form, unchecked=form == "tron-hex")


def _decode(text: str) -> bytes:
    try:
        raw = b58decode_check(text)
    except ValueError as wrong:
        why = "the checksum is wrong: a character was changed" if text[:1] == "T" else f"{wrong}"
        raise bad_address(text, why, hint=_HINT) from None
    if len(raw) != 21 or raw[:1] != _PREFIX:
        raise bad_address(text, "it is another chain's Base58Check address", hint=_HINT)
    return raw


def format_address(network: Network, key: AddressKey) -> str | None:
    """The ``T…`` text of 20 EVM bytes, None for other keys."""
    if key.scheme != "evm":
        return None
    return b58encode_check(_PREFIX + key.payload).decode("ascii")
