"""A raw message signed with an XRP Ledger account's own key pair, as ``ripple-keypairs`` does.

Source: xrpl.org, Cryptographic Keys; xrpl.js ``ripple-keypairs`` (``sign``, ``verify``). A public key that
begins with ED is an ed25519 key and signs the bytes; one that begins with 02 or 03 is secp256k1 and
signs their SHA-512Half in DER. The AccountID is hash160 of the 33 bytes.

A regular key stands on the ledger, not in the address, and a master key may be disabled there:
`recovery.proofs.permissions` asks for both. A signer list proves by a verification deposit.
"""

from __future__ import annotations

import hashlib

from recovery.chains.spelling import hash160
from recovery.networks import Network
from recovery.proofs.reading import (
    bad_form,
    check_ed25519,
    check_parts,
    check_secp256k1,
    message_bytes,
    read_address,
    read_hex,
    wrong_public_key,
)
from recovery.proofs.values import BadProof, Scheme, SignedAnswer

_ED25519 = 0xED


def verify(network: Network, address: str, message: str, answer: SignedAnswer) -> None:
    """Raises `BadProof` unless the account's master key signed; signature and key in hexadecimal."""
    account = read_address(network, address, family="xrpl").key.payload
    if hash160(_read_public_key(answer)) != account:
        raise not_the_accounts_key()
    recover_signer(message, answer)


def recover_signer(message: str, answer: SignedAnswer) -> bytes:
    """The AccountID (20 bytes) of the key that signed; whether it may for the account, is not said."""
    public_key = _read_public_key(answer)
    raw = message_bytes(message)
    if public_key[0] == _ED25519:
        signature = read_hex(answer.signature, "the signature", 64)
        check_ed25519(public_key[1:], signature, raw)
    else:
        signature = _read_der(answer.signature)
        check_secp256k1(public_key, signature, hashlib.sha512(raw).digest()[:32])
    return hash160(public_key)


def not_the_accounts_key() -> BadProof:
    """The refusal of a key that may not sign for the account."""
    refusal = wrong_public_key()
    refusal.hint = (
        "hand in the account's own public key, or its regular key's; a signer list proves by a"
        " verification deposit"
    )
    return refusal


def _read_public_key(answer: SignedAnswer) -> bytes:
    check_parts(answer, public_key=True)
    if answer.public_key is None:
        raise bad_form("the public key is missing", hint="hand in the account's public key")
    return read_hex(answer.public_key, "the public key", 33)


def _read_der(text: str) -> bytes:
    from coincurve.ecdsa import der_to_cdata, serialize_compact

    raw = read_hex(text, "the signature")
    try:
        return bytes(serialize_compact(der_to_cdata(raw)))
    except ValueError:
        raise bad_form("the signature is not DER") from None


SCHEME = Scheme(
    name="xrpl_message",
    title="XRP Ledger",
    verify=verify,
    asks=("public_key",),
)
