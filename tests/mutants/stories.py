"""The honest stories that pay: every fixture that ends in a final payment, with records that honour it.

Knows: whose address is ours in a story, what is listed, whose the memo is. The records are as kind to
an attacker as they can be: the asset is listed, the address is the claimant's, the ledger is complete.
Must not know: how an answer is changed (`mutants.kinds`).
"""

from __future__ import annotations

import functools
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from classify.world import World

from recovery.chains import FAMILIES
from recovery.chains.codecs import parse_address
from recovery.classify.lookups import find_claimed_keys
from recovery.demo.fixtures import Fixture, load_fixtures
from recovery.model import (
    Address,
    AddressKey,
    Claim,
    NetworkCode,
)
from recovery.networks import Network, load_registry
from recovery.records.port import (
    AddressRecord,
    AddressRole,
    KeyScheme,
    Listing,
    ListingStatus,
)
from recovery.times import parse_time

CLAIMANT, OTHER = "claimant", "other"
OTHER_MEMO = "700000001"
FAR = parse_time("2030-01-01T00:00:00Z")


class Desk(World):
    """The records of one story; addresses are the network's own."""

    def _parse(self, network: Network, text: str) -> Collection[AddressKey]:
        return find_claimed_keys(network, text)


@dataclass(frozen=True, slots=True)
class Story:
    """One fixture with the records that make an honest claim of it.

    ``ours`` is our address; ``asset`` and ``amount`` are of the first transfer to it, ``memo`` its memo where
    that decides. ``listed`` says whether the asset is booked here or sent back.
    """

    fixture: Fixture
    network: Network
    ours: Address
    asset: str
    amount: str
    position: str
    decimals: int | None
    sender: str | None
    memo: str | None
    listed: bool
    records: Desk
    claim: Claim

    @property
    def name(self) -> str:
        return self.fixture.name + ("" if self.listed else "~unlisted")

    @property
    def family(self) -> str:
        return self.network.family

    @property
    def now(self) -> datetime | None:
        return None if self.fixture.now is None else parse_time(self.fixture.now)


@functools.cache
def load_stories() -> dict[str, tuple[Story, ...]]:
    """Every paying story, by family; each once with its asset listed and, where it is a token, once without."""
    told: dict[str, list[Story]] = {}
    registry = load_registry()
    for fixture in load_fixtures():
        row = registry[fixture.network]
        if row.family not in FAMILIES or fixture.evidence is None:
            continue
        network = row.with_profile(fixture.profile) if fixture.profile else row
        target = _find_target(fixture)
        if target is None:
            continue
        told.setdefault(row.family, []).append(_make(fixture, network, target, listed=True))
        if target["asset"] != row.native_asset:
            told[row.family].append(_make(fixture, network, target, listed=False))
    return {family: tuple(stories) for family, stories in told.items()}


def _find_target(fixture: Fixture) -> dict[str, object] | None:
    """The first transfer that paid somebody for good."""
    evidence = fixture.evidence or {}
    if evidence["status"] != "confirmed" or not evidence["final"]:
        return None
    for transfer in evidence["transfers"]:
        paid = transfer["succeeded"] and transfer["amount"] not in ("0", "")
        if (
            paid
            and transfer["recipient"]
            and transfer["kind"] != "nft"
            and transfer["recipient"] not in transfer["senders"]
        ):
            found: dict[str, object] = transfer
            return found
    return None


def _make(fixture: Fixture, network: Network, target: dict[str, object], *, listed: bool) -> Story:
    ours = parse_address(network, str(target["recipient"]))
    carried = target["memo"] if network.memo != "none" else None
    memo = str(carried["value"]) if isinstance(carried, dict) else None
    records = Desk(complete_through=FAR)
    rows: list[tuple[str | None, str | None]] = [(None, None if memo else CLAIMANT)]
    if memo:
        rows += [(memo, CLAIMANT), (OTHER_MEMO, OTHER)]
    for value, user in rows:
        records.addresses.append(
            AddressRecord(
                NetworkCode(network.code),
                ours.text,
                ours.key,
                AddressRole.SHARED if memo else AddressRole.DEPOSIT,
                memo=value,
                user=user,
                key_scheme=KeyScheme.SINGLE,
            )
        )
    decimals = target["decimals"] if isinstance(target["decimals"], int) else None
    symbol = str(target["symbol"] or "LISTED")
    records.listings.append(
        Listing(
            NetworkCode(network.code),
            network.native_asset,
            network.symbol,
            network.decimals,
            ListingStatus.LISTED,
        )
    )
    if listed and target["asset"] != network.native_asset:
        records.listings.append(
            Listing(
                NetworkCode(network.code),
                target["asset"],  # type: ignore[arg-type]  # the document's own CAIP-19 id
                symbol,
                decimals or 0,
                ListingStatus.LISTED,
            )
        )
    senders = target["senders"]
    assert isinstance(senders, list)
    return Story(
        fixture=fixture,
        network=network,
        ours=ours,
        asset=str(target["asset"]),
        amount=str(target["amount"]),
        position=str(target["position"]),
        decimals=decimals,
        sender=next((s for s in senders if s), None),
        memo=memo,
        listed=listed,
        records=records,
        claim=Claim(fixture.tx_hash, user=CLAIMANT, address=ours.text),
    )


__all__ = ["CLAIMANT", "OTHER", "OTHER_MEMO", "Story", "load_stories", "timedelta"]
