"""Addresses of the XRP Ledger: classic ones, and X-addresses that carry the destination tag.

Knows: the Ripple alphabet, AccountIDs, XLS-5, compact transaction ids. Must not know: nodes.
"""

from __future__ import annotations

import re

from base58_bech32.base58 import RIPPLE_ALPHABET, b58decode_check, b58encode_check

from recovery.chains.spelling import bad_address
from recovery.model import Address, AddressKey, Memo, MemoKind
from recovery.networks import Network

_HINT = "r… (25 to 35 characters), or X… with the destination tag inside"


def parse_address(network: Network, text: str) -> Address:
    """Parse a classic or X-address; an X-address's tag becomes the address's memo."""
    try:
        raw = b58decode_check(text, alphabet=RIPPLE_ALPHABET)
    except ValueError as wrong:
        why = "the checksum is wrong: a character was changed" if text[:1] in "rXT" else f"{wrong}"
        raise bad_address(text, why, hint=_HINT) from None
    if len(raw) == 21 and raw[0] == 0:
        return Address(network.code, text, AddressKey("xrpl", raw[1:]), "classic")
    if len(raw) == 31 and raw[:2] in (b"\x05\x44", b"\x04\x93"):
        return _parse_x_address(network, text, raw)
    raise bad_address(text, "it is no account of the XRP Ledger", hint=_HINT)


def _parse_x_address(network: Network, text: str, raw: bytes) -> Address:
    if raw[:2] != bytes.fromhex(network.parameters["x_prefix"]):
        raise bad_address(text, "it belongs to a test network", hint="X… on the main network")
    account, flag, tag = raw[2:22], raw[22], int.from_bytes(raw[23:31], "little")
    if flag > 1 or tag >> 32 or (flag == 0 and tag):
        raise bad_address(text, "its tag is not one of 32 bits", hint=_HINT)
    classic = format_address(network, AddressKey("xrpl", account))
    assert classic is not None
    memo = Memo(MemoKind.TAG, str(tag)) if flag else None
    return Address(network.code, classic, AddressKey("xrpl", account), "x-address", memo=memo)


def format_address(network: Network, key: AddressKey) -> str | None:
    """The classic address, None for a key that is no AccountID."""
    if key.scheme != "xrpl":
        return None
    return b58encode_check(b"\x00" + key.payload, alphabet=RIPPLE_ALPHABET).decode("ascii")


def format_x_address(network: Network, key: AddressKey, tag: int | None) -> str:
    """The X-address of an account with a destination tag, or with none."""
    flag = b"\x00" if tag is None else b"\x01"
    raw = bytes.fromhex(network.parameters["x_prefix"]) + key.payload + flag
    raw += (tag or 0).to_bytes(8, "little")
    return b58encode_check(raw, alphabet=RIPPLE_ALPHABET).decode("ascii")


def parse_ctid(text: str) -> tuple[int, int, int]:
    """Ledger, transaction index and network id of a compact transaction id (XLS-37).

    Raises `ValueError` for a text that is none.
    """
    if not re.fullmatch(r"C[0-9A-F]{15}", text.upper()):
        raise ValueError(f"{text!r} is no CTID")
    number = int(text, 16)
    return (number >> 32) & 0x0FFFFFFF, (number >> 16) & 0xFFFF, number & 0xFFFF
