"""What nodeos says of the accounts on the way out: whether they exist, whether they can act.

Knows: names, CPU, NET and RAM of an account. Must not know: who holds its keys.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from recovery.chains.antelope.cost import ROW_BYTES
from recovery.chains.antelope.fetch import NotOffered, ask_head, explain, post
from recovery.chains.shape import garbled, read_object
from recovery.chains.source import Node
from recovery.errors import Garbled
from recovery.model import Evidence, Transfer
from recovery.networks import Network

_CPU_MICROSECONDS, _NET_BYTES = 1_000, 200
"""Several times what one transfer of a token takes."""

_UNKNOWN_ACCOUNT = 3060002
_UNLIMITED = -1


def fetch_conditions(
    network: Network,
    node: Node,
    evidence: Evidence,
    transfer: Transfer,
    *,
    destination: str | None,
) -> dict[str, bool]:
    """``resources_available`` of the account that pays, ``account_exists`` of the one to be paid.

    Memory for the payee's row is counted, since it may have none. Raises `SourceError`.
    """
    ask_head(network, node).check_fresh(node)
    shown = {}
    holder = transfer.recipient.address
    try:
        if holder is not None:
            account = _ask_account(node, holder)
            shown["resources_available"] = account is not None and _can_act(account)
        if destination is not None:
            shown["account_exists"] = _ask_account(node, destination) is not None
    except Garbled as wrong:
        raise node.named(wrong) from None
    return shown


def _ask_account(node: Node, name: str) -> Mapping[str, Any] | None:
    """The account; None where nodeos says by its own code that there is none of the name."""
    try:
        status, answer = post(node, "/v1/chain/get_account", {"account_name": name})
    except NotOffered:
        raise node.unhealthy("it does not tell accounts") from None
    if status == 200:
        if answer.get("account_name") != name:
            raise node.garbled("it answered with another account")
        return answer
    error = answer.get("error")
    what = error if isinstance(error, dict) else {}
    if what.get("code") == _UNKNOWN_ACCOUNT or "unknown key" in str(what):
        return None
    raise node.unhealthy(f"get_account: {explain(answer)}")


def _can_act(account: Mapping[str, Any]) -> bool:
    cpu, net = (
        _number(read_object(account.get(name), name).get("available"), name)
        for name in ("cpu_limit", "net_limit")
    )
    quota, used = (_number(account.get(name), name) for name in ("ram_quota", "ram_usage"))
    return (
        (cpu == _UNLIMITED or cpu >= _CPU_MICROSECONDS)
        and (net == _UNLIMITED or net >= _NET_BYTES)
        and (quota == _UNLIMITED or quota - used >= ROW_BYTES)
    )


def _number(value: Any, what: str) -> int:
    """Whole numbers, which nodeos writes as text where they are long."""
    if isinstance(value, str) and value.lstrip("-").isdecimal() and len(value) < 20:
        value = int(value)
    if type(value) is not int:
        raise garbled(f"{what} is no number: {value!r:.80}")
    return value
