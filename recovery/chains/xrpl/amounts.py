"""Values as the XRP Ledger's JSON writes them, read strictly.

Knows: drops, issued currencies, MPTs, and which JSON type each field has. Must not know: what a
transaction did. Everything that does not have the protocol's shape raises `Garbled`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Context, Decimal, Inexact
from typing import Any

from recovery.assets import token_asset
from recovery.chains.shape import garbled, read_object, read_text
from recovery.chains.xrpl.codec import format_address, parse_address
from recovery.errors import BadInput
from recovery.model import AddressKey, Amount, AssetId, Party
from recovery.networks import Network

EXACT = Context(prec=400, traps=[Inexact])
"""Issued amounts have 16 digits and exponents from -96 to 80: sums within 400 digits are exact."""

MOST_DIGITS = 20
"""More digits than the ledger's 16 are no honest answer; up to 28 Python's own context is exact."""

MOST_DROPS = 10**17
"""All XRP there ever were: 100 billion of a million drops."""

MOST_MPT = 2**63 - 1
_ISSUED = re.compile(r"(-?)([0-9]{1,120})(?:\.([0-9]{1,120}))?(?:[eE]([+-]?[0-9]{1,3}))?")
_CODE = re.compile(r"[A-Za-z0-9?!@#$%^&*<>(){}\[\]|]{3}|[0-9A-F]{40}")
_DROPS_ARE = "drops are written as a text of digits"


def read_uint32(value: Any, what: str) -> int:
    if type(value) is not int or not 0 <= value < 2**32:
        raise garbled(f"{what} is no number of 32 bits")
    return value


def read_hex(value: Any, what: str, *, digits: int) -> str:
    """Hexadecimal in the ledger's own case, upper."""
    if not isinstance(value, str) or not re.fullmatch(rf"[0-9A-Fa-f]{{{digits}}}", value):
        raise garbled(f"{what} is not {digits} hexadecimal digits")
    return value.upper()


def read_drops(value: Any, what: str) -> int:
    if not isinstance(value, str) or not re.fullmatch(r"[0-9]{1,18}", value):
        raise garbled(f"{what}: {_DROPS_ARE}")
    drops = int(value)
    if drops > MOST_DROPS:
        raise garbled(f"{what}: more XRP than there are")
    return drops


def read_issued(value: Any, what: str) -> Decimal:
    """The exact value of an issued currency, which may be negative on a trust line."""
    found = _ISSUED.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise garbled(f"{what} is no decimal number in a text")
    number = Decimal(value)
    exponent = number.as_tuple().exponent
    assert isinstance(exponent, int)  # the pattern lets neither NaN nor Infinity pass
    digits = len(number.as_tuple().digits)
    if digits > MOST_DIGITS or not -120 <= exponent <= 100 or number.adjusted() > 100:
        raise garbled(f"{what} is outside the ledger's range")
    return number


def read_party(network: Network, value: Any, what: str) -> Party:
    """An account. The ledger knows none but classic ones: an X-address would hide a tag."""
    try:
        address = parse_address(network, read_text(value, what))
    except BadInput as wrong:
        raise garbled(f"{what}: {wrong.text}") from None
    if address.form != "classic":
        raise garbled(f"{what} is no classic address")
    return Party(address.text, address.key)


def party_of(network: Network, account_id: bytes) -> Party:
    key = AddressKey("xrpl", account_id)
    return Party(format_address(network, key), key)


@dataclass(frozen=True, slots=True)
class Coin:
    """An asset of the ledger: XRP (both None), an issued currency, or an MPT (``mpt``).

    ``issuer`` is the issuer's AccountID.
    """

    code: str | None = None
    issuer: bytes | None = None
    mpt: str | None = None

    @property
    def is_xrp(self) -> bool:
        return self.code is None and self.mpt is None

    @property
    def issued_by(self) -> bytes | None:
        """An MPT's id ends in its issuer's AccountID."""
        return self.issuer if self.mpt is None else bytes.fromhex(self.mpt[8:])

    @property
    def nothing(self) -> Amount:
        return Decimal(0) if self.code is not None else 0


XRP = Coin()


@dataclass(frozen=True, slots=True)
class Money:
    coin: Coin
    amount: Amount


def read_code(value: Any, what: str) -> str:
    """A currency code: three characters or 40 hexadecimal digits; never ``XRP`` itself."""
    if not isinstance(value, str) or not _CODE.fullmatch(value) or value == "XRP":
        raise garbled(f"{what} is no currency code")
    return value


def read_money(network: Network, value: Any, what: str) -> Money:
    """An amount in any of the protocol's three forms. Its type decides, never its name."""
    if isinstance(value, str):
        return Money(XRP, read_drops(value, what))
    entry = read_object(value, what)
    if "mpt_issuance_id" in entry:
        return Money(
            Coin(mpt=read_hex(entry["mpt_issuance_id"], f"{what}.mpt_issuance_id", digits=48)),
            read_mpt(entry.get("value"), f"{what}.value"),
        )
    issuer = read_party(network, entry.get("issuer"), f"{what}.issuer")
    assert issuer.key is not None
    return Money(
        Coin(code=read_code(entry.get("currency"), what), issuer=issuer.key.payload),
        read_issued(entry.get("value"), f"{what}.value"),
    )


def read_mpt(value: Any, what: str) -> int:
    if not isinstance(value, str) or not re.fullmatch(r"[0-9]{1,19}", value):
        raise garbled(f"{what} is no whole number in a text")
    number = int(value)
    if number > MOST_MPT:
        raise garbled(f"{what} is outside the ledger's range")
    return number


def asset_of(network: Network, coin: Coin) -> AssetId:
    """The CAIP-19 id of a coin."""
    if coin.mpt is not None:
        return token_asset(network, "xls33", coin.mpt)
    if coin.code is None or coin.issuer is None:
        return network.native_asset
    issuer = party_of(network, coin.issuer).address
    return token_asset(network, "token", f"{coin.code}.{issuer}")


def symbol_of(network: Network, coin: Coin) -> str | None:
    """For display only: anybody may issue any name."""
    if coin.is_xrp:
        return network.symbol
    if coin.code is None or len(coin.code) == 3:
        return coin.code
    name = bytes.fromhex(coin.code).rstrip(b"\0")
    readable = name.isascii() and name.decode("ascii", "replace").isprintable()
    return name.decode("ascii") if name and readable else None
