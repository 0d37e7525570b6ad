"""Value shapes of the Aptos REST API, and the addresses that Move derives from others.

Knows: numbers written as text, addresses with leading zeros left out, the hash that makes a
primary store's address and a coin's fungible twin. Must not know: nodes, transactions.
"""

from __future__ import annotations

import functools
import hashlib
import re
from datetime import datetime
from typing import Any

from recovery.chains.shape import garbled, read_moment
from recovery.model import AddressKey, Party

_NUMBER = re.compile(r"0|[1-9][0-9]{0,38}")
_ADDRESS = re.compile(r"0x([0-9a-fA-F]{1,64})")
_HASH = re.compile(r"0x[0-9a-f]{64}")

_PRIMARY_STORE, _NAMED_OBJECT = b"\xfc", b"\xfe"
"""What Move's object module hashes behind its ingredients: an address derived from an owner and an
object, and one derived from a creator and a seed."""

_COINS_FUNGIBLE_ROOT = bytes(31) + b"\x0a"


def read_number(value: Any, what: str) -> int:
    """A u64 or u128, which the API writes as text; raises `Garbled`."""
    if not isinstance(value, str) or not _NUMBER.fullmatch(value):
        raise garbled(f"{what} is no number as text: {value!r:.80}")
    return int(value)


def read_hash(value: Any, what: str) -> str:
    if not isinstance(value, str) or not _HASH.fullmatch(value):
        raise garbled(f"{what} is no hash: {value!r:.80}")
    return value


def read_address(value: Any, what: str) -> str:
    """An address with all its 64 digits; the API leaves leading zeros out. Raises `Garbled`."""
    found = _ADDRESS.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise garbled(f"{what} is no address: {value!r:.80}")
    return "0x" + found[1].lower().zfill(64)


def read_time(value: Any, what: str) -> datetime:
    """A moment in microseconds as text; raises `Garbled`."""
    return read_moment(read_number(value, what), what, a_second=1_000_000)


@functools.lru_cache(maxsize=65_536)
def party_of(address: str) -> Party:
    """The party behind an address of 64 digits."""
    return Party(address, AddressKey("aptos", bytes.fromhex(address[2:])))


@functools.lru_cache(maxsize=65_536)
def derive_primary_store(owner: str, metadata: str) -> str:
    """Where ``owner`` keeps a fungible asset unless it asked for another store."""
    ingredients = bytes.fromhex(owner[2:]) + bytes.fromhex(metadata[2:]) + _PRIMARY_STORE
    return "0x" + hashlib.sha3_256(ingredients).hexdigest()


@functools.lru_cache(maxsize=4_096)
def derive_paired_metadata(coin_type: str) -> str:
    """The fungible asset that a coin type turns into when its holders migrate."""
    ingredients = _COINS_FUNGIBLE_ROOT + coin_type.encode() + _NAMED_OBJECT
    return "0x" + hashlib.sha3_256(ingredients).hexdigest()
