"""The code and data that an account has now, by either dialect of toncenter.

Knows: how the two write an account's state. Must not know: which contract it is, what its data means.
"""

from __future__ import annotations

from dataclasses import dataclass

from recovery.chains.shape import Json, garbled, read_object, read_text
from recovery.chains.source import Node
from recovery.chains.ton.ask import NotOffered, ask_head, ask_list, ask_v2
from recovery.chains.ton.cells import Cell, parse_boc
from recovery.chains.ton.codec import format_raw
from recovery.errors import Garbled
from recovery.model import AddressKey
from recovery.networks import Network


@dataclass(frozen=True, slots=True)
class State:
    code: Cell
    data: Cell


def fetch_state(network: Network, node: Node, key: AddressKey) -> State | None:
    """What an account runs now; None where it is not active: never used, frozen or deleted.

    Raises `SourceError` where the index is on another chain, behind, or does not tell.
    """
    ask_head(network, node)
    try:
        return _ask_v2(node, key) if node.api == "toncenter-v2" else _ask_v3(node, key)
    except NotOffered:
        raise node.unhealthy("it does not tell the state of accounts") from None
    except Garbled as wrong:
        raise node.named(wrong) from None


def _ask_v3(node: Node, key: AddressKey) -> State | None:
    query: dict[str, str | int] = {"address": format_raw(key), "include_boc": "true"}
    accounts = ask_list(node, "accountStates", "accounts", query)
    if not accounts:
        return None
    told = read_object(accounts[0], "an account")
    if len(accounts) > 1 or read_text(told.get("address"), "address").lower() != format_raw(key):
        raise garbled("it answered with another account")
    return _read(told, told.get("status"), ("code_boc", "data_boc"))


def _ask_v2(node: Node, key: AddressKey) -> State | None:
    told = read_object(
        ask_v2(node, "getAddressInformation", {"address": format_raw(key)}), "an account"
    )
    return _read(told, told.get("state"), ("code", "data"))


def _read(told: Json, status: object, names: tuple[str, str]) -> State | None:
    if read_text(status, "an account's status") != "active":
        return None
    code, data = (parse_boc(read_text(told.get(name), name)) for name in names)
    return State(code, data)
