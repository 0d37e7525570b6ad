"""Bytes of a transaction, read from the front.

Knows: little-endian integers and Bitcoin's compact sizes. Must not know: any transaction's form.
"""

from __future__ import annotations


class Reader:
    """``at`` is where the next read begins; reading past the end raises `ValueError`."""

    def __init__(self, data: bytes, at: int = 0) -> None:
        self.data = data
        self.at = at

    def take(self, size: int) -> bytes:
        part = self.data[self.at : self.at + size]
        if len(part) != size:
            raise ValueError("the transaction ends too early")
        self.at += size
        return part

    def integer(self, size: int) -> int:
        return int.from_bytes(self.take(size), "little")

    def compact(self) -> int:
        first = self.take(1)[0]
        return first if first < 0xFD else self.integer(1 << (first - 0xFC))
