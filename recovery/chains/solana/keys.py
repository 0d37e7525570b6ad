"""Thousands of accounts from base58 to bytes at once. Pure.

Knows: base58 of 32 bytes as arithmetic on whole columns. Must not know: nodes, what an account is.

A block names some thousands of accounts, and decoding them one by one would cost more than reading the block.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from recovery.chains.shape import garbled

_ALPHABET = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_LONGEST = 44
_LIMBS = 16
"""Of 16 bits each: 44 digits times a limb stay far below 2**53, so that floats add them exactly."""


def decode_keys(texts: Sequence[str]) -> npt.NDArray[np.uint8]:
    """(n, 32) bytes; raises `Garbled` where a text is no base58 of at most 32 bytes."""
    joined = "".join(text.rjust(_LONGEST, "1") for text in texts).encode("ascii", "replace")
    if len(joined) != len(texts) * _LONGEST:
        raise garbled("an account's text is too long")
    digits, weights = _tables()
    found = digits[np.frombuffer(joined, np.uint8)].reshape(-1, _LONGEST)
    if (found < 0).any():
        raise garbled("an account is not written in base58")
    sums = (weights.T @ found.T).astype(np.int64)
    limbs = np.empty((_LIMBS, len(texts)), ">u2")
    carry = np.zeros(len(texts), np.int64)
    for limb in reversed(range(_LIMBS)):
        carry += sums[limb]
        limbs[limb] = carry & 0xFFFF
        carry >>= 16
    if carry.any():
        raise garbled("an account has more than 32 bytes")
    return np.ascontiguousarray(limbs.T).view(np.uint8)


@functools.cache
def _tables() -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """A digit for every byte, -1 for those that are none; and the limbs of 58 to each place's power."""
    digits = np.full(256, -1.0)
    digits[list(_ALPHABET)] = np.arange(58)
    powers = [pow(58, _LONGEST - 1 - place) for place in range(_LONGEST)]
    limbs = [
        [power >> 16 * (_LIMBS - 1 - limb) & 0xFFFF for limb in range(_LIMBS)] for power in powers
    ]
    tops = [power >> 16 * _LIMBS for power in powers]
    assert not any(tops), "58**43 is below 2**256"
    return digits, np.array(limbs, np.float64)
