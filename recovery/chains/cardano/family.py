"""The Cardano family: what the house may ask of Cardano.

Knows: which function answers which question. Must not know: anything else.
"""

from __future__ import annotations

from collections.abc import Sequence

from recovery.chains.cardano.ask import fetch_health
from recovery.chains.cardano.conditions import fetch_conditions
from recovery.chains.cardano.cost import fetch_cost
from recovery.chains.cardano.decode import decode, read_tx
from recovery.chains.cardano.fetch import fetch, fetch_replacement
from recovery.chains.family import Family, RawTx, Received
from recovery.chains.source import Node
from recovery.model import Evidence, Transfer
from recovery.networks import Network


def fetch_received(
    network: Network, node: Node, evidence: Evidence, transfers: Sequence[Transfer]
) -> dict[int, Received]:
    """A balance is its outputs and nothing else: what a made output holds was received."""
    return {
        t.index: Received(t.amount) for t in transfers if t.succeeded and isinstance(t.amount, int)
    }


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
    fetch_received=fetch_received,
    verify=verify,
)
