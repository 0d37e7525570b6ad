"""Hedera: the signature map, the prefix, and that a number does not tell a key."""

from __future__ import annotations

import base64

import pytest
from nacl.signing import SigningKey
from proofs.example import CHALLENGE
from proofs.examples_hedera_message import EXAMPLES

from recovery.networks import load_registry
from recovery.proofs.schemes.hedera_message import verify, verify_signature
from recovery.proofs.values import BadProof, SignedAnswer

HBAR = load_registry()["HBAR"]
KEY = SigningKey(bytes(range(32)))
PUBLIC = bytes(KEY.verify_key)


def field(tag: int, raw: bytes) -> bytes:
    return bytes([tag, len(raw)]) + raw


def sign(
    text: str, prefix: str = "\x19Hedera Signed Message:\n", length: int | None = None
) -> bytes:
    counted = len(text) if length is None else length
    return KEY.sign(f"{prefix}{counted}{text}".encode()).signature


def check(raw: bytes, message: str = CHALLENGE) -> None:
    verify_signature("ed25519", PUBLIC, message, SignedAnswer(base64.b64encode(raw).decode()))


@pytest.mark.parametrize("size", [0, 1, 16, 32])
def test_a_pair_may_name_a_part_of_its_key(size: int) -> None:
    named = field(0x0A, PUBLIC[:size]) if size else b""
    check(field(0x0A, named + field(0x1A, sign(CHALLENGE))))


GOOD = field(0x0A, PUBLIC) + field(0x1A, sign(CHALLENGE))


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"", "nothing"),
        (b"\x0a", "half a field"),
        (field(0x0A, GOOD) + field(0x0A, GOOD), "two pairs"),
        (field(0x12, GOOD), "another field"),
        (field(0x0A, GOOD + field(0x1A, sign(CHALLENGE))), "two signatures in a pair"),
        (field(0x0A, field(0x1A, sign(CHALLENGE)) + field(0x0A, PUBLIC)), "in another order"),
        (field(0x0A, field(0x0A, PUBLIC) + field(0x32, sign(CHALLENGE))), "as ECDSA's"),
        (field(0x0A, field(0x0A, PUBLIC) + field(0x1A, sign(CHALLENGE)[:63])), "63 bytes"),
        (field(0x0A, field(0x0A, PUBLIC[:31] + b"\x00") + GOOD[34:]), "with another key's name"),
        (field(0x0A, field(0x1A, sign(CHALLENGE, prefix=""))), "without the prefix"),
        (field(0x0A, field(0x1A, sign(CHALLENGE, length=len(CHALLENGE) + 1))), "a wrong length"),
        (b"\x0a\xff" + GOOD, "a length beyond the end"),
        (b"\x0a" + b"\xff" * 60, "a length without end"),
    ],
)
def test_another_map_is_refused(raw: bytes, why: str) -> None:
    with pytest.raises(BadProof):
        check(raw)


def test_the_length_is_counted_as_javascript_counts() -> None:
    text = "é😀"
    check(field(0x0A, field(0x1A, sign(text, length=3))), text)


@pytest.mark.parametrize("address", ["0.0.1001234", "1001234", "0x" + "ab" * 20])
def test_an_account_that_tells_no_key_is_never_proven_offline(address: str) -> None:
    with pytest.raises(BadProof) as refused:
        verify(HBAR, address, CHALLENGE, EXAMPLES[0].answer)
    assert refused.value.reference == "no-such-proof"
