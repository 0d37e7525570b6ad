"""Sui's personal message: intent, length and text, hashed with BLAKE2b-256.

Knows: the intent bytes, the flag byte of each key kind, and that an address is the hash of flag and key.
Must not know: nodes. Multisig, zkLogin and passkey accounts sign in envelopes that a single key does not
prove, and are refused.

Source: Sui's documentation of signatures and of intent signing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from recovery.networks import Network
from recovery.proofs.p256 import check_p256
from recovery.proofs.reading import (
    bad_form,
    check_ed25519,
    check_parts,
    check_secp256k1,
    message_bytes,
    no_such_proof,
    read_address,
    read_base64,
    wrong_signer,
)
from recovery.proofs.values import Scheme, SignedAnswer

_PERSONAL_MESSAGE = b"\x03\x00\x00"
_OTHERS = {3: "a multisig", 5: "a zkLogin", 6: "a passkey"}


def _check_secp256k1(public_key: bytes, signature: bytes, digest: bytes) -> None:
    check_secp256k1(public_key, signature, hashlib.sha256(digest).digest())


def _check_p256(public_key: bytes, signature: bytes, digest: bytes) -> None:
    check_p256(public_key, signature, digest, digest="sha256")


_FLAGS: dict[int, tuple[int, Callable[[bytes, bytes, bytes], None]]] = {
    0: (32, check_ed25519),
    1: (33, _check_secp256k1),
    2: (33, _check_p256),
}
"""By flag the size of a public key, and what checks it against signature and digest."""


def verify(network: Network, address: str, message: str, answer: SignedAnswer) -> None:
    """Raises `BadProof` unless the address's key signed the message.

    The signature is base64 of flag, signature (64 bytes) and public key, as every wallet gives it.
    """
    account = read_address(network, address, family="sui")
    check_parts(answer)
    raw = read_base64(answer.signature, "the signature")
    flag = raw[0] if raw else -1
    if flag in _OTHERS:
        raise no_such_proof(f"{_OTHERS[flag]} account can't prove itself by one signature")
    if flag not in _FLAGS:
        raise bad_form("the signature does not begin with Sui's flag of a key kind")
    key_size, check = _FLAGS[flag]
    if len(raw) != 1 + 64 + key_size:
        raise bad_form(f"the signature has {len(raw)} bytes, not {1 + 64 + key_size}")
    signature, public_key = raw[1:65], raw[65:]
    if _blake2b(bytes([flag]) + public_key) != account.key.payload:
        raise wrong_signer()
    text = message_bytes(message)
    check(public_key, signature, _blake2b(_PERSONAL_MESSAGE + _uleb128(len(text)) + text))


def _blake2b(data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=32).digest()


def _uleb128(number: int) -> bytes:
    """The length before a byte vector in BCS."""
    low, rest = number & 0x7F, number >> 7
    return bytes([low | 0x80]) + _uleb128(rest) if rest else bytes([low])


SCHEME = Scheme(
    name="sui_message",
    title="Sui",
    verify=verify,
)
