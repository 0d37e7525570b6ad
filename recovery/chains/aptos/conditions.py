"""What an Aptos node says of an address that a deposit lies at: its key on record, its stores.

Knows: key rotation, frozen stores, functions that a token runs when it leaves. Must not know: custody.
"""

from __future__ import annotations

from recovery.assets import is_hashed, split_asset
from recovery.chains.aptos.cost import ask_balance
from recovery.chains.aptos.fetch import ask_ledger, ask_object, ask_resource
from recovery.chains.aptos.stores import COIN_STORE, FUNGIBLE_STORE
from recovery.chains.aptos.transfers import SECONDARY
from recovery.chains.aptos.wire import derive_primary_store, read_address
from recovery.chains.shape import read_bool
from recovery.chains.source import Node
from recovery.errors import Garbled
from recovery.model import Evidence, Transfer, TransferKind
from recovery.networks import Network


def fetch_conditions(
    network: Network,
    node: Node,
    evidence: Evidence,
    transfer: Transfer,
    *,
    destination: str | None,
) -> dict[str, bool]:
    """``key_not_rotated``; ``token_transferable`` of a token in its holder's usual store.

    An account that never signed has no key on record: its own counts. What a token's own function
    decides when it leaves can't be seen beforehand. Raises `SourceError`.
    """
    holder = transfer.recipient.address
    if holder is None:
        return {}
    ask_ledger(network, node)
    try:
        account = ask_object(node, f"/accounts/{holder}")
        key = holder if account is None else account.get("authentication_key")
        shown = {"key_not_rotated": read_address(key, "authentication_key") == holder}
        movable = _ask_movable(node, holder, transfer)
    except Garbled as wrong:
        raise node.named(wrong) from None
    if movable is not None:
        shown["token_transferable"] = movable
    return shown


def _ask_movable(node: Node, holder: str, transfer: Transfer) -> bool | None:
    if transfer.kind is not TransferKind.TOKEN or transfer.type == SECONDARY:
        return None
    _, reference = split_asset(transfer.asset)
    if is_hashed(transfer.asset):
        return None
    if "::" in reference:
        store = ask_resource(node, holder, f"{COIN_STORE}{reference}>")
        if store is None:  # its coins have moved into a store of the fungible kind
            return None
    else:
        if ask_resource(node, reference, "0x1::fungible_asset::DispatchFunctionStore") is not None:
            return None
        store = ask_resource(node, derive_primary_store(holder, reference), FUNGIBLE_STORE)
        if store is None:
            return False
    if read_bool(store.get("frozen"), "frozen"):
        return False
    return ask_balance(node, holder, reference) >= transfer.amount
