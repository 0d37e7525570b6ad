r"""Hedera's signed message: ``\x19Hedera Signed Message:\n``, the length, the text.

Knows: the prefix of ``hedera_signMessage``, the protobuf SignatureMap that it answers with, how the two
kinds of key sign. Must not know: nodes. An account ``0.0.N`` does not tell its key, so `verify` takes key
aliases alone (HIP-32), and `recovery.proofs.account_keys` asks a mirror for the others.

Sources: HIP-820 and Hedera's own library hedera-wallet-connect (the prefix); basic_types.proto
(SignatureMap, SignaturePair); the SDKs sign ECDSA over keccak-256.
"""

from __future__ import annotations

import re

from recovery.networks import Network
from recovery.proofs.reading import (
    bad_form,
    check_ed25519,
    check_parts,
    check_secp256k1,
    message_bytes,
    no_such_proof,
    read_address,
    read_base64,
    read_hex,
    wrong_public_key,
)
from recovery.proofs.values import Scheme, SignedAnswer

_PREFIX = b"\x19Hedera Signed Message:\n"
# protobuf: field number and length-delimited type
_SIG_PAIR, _KEY_PREFIX = b"\x0a", b"\x0a"
_SIGNATURE_OF = {"ed25519": b"\x1a", "secp256k1": b"\x32"}


def verify(network: Network, address: str, message: str, answer: SignedAnswer) -> None:
    """Raises `BadProof` unless the key of a key alias signed the message."""
    account = read_address(network, address, family="hedera")
    if account.form != "key-alias":
        raise no_such_proof(
            "only a mirror node can tell the key of this account",
            hint="ask a mirror for it, or take a verification deposit from the same account",
        )
    verify_signature(account.key.scheme, account.key.payload, message, answer)


def verify_signature(kind: str, public_key: bytes, message: str, answer: SignedAnswer) -> None:
    """Raises `BadProof` unless the key signed the message; ``kind`` is ``ed25519`` or ``secp256k1``.

    The signature is base64 of a SignatureMap with one pair, as WalletConnect gives it, or the bare 64
    bytes in hexadecimal.
    """
    check_parts(answer)
    if re.fullmatch(r"(0x)?[0-9a-fA-F]{128}", answer.signature.strip()):
        signature = read_hex(answer.signature, "the signature", 64)
    else:
        raw = read_base64(answer.signature, "the signature")
        signature = _read_map(raw, _SIGNATURE_OF[kind], public_key)
    text = message_bytes(message)
    length = len(text.decode("utf-8").encode("utf-16-le")) // 2  # a JavaScript string's length
    signed = _PREFIX + str(length).encode("ascii") + text
    if kind == "ed25519":
        check_ed25519(public_key, signature, signed)
        return
    from eth_hash.auto import keccak

    check_secp256k1(public_key, signature, bytes(keccak(signed)))


def _read_map(raw: bytes, tag: bytes, public_key: bytes) -> bytes:
    pair, rest = _read_field(raw, _SIG_PAIR)
    if rest:
        raise bad_form("the signature is no SignatureMap of one pair")
    key_prefix = b""
    if pair.startswith(_KEY_PREFIX):
        key_prefix, pair = _read_field(pair, _KEY_PREFIX)
    if not public_key.startswith(key_prefix):
        raise wrong_public_key()
    signature, rest = _read_field(pair, tag)
    if rest or len(signature) != 64:
        raise bad_form("the signature in the SignatureMap does not have 64 bytes")
    return signature


def _read_field(raw: bytes, tag: bytes) -> tuple[bytes, bytes]:
    """One field of below 128 bytes (all of them are), and what follows it."""
    length = raw[1] if len(raw) > 1 else 0
    if raw[:1] != tag or not 0 < length < 128 or len(raw) < 2 + length:
        raise bad_form("the signature is no SignatureMap of the account's kind of key")
    return raw[2 : 2 + length], raw[2 + length :]


SCHEME = Scheme(
    name="hedera_message",
    title="Hedera",
    verify=verify,
)
