"""CIP-8: which key proves an address, and what a wallet's two CBOR parts may hold."""

from __future__ import annotations

import hashlib
from typing import Any

import cbor2
import pytest
from base58_bech32.bech32 import BECH32_1_CONST, bech32_encode_bytes
from nacl.signing import SigningKey
from proofs.example import CHALLENGE

from recovery.networks import load_registry
from recovery.proofs.schemes.cip8 import verify
from recovery.proofs.values import BadProof, SignedAnswer

ADA = load_registry()["ADA"]
MESSAGE = CHALLENGE.encode()
PAYMENT, STAKE = SigningKey(bytes(range(32))), SigningKey(bytes(range(1, 33)))


def hash_of(key: SigningKey) -> bytes:
    return hashlib.blake2b(bytes(key.verify_key), digest_size=28).digest()


ENTERPRISE = b"\x61" + hash_of(PAYMENT)
BASE = b"\x01" + hash_of(PAYMENT) + hash_of(STAKE)
OTHER_STAKE = b"\x01" + hash_of(PAYMENT) + bytes(28)
REWARD = b"\xe1" + hash_of(STAKE)
SCRIPT = b"\x71" + hash_of(PAYMENT)


def text_of(raw: bytes) -> str:
    return bech32_encode_bytes("addr", raw, m=BECH32_1_CONST).decode("ascii")


def cose_key(key: SigningKey = PAYMENT, **changed: Any) -> str:
    labels = {1: 1, 3: -8, -1: 6, -2: bytes(key.verify_key)}
    return cbor2.dumps(labels | changed.pop("labels", {})).hex()


def signed(
    *,
    header: dict[Any, Any] | None = None,
    unprotected: Any = None,
    payload: Any = MESSAGE,
    key: SigningKey = PAYMENT,
    signed_payload: bytes | None = None,
) -> list[Any]:
    protected = cbor2.dumps({1: -8, "address": BASE} if header is None else header)
    what = payload if signed_payload is None else signed_payload
    structure = cbor2.dumps(["Signature1", protected, b"", what])
    flags = {"hashed": False} if unprotected is None else unprotected
    return [protected, flags, payload, key.sign(structure).signature]


def check(envelope: Any, *, address: bytes = BASE, public_key: str | None = None) -> None:
    raw = envelope if isinstance(envelope, bytes) else cbor2.dumps(envelope)
    verify(ADA, text_of(address), CHALLENGE, SignedAnswer(raw.hex(), public_key or cose_key()))


@pytest.mark.parametrize("address", [ENTERPRISE, BASE, OTHER_STAKE])
@pytest.mark.parametrize("named", [ENTERPRISE, BASE])
def test_any_address_of_the_payment_key_proves_any_other(address: bytes, named: bytes) -> None:
    check(signed(header={1: -8, "address": named}), address=address)


def test_the_tag_of_a_sign1_may_stand_before_it() -> None:
    check(cbor2.dumps(cbor2.CBORTag(18, signed())))


def test_a_missing_hashed_flag_means_that_the_text_itself_was_signed() -> None:
    check(signed(unprotected={}))


def test_a_hash_that_is_marked_as_one_is_the_message() -> None:
    digest = hashlib.blake2b(CHALLENGE.encode(), digest_size=28).digest()
    check(signed(unprotected={"hashed": True}, payload=digest))
    with pytest.raises(BadProof, match="exactly this message"):
        check(signed(unprotected={"hashed": False}, payload=digest))


def test_the_stake_key_proves_nothing_and_the_hint_says_what_to_choose() -> None:
    stolen = signed(header={1: -8, "address": REWARD}, key=STAKE)
    with pytest.raises(BadProof) as refused:
        check(stolen, public_key=cose_key(STAKE))
    assert refused.value.reference == "wrong-public-key"
    with pytest.raises(BadProof) as refused:
        check(signed(header={1: -8, "address": REWARD}))
    assert "payment address" in refused.value.hint


@pytest.mark.parametrize("address", [SCRIPT, b"\x11" + hash_of(PAYMENT) + hash_of(STAKE)])
def test_a_script_address_is_refused_even_where_its_hash_is_a_keys(address: bytes) -> None:
    with pytest.raises(BadProof) as refused:
        check(signed(header={1: -8, "address": address}), address=address)
    assert refused.value.reference == "no-such-proof"
    with pytest.raises(BadProof, match="exactly this message"):
        check(signed(header={1: -8, "address": address}))


def test_a_byron_address_is_refused() -> None:
    byron = "Ae2tdPwUPEZFRbyhz3cpfC2CumGzNkFBN2L42rcUc2yjQpEkxDbkPodpMAi"
    with pytest.raises(BadProof) as refused:
        verify(ADA, byron, CHALLENGE, SignedAnswer(cbor2.dumps(signed()).hex(), cose_key()))
    assert refused.value.reference == "no-such-proof"


@pytest.mark.parametrize(
    ("envelope", "why"),
    [
        (signed()[:3], "three parts"),
        ([*signed(), b""], "five parts"),
        (signed(payload=None, signed_payload=CHALLENGE.encode()), "a payload that is elsewhere"),
        (signed(payload=CHALLENGE), "a payload of text"),
        (signed(header={}), "an empty header"),
        (signed(header={1: -7, "address": BASE}), "another algorithm"),
        (signed(header={1: -8}), "no address"),
        (signed(header={1: -8, "address": BASE.hex()}), "the address as text"),
        (signed(header={1: -8, "address": b""}), "an empty address"),
        (signed(header={1: -8, 2: ["hashed"], "address": BASE}), "a critical header"),
        (signed(unprotected={"hashed": 0}), "a flag that is a number"),
        (signed(unprotected={"address": BASE}), "an address that is not signed"),
        (signed(unprotected=[]), "a list for a map"),
        (cbor2.dumps(cbor2.CBORTag(98, signed())), "another tag"),
        (cbor2.dumps(signed()) + b"\x00", "a byte more"),
        (cbor2.dumps(signed())[:-1], "a byte less"),
        (b"\x9f" + cbor2.dumps(signed())[1:] + b"\xff", "an array of unknown length"),
        (b"\x98\x04" + cbor2.dumps(signed())[1:], "a length in a longer way"),
        (b"\x9b" + b"\xff" * 8, "an array without end"),
        (b"\x5b" + b"\xff" * 8, "bytes without end"),
        (b"\x81" * 4_000, "nesting without end"),
        (b"\xc5\x82\x1b" + b"\xff" * 8 + b"\x01", "a number too big to build"),
        (b"\xd8\x23" + cbor2.dumps("(a+)+$"), "a pattern"),
        (b"\xf9\x7e\x00", "a float"),
        (b"\xa1\x81\x01\x01", "a list for a label"),
        (b"\x61\xff", "text that is no UTF-8"),
    ],
)
def test_another_envelope_than_a_wallets_is_refused(envelope: Any, why: str) -> None:
    with pytest.raises(BadProof):
        check(envelope)


@pytest.mark.parametrize(
    "labels",
    [
        {1: 2},
        {3: -7},
        {-1: 4},
        {-2: b"short"},
        {-2: None},
        {-4: bytes(32)},
        {2: b"another key"},
    ],
)
def test_another_key_than_ed25519s_is_refused(labels: dict[int, Any]) -> None:
    with pytest.raises(BadProof):
        check(signed(), public_key=cose_key(labels=labels))


def test_a_key_id_is_the_headers_or_the_address() -> None:
    check(signed(header={1: -8, 4: b"id", "address": BASE}), public_key=cose_key(labels={2: b"id"}))
    check(signed(), public_key=cose_key(labels={2: BASE}))


def test_a_label_twice_is_refused() -> None:
    twice = b"\xa5\x01\x01\x03\x27\x03\x27\x20\x06\x21\x58\x20" + bytes(PAYMENT.verify_key)
    with pytest.raises(BadProof, match="twice"):
        check(signed(), public_key=twice.hex())
