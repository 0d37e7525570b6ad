"""Addresses of Tezos: Base58Check with three-byte prefixes, by the key's curve or as contract.

Knows: the prefixes of tz1 to tz4, KT1 and sr1. Must not know: nodes. The key is the protocol's own
22-byte form, in which no two kinds can be equal.
"""

from __future__ import annotations

from base58_bech32.base58 import b58decode_check, b58encode_check

from recovery.chains.spelling import bad_address
from recovery.model import Address, AddressKey
from recovery.networks import Network

_HINT = "tz1…, tz2…, tz3…, tz4… or KT1… of 36 characters"
# Base58Check prefix, then what stands before and behind the hash in the protocol's form
_KINDS = {
    "tz1": (b"\x06\xa1\x9f", b"\x00\x00", b""),
    "tz2": (b"\x06\xa1\xa1", b"\x00\x01", b""),
    "tz3": (b"\x06\xa1\xa4", b"\x00\x02", b""),
    "tz4": (b"\x06\xa1\xa6", b"\x00\x03", b""),
    "KT1": (b"\x02\x5a\x79", b"\x01", b"\x00"),
    "sr1": (b"\x06\x7c\x75", b"\x03", b"\x00"),
}


def parse_address(network: Network, text: str) -> Address:
    """Parse an address; the entrypoint behind ``KT1…%`` is dropped."""
    bare = text.partition("%")[0]
    kind = _KINDS.get(bare[:3])
    if kind is None:
        raise bad_address(text, "it has none of Tezos' prefixes", hint=_HINT)
    if bare != text and bare[:3] != "KT1":
        raise bad_address(text, "only a contract has entrypoints", hint=_HINT)
    prefix, before, behind = kind
    try:
        raw = b58decode_check(bare)
    except ValueError:
        raise bad_address(
            text, "the checksum is wrong: a character was changed", hint=_HINT
        ) from None
    if len(raw) != 23 or raw[:3] != prefix:
        raise bad_address(text, "its length or prefix is wrong", hint=_HINT)
    return Address(network.code, bare, AddressKey("tezos", before + raw[3:] + behind), bare[:3])


def format_address(network: Network, key: AddressKey) -> str | None:
    """The Base58Check text, None for a key that is not of Tezos."""
    if key.scheme != "tezos":
        return None
    for prefix, before, behind in _KINDS.values():
        if key.payload.startswith(before) and len(key.payload) == len(before) + 20 + len(behind):
            payload = key.payload[len(before) : len(before) + 20]
            return b58encode_check(prefix + payload).decode("ascii")
    return None
