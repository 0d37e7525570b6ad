"""Algorand: the prefix that keeps bytes from being a transaction."""

from __future__ import annotations

import base64
import hashlib

import pytest
from nacl.signing import SigningKey
from proofs.example import CHALLENGE

from recovery.chains.codecs import format_address
from recovery.model import AddressKey
from recovery.networks import load_registry
from recovery.proofs.schemes.algorand_bytes import verify
from recovery.proofs.values import BadProof, SignedAnswer

ALGO = load_registry()["ALGO"]
KEY = SigningKey(bytes(range(32)))


def address_of(payload: bytes) -> str:
    text = format_address(ALGO, AddressKey("ed25519", payload))
    assert text is not None
    return text


def check(signed: bytes, address: str | None = None) -> None:
    signature = base64.b64encode(KEY.sign(signed).signature).decode()
    verify(ALGO, address or address_of(bytes(KEY.verify_key)), CHALLENGE, SignedAnswer(signature))


def test_bytes_behind_mx_are_taken() -> None:
    check(b"MX" + CHALLENGE.encode())


@pytest.mark.parametrize(
    "signed",
    [
        CHALLENGE.encode(),
        b"TX" + CHALLENGE.encode(),  # a transaction
        b"ProgData" + CHALLENGE.encode(),  # data that a contract verifies
        b"mx" + CHALLENGE.encode(),
        hashlib.sha256(CHALLENGE.encode()).digest() + hashlib.sha256(b"site").digest(),  # ARC-60
    ],
)
def test_other_prefixes_are_refused(signed: bytes) -> None:
    with pytest.raises(BadProof):
        check(signed)


def test_a_multisigs_address_is_no_key() -> None:
    members = b"MultisigAddr\x01\x01" + bytes(KEY.verify_key)
    multisig = address_of(hashlib.new("sha512_256", members).digest())
    with pytest.raises(BadProof):
        check(b"MX" + CHALLENGE.encode(), multisig)
