"""One real node as one EVM network, seen through the product and past it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from nodes.anvil import Anvil, Contract
from recovery.chains.evm.codec import checksum_address
from recovery.chains.evm.family import FAMILY
from recovery.chains.family import Absent, RawTx
from recovery.chains.source import Node
from recovery.errors import SourceError
from recovery.model import AddressKey, Evidence, Transfer
from recovery.networks import Network, load_registry


@dataclass(slots=True)
class Chain:
    """One real node as one network, and what the tests do on it."""

    network: Network
    anvil: Anvil
    node: Node

    def account(self, number: int) -> str:
        """An account of the node: unlocked, with coin; in EIP-55 spelling."""
        return checksum_address(bytes.fromhex(self.anvil.accounts[number][2:]))

    def deploy(self, name: str, *arguments: Any, **fields: Any) -> Contract:
        return Contract.deploy(self.anvil, name, *arguments, **fields)

    def balance(self, address: str, block: str = "latest") -> int:
        return int(self.anvil.rpc("eth_getBalance", address, block), 16)

    def raw(self, tx_hash: str) -> RawTx:
        (outcome,) = FAMILY.fetch(self.network, self.node, [tx_hash])
        assert isinstance(outcome, RawTx), outcome
        return outcome

    def ask(self, tx_hash: str) -> Evidence:
        return FAMILY.decode(self.network, self.raw(tx_hash))

    def outcome(self, tx_hash: str) -> Absent | SourceError:
        (outcome,) = FAMILY.fetch(self.network, self.node, [tx_hash])
        assert not isinstance(outcome, RawTx)
        return outcome


@contextlib.contextmanager
def start_chain(code: str, *options: str) -> Iterator[Chain]:
    network = load_registry()[code]
    chain_id = int(network.chain.partition(":")[2])
    with Anvil(chain_id, *options) as anvil:
        node = Node(network.code, anvil.url, "jsonrpc")
        try:
            yield Chain(network, anvil, node)
        finally:
            node.close()


def find_paid(evidence: Evidence, address: str) -> list[Transfer]:
    """The transfers that took effect to an address."""
    key = AddressKey("evm", bytes.fromhex(address[2:]))
    return [t for t in evidence.transfers if t.recipient.key == key and t.succeeded]
