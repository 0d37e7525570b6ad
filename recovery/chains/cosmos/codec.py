"""Addresses of the Cosmos Hub: bech32 over 20 bytes (accounts) or 32 (modules, contracts).

Knows: bech32 with a chain's own prefix. Must not know: other Cosmos chains' rules. The bytes are
the account on every chain of coin type 118; the prefix alone says which chain is meant.
"""

from __future__ import annotations

from base58_bech32.bech32 import BECH32_1_CONST, bech32_decode_bytes, bech32_encode_bytes

from recovery.chains.spelling import bad_address
from recovery.model import Address, AddressKey
from recovery.networks import Network

_SIZES = (20, 32)


def parse_address(network: Network, text: str) -> Address:
    """Parse a ``cosmos1…`` address; another chain's prefix is refused by its name."""
    expected = network.parameters["hrp"]
    hrp, key = read_bech32(text)
    if hrp != expected:
        own = format_address(network, key)
        raise bad_address(text, _explain_prefix(hrp, expected), hint=f"the same bytes are {own}")
    return Address(network.code, text.lower(), key, "bech32")


def _explain_prefix(hrp: str, expected: str) -> str:
    if hrp.startswith(expected):
        return f"{hrp} is a validator's or a public key's prefix, which receives no deposits"
    return f"its prefix is {hrp}, another Cosmos chain"


def read_bech32(text: str) -> tuple[str, AddressKey]:
    """The prefix and the key of any Cosmos chain's address; raises `BadInput`."""
    try:
        hrp, payload = bech32_decode_bytes(text, m=BECH32_1_CONST, limit=90)
    except ValueError as wrong:
        why = "the checksum is wrong: a character was changed"
        raise bad_address(
            text, why if "checksum" in str(wrong) else f"{wrong}", hint="cosmos1…"
        ) from None
    if len(payload) not in _SIZES:
        raise bad_address(text, f"it holds {len(payload)} bytes, not 20 or 32", hint="cosmos1…")
    return hrp, AddressKey("cosmos", payload)


def format_address(network: Network, key: AddressKey) -> str | None:
    """The network's bech32 text, None for a key that is no Cosmos account."""
    if key.scheme != "cosmos":
        return None
    hrp = network.parameters["hrp"]
    return bech32_encode_bytes(hrp, key.payload, m=BECH32_1_CONST).decode("ascii")
