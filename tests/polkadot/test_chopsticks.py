"""What the adapter says of extrinsics that Asset Hub's own runtime executed, beside its balances."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from nodes.chopsticks import AssetHub, run_asset_hub

from recovery.chains.source import Node
from recovery.checks import Found
from recovery.errors import Unhealthy
from recovery.model import Evidence, TransferKind, TxStatus
from recovery.networks import load_registry
from recovery.triage import ask_node

pytestmark = pytest.mark.xdist_group("chopsticks")

ROW = load_registry()["DOT"].with_profile("chopsticks")
COIN = 10**12
STORIES = (
    "native",
    "tip",
    "failed",
    "below existential deposit",
    "several recipients",
    "batch interrupted",
    "batch undone",
    "proxy",
    "proxy with inner error",
    "token issued",
    "token",
    "token failed",
    "token batch",
    "token by approval",
    "all of it",
    "instead",
)


@pytest.fixture(scope="module")
def asset_hub() -> Iterator[AssetHub]:
    with run_asset_hub() as running:
        yield running


@pytest.fixture
def node(asset_hub: AssetHub, monkeypatch: pytest.MonkeyPatch) -> Iterator[Node]:
    monkeypatch.delenv("RECOVERY_NOW", raising=False)
    node = Node(ROW.code, asset_hub.url, "sidecar")
    yield node
    node.close()


def ask(node: Node, story: Any) -> Evidence:
    (answer,) = ask_node(ROW, node, [story["tx_hash"]])
    assert isinstance(answer, Found), answer
    return answer.evidence


def changes_told(evidence: Evidence) -> Counter[tuple[str | None, str]]:
    """By how much the evidence says each balance changed, native and token."""
    told: Counter[tuple[str | None, str]] = Counter()
    for t in evidence.transfers:
        if t.succeeded:
            assert isinstance(t.amount, int)
            what = "native" if t.asset == ROW.native_asset else "token"
            told[t.recipient.address, what] += t.amount
            for sender in t.senders:
                told[sender.address, what] -= t.amount
    assert evidence.fee is not None
    told[evidence.fee.payer, "native"] -= evidence.fee.amount
    return told


@pytest.mark.parametrize("name", STORIES)
def test_transfers_and_fee_are_exactly_what_balances_changed_by(
    asset_hub: AssetHub, node: Node, name: str
) -> None:
    story = asset_hub.stories[name]
    told = changes_told(ask(node, story))
    for address, after in story["after"].items():
        for what in ("native", "token"):
            change = int(after[what]) - int(story["before"][address][what])
            assert told[address, what] == change, (address, what)


@pytest.mark.parametrize(
    "name", ["failed", "below existential deposit", "batch undone", "token failed"]
)
def test_what_the_runtime_undid_is_failed(asset_hub: AssetHub, node: Node, name: str) -> None:
    evidence = ask(node, asset_hub.stories[name])
    assert evidence.status is TxStatus.FAILED
    assert evidence.failure is not None
    assert not any(t.succeeded for t in evidence.transfers)


def test_an_interrupted_batch_pays_only_whom_it_reached(asset_hub: AssetHub, node: Node) -> None:
    evidence = ask(node, asset_hub.stories["batch interrupted"])
    assert evidence.status is TxStatus.CONFIRMED
    assert [t.amount for t in evidence.transfers] == [COIN]
    assert "batch_interrupted" in {n.code for n in evidence.notes}


def test_a_failed_call_inside_a_proxy_moves_nothing(asset_hub: AssetHub, node: Node) -> None:
    evidence = ask(node, asset_hub.stories["proxy with inner error"])
    assert (evidence.status, evidence.transfers) == (TxStatus.CONFIRMED, ())
    assert "inner_call_failed" in {n.code for n in evidence.notes}


def test_a_batch_of_two_recipients_is_told_as_one(asset_hub: AssetHub, node: Node) -> None:
    assert all(t.batched for t in ask(node, asset_hub.stories["several recipients"]).transfers)
    assert not any(t.batched for t in ask(node, asset_hub.stories["native"]).transfers)


def test_a_token_is_told_by_number_with_the_name_the_chain_gives(
    asset_hub: AssetHub, node: Node
) -> None:
    (transfer,) = ask(node, asset_hub.stories["token"]).transfers
    assert (transfer.kind, transfer.asset) == (TransferKind.TOKEN, f"{ROW.chain}/asset:1984")
    assert (transfer.symbol, transfer.decimals, transfer.amount) == ("USDt", 6, 250_000)


def test_after_a_reorganisation_the_place_is_another_extrinsics(
    asset_hub: AssetHub, node: Node
) -> None:
    undone, instead = asset_hub.stories["undone"], asset_hub.stories["instead"]
    assert undone["tx_hash"] == instead["tx_hash"]
    evidence = ask(node, undone)
    assert undone["hash"] not in str(evidence.notes)
    assert instead["hash"] in str(evidence.notes)


def test_another_chain_is_not_believed(asset_hub: AssetHub, node: Node) -> None:
    (answer,) = ask_node(load_registry()["DOT"], node, ["2-2"])
    assert isinstance(answer, Unhealthy)
