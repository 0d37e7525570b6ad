"""Raw transactions: their hash and their outputs, read from the bytes alone.

Knows: the serialisations of the six chains: Bitcoin's with and without witness, Litecoin's MWEB
flag, BCH's token prefix, Dash's extra payload, Zcash's versions 1 to 5. Must not know: JSON, nodes.

The hash is SHA-256 twice over the serialisation without witness (and without MWEB part), byte
order reversed. Zcash version 5 hashes a tree of BLAKE2b digests instead (`zip244`); what a later
version is called is not computed.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

from recovery.chains.utxo.reader import Reader
from recovery.chains.utxo.zip244 import hash_version_5

_TOKEN_PREFIX = 0xEF
_OVERWINTERED = 0x80000000
_ZIP_244 = 5
"""The first version of Zcash's transactions that ZIP-244 names."""


@dataclass(frozen=True, slots=True)
class RawOutput:
    value: int
    script: bytes
    token: bool = False


@dataclass(frozen=True, slots=True)
class RawTransaction:
    """``txid`` is None where the chain hashes in a way that is not computed here."""

    txid: str | None
    outputs: tuple[RawOutput, ...]


def parse_raw(
    data: bytes, *, segwit: bool = False, zcash: bool = False, tokens: bool = False
) -> RawTransaction:
    """Read one transaction; raises `ValueError` where the bytes are none.

    ``segwit``: a first zero byte is the marker of a witness, elsewhere the number of inputs.
    ``zcash``: Zcash's serialisation. ``tokens``: outputs may begin with a CashToken (BCH).
    """
    reader = Reader(data)
    version = reader.integer(4)
    zip_244 = 0
    if zcash and version & _OVERWINTERED:
        reader.take(4)  # version group
        if version & ~_OVERWINTERED >= _ZIP_244:
            zip_244 = version & ~_OVERWINTERED
            reader.take(12)  # branch id, lock time and expiry stand in front since version 5
    flags = 0
    body = reader.at
    if segwit and data[4:5] == b"\x00":
        reader.take(1)
        flags = reader.integer(1)
        body = reader.at
    for _ in range(reader.compact()):
        reader.take(36)
        reader.take(reader.compact())
        reader.take(4)
    outputs = tuple(read_output(reader, tokens=tokens) for _ in range(reader.compact()))
    if zip_244:
        return RawTransaction(hash_version_5(data) if zip_244 == _ZIP_244 else None, outputs)
    if flags:
        data = data[:4] + data[body : reader.at] + data[-4:]
    return RawTransaction(_hash(data), outputs)


def read_output(reader: Reader, *, tokens: bool) -> RawOutput:
    """The output that begins where the reader is."""
    value = reader.integer(8)
    script = reader.take(reader.compact())
    if tokens and script[:1] == bytes([_TOKEN_PREFIX]):
        return RawOutput(value, _strip_token(script), token=True)
    return RawOutput(value, script)


def _strip_token(script: bytes) -> bytes:
    """The locking script behind a token prefix (CHIP-2022-02): category, bitfield, parts it names."""
    reader = Reader(script)
    reader.take(33)
    bits = reader.integer(1)
    if bits & 0x40:
        reader.take(reader.compact())
    if bits & 0x10:
        reader.compact()
    return script[reader.at :]


def _hash(data: bytes) -> str:
    return sha256(sha256(data).digest()).digest()[::-1].hex()
