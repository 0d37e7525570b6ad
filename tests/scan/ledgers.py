"""A story's ledger over real HTTP, and eyes that watch chosen keys on it."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import pytest

from recovery.chains import load_family
from recovery.chains.codecs import parse_hash
from recovery.chains.scan import Arrivals, Hit, Pass, Scan, Tip, Window
from recovery.chains.source import Node
from recovery.checks import Found
from recovery.config import Config
from recovery.demo.fixtures import Fixture, load_fixtures
from recovery.demo.ledgers import Ledger, build_ledger
from recovery.demo.server import Replay, ReplayServer, Twist
from recovery.model import AddressKey, Evidence, NetworkCode, TxStatus
from recovery.networks import Network, load_registry
from recovery.scan.looking import Eyes, Job
from recovery.scan.values import Look, Seen
from recovery.scan.watchset import WatchSet
from recovery.store import Store
from recovery.triage import ask_node


class Chosen:
    """A watch set that is a plain set of keys."""

    def __init__(self, keys: Collection[AddressKey]) -> None:
        self.keys = set(keys)

    def holds(self, key: AddressKey) -> bool:
        return key in self.keys

    def find_held(self, keys: Collection[AddressKey]) -> set[AddressKey]:
        return self.keys & set(keys)

    def mark_held(self, scheme: str, payloads: Any) -> Any:
        held = [AddressKey(scheme, row.tobytes()) in self.keys for row in payloads]
        return np.array(held, np.bool_)

    def addresses_of(self, network: NetworkCode) -> Iterator[AddressKey]:
        yield from sorted(self.keys, key=str)


CANT_SCAN = ("algod", "toncenter-v2")
"""APIs beside the default one that list no account's history."""


def find_stories(*families: str) -> list[Fixture]:
    """Every story of these families that ends in evidence, at an API that can be scanned."""
    registry = load_registry()
    return [
        f
        for f in load_fixtures()
        if f.evidence is not None
        and registry[f.network].family in families
        and f.api not in CANT_SCAN
    ]


@dataclass(slots=True)
class Stage:
    """One story, served: its network, a node, and the evidence as triage has it."""

    network: Network
    node: Node
    server: ReplayServer
    evidence: Evidence
    fixture: Fixture
    store: Store

    @property
    def scan(self) -> Scan:
        scan = load_family(self.network.family).scan
        assert scan is not None, f"{self.network.family} has no scan"
        return scan

    @property
    def height(self) -> int:
        assert self.evidence.block is not None
        return self.evidence.block.height

    @property
    def is_scanned(self) -> bool:
        """Whether it stands in a block: what is pending can't be in one that is final."""
        settled = self.evidence.status in (TxStatus.CONFIRMED, TxStatus.FAILED)
        return settled and self.evidence.block is not None

    @property
    def recipients(self) -> list[AddressKey]:
        found = [t.recipient.key for t in self.evidence.transfers if t.succeeded]
        return [key for key in dict.fromkeys(found) if key is not None]

    def eyes(self, keys: Collection[AddressKey]) -> Eyes:
        endpoint = {"url": self.server.url, "api": self.fixture.api}
        if self.fixture.history:
            endpoint["history"] = self.fixture.history
        profile = self.fixture.profile
        section = {"endpoints": [endpoint]} | ({"profile": profile} if profile else {})
        config = Config.model_validate({"networks": {self.network.code: section}})
        watch = cast(WatchSet, Chosen(keys))
        return Eyes(config, self.store, watch, rest=lambda seconds: None)

    def look(self, keys: Sequence[AddressKey], tip: Tip | None = None) -> list[Look]:
        """Every pass over the story's own height, to its end."""
        eyes = self.eyes(keys)
        try:
            here = Tip(self.height, "", None) if tip is None else tip
            window = Window(self.height, self.height)
            looks = []
            for way in self.scan.plan_passes(self.network):
                if way.fetch_arrivals is None:
                    looks.append(eyes.look(Job(self.network.code, way.name, window)))
                    continue
                for key in keys:
                    token = ""
                    while True:
                        job = Job(self.network.code, way.name, window, key, token, here)
                        looks.append(eyes.look(job))
                        token = looks[-1].token
                        if looks[-1].done:
                            break
            return looks
        finally:
            eyes.nodes.close()

    def seen(self, keys: Sequence[AddressKey]) -> list[Seen]:
        found = [seen for look in self.look(keys) for seen in look.seen]
        return list({(s.finding.tx_hash, s.finding.position): s for s in found}.values())


@contextlib.contextmanager
def play_story(
    fixture: Fixture,
    store: Store,
    moment: pytest.MonkeyPatch,
    *,
    page: int | None = None,
    ledger: Ledger | None = None,
    twist: Twist | None = None,
) -> Iterator[Stage]:
    """The story and its ledger on a server of its own."""
    network = load_registry()[fixture.network]
    network = network.with_profile(fixture.profile) if fixture.profile else network
    if fixture.now is not None:
        moment.setenv("RECOVERY_NOW", fixture.now)
    built = ledger or build_ledger(network.family, [fixture], page=page)
    with ReplayServer(Replay([fixture]), ledger=built) as server:
        node = Node(network.code, server.url, fixture.api, history=fixture.history)
        (found,) = ask_node(network, node, [parse_hash(network, fixture.tx_hash)])
        assert isinstance(found, Found), found
        server.twist = twist
        try:
            yield Stage(network, node, server, found.evidence, fixture, store)
        finally:
            node.close()


def read_to_the_end(
    way: Pass, network: Network, node: Node, key: AddressKey, since: int, tip: Tip
) -> tuple[list[Hit], list[Arrivals]]:
    """All pages of an account's history: the hits, and the pages."""
    assert way.fetch_arrivals is not None
    token: str | None = None
    pages: list[Arrivals] = []
    while not pages or not pages[-1].done:
        pages.append(way.fetch_arrivals(network, node, key, token, since, tip))
        assert pages[-1].after
        assert pages[-1].after != token or pages[-1].done
        token = pages[-1].after
        assert len(pages) < 1_000
    return [hit for page in pages for hit in page.hits], pages
