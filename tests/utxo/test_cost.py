"""What moving an output out costs: sizes by script, rates by each chain's own way."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from recovery.chains.source import Node
from recovery.chains.utxo.family import FAMILY
from recovery.demo.fixtures import Fixture
from recovery.errors import SourceError
from recovery.model import AddressKey, AssetId, Party, Transfer, TransferKind
from recovery.networks import load_registry

Story = Callable[[str], Fixture]
Play = Callable[..., str]
NodeOf = Callable[..., Node]

POOL = {"mempoolminfee": Decimal("0.00000100"), "minrelaytxfee": Decimal("0.00000100")}


def to(scheme: str, kind: TransferKind = TransferKind.NATIVE) -> Transfer:
    return Transfer(
        index=0,
        position="vout:0",
        kind=kind,
        asset=AssetId("x"),
        amount=10**8,
        senders=(),
        recipient=Party(None, AddressKey(scheme, bytes(20))),
    )


def rpc(method: str, result: Any) -> dict[str, Any]:
    return {"rpc": method, "result": result}


@pytest.fixture
def cost(story: Story, play: Play, node_of: NodeOf) -> Callable[..., list[tuple[str, int]]]:
    def estimate(
        code: str, transfer: Transfer, *answers: dict[str, Any], api: str = "core"
    ) -> list[tuple[str, int]]:
        network = load_registry()[code]
        url = play(story(f"{code}/absent"), *answers)
        found = FAMILY.fetch_cost(network, node_of(network, url, api), transfer)
        assert found.asset == network.native_asset
        return [(line.code, line.amount) for line in found.lines]

    return estimate


@pytest.mark.parametrize(
    ("scheme", "fee"),
    [
        ("p2wpkh", 517),  # 121.5 vB at 4.251 sat
        ("p2tr", 472),  # 111 vB
        ("p2pkh", 857),  # 201.5 vB
        ("p2wsh", 672),  # 158 vB
        ("p2sh", 1490),  # 350.5 vB: the script is unknown, 2-of-3 is assumed
        ("script", 1490),
    ],
)
def test_bitcoin_pays_the_estimate_for_the_size_of_the_script(
    scheme: str, fee: int, cost: Callable[..., Any]
) -> None:
    estimate = {"feerate": Decimal("0.00004251"), "blocks": 6}
    lines = cost("BTC", to(scheme), rpc("getmempoolinfo", POOL), rpc("estimatesmartfee", estimate))
    assert lines == [("network_cost", fee)]


def test_the_mempools_floor_wins_over_a_lower_estimate(cost: Callable[..., Any]) -> None:
    full = POOL | {"mempoolminfee": Decimal("0.00010000")}
    estimate = {"feerate": Decimal("0.00001"), "blocks": 6}
    lines = cost(
        "BTC", to("p2wpkh"), rpc("getmempoolinfo", full), rpc("estimatesmartfee", estimate)
    )
    assert lines == [("network_cost", 1215)]


def test_bitcoin_without_an_estimate_has_no_cost_and_so_no_quote(cost: Callable[..., Any]) -> None:
    nothing = {"errors": ["Insufficient data or no feerate found"], "blocks": 6}
    with pytest.raises(SourceError, match="no fee estimate"):
        cost("BTC", to("p2pkh"), rpc("getmempoolinfo", POOL), rpc("estimatesmartfee", nothing))


def test_esplora_gives_satoshi_a_virtual_byte(cost: Callable[..., Any]) -> None:
    lines = cost(
        "BTC",
        to("p2wpkh"),
        {"get": "/fee-estimates", "json": {"1": Decimal("12.3"), "6": Decimal("8.02")}},
        api="esplora",
    )
    assert lines == [("network_cost", 975)]
    with pytest.raises(SourceError, match="no fee estimate"):
        cost("BTC", to("p2wpkh"), {"get": "/fee-estimates", "json": {}}, api="esplora")


def test_dogecoin_pays_the_fixed_rate_and_more_where_the_node_asks_more(
    cost: Callable[..., Any],
) -> None:
    pool = {"mempoolminfee": Decimal("0.001")}
    assert cost("DOGE", to("p2pkh"), rpc("getmempoolinfo", pool)) == [("network_cost", 192_000)]
    full = {"mempoolminfee": Decimal("0.02")}
    assert cost("DOGE", to("p2pkh"), rpc("getmempoolinfo", full)) == [("network_cost", 384_000)]


def test_bitcoin_cash_asks_estimatefee_and_falls_to_one_satoshi_a_byte(
    cost: Callable[..., Any],
) -> None:
    pool = rpc("getmempoolinfo", {"mempoolminfee": Decimal("0.00001")})
    dear = rpc("estimatefee", Decimal("0.00002"))
    assert cost("BCH", to("p2pkh"), pool, dear) == [("network_cost", 384)]
    assert cost("BCH", to("p2pkh"), pool, rpc("estimatefee", -1)) == [("network_cost", 192)]


def test_a_cash_token_needs_coins_to_go_along(cost: Callable[..., Any]) -> None:
    pool = rpc("getmempoolinfo", {"mempoolminfee": Decimal("0.00001")})
    lines = cost("BCH", to("p2pkh", TransferKind.TOKEN), pool, rpc("estimatefee", -1))
    assert lines == [("network_cost", 458), ("reserve", 1000)]


def test_zcash_pays_by_logical_actions(cost: Callable[..., Any]) -> None:
    assert cost("ZEC", to("p2pkh")) == [("network_cost", 10_000)]
    assert cost("ZEC", to("p2sh")) == [("network_cost", 10_000)]
