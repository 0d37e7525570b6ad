"""Polkadot: the wrapping, the kinds of key, and what is said where sr25519 is not installed."""

from __future__ import annotations

import sys

import pytest
from nacl.signing import SigningKey
from proofs.example import CHALLENGE, Example
from proofs.examples_polkadot_message import EXAMPLES

from recovery.chains.codecs import format_address
from recovery.model import AddressKey
from recovery.networks import load_registry
from recovery.proofs.schemes.polkadot_message import verify
from recovery.proofs.values import BadProof, SignedAnswer

DOT = load_registry()["DOT"]
KEY = SigningKey(bytes(range(32)))


def address_of(account: bytes) -> str:
    text = format_address(DOT, AddressKey("account32", account))
    assert text is not None
    return text


ED25519 = address_of(bytes(KEY.verify_key))


@pytest.mark.parametrize(
    ("before", "behind", "taken"),
    [
        ("<Bytes>", "</Bytes>", True),
        ("", "", True),
        ("<bytes>", "</bytes>", False),
        ("<Bytes>", "", False),
        ("<Bytes> ", "</Bytes>", False),
        ("<Bytes><Bytes>", "</Bytes></Bytes>", False),
    ],
)
def test_the_text_is_signed_in_its_wrapping_or_bare(before: str, behind: str, taken: bool) -> None:
    signature = KEY.sign(f"{before}{CHALLENGE}{behind}".encode()).signature.hex()
    if taken:
        verify(DOT, ED25519, CHALLENGE, SignedAnswer(signature))
        return
    with pytest.raises(BadProof):
        verify(DOT, ED25519, CHALLENGE, SignedAnswer(signature))


def test_every_spelling_of_an_account_is_the_account() -> None:
    import sr25519
    from base58_bech32.ss58 import ss58_encode

    public, secret = sr25519.pair_from_seed(bytes(range(32)))
    signature = sr25519.sign((public, secret), f"<Bytes>{CHALLENGE}</Bytes>".encode()).hex()
    for prefix in (0, 42):
        verify(DOT, ss58_encode(prefix, public).decode(), CHALLENGE, SignedAnswer(signature))


def test_the_byte_of_another_kind_is_refused() -> None:
    signature = KEY.sign(f"<Bytes>{CHALLENGE}</Bytes>".encode()).signature.hex()
    verify(DOT, ED25519, CHALLENGE, SignedAnswer("00" + signature))
    for byte in ("01", "02", "03", "ff"):
        with pytest.raises(BadProof):
            verify(DOT, ED25519, CHALLENGE, SignedAnswer(byte + signature))


def test_an_account_that_is_derived_has_no_signature() -> None:
    """A multisig's, proxy's or pallet's account is a hash or a name, mostly no point of any curve."""
    for account in (b"modlpy/trsry" + bytes(20), b"\xff" * 32, bytes(range(32))):
        for example in EXAMPLES[:4]:
            with pytest.raises(BadProof):
                verify(DOT, address_of(account), example.message, example.answer)


def test_the_account_of_all_zeros_is_proven_by_nobody() -> None:
    """Its key is the curve's neutral element, for which a signature needs no secret."""
    for signature in (bytes(63) + b"\x80", bytes(32) + bytes(31) + b"\x80", bytes(64)):
        with pytest.raises(BadProof) as refused:
            verify(DOT, address_of(bytes(32)), CHALLENGE, SignedAnswer(signature.hex()))
        assert refused.value.reference == "no-such-proof"


_SR25519 = {
    "12jh5GbWzSWRNaoy5Dh4hNb161EahtRpmn6LVN4fUfnGhe6j",
    "16aTh4nKEJ7kCznnziFus5dPozKuYbMnb9ogjhSrqS7MaP7H",
    "15oF4uVJwmo4TdGW7VfQxNLavjCXviqxT9S1MgbjMNHr6Sp5",
}


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: e.address[:6])
def test_without_the_optional_dependency_the_refusal_names_it(
    example: Example, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "sr25519", None)  # as if it were not installed
    if example.address not in _SR25519:
        verify(DOT, example.address, example.message, example.answer)
        return
    with pytest.raises(BadProof, match="sr25519") as refused:
        verify(DOT, example.address, example.message, example.answer)
    assert refused.value.reference == "no-such-proof"
    assert "recovery[polkadot]" in refused.value.hint
