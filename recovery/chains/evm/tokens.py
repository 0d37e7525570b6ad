"""What token contracts say of themselves: symbol, name and decimals, for display only.

Knows: how to ask many contracts in one batch, once per node. Must not know: which are listed; an
asset is its contract, whatever the contract says.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from recovery.chains.evm.abi import TRANSFER, TRANSFER_BATCH, TRANSFER_SINGLE, WRAPPED_DEPOSIT
from recovery.chains.evm.facts import SYSTEM_LOG_EIP7708, Facts
from recovery.chains.source import Node

Saying = tuple[str | None, str | None, str | None]
"""Raw answers to ``symbol()``, ``name()`` and ``decimals()``; None where there was none."""

_SELECTORS = ("0x95d89b41", "0x06fdde03", "0x313ce567")
_TOPICS = frozenset({TRANSFER, TRANSFER_SINGLE, TRANSFER_BATCH, WRAPPED_DEPOSIT})
_MOST_AT_ONCE = 200
"""Contracts asked in one fetch: a spam transaction can name hundreds, and none is needed."""
_MOST_REMEMBERED = 20_000
_LONGEST = 2 + 2 * 1024
"""Hex digits kept of one answer."""


def find_contracts(receipt: Mapping[str, Any] | None, facts: Facts) -> list[str]:
    """Contracts whose logs move tokens, lower-case, each once; not the native coin's own faces."""
    logs = receipt.get("logs") if receipt else None
    found = [
        log["address"].lower()
        for log in (logs if isinstance(logs, list) else ())
        if isinstance(log, dict) and isinstance(log.get("address"), str) and _moves_tokens(log)
    ]
    return [c for c in dict.fromkeys(found) if c not in _faces(facts)]


def _moves_tokens(log: Mapping[str, Any]) -> bool:
    topics = log.get("topics")
    return isinstance(topics, list) and bool(topics) and str(topics[0]) in _TOPICS


def _faces(facts: Facts) -> tuple[str | None, ...]:
    return (facts.native_log, facts.native_token, SYSTEM_LOG_EIP7708)


def _known(node: Node) -> dict[str, Saying]:
    known: dict[str, Saying] = node.memory.setdefault("evm_tokens", {})
    return known


def find_unknown(node: Node, contracts: Iterable[str]) -> list[str]:
    """Those of the contracts that this node was not asked about yet."""
    known = _known(node)
    if len(known) > _MOST_REMEMBERED:
        known.clear()
    return [c for c in contracts if c not in known][:_MOST_AT_ONCE]


def plan_calls(contracts: Sequence[str]) -> list[tuple[str, Sequence[Any]]]:
    return [
        ("eth_call", ({"to": contract, "data": selector}, "latest"))
        for contract in contracts
        for selector in _SELECTORS
    ]


def remember(node: Node, contracts: Sequence[str], answers: Sequence[Any]) -> dict[str, Saying]:
    """Note what the new contracts answered; all that is known by now."""
    known = _known(node)
    texts = [a if isinstance(a, str) and len(a) <= _LONGEST else None for a in answers]
    for i, contract in enumerate(contracts):
        known[contract] = (texts[3 * i], texts[3 * i + 1], texts[3 * i + 2])
    return known
