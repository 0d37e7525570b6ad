"""NEAR's NEP-413: message, nonce, recipient and callback in Borsh, hashed with SHA-256.

Knows: the tag 2^31 + 413, the layout, ed25519 keys in NEAR's spelling. Must not know: nodes. An implicit
account is named by its key. A named account is not: which keys it has stands on the chain alone, so
`verify` refuses it, and `recovery.proofs.near_keys` asks a node. Accounts of Ethereum keys (0x…) and
deterministic ones (0s…) are contracts and sign no NEP-413.
"""

from __future__ import annotations

import hashlib
import re

from recovery.networks import Network
from recovery.proofs.reading import (
    MAX_TEXT,
    bad_form,
    check_ed25519,
    check_parts,
    message_bytes,
    no_such_proof,
    read_address,
    read_base58,
    read_base64,
    read_hex,
    wrong_public_key,
)
from recovery.proofs.values import Scheme, SignedAnswer

_TAG = (2**31 + 413).to_bytes(4, "little")


def verify(network: Network, address: str, message: str, answer: SignedAnswer) -> None:
    """Raises `BadProof` unless the key that names an implicit account signed the message."""
    account = read_address(network, address, family="near")
    if account.form != "implicit":
        raise no_such_proof(
            "only a node can tell the keys of this account",
            hint="ask a node for them, or take a verification deposit from the same account",
        )
    if verify_signature(message, answer) != account.key.payload:
        raise wrong_public_key()


def verify_signature(message: str, answer: SignedAnswer) -> bytes:
    """The ed25519 key (32 bytes) that signed the message; whose key it is, is not said.

    The signature is base64 of 64 bytes, the key ``ed25519:`` and base58. The extra ``nonce`` is 32
    bytes in base64 or hexadecimal, ``recipient`` the text that the wallet showed; ``callback_url`` is
    given where the wallet signed one. Raises `BadProof`.
    """
    asked = ("nonce", "recipient", *(k for k in ("callback_url",) if k in answer.extras))
    check_parts(answer, public_key=True, extras=asked)
    public_key = read_key(answer.public_key or "")
    signature = read_base64(answer.signature, "the signature", 64)
    callback = answer.extras.get("callback_url")
    payload = b"".join(
        (
            _TAG,
            _borsh(message_bytes(message)),
            _read_nonce(answer.extras["nonce"]),
            _borsh(_read_line(answer.extras["recipient"], "recipient")),
            b"\x00" if callback is None else b"\x01" + _borsh(_read_line(callback, "callback_url")),
        )
    )
    check_ed25519(public_key, signature, hashlib.sha256(payload).digest())
    return public_key


def read_key(text: str) -> bytes:
    """The 32 bytes of ``ed25519:…``; raises `BadProof`, for secp256k1 keys too."""
    kind, colon, rest = text.strip().partition(":")
    if not colon:
        raise bad_form("the public key does not begin with ed25519:")
    if kind != "ed25519":
        raise no_such_proof("NEP-413 is signed with ed25519 keys alone")
    return read_base58(rest, "the public key", 32)


def _read_nonce(text: str) -> bytes:
    if re.fullmatch(r"(0x)?[0-9a-fA-F]{64}", text.strip()):
        return read_hex(text, "the nonce", 32)
    return read_base64(text, "the nonce", 32)


def _read_line(text: str, name: str) -> bytes:
    """What a wallet showed on one line: a hidden character in it was hidden from the signer too."""
    if not 1 <= len(text) <= MAX_TEXT or not text.isprintable():
        raise bad_form(f"{name!r} is not a line of text")
    return text.encode("utf-8")


def _borsh(raw: bytes) -> bytes:
    return len(raw).to_bytes(4, "little") + raw


SCHEME = Scheme(
    name="nep413",
    title="NEP-413 (NEAR)",
    verify=verify,
    asks=("public_key", "nonce", "recipient"),
)
