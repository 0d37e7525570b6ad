"""Algorand's signature of bytes: ed25519 over ``MX`` and the message.

Knows: the prefix of the SDKs' ``signBytes``, which Pera and Defly speak as ``signData``; the address is
the key. Must not know: nodes. A rekeyed account is signed for by another key than its address, and
that stands on the chain alone: `recovery.proofs.account_keys` asks for its ``auth-addr``.

ARC-60 is not read: it is a draft, its two descriptions of what is signed contradict each other, and
its only scope signs a JSON document and no text.
"""

from __future__ import annotations

from recovery.networks import Network
from recovery.proofs.reading import (
    check_ed25519,
    check_parts,
    message_bytes,
    read_address,
    read_base64,
)
from recovery.proofs.values import Scheme, SignedAnswer

_PREFIX = b"MX"


def verify(network: Network, address: str, message: str, answer: SignedAnswer) -> None:
    """Raises `BadProof` unless the address's own key signed the message; base64 of 64 bytes.

    A multisig's or a contract's address is a hash and no key: nothing verifies against it.
    """
    account = read_address(network, address, family="algorand")
    check_parts(answer)
    signature = read_base64(answer.signature, "the signature", 64)
    check_ed25519(account.key.payload, signature, _PREFIX + message_bytes(message))


SCHEME = Scheme(
    name="algorand_bytes",
    title="Algorand",
    verify=verify,
)
