"""What moving value out of a Sui address will cost, by the epoch's reference price of gas.

Knows: how much computation and storage a transfer takes. Must not know: fee policy, prices in money.

Computation is charged in steps of 1,000 units; storage is a deposit per object, nearly all of which
comes back to whoever deletes or changes the object.
"""

from __future__ import annotations

from recovery.chains.family import CostLine, NetworkCost
from recovery.chains.source import Node
from recovery.chains.sui.fetch import ask_balance, ask_head
from recovery.model import Transfer
from recovery.networks import Network

COMPUTATION_UNITS = 1_000
"""The least step, which plain transfers stay in: 747,000 MIST at a price of 747 were seen."""

OBJECT_MIST = 988_000
"""Storage of one coin: transfers that split one coin off another were seen to pay 1,976,000 for two."""


def fetch_cost(network: Network, node: Node, transfer: Transfer) -> NetworkCost:
    """Gas of the move out, the new coin's storage, and funding the gas where the holder has none."""
    price = ask_head(network, node).gas_price
    gas = COMPUTATION_UNITS * price
    shown = f"{COMPUTATION_UNITS} units at {price} MIST"
    lines = [CostLine("network_cost", gas, f"sending what arrived: {shown}")]
    stored = 1 if transfer.asset == network.native_asset else 2
    holder = transfer.recipient.address
    if transfer.asset != network.native_asset:
        coin_type = network.parameters["native_faces"][0].partition(":")[2]
        needed = gas + stored * OBJECT_MIST
        if holder is None or ask_balance(node, holder, coin_type) < needed:
            text = f"funding the gas of the address that holds it: {shown}"
            lines.append(CostLine("network_cost", gas, text))
            stored += 1
    text = "storage of the coins that the payment makes"
    lines.append(CostLine("reserve", stored * OBJECT_MIST, text))
    return NetworkCost(network.native_asset, tuple(lines), node.label, node.now())
