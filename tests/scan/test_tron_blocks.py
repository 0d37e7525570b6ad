"""Tron's blocks and results: what is cut, foreign, late or written otherwise is never an empty block."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
from scan.ledgers import Chosen, Stage, find_stories, play_story

from recovery.chains.scan import Hits, Window
from recovery.chains.tron.scan import fetch_final, fetch_hits
from recovery.demo.ledgers import Asked, Ledger, Told, build_ledger
from recovery.errors import SourceError
from recovery.model import AddressKey
from recovery.store import Store

STORIES = {f.name: f for f in find_stories("tron")}
INTERNAL = STORIES["TRX/internal"]
RANGES, INFOS = (
    "/walletsolidity/getblockbylimitnext",
    "/walletsolidity/gettransactioninfobyblocknum",
)

Change = Callable[[Any], Any]


def changed(path: str, change: Change, name: str = "TRX/internal") -> Ledger:
    """An honest server but for one path."""
    honest = build_ledger("tron", [STORIES[name]])

    def answer(asked: Asked) -> Told | None:
        told = honest(asked)
        if told is None or asked.path != path:
            return told
        return told[0], change(copy.deepcopy(told[1]))

    return answer


def look(stage: Stage, *, before: int = 2, keys: list[AddressKey] | None = None) -> Hits:
    window = Window(stage.height - before, stage.height + 1)
    watch = Chosen(stage.recipients if keys is None else keys)
    return fetch_hits(stage.network, stage.node, window, watch)


def _without_a_block(told: Any) -> Any:
    del told["block"][1]
    return told


def _cut_short(told: Any) -> Any:
    del told["block"][-1]
    return told


def _with_another_parent(told: Any) -> Any:
    told["block"][1]["block_header"]["raw_data"]["parentHash"] = "00" * 32
    return told


def _of_other_heights(told: Any) -> Any:
    told["block"].reverse()
    return told


def _with_other_bytes(told: Any) -> Any:
    for block in told["block"]:
        for tx in block.get("transactions", ()):
            tx["raw_data_hex"] = tx["raw_data_hex"][:-2] + "00"
    return told


def _without_the_bytes(told: Any) -> Any:
    for block in told["block"]:
        for tx in block.get("transactions", ()):
            del tx["raw_data_hex"]
    return told


@pytest.mark.parametrize(
    "change",
    [
        _without_a_block,
        _cut_short,
        _with_another_parent,
        _of_other_heights,
        _with_other_bytes,
        _without_the_bytes,
        lambda told: {},
        lambda told: {"Error": "class java.lang.Exception : no"},
    ],
)
def test_blocks_that_are_cut_or_foreign_are_refused(
    change: Change, sqlite_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = changed(RANGES, change)
    with (
        play_story(INTERNAL, sqlite_store, monkeypatch, ledger=ledger) as stage,
        pytest.raises(SourceError),
    ):
        look(stage)


def _of_another_block(told: Any) -> Any:
    return [{**info, "blockNumber": info["blockNumber"] + 1} for info in told]


def _in_base58(told: Any) -> Any:
    """As a node writes addresses that was asked, or is set, to make them readable."""
    for info in told:
        for paid in info["internal_transactions"]:
            paid["transferTo_address"] = "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"
    return told


@pytest.mark.parametrize(
    "change",
    [
        lambda told: [],
        lambda told: {},
        lambda told: told[:-1],
        lambda told: [*told, {**told[0], "id": "ab" * 32}],
        _of_another_block,
        _in_base58,
    ],
)
def test_results_that_do_not_match_their_block_are_refused(
    change: Change, sqlite_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def where_some_are(told: Any) -> Any:
        return change(told) if told else told

    ledger = changed(INFOS, where_some_are)
    with (
        play_story(INTERNAL, sqlite_store, monkeypatch, ledger=ledger) as stage,
        pytest.raises(SourceError),
    ):
        look(stage)


def test_what_is_not_solidified_is_not_looked_at(
    sqlite_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    with play_story(INTERNAL, sqlite_store, monkeypatch) as stage:
        tip = fetch_final(stage.network, stage.node)
        assert tip.height == 88_172_009
        window = Window(tip.height, tip.height + 1)
        with pytest.raises(SourceError, match="has not solidified"):
            fetch_hits(stage.network, stage.node, window, Chosen([]))


def test_a_node_of_another_chain_is_not_believed(
    sqlite_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    with play_story(INTERNAL, sqlite_store, monkeypatch) as stage:
        stage.node.memory.clear()
        parameters = {**stage.network.parameters, "genesis": "00" * 32}
        other = stage.network.model_copy(update={"parameters": parameters})
        window = Window(stage.height, stage.height)
        with pytest.raises(SourceError, match="its chain begins"):
            fetch_hits(other, stage.node, window, Chosen([]))


def _without_internal(told: Any) -> Any:
    for info in told:
        info.pop("internal_transactions", None)
    return told


def test_a_node_that_keeps_no_internal_transactions_is_told_as_a_gap(
    sqlite_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    with play_story(INTERNAL, sqlite_store, monkeypatch) as stage:
        stage.node.memory.clear()
        assert look(stage).gaps == ()
    ledger = changed(INFOS, _without_internal)
    with play_story(INTERNAL, sqlite_store, monkeypatch, ledger=ledger) as stage:
        stage.node.memory.clear()
        assert [gap.code for gap in look(stage).gaps] == ["internal_transfers"]


def test_blocks_without_calls_have_no_gap(
    sqlite_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    with play_story(STORIES["TRX/native-transfer"], sqlite_store, monkeypatch) as stage:
        stage.node.memory.clear()
        hits = look(stage)
    assert hits.gaps == ()
    assert [hit.tx_hash for hit in hits.hits] == [stage.evidence.tx_hash]
    assert hits.seen == 1


def test_where_the_solidified_view_is_elsewhere_the_head_s_is_read_up_to_what_is_solidified(
    sqlite_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = build_ledger("tron", [INTERNAL])
    solid = 88_172_009

    def answer(asked: Asked) -> Told | None:
        if asked.path.startswith("/walletsolidity/"):
            return 404, {"error": "not here"}
        if asked.path == "/wallet/getnodeinfo":
            return 200, {"solidityBlock": f"Num:{solid},ID:00"}
        if asked.path == "/wallet/getblock" and asked.body.get("id_or_num") == str(solid):
            block = next(e for e in INTERNAL.exchanges if e.request.startswith("POST /walletsol"))
            return 200, getattr(block, "document")  # noqa: B009  an HTTP exchange has one
        return honest(asked)

    with play_story(INTERNAL, sqlite_store, monkeypatch, ledger=honest) as stage:
        stage.node.memory.clear()
        stage.server.ledger = answer
        hits = look(stage)
        assert {hit.tx_hash for hit in hits.hits} == {stage.evidence.tx_hash}
        assert hits.methods[0] == "/wallet/getblockbylimitnext"
        with pytest.raises(SourceError, match="has not solidified"):
            fetch_hits(stage.network, stage.node, Window(solid, solid + 1), Chosen([]))


@pytest.mark.parametrize("upper", ["0" * 24, "0" * 22 + "41"])
def test_a_recipient_is_found_in_a_log_whatever_its_upper_bytes(
    upper: str, sqlite_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def rewritten(told: Any) -> Any:
        for info in told:
            for log in info.get("log", ()):
                log["topics"] = [log["topics"][0], *(upper + t[24:] for t in log["topics"][1:])]
        return told

    ledger = changed(INFOS, rewritten, "TRX/trc20-transfer")
    story = STORIES["TRX/trc20-transfer"]
    with play_story(story, sqlite_store, monkeypatch, ledger=ledger) as stage:
        assert [hit.tx_hash for hit in look(stage).hits] == [stage.evidence.tx_hash]
        stranger = AddressKey("evm", b"\x77" * 20)
        assert look(stage, keys=[stranger]).hits == ()
