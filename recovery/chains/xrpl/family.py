"""The XRP Ledger's functions, by the names of the family interface."""

from __future__ import annotations

from recovery.chains.family import Family
from recovery.chains.xrpl.decode import decode
from recovery.chains.xrpl.fetch import fetch, fetch_cost, fetch_health, fetch_replacement

FAMILY = Family(
    name="xrpl",
    apis=("jsonrpc",),
    fetch=fetch,
    decode=decode,
    fetch_health=fetch_health,
    fetch_cost=fetch_cost,
    fetch_replacement=fetch_replacement,
)
