"""Balances of assets that the chain itself keeps: there an amount shown is by how much a balance rose.

Knows: that no contract stands between such a transfer and the books, so that its event can't claim
more than was booked. Must not know: any family, nor which of its assets are of that kind (each says so).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeAlias

from recovery.chains.family import Received
from recovery.model import Evidence, Gap, Transfer
from recovery.networks import Network

if TYPE_CHECKING:
    from recovery.chains.source import Node

FetchReceived: TypeAlias = (
    "Callable[[Network, Node, Evidence, Sequence[Transfer]], dict[int, Received]]"
)


def read_received(
    _network: Network, _node: Node, evidence: Evidence, transfers: Sequence[Transfer]
) -> dict[int, Received]:
    """The rise per transfer index, as the evidence has it; nothing is asked."""
    if Gap.AMOUNT in evidence.gaps:
        return {}
    return {t.index: Received(t.amount) for t in transfers if t.succeeded}


def kept_in(*namespaces: str) -> FetchReceived:
    """The same for assets of these CAIP-19 namespaces alone: others are contracts' own business."""

    def read(
        network: Network, node: Node, evidence: Evidence, transfers: Sequence[Transfer]
    ) -> dict[int, Received]:
        booked = [t for t in transfers if t.asset.partition("/")[2].startswith(namespaces)]
        return read_received(network, node, evidence, booked)

    return read
