"""What moving a deposit out again costs on the Cosmos Hub.

Knows: the fee market's price, how much gas the three kinds of payments take. Must not know: fees of
ours, prices of coins.
"""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal, InvalidOperation
from typing import Any

from recovery.assets import split_asset
from recovery.chains.cosmos import lcd
from recovery.chains.cosmos.decode import read_count
from recovery.chains.cosmos.fetch import fetch_health
from recovery.chains.cosmos.signed import read_base64
from recovery.chains.family import CostLine, NetworkCost
from recovery.chains.shape import garbled, read_object
from recovery.chains.source import Node, RpcFault
from recovery.chains.tron.wire import last_bytes, parse_fields
from recovery.model import Transfer
from recovery.networks import Network

_GAS = {"slip44": 120_000, "denom": 120_000, "ibc": 220_000, "cw20": 250_000}
"""By the asset's kind: a payment by the bank; back through its IBC channel; a contract's call. What
such transactions use, and a third more."""

_UNIT = Decimal(10) ** 18


def fetch_cost(network: Network, node: Node, transfer: Transfer) -> NetworkCost:
    """The fee of one payment; for another asset than ATOM also the fee's coins, where they lack."""
    fetch_health(network, node)
    denom = network.parameters["denom"]
    price = _price_comet(node, denom) if node.api == "cometbft" else _price_lcd(node, denom)
    kind, _ = split_asset(transfer.asset)
    fee = _fee(price, _GAS.get(kind, max(_GAS.values())))
    lines = [CostLine("network_cost", fee, "the fee of one payment")]
    holder = transfer.recipient.address
    if kind != "slip44" and holder is not None and ask_balance(node, holder, denom) < fee:
        funding = _fee(price, _GAS["slip44"])
        text = "the fee of sending the address the ATOM that its own payment needs"
        lines.append(CostLine("network_cost", funding, text))
    return NetworkCost(network.native_asset, tuple(lines), node.label, node.now())


def _fee(price: Decimal, gas: int) -> int:
    return int((price * gas).to_integral_value(ROUND_CEILING))


def _price_lcd(node: Node, denom: str) -> Decimal:
    try:
        answer = lcd.ask(node, f"/feemarket/v1/gas_price/{denom}")
    except lcd.Refused as refused:
        raise node.unhealthy(
            f"it does not tell the price of gas: {refused.message[:200]}"
        ) from None
    price = read_object(answer.get("price"), "the price")
    if price.get("denom") != denom:
        raise garbled("the price is in another coin")
    return _positive(price.get("amount"))


def _positive(value: Any) -> Decimal:
    try:
        price = Decimal(value) if isinstance(value, str) else Decimal("NaN")
    except InvalidOperation:
        price = Decimal("NaN")
    if not price.is_finite() or not 0 < price < 1_000_000:
        raise garbled(f"the price of gas can't be: {value!r:.80}")
    return price


def _price_comet(node: Node, denom: str) -> Decimal:
    """The same query by the node's gRPC path: a decimal is its digits times 10^18."""
    asked = _field(1, denom.encode())
    value = _query(node, "/feemarket.feemarket.v1.Query/GasPrice", asked)
    coin = parse_fields(last_bytes(parse_fields(value), 1))
    if last_bytes(coin, 1) != denom.encode():
        raise garbled("the price is in another coin")
    digits = read_count(last_bytes(coin, 2).decode("ascii", "replace"), "the price of gas")
    return _positive(str(digits / _UNIT))


def _query(node: Node, path: str, data: bytes) -> bytes:
    wanted = {"path": path, "data": data.hex(), "height": "0", "prove": False}
    answer = node.rpc("abci_query", wanted)
    if isinstance(answer, RpcFault):
        raise node.unhealthy(f"{path}: {answer.message} {str(answer.data or '')[:200]}")
    response = read_object(read_object(answer, "abci_query").get("response"), "abci_query")
    if response.get("code") != 0:
        raise node.unhealthy(f"{path}: {str(response.get('log'))[:200]}")
    return read_base64(response.get("value"), path)


def _field(number: int, value: bytes) -> bytes:
    if len(value) > 127:
        raise garbled("a question is too long")
    return bytes((number << 3 | 2, len(value))) + value


def ask_balance(node: Node, address: str, denom: str, *, spendable: bool = False) -> int:
    """What an account holds of a coin, or the part of it that is neither vesting nor locked."""
    if node.api == "cometbft":
        asked = _field(1, address.encode()) + _field(2, denom.encode())
        name = "SpendableBalanceByDenom" if spendable else "Balance"
        value = _query(node, f"/cosmos.bank.v1beta1.Query/{name}", asked)
        coin = parse_fields(last_bytes(parse_fields(value), 1))
        return read_count(last_bytes(coin, 2).decode("ascii", "replace"), "a balance")
    kind = "spendable_balances" if spendable else "balances"
    path = f"/cosmos/bank/v1beta1/{kind}/{address}/by_denom"
    answer = lcd.ask_offered(node, path, {"denom": denom})
    return read_count(read_object(answer.get("balance"), "balance").get("amount"), "a balance")
