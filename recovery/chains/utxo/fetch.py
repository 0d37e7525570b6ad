"""The family's fetching functions, by the API the node speaks.

Knows: which API has which module. Must not know: any call. Hashes are checked here, before one of
them stands in a path or a body.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from recovery.chains.family import FetchOutcome, Health
from recovery.chains.source import Node, RpcFault
from recovery.chains.utxo import fetch_core, fetch_esplora
from recovery.chains.utxo.chain import chain_of
from recovery.errors import BadInput
from recovery.networks import Network

_HASH = re.compile(r"[0-9a-f]{64}")


def fetch(network: Network, node: Node, hashes: Sequence[str]) -> list[FetchOutcome]:
    """One outcome per hash, in order; see `recovery.chains.family.Family`."""
    for tx_hash in hashes:
        if not _HASH.fullmatch(tx_hash):
            raise BadInput(
                "bad-hash",
                f"{tx_hash!r:.100} is no transaction hash of {network.code}",
                hint="64 hexadecimal digits, lower case",
            )
    if node.api == "esplora":
        return fetch_esplora.fetch_esplora(network, node, hashes)
    return fetch_core.fetch_core(network, node, hashes)


def fetch_health(network: Network, node: Node) -> Health:
    """What the node says of itself; raises `Unhealthy` where it must not be believed."""
    chain = chain_of(network)
    if node.api == "esplora":
        return fetch_esplora.ask_health(chain, node)
    health, _ = fetch_core.ask_health(chain, node)
    about = node.rpc("getnetworkinfo")
    version = None if isinstance(about, RpcFault) else about.get("subversion")
    return Health(health.height, health.time, health.history, health.oldest, version)


def fetch_block_hash(network: Network, node: Node, height: int) -> str | None:
    """The hash of the node's block at a height; None above its tip."""
    if node.api == "esplora":
        answer = node.fetch_json(f"/block-height/{height}")
        found = answer.text.strip() if answer.status == 200 else None
    else:
        said = node.rpc("getblockhash", [height])
        found = None if isinstance(said, RpcFault) else said
    if found is None:
        return None
    if not isinstance(found, str) or not _HASH.fullmatch(found):
        raise node.garbled(f"{network.code} block {height} is not named by a hash")
    return found
