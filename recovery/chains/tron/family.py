"""The Tron family: what the house may ask of Tron.

Knows: which function answers which question. Must not know: anything else.

The signed bytes are hashed at every decoding (`wire.parse_signed`), so ``verify`` does no more. Past
token balances can't be asked of a node: there is no ``fetch_received``.
"""

from __future__ import annotations

from recovery.chains.family import Family, RawTx
from recovery.chains.tron.ask import fetch_health
from recovery.chains.tron.cost import fetch_cost
from recovery.chains.tron.decode import decode
from recovery.chains.tron.fetch import fetch, fetch_replacement
from recovery.chains.tron.scan import SCAN
from recovery.chains.tron.wire import parse_signed
from recovery.model import Evidence
from recovery.networks import Network


def verify(network: Network, raw: RawTx, evidence: Evidence) -> None:
    """Raises `Garbled` where the signed bytes are not those of the evidence's hash."""
    parse_signed(raw.answers.get("tx"), evidence.tx_hash)


FAMILY = Family(
    name="tron",
    apis=("fullnode",),
    fetch=fetch,
    decode=decode,
    fetch_health=fetch_health,
    fetch_cost=fetch_cost,
    fetch_replacement=fetch_replacement,
    verify=verify,
    scan=SCAN,
)
