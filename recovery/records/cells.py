"""What a cell of an import file may be: each function parses one, or raises `BadInput`.

Knows: numbers, times, closed sets, networks, and where to ask for addresses, assets and hashes.
Must not know: files, tables. Pure.
"""

from __future__ import annotations

import difflib
import functools
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar

from recovery.errors import BadInput
from recovery.model import Amount, AssetId, NetworkCode
from recovery.networks import Network, load_registry
from recovery.times import parse_time

_INTEGER = re.compile(r"[0-9]{1,100}", re.ASCII)
_DECIMAL = re.compile(r"[0-9]{1,100}(\.[0-9]{1,100})?", re.ASCII)
_PRICE = re.compile(r"[0-9]{1,40}(\.[0-9]{1,60})?([eE][+-]?[0-9]{1,2})?", re.ASCII)
_CURRENCY = re.compile(r"[A-Za-z]{3,10}", re.ASCII)
_POSITION = re.compile(r"[!-~]{1,200}", re.ASCII)
_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)

Member = TypeVar("Member", bound=StrEnum)


def refuse(text: str, hint: str = "") -> BadInput:
    return BadInput("bad-cell", text, hint=hint)


def need(cells: Mapping[str, str], column: str) -> str:
    """The cell of a required column, which must not be empty."""
    text = cells[column]
    if not text:
        raise refuse(f"{column} is empty")
    return text


def parse_network(text: str, profiles: Mapping[NetworkCode, str]) -> Network:
    """By code, name or alias; a development profile changes what its addresses look like."""
    row = _find_network(text)
    profile = profiles.get(row.code)
    return _with_profile(row.code, profile) if profile else row


@functools.lru_cache(maxsize=1024)
def _find_network(text: str) -> Network:
    return load_registry().find(text)


@functools.lru_cache(maxsize=64)
def _with_profile(code: NetworkCode, profile: str) -> Network:
    return load_registry()[code].with_profile(profile)


def parse_member(kind: type[Member], text: str, column: str) -> Member:
    """A member of a closed set; the nearest one is named where there is none."""
    try:
        return kind(text.lower())
    except ValueError:
        near = difflib.get_close_matches(text.lower(), [m.value for m in kind], n=1, cutoff=0.5)
        meant = f", did you mean {near[0]!r}?" if near else ""
        raise refuse(
            f"there is no {column} {text[:80]!r}{meant}", f"one of: {', '.join(kind)}"
        ) from None


def parse_amount(text: str, column: str, *, asset: AssetId) -> Amount:
    """Base units; an XRP Ledger issued currency has none, so that its amounts are decimals."""
    if is_issued_currency(asset):
        if not _DECIMAL.fullmatch(text):
            raise refuse(f"{column} {text[:80]!r} is not an exact decimal number")
        return Decimal(text)
    if not _INTEGER.fullmatch(text):
        raise refuse(f"{column} {text[:80]!r} is not a whole number of base units")
    return int(text)


def is_issued_currency(asset: AssetId) -> bool:
    return asset.startswith("xrpl:") and "/token:" in asset


def parse_decimals(text: str, *, asset: AssetId) -> int:
    """Decimal places of the display; an issued currency is counted in whole coins, always."""
    if is_issued_currency(asset) and not text:
        return 0
    if not _INTEGER.fullmatch(text) or int(text) > 255:
        raise refuse(f"decimals {text[:80]!r} is not a whole number from 0 to 255")
    return 0 if is_issued_currency(asset) else int(text)


def parse_moment(text: str, column: str) -> datetime:
    try:
        moment = parse_time(text)
    except OverflowError:
        raise refuse(f"{column} {text[:80]!r} is out of range") from None
    if moment < _EARLIEST:
        raise refuse(f"{column} {text[:80]!r} is before 1970, earlier than any chain")
    return moment


def parse_period(cells: Mapping[str, str]) -> tuple[datetime, datetime | None]:
    """``valid_from`` (1970 where none was given) and ``valid_to``.

    An end at the beginning makes the row void: so is a period taken back that was a mistake.
    """
    begin, end = cells.get("valid_from"), cells.get("valid_to")
    valid_from = parse_moment(begin, "valid_from") if begin else _EARLIEST
    valid_to = parse_moment(end, "valid_to") if end else None
    if valid_to is not None and valid_to < valid_from:
        raise refuse("valid_to lies before valid_from")
    return valid_from, valid_to


def parse_price(text: str) -> Decimal:
    value = Decimal(text) if _PRICE.fullmatch(text) else Decimal(0)
    if value <= 0:
        raise refuse(f"price {text[:80]!r} is not a positive decimal number")
    return value


def parse_limit(text: str) -> Decimal:
    """A value in the fee policy's currency, zero included: who may sign for nothing."""
    if not _DECIMAL.fullmatch(text):
        raise refuse(f"limit {text[:80]!r} is not an exact decimal number", "write 5000 or 5000.50")
    return Decimal(text)


def parse_currency(text: str) -> str:
    if not _CURRENCY.fullmatch(text):
        raise refuse(f"currency {text[:80]!r} is not a code such as USD")
    return text.upper()


def parse_position(text: str) -> str:
    """The index of a transfer without leading zeros, or its position as the evidence prints it."""
    if _INTEGER.fullmatch(text):
        return str(int(text))
    if not _POSITION.fullmatch(text):
        raise refuse(
            f"transfer {text[:80]!r} is neither an index nor a position",
            "write 0, 1, 2… or the position that `recovery inspect` prints, such as vout:0",
        )
    return text
