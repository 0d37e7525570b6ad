"""What moving value out of an Aptos account will cost, by the node's live price of gas.

Knows: how much gas the framework's transfers take, what new storage costs. Must not know: fee
policy, prices in money.

Gas is counted in units at a price that the network moves; storage is priced in octas by the
framework, whatever gas costs, and given back when the storage is freed.
"""

from __future__ import annotations

from typing import Any

from recovery.assets import split_asset
from recovery.chains.aptos.fetch import ask, ask_ledger, ask_object, read_error_code, sender_of
from recovery.chains.family import CostLine, NetworkCost
from recovery.chains.source import Node
from recovery.model import Transfer
from recovery.networks import Network

TRANSFER_GAS = 30
"""Execution and reading of one transfer: 11 to 20 units were seen on transfers of coin and tokens."""

STORE_OCTAS = 100_000
"""Storage of an account's first store: 53,240 octas were seen for one store, 98,800 with the account."""


def fetch_cost(network: Network, node: Node, transfer: Transfer) -> NetworkCost:
    """Gas of the move out, of funding it where the holder has no coin, and the destination's store.

    The recipient of the payment out is not known yet; the sender of the deposit stands for it.
    """
    ask_ledger(network, node)
    price = _ask_price(node)
    outside = sender_of(transfer)
    moved = _gas_line(price, "sending what arrived")
    lines = [moved]
    if transfer.asset != network.native_asset:
        coin = network.parameters["native_faces"][0].partition(":")[2]
        holder = transfer.recipient.address
        if holder is None or ask_balance(node, holder, coin) < moved.amount + STORE_OCTAS:
            lines.append(_gas_line(price, "funding the gas of the address that holds it"))
    if outside is None or not _holds(node, outside, transfer):
        text = "storage of a store that the destination may not have yet"
        lines.append(CostLine("reserve", STORE_OCTAS, text))
    return NetworkCost(network.native_asset, tuple(lines), node.label, node.now())


def _gas_line(price: int, text: str) -> CostLine:
    return CostLine(
        "network_cost", TRANSFER_GAS * price, f"{text}: {TRANSFER_GAS} gas at {price} octas"
    )


def _ask_price(node: Node) -> int:
    answer = ask_object(node, "/estimate_gas_price")
    price: Any = None if answer is None else answer.get("gas_estimate")
    if isinstance(price, bool) or not isinstance(price, int) or not 0 < price < 1 << 32:
        raise node.garbled("it gives no price of gas")
    return price


def _holds(node: Node, owner: str, transfer: Transfer) -> bool:
    namespace, reference = split_asset(transfer.asset)
    if namespace == "object":
        return True
    if namespace == "slip44":
        reference = "0x1::aptos_coin::AptosCoin"
    return ask_balance(node, owner, reference) > 0


def ask_balance(node: Node, owner: str, asset_type: str) -> int:
    """A balance is a bare number; an account that never was holds nothing."""
    path = f"/accounts/{owner}/balance/{asset_type}"
    answer = ask(node, path)
    if answer.status == 404:
        read_error_code(node, path, answer)
        return 0
    if answer.status != 200 or isinstance(answer.body, bool) or not isinstance(answer.body, int):
        raise node.garbled(f"{path}: no balance")
    return answer.body
