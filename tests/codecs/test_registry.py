"""The registry: 32 rows that agree with the outer contract and with one another."""

from __future__ import annotations

import pytest

from recovery.chains import FAMILY_APIS
from recovery.chains.codecs import find_networks_for_hash, parse_address, parse_hash
from recovery.chains.hashes import FORMS
from recovery.errors import BadInput, ManyProblems
from recovery.networks import Registry
from recovery.networks.registry import parse_registry

DIRECT = [
    "BTC",
    "LTC",
    "DOGE",
    "BCH",
    "ETH",
    "BSC",
    "POL",
    "ARB",
    "OP",
    "AVAXC",
    "BASE",
    "ETC",
    "TRX",
    "SOL",
    "XRP",
    "XLM",
]
CONDITIONAL = [
    "ATOM",
    "TON",
    "HBAR",
    "ALGO",
    "NEAR",
    "APT",
    "SUI",
    "ADA",
    "DOT",
    "XTZ",
    "EOS",
    "ZKSYNC",
    "LINEA",
    "CELO",
    "DASH",
    "ZEC",
]
SLIP44 = {
    **dict.fromkeys(("ETH", "ARB", "OP", "BASE", "LINEA", "ZKSYNC"), 60),
    **{"BSC": 714, "POL": 966, "AVAXC": 9005, "ETC": 61, "CELO": 52752},
    **{"BTC": 0, "LTC": 2, "DOGE": 3, "BCH": 145, "DASH": 5, "ZEC": 133},
    **{"TRX": 195, "SOL": 501, "XRP": 144, "XLM": 148, "ATOM": 118, "TON": 607, "HBAR": 3030},
    **{"ALGO": 283, "NEAR": 397, "APT": 637, "SUI": 784, "ADA": 1815, "DOT": 354},
    **{"XTZ": 1729, "EOS": 194},
}


def test_the_thirty_two_codes_stand_in_the_contracts_order_and_tiers(registry: Registry) -> None:
    assert [n.code for n in registry if n.tier == "direct"] == DIRECT
    assert [n.code for n in registry if n.tier == "conditional"] == CONDITIONAL
    assert {n.code: n.slip44 for n in registry} == SLIP44


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("TRON", "TRX"),
        ("trc20", "TRX"),
        ("TRC-20", "TRX"),
        ("Arbitrum One", "ARB"),
        ("ARBI", "ARB"),
        ("cavax", "AVAXC"),
        ("AVAX C-Chain", "AVAXC"),
        ("BEP20", "BSC"),
        ("bep-20", "BSC"),
        ("ERC20", "ETH"),
        ("Vaulta", "EOS"),
        ("GRAM", "TON"),
        ("MATIC", "POL"),
        ("eip155:324", "ZKSYNC"),
        ("Bitcoin Cash", "BCH"),
        ("ripple", "XRP"),
        ("Cosmos", "ATOM"),
        ("polkadot:68d56f15f85d3136970ec16946040bc1", "DOT"),
    ],
)
def test_what_exchanges_write_resolves_to_one_network(
    registry: Registry, written: str, code: str
) -> None:
    assert registry.find(written).code == code


@pytest.mark.parametrize("unknown", ["XDAI", "KUSAMA", "ATOM1", "BEP2", "SOLANNA2"])
def test_a_network_outside_the_thirty_two_is_refused(registry: Registry, unknown: str) -> None:
    with pytest.raises(BadInput) as wrong:
        registry.find(unknown)
    assert wrong.value.reference == "unknown-network"


def test_an_almost_right_name_is_answered_with_the_nearest(registry: Registry) -> None:
    with pytest.raises(BadInput) as wrong:
        registry.find("arbitrun one")
    assert "ARB" in wrong.value.hint


def test_every_conditional_network_says_what_would_meet_its_conditions(registry: Registry) -> None:
    for network in registry:
        assert bool(network.conditions) == (network.tier == "conditional")
        codes = [c.code for c in network.conditions]
        assert len(codes) == len(set(codes))
        assert all(c.text.endswith(".") for c in network.conditions)
        if network.conditions:
            assert {"key_available", "value_covers_cost"} <= set(codes)


def test_every_row_holds_what_its_readers_need(registry: Registry) -> None:
    for network in registry:
        assert network.family in FAMILY_APIS
        assert set(network.hash_forms) <= set(FORMS)
        assert "{}" in network.explorer_tx
        assert (network.memo == "none") == (network.memo_name is None)
        if network.finality.rule == "depth":
            assert network.finality.confirmations
        else:
            assert network.finality.tag


def test_every_sample_is_taken_by_its_own_network_in_canonical_form(registry: Registry) -> None:
    for network in registry:
        assert parse_address(network, network.sample_address).text == network.sample_address
        assert parse_hash(network, network.sample_hash) == network.sample_hash
        fits = {r.network for r in find_networks_for_hash(registry, network.sample_hash)}
        assert network.code in fits


def test_an_explorers_address_of_every_network_is_read_and_hinted(registry: Registry) -> None:
    for network in registry:
        url = network.explorer_tx.format(network.sample_hash)
        first = find_networks_for_hash(registry, url)[0]
        assert (first.network, first.canonical) == (network.code, network.sample_hash)
        assert first.hinted


def test_a_development_profile_changes_prefixes_and_genesis(registry: Registry) -> None:
    regtest = registry["LTC"].with_profile("regtest")
    assert regtest.profile == "regtest"
    assert regtest.parameters["genesis"].startswith("530827f3")
    with pytest.raises(BadInput) as wrong:
        registry["LTC"].with_profile("stagenet")
    assert "regtest" in wrong.value.hint


def test_a_name_of_two_networks_is_refused_when_the_file_is_read(registry: Registry) -> None:
    row = """name = "{name}"
aliases = ["Twice"]
family = "evm"
tier = "direct"
chain = "eip155:{number}"
slip44 = 60
symbol = "X"
decimals = 18
memo = "none"
finality = {{ rule = "tag", tag = "finalized" }}
block_milliseconds = 1
hash_forms = ["0xhex"]
address_forms = ["evm"]
explorer_tx = "https://x/{{}}"
sample_address = ""
sample_address_origin = "synthetic"
sample_hash = ""
sample_hash_origin = "synthetic"
"""
    text = "[A]\n" + row.format(name="One", number=1) + "[B]\n" + row.format(name="Two", number=2)
    with pytest.raises(ManyProblems) as wrong:
        parse_registry(text)
    assert "'Twice' belongs to A too" in str(wrong.value)


def test_a_condition_without_a_description_is_refused() -> None:
    with pytest.raises(ManyProblems) as wrong:
        parse_registry('[conditions]\nknown = "Text."\n[A]\nconditions = ["unheard_of"]\n')
    assert "unheard_of" in str(wrong.value)
