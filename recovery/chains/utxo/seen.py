"""One UTXO transaction as any of the family's APIs shows it, before it is judged as evidence.

Knows: inputs, outputs, amounts in base units, how to read JSON strictly. Must not know: HTTP, any
one API's field names (`decode_core`, `decode_esplora`), what a deposit is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar

from recovery.chains.shape import garbled, read_moment
from recovery.model import Block, Note

COIN_PLACES = 8
"""All six chains count their coin in units of 10**-8."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class SpentOutput:
    """What an input spends."""

    value: int
    script: bytes


@dataclass(frozen=True, slots=True)
class SeenInput:
    """One input. ``spent`` is None where the source did not give the output that it spends."""

    outpoint: tuple[str, int] | None
    sequence: int
    coinbase: bool = False
    spent: SpentOutput | None = None
    unlocking: str = ""
    witness: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TokenData:
    """A CashToken riding on an output: ``amount`` of the category, and an NFT where it has one."""

    category: str
    amount: int
    capability: str | None = None
    commitment: str = ""


@dataclass(frozen=True, slots=True)
class SeenOutput:
    n: int
    value: int
    script: bytes
    token: TokenData | None = None


@dataclass(frozen=True, slots=True)
class SeenTx:
    """One transaction and where it stands.

    ``block`` is None in the mempool. ``stale``: its block is not in the best chain.
    ``stated_fee`` is the node's own word. ``hidden_value`` is what shielded pools or a payload
    put in (negative: took out), None where value moved that nobody can see; then there is no
    fee. ``hidden_sender``: part of the value came from no address. ``locked``: the network
    has locked it (ChainLock), None where the source can't say. ``payment`` names what kind of
    transaction it is, where it is not a plain one.
    """

    tx_hash: str
    block: Block | None
    confirmations: int
    stale: bool
    inputs: tuple[SeenInput, ...]
    outputs: tuple[SeenOutput, ...]
    stated_fee: int | None = None
    hidden_value: int | None = 0
    hidden_sender: bool = False
    locked: bool | None = None
    payment: str | None = None
    payment_special: bool = False
    notes: tuple[Note, ...] = field(default=())


def take(answer: Any, name: str, kind: type[T]) -> T:
    """The field ``name`` of a JSON object, of exactly this kind; raises `Garbled`."""
    if not isinstance(answer, Mapping):
        raise garbled(f"an object with {name!r} was expected, not {type(answer).__name__}")
    value = answer.get(name)
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise garbled(f"{name!r} is {value!r:.60}, not {kind.__name__}")
    return value


def take_optional(answer: Mapping[str, Any], name: str, kind: type[T]) -> T | None:
    """Like `take`, None where the field is missing or null."""
    return None if answer.get(name) is None else take(answer, name, kind)


def take_texts(answer: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """An optional list of texts."""
    found = take_optional(answer, name, list) or ()
    if not all(isinstance(item, str) for item in found):
        raise garbled(f"{name!r} is not a list of texts")
    return tuple(found)


def take_hash(answer: Any, name: str) -> str:
    """A 32-byte hash as 64 lower-case hexadecimal digits."""
    return checked_hash(take(answer, name, str), name)


def checked_hash(text: str, name: str) -> str:
    if len(text) != 64 or text.strip("0123456789abcdef"):
        raise garbled(f"{name!r} is {text!r:.80}, not a hash in lower-case hexadecimal")
    return text


def parse_hex(text: Any, name: str) -> bytes:
    if not isinstance(text, str):
        raise garbled(f"{name!r} is {text!r:.60}, not hexadecimal")
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise garbled(f"{name!r} is not hexadecimal") from None


def parse_coins(value: Any, limit: int) -> int:
    """Whole coins as a node writes them to base units, exactly.

    Raises `Garbled` for a ninth decimal place, a negative amount, more than ``limit`` base units
    (the money supply), and for anything that is not a JSON number.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        amount = value * 10**COIN_PLACES
    elif isinstance(value, Decimal) and value.is_finite() and value.adjusted() < 40:
        amount = int(value.scaleb(COIN_PLACES))
        if Decimal(amount).scaleb(-COIN_PLACES) != value:
            raise garbled(f"amount {value!s:.60} has more than {COIN_PLACES} decimal places")
    else:
        raise garbled(f"amount {value!r:.60} is not a number of coins")
    return check_amount(amount, limit)


def parse_units(value: Any, limit: int) -> int:
    """A base-unit integer; raises `Garbled` like `parse_coins`."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise garbled(f"amount {value!r:.60} is not an integer")
    return check_amount(value, limit)


def check_amount(amount: int, limit: int) -> int:
    if not 0 <= amount <= limit:
        raise garbled(f"amount {amount} is negative or above the money supply of {limit}")
    return amount


def parse_block_time(seconds: Any) -> datetime | None:
    """A header's time, which has 32 bits; None where the transaction is in no block."""
    return None if seconds is None else read_moment(seconds, "block time", since=1, until=2**32)
