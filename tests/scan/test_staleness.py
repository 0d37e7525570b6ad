"""How old what was looked through is: by the last tip that every pass was at, whatever happens on the way to the next."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from scan.ledgers import find_stories, play_story

from recovery.config import Config
from recovery.model import NetworkCode
from recovery.scan.engine import scan_network
from recovery.scan.findings import load_cursors, store_look
from recovery.scan.staleness import Age, find_ages
from recovery.scan.values import Cursor
from recovery.store import Store

AT = datetime(2026, 11, 20, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)
ETH, XRP = NetworkCode("ETH"), NetworkCode("XRP")


def reach(store: Store, code: NetworkCode, track: str, height: int, ago: timedelta | None) -> None:
    moment = None if ago is None else AT - ago
    cursor = Cursor(height, "", moment)
    store_look(store, code, track, findings=(), cursor=cursor, at=AT)


def age_of(store: Store, code: NetworkCode) -> Age:
    config = Config()
    return find_ages(store, config, [config.network(code)], at=AT)[code]


def test_a_network_is_as_old_as_the_oldest_tip_of_its_passes(sqlite_store: Store) -> None:
    reach(sqlite_store, ETH, "tokens", 100, HOUR)
    assert age_of(sqlite_store, ETH).is_stale, "natives were never at a tip"
    reach(sqlite_store, ETH, "natives", 90, 3 * HOUR)
    assert age_of(sqlite_store, ETH) == Age(3 * HOUR, 26 * HOUR)
    reach(sqlite_store, ETH, "internal", 10, 90 * HOUR)
    assert not age_of(sqlite_store, ETH).is_stale, "a node need not have traces"


def test_a_run_that_got_half_the_way_makes_nothing_older_than_it_was(store: Store) -> None:
    """Yesterday's tip was seen; tonight's run was broken off behind it."""
    for name in ("tokens", "natives"):
        reach(store, ETH, name, 100, 24 * HOUR)
    reach(store, ETH, "tokens", 150, None)
    assert age_of(store, ETH) == Age(24 * HOUR, 26 * HOUR)
    reach(store, ETH, "tokens", 200, HOUR)
    reach(store, ETH, "natives", 200, HOUR)
    assert age_of(store, ETH).age == HOUR


def test_a_run_that_never_gets_to_the_tip_becomes_stale(sqlite_store: Store) -> None:
    for name in ("tokens", "natives"):
        reach(sqlite_store, ETH, name, 100, 27 * HOUR)
        reach(sqlite_store, ETH, name, 150, None)
    assert age_of(sqlite_store, ETH).is_stale
    for name in ("tokens", "natives"):
        reach(sqlite_store, XRP, name, 150, None)
    assert age_of(sqlite_store, XRP) == Age(None, 26 * HOUR), "its first run is not at the tip yet"


def test_a_network_on_which_no_address_was_issued_is_not_stale_for_ever(
    sqlite_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    story = next(f for f in find_stories("xrpl") if f.name == "XRP/native_with_tag")
    with play_story(story, sqlite_store, monkeypatch) as stage:
        eyes = stage.eyes([])
        report = scan_network(eyes, sqlite_store, stage.network)
        eyes.nodes.close()
        assert report.is_whole
        cursors = load_cursors(sqlite_store, XRP)
        (track,) = cursors
        assert cursors[track].height == report.tip.height
        at = report.tip.time
        assert at is not None
        ages = find_ages(sqlite_store, eyes.config, [stage.network], at=at + HOUR)
        assert ages["XRP"].age == HOUR
