r"""Aptos' signed message: the wallet's full message, in which our text stands between its own lines.

Knows: the lines ``APTOS``, ``address``, ``application``, ``chainId``, ``message``, ``nonce`` of AIP-62's
``aptos:signMessage``; authentication keys of one ed25519 or secp256k1 key. Must not know: nodes. The
address is the account's first authentication key; a key that was rotated since stands on the chain
alone: `recovery.proofs.account_keys` asks for it. Multi-key, keyless and passkey accounts are refused.

Sources: AIP-62 (wallet standard), AIP-55 (single-key accounts: scheme 2, BCS of the key with its kind).
"""

from __future__ import annotations

import hashlib
import re

from recovery.chains.codecs import parse_address
from recovery.errors import BadInput
from recovery.model import Address
from recovery.networks import Network
from recovery.proofs.reading import (
    bad_form,
    check_ed25519,
    check_parts,
    check_secp256k1,
    message_bytes,
    no_such_proof,
    read_address,
    read_hex,
    wrong_public_key,
    wrong_signer,
)
from recovery.proofs.values import Scheme, SignedAnswer

_LINES = re.compile(
    r"APTOS\n"
    r"(?:address: (?P<address>[!-~]{1,70})\n)?"
    r"(?:application: [ -~]{1,256}\n)?"
    r"(?:chainId: (?P<chain>[0-9]{1,10})\n)?"
)
_NONCE = re.compile(r"\nnonce: [ -~]{1,256}")
_LEGACY, _SINGLE_KEY = b"\x00", b"\x02"
_ED25519, _SECP256K1 = b"\x00\x20", b"\x01\x41"  # kind and length, as BCS writes a key
_ED25519_SIGNATURE, _SECP256K1_SIGNATURE = b"\x00\x40", b"\x01\x40"


def verify(network: Network, address: str, message: str, answer: SignedAnswer) -> None:
    """Raises `BadProof` unless the key that made the address signed a full message around ours."""
    account = read_address(network, address, family="aptos")
    if account.key.payload not in verify_signature(network, account, message, answer):
        raise wrong_public_key()


def verify_signature(
    network: Network, account: Address, message: str, answer: SignedAnswer
) -> tuple[bytes, ...]:
    """The authentication keys of the key that signed; whether one is the account's, is not said.

    Signature and key are hexadecimal: bare (64 and 32 bytes of ed25519), or in BCS with their kind. The
    extra ``full_message`` is the wallet's ``fullMessage``, unchanged. Raises `BadProof`.
    """
    check_parts(answer, public_key=True, extras=("full_message",))
    full = _check_lines(network, account, message, answer.extras["full_message"])
    given = read_hex(answer.public_key or "", "the public key", 32, 34, 67)
    key = _ED25519 + given if len(given) == 32 else given
    kind, bare = key[:2], key[2:]
    signature = read_hex(answer.signature, "the signature", 64, 66)
    if (kind, len(bare)) == (_ED25519, 32):
        check_ed25519(bare, _bare(signature, _ED25519_SIGNATURE), full)
    elif (kind, len(bare)) == (_SECP256K1, 65):
        digest = hashlib.sha3_256(full).digest()
        check_secp256k1(bare, _bare(signature, _SECP256K1_SIGNATURE), digest)
    else:
        raise no_such_proof("only one ed25519 or secp256k1 key proves itself by a signature")
    return authentication_keys(key)


def authentication_keys(public_key: bytes) -> tuple[bytes, ...]:
    """The authentication keys of a key in BCS; ed25519 has one of the first accounts' scheme too."""
    keys = [hashlib.sha3_256(public_key + _SINGLE_KEY).digest()]
    if public_key.startswith(_ED25519):
        keys.append(hashlib.sha3_256(public_key[2:] + _LEGACY).digest())
    return tuple(keys)


def _check_lines(network: Network, account: Address, message: str, full_message: str) -> bytes:
    """The bytes that were signed, where the lines around our message are the wallet's and say no other."""
    begin = _LINES.match(full_message)
    if begin is None:
        raise bad_form("the full message does not begin with APTOS")
    text = message_bytes(message).decode("utf-8")
    rest = full_message[begin.end() :]
    ours = f"message: {text}"
    if not rest.startswith(ours) or not _NONCE.fullmatch(rest[len(ours) :]):
        raise wrong_signer()
    chain = begin["chain"]
    if chain is not None and int(chain) != network.parameters["chain_id"]:
        raise bad_form(f"it was signed for another network (chainId {chain})")
    if begin["address"] is not None and not _is_same(network, account, begin["address"]):
        raise wrong_signer()
    return full_message.encode("utf-8")


def _is_same(network: Network, account: Address, text: str) -> bool:
    try:
        return parse_address(network, text).key == account.key
    except BadInput:
        return False


def _bare(signature: bytes, kind: bytes) -> bytes:
    if len(signature) == 64:
        return signature
    if signature[:2] != kind:
        raise bad_form("the signature is of another kind than the public key")
    return signature[2:]


SCHEME = Scheme(
    name="aptos_message",
    title="Aptos",
    verify=verify,
    asks=("public_key", "full_message"),
)
