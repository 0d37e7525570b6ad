"""The signed bytes of a Tron transaction, and the few value shapes of java-tron's JSON.

Knows: protobuf's wire format as far as a transaction uses it, Tron's field numbers, hexadecimal
addresses. Must not know: nodes, execution, what a contract type means for money.

A transaction's id is the SHA-256 of its ``raw_data`` bytes, which every answer carries as
``raw_data_hex``. Everything a sender signed is read from those bytes and never from the JSON
beside them: what does not hash to the id that was asked for is not believed.
"""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from base58_bech32.base58 import b58encode_check

from recovery.chains.shape import garbled, read_object
from recovery.model import AddressKey, Party

PREFIX = "41"
ZERO = PREFIX + "0" * 40

_ADDRESS = re.compile(r"41[0-9a-fA-F]{40}")
_LONGEST = 1 << 63

Fields = Mapping[int, list[int | bytes]]


def read_int(answer: Mapping[str, Any], name: str) -> int:
    """A count or an amount; protobuf's JSON leaves a zero out. Raises `Garbled`."""
    value = answer.get(name, 0)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < _LONGEST:
        raise garbled(f"{name} is no amount: {value!r:.80}")
    return value


def read_list(answer: Mapping[str, Any], name: str) -> list[Any]:
    """A repeated field; protobuf's JSON leaves an empty one out. Raises `Garbled`."""
    value = answer.get(name, [])
    if not isinstance(value, list):
        raise garbled(f"{name} is not a list: {value!r:.80}")
    return value


def read_address(value: Any, what: str) -> str:
    """An address of an answer in hexadecimal with its 41, lower-case; raises `Garbled`."""
    if isinstance(value, str) and _ADDRESS.fullmatch(value):
        return value.lower()
    raise garbled(f"{what} is no address: {value!r:.80}")


def read_hex(value: Any, what: str) -> bytes:
    try:
        return bytes.fromhex(value)
    except (TypeError, ValueError):
        raise garbled(f"{what} is not hexadecimal: {value!r:.80}") from None


@functools.lru_cache(maxsize=65_536)
def party_of(address: str) -> Party:
    """The party behind a hexadecimal address, in its ``T…`` spelling."""
    raw = bytes.fromhex(address)
    return Party(b58encode_check(raw).decode("ascii"), AddressKey("evm", raw[1:]))


def text_of(address: str) -> str:
    return str(party_of(address).address)


@dataclass(frozen=True, slots=True)
class Signed:
    """What the sender signed. ``value`` holds the fields of the contract of type ``kind``.

    ``expiration`` is in milliseconds: a block of that time or later can't take it any more.
    ``permission`` is not 0 where another permission than the owner's signed (multi-signature).
    """

    kind: int
    value: Fields
    memo: bytes
    expiration: int
    permission: int


def parse_signed(tx: Any, tx_hash: str) -> Signed:
    """The signed part of an answered transaction; raises `Garbled` unless it hashes to the id."""
    raw = read_hex(read_object(tx, "the transaction").get("raw_data_hex"), "raw_data_hex")
    if hashlib.sha256(raw).hexdigest() != tx_hash or tx.get("txID") != tx_hash:
        raise garbled("the transaction's bytes do not hash to the id that was asked for")
    fields = parse_fields(raw)
    contracts = fields.get(11, [])
    if len(contracts) != 1 or not isinstance(contracts[0], bytes):
        raise garbled(f"the transaction holds {len(contracts)} contracts, not one")
    contract = parse_fields(contracts[0])
    parameter = parse_fields(join(contract, 2))
    return Signed(
        kind=number(contract, 1),
        value=parse_fields(last_bytes(parameter, 2)),
        memo=last_bytes(fields, 10),
        expiration=number(fields, 8),
        permission=number(contract, 5),
    )


def parse_fields(data: bytes) -> dict[int, list[int | bytes]]:
    """Fields of one protobuf message by number, each with its occurrences in order."""
    fields: dict[int, list[int | bytes]] = {}
    for field, value in _walk(data):
        fields.setdefault(field, []).append(value)
    return fields


def _walk(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    at = 0
    while at < len(data):
        tag, at = _varint(data, at)
        field, wire = tag >> 3, tag & 7
        if wire == 0:
            value, at = _varint(data, at)
            yield field, value
            continue
        if wire not in (1, 2, 5):
            raise garbled(f"the signed bytes use the wire type {wire}")
        size = {1: 8, 5: 4}.get(wire)
        if size is None:
            size, at = _varint(data, at)
        if at + size > len(data):
            raise garbled("the signed bytes are cut")
        yield field, data[at : at + size]
        at += size


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        if at >= len(data) or shift > 63:
            raise garbled("the signed bytes are cut")
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7


def number(fields: Fields, field: int) -> int:
    """A number, 0 where it is left out; the last occurrence counts. Raises `Garbled` if negative."""
    value = fields.get(field, [0])[-1]
    if not isinstance(value, int) or value >= _LONGEST:
        raise garbled(f"field {field} of the signed bytes is no amount")
    return value


def last_bytes(fields: Fields, field: int) -> bytes:
    value = fields.get(field, [b""])[-1]
    if not isinstance(value, bytes):
        raise garbled(f"field {field} of the signed bytes is a number")
    return value


def join(fields: Fields, field: int) -> bytes:
    """A message within: protobuf merges its occurrences, which joining their bytes does."""
    parts = fields.get(field, [])
    if not all(isinstance(part, bytes) for part in parts):
        raise garbled(f"field {field} of the signed bytes is a number")
    return b"".join(part for part in parts if isinstance(part, bytes))


def address(fields: Fields, field: int) -> str:
    return read_address(last_bytes(fields, field).hex(), f"field {field} of the signed bytes")


def optional_address(fields: Fields, field: int) -> str | None:
    raw = last_bytes(fields, field)
    return raw.hex() if len(raw) == 21 and raw[0] == 0x41 else None
