"""SEP-53: how Stellar wallets sign a text.

Source: SEP-53 version 1.0.0. ed25519 over SHA-256 of a fixed prefix and the message. The key is the
address. An account may have given its weight to other signers: `recovery.proofs.permissions` asks for them.
"""

from __future__ import annotations

import hashlib

from recovery.model import AddressKey
from recovery.networks import Network
from recovery.proofs.reading import (
    check_ed25519,
    check_parts,
    message_bytes,
    no_such_proof,
    read_address,
    read_signature64,
)
from recovery.proofs.values import Scheme, SignedAnswer

_PREFIX = b"Stellar Signed Message:\n"


def verify(network: Network, address: str, message: str, answer: SignedAnswer) -> None:
    """Raises `BadProof` unless the account's master key signed; 64 bytes in base64 or hexadecimal."""
    key = read_address(network, address, family="stellar").key
    check_form(key, answer)
    verify_signature(key.payload, message, answer)


def check_form(key: AddressKey, answer: SignedAnswer) -> None:
    """Raises `BadProof` where the address has no key, or what was handed in is no signature."""
    check_parts(answer)
    if key.scheme != "ed25519":
        raise no_such_proof(
            "only an account (G…) has a key; contracts, balances and pools have none"
        )
    read_signature64(answer.signature)


def verify_signature(public_key: bytes, message: str, answer: SignedAnswer) -> None:
    """Raises `BadProof` unless this key (32 bytes) signed; whether it may for the account, is not said."""
    signature = read_signature64(answer.signature)
    check_ed25519(public_key, signature, hashlib.sha256(_PREFIX + message_bytes(message)).digest())


SCHEME = Scheme(
    name="sep53",
    title="signMessage (SEP-53)",
    verify=verify,
)
