"""What moving the value out of a receiving account would cost now.

Knows: the minimum fee, and the minimum balance that an account must keep. Must not know: fee policy.
"""

from __future__ import annotations

from dataclasses import dataclass

from recovery.chains.algorand.answer import read_count
from recovery.chains.algorand.ask import ask, ask_head
from recovery.chains.family import CostLine, NetworkCost
from recovery.chains.shape import Json, read_object, read_text
from recovery.chains.source import Node
from recovery.errors import Garbled
from recovery.model import Transfer
from recovery.networks import Network

MINIMUM_FEE = 1000
"""MicroAlgo per transaction since the chain began; an indexer does not tell today's."""

MINIMUM_BALANCE = 100_000
"""Kept by every account, and once more for every asset it holds."""

NO_ACCOUNT = "no accounts found"


@dataclass(frozen=True, slots=True)
class Account:
    """Balance and minimum balance in microAlgo; ``signer`` is whose key signs for it."""

    balance: int
    minimum: int
    signer: str


def fetch_cost(network: Network, node: Node, transfer: Transfer) -> NetworkCost:
    """The fee, the funding of a token's fee where the account lacks it, and what must stay behind.

    An account that pays out all it got would fall below its minimum balance: the part that has to
    stay is a reserve (an account that is closed for good needs none; deposit accounts are kept).
    Raises `SourceError`.
    """
    head = ask_head(network, node)
    params = head.answers.get("params", {})
    holder = transfer.recipient.address
    try:
        fee = max(MINIMUM_FEE, read_count(params.get("min-fee", MINIMUM_FEE), "min-fee"))
        account = None if holder is None else ask_account(node, holder)
    except Garbled as wrong:
        raise node.named(wrong) from None
    balance = 0 if account is None else account.balance
    minimum = MINIMUM_BALANCE if account is None else account.minimum
    lines = [CostLine("network_cost", fee, "the fee of one transaction")]
    if transfer.asset == network.native_asset:
        assert isinstance(transfer.amount, int)
        lacking = transfer.amount + fee + minimum - balance
        if lacking > 0:
            text = "the minimum balance that stays on the account"
            lines.append(CostLine("reserve", min(lacking, minimum), text))
    elif balance < minimum + fee:
        lines.append(CostLine("network_cost", fee, "funding the account that holds the asset"))
        missing = minimum - balance
        if missing > 0:
            lines.append(CostLine("reserve", missing, "lifting it to its minimum balance"))
    return NetworkCost(network.native_asset, tuple(lines), node.label, node.now())


def ask_account(node: Node, address: str) -> Account | None:
    """None for an account that is not there."""
    answer = ask(node, f"/v2/accounts/{address}", {"exclude": "all"}, missing=NO_ACCOUNT)
    if answer is None:
        return None
    account: Json = read_object(answer.get("account", answer), "account")
    if account.get("address") != address:
        raise node.garbled("it answered with another account")
    assets = read_count(account.get("total-assets-opted-in", 0), "total-assets-opted-in")
    least = MINIMUM_BALANCE * (1 + assets)
    minimum = read_count(account.get("min-balance", least), "min-balance")
    signer = account.get("auth-addr") or address
    return Account(
        read_count(account.get("amount"), "amount"), minimum, read_text(signer, "auth-addr")
    )
