"""What moving the value out to one outside address would cost now.

Knows: bakers' minimal fees, revelation of keys, the price of storage. Must not know: fee policy,
prices.

Fees do not float: bakers take what pays 100 mutez, one per byte and a tenth per unit of gas. What
costs more is storage: an account that does not exist yet, or a token's first entry for a holder.
"""

from __future__ import annotations

from recovery.chains.family import CostLine, NetworkCost
from recovery.chains.source import Node
from recovery.chains.tezos.ask import Account, ask_account, ask_head, ask_storage_price
from recovery.errors import Garbled
from recovery.model import Transfer
from recovery.networks import Network

_BASE = 100
_COIN_GAS, _COIN_BYTES = 2_500, 165
_TOKEN_GAS, _TOKEN_BYTES = 10_000, 320
_REVEAL_GAS, _REVEAL_BYTES = 1_500, 100
_ENTRY_BYTES = 67
"""A new holder's entry in a token's books."""


def fetch_cost(network: Network, node: Node, transfer: Transfer) -> NetworkCost:
    """Fees, the funding of a token's fee, and storage to be paid for (code ``reserve``).

    The recipient of the payment out is not known yet; the sender of the deposit stands for it.
    Raises `SourceError`.
    """
    ask_head(network, node)
    try:
        lines = _lines(network, node, transfer)
    except Garbled as wrong:
        raise node.named(wrong) from None
    return NetworkCost(network.native_asset, tuple(lines), node.label, node.now())


def _lines(network: Network, node: Node, transfer: Transfer) -> list[CostLine]:
    per_byte, account_bytes = ask_storage_price(node)
    allocation = per_byte * account_bytes
    holder = _account(node, transfer.recipient.address)
    outside = _account(node, transfer.senders[0].address if transfer.senders else None)
    lines: list[CostLine] = []
    if not holder.revealed:
        text = "revealing the key of the receiving address, which has never sent anything"
        lines.append(CostLine("network_cost", _fee(_REVEAL_GAS, _REVEAL_BYTES), text))
    if transfer.asset == network.native_asset:
        fee = _fee(_COIN_GAS, _COIN_BYTES)
        lines.append(CostLine("network_cost", fee, "sending the coin"))
        if not outside.exists:
            lines.append(CostLine("reserve", allocation, "making the destination exist"))
        return lines
    lines.append(CostLine("network_cost", _fee(_TOKEN_GAS, _TOKEN_BYTES), "sending the token"))
    fee = _fee(_COIN_GAS, _COIN_BYTES)
    lines.append(CostLine("network_cost", fee, "funding the fee of the address that holds it"))
    if not holder.exists:
        text = "making the address that holds the token exist as an account of coin"
        lines.append(CostLine("reserve", allocation, text))
    text = "storage for the destination in the token's books"
    lines.append(CostLine("reserve", per_byte * _ENTRY_BYTES, text))
    return lines


def _fee(gas: int, size: int) -> int:
    return _BASE + size + -(-gas // 10)


def _account(node: Node, address: str | None) -> Account:
    if address is None:
        return Account(exists=True, revealed=True, balance=0)
    return ask_account(node, address)
