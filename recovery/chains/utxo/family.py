"""The UTXO family: BTC, LTC, DOGE, BCH, DASH and ZEC, by Core RPC or Esplora.

`fetch_received` is absent: an output is its own amount, there is no balance to compare.
"""

from __future__ import annotations

from recovery.chains.family import Family
from recovery.chains.utxo.conditions import fetch_conditions
from recovery.chains.utxo.cost import fetch_cost
from recovery.chains.utxo.decode import decode
from recovery.chains.utxo.fetch import fetch, fetch_block_hash, fetch_health
from recovery.chains.utxo.replaced import fetch_replacement
from recovery.chains.utxo.scan import SCAN
from recovery.chains.utxo.verify import verify

FAMILY = Family(
    name="utxo",
    apis=("core", "esplora"),
    fetch=fetch,
    decode=decode,
    fetch_health=fetch_health,
    fetch_cost=fetch_cost,
    fetch_replacement=fetch_replacement,
    fetch_conditions=fetch_conditions,
    fetch_block_hash=fetch_block_hash,
    verify=verify,
    scan=SCAN,
)
