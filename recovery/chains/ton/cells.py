"""Bags of cells: the trees of bits in which TON writes message bodies, read bit by bit.

Knows: the serialisation, the hash of an ordinary cell, the encodings of coins and addresses. Must not
know: what any message means. Whatever does not fit raises `Garbled`.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass

from recovery.chains.shape import garbled
from recovery.model import AddressKey

_MAGIC = 0xB5EE9C72
_MOST_CELLS, _DEEPEST = 8_192, 512


@dataclass(frozen=True, slots=True)
class Cell:
    """Up to 1023 bits and four references; ``data`` holds the bits, the spare ones zero."""

    data: bytes
    bits: int
    refs: tuple[Cell, ...] = ()
    depth: int = 0
    hash: bytes = b""


def make_cell(data: bytes, bits: int, refs: tuple[Cell, ...] = ()) -> Cell:
    """An ordinary cell with its hash: SHA-256 of descriptors, padded bits, depths and hashes."""
    whole, rest = divmod(bits, 8)
    padded = bytearray(data[: whole + bool(rest)])
    if rest:
        padded[-1] = padded[-1] & (0xFF << (8 - rest)) & 0xFF | 1 << (7 - rest)
    depth = 1 + max((ref.depth for ref in refs), default=-1)
    if depth > _DEEPEST:
        raise garbled("a message is nested too deeply")
    described = bytearray((len(refs), whole + whole + bool(rest)))
    described += padded
    for ref in refs:
        described += ref.depth.to_bytes(2, "big")
    for ref in refs:
        described += ref.hash
    return Cell(data, bits, refs, depth, hashlib.sha256(described).digest())


def parse_boc(text: str) -> Cell:
    """The root of a bag of cells in base64; raises `Garbled`."""
    try:
        raw = base64.b64decode(text, validate=True)
        return _parse(raw)
    except (binascii.Error, IndexError, ValueError):
        raise garbled("a message body is no bag of cells") from None


def _parse(raw: bytes) -> Cell:
    if int.from_bytes(raw[:4], "big") != _MAGIC:
        raise ValueError
    has_index, has_crc, size = raw[4] >> 7, raw[4] >> 6 & 1, raw[4] & 7
    width = raw[5]
    if not 1 <= size <= 4 or not 1 <= width <= 8:
        raise ValueError
    if has_crc and int.from_bytes(raw[-4:], "little") != _crc32c(raw[:-4]):
        raise ValueError

    def number(place: int) -> int:
        start = 6 + place * size
        return int.from_bytes(raw[start : start + size], "big")

    count, roots = number(0), number(1)
    if not 1 <= count <= _MOST_CELLS or roots != 1:
        raise ValueError
    position = 6 + 3 * size + width
    root = int.from_bytes(raw[position : position + size], "big")
    position += size + (count * width if has_index else 0)
    described: list[tuple[bytes, int, list[int]]] = []
    for number_of_cell in range(count):
        first, second = raw[position], raw[position + 1]
        references, length = first & 7, (second + 1) // 2
        if first & ~7 or references > 4:  # exotic cells and levels stand in no message body
            raise ValueError
        start = position + 2
        data = raw[start : start + length]
        bits = second // 2 * 8
        if second & 1:  # the last set bit marks the end
            last = data[-1]
            bits += 7 - (last & -last).bit_length() + 1
            data = data[:-1] + bytes((last & (last - 1),))
        position = start + length
        refs = [
            int.from_bytes(raw[position + i * size : position + (i + 1) * size], "big")
            for i in range(references)
        ]
        if len(data) != length or any(not number_of_cell < ref < count for ref in refs):
            raise ValueError
        position += references * size
        described.append((data, bits, refs))
    cells: list[Cell] = []
    for data, bits, refs in reversed(described):
        cells.append(make_cell(data, bits, tuple(cells[count - 1 - ref] for ref in refs)))
    return cells[count - 1 - root]


def _crc32c(data: bytes) -> int:
    crc = 0xFFFFFFFF
    for byte in data:
        crc = _CRC32C[(crc ^ byte) & 0xFF] ^ crc >> 8
    return crc ^ 0xFFFFFFFF


def _crc_table() -> tuple[int, ...]:
    table = []
    for value in range(256):
        crc = value
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
        table.append(crc)
    return tuple(table)


_CRC32C = _crc_table()


def print_address_boc(key: AddressKey) -> str:
    """A bag of one cell that holds a standard address: how get-methods take addresses."""
    # addr_std$10, no anycast, workchain, account id, and the bit that ends the last byte
    bits = (0b100 << 264 | int.from_bytes(key.payload, "big")) << 5 | 1 << 4
    body = bytes((0, 67)) + bits.to_bytes(34, "big")
    header = _MAGIC.to_bytes(4, "big") + bytes((1, 1, 1, 1, 0, len(body), 0))
    return base64.b64encode(header + body).decode("ascii")


class Slice:
    """Reads a cell from its first bit on; raises `Garbled` past its end."""

    __slots__ = ("_at", "_bits", "_number", "_ref", "_refs")

    def __init__(self, cell: Cell) -> None:
        self._number = int.from_bytes(cell.data, "big")
        self._number >>= len(cell.data) * 8 - cell.bits
        self._bits, self._at = cell.bits, 0
        self._refs, self._ref = cell.refs, 0

    @property
    def left(self) -> int:
        return self._bits - self._at

    @property
    def has_ref(self) -> bool:
        return self._ref < len(self._refs)

    def uint(self, bits: int) -> int:
        if bits > self.left:
            raise garbled("a message body ends too early")
        self._at += bits
        return self._number >> self.left & (1 << bits) - 1

    def coins(self) -> int:
        return self.uint(self.uint(4) * 8)

    def ref(self) -> Cell:
        if self._ref >= len(self._refs):
            raise garbled("a message body lacks a part")
        self._ref += 1
        return self._refs[self._ref - 1]

    def maybe_ref(self) -> Cell | None:
        return self.ref() if self.uint(1) else None

    def address(self) -> AddressKey | None:
        """A standard address, None for ``addr_none``."""
        tag = self.uint(2)
        if tag == 0:
            return None
        if tag != 2 or self.uint(1):  # external and anycast addresses hold no value
            raise garbled("an address is neither standard nor none")
        workchain = self.uint(8)
        if workchain not in (0, 0xFF):
            raise garbled("an address of an unknown workchain")
        return AddressKey("ton", bytes((workchain,)) + self.uint(256).to_bytes(32, "big"))

    def snake(self) -> bytes:
        """The rest as bytes, continued through the first reference of each cell."""
        parts = []
        reader = self
        for _ in range(_DEEPEST):
            if reader.left % 8:
                raise garbled("a text does not end with a byte")
            size = reader.left
            parts.append(reader.uint(size).to_bytes(size // 8, "big"))
            if reader._ref >= len(reader._refs):
                break
            reader = Slice(reader.ref())
        return b"".join(parts)

    def rest(self, before: int) -> Cell:
        """What is left as a cell of its own, with the 32 bits just read before it."""
        bits = 32 + self.left
        spare = -bits % 8
        number = (before << self.left | self.uint(self.left)) << spare
        refs = self._refs[self._ref :]
        return Cell(number.to_bytes((bits + spare) // 8, "big"), bits, refs)
