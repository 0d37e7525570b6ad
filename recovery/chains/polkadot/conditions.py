"""What sidecar says of the accounts on the way out: existential deposits, frozen holdings.

Knows: that an account below the deposit is wiped out, what an asset's account is. Must not know: custody.
"""

from __future__ import annotations

from recovery.assets import split_asset
from recovery.chains.polkadot.answer import read_count
from recovery.chains.polkadot.ask import ask, ask_head, own
from recovery.chains.polkadot.cost import ask_free, estimate_fee
from recovery.chains.shape import read_list, read_object
from recovery.chains.source import Node
from recovery.errors import Garbled
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
    """``reserve_kept``, ``destination_ready``, and ``token_transferable`` of an asset with a number.

    Coin makes the payee exist if it brings the deposit; an asset needs a payee that exists or holds
    it already. Raises `SourceError`.
    """
    holder = transfer.recipient
    if node.api != "sidecar" or holder.address is None or holder.key is None:
        return {}
    ask_head(network, node)
    try:
        return _ask(network, node, transfer, holder=holder.address, destination=destination)
    except Garbled as wrong:
        raise own(node, wrong) from None


def _ask(
    network: Network, node: Node, transfer: Transfer, *, holder: str, destination: str | None
) -> dict[str, bool]:
    deposit: int = network.parameters["existential_deposit"]
    native = transfer.asset == network.native_asset
    fee = estimate_fee(network, node, transfer)
    moved = int(transfer.amount)
    leaving = fee + (moved if native else 0)
    shown = {"reserve_kept": ask_free(node, holder) - leaving >= deposit}
    namespace, number = split_asset(transfer.asset)
    numbered = not native and namespace == "asset"
    if numbered:
        held = _ask_held(node, holder, number)
        shown["token_transferable"] = held is not None and held >= moved
    if destination is not None:
        ready = ask_free(node, destination) >= deposit or (native and moved - fee >= deposit)
        if not ready and numbered:
            ready = (_ask_held(node, destination, number) or 0) > 0
        shown["destination_ready"] = ready
    return shown


def _ask_held(node: Node, address: str, number: str) -> int | None:
    """What an account holds of an asset and can move; None: nothing, or frozen."""
    answer = ask(node, f"/accounts/{address}/asset-balances", {"assets[]": number})
    for item in read_list(answer.get("assets"), "assets"):
        held = read_object(item, "an asset")
        if str(held.get("assetId")) == number:
            frozen = held.get("isFrozen")
            if not isinstance(frozen, bool):
                raise node.garbled("isFrozen is neither true nor false")
            return None if frozen else read_count(held.get("balance"), "balance")
    return None
