"""The Cosmos family: what the house may ask of the Cosmos Hub.

Knows: which function answers which question. Must not know: anything else.

The signed bytes are hashed at every decoding, so ``verify`` does no more. A past balance of a CW20
token needs an archive of states, which neither API promises: ``fetch_received`` is for coins alone.
"""

from __future__ import annotations

from recovery.chains.cosmos.conditions import fetch_conditions
from recovery.chains.cosmos.cost import fetch_cost
from recovery.chains.cosmos.decode import decode
from recovery.chains.cosmos.fetch import fetch, fetch_health, fetch_replacement
from recovery.chains.cosmos.scan import SCAN
from recovery.chains.cosmos.signed import parse_signed, read_base64
from recovery.chains.family import Family, RawTx
from recovery.chains.ledgered import kept_in
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
    fetch_received=kept_in("ibc:", "denom:"),  # the bank module's; of a CW20 no past is kept
    fetch_conditions=fetch_conditions,
    fetch_replacement=fetch_replacement,
    verify=verify,
    scan=SCAN,
)
