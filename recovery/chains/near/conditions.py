"""What a NEAR node says of the accounts on the way out: keys, storage, registration.

Knows: access keys, what storage binds, who is registered with a token. Must not know: custody.
"""

from __future__ import annotations

import re

from recovery.assets import split_asset
from recovery.chains.near.answer import read_amount
from recovery.chains.near.cost import (
    TOKEN_GAS,
    TRANSFER_GAS,
    ask_account,
    is_registered,
)
from recovery.chains.near.fetch import ask, ask_head, cause_of
from recovery.chains.shape import read_object
from recovery.chains.source import Node, RpcFault
from recovery.errors import Garbled
from recovery.model import Evidence, Transfer
from recovery.networks import Network

_KEY_ACCOUNT = re.compile(r"[0-9a-f]{64}")
_MADE_BY_PAYMENT = re.compile(r"[0-9a-f]{64}|0x[0-9a-f]{40}|0s[0-9a-f]{40}")
"""Accounts named by a key begin to exist when coin reaches them; named ones must be made first."""

_NO_KEY = frozenset({"UNKNOWN_ACCESS_KEY", "UNKNOWN_ACCOUNT"})
_UNKNOWN_IN_RESULT = "does not exist while viewing"


def fetch_conditions(
    network: Network,
    node: Node,
    evidence: Evidence,
    transfer: Transfer,
    *,
    destination: str | None,
) -> dict[str, bool]:
    """``reserve_kept``, ``full_access_key`` of an account named by its key, ``destination_ready``.

    Raises `SourceError`.
    """
    holder = transfer.recipient.address
    if holder is None:
        return {}
    ask_head(network, node)
    try:
        shown = {"reserve_kept": _keeps_reserve(network, node, transfer, holder)}
        if _KEY_ACCOUNT.fullmatch(holder):
            shown["full_access_key"] = has_full_access(node, holder, bytes.fromhex(holder))
        if destination is not None:
            shown["destination_ready"] = _is_ready(network, node, transfer, destination)
    except Garbled as wrong:
        raise node.named(wrong) from None
    return shown


def _keeps_reserve(network: Network, node: Node, transfer: Transfer, holder: str) -> bool:
    priced = read_object(ask(node, "gas_price", [None]), "gas_price")
    price = read_amount(priced.get("gas_price"), "gas_price")
    found = ask_account(node, holder)
    if found is None:
        return False
    balance, bound = found
    if transfer.asset == network.native_asset:
        return balance - int(transfer.amount) - TRANSFER_GAS * price >= bound
    return balance - TOKEN_GAS * price - 1 >= bound


def has_full_access(node: Node, account: str, public_key: bytes) -> bool:
    """Whether the ed25519 key (32 bytes) may do everything with the account; it may have been deleted.

    Raises `SourceError` where the node could not say, `Garbled` included.
    """
    from base58_bech32.base58 import b58encode

    key = b58encode(public_key).decode("ascii")
    asked = {
        "request_type": "view_access_key",
        "finality": "final",
        "account_id": account,
        "public_key": f"ed25519:{key}",
    }
    answer = node.rpc("query", asked)
    if isinstance(answer, RpcFault):
        if cause_of(answer) in _NO_KEY:
            return False
        raise node.unhealthy(f"view_access_key: {cause_of(answer)}")
    told = read_object(answer, "the access key")
    if "error" in told:  # nearcore says an unknown key inside the result, for its oldest clients
        error = str(told["error"])
        if key in error and _UNKNOWN_IN_RESULT in error:
            return False
        raise node.unhealthy(f"view_access_key: {error[:200]}")
    permission = told.get("permission")
    if permission != "FullAccess" and not isinstance(permission, dict):
        raise node.garbled("an access key without its permission")
    return bool(permission == "FullAccess")


def _is_ready(network: Network, node: Node, transfer: Transfer, destination: str) -> bool:
    namespace, contract = split_asset(transfer.asset)
    if namespace == "nep141":
        return is_registered(node, contract, destination)
    if transfer.asset == network.native_asset and _MADE_BY_PAYMENT.fullmatch(destination):
        return True
    return ask_account(node, destination) is not None
