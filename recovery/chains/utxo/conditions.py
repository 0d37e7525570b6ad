"""Whether an output still lies where it arrived.

Knows: what Core-type nodes and Esplora say of one output. Must not know: who could spend it.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from recovery.chains.source import Node, RpcFault
from recovery.chains.utxo.chain import chain_of
from recovery.chains.utxo.fetch import fetch_health
from recovery.chains.utxo.fetch_core import ask_health, refused
from recovery.chains.utxo.fetch_esplora import ask_json
from recovery.model import Evidence, Transfer
from recovery.networks import Network


def fetch_conditions(
    network: Network,
    node: Node,
    evidence: Evidence,
    transfer: Transfer,
    *,
    destination: str | None,
) -> dict[str, bool]:
    """``not_already_recovered``: unspent, transactions that wait for their block included.

    Raises `SourceError`.
    """
    kind, _, number = transfer.position.partition(":")
    if kind != "vout":
        return {}
    if node.api == "esplora":
        fetch_health(network, node)
        spent = ask_json(node, f"/tx/{evidence.tx_hash}/outspend/{number}").get("spent")
        if not isinstance(spent, bool):
            raise node.garbled("it does not say whether the output is spent")
        return {"not_already_recovered": not spent}
    ask_health(chain_of(network), node)
    output = node.rpc("gettxout", [evidence.tx_hash, int(number), True])
    if isinstance(output, RpcFault):
        raise refused(node, "gettxout", output)
    if output is None:
        return {"not_already_recovered": False}
    value = output.get("value") if isinstance(output, Mapping) else None
    if not isinstance(value, int | Decimal) or Decimal(value).scaleb(8) != transfer.amount:
        raise node.garbled("gettxout shows another output")
    return {"not_already_recovered": True}
