"""SEP-53: how Stellar wallets sign a text.

Source: SEP-53 version 1.0.0. ed25519 over SHA-256 of a fixed prefix and the message. The key is the
address; an account that gave its weight to other signers is not seen from here, so the signature shows
the master key, which those who never changed their signers use.
"""

from __future__ import annotations

import hashlib

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
    check_parts(answer)
    if key.scheme != "ed25519":
        raise no_such_proof(
            "only an account (G…) has a key; contracts, balances and pools have none"
        )
    signature = read_signature64(answer.signature)
    check_ed25519(key.payload, signature, hashlib.sha256(_PREFIX + message_bytes(message)).digest())


SCHEME = Scheme(
    name="sep53",
    title="signMessage (SEP-53)",
    instructions=(
        "In your Stellar wallet sign the text unchanged as a message (SEP-53) with the account that sent"
        " the deposit. Copy the signature here."
    ),
    verify=verify,
)
