"""The Solana family: what the house may ask of Solana.

Knows: which function answers which question. Must not know: anything else.
"""

from __future__ import annotations

from collections.abc import Sequence

from recovery.chains.family import Family, RawTx, Received
from recovery.chains.solana.cost import fetch_cost
from recovery.chains.solana.decode import decode
from recovery.chains.solana.fetch import fetch, fetch_health, fetch_replacement
from recovery.chains.source import Node
from recovery.model import Evidence, Gap, Transfer
from recovery.networks import Network


def fetch_received(
    network: Network, node: Node, evidence: Evidence, transfers: Sequence[Transfer]
) -> dict[int, Received]:
    """Amounts are balance rises already, by the node's balances before and after: none is asked."""
    if Gap.AMOUNT in evidence.gaps:
        return {}
    return {t.index: Received(t.amount) for t in transfers if isinstance(t.amount, int)}


def verify(network: Network, raw: RawTx, evidence: Evidence) -> None:
    """Raises `Garbled` where the id is no signature of the payer over the instructions shown."""
    from recovery.chains.solana.signed import check_signature

    if raw.answers.get("tx") is not None:
        check_signature(raw.answers["tx"])


FAMILY = Family(
    name="solana",
    apis=("jsonrpc",),
    fetch=fetch,
    decode=decode,
    fetch_health=fetch_health,
    fetch_cost=fetch_cost,
    fetch_replacement=fetch_replacement,
    fetch_received=fetch_received,
    verify=verify,
)
