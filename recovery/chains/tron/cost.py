"""What moving the value out to one outside address would cost now.

Knows: bandwidth and energy prices, what accounts cost to come alive, trying a token's transfer. Must
not know: fee policy, prices in money.

Costs are what is burnt without staked or free resources: whoever signs may have some, and then it
is cheaper. Receiving by a contract's log does not make an account exist: such an address is
activated first by the coin that pays its fee.
"""

from __future__ import annotations

from typing import Any

from recovery.chains.evm import abi
from recovery.chains.family import CostLine, NetworkCost
from recovery.chains.shape import read_object
from recovery.chains.source import Node
from recovery.chains.tron.ask import ask_head, ask_offered
from recovery.chains.tron.names import ask_trigger
from recovery.chains.tron.wire import PREFIX, read_int, read_list
from recovery.errors import Garbled
from recovery.model import Party, Transfer
from recovery.networks import Network

_COIN_BYTES, _TRC10_BYTES, _CALL_BYTES = 268, 285, 345
"""Lengths of signed transfers of coin, of a TRC-10 and of a token's call."""

_TOKEN_ENERGY = 131_000
"""Where a token's transfer can't be tried: what USDT takes to pay somebody who holds none."""

_OUTSIDE = PREFIX + "0" * 36 + "dead"
"""Stands for the outside address where the sender is not known: nobody's."""

_BYTE_PRICE, _ENERGY_PRICE = "getTransactionFee", "getEnergyFee"
_CREATE_FEE, _CREATE_BANDWIDTH = "getCreateNewAccountFeeInSystemContract", "getCreateAccountFee"


def fetch_cost(network: Network, node: Node, transfer: Transfer) -> NetworkCost:
    """Lines of network cost, and of reserve where an account must be made to exist.

    The recipient of the payment out is not known yet; the sender of the deposit stands for it.
    Raises `SourceError`.
    """
    ask_head(network, node)
    prices = _ask_prices(node)
    holder, outside = _hex(transfer.recipient), _outside(transfer)
    lines: list[CostLine] = []
    if transfer.asset == network.native_asset:
        lines += _coin_lines(node, prices, outside, "sending the coin")
    elif "/trc10:" in transfer.asset:
        lines += _coin_lines(node, prices, holder, "funding the fee of the address that holds it")
        lines.append(_bytes_line(prices, _TRC10_BYTES, "sending the TRC-10"))
        lines += _activation(node, prices, outside)
    else:
        lines += _coin_lines(node, prices, holder, "funding the fee of the address that holds it")
        lines.append(_call_line(node, prices, transfer, outside))
    return NetworkCost(network.native_asset, tuple(lines), node.label, node.now())


def _hex(party: Party) -> str:
    return _OUTSIDE if party.key is None else PREFIX + party.key.payload.hex()


def _outside(transfer: Transfer) -> str:
    for sender in transfer.senders:
        if sender.key is not None and any(sender.key.payload) and sender != transfer.recipient:
            return _hex(sender)
    return _OUTSIDE


def _ask_prices(node: Node) -> dict[str, int]:
    answer = ask_offered(node, "/wallet/getchainparameters", {})
    try:
        listed = [read_object(p, "a parameter") for p in read_list(answer, "chainParameter")]
        prices = {
            str(p.get("key")): read_int(p, "value")
            for p in listed
            if p.get("key") in (_BYTE_PRICE, _ENERGY_PRICE, _CREATE_FEE, _CREATE_BANDWIDTH)
        }
    except Garbled as wrong:
        raise node.garbled(f"chain parameters: {wrong.text}") from None
    if len(prices) != 4:
        raise node.garbled("the chain parameters lack a price")
    return prices


def _exists(node: Node, address: str) -> bool:
    """``{}`` is an account that was never activated."""
    if address == _OUTSIDE:
        return True
    return bool(ask_offered(node, "/wallet/getaccount", {"address": address}))


def _coin_lines(node: Node, prices: dict[str, int], recipient: str, text: str) -> list[CostLine]:
    """A transfer of coin; one that makes the account exist pays fixed fees instead of bandwidth."""
    if _exists(node, recipient):
        return [_bytes_line(prices, _COIN_BYTES, text)]
    fixed = f"{text}: the fixed bandwidth fee of a transfer that makes an account exist"
    return [
        CostLine("network_cost", prices[_CREATE_BANDWIDTH], fixed),
        CostLine("reserve", prices[_CREATE_FEE], "making the account exist"),
    ]


def _activation(node: Node, prices: dict[str, int], recipient: str) -> list[CostLine]:
    if _exists(node, recipient):
        return []
    return [CostLine("reserve", prices[_CREATE_FEE], "making the account exist")]


def _bytes_line(prices: dict[str, int], size: int, text: str) -> CostLine:
    price = prices[_BYTE_PRICE]
    return CostLine("network_cost", size * price, f"{text}: {size} bytes at {price} sun")


def _call_line(node: Node, prices: dict[str, int], transfer: Transfer, outside: str) -> CostLine:
    holder = _hex(transfer.recipient)
    contract, function, parameter = _token_call(transfer, holder, outside)
    answer = ask_trigger(node, holder, contract, function, parameter)
    energy, remark = _energy(answer)
    price = prices[_ENERGY_PRICE]
    amount = energy * price + _CALL_BYTES * prices[_BYTE_PRICE]
    text = f"sending the token: {energy} energy at {price} sun{remark}, and {_CALL_BYTES} bytes"
    return CostLine("network_cost", amount, text)


def _energy(answer: dict[str, Any]) -> tuple[int, str]:
    """Energy of the tried transfer. A revert still says ``result: true``, beside a message."""
    result = answer.get("result")
    used = answer.get("energy_used")
    tried = isinstance(result, dict) and result.get("result") is True and "message" not in result
    if tried and isinstance(used, int) and not isinstance(used, bool) and used > 0:
        return used, ""
    return _TOKEN_ENERGY, " (assumed: the transfer can't be tried)"


def _token_call(transfer: Transfer, holder: str, outside: str) -> tuple[str, str, str]:
    """Contract, function and parameters of a plain transfer of what arrived."""
    from base58_bech32.base58 import b58decode_check

    _, token, *rest = transfer.asset.split("/")
    namespace, _, text = token.partition(":")
    contract = b58decode_check(text).hex()
    to = abi.word_of_address("0x" + outside[2:])
    parties = abi.word_of_address("0x" + holder[2:]) + to
    amount = abi.word_of_number(int(transfer.amount))
    if namespace == "trc20":
        return contract, "transfer(address,uint256)", to + amount
    number = abi.word_of_number(int(rest[0]))
    if namespace == "trc721":
        return contract, "transferFrom(address,address,uint256)", parties + number
    data = abi.word_of_number(160) + abi.word_of_number(0)
    function = "safeTransferFrom(address,address,uint256,uint256,bytes)"
    return contract, function, parties + number + amount + data
