"""The Tezos family: what the house may ask of Tezos.

Knows: which function answers which question. Must not know: anything else.
"""

from __future__ import annotations

from collections.abc import Sequence

from recovery.chains.family import Family, Received
from recovery.chains.source import Node
from recovery.chains.tezos.ask import fetch_health, is_octez
from recovery.chains.tezos.conditions import fetch_conditions
from recovery.chains.tezos.cost import fetch_cost
from recovery.chains.tezos.decode import decode
from recovery.chains.tezos.fetch import fetch, fetch_replacement
from recovery.chains.tezos.scan import SCAN
from recovery.model import Evidence, Transfer
from recovery.networks import Network


def fetch_received(
    network: Network, node: Node, evidence: Evidence, transfers: Sequence[Transfer]
) -> dict[int, Received]:
    """An applied operation's coin arrived; TzKT's token transfers are balance changes already.

    A node alone shows what a token's call asked for, which says nothing about its books.
    """
    known = (t for t in transfers if t.succeeded and isinstance(t.amount, int))
    return {
        t.index: Received(int(t.amount))
        for t in known
        if t.asset == network.native_asset or not is_octez(node)
    }


FAMILY = Family(
    name="tezos",
    apis=("tzkt", "octez"),
    fetch=fetch,
    decode=decode,
    fetch_health=fetch_health,
    fetch_cost=fetch_cost,
    fetch_conditions=fetch_conditions,
    fetch_replacement=fetch_replacement,
    fetch_received=fetch_received,
    scan=SCAN,
)
