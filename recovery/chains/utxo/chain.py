"""What the family must know of one UTXO chain, read from the registry's row.

Knows: the names of the family's ``parameters`` in ``networks.toml`` and their defaults. Must not
know: any network's code. A chain of this family that differs, differs by its row.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from recovery.networks import Network


class UtxoChain(BaseModel):
    """One chain's rules.

    ``later_blocks`` tell apart chains that share a genesis: height and hash of a block that only
    this one has. ``max_money`` is the most that one output can hold, in base units.
    ``auxpow``: blocks may be mined with another chain's, and then carry its proof after the header.
    Fees are base units per 1000 virtual bytes; the quiet fee is taken where the node has too few
    blocks to estimate from, and a chain without one (its blocks are full) gets no estimate then.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    genesis: str
    fork_height: int = 0
    fork_block: str = ""
    later_blocks: tuple[tuple[int, str], ...] = ()
    max_money: int = Field(default=21_000_000 * 10**8, gt=0)
    coinbase_maturity: int = Field(default=100, ge=1)
    pegout_maturity: int = Field(default=0, ge=0)
    segwit: bool = False
    auxpow: bool = False
    replaceable: Literal["full", "opt-in", "none"] = "none"
    inscription_dust: int = 0
    fee_source: Literal["estimatesmartfee", "estimatefee", "fixed", "zip317"] = "estimatesmartfee"
    min_relay_per_kvb: int = Field(default=1000, ge=0)
    quiet_fee_per_kvb: int | None = None
    tip_seconds: int | None = None

    @property
    def mweb(self) -> bool:
        """Whether transactions can leave and enter a Mimblewimble extension block."""
        return self.pegout_maturity > 0

    @property
    def known_blocks(self) -> tuple[tuple[int, str], ...]:
        """Blocks that a node must have to be on this chain: the genesis, and those after a fork."""
        fork = ((self.fork_height, self.fork_block),) if self.fork_block else ()
        return ((0, self.genesis), *fork, *self.later_blocks)


def chain_of(network: Network) -> UtxoChain:
    """The chain's rules, its development profile applied.

    A tip older than 12 blocks' time (at least half an hour) is no tip: so long a gap is rarer
    than a sick node. Development chains are mined on demand, so their tips have no age.
    """
    age = None if network.profile else max(12 * network.block_milliseconds // 1000, 1800)
    return UtxoChain.model_validate({"tip_seconds": age} | network.parameters)
