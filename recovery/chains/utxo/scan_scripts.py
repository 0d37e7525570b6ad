"""Looking for our addresses in the bytes of a block: standard output scripts, wherever they stand.

Knows: how the scripts that have an address begin and end (`codec` reads the same ones), and the watch set.
Must not know: where a transaction begins. Not everything found is an output (scripts are
repeated in inputs and data), but no output that pays a watched key is left out.

Each kind is found by comparing the whole block with itself shifted: a few passes at memory speed,
and no script can hide another one by overlapping it.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from recovery.chains.scan import Watch
from recovery.chains.spelling import hash160
from recovery.model import AddressKey

_Bytes = npt.NDArray[np.uint8]
_Places = npt.NDArray[np.intp]

_SHORTEST = 68
"""Bytes behind which every template fits; a block is longer, else it is filled up."""


def find_held_scripts(data: bytes, watch: Watch, *, segwit: bool, p2sh32: bool) -> list[int]:
    """Offsets, ascending, of bytes inside scripts that pay a watched key.

    ``segwit``: the chain has witness programs (BIP-141). ``p2sh32``: it has CHIP-2022-05.
    """
    if len(data) < _SHORTEST:
        data += bytes(_SHORTEST - len(data))
    block = np.frombuffer(data, np.uint8)
    found = _find_hashes(data, block, watch)
    found += _find_pubkeys(data, block, watch)
    if segwit:
        found += _find_programs(data, block, watch)
    if p2sh32:
        places = _where(block, 35, (0, 0xAA), (1, 0x20), (34, 0x87)) + 2
        found += _held(data, "p2sh32", 32, places, watch)
    return sorted(found)


def _where(block: _Bytes, size: int, *marks: tuple[int, int]) -> _Places:
    """Where ``size`` bytes begin that have these values at these offsets."""
    last = len(block) - size + 1
    (offset, value), *others = marks
    same = block[offset : offset + last] == value
    for offset, value in others:
        same &= block[offset : offset + last] == value
    return np.flatnonzero(same)


def _cut(data: bytes, width: int, places: _Places) -> _Bytes:
    """The ``width`` bytes at each place, as rows."""
    windows: npt.NDArray[np.void] = np.ndarray(
        (len(data) - width + 1,), np.dtype((np.void, width)), data, strides=(1,)
    )
    return windows[places].view(np.uint8).reshape(-1, width)


def _held(data: bytes, scheme: str, width: int, places: _Places, watch: Watch) -> list[int]:
    if not len(places):
        return []
    marks = watch.mark_held(scheme, _cut(data, width, places))
    return [int(place) for place in places[marks]]


def _find_hashes(data: bytes, block: _Bytes, watch: Watch) -> list[int]:
    """P2PKH ``76 a9 14 … 88 ac`` and P2SH ``a9 14 … 87``. The script's length in front is not asked
    for: a CashToken may stand between (CHIP-2022-02). No script ends a block, a lock time follows."""
    places = _where(block, 24, (0, 0xA9), (1, 0x14))
    behind = block[places + 22]
    scripts = places[behind == 0x87] + 2
    keys = places[(behind == 0x88) & (block[places + 23] == 0xAC) & (block[places - 1] == 0x76)]
    return _held(data, "p2sh", 20, scripts, watch) + _held(data, "p2pkh", 20, keys + 2, watch)


def _find_pubkeys(data: bytes, block: _Bytes, watch: Watch) -> list[int]:
    """Bare public keys ``21 02|03 … ac`` and ``41 04 … ac``: theirs is the P2PKH key of their hash."""
    short = _where(block, 35, (0, 0x21), (34, 0xAC))
    short = short[(block[short + 1] & 0xFE) == 2]
    long = _where(block, 67, (0, 0x41), (1, 0x04), (66, 0xAC))
    places = [*(short + 1).tolist(), *(long + 1).tolist()]
    if not places:
        return []
    hashes = [hash160(data[at : at + (65 if data[at] == 4 else 33)]) for at in places]
    marks = watch.mark_held("p2pkh", np.frombuffer(b"".join(hashes), np.uint8).reshape(-1, 20))
    return [place for place, mark in zip(places, marks, strict=True) if mark]


def _find_programs(data: bytes, block: _Bytes, watch: Watch) -> list[int]:
    """Witness programs: length, version ``00`` or ``51``…``60``, and a push of two bytes less.

    The byte in front is the highest of the amount: zero, since no amount of money has 56 bits.
    """
    length, version, push = block[1:-2], block[2:-1], block[3:]
    likely = (length - push) == 2
    likely &= block[:-3] == 0
    likely &= ((version - np.uint8(0x51)) < 16) | (version == 0)
    likely &= (push - np.uint8(2)) < 39
    at = np.flatnonzero(likely) + 1
    at = at[at + 3 + block[at + 2] <= len(block)]
    sizes, versions = block[at + 2], block[at + 1]
    found = []
    for scheme, opcode, width in (("p2wpkh", 0, 20), ("p2wsh", 0, 32), ("p2tr", 0x51, 32)):
        places = at[(versions == opcode) & (sizes == width)] + 3
        found += _held(data, scheme, width, places, watch)
    others = at[(versions != 0) & ((versions != 0x51) | (sizes != 32))].tolist()
    if others:
        keys = {
            place + 3: AddressKey(
                "witness",
                bytes([data[place + 1] - 0x50]) + data[place + 3 : place + 3 + data[place + 2]],
            )
            for place in others
        }
        held = watch.find_held(set(keys.values()))
        found += [place for place, key in keys.items() if key in held]
    return found
