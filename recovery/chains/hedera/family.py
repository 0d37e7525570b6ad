"""Hedera's functions, by the names of the family interface."""

from __future__ import annotations

from recovery.chains.family import Family
from recovery.chains.hedera.conditions import fetch_conditions
from recovery.chains.hedera.cost import fetch_cost
from recovery.chains.hedera.decode import decode
from recovery.chains.hedera.fetch import fetch, fetch_health
from recovery.chains.hedera.names import fetch_names
from recovery.chains.hedera.scan import SCAN
from recovery.chains.ledgered import kept_in

FAMILY = Family(
    name="hedera",
    apis=("mirror",),
    fetch=fetch,
    decode=decode,
    fetch_health=fetch_health,
    fetch_cost=fetch_cost,
    fetch_received=kept_in("token:"),  # a record's transfer list is what the balances did
    fetch_conditions=fetch_conditions,
    fetch_names=fetch_names,
    scan=SCAN,
)
