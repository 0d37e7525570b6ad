"""What tokens call themselves: symbol, name and decimals, for display and for telling look-alikes.

Knows: how to ask a contract or the register of TRC-10, once per node. Must not know: which are
listed; an asset is its contract or its number, whatever it calls itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from recovery.chains.source import Node
from recovery.chains.tron.ask import NotOffered, ask
from recovery.chains.tron.moves import Move
from recovery.chains.tron.wire import ZERO
from recovery.errors import Unhealthy

Saying = tuple[Any, Any, Any]
"""Symbol, name, decimals as answered: of a contract ABI data, of a TRC-10 text in hex and a number."""

_FUNCTIONS = ("symbol()", "name()", "decimals()")
_MOST_AT_ONCE = 20
"""Tokens asked for one transaction: a spam transaction can name hundreds, and none is needed."""
_MOST_REMEMBERED = 20_000
_LONGEST = 2 * 1024


def ask_names(node: Node, moves: Sequence[Move]) -> dict[str, Saying]:
    """What is known of the movements' tokens, by contract or TRC-10 id."""
    known: dict[str, Saying] = node.memory.setdefault("tron_names", {})
    if len(known) > _MOST_REMEMBERED:
        known.clear()
    wanted = {move.token: move for move in moves if move.token is not None}
    for token, move in list(wanted.items())[:_MOST_AT_ONCE]:
        if token not in known:
            read = _ask_trc10 if move.standard == "trc10" else _ask_contract
            known[token] = read(node, token)
    return {token: known[token] for token in wanted if token in known}


def _ask_contract(node: Node, contract: str) -> Saying:
    said = [ask_constant(node, ZERO, contract, function) for function in _FUNCTIONS]
    return said[0], said[1], said[2]


def ask_constant(node: Node, owner: str, contract: str, function: str) -> str | None:
    """The data that a constant call answers, in hexadecimal; None where there is none."""
    answer = ask_trigger(node, owner, contract, function, "")
    results = answer.get("constant_result")
    first = results[0] if isinstance(results, list) and results else None
    return first if isinstance(first, str) and 0 < len(first) <= _LONGEST else None


def ask_trigger(
    node: Node, owner: str, contract: str, function: str, parameter: str
) -> dict[str, Any]:
    """A call that is only tried. {} where the node offers none, or the contract refuses."""
    body = {
        "owner_address": owner,
        "contract_address": contract,
        "function_selector": function,
        "parameter": parameter,
    }
    try:
        return ask(node, "/wallet/triggerconstantcontract", body)
    except (NotOffered, Unhealthy):
        return {}


def _ask_trc10(node: Node, token_id: str) -> Saying:
    try:
        answer = ask(node, "/wallet/getassetissuebyid", {"value": token_id})
    except (NotOffered, Unhealthy):
        return None, None, None
    if not answer:
        return None, None, None
    return answer.get("abbr"), answer.get("name"), answer.get("precision", 0)
