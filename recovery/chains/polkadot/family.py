"""The Polkadot family: what the house may ask of Asset Hub.

Knows: which function answers which question. Must not know: anything else.

There is no `verify`: the hash covers SCALE bytes that neither API gives along with an extrinsic. There is
no `fetch_replacement`: an extrinsic in a block is replaced by none, and one outside has no place.
"""

from __future__ import annotations

from recovery.chains.family import Family
from recovery.chains.ledgered import read_received
from recovery.chains.polkadot.ask import fetch_health
from recovery.chains.polkadot.conditions import fetch_conditions
from recovery.chains.polkadot.cost import fetch_cost
from recovery.chains.polkadot.decode import decode
from recovery.chains.polkadot.fetch import can_look_up, fetch
from recovery.chains.polkadot.scan import SCAN

FAMILY = Family(
    name="polkadot",
    apis=("sidecar", "subscan"),
    fetch=fetch,
    decode=decode,
    fetch_health=fetch_health,
    fetch_cost=fetch_cost,
    fetch_received=read_received,  # the runtime's own pallets keep the balances
    fetch_conditions=fetch_conditions,
    can_look_up=can_look_up,
    scan=SCAN,
)
