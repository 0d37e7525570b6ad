"""The TON family: what the house may ask of TON.

Knows: which function answers which question. Must not know: anything else.

A transaction's hash covers a cell that toncenter does not serve: there is no ``verify``. The body of every
message is held against the hash beside it at each decoding. A message that was never accepted leaves no
trace that a node could show: there is no ``fetch_replacement``.
"""

from __future__ import annotations

from recovery.chains.family import Family
from recovery.chains.ton.ask import fetch_health
from recovery.chains.ton.conditions import fetch_conditions
from recovery.chains.ton.cost import fetch_cost
from recovery.chains.ton.decode import decode
from recovery.chains.ton.fetch import fetch
from recovery.chains.ton.scan import SCAN

FAMILY = Family(
    name="ton",
    apis=("toncenter-v3", "toncenter-v2"),
    fetch=fetch,
    decode=decode,
    fetch_health=fetch_health,
    fetch_cost=fetch_cost,
    fetch_conditions=fetch_conditions,
    scan=SCAN,
)
