"""Which outputs of a block pay a watched key: thousands of standard scripts compared at once.

Knows: how the scripts that have an address begin and end (`codec` reads the same ones), and the watch set.
Must not know: transactions, amounts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import itemgetter

import numpy as np
import numpy.typing as npt

from recovery.chains.scan import Watch
from recovery.chains.spelling import hash160
from recovery.chains.utxo.rawtx import read_output
from recovery.chains.utxo.reader import Reader
from recovery.model import AddressKey

_Bytes = npt.NDArray[np.uint8]
_Places = npt.NDArray[np.intp]
_Heads = npt.NDArray[np.uint32]

HeldOutput = tuple[int, AddressKey]
"""Where an output begins in its block, and the watched key that it pays."""

_VALUE = 8
_TOKEN_PREFIX = 0xEF


@dataclass(frozen=True, slots=True)
class _Kind:
    """A payload of so many bytes between fixed ones, and that of all the script's length in one byte before it."""

    scheme: str
    before: bytes
    width: int
    behind: bytes = b""

    @property
    def head(self) -> bytes:
        return bytes([len(self.before) + self.width + len(self.behind)]) + self.before


_EVERYWHERE = (
    _Kind("p2pkh", b"\x76\xa9\x14", 20, b"\x88\xac"),
    _Kind("p2sh", b"\xa9\x14", 20, b"\x87"),
)
_SEGWIT = (
    _Kind("p2wpkh", b"\x00\x14", 20),
    _Kind("p2wsh", b"\x00\x20", 32),
    _Kind("p2tr", b"\x51\x20", 32),
)
_P2SH32 = _Kind("p2sh32", b"\xaa\x20", 32, b"\x87")
_PUBKEYS = (
    _Kind("pubkey", b"\x21\x02", 32, b"\xac"),
    _Kind("pubkey", b"\x21\x03", 32, b"\xac"),
    _Kind("pubkey", b"\x41\x04", 64, b"\xac"),
)


class _Scripts:
    """The locking scripts of a block's outputs: where each begins, and its head: the length and three bytes.

    A script of 253 bytes or more has no kind; its head is that of none.
    """

    def __init__(self, data: bytes, outputs: Sequence[int], *, tokens: bool) -> None:
        self.data = data
        self.block: _Bytes = np.frombuffer(data, np.uint8)
        self.outputs = outputs
        lengths: _Places = np.array(outputs, np.intp) + _VALUE
        self.begins = lengths + 1
        self.heads: _Heads = _cut(data, 4, lengths).view("<u4").reshape(-1)
        if tokens:
            prefixed = (self.heads & 0xFF >= 0xFD) | (self.block[self.begins] == _TOKEN_PREFIX)
            for n in np.flatnonzero(prefixed).tolist():
                self._strip(n)

    def _strip(self, n: int) -> None:
        """A CashToken stands between the length and the script (CHIP-2022-02)."""
        reader = Reader(self.data, self.outputs[n])
        try:
            script = read_output(reader, tokens=True).script
        except ValueError:
            script = b""  # no token, and no script that anybody can spend
        self.begins[n] = reader.at - len(script)
        self.heads[n] = int.from_bytes(bytes([min(len(script), 0xFF)]) + script[:3], "little")

    def find(self, kind: _Kind) -> tuple[_Places, _Places]:
        """The numbers of the outputs of a kind, and where their payloads are."""
        head = int.from_bytes(kind.head, "little")
        which = np.flatnonzero(self.heads & np.uint32((1 << 8 * len(kind.head)) - 1) == head)
        places = self.begins[which] + len(kind.before)
        for n, byte in enumerate(kind.behind, kind.width):
            same = self.block[places + n] == byte
            which, places = which[same], places[same]
        return which, places


def find_held_outputs(
    data: bytes, outputs: Sequence[int], watch: Watch, *, segwit: bool, tokens: bool
) -> list[HeldOutput]:
    """The outputs that pay a watched key, of those that begin at ``outputs`` (their values come first), in order.

    ``segwit``: the chain has witness programs (BIP-141). ``tokens``: it has CHIP-2022-02 and 2022-05.
    """
    scripts = _Scripts(data, outputs, tokens=tokens)
    kinds = _EVERYWHERE + (_SEGWIT if segwit else ()) + ((_P2SH32,) if tokens else ())
    found = [
        (n, AddressKey(kind.scheme, data[place : place + kind.width]))
        for kind in kinds
        for n, place in _find_kind(scripts, kind, watch)
    ]
    found += _find_pubkeys(scripts, watch)
    if segwit:
        found += _find_programs(scripts, watch)
    found.sort(key=itemgetter(0))  # an output has one key
    return [(outputs[n], key) for n, key in found]


def _find_kind(scripts: _Scripts, kind: _Kind, watch: Watch) -> Iterator[tuple[int, int]]:
    which, places = scripts.find(kind)
    if len(which):
        held = watch.mark_held(kind.scheme, _cut(scripts.data, kind.width, places))
        yield from zip(which[held].tolist(), places[held].tolist(), strict=True)


def _find_pubkeys(scripts: _Scripts, watch: Watch) -> list[tuple[int, AddressKey]]:
    """Bare public keys: theirs is the P2PKH key of their hash."""
    found: list[tuple[int, AddressKey]] = []
    for kind in _PUBKEYS:
        which, places = scripts.find(kind)
        for n, at in zip(which.tolist(), places.tolist(), strict=True):
            found.append((n, AddressKey("p2pkh", hash160(scripts.data[at - 1 : at + kind.width]))))
    held = watch.find_held({key for _, key in found}) if found else set()
    return [(n, key) for n, key in found if key in held]


def _find_programs(scripts: _Scripts, watch: Watch) -> list[tuple[int, AddressKey]]:
    """Witness programs of versions and lengths that have no name yet: a version from 1 to 16, 2 to 40 bytes."""
    heads = scripts.heads
    size, version, push = heads & 0xFF, (heads >> 8) & 0xFF, (heads >> 16) & 0xFF
    likely = (size == push + 2) & (push - 2 < 39) & (version - 0x51 < 16)
    likely &= (version != 0x51) | (push != 32)
    found = []
    for n in np.flatnonzero(likely).tolist():
        at = int(scripts.begins[n])
        program = scripts.data[at + 2 : at + int(size[n])]
        found.append((n, AddressKey("witness", bytes([int(version[n]) - 0x50]) + program)))
    held = watch.find_held({key for _, key in found}) if found else set()
    return [(n, key) for n, key in found if key in held]


def _cut(data: bytes, width: int, places: _Places) -> _Bytes:
    """The ``width`` bytes at each place, as rows."""
    windows: npt.NDArray[np.void] = np.ndarray(
        (len(data) - width + 1,), np.dtype((np.void, width)), data, strides=(1,)
    )
    return windows[places].view(np.uint8).reshape(-1, width)
