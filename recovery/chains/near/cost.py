"""What moving the value out of a receiving account would cost now.

Knows: gas, storage staking, registration with a token. Must not know: fee policy.
"""

from __future__ import annotations

import base64
import json
from typing import Any

from recovery.assets import split_asset
from recovery.chains.family import CostLine, NetworkCost
from recovery.chains.near.answer import parse_json, read_amount
from recovery.chains.near.fetch import ask, ask_head, call_view, cause_of
from recovery.chains.shape import read_object
from recovery.chains.source import Node, RpcFault
from recovery.errors import Garbled
from recovery.model import Transfer
from recovery.networks import Network

TRANSFER_GAS = 10 * 10**12
"""A transfer burns 0.45 Tgas; one that makes an implicit account exist, 8.4."""

TOKEN_GAS = 30 * 10**12
"""What wallets attach to a token's or NFT's transfer; what is left comes back."""

BYTE_PRICE = 10**19
"""YoctoNEAR that an account must hold for each byte it stores; the first 770 bytes are free."""

FREE_BYTES = 770
_USUAL_REGISTRATION = 1_250_000_000_000_000_000_000
_NOT_THERE = frozenset({"UNKNOWN_ACCOUNT"})


def fetch_cost(network: Network, node: Node, transfer: Transfer) -> NetworkCost:
    """Gas, its funding where the holder lacks coin, and what must stay or be put down.

    The recipient of the payment out is not known yet; the sender of the deposit stands for it.
    Raises `SourceError`.
    """
    ask_head(network, node)
    try:
        lines = _lines(network, node, transfer)
    except Garbled as wrong:
        raise node.garbled(wrong.text) from None
    return NetworkCost(network.native_asset, tuple(lines), node.label, node.now())


def _lines(network: Network, node: Node, transfer: Transfer) -> list[CostLine]:
    priced = read_object(ask(node, "gas_price", [None]), "gas_price")
    price = read_amount(priced.get("gas_price"), "gas_price")
    holder = transfer.recipient.address
    balance, kept = (None if holder is None else ask_account(node, holder)) or (0, 0)
    if transfer.asset == network.native_asset:
        fee = TRANSFER_GAS * price
        lines = [CostLine("network_cost", fee, "the gas of one transfer, at most")]
        assert isinstance(transfer.amount, int)
        lacking = min(transfer.amount + fee + kept - balance, kept)
        if lacking > 0:
            text = "what the account must keep for the bytes that it stores"
            lines.append(CostLine("reserve", lacking, text))
        return lines
    fee = TOKEN_GAS * price + 1
    lines = [CostLine("network_cost", fee, "the gas of one token transfer, at most, and 1 yocto")]
    reserve = _registration(node, transfer)
    if balance - kept < fee + reserve:
        text = "the gas of funding the account that holds the token"
        lines.append(CostLine("network_cost", TRANSFER_GAS * price, text))
    if reserve:
        text = "registering the recipient with the token, which stores its balance"
        lines.append(CostLine("reserve", reserve, text))
    return lines


def ask_account(node: Node, account: str) -> tuple[int, int] | None:
    """Balance, and the part that storage binds; None for an account that is not there."""
    params = {"request_type": "view_account", "finality": "final", "account_id": account}
    answer = node.rpc("query", params)
    if isinstance(answer, RpcFault):
        if cause_of(answer) in _NOT_THERE:
            return None
        raise node.unhealthy(f"view_account: {cause_of(answer)}")
    told = read_object(answer, "the account")
    used = told.get("storage_usage")
    if type(used) is not int or used < 0:
        raise node.garbled("storage_usage is no number")
    locked = read_amount(told.get("locked"), "locked")
    bound = 0 if used <= FREE_BYTES else max(used * BYTE_PRICE - locked, 0)
    return read_amount(told.get("amount"), "amount"), bound


def _registration(node: Node, transfer: Transfer) -> int:
    """The deposit that registers the recipient with a fungible token; 0 where it is registered."""
    namespace, contract = split_asset(transfer.asset)
    outside = next((p.address for p in transfer.senders if p.address), None)
    if namespace != "nep141" or outside is None:
        return 0
    if is_registered(node, contract, outside):
        return 0
    bounds = _view(node, call_view(contract, "storage_balance_bounds"))
    least = bounds.get("min") if isinstance(bounds, dict) else None
    return (
        _USUAL_REGISTRATION if least is None else read_amount(least, "storage_balance_bounds.min")
    )


def is_registered(node: Node, contract: str, account: str) -> bool:
    """Whether a fungible token keeps a balance for the account; it takes no payment to others."""
    arguments = base64.b64encode(json.dumps({"account_id": account}).encode()).decode()
    return _view(node, call_view(contract, "storage_balance_of", arguments)) is not None


def _view(node: Node, params: dict[str, Any]) -> Any:
    """What a view method returned; None for null, and for a contract without the method."""
    answer = node.rpc("query", params)
    if isinstance(answer, RpcFault):
        return None
    result = read_object(answer, "the view").get("result")
    if not isinstance(result, list) or not all(type(b) is int and 0 <= b < 256 for b in result):
        return None
    return parse_json(bytes(result))
