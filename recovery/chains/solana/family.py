"""The Solana family: what the house may ask of Solana.

Knows: which function answers which question. Must not know: anything else.
"""

from __future__ import annotations

from recovery.chains.family import Family, RawTx
from recovery.chains.ledgered import read_received
from recovery.chains.solana.cost import fetch_cost
from recovery.chains.solana.decode import decode
from recovery.chains.solana.fetch import fetch, fetch_health, fetch_replacement
from recovery.chains.solana.scan import SCAN
from recovery.model import Evidence
from recovery.networks import Network


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
    fetch_received=read_received,  # balances before and after, of the node's own
    verify=verify,
    scan=SCAN,
)
