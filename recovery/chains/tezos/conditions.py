"""Whether the receiving account's key is on the chain, and whether the destination exists.

Knows: revelation, allocation. Must not know: custody, fee policy.
"""

from __future__ import annotations

from recovery.chains.source import Node
from recovery.chains.tezos.ask import ask_account, ask_head
from recovery.errors import Garbled
from recovery.model import Evidence, Transfer
from recovery.networks import Network

_CONTRACT = "KT1"


def fetch_conditions(
    network: Network,
    node: Node,
    evidence: Evidence,
    transfer: Transfer,
    *,
    destination: str | None,
) -> dict[str, bool]:
    """``revealed`` and ``destination_ready``.

    Coin to an account that does not exist burns storage first; a token's books take anybody. What a
    contract takes, only its code says: nothing is said of one. Raises `SourceError`.
    """
    ask_head(network, node)
    holder = transfer.recipient.address
    shown = {}
    try:
        if holder is not None and not holder.startswith(_CONTRACT):
            shown["revealed"] = ask_account(node, holder).revealed
        if destination is not None and not destination.startswith(_CONTRACT):
            token = transfer.asset != network.native_asset
            shown["destination_ready"] = token or ask_account(node, destination).exists
    except Garbled as wrong:
        raise node.named(wrong) from None
    return shown
