"""Aptos: the lines around our text, and which keys an address may have."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest
from nacl.signing import SigningKey
from proofs.example import CHALLENGE
from proofs.examples_aptos_message import EXAMPLES

from recovery.networks import load_registry
from recovery.proofs.schemes.aptos_message import verify
from recovery.proofs.values import BadProof, SignedAnswer

APT = load_registry()["APT"]
KEY = SigningKey(bytes(range(32)))
PUBLIC = bytes(KEY.verify_key)
LEGACY = "0x" + hashlib.sha3_256(PUBLIC + b"\x00").hexdigest()
SINGLE = "0x" + hashlib.sha3_256(b"\x00\x20" + PUBLIC + b"\x02").hexdigest()


def check(full: str, *, address: str = LEGACY, message: str = CHALLENGE) -> None:
    signature = KEY.sign(full.encode()).signature.hex()
    verify(APT, address, message, SignedAnswer(signature, PUBLIC.hex(), {"full_message": full}))


def lines(before: str = "", message: str = CHALLENGE, nonce: str = "\nnonce: 1") -> str:
    return f"APTOS\n{before}message: {message}{nonce}"


@pytest.mark.parametrize("address", [LEGACY, SINGLE])
@pytest.mark.parametrize(
    "before",
    [
        "",
        "application: https://exchange.example\n",
        "chainId: 1\n",
        f"address: {LEGACY}\napplication: x\nchainId: 1\n",
    ],
)
def test_the_wallets_own_lines_are_taken(address: str, before: str) -> None:
    check(lines(before.replace(LEGACY, address)), address=address)


def test_a_short_spelling_of_the_address_is_the_address() -> None:
    check(lines(f"address: {LEGACY.upper().replace('0X', '0x')}\n"))


@pytest.mark.parametrize(
    ("full", "why"),
    [
        (CHALLENGE, "the text alone"),
        (lines()[6:], "without APTOS"),
        (lines(nonce=""), "without a nonce"),
        (lines(nonce="\nnonce: "), "with an empty nonce"),
        (lines(nonce="\nnonce: 1\n"), "with a line more"),
        (lines(nonce="\nnonce: 1\nnonce: 2"), "with two nonces"),
        (lines("chainId: 2\n"), "for a test network"),
        (lines("chainId: 1\naddress: x\n"), "in another order"),
        (lines(f"address: 0x{'0' * 63}1\n"), "for another address"),
        (lines("address: nobody\n"), "for no address"),
        (lines("application: a\nmessage: something else\n"), "with a message before ours"),
        (lines("surprise: 1\n"), "with a line nobody knows"),
        (lines(message=CHALLENGE + " and more"), "with a longer text"),
        (lines(message="I agree. " + CHALLENGE), "with a text before ours"),
        (lines().replace("\n", "\r\n"), "with other line ends"),
    ],
)
def test_other_lines_are_refused(full: str, why: str) -> None:
    with pytest.raises(BadProof):
        check(full)


def test_our_text_is_not_looked_for_inside_another() -> None:
    """A site may let somebody sign a text of its own that holds our message as a line."""
    with pytest.raises(BadProof):
        check(lines(message=f"play and win\nmessage: {CHALLENGE}"))


def test_a_key_of_several_keys_is_refused() -> None:
    for key in ("03" + "20" + PUBLIC.hex(), "0220" + PUBLIC.hex(), "0120" + PUBLIC.hex()):
        answer = replace(EXAMPLES[1].answer, public_key=key)
        with pytest.raises(BadProof) as refused:
            verify(APT, EXAMPLES[1].address, CHALLENGE, answer)
        assert refused.value.reference == "no-such-proof"


def test_a_signature_of_another_kind_than_the_key_is_refused() -> None:
    example = EXAMPLES[2]
    wrong = replace(example.answer, signature="0x01" + example.answer.signature[4:])
    with pytest.raises(BadProof, match="another kind"):
        verify(APT, example.address, CHALLENGE, wrong)


def test_another_key_than_the_addresss_is_named_as_such() -> None:
    with pytest.raises(BadProof) as refused:
        check(lines(), address=EXAMPLES[0].address)
    assert refused.value.reference == "wrong-public-key"
