"""What moving the value out to one outside account would cost now.

Knows: Hedera's fees, which are fixed in dollars and taken in hbar at the network's own rate. Must not
know: fee policy, prices of anything else.
"""

from __future__ import annotations

from recovery.chains.family import CostLine, NetworkCost
from recovery.chains.hedera.answer import read_int
from recovery.chains.hedera.fetch import ask_document, ask_head
from recovery.chains.shape import read_object
from recovery.chains.source import Node
from recovery.errors import Garbled
from recovery.model import Transfer
from recovery.networks import Network

_TRANSFER, _TOKEN, _ASSOCIATION, _CLAIM = 10_000, 100_000, 5_000_000, 100_000
"""In millionths of a cent: 0.0001 USD for hbar, 0.001 USD for a token, 0.05 USD to associate one."""

_MARGIN = 2
"""Custom fees double a token's transfer, several signatures add to any: the estimate is the dearer."""


def fetch_cost(network: Network, node: Node, transfer: Transfer) -> NetworkCost:
    """The fee of one transfer, and of claiming where an airdrop waits. Raises `SourceError`."""
    ask_head(network, node)
    try:
        rate = read_object(
            ask_document(node, "/network/exchangerate").get("current_rate"), "current_rate"
        )
        cents = read_int(rate.get("cent_equivalent"), "cent_equivalent", least=1)
        hbars = read_int(rate.get("hbar_equivalent"), "hbar_equivalent", least=1)
    except Garbled as wrong:
        raise node.garbled(wrong.text) from None

    def line(millionths: int, text: str) -> CostLine:
        tinybars = -(-millionths * hbars * 10**network.decimals // (cents * 10**6))
        return CostLine("network_cost", tinybars, text)

    lines = []
    if transfer.type == "pending_airdrop":
        lines.append(line(_CLAIM * _MARGIN, "claiming the airdrop"))
        lines.append(line(_ASSOCIATION, "associating the token with the account that claims it"))
    if transfer.asset == network.native_asset:
        lines.append(line(_TRANSFER * _MARGIN, "the fee of one transfer"))
    else:
        lines.append(line(_TOKEN * _MARGIN, "the fee of one token transfer"))
    return NetworkCost(network.native_asset, tuple(lines), node.label, node.now())
