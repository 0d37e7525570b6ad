"""What a hostile or broken server does to the reading of an account's history: nothing is lost, nothing believed.

The XRP Ledger's story is multiplied into a long history; the server over real HTTP misbehaves in between.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from scan.ledgers import Stage, find_stories, play_story, read_to_the_end

from recovery.chains import load_family
from recovery.chains.codecs import format_address
from recovery.chains.scan import Hit, Tip
from recovery.chains.source import Node
from recovery.chains.stretch import begin_stretch, end_page
from recovery.demo.fixtures import Fixture, RpcExchange, parse_json, print_json
from recovery.demo.ledgers import Asked, Ledger, Told, build_ledger
from recovery.demo.server import Reply
from recovery.errors import Garbled, SourceError, Unhealthy
from recovery.model import AddressKey
from recovery.networks import load_registry
from recovery.records.importer import import_csv
from recovery.scan.engine import Range, scan_network
from recovery.scan.findings import load_findings
from recovery.scan.looking import find_passes
from recovery.store import Store

STORY = next(f for f in find_stories("xrpl") if f.name == "XRP/native_with_tag")


def _multiply(fixture: Fixture, count: int, *, page: int) -> Ledger:
    """The story's payment so many times, each under a hash of its own, all in its ledger."""
    copies = []
    for number in range(count):
        exchanges = tuple(
            e.model_copy(update={"result": {**e.result, "hash": f"{number:064X}"}})
            if isinstance(e, RpcExchange) and e.rpc == "tx"
            else e
            for e in fixture.exchanges
        )
        copies.append(fixture.model_copy(update={"exchanges": exchanges}))
    return build_ledger("xrpl", copies, page=page)


@pytest.fixture
def stage(sqlite_store: Store, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    ledger = _multiply(STORY, 50, page=7)
    with play_story(STORY, sqlite_store, monkeypatch, ledger=ledger) as played:
        yield played


def _read(stage: Stage) -> list[Hit]:
    (way,) = stage.scan.plan_passes(stage.network)
    tip = Tip(stage.height, "", None)
    return read_to_the_end(way, stage.network, stage.node, _key(stage), stage.height, tip)[0]


def _key(stage: Stage) -> AddressKey:
    (key,) = stage.recipients
    return key


def _edit(stage: Stage, change: Any) -> None:
    """Change the answers to ``account_tx`` alone."""

    def twist(number: int, request: str, reply: Reply) -> Reply:
        document = parse_json(reply.body)
        if "transactions" not in document.get("result", {}):
            return reply
        return dataclasses.replace(reply, body=print_json(change(document)).encode())

    stage.server.twist = twist


def test_every_page_is_read_though_the_server_gives_fewer_rows_than_asked_for(stage: Stage) -> None:
    assert sorted({hit.tx_hash for hit in _read(stage)}) == [f"{n:064X}" for n in range(50)]


def test_a_marker_that_does_not_move_is_refused(stage: Stage) -> None:
    def stuck(document: Any) -> Any:
        document["result"]["marker"] = {"ledger": 1, "seq": 0}
        return document

    _edit(stage, stuck)
    with pytest.raises(Garbled, match="same page"):
        _read(stage)


@pytest.mark.parametrize(
    ("field", "value"), [("ledger_index_min", 0), ("ledger_index_max", 1)], ids=["first", "last"]
)
def test_a_server_that_looked_elsewhere_is_not_believed(
    stage: Stage, field: str, value: int
) -> None:
    def other(document: Any) -> Any:
        document["result"][field] = value
        return document

    _edit(stage, other)
    with pytest.raises(Unhealthy, match="other ledgers"):
        _read(stage)


def test_a_row_of_another_ledger_is_not_believed(stage: Stage) -> None:
    def elsewhere(document: Any) -> Any:
        document["result"]["transactions"][0]["ledger_index"] = 5
        return document

    _edit(stage, elsewhere)
    with pytest.raises(Garbled, match="not asked for"):
        _read(stage)


def test_what_a_server_does_not_hold_is_not_empty(stage: Stage) -> None:
    (way,) = stage.scan.plan_passes(stage.network)
    assert way.fetch_arrivals is not None
    ahead = Tip(4_000_000_000, "", None)
    with pytest.raises(Unhealthy, match="it keeps the ledgers"):
        way.fetch_arrivals(stage.network, stage.node, _key(stage), None, stage.height, ahead)


def test_a_page_that_fails_midway_leaves_the_cursor_before_it(stage: Stage) -> None:
    (way,) = stage.scan.plan_passes(stage.network)
    assert way.fetch_arrivals is not None
    tip = Tip(stage.height, "", None)
    first = way.fetch_arrivals(stage.network, stage.node, _key(stage), None, stage.height, tip)
    assert not first.done
    assert first.height < stage.height
    stage.server.twist = lambda number, request, reply: Reply(500, b"<html>", "text/html")
    with pytest.raises(SourceError):
        way.fetch_arrivals(stage.network, stage.node, _key(stage), first.after, stage.height, tip)
    stage.server.twist = None
    hits = list(first.hits)
    token, done = first.after, False
    while not done:
        page = way.fetch_arrivals(stage.network, stage.node, _key(stage), token, stage.height, tip)
        hits += page.hits
        token, done = page.after, page.done
    assert [hit.tx_hash for hit in hits] == [f"{n:064X}" for n in range(50)]


def test_a_marker_of_another_server_begins_the_stretch_again(
    sqlite_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = _multiply(STORY, 20, page=7)
    refused: list[Any] = []

    def choosy(asked: Asked) -> Told | None:
        told = known(asked)
        if told is not None and asked.body["params"][0].get("marker") == {"ledger": 9, "seq": 9}:
            refused.append(asked.body)
            error = {"error": "invalidParams", "status": "error"}
            return 200, {"result": error}
        return told

    with play_story(STORY, sqlite_store, monkeypatch, ledger=choosy) as stage:
        (way,) = stage.scan.plan_passes(stage.network)
        assert way.fetch_arrivals is not None
        tip = Tip(stage.height, "", None)
        token = f'{stage.height}-{stage.height}:{{"ledger": 9, "seq": 9}}'
        page = way.fetch_arrivals(stage.network, stage.node, _key(stage), token, 0, tip)
        assert len(refused) == 1
        assert [hit.tx_hash for hit in page.hits] == [f"{n:064X}" for n in range(7)]
        assert not page.done


def test_ten_thousand_grains_of_dust_are_all_seen(
    sqlite_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = _multiply(STORY, 10_000, page=200)
    with play_story(STORY, sqlite_store, monkeypatch, ledger=ledger) as stage:
        before = stage.server.requests
        assert len({hit.tx_hash for hit in _read(stage)}) == 10_000
        assert stage.server.requests - before <= 10_000 // 200 + 1


def test_a_stretch_is_ended_before_the_next_one_begins() -> None:
    old, new = Tip(100, "", None), Tip(140, "", None)
    page = end_page(begin_stretch(None, 90, old), old, (), following="p2", method="m")
    assert (page.done, page.height) == (False, 89)
    going_on = begin_stretch(page.after, 90, new)
    assert (going_on.first, going_on.last, going_on.place) == (90, 100, "p2")
    ended = end_page(going_on, new, (), following="", method="m")
    assert (ended.done, ended.height) == (False, 100)
    fresh = begin_stretch(ended.after, 90, new)
    assert (fresh.first, fresh.last, fresh.place) == (101, 140, "")
    assert end_page(fresh, new, (), following="", method="m").done


def test_a_tip_that_went_back_ends_without_asking() -> None:
    ended = end_page(
        begin_stretch(None, 90, Tip(100, "", None)),
        Tip(100, "", None),
        (),
        following="",
        method="m",
    )
    behind = begin_stretch(ended.after, 90, Tip(95, "", None))
    assert behind.is_empty
    page = end_page(behind, Tip(95, "", None), (), following="", method="m")
    assert page.done
    assert page.after == ended.after


def test_a_cursor_of_something_else_is_refused() -> None:
    with pytest.raises(Garbled):
        begin_stretch("page-2", 1, Tip(5, "", None))


@pytest.mark.parametrize(("code", "api"), [("ALGO", "algod"), ("TON", "toncenter-v2")])
def test_an_api_without_histories_says_so(code: str, api: str) -> None:
    network = load_registry()[code]
    scan = load_family(network.family).scan
    assert scan is not None
    with pytest.raises(Unhealthy, match=r"can be scanned|add an indexer"):
        scan.fetch_final(network, Node(network.code, "http://127.0.0.1:9", api))


def test_a_run_over_a_story_keeps_its_finding(
    sqlite_store: Store, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with play_story(STORY, sqlite_store, monkeypatch) as stage:
        address = format_address(stage.network, _key(stage))
        path = tmp_path / "addresses.csv"
        path.write_text(f"network,address,role,memo,user\nXRP,{address},shared,1,u1\n", "utf-8")
        import_csv(sqlite_store, "addresses", path, actor="olga")
        eyes = stage.eyes([_key(stage)])
        asked = Range(stage.height, stage.height)
        report = scan_network(eyes, sqlite_store, stage.network, asked=asked)
        eyes.nodes.close()
        assert report.is_whole
        (finding,) = load_findings(sqlite_store, stage.network.code)
        assert finding.tx_hash == stage.evidence.tx_hash


def test_every_network_has_a_scan() -> None:
    for network in load_registry():
        assert find_passes(network), network.code
