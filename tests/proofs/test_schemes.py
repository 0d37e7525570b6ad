"""What every scheme owes, whichever it is: it takes its examples, and nothing else.

The examples stand in ``examples_<scheme>.py``, one module for each scheme.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import importlib
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from base58_bech32.base58 import b58decode, b58encode
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from proofs.example import Example

from recovery.chains.codecs import format_address, parse_address
from recovery.errors import BadInput
from recovery.messages import speak
from recovery.model import AddressKey
from recovery.networks import Network, load_registry
from recovery.proofs.schemes import SCHEMES_OF, load_scheme
from recovery.proofs.values import BadProof, SignedAnswer

NETWORKS = load_registry()
SCHEMES = [name for names in SCHEMES_OF.values() for name in names]
REFERENCES = {"bad-signature-form", "wrong-signer", "wrong-public-key", "no-such-proof"}


def examples_of(scheme: str) -> tuple[Example, ...]:
    try:
        module = importlib.import_module(f"proofs.examples_{scheme}")
    except ModuleNotFoundError as missing:
        if missing.name != f"proofs.examples_{scheme}":
            raise
        return ()
    examples: tuple[Example, ...] = module.EXAMPLES
    return examples


EVERY = [
    pytest.param(scheme, example, id=f"{scheme}-{number}-{example.network}")
    for scheme in SCHEMES
    for number, example in enumerate(examples_of(scheme))
]
FIRST = [(scheme, examples[0]) for scheme in SCHEMES if (examples := examples_of(scheme))]
every_example = pytest.mark.parametrize(("scheme", "example"), EVERY)


def verify(scheme: str, example: Example, network: Network | None = None) -> None:
    chosen = network or NETWORKS[example.network]
    load_scheme(scheme).verify(chosen, example.address, example.message, example.answer)


def refuse(scheme: str, example: Example, why: str, network: Network | None = None) -> BadProof:
    refusal = None
    try:
        verify(scheme, example, network)
    except BadProof as raised:
        refusal = raised
    assert refusal is not None, f"{scheme} took {why}"
    assert refusal.reference in REFERENCES, why
    assert refusal.text, why
    return refusal


@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_scheme_has_two_examples_with_their_source(scheme: str) -> None:
    examples = examples_of(scheme)
    assert len(examples) >= 2
    assert all(len(example.source) > 10 for example in examples)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_scheme_says_its_name_and_how_to_sign(scheme: str) -> None:
    loaded = load_scheme(scheme)
    assert loaded.name == scheme
    assert loaded.title
    told = speak("en").say(f"wallet.{scheme}")
    assert told.endswith(".")
    assert 20 < len(told) < 500


@every_example
def test_an_example_is_taken(scheme: str, example: Example) -> None:
    verify(scheme, example)


@every_example
def test_the_same_example_is_taken_again(scheme: str, example: Example) -> None:
    """A verification changes nothing that the next one could see."""
    verify(scheme, example)
    verify(scheme, example)


@every_example
def test_a_flipped_bit_of_the_signature_is_refused(scheme: str, example: Example) -> None:
    for place, mask, text in flipped(example.answer.signature, example.unsigned_bytes):
        tampered = replace(example, answer=replace(example.answer, signature=text))
        refuse(scheme, tampered, f"byte {place} of the signature changed by {mask:#04x}")


@every_example
def test_a_cut_or_lengthened_signature_is_refused(scheme: str, example: Example) -> None:
    for text in set(resized(example.answer.signature)) - example.spellings:
        tampered = replace(example, answer=replace(example.answer, signature=text))
        refuse(scheme, tampered, f"the signature as {text[:60]!r}")


@every_example
def test_any_change_of_the_message_is_refused(scheme: str, example: Example) -> None:
    for message in changed_messages(example.message):
        refuse(scheme, replace(example, message=message), f"the message {message[:60]!r}")


@every_example
def test_another_address_is_refused(scheme: str, example: Example) -> None:
    others = {e.address for e in examples_of(scheme) if e.network == example.network}
    others |= set(near_addresses(example))
    others.discard(example.address)
    assert others, "no other address to try: give the example an other_address"
    for address in others:
        refuse(scheme, replace(example, address=address), f"the address {address}")


@every_example
def test_a_text_that_is_no_address_is_refused(scheme: str, example: Example) -> None:
    for address in (
        "",
        "\x00",
        "0",
        example.address + "A",
        example.address[:-1],
        "é",
        "x" * 99_999,
    ):
        refuse(scheme, replace(example, address=address), f"the address {address[:60]!r}")


@every_example
def test_a_network_of_another_family_is_refused(scheme: str, example: Example) -> None:
    family = NETWORKS[example.network].family
    for network in NETWORKS:
        if network.family != family:
            refuse(scheme, example, f"it on {network.code}", network)


@every_example
def test_another_public_key_is_refused(scheme: str, example: Example) -> None:
    if example.answer.public_key is None:
        pytest.skip("the address or the signature carries the key")
    for place, mask, text in flipped(example.answer.public_key, frozenset()):
        answer = replace(example.answer, public_key=text)
        refuse(scheme, replace(example, answer=answer), f"byte {place} of the key by {mask:#04x}")
    refuse(scheme, replace(example, answer=replace(example.answer, public_key=None)), "no key")


@every_example
def test_a_missing_changed_or_unknown_extra_is_refused(scheme: str, example: Example) -> None:
    given = dict(example.answer.extras)
    odd = replace(example.answer, extras=given | {"surprise": "1"})
    refuse(scheme, replace(example, answer=odd), "an extra nobody knows")
    for name, text in given.items():
        for wrong in ("", "\x00", text + "\x00", "[" * 9_999, "9" * 5_000, "\ud800"):
            answer = replace(example.answer, extras=given | {name: wrong})
            refuse(scheme, replace(example, answer=answer), f"{name} as {wrong[:40]!r}")


HOSTILE = (
    "",
    " ",
    "\x00",
    "0x",
    "0",
    "é",
    "\ud800",
    "١٢٣٤",
    "=" * 88,
    "A" * 87,
    "A" * 88,
    "0x" + "00" * 65,
    "0x" + "ff" * 65,
    "00" * 64,
    base64.b64encode(bytes(65)).decode(),
    base64.b64encode(b"\x20" + b"\xff" * 64).decode(),
    base64.b64encode(b"\x1f" + bytes(64)).decode(),
    "1" * 88,
    "z" * 88,
    "{}",
    "[]",
    "null",
    "NaN",
    '{"signature": null}',
    '{"signature": {"signature": {}}}',
    "[" * 100_000,
    '{"a":' * 20_000,
    "9" * 100_000,
    "A" * 1_000_000,
    "0x" + "ab" * 500_000,
)


@pytest.mark.parametrize("part", ["signature", "public_key"])
@every_example
def test_hostile_text_is_refused_and_nothing_else_is_raised(
    scheme: str, example: Example, part: str
) -> None:
    for text in HOSTILE:
        answer = (
            replace(example.answer, signature=text)
            if part == "signature"
            else replace(example.answer, public_key=text)
        )
        refuse(scheme, replace(example, answer=answer), f"{part} {text[:40]!r}")


@pytest.mark.parametrize(("scheme", "example"), FIRST, ids=[scheme for scheme, _ in FIRST])
@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_whatever_is_handed_in_is_refused_in_order(
    scheme: str, example: Example, data: st.DataObject
) -> None:
    texts = st.one_of(
        st.text(max_size=200),
        st.binary(max_size=120).map(lambda raw: base64.b64encode(raw).decode()),
        st.binary(max_size=120).map(bytes.hex),
        st.sampled_from([64, 65, 32, 33]).flatmap(
            lambda n: st.binary(min_size=n, max_size=n).map(bytes.hex)
        ),
    )
    extras = st.dictionaries(st.sampled_from([*example.answer.extras, "other"]), texts)
    answer = SignedAnswer(
        data.draw(texts), data.draw(st.none() | texts), data.draw(extras | st.just({}))
    )
    refuse(scheme, replace(example, answer=answer), f"{answer}")


def changed_messages(message: str) -> Iterator[str]:
    yield message + " "
    yield message + "\n"
    yield message + "\x00"
    yield " " + message
    if message:
        yield ""
        yield message[:-1]
        yield message[1:]
        middle = len(message) // 2
        yield message[:middle] + chr(ord(message[middle]) ^ 1) + message[middle + 1 :]
    if "Nonce: 7" in message:
        yield message.replace("Nonce: 7", "Nonce: 8")  # another case's
        yield message.replace("\n", "\r\n")
    if message.upper() != message:
        yield message.upper()
    yield message + "A" * 100_000
    yield "\ud800"


def near_addresses(example: Example) -> Iterator[str]:
    if example.other_address:
        yield example.other_address
    network = NETWORKS[example.network]
    key = parse_address(network, example.address).key
    for place in range(len(key.payload)):
        payload = bytearray(key.payload)
        payload[place] ^= 1
        with contextlib.suppress(BadInput, ValueError, AssertionError):
            text = format_address(network, AddressKey(key.scheme, bytes(payload)))
            if text is not None and parse_address(network, text).key != key:
                yield text


_MASKS = (0x01, 0x80)


def flipped(text: str, unsigned: frozenset[int]) -> Iterator[tuple[int, int, str]]:
    """The text with one bit of one byte changed, in the encoding it is written in."""
    read, write = encoding_of(text)
    raw = read(text)
    for place in range(len(raw)):
        for mask in _MASKS:
            if place not in unsigned:
                changed = bytearray(raw)
                changed[place] ^= mask
                yield place, mask, write(bytes(changed))


def resized(text: str) -> Iterator[str]:
    read, write = encoding_of(text)
    raw = read(text)
    yield write(raw[:-1])
    yield write(raw[1:])
    yield write(raw + b"\x00")
    yield write(b"\x00" + raw)
    yield write(raw + raw)
    yield text + "!"
    yield text[: len(text) // 2] + "\x00" + text[len(text) // 2 :]


def encoding_of(text: str) -> tuple[Any, Any]:
    """How to read and write it: hexadecimal, base64, base58, or else the leaves of a JSON document."""
    if re.fullmatch(r"(0x)?([0-9a-fA-F]{2})+", text):
        begin = "0x" if text.startswith("0x") else ""
        digits = len(begin)
        return lambda t: bytes.fromhex(t[digits:]), lambda raw: begin + raw.hex()
    with contextlib.suppress(binascii.Error, ValueError):
        base64.b64decode(text, validate=True)
        return base64.b64decode, lambda raw: base64.b64encode(raw).decode("ascii")
    if re.fullmatch(r"[1-9A-HJ-NP-Za-km-z]+", text):
        return b58decode, lambda raw: b58encode(raw).decode("ascii")
    if ":" in text and not text.startswith(("{", "[")):  # NEAR's ed25519:… and its like
        begin, _, rest = text.partition(":")
        read, write = encoding_of(rest)
        return lambda t: read(t.partition(":")[2]), lambda raw: f"{begin}:{write(raw)}"
    json.loads(text)
    return lambda t: t.encode("ascii"), lambda raw: raw.decode("latin-1")
