"""The ways to sign a challenge, one module each, and which family uses which.

A module is loaded when a proof of its kind is verified, never earlier.
"""

from __future__ import annotations

import importlib

from recovery.proofs.values import Scheme

SCHEMES_OF: dict[str, tuple[str, ...]] = {
    "evm": ("eip191",),
    "utxo": ("bip137", "bip322"),
    "tron": ("tron_message",),
    "solana": ("solana_message",),
    "xrpl": ("xrpl_message",),
    "stellar": ("sep53",),
    "cosmos": ("adr36",),
    "ton": ("ton_sign_data", "ton_proof"),
    "algorand": ("algorand_bytes",),
    "cardano": ("cip8",),
    "tezos": ("tezos_message",),
    "near": ("nep413",),
    "aptos": ("aptos_message",),
    "sui": ("sui_message",),
    "polkadot": ("polkadot_message",),
    "hedera": ("hedera_message",),
}
"""The schemes of every family, the most usual first; a family that is missing proves by a
verification deposit alone. A smart-contract wallet of an EVM network is asked by ERC-1271
(`recovery.proofs.contract_wallet`); the families whose accounts change their keys, or do not tell them,
are asked through `recovery.proofs.account_keys`."""


def load_scheme(name: str) -> Scheme:
    """The scheme with this name; raises `KeyError` for an unknown one."""
    if not any(name in names for names in SCHEMES_OF.values()):
        raise KeyError(name)
    module = importlib.import_module(f"recovery.proofs.schemes.{name}")
    scheme: Scheme = module.SCHEME
    return scheme
