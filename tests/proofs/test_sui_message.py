"""Sui: the intent that keeps a text from being a transaction, and accounts of more than one key."""

from __future__ import annotations

import base64
import hashlib

import pytest
from nacl.signing import SigningKey
from proofs.example import CHALLENGE
from proofs.examples_sui_message import EXAMPLES

from recovery.networks import load_registry
from recovery.proofs.schemes.sui_message import verify
from recovery.proofs.values import BadProof, SignedAnswer

SUI = load_registry()["SUI"]
KEY = SigningKey(bytes(range(32)))
PUBLIC = bytes(KEY.verify_key)
ADDRESS = "0x" + hashlib.blake2b(b"\x00" + PUBLIC, digest_size=32).hexdigest()


def check(signed: bytes, message: str = CHALLENGE) -> None:
    signature = KEY.sign(hashlib.blake2b(signed, digest_size=32).digest()).signature
    answer = SignedAnswer(base64.b64encode(b"\x00" + signature + PUBLIC).decode())
    verify(SUI, ADDRESS, message, answer)


@pytest.mark.parametrize("size", [1, 127, 128, 300, 4_096])
def test_the_length_before_the_text_is_in_sevens_of_bits(size: int) -> None:
    low = bytes([size]) if size < 128 else bytes([size & 127 | 128, size >> 7])
    check(b"\x03\x00\x00" + low + b"a" * size, "a" * size)


@pytest.mark.parametrize(
    ("before", "why"),
    [
        (b"\x00\x00\x00", "a transaction"),
        (b"\x03\x01\x00", "another version"),
        (b"\x03\x00\x01", "another application"),
        (b"", "no intent"),
    ],
)
def test_another_intent_is_refused(before: bytes, why: str) -> None:
    text = CHALLENGE.encode()
    with pytest.raises(BadProof):
        check(before + bytes([len(text) & 127 | 128, len(text) >> 7]) + text)


def test_a_text_without_its_length_is_refused() -> None:
    with pytest.raises(BadProof):
        check(b"\x03\x00\x00" + CHALLENGE.encode())


@pytest.mark.parametrize(("flag", "kind"), [(3, "multisig"), (5, "zkLogin"), (6, "passkey")])
def test_accounts_of_other_kinds_are_refused_by_name(flag: int, kind: str) -> None:
    answer = SignedAnswer(base64.b64encode(bytes([flag]) + bytes(200)).decode())
    with pytest.raises(BadProof, match=kind) as refused:
        verify(SUI, ADDRESS, CHALLENGE, answer)
    assert refused.value.reference == "no-such-proof"


def test_a_key_counts_for_the_address_of_its_own_flag_alone() -> None:
    """The same 33 bytes can be a point of both curves: the flag is part of the address."""
    _, k1, r1 = EXAMPLES
    for example, flag in ((k1, 2), (r1, 1)):
        raw = base64.b64decode(example.answer.signature)
        answer = SignedAnswer(base64.b64encode(bytes([flag]) + raw[1:]).decode())
        with pytest.raises(BadProof):
            verify(SUI, example.address, CHALLENGE, answer)


def test_a_mirrored_signature_proves_as_much() -> None:
    """Sui wants the low s; nothing is derived from a signature's spelling, so either one is taken."""
    orders = {
        1: 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141,
        2: 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
    }
    for example in EXAMPLES[1:]:
        raw = base64.b64decode(example.answer.signature)
        s = orders[raw[0]] - int.from_bytes(raw[33:65], "big")
        mirrored = raw[:33] + s.to_bytes(32, "big") + raw[65:]
        verify(SUI, example.address, CHALLENGE, SignedAnswer(base64.b64encode(mirrored).decode()))
