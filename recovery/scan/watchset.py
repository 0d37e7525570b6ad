"""The watch set: ten million keys in mapped files, with exact answers.

Knows: how keys lie in a folder and how they are looked up. Must not know: the database, networks.

A folder holds one table for each scheme and width of payload, so that nothing is cut or padded:

    index.json     the tables, the networks' lists, and which imports the set was built from
    N.hash         sorted 64-bit hashes of the payloads, little-endian
    N.keys         the payloads in the same order
    N.bits         one bit for each hash's beginning that occurs: most strangers end here
    CODE.list      the keys issued for one network, as lines of ``scheme:hex``

The files are mapped: processes share the pages, and loading reads nothing. The hash only says where to
look; what answers is the comparison of all bytes. Files are never changed, only replaced by a new folder.
"""

from __future__ import annotations

import json
import os
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from recovery.errors import Inconsistent
from recovery.model import AddressKey, NetworkCode

Payloads = npt.NDArray[np.uint8]

INDEX = "index.json"
FORMAT = 1

_BITS_PER_KEY = 16
"""One stranger in sixteen passes the bitmap by chance; a bitmap of 10 million keys has 32 MB."""

_ODD = np.uint64(
    0x9E3779B97F4A7C15
)  # the golden ratio's bits: any odd number with mixed bits serves
_MIX = np.uint64(0xBF58476D1CE4E5B9)
_HALF = np.uint64(32)


def hash_payloads(payloads: Payloads) -> npt.NDArray[np.uint64]:
    """A 64-bit hash of every row; width is part of it. Not secret, and stable for ever."""
    count, width = payloads.shape
    words = -(-width // 8)
    if width % 8:
        padded = np.zeros((count, words * 8), np.uint8)
        padded[:, :width] = payloads
    else:
        padded = np.ascontiguousarray(payloads)
    columns = padded.view("<u8")
    mixed = np.full(count, width, np.uint64)
    for i in range(words):
        mixed ^= columns[:, i]
        mixed *= _ODD
        mixed ^= mixed >> _HALF
        mixed *= _MIX
    mixed ^= mixed >> _HALF
    return mixed


@dataclass(frozen=True, slots=True)
class Table:
    """The keys of one scheme and width."""

    hashes: npt.NDArray[np.uint64]
    keys: Payloads
    bits: Payloads

    @classmethod
    def build(cls, payloads: Payloads) -> Table:
        """Of rows in any order, repeated ones too."""
        hashes = hash_payloads(payloads)
        order = np.argsort(hashes)
        hashes, keys = hashes[order], payloads[order]
        fresh = np.ones(len(hashes), np.bool_)
        fresh[1:] = hashes[1:] != hashes[:-1]
        alike = np.flatnonzero(~fresh)
        if len(alike):  # the same key again, or (once in 10^5 sets) another with its hash
            fresh[alike] = [_is_new(hashes, keys, int(i)) for i in alike]
        hashes, keys = hashes[fresh], keys[fresh]
        return cls(hashes, keys, _make_bits(hashes))

    def mark(self, payloads: Payloads) -> npt.NDArray[np.bool_]:
        """Which rows are among the keys."""
        found = np.zeros(len(payloads), np.bool_)
        if not len(self.hashes) or not len(payloads):
            return found
        hashes = hash_payloads(payloads)
        place = hashes >> np.uint64(64 - _log2(len(self.bits) * 8))
        bit = self.bits[place >> np.uint64(3)] >> (place & np.uint64(7)).astype(np.uint8)
        likely = np.flatnonzero(bit & 1)
        if not len(likely):
            return found
        wanted = hashes[likely]
        at = np.searchsorted(self.hashes, wanted)
        while len(likely):  # one round, and one more for each key that shares its hash with others
            inside = at < len(self.hashes)
            likely, wanted, at = likely[inside], wanted[inside], at[inside]
            same = self.hashes[at] == wanted
            likely, wanted, at = likely[same], wanted[same], at[same]
            equal = (self.keys[at] == payloads[likely]).all(axis=1)
            found[likely[equal]] = True
            likely, wanted, at = likely[~equal], wanted[~equal], at[~equal] + 1
        return found


def _is_new(hashes: npt.NDArray[np.uint64], keys: Payloads, at: int) -> bool:
    """Whether no earlier row of the same hash is the same key."""
    before = at - 1
    while before >= 0 and hashes[before] == hashes[at]:
        if (keys[before] == keys[at]).all():
            return False
        before -= 1
    return True


def _make_bits(hashes: npt.NDArray[np.uint64]) -> Payloads:
    size = max(8, 1 << (max(len(hashes) * _BITS_PER_KEY, 1) - 1).bit_length())
    bits = np.zeros(size // 8, np.uint8)
    place = hashes >> np.uint64(64 - _log2(size))  # sorted, as the hashes are
    which, first = np.unique(place >> np.uint64(3), return_index=True)
    if len(which):
        each = np.left_shift(np.uint8(1), (place & np.uint64(7)).astype(np.uint8))
        bits[which] = np.bitwise_or.reduceat(each, first)
    return bits


def _log2(power: int) -> int:
    return power.bit_length() - 1


class WatchSet:
    """An opened folder. Safe to share between threads; answers as `recovery.chains.scan.Watch`.

    ``added`` are keys that came later, ``imports`` how many imports of addresses it holds by now: see
    `recovery.scan.watching`.
    """

    def __init__(
        self, folder: Path, *, added: Iterable[tuple[AddressKey, NetworkCode]] = ()
    ) -> None:
        self.folder = folder
        self.index = _read_index(folder)
        self.imports: int = self.index["imports"]["count"]
        self._tables = {
            (t["scheme"], t["width"]): _open_table(folder, t) for t in self.index["tables"]
        }
        self._added: dict[AddressKey, set[NetworkCode]] = defaultdict(set)
        self._fresh: dict[tuple[str, int], Table] = {}
        self.add(added)

    def __len__(self) -> int:
        built = sum(len(table.hashes) for table in self._tables.values())
        return built + sum(len(table.hashes) for table in self._fresh.values())

    def add(self, keys: Iterable[tuple[AddressKey, NetworkCode]]) -> None:
        """Watch these too; few against the built ones."""
        for key, network in keys:
            self._added[key].add(network)
        grouped: dict[tuple[str, int], list[bytes]] = defaultdict(list)
        for key in list(self._added):
            grouped[key.scheme, len(key.payload)].append(key.payload)
        self._fresh = {where: Table.build(_rows(found)) for where, found in grouped.items()}

    def mark_held(self, scheme: str, payloads: Payloads) -> npt.NDArray[np.bool_]:
        """Which rows of an (n, width) array are watched."""
        where = scheme, payloads.shape[1]
        built, fresh = self._tables.get(where), self._fresh.get(where)
        found = np.zeros(len(payloads), np.bool_) if built is None else built.mark(payloads)
        return found if fresh is None else found | fresh.mark(payloads)

    def find_held(self, keys: Collection[AddressKey]) -> set[AddressKey]:
        grouped: dict[tuple[str, int], list[AddressKey]] = defaultdict(list)
        for key in keys:
            grouped[key.scheme, len(key.payload)].append(key)
        held: set[AddressKey] = set()
        for (scheme, _), group in grouped.items():
            marks = self.mark_held(scheme, _rows([key.payload for key in group]))
            held.update(key for key, mark in zip(group, marks, strict=True) if mark)
        return held

    def holds(self, key: AddressKey) -> bool:
        return bool(self.find_held([key]))

    def addresses_of(self, network: NetworkCode) -> Iterator[AddressKey]:
        """The keys issued for a network, each once; only of networks that the set was built for."""
        if network not in self.index["lists"]:
            raise _damaged(self.folder, f"it has no list of {network}")
        listed: set[AddressKey] = set()
        with (self.folder / f"{network}.list").open(encoding="ascii") as lines:
            for line in lines:
                key = AddressKey.from_text(line.strip())
                listed.add(key)
                yield key
        for key, networks in list(self._added.items()):
            if network in networks and key not in listed:
                yield key


def write_table(folder: Path, number: int, scheme: str, payloads: Payloads) -> dict[str, Any]:
    """Write one table's files; its entry in the index."""
    table = Table.build(payloads)
    for name, array in (("hash", table.hashes), ("keys", table.keys), ("bits", table.bits)):
        with (folder / f"{number}.{name}").open("wb") as file:
            array.tofile(file)
            file.flush()
            os.fsync(file.fileno())
    return {
        "number": number,
        "scheme": scheme,
        "width": payloads.shape[1],
        "count": len(table.hashes),
        "bits": len(table.bits),
    }


def _rows(payloads: list[bytes]) -> Payloads:
    return np.frombuffer(b"".join(payloads), np.uint8).reshape(len(payloads), len(payloads[0]))


def _read_index(folder: Path) -> dict[str, Any]:
    try:
        index: dict[str, Any] = json.loads((folder / INDEX).read_text("utf-8"))
    except (OSError, ValueError) as wrong:
        raise _damaged(folder, str(wrong)) from None
    if index.get("format") != FORMAT:
        raise _damaged(folder, f"its format is {index.get('format')!r}")
    return index


def _open_table(folder: Path, entry: dict[str, Any]) -> Table:
    count, width, number = entry["count"], entry["width"], entry["number"]
    return Table(
        _map(folder / f"{number}.hash", np.dtype("<u8"), (count,)),
        _map(folder / f"{number}.keys", np.dtype(np.uint8), (count, width)),
        _map(folder / f"{number}.bits", np.dtype(np.uint8), (entry["bits"],)),
    )


def _map(path: Path, kind: np.dtype[Any], shape: tuple[int, ...]) -> npt.NDArray[Any]:
    """A file as an array, read page by page when looked at; raises where its size is another."""
    size = int(np.prod(shape)) * kind.itemsize
    try:
        real = path.stat().st_size
        if real != size:
            raise _damaged(path.parent, f"{path.name} has {real} bytes, not {size}")
        # A plain array over the mapping: every slice of np.memmap costs a Python call more.
        return (
            np.asarray(np.memmap(path, kind, "r", shape=shape)) if size else np.zeros(shape, kind)
        )
    except OSError as wrong:
        raise _damaged(path.parent, str(wrong)) from None


def _damaged(folder: Path, why: str) -> Inconsistent:
    return Inconsistent(
        "watch-set-damaged",
        f"the watch set in {folder} can't be read: {why}",
        hint="remove the folder; the next scan builds it again",
    )
