"""What moving the value out to one outside address would cost now.

Knows: the fee per signature, priority fees, the rent of token accounts. Must not know: fee policy,
prices.

Custody's treasury pays the fee and signs beside the deposit's owner, so that the deposit address
itself needs no coin: two signatures, and no funding of gas.
"""

from __future__ import annotations

from recovery.assets import split_asset
from recovery.chains.family import CostLine, NetworkCost
from recovery.chains.shape import read_list, read_object
from recovery.chains.solana.answer import read_u64
from recovery.chains.solana.fetch import ask_head
from recovery.chains.solana.mints import associated_address, token_program
from recovery.chains.source import Node, RpcFault
from recovery.model import Transfer
from recovery.networks import Network

LAMPORTS_PER_SIGNATURE = 5_000
_SIGNATURES = 2
_COIN_UNITS, _TOKEN_UNITS = 2_000, 80_000
"""Compute units to ask for: a transfer with its budget instructions; a new token account and a
checked transfer, Token-2022 included."""

_ACCOUNT_BYTES = {"spl": 165, "token-2022": 182}
"""Token-2022 adds the mark of an unchangeable owner and the tally of withheld fees."""


def fetch_cost(network: Network, node: Node, transfer: Transfer) -> NetworkCost:
    """Fee and priority fee; for tokens the rent of the receiving account where there is none.

    The recipient of the payment out is not known yet; the sender of the deposit stands for it.
    Rent is asked for each time: validators lower the rate step by step.
    """
    ask_head(network, node)
    token = transfer.asset != network.native_asset
    base = LAMPORTS_PER_SIGNATURE * _SIGNATURES
    priority = _priority(node, transfer.recipient.address, _TOKEN_UNITS if token else _COIN_UNITS)
    lines = [
        CostLine("network_cost", base, "two signatures: treasury's for the fee, and the owner's"),
    ]
    if priority:
        lines.append(CostLine("network_cost", priority, "the priority fee of recent blocks"))
    in_account = token and transfer.standard != "bubblegum"  # a compressed NFT is a leaf of a tree
    if in_account and not _has_account(node, transfer):
        size = _ACCOUNT_BYTES.get(transfer.standard or "spl", 165)
        rent = read_u64(_ask(node, "getMinimumBalanceForRentExemption", [size]), "the rent")
        lines.append(CostLine("reserve", rent, "the rent of the recipient's token account"))
    return NetworkCost(network.native_asset, tuple(lines), node.label, node.now())


def _priority(node: Node, account: str | None, units: int) -> int:
    """Nine in ten of the last blocks took less, in millionths of a lamport per compute unit."""
    told = _ask(node, "getRecentPrioritizationFees", [[account] if account else []])
    prices = sorted(
        read_u64(read_object(item, "a fee").get("prioritizationFee"), "prioritizationFee")
        for item in read_list(told, "the fees")
    )
    if not prices:
        return 0
    price = prices[min(len(prices) - 1, len(prices) * 9 // 10)]
    return -(-price * units // 1_000_000)


def _has_account(node: Node, transfer: Transfer) -> bool:
    sender = transfer.senders[0].address if transfer.senders else None
    if sender is None:
        return False
    mint = split_asset(transfer.asset)[1]
    address = associated_address(sender, mint, token_program(transfer.standard))
    told = read_object(_ask(node, "getAccountInfo", [address, {"encoding": "base64"}]), "account")
    return told.get("value") is not None


def _ask(node: Node, method: str, params: list[object]) -> object:
    answer = node.rpc(method, params)
    if isinstance(answer, RpcFault):
        raise node.unhealthy(f"{method}: {answer.code} {answer.message}")
    return answer
