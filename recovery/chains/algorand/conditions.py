"""What an account's own state says of moving a deposit out of it.

Knows: rekeying, minimum balances, frozen holdings, opting in. Must not know: custody, fee policy.
"""

from __future__ import annotations

from recovery.assets import split_asset
from recovery.chains.algorand.answer import read_count
from recovery.chains.algorand.ask import ask, ask_head
from recovery.chains.algorand.cost import MINIMUM_BALANCE, MINIMUM_FEE, NO_ACCOUNT, ask_account
from recovery.chains.shape import Json, read_list, read_object
from recovery.chains.source import Node
from recovery.errors import Garbled
from recovery.model import Evidence, Transfer
from recovery.networks import Network

_NO_HOLDING = "account asset info not found"


def fetch_conditions(
    network: Network,
    node: Node,
    evidence: Evidence,
    transfer: Transfer,
    *,
    destination: str | None,
) -> dict[str, bool]:
    """``key_not_rotated``, ``reserve_kept``, ``token_transferable``, ``destination_ready``.

    An account that pays all away falls below its minimum balance, and the payment fails. A coin's
    payment makes the payee's account exist if it brings the minimum; an asset needs an opt-in.
    Raises `SourceError`.
    """
    holder = transfer.recipient.address
    if holder is None:
        return {}
    ask_head(network, node)
    try:
        return _ask(network, node, transfer, holder=holder, destination=destination)
    except Garbled as wrong:
        raise node.named(wrong) from None


def _ask(
    network: Network, node: Node, transfer: Transfer, *, holder: str, destination: str | None
) -> dict[str, bool]:
    native = transfer.asset == network.native_asset
    moved = int(transfer.amount)
    account = ask_account(node, holder)
    if account is None:
        return {"reserve_kept": False}
    leaving = MINIMUM_FEE + (moved if native else 0)
    shown = {
        "key_not_rotated": account.signer == holder,
        "reserve_kept": account.balance - leaving >= account.minimum,
    }
    if native:
        if destination is not None:
            there = ask_account(node, destination) is not None
            shown["destination_ready"] = there or moved - MINIMUM_FEE >= MINIMUM_BALANCE
        return shown
    number = int(split_asset(transfer.asset)[1])
    held = _ask_holding(node, holder, number)
    shown["token_transferable"] = held is not None and held >= moved
    if destination is not None:
        shown["destination_ready"] = _ask_holding(node, destination, number) is not None
    return shown


def _ask_holding(node: Node, address: str, number: int) -> int | None:
    """What the account holds of an asset and can move or add to; None: frozen, or not opted in."""
    if node.api == "algod":
        answer = ask(node, f"/v2/accounts/{address}/assets/{number}", missing=_NO_HOLDING)
        listed = [] if answer is None else [answer.get("asset-holding")]
    else:
        query: dict[str, str | int] = {"asset-id": number}
        answer = ask(node, f"/v2/accounts/{address}/assets", query, missing=NO_ACCOUNT)
        listed = [] if answer is None else read_list(answer.get("assets", []), "assets")
    for item in listed:
        holding: Json = read_object(item, "a holding")
        if read_count(holding.get("asset-id"), "asset-id") != number or holding.get("deleted"):
            continue
        frozen = holding.get("is-frozen", False)
        if not isinstance(frozen, bool):
            raise node.garbled("is-frozen is neither true nor false")
        return None if frozen else read_count(holding.get("amount", 0), "amount")
    return None
