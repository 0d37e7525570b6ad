"""Polkadot's signed bytes: sr25519, ed25519 or ECDSA, over the text or over ``<Bytes>`` around it.

Knows: the wrapping that wallets add, MultiSignature's leading byte, and that an account is the key, or
for ECDSA the BLAKE2b-256 of the key. Must not know: nodes. A multisig's, proxy's or pallet's account is
derived and has no key: nothing verifies against it.

Source: polkadot-js ``signRaw`` and ``signatureVerify``; sp-runtime's MultiSignature. sr25519 needs the
optional dependency ``polkadot``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from recovery.networks import Network
from recovery.proofs.reading import (
    check_ed25519,
    check_parts,
    message_bytes,
    no_such_proof,
    read_address,
    read_hex,
    recover_secp256k1,
    wrong_signer,
)
from recovery.proofs.values import BadProof, Scheme, SignedAnswer

_KINDS = ("ed25519", "sr25519", "ecdsa")
"""In the order of MultiSignature's variants."""


def verify(network: Network, address: str, message: str, answer: SignedAnswer) -> None:
    """Raises `BadProof` unless the account's key signed the message.

    The signature is hexadecimal: 64 bytes (65 of ECDSA), with the kind's byte before it or without.
    """
    account = read_address(network, address, family="polkadot").key.payload
    check_parts(answer)
    raw = read_hex(answer.signature, "the signature", 64, 65, 66)
    text = message_bytes(message)
    if not any(account):
        raise no_such_proof("the account of all zeros is nobody's: whoever likes can sign for it")
    needs_extra = False
    for kind, signature in _readings(raw):
        for signed in (b"<Bytes>" + text + b"</Bytes>", text):
            try:
                _check(kind, account, signature, signed)
            except BadProof:
                continue
            except ModuleNotFoundError:
                needs_extra = True
                continue
            return
    if needs_extra:
        raise no_such_proof(
            "sr25519 signatures can't be checked on this machine",
            hint="install the optional dependency: pip install recovery[polkadot]",
        )
    raise wrong_signer()


def _readings(raw: bytes) -> Iterator[tuple[str, bytes]]:
    """The kinds of signature that the bytes may be."""
    if len(raw) == 64:
        yield "sr25519", raw
        yield "ed25519", raw
    if len(raw) == 65:
        yield "ecdsa", raw
    if len(raw) > 64 and raw[0] < len(_KINDS):
        kind = _KINDS[raw[0]]
        if len(raw) == (66 if kind == "ecdsa" else 65):
            yield kind, raw[1:]


def _check(kind: str, account: bytes, signature: bytes, signed: bytes) -> None:
    if kind == "ed25519":
        check_ed25519(account, signature, signed)
    elif kind == "sr25519":
        _check_sr25519(account, signature, signed)
    else:
        digest = hashlib.blake2b(signed, digest_size=32).digest()
        if signature[64] > 3:
            raise wrong_signer()
        public_key = recover_secp256k1(signature[:64], signature[64], digest)
        if hashlib.blake2b(public_key, digest_size=32).digest() != account:
            raise wrong_signer()


def _check_sr25519(account: bytes, signature: bytes, signed: bytes) -> None:
    import sr25519

    try:
        verified = sr25519.verify(signature, signed, account)
    except ValueError:  # the account is no point of the curve: a derived one
        raise wrong_signer() from None
    if not verified:
        raise wrong_signer()


SCHEME = Scheme(
    name="polkadot_message",
    title="Polkadot",
    verify=verify,
)
