"""Lists and blocks that are cut, doubled, out of order, late or pruned are never taken for an empty stretch."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
from scan.ledgers import Chosen, Stage, find_stories, play_story, read_to_the_end

from recovery.chains.scan import Pass, Tip, Window
from recovery.demo.fixtures import Fixture
from recovery.demo.ledgers import Asked, Ledger, Told, build_ledger
from recovery.demo.server import Reply
from recovery.errors import SourceError
from recovery.store import Store

NAMES = (
    "EOS/native-a-with-memo",
    "ATOM/native-with-memo",
    "ATOM/native-by-rpc",
    "ADA/message",
    "ADA/koios-message",
    "XTZ/fa2-token",
    "APT/token",
    "SUI/native",
    "DOT/native",
    "NEAR/native",
    "TRX/internal",
    "SOL/token_transfer",
)
FAMILIES = (
    "antelope",
    "cosmos",
    "cardano",
    "tezos",
    "aptos",
    "sui",
    "polkadot",
    "near",
    "tron",
    "solana",
)
TOLD = {f.name: f for f in find_stories(*FAMILIES)}
STORIES = [TOLD[name] for name in NAMES]
each_story = pytest.mark.parametrize("fixture", STORIES, ids=lambda f: f.name)


@each_story
def test_a_look_whose_source_fails_midway_is_no_look(
    fixture: Fixture, sqlite_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever request is the first to fail: all is found, or the failure is told."""
    with play_story(fixture, sqlite_store, monkeypatch, page=1) as stage:
        before = stage.server.requests
        whole = len(stage.seen(stage.recipients))
        needed = stage.server.requests - before
        assert whole
        for good in range(needed):
            broken = _Broken(stage.server.requests + good)
            stage.server.twist = broken
            with pytest.raises(SourceError):
                stage.look(stage.recipients)
            assert broken.failed


class _Broken:
    """All answers after the first ones are the gateway's page of apology."""

    def __init__(self, last_good: int) -> None:
        self.last_good = last_good
        self.failed = 0

    def __call__(self, number: int, asked: str, reply: Reply) -> Reply:
        if number <= self.last_good:
            return reply
        self.failed += 1
        return Reply(500, b"<html>bad gateway</html>", "text/html")


@each_story
def test_what_a_node_does_not_have_yet_is_not_empty(
    fixture: Fixture, sqlite_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    with play_story(fixture, sqlite_store, monkeypatch) as stage:
        top = stage.scan.fetch_final(stage.network, stage.node).height + 1_000
        for way in stage.scan.plan_passes(stage.network):
            with pytest.raises(SourceError):
                _ask_above(stage, way, top)


def _ask_above(stage: Stage, way: Pass, top: int) -> None:
    if way.fetch_hits is not None:
        watch = Chosen(stage.recipients)
        way.fetch_hits(stage.network, stage.node, Window(top, top), watch)
        return
    tip = Tip(top, "", None)
    read_to_the_end(way, stage.network, stage.node, stage.recipients[0], top - 10, tip)


@pytest.mark.parametrize(
    "name", ["EOS/native-by-nodeos", "XTZ/octez-near-payment", "DOT/subscan-native"]
)
def test_an_api_that_lists_nothing_says_what_is_needed(
    name: str, sqlite_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (
        play_story(TOLD[name], sqlite_store, monkeypatch, ledger=lambda asked: None) as stage,
        pytest.raises(SourceError, match="the scan needs"),
    ):
        stage.scan.fetch_final(stage.network, stage.node)


Change = Callable[[Any], Any]


def _doubled(rows: list[Any]) -> list[Any]:
    return [*rows, *rows]


def _foreign(rows: list[Any]) -> list[Any]:
    """The same rows, of blocks that nobody asked for."""
    changed = copy.deepcopy(rows)
    for row in changed:
        for name in ("block_num", "level", "height"):
            if name in row:
                row[name] = type(row[name])(int(row[name]) + 5)
    return changed


def _changed(fixture: Fixture, family: str, path: str, field: str | None, change: Change) -> Ledger:
    honest = build_ledger(family, [fixture])

    def answer(asked: Asked) -> Told | None:
        told = honest(asked)
        if told is None or not asked.path.startswith(path):
            return told
        status, document = told
        rows = document if field is None else document[field]
        if not rows:
            return told
        return status, change(rows) if field is None else {**document, field: change(rows)}

    return answer


@pytest.mark.parametrize("change", [_doubled, _foreign])
@pytest.mark.parametrize(
    ("name", "family", "path", "field"),
    [
        ("EOS/native-a-with-memo", "antelope", "/v2/history/get_actions", "actions"),
        ("ATOM/native-with-memo", "cosmos", "/cosmos/tx/v1beta1/txs", "tx_responses"),
        ("XTZ/fa2-token", "tezos", "/v1/tokens/transfers", None),
    ],
)
def test_rows_that_are_doubled_or_foreign_are_refused(
    name: str,
    family: str,
    path: str,
    field: str | None,
    change: Change,
    sqlite_store: Store,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ledger = _changed(TOLD[name], family, path, field, change)
    with play_story(TOLD[name], sqlite_store, monkeypatch, ledger=ledger) as stage:
        _expect_refusal(stage)


@pytest.mark.parametrize(
    ("name", "family", "path", "field"),
    [
        ("ATOM/native-with-memo", "cosmos", "/cosmos/tx/v1beta1/txs", "tx_responses"),
        ("ADA/koios-message", "cardano", "/block_tx_info", None),
        ("APT/token", "aptos", "/v1/blocks/by_height/", "transactions"),
        ("DOT/native", "polkadot", "/blocks", None),
    ],
)
def test_a_list_that_is_cut_short_is_refused(
    name: str,
    family: str,
    path: str,
    field: str | None,
    sqlite_store: Store,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def nothing(rows: list[Any]) -> list[Any]:
        return []

    ledger = _changed(TOLD[name], family, path, field, nothing)
    with play_story(TOLD[name], sqlite_store, monkeypatch, ledger=ledger) as stage:
        _expect_refusal(stage)


def _expect_refusal(stage: Stage) -> None:
    with pytest.raises(SourceError):
        stage.look(stage.recipients)


def test_ten_thousand_dust_payments_are_all_named(
    sqlite_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The list of a spammed account is read to its end, whatever the server gives at once."""
    fixture = TOLD["EOS/native-a-with-memo"]
    answer: Any = fixture.exchanges[1]
    ours = answer.document["actions"][0]

    def spam(asked: Asked) -> Told | None:
        if asked.path != "/v2/history/get_actions":
            return None
        first = max(int(asked.query["global_sequence"].partition("-")[0]), 1)
        rows = [
            {**ours, "global_sequence": n, "trx_id": f"{n:064x}"}
            for n in range(first, min(first + 100, 10_001))
        ]
        return 200, {"actions": rows}

    with play_story(fixture, sqlite_store, monkeypatch, ledger=spam) as stage:
        (way,) = stage.scan.plan_passes(stage.network)
        tip = Tip(stage.height, "", None)
        key = stage.recipients[0]
        hits, pages = read_to_the_end(way, stage.network, stage.node, key, stage.height, tip)
    assert len({hit.tx_hash for hit in hits}) == 10_000
    assert len(pages) == 101
