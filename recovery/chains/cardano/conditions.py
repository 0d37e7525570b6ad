"""Whether what came can go back in an output that the ledger takes.

Knows: the coin that an output must hold by its size. Must not know: fee policy.
"""

from __future__ import annotations

from recovery.chains.cardano.ask import ask_head, ask_prices
from recovery.chains.cardano.cost import COIN_SIZE, measure_lock
from recovery.chains.source import Node
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
    """``min_output_covered``: by the coin itself less its fee, or by the coin that a token came with.

    Raises `SourceError`.
    """
    ask_head(network, node)
    per_byte, fixed, per_utxo_byte = ask_prices(node)
    if transfer.asset == network.native_asset:
        left = int(transfer.amount) - per_byte * COIN_SIZE - fixed
    else:
        output = transfer.position.rpartition(":")[0]
        left = sum(
            int(t.amount)
            for t in evidence.transfers
            if t.position.rpartition(":")[0] == output and t.asset == network.native_asset
        )
    needed = measure_lock(network, transfer) * per_utxo_byte
    return {"min_output_covered": left >= needed}
