"""Address kinds, script marks and special transactions, value by value.

Sources: the CashAddr specification and CHIP-2022-02 (its token-aware types); BIP-141; Dash's DIP-2 and its kin; BIP-125's
first sequence that signals nothing; the marks of Omni, SLP and runes.
"""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from recovery.chains.utxo import carried, codec, decode, decode_core, seen
from recovery.chains.utxo.chain import UtxoChain


def test_a_cash_address_says_its_kind_in_four_types() -> None:
    assert codec._CASH_KINDS == {
        0: ("p2pkh", False), 1: ("p2sh", False), 2: ("p2pkh", True), 3: ("p2sh", True),
    }  # fmt: skip


def test_a_witness_program_of_version_0_is_a_keys_or_a_scripts() -> None:
    assert codec._WITNESS_V0 == {20: "p2wpkh", 32: "p2wsh"}


def test_a_network_may_have_five_prefixes_of_bech32() -> None:
    prefixes = {"hrp", "mweb_hrp", "tex_hrp", "sapling_hrp", "unified_hrp"}
    assert set(codec._BECH32_PREFIXES) == prefixes


def test_dashs_special_transactions_have_their_numbers() -> None:
    assert decode_core.DASH_TYPES == {
        1: "pro_reg_tx", 2: "pro_up_serv_tx", 3: "pro_up_reg_tx", 4: "pro_up_rev_tx", 6: "quorum_commitment",
        7: "mn_hf_signal", 8: "asset_lock", 9: "asset_unlock",
    }  # fmt: skip


def test_limits_and_marks_are_the_chains() -> None:
    assert decode._FINAL_SEQUENCE == 0xFFFFFFFE
    assert decode_core._CASH_TOKEN_LIMIT == 9_223_372_036_854_775_807
    assert seen.COIN_PLACES == 8
    assert (carried._OP_RETURN, carried._OP_13) == (0x6A, 0x5D)
    assert (carried._OMNI, carried._SLP) == (b"omni", b"SLP\x00")


def test_a_chain_that_says_nothing_else_is_bitcoins_without_its_witness() -> None:
    chain = UtxoChain(genesis="0")
    assert (chain.max_money, chain.coinbase_maturity) == (2_100_000_000_000_000, 100)
    assert (chain.segwit, chain.auxpow, chain.mweb) == (False, False, False)
    assert (chain.replaceable, chain.fee_source) == ("none", "estimatesmartfee")
    assert (chain.min_relay_per_kvb, chain.quiet_fee_per_kvb, chain.inscription_dust) == (
        1000,
        None,
        0,
    )


@pytest.mark.parametrize(
    ("name", "least"),
    [("max_money", 1), ("coinbase_maturity", 1), ("pegout_maturity", 0), ("min_relay_per_kvb", 0)],
)
def test_a_chains_numbers_have_a_least(name: str, least: int) -> None:
    assert getattr(UtxoChain.model_validate({"genesis": "0", name: least}), name) == least
    with pytest.raises(ValidationError):
        UtxoChain.model_validate({"genesis": "0", name: least - 1})
