"""Blocks of the six chains written field by field, with what they really pay known beforehand.

The writer shares nothing with the reader under test. Its traps are our own scripts where nobody is
paid: in inputs, witnesses, data, payloads, the parent's coinbase of a merge-mined block.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from hypothesis import strategies as st

from recovery.chains.spelling import hash160
from recovery.chains.utxo.zip244 import hash_version_5
from recovery.model import AddressKey, NetworkCode

CODES = ("BTC", "LTC", "DOGE", "BCH", "DASH", "ZEC")
PARENT = bytes(range(32))
SECONDS = 1_700_000_000


class Watched:
    """A watch set that is a plain set; it remembers nothing else."""

    def __init__(self, keys: Collection[AddressKey]) -> None:
        self.keys = set(keys)

    def holds(self, key: AddressKey) -> bool:
        return key in self.keys

    def find_held(self, keys: Collection[AddressKey]) -> set[AddressKey]:
        return self.keys & set(keys)

    def mark_held(self, scheme: str, payloads: Any) -> Any:
        return np.array([AddressKey(scheme, r.tobytes()) in self.keys for r in payloads], np.bool_)

    def addresses_of(self, network: NetworkCode) -> Iterator[AddressKey]:
        raise NotImplementedError(network)


@dataclass(frozen=True)
class Paid:
    """One output as it was written; ``key`` None where the script pays nobody the chain can name."""

    value: int
    script: bytes
    key: AddressKey | None
    token: bytes = b""


@dataclass
class Written:
    """A block's bytes and, transaction by transaction, its hash and its outputs."""

    data: bytes
    txs: list[tuple[str, list[Paid]]] = field(default_factory=list)
    extension: bytes = b""


def compact(number: int) -> bytes:
    if number < 0xFD:
        return bytes([number])
    if number < 0x10000:
        return b"\xfd" + number.to_bytes(2, "little")
    return b"\xfe" + number.to_bytes(4, "little")


def sized(data: bytes) -> bytes:
    return compact(len(data)) + data


def script_of(key: AddressKey) -> bytes:
    payload = key.payload
    if key.scheme == "witness":
        return bytes([payload[0] + 0x50]) + sized(payload[1:])
    before, behind = {
        "p2pkh": (b"\x76\xa9\x14", b"\x88\xac"),
        "p2sh": (b"\xa9\x14", b"\x87"),
        "p2sh32": (b"\xaa\x20", b"\x87"),
        "p2wpkh": (b"\x00\x14", b""),
        "p2wsh": (b"\x00\x20", b""),
        "p2tr": (b"\x51\x20", b""),
    }[key.scheme]
    return before + payload + behind


def schemes_of(code: str) -> tuple[str, ...]:
    if code in ("BTC", "LTC"):
        return ("p2pkh", "p2sh", "p2wpkh", "p2wsh", "p2tr", "witness")
    return ("p2pkh", "p2sh", "p2sh32") if code == "BCH" else ("p2pkh", "p2sh")


_edges = st.sampled_from(
    [b"\0", b"\x14", b"\x76\xa9\x14", b"\xac", b"\x87", b"\x16\x00\x14", b"\xff"]
)


def payloads(width: int) -> st.SearchStrategy[bytes]:
    """Random ones, and ones made of the templates' own bytes."""
    made = st.lists(_edges, min_size=1, max_size=4).map(
        lambda parts: (b"".join(parts) * width)[:width]
    )
    return st.one_of(st.binary(min_size=width, max_size=width), made)


@st.composite
def keys(draw: st.DrawFn, code: str) -> AddressKey:
    scheme = draw(st.sampled_from(schemes_of(code)))
    if scheme == "witness":
        version, width = draw(st.integers(1, 16)), draw(st.integers(2, 40))
        if (version, width) == (1, 32):
            width = 33
        return AddressKey(scheme, bytes([version]) + draw(payloads(width)))
    width = 20 if scheme in ("p2pkh", "p2sh", "p2wpkh") else 32
    return AddressKey(scheme, draw(payloads(width)))


@st.composite
def outputs(draw: st.DrawFn, code: str, ours: list[AddressKey], traps: bytes) -> Paid:
    value = draw(st.integers(0, 2**50))
    shape = draw(st.sampled_from(["ours", "ours", "stranger", "pubkey", "data", "odd"]))
    token = b""
    if shape == "ours":
        key = draw(st.sampled_from(ours))
        script: bytes = script_of(key)
    elif shape == "stranger":
        key = draw(keys(code))
        script = script_of(key)
    elif shape == "pubkey":
        pubkey = draw(st.sampled_from([b"\x02", b"\x03"])) + draw(payloads(32))
        if draw(st.booleans()):
            pubkey = b"\x04" + draw(payloads(64))
        script, key = sized(pubkey) + b"\xac", AddressKey("p2pkh", hash160(pubkey))
    else:
        script = b"\x6a" + traps if shape == "data" else b"\x51" + traps + b"\x51"
        return Paid(value, script, None)
    if code == "BCH" and draw(st.booleans()):
        bits = draw(st.sampled_from([0x10, 0x20, 0x30, 0x62, 0x72]))
        token = b"\xef" + draw(st.binary(min_size=32, max_size=32)) + bytes([bits])
        token += sized(draw(st.binary(min_size=1, max_size=40))) if bits & 0x40 else b""
        token += compact(draw(st.integers(1, 70_000))) if bits & 0x10 else b""
    return Paid(value, script, key, token)


def _written_outputs(paid: list[Paid]) -> bytes:
    return compact(len(paid)) + b"".join(
        p.value.to_bytes(8, "little") + sized(p.token + p.script) for p in paid
    )


def _hash(data: bytes) -> str:
    return hashlib.sha256(hashlib.sha256(data).digest()).digest()[::-1].hex()


@st.composite
def transactions(
    draw: st.DrawFn, code: str, ours: list[AddressKey], *, coinbase: bool
) -> tuple[bytes, str, list[Paid]]:
    traps = b"".join(
        sized(script_of(key)) for key in draw(st.lists(st.sampled_from(ours), max_size=3))
    )
    traps += draw(st.sampled_from([b"", b"\xfd", bytes(300)]))
    count = 1 if coinbase else draw(st.integers(1, 4))
    ins = b"".join(
        (bytes(32) + b"\xff" * 4 if coinbase else draw(st.binary(min_size=36, max_size=36)))
        + sized(draw(st.sampled_from([b"", traps, traps + bytes(250)])))
        + draw(st.sampled_from([b"\xff" * 4, bytes(4)]))
        for _ in range(count)
    )
    paid = draw(st.lists(outputs(code, ours, traps), min_size=1, max_size=5))
    body = compact(count) + ins + _written_outputs(paid)
    lock = draw(st.binary(min_size=4, max_size=4))
    if code == "ZEC":
        return (*_zcash(draw, body, lock, traps), paid)
    version, tail = b"\x02\0\0\0", lock
    if code == "DASH" and draw(st.booleans()):
        version, tail = b"\x03\0\x05\0" if coinbase else b"\x03\0\x08\0", lock + sized(traps + b"x")
    plain = version + body + tail
    if code in ("BTC", "LTC") and draw(st.booleans()):
        witness = b"".join(
            compact(n) + b"".join(sized(draw(st.sampled_from([b"", traps]))) for _ in range(n))
            for n in (draw(st.integers(0, 3)) for _ in range(count))
        )
        return version + b"\0\x01" + body + witness + lock, _hash(plain), paid
    return plain, _hash(plain), paid


def _zcash(draw: st.DrawFn, body: bytes, lock: bytes, traps: bytes) -> tuple[bytes, str]:
    """Versions 1 to 5 with shielded parts of the sizes of the specification, full of traps."""

    def parts(count: int, width: int) -> bytes:
        return (traps * (count * width) + bytes(count * width))[: count * width]

    version = draw(st.integers(1, 5))
    spends, outs, joins, actions = (draw(st.integers(0, 2)) for _ in range(4))
    if version == 5:
        group = (5 | 1 << 31).to_bytes(4, "little") + bytes.fromhex("0a27a726") + b"BRAN"
        sapling = compact(spends) + parts(spends, 96) + compact(outs) + parts(outs, 756)
        if spends + outs:
            sapling += bytes(8) + (parts(1, 32) if spends else b"") + parts(spends, 192)
            sapling += parts(spends, 64) + parts(outs, 192) + parts(1, 64)
        orchard = compact(actions) + parts(actions, 820)
        if actions:
            orchard += b"\x03" + bytes(8) + parts(1, 32) + sized(parts(1, 2720 + 2272 * actions))
            orchard += parts(actions, 64) + parts(1, 64)
        data = group + lock + bytes(4) + body + sapling + orchard
        return data, hash_version_5(data)
    data = version.to_bytes(4, "little")
    if version >= 3:
        data = (version | 1 << 31).to_bytes(4, "little") + bytes.fromhex("70 82 c4 03")
    data += body + lock + (bytes(4) if version >= 3 else b"")
    if version == 4:
        data += bytes(8) + compact(spends) + parts(spends, 384) + compact(outs) + parts(outs, 948)
    if version >= 2:
        data += compact(joins) + parts(joins, 1698 if version == 4 else 1802)
        data += parts(1, 96) if joins else b""
    data += parts(1, 64) if version == 4 and spends + outs else b""
    return data, _hash(data)


def _header(code: str, version: int) -> bytes:
    data = version.to_bytes(4, "little") + PARENT + bytes(32)
    if code == "ZEC":
        data += bytes(32) + SECONDS.to_bytes(4, "little") + bytes(36)
        return data + sized(bytes(1344))
    return data + SECONDS.to_bytes(4, "little") + bytes(8)


@st.composite
def blocks(draw: st.DrawFn, code: str, ours: list[AddressKey]) -> Written:
    """A block of the chain that pays some of ours, with traps wherever bytes are free."""
    count = draw(st.integers(1, 5))
    txs = [draw(transactions(code, ours, coinbase=n == 0)) for n in range(count)]
    header = _header(code, 4)
    if code == "DOGE" and draw(st.booleans()):
        coinbase, _, _ = draw(transactions("LTC", ours, coinbase=True))
        branch = b"".join(bytes([n]) * 32 for n in range(3))
        proof = coinbase + bytes(32) + b"\x03" + branch + bytes(4) + b"\0" + bytes(4)
        header = _header(code, 0x620104) + proof + _header("LTC", 2)
    tail = b""
    if code == "LTC" and draw(st.booleans()):
        paid = draw(st.lists(outputs(code, ours, b""), min_size=1, max_size=3))
        body = b"\x01" + draw(st.binary(min_size=36, max_size=36)) + b"\0" + b"\xff" * 4
        body += _written_outputs(paid)
        plain = b"\x02\0\0\0" + body + bytes(4)
        txs.append((b"\x02\0\0\0\0\x08" + body + b"\0" + bytes(4), _hash(plain), paid))
        tail = b"\x01" + b"".join(sized(script_of(key)) for key in ours)
    data = header + compact(len(txs)) + b"".join(raw for raw, _, _ in txs) + tail
    return Written(data, [(tx_hash, paid) for _, tx_hash, paid in txs], tail)


@st.composite
def stories(draw: st.DrawFn, code: str) -> tuple[list[AddressKey], Written]:
    """Some keys of ours, and a block that may pay them."""
    ours = draw(st.lists(keys(code), min_size=1, max_size=4, unique=True))
    return ours, draw(blocks(code, ours))
