"""Chain families: how each is asked and how its answers become evidence.

A family is loaded when one of its networks is asked, never earlier: imports stay cheap.
"""

from __future__ import annotations

import importlib

from recovery.chains.family import Family

FAMILY_APIS: dict[str, tuple[str, ...]] = {
    "utxo": ("core", "esplora"),
    "evm": ("jsonrpc",),
    "xrpl": ("jsonrpc",),
    "tron": ("fullnode",),
    "solana": ("jsonrpc",),
    "stellar": ("horizon",),
    "cosmos": ("lcd", "cometbft"),
    "ton": ("toncenter-v3", "toncenter-v2"),
    "hedera": ("mirror",),
    "algorand": ("indexer", "algod"),
    "near": ("jsonrpc",),
    "aptos": ("rest",),
    "sui": ("graphql", "jsonrpc"),
    "cardano": ("blockfrost", "koios"),
    "polkadot": ("sidecar", "subscan"),
    "tezos": ("tzkt", "octez"),
    "antelope": ("hyperion", "nodeos"),
}
"""The APIs of every family, the contract's default first."""

FAMILIES: tuple[str, ...] = tuple(FAMILY_APIS)
"""The families whose nodes can be asked: one package each under `recovery.chains`."""


def load_family(name: str) -> Family:
    """The family's functions; raises `KeyError` for an unknown one."""
    if name not in FAMILIES:
        raise KeyError(name)
    module = importlib.import_module(f"recovery.chains.{name}.family")
    family: Family = module.FAMILY
    return family
