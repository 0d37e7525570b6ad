"""The functions of Aptos, by the names of the family interface.

There is no ``verify``: the hash covers the transaction in its binary form, and the API's JSON does
not say how wide each argument of a call is.
"""

from __future__ import annotations

from recovery.chains.aptos.conditions import fetch_conditions
from recovery.chains.aptos.cost import fetch_cost
from recovery.chains.aptos.decode import decode
from recovery.chains.aptos.fetch import fetch, fetch_health, fetch_received, fetch_replacement
from recovery.chains.aptos.scan import SCAN
from recovery.chains.family import Family

FAMILY = Family(
    name="aptos",
    apis=("rest",),
    fetch=fetch,
    decode=decode,
    fetch_health=fetch_health,
    fetch_cost=fetch_cost,
    fetch_conditions=fetch_conditions,
    fetch_replacement=fetch_replacement,
    fetch_received=fetch_received,
    scan=SCAN,
)
