"""Whether the account that was paid can spend it now.

Knows: spendable balances, which leave out what vests or is locked for good. Must not know: custody.
"""

from __future__ import annotations

from recovery.assets import is_hashed, split_asset
from recovery.chains.cosmos.cost import ask_balance
from recovery.chains.cosmos.fetch import fetch_health
from recovery.chains.source import Node
from recovery.model import Evidence, Transfer
from recovery.networks import Network


def fetch_conditions(
    network: Network,
    node: Node,
    evidence: Evidence,
    transfer: Transfer,
    *,
    destination: str | None,
) -> dict[str, bool]:
    """``account_not_locked_vesting``: the bank would let the amount go. Raises `SourceError`.

    Asking what can be spent serves every kind of account, those that vest or are locked among them.
    """
    kind, reference = split_asset(transfer.asset)
    denom = {"slip44": network.parameters["denom"], "denom": reference, "ibc": f"ibc/{reference}"}
    holder = transfer.recipient.address
    if holder is None or kind not in denom or is_hashed(transfer.asset):
        return {}
    fetch_health(network, node)
    spendable = ask_balance(node, holder, denom[kind], spendable=True)
    return {"account_not_locked_vesting": spendable >= transfer.amount}
