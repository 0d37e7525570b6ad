"""The registry: chain facts of the 32 networks, loaded from ``networks.toml`` and checked once.

Knows: codes, names, CAIP-2 ids, native assets, memo and finality rules, forms of hashes and
addresses, explorers, conditions. Must not know: endpoints, prices, exchanges' policies, Python
code of a family (a family is a name here).
"""

from __future__ import annotations

import difflib
import functools
import re
import tomllib
from collections.abc import Iterator
from importlib import resources
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from recovery.errors import BadInput, ManyProblems, Problem
from recovery.model import AssetId, NetworkCode

_LONGEST_NAME = 60
"""Characters of a name that are compared and repeated: no network's is longer."""


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Finality(_Row):
    """When a transaction can no longer be undone, for recovery purposes.

    ``depth``: ``confirmations`` blocks, the transaction's own included. ``tag``: the node's own
    ``tag`` (``finalized``, ``validated``, ``solid``…) covers the block; then the contract's
    ``required_confirmations`` is null. A tag with ``confirmations`` beside it names the depth that
    serves where the node can't tell the tag (Dash without ChainLocks).
    """

    rule: Literal["depth", "tag"]
    confirmations: int | None = Field(default=None, ge=1)
    tag: str | None = None


class Condition(_Row):
    """A condition of a conditional network: ``text`` says what would meet it."""

    code: str
    text: str


_DAY_MILLISECONDS = 24 * 60 * 60 * 1000


class Network(_Row):
    """One row of ``networks.toml``.

    ``parameters`` are the family's own facts (chain id, genesis, version bytes, HRP…);
    ``profiles`` hold those that a development profile such as ``regtest`` replaces.
    ``memo`` is ``required`` where the field's usual deposit addresses are shared and told apart
    by a memo, ``optional`` where the chain has one that is rarely needed, ``none`` where it has
    none. ``explorer_hosts`` are hosts, or a host with the beginning of a path where one explorer
    shows several chains. ``dust`` is the chain's own minimum output or transfer in base units (0: none).
    """

    code: NetworkCode
    name: str
    aliases: tuple[str, ...] = ()
    family: str
    tier: Literal["direct", "conditional"]
    chain: str
    slip44: int
    symbol: str
    decimals: int
    memo: Literal["none", "optional", "required"]
    memo_name: str | None = None
    finality: Finality
    block_milliseconds: int
    hash_forms: tuple[str, ...]
    address_forms: tuple[str, ...]
    explorer_tx: str
    explorer_hosts: tuple[str, ...] = ()
    dust: int = 0
    conditions: tuple[Condition, ...] = ()
    sample_address: str
    sample_address_origin: Literal["mainnet", "documented", "synthetic"]
    sample_hash: str
    sample_hash_origin: Literal["mainnet", "documented", "synthetic"]
    parameters: dict[str, Any] = Field(default_factory=dict)
    profiles: dict[str, dict[str, Any]] = Field(default_factory=dict)
    profile: str | None = None

    @property
    def native_asset(self) -> AssetId:
        return AssetId(f"{self.chain}/slip44:{self.slip44}")

    @property
    def blocks_a_day(self) -> int:
        """How many blocks a day brings at the registry's pace; at least one."""
        return max(_DAY_MILLISECONDS // self.block_milliseconds, 1)

    def with_profile(self, profile: str) -> Network:
        """This network as a development network: other genesis, chain id and prefixes.

        Raises `BadInput` where the network has no such profile.
        """
        if profile not in self.profiles:
            known = ", ".join(sorted(self.profiles)) or "none"
            raise BadInput(
                "unknown-profile",
                f"{self.code} has no profile {profile!r}",
                hint=f"profiles of {self.code}: {known}",
                where=f"networks.{self.code}.profile",
            )
        merged = self.parameters | self.profiles[profile]
        return self.model_copy(update={"parameters": merged, "profile": profile})


def _squeeze(name: str) -> str:
    return re.sub(r"[\s_\-.()]+", "", name).casefold()


class Registry:
    """All networks, by code, alias and CAIP-2 id."""

    def __init__(self, networks: tuple[Network, ...]) -> None:
        self.networks = networks
        self._by_code = {n.code: n for n in networks}
        self._by_chain = {n.chain: n for n in networks}
        self._by_name: dict[str, Network] = {}
        problems = []
        for n in networks:
            for name in (n.code, n.name, n.chain, *n.aliases):
                other = self._by_name.setdefault(_squeeze(name), n)
                if other is not n:
                    problems.append(Problem(n.code, f"name {name!r} belongs to {other.code} too"))
        if problems:
            raise ManyProblems("bad-registry", "networks.toml contradicts itself", tuple(problems))

    def __iter__(self) -> Iterator[Network]:
        return iter(self.networks)

    def __getitem__(self, code: str) -> Network:
        return self._by_code[NetworkCode(code)]

    def of_chain(self, chain: str) -> Network | None:
        return self._by_chain.get(chain)

    def find_test_rows(self, row: Network) -> tuple[Network, ...]:
        """The network's row as each of its test networks, for its ``testnet_endpoints``.

        EVM chains tell who they are by a number, and anybody may run one more: there every chain
        but the main ones listed here is a test network.
        """
        if row.family != "evm":
            return tuple(row.with_profile(profile) for profile in row.profiles)
        mains = sorted(int(n.chain.partition(":")[2]) for n in self if n.family == row.family)
        merged = row.parameters | {"any_chain_but": mains}
        return (row.model_copy(update={"parameters": merged, "profile": "testnet"}),)

    def find(self, name: str) -> Network:
        """The network a person means by a code, name, alias or CAIP-2 id, in any case.

        Raises `BadInput` with the nearest matches.
        """
        found = self._by_name.get(_squeeze(name))
        if found is not None:
            return found
        if len(name) > _LONGEST_NAME:
            name = f"{name[:_LONGEST_NAME]}…"
        near = difflib.get_close_matches(_squeeze(name), self._by_name, n=4, cutoff=0.5)
        codes = list(dict.fromkeys(self._by_name[k].code for k in near))
        hint = f"did you mean {', '.join(codes)}?" if codes else "see `recovery networks`"
        raise BadInput("unknown-network", f"there is no network {name!r}", hint=hint)


def parse_registry(text: str) -> Registry:
    """Parse the registry file; raises `ManyProblems` that lists everything wrong with it.

    A condition named by its code alone takes its text from the file's ``[conditions]`` table.
    """
    problems: list[Problem] = []
    networks: list[Network] = []
    document = tomllib.loads(text)
    vocabulary: dict[str, str] = document.pop("conditions", {})
    for code, row in document.items():
        conditions = []
        for condition in row.get("conditions", ()):
            if isinstance(condition, str) and condition not in vocabulary:
                problems.append(Problem(f"{code}.conditions", f"{condition!r} is not described"))
            elif isinstance(condition, str):
                conditions.append({"code": condition, "text": vocabulary[condition]})
            else:
                conditions.append(condition)
        try:
            networks.append(Network.model_validate({"code": code, **row, "conditions": conditions}))
        except ValidationError as wrong:
            problems += [
                Problem(f"{code}.{'.'.join(map(str, e['loc']))}", e["msg"]) for e in wrong.errors()
            ]
    if problems:
        raise ManyProblems("bad-registry", "networks.toml has errors", tuple(problems))
    return Registry(tuple(networks))


@functools.cache
def load_registry() -> Registry:
    """The registry that ships with the package."""
    text = resources.files("recovery.networks").joinpath("networks.toml").read_text("utf-8")
    return parse_registry(text)
