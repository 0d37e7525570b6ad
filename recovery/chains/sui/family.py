"""The functions of Sui, by the names of the family interface.

There is no ``verify``: the digest covers what was signed, and what was paid stands in the effects.
Nor is there a replacement: Sui has no mempool to be replaced in.
"""

from __future__ import annotations

from recovery.chains.family import Family
from recovery.chains.ledgered import kept_in
from recovery.chains.sui.cost import fetch_cost
from recovery.chains.sui.decode import decode
from recovery.chains.sui.fetch import fetch, fetch_health
from recovery.chains.sui.scan import SCAN

FAMILY = Family(
    name="sui",
    apis=("graphql", "jsonrpc"),
    fetch=fetch,
    decode=decode,
    fetch_health=fetch_health,
    fetch_cost=fetch_cost,
    fetch_received=kept_in("coin:"),  # balance changes, netted by the chain
    scan=SCAN,
)
