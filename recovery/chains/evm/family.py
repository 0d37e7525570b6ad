"""The EVM family: what the house may ask of the eleven EVM networks.

Knows: which function answers which question. Must not know: anything else.
"""

from __future__ import annotations

from recovery.chains.evm.conditions import fetch_conditions
from recovery.chains.evm.cost import fetch_cost
from recovery.chains.evm.decode import decode
from recovery.chains.evm.fetch import fetch
from recovery.chains.evm.health import fetch_block_hash, fetch_health
from recovery.chains.evm.received import fetch_received
from recovery.chains.evm.rehash import verify
from recovery.chains.evm.replacement import fetch_replacement
from recovery.chains.evm.scan import SCAN
from recovery.chains.family import Family

FAMILY = Family(
    name="evm",
    apis=("jsonrpc",),
    fetch=fetch,
    decode=decode,
    fetch_health=fetch_health,
    fetch_cost=fetch_cost,
    fetch_replacement=fetch_replacement,
    fetch_received=fetch_received,
    fetch_conditions=fetch_conditions,
    fetch_block_hash=fetch_block_hash,
    verify=verify,
    scan=SCAN,
)
