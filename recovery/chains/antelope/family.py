"""The Antelope family: what the house may ask of Vaulta.

Knows: which function answers which question. Must not know: anything else.

nodeos shows the packed bytes, which are hashed at every decoding; Hyperion shows none, so there is no
``verify``. Past balances can't be asked of either: there is no ``fetch_received``.
"""

from __future__ import annotations

from recovery.chains.antelope.conditions import fetch_conditions
from recovery.chains.antelope.cost import fetch_cost
from recovery.chains.antelope.decode import decode
from recovery.chains.antelope.fetch import fetch, fetch_health, fetch_replacement
from recovery.chains.antelope.scan import SCAN
from recovery.chains.family import Family

FAMILY = Family(
    name="antelope",
    apis=("hyperion", "nodeos"),
    fetch=fetch,
    decode=decode,
    fetch_health=fetch_health,
    fetch_cost=fetch_cost,
    fetch_conditions=fetch_conditions,
    fetch_replacement=fetch_replacement,
    scan=SCAN,
)
