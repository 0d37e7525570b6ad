"""Signed messages of the Bitcoin-type coins: which header proves which address, and a real node's own."""

from __future__ import annotations

import base64

import pytest
from nodes.litecoind import run_litecoind
from proofs.example import CHALLENGE, Example
from proofs.examples_bip137 import EXAMPLES

from recovery.chains.codecs import format_address, parse_address
from recovery.model import AddressKey
from recovery.networks import load_registry
from recovery.proofs.schemes.bip137 import MAGIC, verify
from recovery.proofs.values import BadProof, SignedAnswer

NETWORKS = load_registry()
BY_HEADER = {
    base64.b64decode(e.answer.signature)[0]: e for e in EXAMPLES if e.source.startswith("trezor")
}


def with_header(signature: str, header: int) -> SignedAnswer:
    raw = base64.b64decode(signature)
    return SignedAnswer(base64.b64encode(bytes((header,)) + raw[1:]).decode("ascii"))


@pytest.mark.parametrize(
    ("taken", "refused"),
    [
        (0x23, {27, 28, 29, 30, 39, 40, 41, 42}),  # P2SH-P2WPKH: no uncompressed, no native header
        (0x28, {27, 28, 29, 30, 35, 36, 37, 38}),  # P2WPKH
    ],
)
def test_a_header_of_another_kind_of_address_is_refused(taken: int, refused: set[int]) -> None:
    example = BY_HEADER[taken]
    for header in refused:
        answer = with_header(example.answer.signature, header)
        with pytest.raises(BadProof):
            verify(NETWORKS["BTC"], example.address, example.message, answer)


def test_the_header_of_a_segwit_address_does_not_prove_the_plain_one_of_the_same_key() -> None:
    example = BY_HEADER[0x28]
    key = parse_address(NETWORKS["BTC"], example.address).key
    plain = format_address(NETWORKS["BTC"], AddressKey("p2pkh", key.payload))
    assert plain is not None
    verify(NETWORKS["BTC"], plain, example.message, with_header(example.answer.signature, 0x20))
    with pytest.raises(BadProof):
        verify(NETWORKS["BTC"], plain, example.message, example.answer)


@pytest.mark.parametrize("code", ["BCH", "DOGE", "DASH", "ZEC"])
def test_a_chain_without_segwit_has_no_nested_addresses(code: str) -> None:
    """There the same script hash is open to whoever shows the script."""
    example = BY_HEADER[0x23]
    key = parse_address(NETWORKS["BTC"], example.address).key
    address = format_address(NETWORKS[code], key)
    assert address is not None
    with pytest.raises(BadProof):
        verify(NETWORKS[code], address, example.message, example.answer)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: e.network)
def test_another_coins_magic_is_refused(example: Example) -> None:
    key = parse_address(NETWORKS[example.network], example.address).key
    for code in MAGIC:
        address = format_address(NETWORKS[code], key)
        if address is None or MAGIC[code] == MAGIC[example.network]:
            continue
        with pytest.raises(BadProof):
            verify(NETWORKS[code], address, example.message, example.answer)


def test_cashaddr_and_legacy_are_one_address() -> None:
    example = next(e for e in EXAMPLES if e.network == "BCH")
    legacy = format_address(NETWORKS["BTC"], parse_address(NETWORKS["BCH"], example.address).key)
    assert legacy is not None
    assert legacy.startswith("1")
    bare = example.address.partition(":")[2]
    for address in (legacy, bare, example.address):
        verify(NETWORKS["BCH"], address, example.message, example.answer)


@pytest.mark.parametrize("scheme", ["p2wsh", "p2tr"])
def test_scripts_and_taproot_are_told_that_they_cannot(scheme: str) -> None:
    address = format_address(NETWORKS["BTC"], AddressKey(scheme, bytes(range(32))))
    assert address is not None
    with pytest.raises(BadProof) as refused:
        verify(NETWORKS["BTC"], address, "text", EXAMPLES[0].answer)
    assert refused.value.reference == "no-such-proof"


def test_a_real_node_signs_and_agrees() -> None:
    """litecoind's own signmessage: the product and the node's verifymessage say the same."""
    network = NETWORKS["LTC"].with_profile("regtest")
    with run_litecoind(blocks=0) as node:
        address = node.rpc("getnewaddress", "", "legacy")
        secret = node.rpc("dumpprivkey", address)
        for signature in (
            node.rpc("signmessage", address, CHALLENGE),
            node.rpc("signmessagewithprivkey", secret, CHALLENGE),
        ):
            assert node.rpc("verifymessage", address, signature, CHALLENGE) is True
            verify(network, address, CHALLENGE, SignedAnswer(signature))
            other = node.rpc("getnewaddress", "", "legacy")
            assert node.rpc("verifymessage", other, signature, CHALLENGE) is False
            with pytest.raises(BadProof):
                verify(network, other, CHALLENGE, SignedAnswer(signature))
            with pytest.raises(BadProof):
                verify(network, address, CHALLENGE + "\n", SignedAnswer(signature))
