"""Tezos' signed text: a packed Micheline string that begins with ``Tezos Signed Message:``.

Knows: the packing (``05 01``, four bytes of length), key and signature prefixes, the three curves, and
that an address is the BLAKE2b-160 of its key. Must not know: nodes. A contract (KT1) and a rollup (sr1)
have no key; tz4 signs with BLS, which no wallet offers for texts.

Sources: TZIP-10 and the Taquito guide on signing for what wallets sign; Tezos' data encoding for 0x05 01.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass

from base58_bech32.base58 import b58decode_check

from recovery.networks import Network
from recovery.proofs.p256 import check_p256
from recovery.proofs.reading import (
    MAX_TEXT,
    bad_form,
    check_ed25519,
    check_parts,
    check_secp256k1,
    message_bytes,
    no_such_proof,
    read_address,
    wrong_public_key,
)
from recovery.proofs.values import Scheme, SignedAnswer

_PREFIX = "Tezos Signed Message: "
_LONGEST_PREFIXED = 120
_GENERIC_SIGNATURE = b"\x04\x82\x2b"


def _check_ed25519(public_key: bytes, signature: bytes, signed: bytes) -> None:
    check_ed25519(public_key, signature, _digest(signed))


def _check_secp256k1(public_key: bytes, signature: bytes, signed: bytes) -> None:
    check_secp256k1(public_key, signature, _digest(signed))


def _check_p256(public_key: bytes, signature: bytes, signed: bytes) -> None:
    check_p256(public_key, signature, signed, digest="blake2b")


@dataclass(frozen=True, slots=True)
class _Curve:
    """One kind of account: Base58Check prefixes of its key and signature, and how it signs."""

    key_prefix: bytes
    key_size: int
    signature_prefix: bytes
    check: Callable[[bytes, bytes, bytes], None]


_CURVES = {
    "tz1": _Curve(b"\x0d\x0f\x25\xd9", 32, b"\x09\xf5\xcd\x86\x12", _check_ed25519),
    "tz2": _Curve(b"\x03\xfe\xe2\x56", 33, b"\x0d\x73\x65\x13\x3f", _check_secp256k1),
    "tz3": _Curve(b"\x03\xb2\x8b\x7f", 33, b"\x36\xf0\x2c\x34", _check_p256),
}


def verify(network: Network, address: str, message: str, answer: SignedAnswer) -> None:
    """Raises `BadProof` unless the address's key signed the packed text.

    The signature is ``edsig…``, ``spsig1…``, ``p2sig…`` or ``sig…``, the key ``edpk…``, ``sppk…`` or
    ``p2pk…``. ``extras`` may hold both ``dapp`` and ``timestamp``, where the wallet put them before
    the message, each followed by a space.
    """
    account = read_address(network, address, family="tezos")
    curve = _CURVES.get(account.form)
    if curve is None:
        raise no_such_proof(f"a {account.form} address does not sign texts")
    check_parts(answer, public_key=True, extras=("dapp", "timestamp") if answer.extras else ())
    public_key = _read(answer.public_key or "", "the public key", curve.key_size, curve.key_prefix)
    # the protocol's form of an implicit account: two bytes of kind, 20 of hash
    if hashlib.blake2b(public_key, digest_size=20).digest() != account.key.payload[2:]:
        raise wrong_public_key()
    signature = _read(
        answer.signature, "the signature", 64, curve.signature_prefix, _GENERIC_SIGNATURE
    )
    curve.check(public_key, signature, _pack(message, answer))


def _pack(message: str, answer: SignedAnswer) -> bytes:
    before = "".join(
        f"{_word(answer.extras[k], k)} " for k in ("dapp", "timestamp") if answer.extras
    )
    text = (_PREFIX + before).encode("ascii") + message_bytes(message)
    return b"\x05\x01" + len(text).to_bytes(4, "big") + text


def _word(text: str, name: str) -> str:
    if not re.fullmatch(rf"[!-~]{{1,{_LONGEST_PREFIXED}}}", text):
        raise bad_form(f"{name!r} is not one word")
    return text


def _digest(signed: bytes) -> bytes:
    return hashlib.blake2b(signed, digest_size=32).digest()


def _read(text: str, name: str, size: int, *prefixes: bytes) -> bytes:
    plain = text.strip() if len(text) <= MAX_TEXT else ""
    if not re.fullmatch(r"[1-9A-HJ-NP-Za-km-z]{40,110}", plain):
        raise bad_form(f"{name} is not Tezos' Base58Check")
    try:
        raw = b58decode_check(plain)
    except ValueError:
        raise bad_form(f"{name} has a wrong checksum: a character was changed") from None
    for prefix in prefixes:
        if raw.startswith(prefix) and len(raw) == len(prefix) + size:
            return raw[len(prefix) :]
    raise bad_form(f"{name} is of another kind than the address")


SCHEME = Scheme(
    name="tezos_message",
    title="Tezos",
    verify=verify,
    asks=("public_key",),
)
