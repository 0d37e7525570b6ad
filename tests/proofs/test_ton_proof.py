"""ton_proof: the key must be the address's own, and the site the one that the text names."""

from __future__ import annotations

import base64
from dataclasses import replace

import pytest
from proofs.example import Example
from proofs.examples_ton_proof import DOMAIN, EXAMPLES, PUBLISHED

from recovery.chains.codecs import parse_address
from recovery.chains.ton.cells import Cell, Slice, make_cell, parse_boc
from recovery.model import AddressKey
from recovery.networks import load_registry
from recovery.proofs.schemes.ton_proof import check_payload, read_public_key, verify
from recovery.proofs.values import BadProof, SignedAnswer

TON = load_registry()["TON"]


def with_extras(example: Example, **changed: str) -> SignedAnswer:
    return replace(example.answer, extras=dict(example.answer.extras) | changed)


def refusal(example: Example, answer: SignedAnswer, message: str | None = None) -> str:
    with pytest.raises(BadProof) as refused:
        verify(TON, example.address, message or example.message, answer)
    return refused.value.reference


def test_the_published_proof_is_good_and_its_key_is_the_one_published() -> None:
    check_payload(TON, PUBLISHED.address, PUBLISHED.message.encode("ascii"), PUBLISHED.answer)
    key = parse_address(TON, PUBLISHED.address).key
    assert read_public_key(key, PUBLISHED.answer.extras["state_init"]).hex() == (
        "79c446597dbf81b9987e9059de95dc557bcd9e2c431a6db1677768783d0b99f7"
    )


def test_a_proof_for_another_site_is_refused() -> None:
    """A phishing site can have the same payload signed: the wallet shows its domain, not the text."""
    assert refusal(PUBLISHED, PUBLISHED.answer) == "bad-signature-form"
    example = EXAMPLES[0]
    for domain in (
        "evil.example.com",
        f"{DOMAIN}.evil.com",
        f"x{DOMAIN}",
        DOMAIN.upper(),
        "example.com",
        "a b",
    ):
        assert refusal(example, with_extras(example, domain=domain)) == "bad-signature-form"


def test_a_text_that_is_changed_to_name_the_other_site_is_another_text() -> None:
    message = f"{PUBLISHED.message} github.com"
    assert refusal(PUBLISHED, PUBLISHED.answer, message) == "wrong-signer"


def test_the_key_must_be_in_the_state_that_the_address_was_made_from() -> None:
    """A stranger's own wallet and signature prove the stranger's address alone."""
    mine, theirs = EXAMPLES[0], EXAMPLES[2]
    assert mine.address != theirs.address
    swapped = with_extras(mine, state_init=theirs.answer.extras["state_init"])
    assert refusal(mine, swapped) == "wrong-public-key"
    assert refusal(mine, theirs.answer) == "wrong-public-key"


def test_every_changed_byte_of_the_state_is_refused() -> None:
    example = EXAMPLES[0]
    raw = base64.b64decode(example.answer.extras["state_init"])
    for place in range(len(raw)):
        changed = raw[:place] + bytes((raw[place] ^ 1,)) + raw[place + 1 :]
        text = base64.b64encode(changed).decode("ascii")
        assert refusal(example, with_extras(example, state_init=text)) in (
            "bad-signature-form",
            "wrong-public-key",
        )


def test_a_changed_time_is_refused() -> None:
    example = EXAMPLES[0]
    assert refusal(example, with_extras(example, timestamp="1796000001")) == "wrong-signer"
    for odd in ("-1", "1e9", "1796000000.0", "١٧٩٦", " 1796000000", "9" * 30):
        assert refusal(example, with_extras(example, timestamp=odd)) == "bad-signature-form"


def state_of(code_hash_known: bool, data_bits: str) -> tuple[AddressKey, str]:
    """An address and its state, made of a wallet's real code or of none, and the data given."""
    real = Slice(parse_boc(EXAMPLES[-1].answer.extras["state_init"]))
    code = real.ref() if code_hash_known else make_cell(b"\x00", 8)
    padded = data_bits + "0" * (-len(data_bits) % 8)
    data = make_cell(int(padded, 2).to_bytes(len(padded) // 8, "big"), len(data_bits))
    root = make_cell(b"\x30", 5, (code, data))
    return AddressKey("ton", b"\x00" + root.hash), _print_boc(root)


def _print_boc(root: Cell) -> str:
    """A bag of cells as TON writes it: header, then each cell with its references' numbers."""
    order: list[Cell] = []

    def walk(cell: Cell) -> None:
        order.append(cell)
        for ref in cell.refs:
            walk(ref)

    walk(root)
    numbers = {id(cell): i for i, cell in enumerate(order)}
    body = b""
    for cell in order:
        whole, rest = divmod(cell.bits, 8)
        data = bytearray(cell.data[: whole + bool(rest)])
        if rest:
            data[-1] |= 1 << (7 - rest)
        body += bytes((len(cell.refs), whole * 2 + bool(rest))) + data
        body += b"".join(numbers[id(ref)].to_bytes(2, "big") for ref in cell.refs)
    head = bytes.fromhex("b5ee9c72") + bytes((2, 2))
    counts = len(order).to_bytes(2, "big") + b"\x00\x01\x00\x00"
    raw = head + counts + len(body).to_bytes(2, "big") + b"\x00\x00" + body
    return base64.b64encode(raw).decode("ascii")


def test_a_wallet_whose_code_is_not_known_is_refused() -> None:
    key, text = state_of(False, "0" * 64 + "1" * 256)
    with pytest.raises(BadProof) as refused:
        read_public_key(key, text)
    assert refused.value.reference == "no-such-proof"


def test_a_wallet_of_version_5_made_without_a_key_is_refused() -> None:
    key, text = state_of(True, "1" + "0" * 64 + "1" * 256 + "0")
    assert read_public_key(key, text) == b"\xff" * 32
    key, text = state_of(True, "0" + "0" * 64 + "1" * 256 + "0")
    with pytest.raises(BadProof) as refused:
        read_public_key(key, text)
    assert refused.value.reference == "no-such-proof"


def test_data_that_ends_before_the_key_is_refused() -> None:
    key, text = state_of(True, "1" * 300)
    with pytest.raises(BadProof):
        read_public_key(key, text)
