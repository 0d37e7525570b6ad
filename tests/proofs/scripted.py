"""Signatures checked by asking a scripted node, which is served over real HTTP by the fixture ``serve``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from proofs.example import Example

from recovery.chains.source import Node
from recovery.networks import load_registry
from recovery.proofs.account_keys import verify_with_node
from recovery.proofs.values import BadProof

Json = dict[str, Any]
Serve = Callable[..., Node]
REGISTRY = load_registry()
APIS = {
    "ALGO": "indexer",
    "APT": "rest",
    "HBAR": "mirror",
    "NEAR": "jsonrpc",
    "SOL": "jsonrpc",
    "TON": "toncenter-v3",
    "TRX": "fullnode",
    "XLM": "horizon",
    "XRP": "jsonrpc",
}


def check(node: Node, example: Example, address: str | None = None) -> None:
    row = REGISTRY[example.network]
    verify_with_node(row, node, address or example.address, example.message, example.answer)


def refused(node: Node, example: Example, address: str | None = None) -> BadProof:
    with pytest.raises(BadProof) as why:
        check(node, example, address)
    return why.value
