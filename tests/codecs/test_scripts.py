"""Output scripts of the Bitcoin-type chains: who is paid, and who only seems to be."""

from __future__ import annotations

import pytest

from recovery.chains.codecs import parse_address
from recovery.chains.utxo.codec import name_script, read_script
from recovery.model import Party
from recovery.networks import Registry

HASH160 = "76a04053bda0a88bda5177b86a15c3b29f559873"
GENESIS_KEY = (
    "04678afdb0fe5548271967f1a67130b7105cd6a828e03909a67962e0ea1f61deb649f6bc3f4cef38c4f35504e51ec1"
    "12de5c384df7ba0b8d578a4c702b6bf11d5f"
)
COMPRESSED = "0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"


@pytest.mark.parametrize(
    ("code", "script", "kind", "address"),
    [
        ("BTC", f"76a914{HASH160}88ac", "pubkeyhash", "1BpEi6DfDAUFd7GtittLSdBeYJvcoaVggu"),
        ("BTC", f"a914{HASH160}87", "scripthash", "3CWFddi6m4ndiGyKqzYvsFYagqDLPVMTzC"),
        ("LTC", f"a914{HASH160}87", "scripthash", "MJiPwX84iBe4WnFDwsYGgtnz1XonPhUqhf"),
        ("BTC", f"0014{HASH160}", "witness_v0", "bc1qw6syq5aa5z5ghkj3w7ux59wrk204txrn9k4rmm"),
        (
            "BTC",
            "00201863143c14c5166804bd19203356da136c985678cd4d27a1b8c6329604903262",
            "witness_v0",
            "bc1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3qccfmv3",
        ),
        (
            "BTC",
            "512079be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798",
            "witness_v1",
            "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0",
        ),
        (
            "BCH",
            f"76a914{HASH160}88ac",
            "pubkeyhash",
            "bitcoincash:qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a",
        ),
        (
            "BCH",
            f"aa20{'01' * 32}87",
            "scripthash",
            "bitcoincash:pvqszqgpqyqszqgpqyqszqgpqyqszqgpqyqszqgpqyqszqgpqyqszhczagydq",
        ),
        ("ZEC", "76a9140102030405060708090a0b0c0d0e0f101112131488ac", "pubkeyhash", None),
        # the genesis output: a bare public key is known by its address
        ("BTC", f"41{GENESIS_KEY}ac", "pubkey", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"),
        ("BTC", f"21{COMPRESSED}ac", "pubkey", "1BgGZ9tcN4rm9KBzDn7KprQz87SZ26SAMH"),
    ],
)
def test_a_standard_script_pays_the_address_it_names(
    registry: Registry, code: str, script: str, kind: str, address: str | None
) -> None:
    party = read_script(registry[code], bytes.fromhex(script))
    assert name_script(bytes.fromhex(script)) == kind
    assert party.address is not None
    assert party.key == parse_address(registry[code], party.address).key
    if address is not None:
        assert party.address == address


@pytest.mark.parametrize(
    ("code", "script", "kind"),
    [
        ("BTC", "6a0b68656c6c6f20776f726c64", "nulldata"),
        ("BTC", "", "nonstandard"),
        ("BTC", "51", "nonstandard"),
        # a bare 1-of-2 multisig that names a key of ours beside a stranger's
        ("BTC", f"5121{COMPRESSED}21{COMPRESSED}52ae", "multisig"),
        ("BTC", f"76a914{HASH160}88acac", "nonstandard"),
        ("BTC", f"0015{HASH160}aa", "witness_v0"),
        # without segwit a witness program is open to whoever comes first
        ("DOGE", f"0014{HASH160}", "witness_v0"),
        ("BCH", f"0014{HASH160}", "witness_v0"),
        ("DASH", f"5120{'01' * 32}", "witness_v1"),
        ("ZEC", f"0014{HASH160}", "witness_v0"),
        # P2SH32 is BCH's alone
        ("BTC", f"aa20{'01' * 32}87", "scripthash"),
    ],
)
def test_other_scripts_belong_to_nobody(
    registry: Registry, code: str, script: str, kind: str
) -> None:
    assert read_script(registry[code], bytes.fromhex(script)) == Party(None, None)
    assert name_script(bytes.fromhex(script)) == kind


def test_scripts_are_written_with_the_development_prefixes(registry: Registry) -> None:
    script = bytes.fromhex(f"0014{HASH160}")
    beginnings = {"regtest": "bcrt1", "bcoin-regtest": "rb1", "testnet": "tb1"}
    for profile, beginning in beginnings.items():
        party = read_script(registry["BTC"].with_profile(profile), script)
        assert party.address is not None
        assert party.address.startswith(beginning)
    legacy = read_script(
        registry["BTC"].with_profile("bcoin-regtest"), bytes.fromhex(f"76a914{HASH160}88ac")
    )
    assert legacy.address is not None
    assert legacy.address.startswith("R")
