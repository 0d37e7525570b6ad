"""What moving a deposit out again costs on Vaulta: memory for the receiver's row, and no fee.

Knows: the RAM market's price. Must not know: fees of ours, prices of coins.
"""

from __future__ import annotations

from typing import Any

from recovery.assets import split_asset
from recovery.chains.antelope.actions import Quantity, parse_quantity
from recovery.chains.antelope.fetch import NotOffered, ask_head, explain, post
from recovery.chains.family import CostLine, NetworkCost
from recovery.chains.shape import garbled, read_object
from recovery.chains.source import Node
from recovery.model import Transfer
from recovery.networks import Network

ROW_BYTES = 240
"""A balance row of a token, with what the chain's table keeps around it."""


def fetch_cost(network: Network, node: Node, transfer: Transfer) -> NetworkCost:
    """Nothing for the payment itself (staked resources run it); memory where the payee has no row.

    The payee of the way out is not known yet; the sender of the deposit stands for it.
    """
    ask_head(network, node).check_fresh(node)
    text = "a payment has no fee: it runs on the staked resources of the account"
    lines = [CostLine("network_cost", 0, text)]
    sender = transfer.senders[0].address if transfer.senders else None
    if sender is not None and not _has_row(network, node, transfer, sender):
        lines.append(CostLine("reserve", _price_of_row(node), "memory for the payee's balance"))
    return NetworkCost(network.native_asset, tuple(lines), node.label, node.now())


def _call(node: Node, path: str, body: Any) -> Any:
    answer = node.request("POST", path, json_body=body)
    if answer.status != 200:
        said = answer.body if isinstance(answer.body, dict) else {}
        raise node.unhealthy(f"{path}: HTTP {answer.status} {explain(said)}")
    return answer.body


def _has_row(network: Network, node: Node, transfer: Transfer, account: str) -> bool:
    namespace, reference = split_asset(transfer.asset)
    contract, _, symbol = reference.rpartition("-")
    if namespace == "slip44":
        contract, symbol = network.parameters["native_contract"], network.symbol
    wanted = {"code": contract, "account": account, "symbol": symbol}
    rows = _call(node, "/v1/chain/get_currency_balance", wanted)
    if not isinstance(rows, list):
        raise node.garbled("a balance is no list")
    return bool(rows)


def _price_of_row(node: Node) -> int:
    """The market's reserves name the price; its own fee of half a per cent comes on top."""
    wanted = {"code": "eosio", "scope": "eosio", "table": "rammarket", "json": True, "limit": 1}
    try:
        status, answer = post(node, "/v1/chain/get_table_rows", wanted)
    except NotOffered:
        raise node.unhealthy("it does not serve tables") from None
    rows = answer.get("rows")
    if status != 200 or not isinstance(rows, list) or not rows:
        raise node.unhealthy("it does not tell the price of memory")
    market = read_object(rows[0], "the memory market")
    memory, coins = (_reserve(market.get(side)) for side in ("base", "quote"))
    if memory.decimals or coins.decimals != 4 or not memory.amount:
        raise garbled("the memory market has other units")
    return -(-ROW_BYTES * coins.amount * 1005 // (memory.amount * 1000))


def _reserve(side: Any) -> Quantity:
    quantity = parse_quantity(read_object(side, "a reserve").get("balance"))
    if quantity is None:
        raise garbled("a reserve of the memory market can't be read")
    return quantity
