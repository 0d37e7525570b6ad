"""What moving the value out to one outside address would cost now.

Knows: the fee market, reserves of accounts and trustlines. Must not know: fee policy, prices in money.

The recipient of the payment out is not known yet; the sender of the deposit stands for it.
"""

from __future__ import annotations

from typing import Any

from recovery.chains.family import CostLine, NetworkCost
from recovery.chains.shape import read_list, read_object, read_text
from recovery.chains.source import Node
from recovery.chains.stellar.answer import read_count
from recovery.chains.stellar.fetch import ask_account, ask_document, ask_root
from recovery.errors import Garbled
from recovery.model import Transfer
from recovery.networks import Network

LEAST_FEE = 100
"""Stroops per operation that the network takes at least."""

_ACCOUNT_RESERVES = 2
"""An account's own minimum balance, counted in base reserves; a trustline adds one."""

_CLAIM = "claimable_balance"


def fetch_cost(network: Network, node: Node, transfer: Transfer) -> NetworkCost:
    """The fee of the operations it takes, and the reserves of what must come to exist.

    Raises `SourceError`.
    """
    root = ask_root(network, node)
    try:
        price = _read_price(ask_document(node, "/fee_stats"))
        reserve = read_count(
            ask_document(node, f"/ledgers/{root.latest}").get("base_reserve_in_stroops"),
            "base_reserve_in_stroops",
        )
        lines = _lines(network, node, transfer, price=price, reserve=reserve)
    except Garbled as wrong:
        raise node.named(wrong) from None
    return NetworkCost(network.native_asset, tuple(lines), node.label, node.now())


def _lines(
    network: Network, node: Node, transfer: Transfer, *, price: int, reserve: int
) -> list[CostLine]:
    operations, reserves = 1, []
    token = None if transfer.asset == network.native_asset else transfer.asset
    if transfer.type == _CLAIM:
        operations += 1
        if token is not None and not _trusts(network, node, transfer):
            operations += 1
            text = "the reserve of the trustline that the claim needs"
            reserves.append(CostLine("reserve", reserve, text))
    if token is None and not _outside_exists(node, transfer):
        text = "the reserve that makes the account exist"
        reserves.append(CostLine("reserve", _ACCOUNT_RESERVES * reserve, text))
    count = f"{operations} operation" + ("s" if operations > 1 else "")
    fee = CostLine("network_cost", operations * price, f"{count} at {price} stroops")
    return [fee, *reserves]


def _read_price(stats: dict[str, Any]) -> int:
    """What nine of ten transactions of the last ledgers were charged for an operation, at most."""
    charged = read_object(stats.get("fee_charged"), "fee_charged")
    base = read_count(stats.get("last_ledger_base_fee"), "last_ledger_base_fee")
    return max(LEAST_FEE, base, read_count(charged.get("p90"), "p90"))


def _outside_exists(node: Node, transfer: Transfer) -> bool:
    """A merged account, or one that never was, takes a reserve; a contract has none."""
    sender = transfer.senders[0] if transfer.senders else None
    if sender is None or sender.key is None or sender.key.scheme != "ed25519":
        return True
    return ask_account(node, str(sender.address)) is not None


def _trusts(network: Network, node: Node, transfer: Transfer) -> bool:
    """Whether the receiving account holds a trustline of the asset."""
    account = ask_account(node, str(transfer.recipient.address))
    if account is None:
        return False
    for item in read_list(account.get("balances"), "balances"):
        line = read_object(item, "a balance")
        if line.get("asset_type") in ("native", "liquidity_pool_shares"):
            continue
        code = read_text(line.get("asset_code"), "asset_code")
        issuer = read_text(line.get("asset_issuer"), "asset_issuer")
        if transfer.asset.endswith(f"/asset:{code}-{issuer}"):
            return True
    return False
