"""Tezos: the packing, the prefixes of each curve, and who can't sign."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest
from base58_bech32.base58 import b58decode_check, b58encode_check
from nacl.signing import SigningKey
from proofs.example import CHALLENGE, Example
from proofs.examples_tezos_message import EXAMPLES

from recovery.networks import load_registry
from recovery.proofs.schemes.tezos_message import verify
from recovery.proofs.values import BadProof, SignedAnswer

XTZ = load_registry()["XTZ"]
KEY = SigningKey(bytes(range(32)))
PUBLIC = b58encode_check(b"\x0d\x0f\x25\xd9" + bytes(KEY.verify_key)).decode()
ADDRESS = b58encode_check(
    b"\x06\xa1\x9f" + hashlib.blake2b(bytes(KEY.verify_key), digest_size=20).digest()
).decode()


def sign(packed: bytes) -> str:
    signature = KEY.sign(hashlib.blake2b(packed, digest_size=32).digest()).signature
    return b58encode_check(b"\x09\xf5\xcd\x86\x12" + signature).decode()


def pack(text: bytes) -> bytes:
    return b"\x05\x01" + len(text).to_bytes(4, "big") + text


TEXT = b"Tezos Signed Message: " + CHALLENGE.encode()


def test_a_packed_text_is_taken() -> None:
    verify(XTZ, ADDRESS, CHALLENGE, SignedAnswer(sign(pack(TEXT)), PUBLIC))


@pytest.mark.parametrize(
    ("packed", "why"),
    [
        (pack(CHALLENGE.encode()), "without the words that keep it from being an operation"),
        (b"\x05" + TEXT, "without the packing"),
        (b"\x03" + pack(TEXT)[1:], "as an operation"),
        (b"\x05\x01\x00" + str(2 * len(TEXT)).encode() + TEXT, "a length in letters"),
        (CHALLENGE.encode(), "the bare text"),
    ],
)
def test_another_packing_is_refused(packed: bytes, why: str) -> None:
    with pytest.raises(BadProof) as refused:
        verify(XTZ, ADDRESS, CHALLENGE, SignedAnswer(sign(packed), PUBLIC))
    assert refused.value.reference == "wrong-signer"


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: e.address)
@pytest.mark.parametrize("part", ["signature", "public_key"])
def test_a_changed_bit_is_refused_where_the_checksum_is_right_too(
    example: Example, part: str
) -> None:
    answer = example.answer
    raw = b58decode_check(getattr(answer, part))
    for place in range(len(raw)):
        changed = bytearray(raw)
        changed[place] ^= 1
        text = b58encode_check(bytes(changed)).decode()
        tampered = (
            replace(answer, signature=text)
            if part == "signature"
            else replace(answer, public_key=text)
        )
        with pytest.raises(BadProof):
            verify(XTZ, example.address, example.message, tampered)


@pytest.mark.parametrize(
    "address",
    [
        "KT1PWx2mnDueood7fEmfbBDKx1D9BAnnXitn",
        "sr1RYurGZtN8KNSpkMcCt9CgWeUaNkzsAfXf",
        "tz4HVR6aty9KwsQFHh81C1G7gBdhxT8kuytm",
    ],
)
def test_contracts_rollups_and_bls_accounts_do_not_sign_texts(address: str) -> None:
    with pytest.raises(BadProof) as refused:
        verify(XTZ, address, CHALLENGE, SignedAnswer(sign(pack(TEXT)), PUBLIC))
    assert refused.value.reference == "no-such-proof"
    assert address[:3] in refused.value.text


def test_a_key_of_another_curve_is_refused() -> None:
    other = next(e for e in EXAMPLES if e.address.startswith("tz2"))
    with pytest.raises(BadProof, match="another kind"):
        verify(XTZ, ADDRESS, CHALLENGE, SignedAnswer(sign(pack(TEXT)), other.answer.public_key))


def test_site_and_time_are_given_together_and_are_words() -> None:
    packed = pack(b"Tezos Signed Message: a.example now " + CHALLENGE.encode())
    good = {"dapp": "a.example", "timestamp": "now"}
    verify(XTZ, ADDRESS, CHALLENGE, SignedAnswer(sign(packed), PUBLIC, good))
    for extras in (
        {"dapp": "a.example"},
        {"timestamp": "now"},
        {"dapp": "a.example now", "timestamp": ""},
        {"dapp": "a.example", "timestamp": "now "},
        {"dapp": "a.exämple", "timestamp": "now"},
    ):
        with pytest.raises(BadProof):
            verify(XTZ, ADDRESS, CHALLENGE, SignedAnswer(sign(packed), PUBLIC, extras))
