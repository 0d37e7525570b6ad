"""The Cardano family: what the house may ask of Cardano.

Knows: which function answers which question. Must not know: anything else.
"""

from __future__ import annotations

from recovery.chains.cardano.ask import fetch_health
from recovery.chains.cardano.conditions import fetch_conditions
from recovery.chains.cardano.cost import fetch_cost
from recovery.chains.cardano.decode import decode, read_tx
from recovery.chains.cardano.fetch import fetch, fetch_replacement
from recovery.chains.cardano.scan import SCAN
from recovery.chains.family import Family, RawTx
from recovery.chains.ledgered import read_received
from recovery.model import Evidence
from recovery.networks import Network


def verify(network: Network, raw: RawTx, evidence: Evidence) -> None:
    """Raises `Garbled` where the kept bytes are not those of the hash, or pay otherwise."""
    from recovery.chains.cardano.signed import check_bytes

    if raw.answers.get("cbor") is not None:
        check_bytes(network, raw.answers["cbor"], read_tx(raw))


FAMILY = Family(
    name="cardano",
    apis=("blockfrost", "koios"),
    fetch=fetch,
    decode=decode,
    fetch_health=fetch_health,
    fetch_cost=fetch_cost,
    fetch_conditions=fetch_conditions,
    fetch_replacement=fetch_replacement,
    fetch_received=read_received,  # a balance is its outputs and nothing else
    verify=verify,
    scan=SCAN,
)
