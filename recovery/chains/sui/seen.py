"""What either API of Sui says about one transaction, in one shape.

Knows: Move addresses and types, signed amounts, the values that both APIs' readers fill in. Must not
know: JSON of either API, what the rows mean for a deposit.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from recovery.chains.shape import garbled, read_moment_text
from recovery.model import AddressKey, Block, Party

_ADDRESS = re.compile(r"0x([0-9a-fA-F]{1,64})")
_COIN = re.compile(r"0x0*2::coin::Coin<")


@dataclass(frozen=True, slots=True)
class BalanceRow:
    """By how much one owner's holding of one coin changed over the whole transaction, net.

    It covers coins (objects) and the balance kept under the address itself alike.
    """

    owner: str
    coin_type: str
    amount: int


@dataclass(frozen=True, slots=True)
class Handed:
    """An object, not a coin, that an address owns after the transaction and did not before."""

    thing: str
    kind: str
    giver: str | None
    taker: str


@dataclass(frozen=True, slots=True)
class Seen:
    """``sender`` is None for the system's own transactions. ``block`` is the checkpoint, None while
    the effects are certified and stand in none. ``fee`` is negative where storage freed gave back
    more than the gas. ``unowned`` counts changes of coins that no address or object owns."""

    digest: str
    sender: str | None
    payer: str | None
    succeeded: bool
    error: str | None
    fee: int
    block: Block | None
    rows: tuple[BalanceRow, ...]
    handed: tuple[Handed, ...]
    unowned: int = 0


def read_number(value: Any, what: str) -> int:
    """A count: small ones are numbers, large ones text, by either API's taste."""
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,20}", value):
        return int(value)
    raise garbled(f"{what} is no number: {value!r:.80}")


def read_signed(value: Any, what: str) -> int:
    """A change of a balance, as text with a sign."""
    if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,39}", value):
        return int(value)
    raise garbled(f"{what} is no amount: {value!r:.80}")


def read_address(value: Any, what: str) -> str:
    """An address or object id with all its 64 digits; raises `Garbled`."""
    found = _ADDRESS.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise garbled(f"{what} is no address: {value!r:.80}")
    return "0x" + found[1].lower().zfill(64)


def read_time(value: Any, what: str) -> datetime:
    return read_moment_text(value, what)


def is_coin(kind: str) -> bool:
    """Whether an object's type is a coin, whose value the balance rows already count."""
    return _COIN.match(kind) is not None


@functools.lru_cache(maxsize=65_536)
def party_of(address: str) -> Party:
    return Party(address, AddressKey("sui", bytes.fromhex(address[2:])))
