"""What a mint says of itself: decimals, supply, extensions, name and symbol; and derived addresses.

Knows: the bytes of mint accounts (SPL Token, Token-2022 and its extensions) and of Metaplex
metadata, and how program-derived addresses are found. Must not know: which mints are listed. Name
and symbol are whatever the mint's maker wrote.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from base58_bech32.base58 import b58decode, b58encode

from recovery.chains.shape import garbled, read_list, read_object, read_text
from recovery.chains.solana.answer import TOKEN, TOKEN_2022, read_key
from recovery.chains.solana.programs import BUBBLEGUM

METADATA = "metaqbxxUerdq28cj1RbAWkYQm3ybzjb6a8bt518x1s"
ASSOCIATED = "ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL"

_MINT_BYTES = 82
_ACCOUNT_BYTES = 165
_LONGEST_TEXT = 200

_NOTABLE = {
    1: "transfer fee",
    4: "confidential transfers",
    6: "accounts frozen at first",
    9: "not transferable",
    10: "interest-bearing display",
    12: "permanent delegate (the issuer can take tokens back)",
    14: "transfer hook",
    25: "scaled display",
    26: "pausable",
}
"""Extensions of a Token-2022 mint that change what arrives or whether it can be moved on."""
_TOKEN_METADATA = 19


@dataclass(frozen=True, slots=True)
class Mint:
    """``unique`` is True for an NFT: no decimals, and one token or (burnt since) none."""

    decimals: int
    unique: bool
    symbol: str | None = None
    name: str | None = None
    extensions: tuple[str, ...] = ()


def decode_mint(answer: Any, *, program: str, decimals: int) -> Mint:
    """A mint from the answer to ``getMultipleAccounts`` for the mint and its metadata account.

    ``program`` and ``decimals`` are what the token balances say; a mint that says otherwise is
    `Garbled`. One that was closed since had no supply left.
    """
    value = read_list(read_object(answer, "the mint's accounts").get("value"), "value")
    if len(value) != 2:
        raise garbled("getMultipleAccounts answered for other accounts")
    owner, data = _account(value[0])
    if data is None:
        return Mint(decimals, decimals == 0)
    if owner != program or len(data) < _MINT_BYTES or data[45] != 1 or data[44] != decimals:
        raise garbled("the mint contradicts the token balances")
    supply: int = struct.unpack_from("<Q", data, 36)[0]
    symbol = name = None
    extensions = []
    for kind, part in _extensions(data):
        if kind in _NOTABLE:
            extensions.append(_NOTABLE[kind])
        if kind == _TOKEN_METADATA:
            name, symbol = _texts(part, 64)
    holder, metadata = _account(value[1])
    if symbol is None and metadata is not None and holder == METADATA:
        name, symbol = _texts(metadata, 65)
    return Mint(decimals, decimals == 0 and supply <= 1, symbol, name, tuple(extensions))


def _account(value: Any) -> tuple[str | None, bytes | None]:
    """An account's program and bytes; None where there is no such account."""
    if value is None:
        return None, None
    account = read_object(value, "an account")
    data = read_list(account.get("data"), "data")
    if len(data) != 2 or data[1] != "base64":
        raise garbled("an account's data is not base64")
    try:
        raw = base64.b64decode(read_text(data[0], "data"), validate=True)
    except binascii.Error:
        raise garbled("an account's data is not base64") from None
    return read_key(account.get("owner"), "owner"), raw


def _extensions(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Token-2022 pads a mint to the length of an account, a byte for the kind (1: a mint), then
    type, length, value. A maker can't write these freely: what doesn't fit ends the list."""
    offset = _ACCOUNT_BYTES + 1
    if len(data) <= offset or data[_ACCOUNT_BYTES] != 1:
        return
    while offset + 4 <= len(data):
        kind, size = struct.unpack_from("<HH", data, offset)
        part = data[offset + 4 : offset + 4 + size]
        if kind == 0 or len(part) != size:
            return
        yield kind, part
        offset += 4 + size


def _texts(data: bytes, offset: int) -> tuple[str | None, str | None]:
    """Name and symbol, each a length of four bytes and UTF-8, padded with zeros by Metaplex."""
    found: list[str | None] = []
    for _ in range(2):
        size = struct.unpack_from("<I", data, offset)[0] if len(data) >= offset + 4 else 0
        raw = data[offset + 4 : offset + 4 + min(size, _LONGEST_TEXT)]
        text = raw.decode("utf-8", "replace").strip("\0 ")
        found.append(text or None)
        offset += 4 + size
    return found[0], found[1]


def metadata_address(mint: str) -> str:
    """Where Metaplex keeps name and symbol of a mint."""
    return derive_address([b"metadata", b58decode(METADATA), b58decode(mint)], METADATA)


def associated_address(owner: str, mint: str, program: str) -> str:
    """The owner's usual token account for a mint."""
    return derive_address([b58decode(owner), b58decode(program), b58decode(mint)], ASSOCIATED)


def leaf_asset(tree: str, nonce: int) -> str:
    """The asset id of a compressed NFT, by which wallets and indexers name it."""
    return derive_address([b"asset", b58decode(tree), struct.pack("<Q", nonce)], BUBBLEGUM)


def token_program(standard: str | None) -> str:
    """The token program by the name that a transfer's ``standard`` has."""
    return TOKEN_2022 if standard == "token-2022" else TOKEN


def derive_address(seeds: Sequence[bytes], program: str) -> str:
    """The first address, counting a byte down from 255, that is no point of the curve.

    Off the curve nobody can have a key to it, so only the program signs for it.
    """
    tail = b58decode(program) + b"ProgramDerivedAddress"
    for bump in range(255, -1, -1):
        found = hashlib.sha256(b"".join(seeds) + bytes([bump]) + tail).digest()
        if not _is_on_curve(found):
            return b58encode(found).decode("ascii")
    raise ValueError("these seeds give no address")


_P = 2**255 - 19
_D = -121665 * pow(121666, -1, _P) % _P


def _is_on_curve(point: bytes) -> bool:
    """Whether x² = (y² - 1) / (d·y² + 1) has a root modulo 2²⁵⁵ - 19 (RFC 8032, 5.1.3)."""
    y = int.from_bytes(point, "little") & ((1 << 255) - 1)
    ratio = (y * y - 1) * pow(_D * y * y + 1, -1, _P) % _P
    return ratio == 0 or pow(ratio, (_P - 1) // 2, _P) == 1
