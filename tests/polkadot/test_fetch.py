"""Who is asked for what: health, bare hashes, places above the head, costs."""

from __future__ import annotations

from typing import Any

import pytest
from polkadot.stories import (
    ALICE,
    FINAL,
    HEAD,
    OURS,
    Json,
    asset_info,
    block,
    event,
    extrinsic,
    get,
    health,
    plain,
    post,
    sidecar,
    some_hash,
    subscan_health,
)

from recovery.agreement import find_disagreement
from recovery.chains.family import Absent
from recovery.chains.polkadot.cost import fetch_cost, write_transfer
from recovery.chains.polkadot.fetch import fetch
from recovery.chains.source import Node
from recovery.checks import Found
from recovery.config import Config
from recovery.demo.fixtures import Fixture
from recovery.demo.server import Replay, ReplayServer
from recovery.errors import BadInput, SourceError, Unhealthy
from recovery.model import Evidence
from recovery.networks import load_registry
from recovery.triage import Nodes, ask_network, ask_node, search

ROW = load_registry()["DOT"]
HASH = some_hash("bare")


def configured(*endpoints: Json) -> Nodes:
    return Nodes(Config.model_validate({"networks": {"DOT": {"endpoints": list(endpoints)}}}))


def evidence_of(node: Node, name: str) -> Evidence:
    (answer,) = ask_node(ROW, node, [name])
    assert isinstance(answer, Found), answer
    return answer.evidence


def test_a_bare_hash_is_not_asked_of_sidecar_alone(serve: Any) -> None:
    node = serve(health())
    with configured({"url": node.url}) as nodes, pytest.raises(BadInput, match="DOT"):
        search(HASH, nodes)


def test_a_bare_hash_beside_another_network_leaves_dot_not_asked(serve: Any) -> None:
    dot = serve(health())
    silent = {"networks": {"DOT": {"endpoints": [dot.url]}, "ETH": {"endpoints": [dot.url]}}}
    with Nodes(Config.model_validate(silent)) as nodes:
        found = search(HASH, nodes)
    assert "DOT" in found.not_asked
    assert [u.network for u in found.unreachable] == ["ETH"]


def test_a_bare_hash_is_asked_of_subscan_alone_where_both_are_configured(serve: Any) -> None:
    unknown = post("/api/scan/extrinsic", {"hash": HASH}, None, code=10004)
    first, second = serve(health()), serve([*subscan_health(), unknown], "subscan")
    answers = ask_network(ROW, [first, second], [HASH])
    assert isinstance(answers[0], Absent)


def test_a_place_is_always_asked(serve: Any) -> None:
    node = serve(sidecar(block(FINAL - 9, plain(OURS, 10))))
    with configured({"url": node.url}) as nodes:
        found = search(f"{FINAL - 9}-2", nodes)
    assert [f.evidence.tx_hash for f in found.found] == [f"{FINAL - 9}-2"]


def test_the_relay_chain_is_not_asset_hub(serve: Any) -> None:
    material = health()[0]["json"] | {"genesisHash": ROW.parameters["relay_genesis"]}
    node = serve([get("/transaction/material", material), health()[1]])
    with pytest.raises(Unhealthy, match="relay chain"):
        fetch(ROW, node, ["5-2"])


def test_a_source_that_stands_still_is_not_believed(serve: Any) -> None:
    old = block(HEAD - 100, finalized=False)
    at = {"hash": some_hash("x"), "height": str(HEAD - 110)}
    material = health()[0]["json"] | {"at": at}
    exchanges = [
        get("/transaction/material", material),
        get("/blocks/head?finalized=false&noFees=true", old),
    ]
    with pytest.raises(Unhealthy, match="old"):
        fetch(ROW, serve(exchanges), ["5-2"])


def test_a_pruned_node_proves_no_absence(serve: Any) -> None:
    refused = get("/blocks/77", {"code": 400, "message": "State already discarded"}, 400)
    (outcome,) = fetch(ROW, serve([*health(), refused]), ["77-2"])
    assert isinstance(outcome, SourceError)


def test_subscan_that_keeps_recent_blocks_proves_no_absence(serve: Any) -> None:
    unknown = post("/api/scan/extrinsic", {"hash": HASH}, None)
    (outcome,) = fetch(ROW, serve([*subscan_health(), unknown], "subscan", "recent"), [HASH])
    assert isinstance(outcome, Unhealthy)


def test_subscan_over_its_limit_could_not_be_asked(serve: Any) -> None:
    busy = post("/api/scan/extrinsic", {"hash": HASH}, None, code=20008)
    (outcome,) = fetch(ROW, serve([*subscan_health(), busy], "subscan"), [HASH])
    assert isinstance(outcome, Unhealthy)


def test_many_places_are_asked_side_by_side(serve: Any) -> None:
    told = block(FINAL - 8, plain(OURS, 10), plain(OURS, 11))
    names = [f"{FINAL - 8}-{i}" for i in (2, 3, 7)]
    first, second, third = ask_node(ROW, serve(sidecar(told)), names)
    assert isinstance(first, Found)
    assert isinstance(second, Found)
    assert isinstance(third, Absent)
    assert [f.evidence.transfers[0].amount for f in (first, second)] == [10, 11]


@pytest.mark.parametrize(
    "name",
    [
        "native",
        "native-with-tip",
        "failed",
        "token-usdt",
        "token-foreign-ether",
        "batch-all-several-recipients",
        "hostile-batch-interrupted-before-us",
        "hostile-proxy-inner-error",
        "orphaned",
    ],
)
def test_both_apis_tell_the_same(stories: dict[str, Fixture], name: str, monkeypatch: Any) -> None:
    one, other = stories[name], stories[f"subscan-{name}"]
    monkeypatch.setenv("RECOVERY_NOW", str(one.now))
    told = []
    for fixture in (one, other):
        with ReplayServer(Replay([fixture])) as server:
            node = Node(ROW.code, server.url, fixture.api)
            told.append(evidence_of(node, fixture.tx_hash))
            node.close()
    first, second = told
    assert find_disagreement(first, second) is None
    assert (first.tx_hash, first.fee, first.notes) == (second.tx_hash, second.fee, second.notes)
    assert [t.position for t in first.transfers] == [t.position for t in second.transfers]


def test_the_cost_holds_fee_and_existential_deposit(serve: Any) -> None:
    told = block(FINAL - 7, plain(OURS, 10_000_000_000))
    (transfer,) = evidence_of(serve(sidecar(told)), f"{FINAL - 7}-2").transfers
    assert transfer.recipient.key is not None
    written = write_transfer(transfer, ROW, transfer.recipient.key.payload)
    node = serve(
        [
            *health(),
            {"post": "/transaction/fee-estimate", "body": {"tx": written}, "json": {"partialFee": "15950000"}},
            get(f"/accounts/{OURS}/balance-info", {"free": "10000000000", "reserved": "0"}),
        ]
    )  # fmt: skip
    cost = fetch_cost(ROW, node, transfer)
    assert [(line.code, line.amount) for line in cost.lines] == [
        ("network_cost", 15_950_000),
        ("reserve", 100_000_000),
    ]


def test_a_token_on_an_empty_account_must_be_funded_first(serve: Any) -> None:
    paid = event("assets.Transferred", "1984", ALICE, OURS, "5000000")
    one = extrinsic(
        "assets.transfer", {"id": "1984", "target": {"id": OURS}, "amount": "5000000"}, paid
    )
    exchanges = [*sidecar(block(FINAL - 6, one)), asset_info(1984, "USDt", "Tether USD", 6)]
    (transfer,) = evidence_of(serve(exchanges), f"{FINAL - 6}-2").transfers
    node = serve(
        [
            *health(),
            {"post": "/transaction/fee-estimate", "json": {"partialFee": "17000000"}},
            get(f"/accounts/{OURS}/balance-info", {"free": "0", "reserved": "0"}),
        ]
    )
    assert [(line.code, line.amount) for line in fetch_cost(ROW, node, transfer).lines] == [
        ("network_cost", 17_000_000),
        ("network_cost", 17_000_000),
        ("reserve", 100_000_000),
    ]
