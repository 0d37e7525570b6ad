"""The Algorand family: what the house may ask of Algorand.

Knows: which function answers which question. Must not know: anything else.

The id is recomputed from the fields at every decoding, so ``verify`` does no more than decode.
"""

from __future__ import annotations

from recovery.chains.algorand.ask import fetch_health
from recovery.chains.algorand.conditions import fetch_conditions
from recovery.chains.algorand.cost import fetch_cost
from recovery.chains.algorand.decode import decode
from recovery.chains.algorand.fetch import fetch, fetch_replacement
from recovery.chains.algorand.scan import SCAN
from recovery.chains.family import Family, RawTx
from recovery.chains.ledgered import read_received
from recovery.model import Evidence
from recovery.networks import Network


def verify(network: Network, raw: RawTx, evidence: Evidence) -> None:
    """Raises `Garbled` where payment or asset transfer are not those of the evidence's id."""
    decode(network, raw)


FAMILY = Family(
    name="algorand",
    apis=("indexer", "algod"),
    fetch=fetch,
    decode=decode,
    fetch_health=fetch_health,
    fetch_cost=fetch_cost,
    fetch_received=read_received,  # standard assets are the protocol's
    fetch_replacement=fetch_replacement,
    fetch_conditions=fetch_conditions,
    verify=verify,
    scan=SCAN,
)
