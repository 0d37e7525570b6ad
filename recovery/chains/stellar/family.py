"""Stellar's functions, by the names of the family interface."""

from __future__ import annotations

from recovery.chains.family import Family
from recovery.chains.ledgered import kept_in
from recovery.chains.stellar.cost import fetch_cost
from recovery.chains.stellar.decode import decode, verify
from recovery.chains.stellar.fetch import fetch, fetch_health
from recovery.chains.stellar.scan import SCAN

FAMILY = Family(
    name="stellar",
    apis=("horizon",),
    fetch=fetch,
    decode=decode,
    fetch_health=fetch_health,
    fetch_cost=fetch_cost,
    fetch_received=kept_in("asset:"),  # a SEP-41 contract keeps books of its own
    verify=verify,
    scan=SCAN,
)
