"""How Solana wallets sign a text: the bare bytes, or the bytes inside an off-chain message.

Source: the wallet standard's ``solana:signMessage`` (the bare bytes); Anza's proposal "Off-chain
message signing", version 0, which ``solana sign-offchain-message`` and the Ledger application use. Two
headers of version 0 are in use: the proposal's, with application domain and signers, and the shorter
one of the command line before its version 3. The application domain must be zero (nobody's).
"""

from __future__ import annotations

from collections.abc import Iterator

from recovery.networks import Network
from recovery.proofs.reading import (
    check_ed25519,
    check_parts,
    message_bytes,
    no_such_proof,
    read_address,
    read_signature64,
    wrong_signer,
)
from recovery.proofs.values import BadProof, Scheme, SignedAnswer

_SIGNING_DOMAIN = b"\xffsolana offchain"
_VERSION = b"\x00"
_NO_APPLICATION = bytes(32)
_FORMATS = (b"\x00", b"\x01", b"\x02")
"""Restricted ASCII, UTF-8 that hardware shows, long UTF-8: how it is displayed, not what is signed."""


def verify(network: Network, address: str, message: str, answer: SignedAnswer) -> None:
    """Raises `BadProof` unless the address, which is the key, signed; base58, base64 or hexadecimal."""
    from nacl.bindings import crypto_core_ed25519_is_valid_point

    public_key = read_address(network, address, family="solana").key.payload
    check_parts(answer)
    if not crypto_core_ed25519_is_valid_point(public_key):
        raise no_such_proof("the address is a program's: nobody holds a key of it")
    signature = read_signature64(answer.signature)
    for signed in _signed_forms(public_key, message_bytes(message)):
        try:
            check_ed25519(public_key, signature, signed)
        except BadProof:
            continue
        return
    raise wrong_signer()


def _signed_forms(public_key: bytes, message: bytes) -> Iterator[bytes]:
    yield message
    sized = len(message).to_bytes(2, "little") + message
    for form in _FORMATS:
        begin = _SIGNING_DOMAIN + _VERSION
        yield begin + _NO_APPLICATION + form + b"\x01" + public_key + sized
        yield begin + form + sized


SCHEME = Scheme(
    name="solana_message",
    title="signMessage (Solana)",
    verify=verify,
)
