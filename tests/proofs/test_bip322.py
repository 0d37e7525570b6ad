"""BIP-322: what the library must refuse, asked with witnesses that are right in all but one thing."""

from __future__ import annotations

import base64
import hashlib

import pytest
from coincurve import PrivateKey
from proofs.example import CHALLENGE
from proofs.examples_bip322 import EXAMPLES

from recovery.chains.codecs import format_address
from recovery.chains.spelling import hash160
from recovery.model import AddressKey
from recovery.networks import load_registry
from recovery.proofs.schemes.bip322 import verify
from recovery.proofs.values import BadProof, SignedAnswer

NETWORKS = load_registry()
BTC = NETWORKS["BTC"]
KEY, OTHER = PrivateKey(b"\xaa" * 32), PrivateKey(b"\xbb" * 32)


def sha256d(raw: bytes) -> bytes:
    return hashlib.sha256(hashlib.sha256(raw).digest()).digest()


def digest_of(script: bytes, key: PrivateKey, message: str, kind: int = 1) -> bytes:
    """BIP-143's digest of BIP-322's virtual transaction, written out for one input and one output."""
    tag = hashlib.sha256(b"BIP0322-signed-message").digest()
    told = hashlib.sha256(tag + tag + message.encode()).digest()
    paid = bytes(8) + bytes((len(script),)) + script
    to_spend = sha256d(
        bytes(4)
        + b"\x01"
        + bytes(32)
        + b"\xff" * 4
        + bytes((34, 0, 32))
        + told
        + bytes(4)
        + b"\x01"
        + paid
        + bytes(4)
    )
    outpoint = to_spend + bytes(4)
    code = b"\x19\x76\xa9\x14" + hash160(key.public_key.format()) + b"\x88\xac"
    return sha256d(
        bytes(4)
        + sha256d(outpoint)
        + sha256d(bytes(4))
        + outpoint
        + code
        + bytes(8)
        + bytes(4)
        + sha256d(bytes(8) + b"\x01\x6a")
        + bytes(4)
        + kind.to_bytes(4, "little")
    )


def witness(*items: bytes) -> str:
    raw = bytes((len(items),)) + b"".join(bytes((len(i),)) + i for i in items)
    return base64.b64encode(raw).decode("ascii")


def address(scheme: str, payload: bytes, network: str = "BTC") -> str:
    text = format_address(NETWORKS[network], AddressKey(scheme, payload))
    assert text is not None
    return text


def signed(script: bytes, key: PrivateKey, kind: int = 1) -> str:
    signature = key.sign(digest_of(script, key, CHALLENGE, kind), hasher=None)
    return witness(signature + bytes((kind,)), key.public_key.format())


HASHED = hash160(KEY.public_key.format())
NATIVE_SCRIPT = b"\x00\x14" + HASHED
NESTED = hash160(NATIVE_SCRIPT)
NESTED_SCRIPT = b"\xa9\x14" + NESTED + b"\x87"


def refusal(text: str, signature: str, network: str = "BTC") -> str:
    with pytest.raises(BadProof) as refused:
        verify(NETWORKS[network], text, CHALLENGE, SignedAnswer(signature))
    return refused.value.reference


@pytest.mark.parametrize("network", ["BTC", "LTC"])
def test_a_native_and_a_nested_address_prove_with_their_own_script(network: str) -> None:
    native, nested = address("p2wpkh", HASHED, network), address("p2sh", NESTED, network)
    verify(NETWORKS[network], native, CHALLENGE, SignedAnswer(signed(NATIVE_SCRIPT, KEY)))
    verify(NETWORKS[network], nested, CHALLENGE, SignedAnswer(signed(NESTED_SCRIPT, KEY)))
    assert refusal(native, signed(NESTED_SCRIPT, KEY), network) == "wrong-signer"
    assert refusal(nested, signed(NATIVE_SCRIPT, KEY), network) == "wrong-signer"


def test_another_key_in_the_witness_is_refused_though_its_signature_is_good() -> None:
    for scheme, payload, script in (
        ("p2wpkh", HASHED, NATIVE_SCRIPT),
        ("p2sh", NESTED, NESTED_SCRIPT),
    ):
        assert refusal(address(scheme, payload), signed(script, OTHER)) == "wrong-signer"


@pytest.mark.parametrize("kind", [0, 2, 3, 0x81, 0x82])
def test_only_sighash_all_is_taken(kind: int) -> None:
    """Another type leaves a part of the virtual transaction unsigned."""
    with pytest.raises(BadProof):
        verify(
            BTC,
            address("p2wpkh", HASHED),
            CHALLENGE,
            SignedAnswer(signed(NATIVE_SCRIPT, KEY, kind)),
        )


def test_bytes_behind_the_witness_are_refused() -> None:
    """The library leaves them unread."""
    good = signed(NATIVE_SCRIPT, KEY)
    longer = base64.b64encode(base64.b64decode(good) + b"\x00").decode("ascii")
    assert refusal(address("p2wpkh", HASHED), longer) == "bad-signature-form"


def test_a_script_that_anyone_can_open_proves_nobody() -> None:
    """P2WSH of OP_TRUE: its witness is good, and belongs to whoever writes it."""
    anyone = address("p2wsh", hashlib.sha256(b"\x51").digest())
    assert refusal(anyone, witness(b"\x51")) == "no-such-proof"
    assert refusal(address("p2sh", hash160(b"\x51")), witness(b"\x51")) == "bad-signature-form"


@pytest.mark.parametrize("scheme", ["p2pkh", "p2wsh"])
def test_other_scripts_are_told_that_they_cannot(scheme: str) -> None:
    size = 20 if scheme == "p2pkh" else 32
    assert refusal(address(scheme, bytes(range(size))), EXAMPLES[0].answer.signature) == (
        "no-such-proof"
    )


@pytest.mark.parametrize("prefix", ["ful", "pof"])
def test_the_other_forms_are_named_and_refused(prefix: str) -> None:
    example = EXAMPLES[0]
    with pytest.raises(BadProof, match="form"):
        verify(
            BTC, example.address, example.message, SignedAnswer(prefix + example.answer.signature)
        )


def test_the_prefix_of_the_simple_form_is_taken() -> None:
    for example in EXAMPLES:
        answer = SignedAnswer("smp" + example.answer.signature)
        verify(NETWORKS[example.network], example.address, example.message, answer)


FULL = (
    "AgAAAAABAaVatLF3wpACTG5XowFYPJPv65lgTlZypjUV9d1DNduCAAAAAADgBwAAAQAAAAAAAAAAAWoCRzBEAiB+SJdR"
    "6bVLpv5+kK8pOXSUDS24rU53YkTQEvelQJ22uwIgEfqM8eYTupu4LtA0Tz7z1LIbhpP2PrUxWEt9osnrxFEBIQMasC7J"
    "aIHbbAUt1kU81yx7S4QHScnEDBs4GsdHDPMPSuAHAAA="
)


def test_a_full_signature_of_the_published_vectors_is_refused_as_one() -> None:
    with pytest.raises(BadProof) as refused:
        verify(
            BTC,
            "bc1qkwzsslep5elkuat4608v7tpntpr3d9n7w5cwwq",
            "YGIAANMREUXLFRI4HIEOCE4T23",
            SignedAnswer(FULL),
        )
    assert refused.value.reference == "bad-signature-form"
