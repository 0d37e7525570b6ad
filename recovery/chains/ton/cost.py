"""What moving the value out to one outside address would cost now.

Knows: what messages of wallets and jettons need, the network's gas and forward prices, which accounts
hold the gas. Must not know: fee policy, prices in money.

Of the coins attached to a jetton's transfer most come back; they must be there all the same, so
they stand as a line of their own (``reserve``), beside what is burnt.
"""

from __future__ import annotations

from recovery.chains.family import CostLine, NetworkCost
from recovery.chains.shape import read_object
from recovery.chains.source import Node
from recovery.chains.ton.ask import NotOffered, ask_head, ask_list, ask_v2
from recovery.chains.ton.codec import format_raw
from recovery.chains.ton.rows import read_amount
from recovery.model import Party, Transfer, TransferKind
from recovery.networks import Network

SEND_COST = 6_000_000
"""A wallet's transfer with a comment: gas, storage and forwarding at the prices of configuration
parameters 20 to 25 (400 nanograms a gas unit) are 0.003 to 0.006; a recipient to be deployed changes nothing."""

JETTON_ATTACHED, JETTON_BURNT = 50_000_000, 37_000_000
"""Attached to a jetton's transfer, and the most of it that deploying the recipient's wallet burns."""

NFT_ATTACHED, NFT_BURNT = 50_000_000, 15_000_000

DEPLOYMENT = 10_000_000
"""Bringing the receiving wallet's code on the chain, where value lies on an address never used."""


def fetch_cost(network: Network, node: Node, transfer: Transfer) -> NetworkCost:
    """Lines of network cost and reserve; whoever holds the value pays in the native coin.

    Raises `SourceError`.
    """
    ask_head(network, node)
    lines = [CostLine("network_cost", SEND_COST, "sending from the wallet that received it")]
    if transfer.kind is TransferKind.TOKEN:
        lines += _attached("the jetton", JETTON_ATTACHED, JETTON_BURNT)
    elif transfer.kind is TransferKind.NFT:
        lines += _attached("the NFT", NFT_ATTACHED, NFT_BURNT)
    state, balance = _ask_account(node, transfer.recipient)
    if state != "active":
        lines.append(CostLine("network_cost", DEPLOYMENT, "deploying the wallet that received it"))
    needed = sum(line.amount for line in lines)
    if transfer.kind is not TransferKind.NATIVE and balance < needed:
        text = "funding the wallet that holds it, which has too little of the coin for gas"
        lines.append(CostLine("network_cost", SEND_COST, text))
    return NetworkCost(network.native_asset, tuple(lines), node.label, node.now())


def _attached(what: str, attached: int, burnt: int) -> list[CostLine]:
    rest = "attached as gas beyond that; what is not used comes back"
    return [
        CostLine("network_cost", burnt, f"gas of moving {what}"),
        CostLine("reserve", attached - burnt, rest),
    ]


def _ask_account(node: Node, party: Party) -> tuple[str, int]:
    """State and balance of an account; one that never was is ``nonexist`` with nothing."""
    if party.key is None:
        return "active", 0
    address = format_raw(party.key)
    if node.api == "toncenter-v2":
        told = read_object(ask_v2(node, "getAddressInformation", {"address": address}), "account")
        state, balance = told.get("state"), told.get("balance")
        # v2 writes small balances as numbers, and a missing account's as -1
        if isinstance(balance, int) and not isinstance(balance, bool):
            return _state(node, state), max(balance, 0)
        return _state(node, state), read_amount(balance, "balance")
    asked: dict[str, str | int] = {"address": address, "include_boc": "false"}
    try:
        accounts = ask_list(node, "accountStates", "accounts", asked)
    except NotOffered:
        raise node.unhealthy("it does not tell the state of accounts") from None
    if not accounts:
        return "nonexist", 0
    told = read_object(accounts[0], "an account")
    balance = told.get("balance")
    return _state(node, told.get("status")), 0 if balance is None else read_amount(
        balance, "balance"
    )


def _state(node: Node, value: object) -> str:
    known = {"active": "active", "uninit": "uninit", "uninitialized": "uninit"}
    known |= {"frozen": "frozen", "nonexist": "nonexist"}
    if not isinstance(value, str) or value not in known:
        raise node.garbled("an account's state is none of those there are")
    return known[value]
