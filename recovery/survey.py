"""What the desk can ask: the 32 networks with their rules, stories and, on request, their nodes' health.

Knows: the registry, the configuration, how a node is asked how it is. Must not know: cases.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from recovery.chains import FAMILIES, load_family
from recovery.chains.source import Node
from recovery.config import Config
from recovery.demo.fixtures import count_stories, find_fixture_folder
from recovery.errors import BadInput, SourceError
from recovery.networks import Finality, Network, load_registry
from recovery.times import print_time
from recovery.triage import Nodes, readable

Document = dict[str, Any]


def survey_networks(config: Config, *, ping: bool) -> Document:
    """``recovery.networks/1``: one row per network; ``health`` of each endpoint with ``ping``."""
    stories = _count_stories()
    rows = [config.network(row.code) for row in load_registry()]
    with Nodes(config) as nodes:
        health = _ask_all(rows, nodes) if ping else {}
        documents = [_print_row(row, nodes, stories.get(row.code, {}), health) for row in rows]
    return {"schema": "recovery.networks/1", "networks": documents}


def _count_stories() -> Mapping[str, Mapping[str, int]]:
    """Stories by origin; an installation without fixtures has none to count."""
    try:
        return count_stories(find_fixture_folder())
    except BadInput:
        return {}


def _ask_all(rows: list[Network], nodes: Nodes) -> dict[int, str]:
    """How every endpoint of a network that can be asked is, by the node object's identity."""
    asked = [(row, node) for row in rows if row.family in FAMILIES for node in nodes.of(row)]
    if not asked:
        return {}
    for row, _ in asked:
        load_family(row.family)
    with ThreadPoolExecutor(max_workers=min(32, len(asked))) as pool:
        answers = pool.map(lambda pair: _ask(*pair), asked)
        return {id(node): answer for (_, node), answer in zip(asked, answers, strict=True)}


def _ask(row: Network, node: Node) -> str:
    try:
        with readable(node):
            health = load_family(row.family).fetch_health(row, node)
    except SourceError as wrong:
        return wrong.text
    time = "" if health.time is None else f" of {print_time(health.time)}"
    return f"ok, height {health.height}{time}, {health.history} history"


def _print_row(
    row: Network, nodes: Nodes, stories: Mapping[str, int], health: Mapping[int, str]
) -> Document:
    return {
        "network": row.code,
        "name": row.name,
        "aliases": list(row.aliases),
        "chain": row.chain,
        "tier": row.tier,
        "family": row.family,
        "profile": row.profile,
        "native_asset": row.native_asset,
        "symbol": row.symbol,
        "decimals": row.decimals,
        "memo": row.memo,
        "finality": _print_finality(row.finality),
        "required_confirmations": row.finality.confirmations if row.finality.tag is None else None,
        "conditions": [{"code": c.code, "text": c.text} for c in row.conditions],
        "asks": row.family in FAMILIES,
        "stories": dict(stories),
        "endpoints": [
            {"url": node.label, "api": node.api, "health": health.get(id(node))}
            for node in nodes.of(row)
        ],
    }


def _print_finality(finality: Finality) -> str:
    if finality.tag is None:
        return f"{finality.confirmations} confirmations"
    if finality.confirmations is None:
        return finality.tag
    return f"{finality.tag}, else {finality.confirmations} confirmations"
