"""Values as Horizon writes them, read strictly.

Knows: amounts, assets, accounts, memos and pages of Horizon's JSON. Must not know: what an operation
did, HTTP, statuses. Everything that does not have Horizon's shape raises `Garbled`.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from recovery.assets import token_asset
from recovery.chains.shape import Json, garbled, read_list, read_moment_text, read_object, read_text
from recovery.chains.stellar.codec import format_address, parse_address
from recovery.errors import BadInput
from recovery.model import AddressKey, AssetId, Memo, MemoKind, Party
from recovery.networks import Network

MOST_STROOPS = 2**63 - 1
_AMOUNT = re.compile(r"(\d{1,12})(?:\.(\d{1,7}))?")
_FORMS = frozenset({"account", "contract", "claimable-balance", "liquidity-pool"})
_CODES = {"credit_alphanum4": range(1, 5), "credit_alphanum12": range(5, 13)}


def read_count(value: Any, what: str) -> int:
    """A whole number; the same field is a number in some versions and a text of digits in others."""
    if isinstance(value, str) and re.fullmatch(r"\d{1,19}", value):
        value = int(value)
    if type(value) is not int or not 0 <= value <= MOST_STROOPS:
        raise garbled(f"{what} is no whole number")
    return value


def read_hash(value: Any, what: str) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[0-9a-f]{64}", value):
        raise garbled(f"{what} is no hash")
    return value


def read_time(value: Any, what: str) -> datetime:
    return read_moment_text(value, what)


def read_bytes(value: Any, what: str) -> bytes:
    try:
        return base64.b64decode(read_text(value, what), validate=True)
    except binascii.Error:
        raise garbled(f"{what} is no base64") from None


def read_amount(value: Any, what: str) -> int:
    """Whole coins with seven decimals, as a text: the stroops. Every classic asset has seven."""
    found = _AMOUNT.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise garbled(f"{what} is no amount")
    stroops = int(found[1]) * 10**7 + int((found[2] or "").ljust(7, "0"))
    if stroops > MOST_STROOPS:
        raise garbled(f"{what} is more than there can be")
    return stroops


def read_party(network: Network, value: Any, what: str) -> Party:
    """An account, contract, balance or pool; never a muxed one, whose id would be lost."""
    try:
        address = parse_address(network, read_text(value, what))
    except BadInput as wrong:
        raise garbled(f"{what}: {wrong.text}") from None
    if address.form not in _FORMS:
        raise garbled(f"{what} is a muxed account where a plain one stands")
    return Party(address.text, address.key)


def pool_party(network: Network, value: Any) -> Party:
    """A liquidity pool, which Horizon names by the hexadecimal of its id."""
    key = AddressKey("stellar-pool", bytes.fromhex(read_hash(value, "liquidity_pool_id")))
    return Party(format_address(network, key), key)


@dataclass(frozen=True, slots=True)
class Coin:
    """An asset: its id, and its code for display. Anybody may issue any code."""

    asset: AssetId
    symbol: str
    issuer: str | None = None


def read_coin(network: Network, entry: Json, prefix: str = "") -> Coin:
    """``asset_type`` with ``asset_code`` and ``asset_issuer``, under a prefix where there are two."""
    kind = read_text(entry.get(f"{prefix}asset_type"), f"{prefix}asset_type")
    if kind == "native":
        return Coin(network.native_asset, network.symbol)
    code = read_text(entry.get(f"{prefix}asset_code"), f"{prefix}asset_code")
    if kind not in _CODES or len(code) not in _CODES[kind]:
        raise garbled(f"{prefix}asset_type and asset_code do not fit")
    return _issued(network, code, entry.get(f"{prefix}asset_issuer"))


def read_joined_coin(network: Network, value: Any, what: str) -> Coin:
    """``native`` or ``CODE:ISSUER``, as claimable balances and pools write it."""
    text = read_text(value, what)
    if text == "native":
        return Coin(network.native_asset, network.symbol)
    code, colon, issuer = text.partition(":")
    if not colon:
        raise garbled(f"{what} is no asset")
    return _issued(network, code, issuer)


def _issued(network: Network, code: str, issuer: Any) -> Coin:
    account = read_text(issuer, "asset_issuer")
    try:
        return Coin(token_asset(network, "asset", f"{code}-{account}"), code, account)
    except BadInput as wrong:
        raise garbled(wrong.text) from None


def read_memo(tx: Json) -> Memo | None:
    """The transaction's memo. An empty text is no memo: wallets send it where nothing was typed.

    ``memo_bytes`` is the truth of a text, which need not be UTF-8; hashes are base64 in Horizon and
    hexadecimal here.
    """
    kind = read_text(tx.get("memo_type"), "memo_type")
    if kind == "none":
        if tx.get("memo") is not None:
            raise garbled("a memo without a type")
        return None
    if kind == "text":
        return _read_text_memo(tx)
    value = read_text(tx.get("memo"), "memo")
    if kind == "id":
        number = read_count_of(value, bits=64, what="memo")
        return Memo(MemoKind.ID, str(number))
    if kind not in ("hash", "return"):
        raise garbled(f"memo_type {kind[:20]!r} is not known")
    data = read_bytes(value, "memo")
    if len(data) != 32:
        raise garbled("a memo hash has 32 bytes")
    return Memo(MemoKind(kind), data.hex())


def _read_text_memo(tx: Json) -> Memo | None:
    text, encoded = tx.get("memo"), tx.get("memo_bytes")
    written = None if text is None else read_text(text, "memo")
    if encoded is None:
        return Memo(MemoKind.TEXT, written) if written else None
    data = read_bytes(encoded, "memo_bytes")
    if len(data) > 28:
        raise garbled("a memo text has at most 28 bytes")
    return text_memo(data, written)


def text_memo(data: bytes, written: str | None = None) -> Memo | None:
    """A memo of these bytes; ``written`` is how the same was told as text, which must agree."""
    if not data and not written:
        return None
    try:
        decoded = data.decode("utf-8")
    except UnicodeDecodeError:
        return Memo(MemoKind.BINARY, data.hex())
    if written is not None and written != decoded:
        raise garbled("memo and memo_bytes differ")
    return Memo(MemoKind.TEXT, decoded) if decoded else None


def read_count_of(value: Any, *, bits: int, what: str) -> int:
    """Digits of an unsigned number."""
    if not isinstance(value, str) or not re.fullmatch(r"\d{1,20}", value):
        raise garbled(f"{what} is no number in a text")
    if int(value) >> bits:
        raise garbled(f"{what} has more than {bits} bits")
    return int(value)


def read_records(page: Any, what: str) -> list[dict[str, Any]]:
    """The records of one page."""
    embedded = read_object(read_object(page, what).get("_embedded"), what)
    records = [read_object(r, what) for r in read_list(embedded.get("records"), what)]
    places = [str(r["paging_token"]) for r in records if "paging_token" in r]
    if len(set(places)) != len(places):
        raise garbled(f"{what}: one record is told twice")
    return records
