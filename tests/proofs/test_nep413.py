"""NEP-413: what is signed, and that a named account is not proven offline."""

from __future__ import annotations

import base64
from dataclasses import replace

import pytest
from base58_bech32.base58 import b58encode
from proofs.examples_nep413 import EXAMPLES

from recovery.networks import load_registry
from recovery.proofs.schemes.nep413 import read_key, verify, verify_signature
from recovery.proofs.values import BadProof, SignedAnswer

NEAR = load_registry()["NEAR"]
PUBLISHED, PLAIN, CALLED_BACK = EXAMPLES


@pytest.mark.parametrize(
    "account", ["maguila.near", "alice.near", "0x" + "ab" * 20, "0s" + "ab" * 20]
)
def test_an_account_that_is_no_key_is_never_proven_offline(account: str) -> None:
    with pytest.raises(BadProof) as refused:
        verify(NEAR, account, PUBLISHED.message, PUBLISHED.answer)
    assert refused.value.reference == "no-such-proof"


def test_the_key_that_signed_is_told() -> None:
    assert verify_signature(PUBLISHED.message, PUBLISHED.answer).hex() == PUBLISHED.address


def test_a_nonce_is_read_in_base64_and_in_hexadecimal() -> None:
    nonce = bytes(range(32))
    for text in (nonce.hex(), "0x" + nonce.hex().upper(), base64.b64encode(nonce).decode()):
        extras = {**PUBLISHED.answer.extras, "nonce": text}
        verify_signature(PUBLISHED.message, replace(PUBLISHED.answer, extras=extras))


@pytest.mark.parametrize("name", ["nonce", "recipient"])
def test_nonce_and_recipient_must_be_told(name: str) -> None:
    extras = {k: v for k, v in PLAIN.answer.extras.items() if k != name}
    with pytest.raises(BadProof, match=name):
        verify_signature(PLAIN.message, replace(PLAIN.answer, extras=extras))


def test_another_recipient_nonce_or_callback_is_another_message() -> None:
    for changed in (
        {"recipient": "exchange.example."},
        {"nonce": "00" * 32},
        {"callback_url": "https://elsewhere.example"},
    ):
        extras = {**CALLED_BACK.answer.extras, **changed}
        with pytest.raises(BadProof) as refused:
            verify_signature(CALLED_BACK.message, replace(CALLED_BACK.answer, extras=extras))
        assert refused.value.reference == "wrong-signer"


def test_parts_do_not_flow_into_each_other() -> None:
    """Every part has its length before it: a recipient can't be taken for the end of a message."""
    moved = replace(PLAIN.answer, extras={**PLAIN.answer.extras, "recipient": "xchange.example"})
    with pytest.raises(BadProof):
        verify_signature(PLAIN.message + "e", moved)


@pytest.mark.parametrize(
    ("key", "reference"),
    [
        ("9C6hybhQ6Aycep9jaUnP6uL9ZYvDjUp1aSkFWPUFJtpj", "bad-signature-form"),
        ("secp256k1:" + "1" * 64, "no-such-proof"),
        ("ed25519:", "bad-signature-form"),
        ("ed25519:0OIl", "bad-signature-form"),
        ("ed25519:" + "z" * 45, "bad-signature-form"),
        ("ed25519:" + "z" * 100_000, "bad-signature-form"),
    ],
)
def test_a_key_is_ed25519_in_nears_spelling(key: str, reference: str) -> None:
    with pytest.raises(BadProof) as refused:
        read_key(key)
    assert refused.value.reference == reference


def test_another_implicit_account_than_the_signers_is_refused() -> None:
    with pytest.raises(BadProof) as refused:
        verify(NEAR, PLAIN.address, PUBLISHED.message, PUBLISHED.answer)
    assert refused.value.reference == "wrong-public-key"


def test_a_key_of_small_order_signs_for_nobody() -> None:
    identity = SignedAnswer(
        base64.b64encode(b"\x01" + bytes(63)).decode(),
        "ed25519:" + b58encode(b"\x01" + bytes(31)).decode(),
        {"nonce": "00" * 32, "recipient": "a"},
    )
    with pytest.raises(BadProof):
        verify_signature("m", identity)
