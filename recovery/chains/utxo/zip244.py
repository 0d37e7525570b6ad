"""The id of a Zcash transaction of version 5, computed from its bytes.

Knows: how such a transaction is written (ZIP-225) and the tree of BLAKE2b-256 digests that names it
(ZIP-244). Must not know: JSON, nodes. Signatures and proofs are no part of the id.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b

from recovery.chains.utxo.reader import Reader

_SAPLING_SPEND = (32, 32, 32)
"""Value commitment, nullifier, key: the anchor is one for all of them."""

_NOTE = (32, 32, 580, 80)
"""Note commitment, ephemeral key, the note enciphered for its owner, and for its sender."""

_MEMO = slice(52, 564)
"""Of the enciphered note: before it what a light wallet needs, behind it the tag."""

_PROOF, _SIGNATURE = 192, 64


def hash_version_5(data: bytes) -> str:
    """The transaction's id; raises `ValueError` where the bytes are no transaction of version 5."""
    reader = Reader(data)
    version, group, branch, rest = (reader.take(size) for size in (4, 4, 4, 8))
    parts = (
        _digest("ZTxIdHeadersHash", version, group, branch, rest),
        _hash_transparent(reader),
        _hash_sapling(reader),
        _hash_orchard(reader),
    )
    if reader.at != len(data):
        raise ValueError("something follows the transaction's end")
    return _hash(b"ZcashTxHash_" + branch, *parts)[::-1].hex()


def _hash_transparent(reader: Reader) -> bytes:
    outpoints, sequences = [], []
    for _ in range(reader.compact()):
        outpoints.append(reader.take(36))
        reader.take(reader.compact())
        sequences.append(reader.take(4))
    count = reader.compact()
    first = reader.at
    for _ in range(count):
        reader.take(8)
        reader.take(reader.compact())
    if not outpoints and not count:
        return _digest("ZTxIdTranspaHash")
    return _digest(
        "ZTxIdTranspaHash",
        _digest("ZTxIdPrevoutHash", *outpoints),
        _digest("ZTxIdSequencHash", *sequences),
        _digest("ZTxIdOutputsHash", reader.data[first : reader.at]),
    )


def _hash_sapling(reader: Reader) -> bytes:
    spends = [_take_parts(reader, _SAPLING_SPEND) for _ in range(reader.compact())]
    outputs = [_take_parts(reader, (32, *_NOTE)) for _ in range(reader.compact())]
    if not spends and not outputs:
        return _digest("ZTxIdSaplingHash")
    balance = reader.take(8)
    anchor = reader.take(32) if spends else b""
    reader.take(len(spends) * (_PROOF + _SIGNATURE) + len(outputs) * _PROOF + _SIGNATURE)
    spent = _digest("ZTxIdSSpendsHash")
    if spends:
        spent = _digest(
            "ZTxIdSSpendsHash",
            _digest("ZTxIdSSpendCHash", *(nullifier for _, nullifier, _ in spends)),
            _digest("ZTxIdSSpendNHash", *(v + anchor + key for v, _, key in spends)),
        )
    made = _digest("ZTxIdSOutputHash")
    if outputs:
        names = ("ZTxIdSOutC__Hash", "ZTxIdSOutM__Hash", "ZTxIdSOutN__Hash")
        notes = [((), (value,), note) for value, *note in outputs]
        made = _digest("ZTxIdSOutputHash", *_hash_notes(names, notes))
    return _digest("ZTxIdSaplingHash", spent, made, balance)


def _hash_orchard(reader: Reader) -> bytes:
    actions = [_take_parts(reader, (32, 32, 32, *_NOTE)) for _ in range(reader.compact())]
    if not actions:
        return _digest("ZTxIdOrchardHash")
    flags, balance, anchor = reader.take(1), reader.take(8), reader.take(32)
    reader.take(reader.compact())
    reader.take(len(actions) * _SIGNATURE + _SIGNATURE)
    names = ("ZTxIdOrcActCHash", "ZTxIdOrcActMHash", "ZTxIdOrcActNHash")
    notes = [((nullifier,), (value, key), note) for value, nullifier, key, *note in actions]
    return _digest("ZTxIdOrchardHash", *_hash_notes(names, notes), flags, balance, anchor)


def _hash_notes(
    names: tuple[str, str, str],
    notes: Sequence[tuple[tuple[bytes, ...], tuple[bytes, ...], Sequence[bytes]]],
) -> list[bytes]:
    """Three digests over all notes: what a light wallet reads, the memos, and all the rest.

    Of each note come what stands before its first part, before its last, and the note itself.
    """
    compact, memos, others = [], [], []
    for first, last, (commitment, key, sealed, out) in notes:
        compact += [*first, commitment, key, sealed[: _MEMO.start]]
        memos.append(sealed[_MEMO])
        others += [*last, sealed[_MEMO.stop :], out]
    return [
        _digest(name, *parts) for name, parts in zip(names, (compact, memos, others), strict=True)
    ]


def _take_parts(reader: Reader, sizes: Sequence[int]) -> list[bytes]:
    return [reader.take(size) for size in sizes]


def _digest(name: str, *parts: bytes) -> bytes:
    return _hash(name.encode(), *parts)


def _hash(person: bytes, *parts: bytes) -> bytes:
    return blake2b(b"".join(parts), digest_size=32, person=person).digest()
