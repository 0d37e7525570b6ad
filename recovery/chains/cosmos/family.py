"""The Cosmos family: what the house may ask of the Cosmos Hub.

Knows: which function answers which question. Must not know: anything else.

The signed bytes are hashed at every decoding, so ``verify`` does no more. A past balance needs an
archive of states, which neither API promises: there is no ``fetch_received``.
"""

from __future__ import annotations

from recovery.chains.cosmos.conditions import fetch_conditions
from recovery.chains.cosmos.cost import fetch_cost
from recovery.chains.cosmos.decode import decode
from recovery.chains.cosmos.fetch import fetch, fetch_health, fetch_replacement
from recovery.chains.cosmos.signed import parse_signed, read_base64
from recovery.chains.family import Family, RawTx
from recovery.model import Evidence
from recovery.networks import Network


def verify(network: Network, raw: RawTx, evidence: Evidence) -> None:
    """Raises `Garbled` where the signed bytes are not those of the evidence's hash."""
    parse_signed(read_base64(raw.answers.get("bytes"), "the transaction"), evidence.tx_hash)


FAMILY = Family(
    name="cosmos",
    apis=("lcd", "cometbft"),
    fetch=fetch,
    decode=decode,
    fetch_health=fetch_health,
    fetch_cost=fetch_cost,
    fetch_conditions=fetch_conditions,
    fetch_replacement=fetch_replacement,
    verify=verify,
)
