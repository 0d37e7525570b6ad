"""Addresses of Stellar: strkeys of accounts, muxed accounts, contracts, balances and pools.

Knows: SEP-23 (base32 without padding, version byte, CRC16 little-endian). Must not know: nodes.
A muxed account is its G account and an id, which is routing data like a memo.
"""

from __future__ import annotations

import base64
import re

from recovery.chains.spelling import bad_address, crc16
from recovery.model import Address, AddressKey, Memo, MemoKind
from recovery.networks import Network

_HINT = "G and 55 characters, or M and 68 with the id inside"
_ACCOUNT, _MUXED = 6 << 3, 12 << 3
# version byte: form, scheme, bytes of the payload
_PLAIN = {
    _ACCOUNT: ("account", "ed25519", 32),
    2 << 3: ("contract", "stellar-contract", 32),
    1 << 3: ("claimable-balance", "stellar-claimable", 33),
    11 << 3: ("liquidity-pool", "stellar-pool", 32),
}
_VERSIONS = {scheme: version for version, (_, scheme, _) in _PLAIN.items()}
_NOT_PAYABLE = {19 << 3: "a pre-authorised transaction", 23 << 3: "a hash", 15 << 3: "a payload"}


def parse_address(network: Network, text: str) -> Address:
    """Parse a strkey; of ``M…`` the text is the G account and the memo is the id."""
    version, payload = _decode(text)
    if version == _MUXED and len(payload) == 40:
        key = AddressKey("ed25519", payload[:32])
        memo = Memo(MemoKind.MUXED, str(int.from_bytes(payload[32:], "big")))
        return Address(network.code, _encode(_ACCOUNT, payload[:32]), key, "muxed", memo=memo)
    if version in _NOT_PAYABLE:
        raise bad_address(text, f"it is a signer ({_NOT_PAYABLE[version]})", hint=_HINT)
    form, scheme, size = _PLAIN.get(version, ("", "", -1))
    if len(payload) != size:
        raise bad_address(text, "it is no strkey of an account or contract", hint=_HINT)
    return Address(network.code, text, AddressKey(scheme, payload), form)


def _decode(text: str) -> tuple[int, bytes]:
    if not re.fullmatch(r"[A-Z2-7]{56,70}", text):
        if re.fullmatch(r"[A-Z2-7]{56,70}", text.upper()):
            raise bad_address(text, "strkeys are upper case", hint=_HINT)
        raise bad_address(text, "it is no strkey of A-Z and 2-7", hint=_HINT)
    try:
        raw = base64.b32decode(text + "=" * (-len(text) % 8))
    except ValueError:
        raise bad_address(text, f"{len(text)} characters are no strkey", hint=_HINT) from None
    if base64.b32encode(raw).decode("ascii").rstrip("=") != text:
        raise bad_address(text, "its spare bits are not zero: a character was changed")
    if crc16(raw[:-2]) != int.from_bytes(raw[-2:], "little"):
        raise bad_address(text, "the checksum is wrong: a character was changed", hint=_HINT)
    return raw[0], raw[1:-2]


def _encode(version: int, payload: bytes) -> str:
    body = bytes([version]) + payload
    whole = body + crc16(body).to_bytes(2, "little")
    return base64.b32encode(whole).decode("ascii").rstrip("=")


def format_address(network: Network, key: AddressKey) -> str | None:
    """The strkey of an account, contract, balance or pool; None for other keys."""
    version = _VERSIONS.get(key.scheme)
    return None if version is None else _encode(version, key.payload)


def format_muxed(key: AddressKey, muxed_id: int) -> str:
    """The ``M…`` text of an account and an id."""
    return _encode(_MUXED, key.payload + muxed_id.to_bytes(8, "big"))
