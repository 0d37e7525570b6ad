"""TON Connect's ``signData`` of a text: the wallet shows the whole text, and signs it for its address.

Source: TON Connect 2, ``signData``, payload ``text``. The user reads what is signed, so the site's domain
is only part of the bytes; the address is bound by its state-init as in `ton_proof`. Numbers are big-endian
here, little-endian there.
"""

from __future__ import annotations

import hashlib

from recovery.networks import Network
from recovery.proofs.reading import (
    check_ed25519,
    check_parts,
    message_bytes,
    read_address,
    read_base64,
)
from recovery.proofs.schemes.ton_proof import read_domain, read_public_key, read_timestamp
from recovery.proofs.values import Scheme, SignedAnswer

_BEGIN = b"\xff\xffton-connect/sign-data/"
_TEXT = b"txt"


def verify(network: Network, address: str, message: str, answer: SignedAnswer) -> None:
    """Raises `BadProof` unless the wallet's key signed exactly this text.

    Signature and ``state_init`` are base64, ``timestamp`` is in seconds, ``domain`` as the wallet gave it.
    """
    key = read_address(network, address, family="ton").key
    check_parts(answer, extras=SCHEME.asks)
    public_key = read_public_key(key, answer.extras["state_init"])
    signature = read_base64(answer.signature, "the signature", 64)
    check_ed25519(public_key, signature, hash_text(key.payload, message, answer))


def hash_text(account: bytes, message: str, answer: SignedAnswer) -> bytes:
    """SHA-256 of what the wallet of an account (workchain byte and id) signs for a text."""
    workchain = int.from_bytes(account[:1], "big", signed=True)
    domain, text = read_domain(answer), message_bytes(message)
    whole = b"".join(
        (
            _BEGIN,
            workchain.to_bytes(4, "big", signed=True) + account[1:],
            len(domain).to_bytes(4, "big") + domain,
            read_timestamp(answer).to_bytes(8, "big"),
            _TEXT + len(text).to_bytes(4, "big") + text,
        )
    )
    return hashlib.sha256(whole).digest()


SCHEME = Scheme(
    name="ton_sign_data",
    title="signData (TON Connect)",
    verify=verify,
    asks=("timestamp", "domain", "state_init"),
)
