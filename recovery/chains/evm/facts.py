"""What one EVM network does differently, read from its row: never from its name.

Knows: the keys of ``parameters`` that this family reads. Must not know: any network's code.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Literal

from recovery.model import AssetId
from recovery.networks import Network

Stack = Literal["ethereum", "op", "celo", "arbitrum", "zksync", "polygon"]
"""Whose node software and protocol additions the network runs."""

SYSTEM_LOG_EIP7708 = "0xfffffffffffffffffffffffffffffffffffffffe"
"""EIP-7708: the protocol's own address; it logs every native movement where the fork is active."""


@dataclass(frozen=True, slots=True)
class Facts:
    """One network's facts as this family needs them; addresses are lower-case.

    ``native_log``: emits one log for every native movement, top-level and inside (zkSync 0x…800a,
    Polygon 0x…1010, Optimism before Bedrock): a trace adds nothing. ``native_token``: an ERC-20
    face whose Transfer logs are movements that nothing else shows (CELO 0x471E…: it moves the
    coin by a precompile, without value). ``fee_oracle``: tells the L1 part of an OP-stack fee.
    ``exclusion_method``: asks why the sequencer left a transaction out (Linea).
    ``instant_below``: blocks below this height were final at once. ``wrapped_native``: the one
    contract whose Deposit and Withdrawal logs are believed. ``any_chain_but``: of a test network, the
    chains it must not be (empty: it must be ``chain_id``). ``final_tag``: block tag of the
    finality rule, None where the rule is a depth of ``depth`` blocks. ``max_tip_age_seconds`` 0:
    the chain makes blocks on demand, and an old head says nothing.
    """

    chain_id: int
    native: AssetId
    prefix: str
    stack: Stack
    final_tag: str | None
    depth: int | None
    native_log: str | None
    native_token: str | None
    wrapped_native: str | None
    fee_oracle: str | None
    exclusion_method: str | None
    instant_below: int
    max_tip_age_seconds: int
    any_chain_but: frozenset[int]


_TAGS = {"accepted": "latest"}
"""Avalanche calls its final head accepted; its nodes answer it to ``latest``."""


def facts_of(network: Network) -> Facts:
    """The network's facts; cheap to ask for each transaction."""
    return _facts(_Key(network))


class _Key:
    """Rows compare by value, field by field: too slow for every transaction of a batch."""

    __slots__ = ("network",)

    def __init__(self, network: Network) -> None:
        self.network = network

    def __hash__(self) -> int:
        return id(self.network)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and other.network is self.network


@functools.lru_cache(maxsize=64)
def _facts(key: _Key) -> Facts:
    network = key.network
    given = network.parameters
    stack: Stack = given.get("stack", "ethereum")
    face = next(iter(given.get("native_faces", ())), "").removeprefix("erc20:").lower() or None
    rule = network.finality
    tag = rule.tag or "finalized"
    return Facts(
        chain_id=int(given.get("chain_id") or network.chain.partition(":")[2]),
        native=network.native_asset,
        prefix=f"{network.chain}/",
        stack=stack,
        final_tag=_TAGS.get(tag, tag) if rule.rule == "tag" else None,
        depth=rule.confirmations,
        native_log=None if stack == "celo" else face,
        native_token=face if stack == "celo" else None,
        wrapped_native=_lower(given.get("wrapped_native")),
        fee_oracle=_lower(given.get("fee_oracle")),
        exclusion_method=given.get("exclusion_method"),
        instant_below=int(given.get("l2_height", 0)),
        # A development chain makes blocks when it is asked to.
        max_tip_age_seconds=0 if network.profile else int(given.get("max_tip_age_seconds", 600)),
        any_chain_but=frozenset(given.get("any_chain_but", ())),
    )


def _lower(address: str | None) -> str | None:
    return address.lower() if address else None
