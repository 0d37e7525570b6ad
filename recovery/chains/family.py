"""The one interface of a chain family, and the values that cross it.

Knows: what the house may ask of any family. Must not know: any family. The implementations are
listed in `recovery.chains.FAMILIES`.

A family is one package, ``recovery/chains/<family>/``:

    codec.py    pure: addresses, used through `recovery.chains.codecs`
    fetch.py    shell: asks a node, returns raw answers, a proven absence, or raises
    decode.py   pure: raw answers to `Evidence`
    scan.py     shell: looks through blocks for transactions that touch our keys
    family.py   one ``FAMILY = Family(...)`` naming the functions below

Fetching never interprets more than it needs to know what to ask next. Everything that decides
about money is in ``decode``, so that evidence can be derived again from the kept answers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, Protocol

from recovery.chains.scan import Scan
from recovery.errors import SourceError
from recovery.model import (
    AddressKey,
    Amount,
    AssetId,
    Evidence,
    NetworkCode,
    Replacement,
    Transfer,
)
from recovery.networks import Network

if TYPE_CHECKING:  # the shell's type only: the pure half of a family never imports it
    from recovery.chains.source import Node


@dataclass(frozen=True, slots=True)
class RawTx:
    """Every answer that one look at one transaction needed, unmodified, from one endpoint.

    ``answers`` maps a short name (``"tx"``, ``"receipt"``, ``"head"``…) to parsed JSON in which
    every fractional number is a `Decimal`. The family alone knows the names. ``source`` is the
    endpoint's label without secrets; ``at`` is when it was asked.
    """

    network: NetworkCode
    tx_hash: str
    api: str
    source: str
    at: datetime
    answers: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Absent:
    """A healthy endpoint, on the right chain and with the history, does not know the hash."""

    network: NetworkCode
    tx_hash: str
    source: str
    text: str = ""


FetchOutcome = RawTx | Absent | SourceError
"""What became of one hash: answers, a proven absence, or why it could not be asked."""


@dataclass(frozen=True, slots=True)
class Health:
    """What an endpoint said of itself. An endpoint that must not be believed raises instead.

    ``height`` is the head as the chain counts. ``oldest`` is the oldest height it keeps, None
    where it keeps all or can't tell; ``history`` is ``recent`` where it can't prove the absence
    of something older.
    """

    height: int
    time: datetime | None
    history: Literal["full", "recent"]
    oldest: int | None = None
    version: str | None = None


@dataclass(frozen=True, slots=True)
class CostLine:
    """One part of what moving the value will cost, in base units of the native asset.

    ``network_cost`` is burnt or paid to validators. ``reserve`` is locked or spent to make the
    accounts exist (XRPL base reserve, token-account rent, minimum balances).
    """

    code: Literal["network_cost", "reserve"]
    amount: int
    text: str


@dataclass(frozen=True, slots=True)
class NetworkCost:
    """The live estimate of one recovery move, in the native asset of the network."""

    asset: AssetId
    lines: tuple[CostLine, ...]
    source: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Received:
    """By how much the recipient's balance of the asset rose over the block, by the node's word."""

    amount: Amount


class FetchConditions(Protocol):
    """Which conditions of the network's row a node shows met or unmet for one transfer.

    ``destination`` is where the value shall go, canonical text, None while nobody has said so: the
    deposit's sender is no stand-in for it. A code that is absent is not known.
    """

    def __call__(
        self,
        network: Network,
        node: Node,
        evidence: Evidence,
        transfer: Transfer,
        *,
        destination: str | None,
    ) -> Mapping[str, bool]: ...


@dataclass(frozen=True, slots=True)
class Family:
    """The functions of one family; a field that is None is a thing its chains do not have.

    ``apis``: names the contract gives the family's APIs, the default first.
    ``fetch(network, node, hashes)``: one outcome per hash, in order; batches where the API can.
        Raises `SourceError` where nothing at all could be asked. Health (right chain, synced,
        history) is asked before the first answer of a node is believed and before any `Absent`.
    ``decode(network, raw)``: raises `Garbled` where the answers do not have the protocol's shape.
    ``fetch_health(network, node)``: raises `Unhealthy` or another `SourceError`.
    ``fetch_cost(network, node, transfer)``: the live cost of moving the transfer's value out to
        one outside address, gas funding and reserves as their own lines.
    ``fetch_replacement(network, node, seen)``: for a transaction once seen and now unknown: the
        final transaction that spent its input or nonce, or None.
    ``fetch_received(network, node, evidence, transfers)``: balance rise per transfer index, a
        missing index where the node can't say.
    ``fetch_conditions(network, node, evidence, transfer, destination=…)``: the conditions of the network's row
        that only a node can answer, as far as this one does; raises `SourceError`.
    ``fetch_names(network, node, addresses)``: further keys that an address book may know the holders
        of canonical addresses by; raises `SourceError`. None where nobody has a second name.
    ``fetch_block_hash(network, node, height)``: the hash of the node's own block at a height, None where
        it has none; raises `SourceError`. It tells a node that is behind from one on a fork.
    ``verify(network, raw, evidence)``: recompute the hash from the raw bytes before a quote or
        signature; raises `Garbled` where the answer contradicts it. Slow, never on a scan's path.
    ``can_look_up(network, node, tx_hash)``: whether this endpoint can find that spelling at all (no
        node of Polkadot knows extrinsics by hash). A network none of whose endpoints can was not
        asked. None where every endpoint finds every spelling.
    ``scan``: how its blocks are looked through for transfers to us (`recovery.chains.scan`).
    """

    name: str
    apis: tuple[str, ...]
    fetch: Callable[[Network, Node, Sequence[str]], list[FetchOutcome]]
    decode: Callable[[Network, RawTx], Evidence]
    fetch_health: Callable[[Network, Node], Health]
    fetch_cost: Callable[[Network, Node, Transfer], NetworkCost]
    fetch_replacement: Callable[[Network, Node, RawTx], Replacement | None] | None = None
    fetch_received: (
        Callable[[Network, Node, Evidence, Sequence[Transfer]], dict[int, Received]] | None
    ) = None
    fetch_conditions: FetchConditions | None = None
    fetch_names: (
        Callable[[Network, Node, Sequence[str]], Mapping[str, tuple[AddressKey, ...]]] | None
    ) = None
    fetch_block_hash: Callable[[Network, Node, int], str | None] | None = None
    verify: Callable[[Network, RawTx, Evidence], None] | None = None
    can_look_up: Callable[[Network, Node, str], bool] | None = None
    scan: Scan | None = None
