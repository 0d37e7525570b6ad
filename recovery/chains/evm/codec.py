"""Addresses of the EVM chains: 20 bytes, with EIP-55's checksum in the case of the letters.

Knows: EIP-55. Must not know: which account is a contract, nodes.
"""

from __future__ import annotations

import functools
import re

from recovery.chains.spelling import bad_address
from recovery.model import Address, AddressKey
from recovery.networks import Network

_FORM = re.compile(r"0[xX]([0-9a-fA-F]{40})")
_BARE = re.compile(r"[0-9a-fA-F]{40}")


@functools.lru_cache(maxsize=65_536)
def checksum_address(raw: bytes) -> str:
    """The EIP-55 text of 20 bytes."""
    if len(raw) != 20:
        raise ValueError(f"an EVM address has 20 bytes, not {len(raw)}")
    from eth_hash.auto import keccak  # eth_utils would load its whole package: 70 ms

    digits = raw.hex()
    # EIP-55: the hash is taken over the lower-case digits without 0x, as ASCII
    marks = keccak(digits.encode("ascii")).hex()
    return "0x" + "".join(d.upper() if m >= "8" else d for d, m in zip(digits, marks, strict=False))


def parse_address(network: Network, text: str) -> Address:
    """Parse ``0x`` and 40 digits; mixed case must carry the right EIP-55 checksum."""
    found = _FORM.fullmatch(text)
    if found is None:
        raise bad_address(text, _explain(text), hint="0x and 40 hexadecimal digits")
    digits = found.group(1)
    raw = bytes.fromhex(digits)
    canonical = checksum_address(raw)
    unchecked = digits in (digits.lower(), digits.upper())
    if not unchecked and canonical[2:] != digits:
        raise bad_address(
            text,
            "the EIP-55 checksum is wrong: a digit or a letter's case was changed",
            hint="copy it again from its source; all lower case is taken unchecked",
        )
    return Address(network.code, canonical, AddressKey("evm", raw), "evm", unchecked=unchecked)


def _explain(text: str) -> str:
    if _BARE.fullmatch(text):
        return "it lacks the 0x in front"
    if re.fullmatch(r"0[xX][0-9a-fA-F]{64}", text):
        return "64 digits make a transaction hash (or an Aptos or Sui address)"
    if re.fullmatch(r"0[xX][0-9a-fA-F]*", text):
        return f"it has {len(text) - 2} hexadecimal digits, not 40"
    if re.fullmatch(r"xdc[0-9a-fA-F]{40}", text):
        return "xdc… is XDC's spelling, another network"
    if re.fullmatch(r"[a-z0-9-]+\.eth", text.lower()):
        return "a name is not an address; it can point elsewhere tomorrow"
    return "it is not hexadecimal with 0x in front"


def format_address(network: Network, key: AddressKey) -> str | None:
    """The EIP-55 text, None for a key that is not of 20 EVM bytes."""
    return checksum_address(key.payload) if key.scheme == "evm" else None
