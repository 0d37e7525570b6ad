"""The NEAR family: what the house may ask of NEAR.

Knows: which function answers which question. Must not know: anything else.

A transaction's hash covers a recent block's hash that no answer shows: it can't be recomputed, so
there is no ``verify``. A second endpoint is the way to catch a lying node.
"""

from __future__ import annotations

from recovery.chains.family import Family
from recovery.chains.near.conditions import fetch_conditions
from recovery.chains.near.cost import fetch_cost
from recovery.chains.near.decode import decode
from recovery.chains.near.fetch import fetch, fetch_health
from recovery.chains.near.scan import SCAN

FAMILY = Family(
    name="near",
    apis=("jsonrpc",),
    fetch=fetch,
    decode=decode,
    fetch_health=fetch_health,
    fetch_cost=fetch_cost,
    fetch_conditions=fetch_conditions,
    scan=SCAN,
)
