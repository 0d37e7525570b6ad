"""What a mirror node says of a token's holder and of the account it goes to.

Knows: freezing, KYC, pausing, association. Must not know: custody, fee policy.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from recovery.assets import split_asset
from recovery.chains.hedera.answer import read_int
from recovery.chains.hedera.fetch import ask, ask_head
from recovery.chains.shape import read_bool, read_list, read_object
from recovery.chains.source import Node
from recovery.errors import Garbled
from recovery.model import Evidence, Transfer
from recovery.networks import Network

_FREE = ("UNFROZEN", "NOT_APPLICABLE")
_KNOWN = ("GRANTED", "NOT_APPLICABLE")
_RUNNING = ("UNPAUSED", "NOT_APPLICABLE")
_UNLIMITED = -1
_PAGE = 100


def fetch_conditions(
    network: Network,
    node: Node,
    evidence: Evidence,
    transfer: Transfer,
    *,
    destination: str | None,
) -> dict[str, bool]:
    """``token_transferable`` and ``destination_ready``.

    An account takes a token that it is associated with, or has room to be on arrival; a token with
    KYC or frozen from the start lets no such newcomer in. Raises `SourceError`.
    """
    ask_head(network, node)
    shown = {}
    try:
        token = None
        if transfer.asset != network.native_asset:
            token = split_asset(transfer.asset)[1].partition("/")[0]
            shown["token_transferable"] = _is_movable(node, transfer, token)
        if destination is not None:
            ready = _is_ready(node, destination, token)
            if ready is not None:
                shown["destination_ready"] = ready
    except Garbled as wrong:
        raise node.named(wrong) from None
    return shown


def _is_movable(node: Node, transfer: Transfer, token: str) -> bool:
    holder = transfer.recipient.address
    about = ask(node, f"/tokens/{token}")
    if holder is None or about is None:
        return False
    if about.get("pause_status") not in _RUNNING or about.get("deleted") is not False:
        return False
    held = _ask_holding(node, holder, token)
    if held is None or not _is_free(held):
        return False
    return read_int(held.get("balance"), "balance") >= transfer.amount


def _is_ready(node: Node, destination: str, token: str | None) -> bool | None:
    account = ask(node, f"/accounts/{destination}", {"limit": 1})
    if account is None or account.get("deleted") is True:
        return False
    if read_bool(account.get("receiver_sig_required") or False, "receiver_sig_required"):
        return False
    if token is None:
        return True
    held = _ask_holding(node, destination, token)
    if held is not None:
        return _is_free(held)
    about = ask(node, f"/tokens/{token}")
    if about is None or about.get("kyc_key") is not None or about.get("freeze_default") is True:
        return False
    room = account.get("max_automatic_token_associations") or 0
    if room == _UNLIMITED:
        return True
    return _has_room(node, destination, read_int(room, "max_automatic_token_associations"))


def _has_room(node: Node, account: str, room: int) -> bool | None:
    """Whether one more token may associate itself; None where the list goes on behind the page."""
    if not room:
        return False
    answer = ask(node, f"/accounts/{account}/tokens", {"limit": _PAGE})
    if answer is None:
        return None
    listed = [read_object(t, "a token") for t in read_list(answer.get("tokens"), "tokens")]
    if len(listed) >= _PAGE:
        return None
    return sum(t.get("automatic_association") is True for t in listed) < room


def _ask_holding(node: Node, account: str, token: str) -> Mapping[str, Any] | None:
    """How the account holds a token; None where it is not associated with it."""
    answer = ask(node, f"/accounts/{account}/tokens", {"token.id": token})
    for item in read_list((answer or {}).get("tokens", []), "tokens"):
        held = read_object(item, "a token")
        if held.get("token_id") == token:
            return held
    return None


def _is_free(held: Mapping[str, Any]) -> bool:
    return held.get("freeze_status") in _FREE and held.get("kyc_status") in _KNOWN
