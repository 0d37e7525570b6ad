"""What either API tells of one extrinsic, in one shape, read strictly.

Knows: accounts, amounts, results of calls and events, as sidecar and Subscan write them. Must not
know: HTTP, and what an event means for money.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from base58_bech32.ss58 import ss58_decode, ss58_encode

from recovery.chains import shape
from recovery.chains.shape import Json, garbled, read_text
from recovery.model import AddressKey, Party
from recovery.networks import Network

MOST = 2**128 - 1
"""Balances are u128."""


@dataclass(frozen=True, slots=True)
class Event:
    """One event, ``pallet`` in lower case (``foreignassets``), ``data`` in the pallet's order."""

    pallet: str
    name: str
    data: tuple[Any, ...]

    @property
    def is_outcome(self) -> bool:
        return self.pallet == "system" and self.name in ("ExtrinsicSuccess", "ExtrinsicFailed")


@dataclass(frozen=True, slots=True)
class Told:
    """One extrinsic of one block. ``call`` is pallet and name in lower case without underscores.

    ``events`` are those of this extrinsic alone, in order; ``complete`` is False where the source
    left some out. ``relay`` is the relay chain's block that this one was built on, where told.
    ``old_fee`` is what the source computed for blocks before runtimes told the fee by an event.
    """

    height: int
    index: int
    block_hash: str
    time: datetime | None
    finalized: bool
    hash: str
    call: tuple[str, str]
    signer: bytes | None
    args: Json
    events: tuple[Event, ...]
    complete: bool
    succeeded: bool
    tip: int
    old_fee: int | None
    pays_fee: bool
    relay: int | None = None

    @property
    def name(self) -> str:
        return f"{self.height}-{self.index}"


def read_count(value: Any, what: str) -> int:
    """A natural number: as text of digits in sidecar, often as a number in its successor."""
    if type(value) is int:
        number = value
    elif isinstance(value, str) and re.fullmatch(r"[0-9]{1,39}", value):
        number = int(value)
    else:
        raise garbled(f"{what} is no number")
    if not 0 <= number <= MOST:
        raise garbled(f"{what} is out of range")
    return number


def read_amount(value: Any, what: str) -> int:
    """A balance: both APIs write numbers of 128 bits as text, since readers elsewhere round them."""
    if not isinstance(value, str):
        raise garbled(f"{what} is no text of digits")
    return read_count(value, what)


def read_hash(value: Any, what: str) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"0x[0-9a-f]{64}", value):
        raise garbled(f"{what} is no hash")
    return value


def read_moment(value: int, what: str) -> datetime:
    """Seconds since 1970; Asset Hub began in 2021, the relay chain in 2020."""
    return shape.read_moment(value, what, since=1_500_000_000, until=5_000_000_000)


def read_account(network: Network, value: Any, what: str) -> bytes:
    """An account: SS58 text, its 32 bytes in hexadecimal, or either within ``{"id": …}``."""
    if isinstance(value, dict) and len(value) == 1:
        ((kind, value),) = value.items()
        if str(kind).lower() not in ("id", "address32"):
            raise garbled(f"{what} is no account of 32 bytes")
    text = read_text(value, what)
    account = _account(text, tuple(network.parameters["ss58_accepted"]))
    if account is None:
        raise garbled(f"{what} is no account of this chain")
    return account


@functools.lru_cache(maxsize=8192)
def _account(text: str, accepted: tuple[int, ...]) -> bytes | None:
    if re.fullmatch(r"0x[0-9a-f]{64}", text):
        return bytes.fromhex(text[2:])
    try:
        prefix, account = ss58_decode(text)
    except ValueError:
        return None
    return bytes(account) if prefix in accepted and len(account) == 32 else None


@functools.lru_cache(maxsize=8192)
def _text(account: bytes, prefix: int) -> str:
    return ss58_encode(prefix, account).decode("ascii")


def text_of(network: Network, account: bytes) -> str:
    """The account's canonical text; the same as the codec gives, remembered."""
    return _text(account, network.parameters["ss58_prefix"])


def party_of(network: Network, account: bytes) -> Party:
    return Party(text_of(network, account), AddressKey("account32", account))


def read_result(value: Any, what: str) -> Any:
    """A call's inner result: None for Ok, else the error."""
    if isinstance(value, str) and value in ("Ok", "ok"):
        return None
    if isinstance(value, dict) and len(value) == 1:
        ((kind, inside),) = value.items()
        if kind in ("ok", "Ok"):
            return None
        if kind in ("err", "Err"):
            return inside if inside is not None else "unknown error"
    raise garbled(f"{what} is no result")


def describe_error(value: Any) -> str:
    """A dispatch error in one line: ``module 10 error 0x02000000``, ``token FundsUnavailable``."""
    if isinstance(value, dict):
        return " ".join(
            f"{key} {describe_error(inside)}".rstrip() for key, inside in value.items()
        )[:200]
    return "" if value is None else str(value)[:200]
