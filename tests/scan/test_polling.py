"""Chains that are asked address by address: every address to its tip, each with a cursor of its own.

The API is played in the process: an account's history that is paged by an opaque token. What is proven is the
scanner's walk; each family's own calls have their own tests.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from recovery.chains.scan import Arrivals, Hit, Pass, Sight, Tip
from recovery.chains.source import Node
from recovery.config import Config
from recovery.errors import Unreachable
from recovery.model import AddressKey, AssetId, NetworkCode, TransferKind
from recovery.networks import Network
from recovery.records.importer import import_csv
from recovery.scan.engine import Range, scan_network
from recovery.scan.findings import load_cursors, load_findings
from recovery.scan.looking import Eyes, watch_folder
from recovery.scan.values import ScanReport
from recovery.scan.watching import open_watch
from recovery.store import Store

XRP = NetworkCode("XRP")
ACCOUNTS = ("rNNuQMuExCiEjeZ4h9JJnj5PSWypdMXDj4", "rvYAfWj5gh67oV6fW32ZzP3Aw4Eubs59B")
PAGE = 3


@dataclass(slots=True)
class History:
    """What each account received: heights. ``down`` names keys that can't be asked for."""

    received: dict[AddressKey, list[int]] = field(default_factory=dict)
    down: set[AddressKey] = field(default_factory=set)
    asked: list[tuple[AddressKey, str | None]] = field(default_factory=list)
    tip: int = 1_000

    def page(
        self, network: Network, node: Node, key: AddressKey, after: str | None, since: int, tip: Tip
    ) -> Arrivals:
        self.asked.append((key, after))
        if key in self.down:
            raise Unreachable("source-unreachable", "down")
        start = int(after.removeprefix("page-")) if after else 0
        heights = self.received[key]
        if after is None:
            start = sum(height < since for height in heights)
        here = [h for h in heights[start : start + PAGE] if h <= tip.height]
        done = start + len(here) >= sum(height <= tip.height for height in heights)
        hits = tuple(
            Hit(
                f"{key.payload.hex()}{height:024X}",
                height,
                datetime(2026, 11, 1, tzinfo=UTC),
                Sight("payment", TransferKind.NATIVE, AssetId("xrpl:0/slip44:144"), height, key),
            )
            for i, height in enumerate(here)
        )
        reached = here[-1] if here else since
        return Arrivals(hits, f"page-{start + len(here)}", done, reached, ("account_tx",))


class Playing(Eyes):
    """Eyes over a played history."""

    history: History

    def find_passes(self, network: Network) -> tuple[Pass, ...]:
        return (Pass("arrivals", fetch_arrivals=self.history.page, first_look=500),)

    def fetch_final(self, network: Network) -> Tip:
        return Tip(self.history.tip, "", datetime(2026, 11, 1, tzinfo=UTC))


@dataclass(slots=True)
class Bench:
    store: Store
    eyes: Playing
    keys: tuple[AddressKey, ...]

    def scan(self, asked: Range | None = None) -> ScanReport:
        network = self.eyes.config.network(XRP)
        return scan_network(self.eyes, self.store, network, asked=asked, workers=2)

    def found(self) -> list[tuple[int, int]]:
        """Number of the account and height of each finding."""
        return sorted(
            (self.keys.index(f.recipient), f.height) for f in load_findings(self.store, XRP)
        )


@pytest.fixture
def bench(store: Store, tmp_path: Path) -> Bench:
    path = tmp_path / "addresses.csv"
    rows = "".join(f"XRP,{a},shared,{i},u{i}\n" for a in ACCOUNTS for i in range(3))
    path.write_text("network,address,role,memo,user\n" + rows, "utf-8")
    import_csv(store, "addresses", path, actor="olga")
    config = Config.model_validate(
        {
            "watch_folder": str(tmp_path / "watch"),
            "networks": {"XRP": {"endpoints": ["http://127.0.0.1:9"]}},
        }
    )
    watch = open_watch(store, watch_folder(config), polled=[XRP])
    eyes = Playing(config, store, watch, rest=lambda seconds: None)
    keys = tuple(watch.addresses_of(XRP))
    assert len(keys) == len(ACCOUNTS)
    eyes.history = History({key: [] for key in keys})
    return Bench(store, eyes, keys)


def test_every_address_is_read_page_by_page_to_the_tip(bench: Bench) -> None:
    one, two = bench.keys
    bench.eyes.history.received = {one: list(range(600, 680)), two: [499, 501, 1_001]}
    report = bench.scan()
    assert report.is_whole
    assert bench.found() == [(0, h) for h in range(600, 680)] + [(1, 501)]
    assert report.notes[0].code == "first_run"
    cursors = load_cursors(bench.store, XRP)
    assert {track: c.height for (_, track), c in cursors.items()} == {
        f"arrivals:{one}": 1_000,
        f"arrivals:{two}": 1_000,
        "arrivals": 1_000,
    }


def test_the_next_run_begins_behind_the_last_page(bench: Bench) -> None:
    one, two = bench.keys
    history = bench.eyes.history
    history.received = {one: [600, 700], two: []}
    bench.scan()
    history.received[one] += [1_100]
    history.tip = 1_200
    history.asked.clear()
    assert bench.scan().walks[0].findings == 1
    assert (one, "page-2") in history.asked
    assert bench.found() == [(0, 600), (0, 700), (0, 1_100)]


def test_an_address_that_cant_be_asked_keeps_its_place_and_the_others_go_on(bench: Bench) -> None:
    one, two = bench.keys
    history = bench.eyes.history
    history.received = {one: [600], two: [700]}
    history.down = {one}
    report = bench.scan()
    assert not report.is_whole
    assert bench.found() == [(1, 700)]
    assert list(load_cursors(bench.store, XRP)) == [("XRP", f"arrivals:{two}")]
    history.down = set()
    assert bench.scan().is_whole
    assert bench.found() == [(0, 600), (1, 700)]


def test_a_named_range_moves_no_cursor(bench: Bench) -> None:
    one, two = bench.keys
    bench.eyes.history.received = {one: [100, 200, 300], two: []}
    assert bench.scan(Range(150, 250)).is_whole
    assert bench.found() == [(0, 200)]
    assert not load_cursors(bench.store, XRP)
