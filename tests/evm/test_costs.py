"""What moving the value out would cost, what was really received, and what can't be told."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from nodes.evm import Chain

from recovery.chains.evm.family import FAMILY
from recovery.chains.family import NetworkCost
from recovery.chains.source import Node
from recovery.demo.fixtures import Fixture
from recovery.demo.server import Replay, ReplayServer
from recovery.errors import Unhealthy, Unreachable
from recovery.model import Evidence, Transfer
from recovery.networks import load_registry

ETHER = 10**18
GWEI = 10**9


def paid_token(eth: Chain, name: str = "Erc20", *arguments: Any) -> Transfer:
    token = eth.deploy(name, *(arguments or ("T", "T", 6, 10**12)))
    (paid,) = eth.ask(token.send("transfer", eth.account(1), 5000)).transfers
    return paid


def test_moving_coin_costs_one_transaction(eth: Chain) -> None:
    tx_hash = eth.anvil.send(from_=eth.account(0), to=eth.account(1), value=ETHER)
    cost = FAMILY.fetch_cost(eth.network, eth.node, eth.ask(tx_hash).transfers[0])
    latest = eth.anvil.rpc("eth_getBlockByNumber", "latest", False)
    tip = int(eth.anvil.rpc("eth_maxPriorityFeePerGas"), 16)
    price = 2 * int(latest["baseFeePerGas"], 16) + tip
    (line,) = cost.lines
    assert (line.code, line.amount) == ("network_cost", 21_000 * price)
    assert cost.asset == "eip155:1/slip44:60"


def test_moving_a_token_needs_its_gas_brought_first(eth: Chain) -> None:
    funding, moving = FAMILY.fetch_cost(eth.network, eth.node, paid_token(eth)).lines
    assert "gas funding" in funding.text
    assert "sending the token" in moving.text
    assert moving.amount > funding.amount > 0


def test_coin_that_has_left_is_estimated_all_the_same(eth: Chain) -> None:
    tx_hash = eth.anvil.send(from_=eth.account(0), to="0x" + "77" * 20, value=ETHER)
    gone = dataclasses.replace(eth.ask(tx_hash).transfers[0], amount=10**30)
    assert FAMILY.fetch_cost(eth.network, eth.node, gone).lines[0].amount > 0


def test_a_token_that_refuses_is_said_to_be_assumed(eth: Chain) -> None:
    much = dataclasses.replace(paid_token(eth), amount=10**40)
    moving = FAMILY.fetch_cost(eth.network, eth.node, much).lines[1]
    assert "assumed" in moving.text
    assert "can't be tried" in moving.text


def test_an_nft_is_moved_by_its_own_call(eth: Chain) -> None:
    art = eth.deploy("Erc721")
    (paid,) = eth.ask(art.send("mint", eth.account(1), 5)).transfers
    assert len(FAMILY.fetch_cost(eth.network, eth.node, paid).lines) == 2
    items = eth.deploy("Erc1155")
    (paid,) = eth.ask(items.send("single", eth.account(1), 9, 4)).transfers
    assert len(FAMILY.fetch_cost(eth.network, eth.node, paid).lines) == 2


def block(number: int, **fields: Any) -> dict[str, Any]:
    return {"number": hex(number), "hash": "0x" + "0" * 64, "timestamp": "0x6b0217e4"} | fields


def cost_of(code: str, transfer: Transfer, answers: dict[str, Any]) -> NetworkCost:
    """The cost by a written node: ``answers`` by method."""
    row = load_registry()[code]
    honest: dict[str, Any] = {
        "eth_chainId": hex(row.parameters["chain_id"]),
        "eth_syncing": False,
        "eth_getBlockByNumber": block(100, baseFeePerGas=hex(GWEI)),
        "eth_maxPriorityFeePerGas": hex(GWEI),
        "eth_gasPrice": hex(2 * GWEI),
        "eth_estimateGas": hex(30_000),
    }
    told = honest | answers
    exchanges = [
        {"rpc": m, "error": a} if isinstance(a, dict) and "code" in a else {"rpc": m, "result": a}
        for m, a in told.items()
    ]
    fixture = Fixture.model_validate(
        {
            "file": "written",
            "story": "a node that names prices",
            "origin": "synthetic",
            "source": "written for this test",
            "network": code,
            "api": "jsonrpc",
            "tx_hash": "0x" + "0" * 64,
            "exchanges": exchanges,
            "absent": True,
        }
    )
    with ReplayServer(Replay([fixture])) as server:
        node = Node(row.code, server.url, "jsonrpc")
        try:
            return FAMILY.fetch_cost(row, node, transfer)
        finally:
            node.close()


@pytest.fixture(scope="module")
def coin(eth: Chain) -> Transfer:
    tx_hash = eth.anvil.send(from_=eth.account(0), to=eth.account(1), value=ETHER)
    return eth.ask(tx_hash).transfers[0]


def test_a_second_layer_adds_what_its_oracle_says(coin: Transfer) -> None:
    word = "0x" + f"{700:064x}"
    (line,) = cost_of("OP", coin, {"eth_call": word}).lines
    assert line.amount == 30_000 * 3 * GWEI + 2 * 700
    (line,) = cost_of("OP", coin, {"eth_call": {"code": 3, "message": "no"}}).lines
    assert line.amount == 30_000 * 3 * GWEI


def test_linea_prices_by_its_own_estimate(coin: Transfer) -> None:
    told = {"baseFeePerGas": "0x7", "priorityFeePerGas": hex(50 * GWEI), "gasLimit": "0x5208"}
    (line,) = cost_of("LINEA", coin, {"linea_estimateGas": told}).lines
    assert line.amount == 30_000 * (50 * GWEI + 7)


def test_a_chain_without_base_fee_uses_the_flat_price(coin: Transfer) -> None:
    answers = {"eth_getBlockByNumber": block(100), "eth_gasPrice": hex(GWEI)}
    (line,) = cost_of("ETC", coin, answers).lines
    assert line.amount == 30_000 * GWEI


def test_without_a_price_or_an_estimate_there_is_no_cost(coin: Transfer) -> None:
    refused = {"code": -32000, "message": "no"}
    with pytest.raises(Unreachable):
        cost_of("ETH", coin, {"eth_estimateGas": refused})
    with pytest.raises(Unreachable):
        cost_of("ETC", coin, {"eth_getBlockByNumber": block(1), "eth_gasPrice": refused})


def test_a_transfer_beside_others_is_told_only_where_it_adds_up(fresh: Chain) -> None:
    token = fresh.deploy("FeeToken")
    fresh.anvil.hold()
    hashes = [token.send("transfer", fresh.account(3), amount) for amount in (100, 200)]
    fresh.anvil.mine()
    received = FAMILY.fetch_received
    assert received is not None
    for tx_hash in hashes:
        evidence = fresh.ask(tx_hash)
        assert received(fresh.network, fresh.node, evidence, evidence.transfers) == {}


def test_what_left_in_the_same_block_is_added_back(fresh: Chain) -> None:
    token = fresh.deploy("Erc20", "T", "T", 6, 10**12)
    token.send("transfer", fresh.account(3), 1000)
    fresh.anvil.hold()
    token.send("transfer", fresh.account(4), 400, from_=fresh.account(3))
    tx_hash = token.send("transfer", fresh.account(3), 70)
    fresh.anvil.mine()
    evidence = fresh.ask(tx_hash)
    assert FAMILY.fetch_received is not None
    rise = FAMILY.fetch_received(fresh.network, fresh.node, evidence, evidence.transfers)
    assert rise[0].amount == 70


def test_coin_and_pending_transfers_have_no_token_balance(eth: Chain) -> None:
    evidence: Evidence = eth.ask(
        eth.anvil.send(from_=eth.account(0), to=eth.account(1), value=ETHER)
    )
    assert FAMILY.fetch_received is not None
    assert FAMILY.fetch_received(eth.network, eth.node, evidence, evidence.transfers) == {}
    waiting = dataclasses.replace(evidence, block=None)
    assert FAMILY.fetch_received(eth.network, eth.node, waiting, waiting.transfers) == {}


def test_a_node_with_recent_history_names_no_replacement(eth: Chain) -> None:
    tx_hash = eth.anvil.send(from_=eth.account(0), to=eth.account(1), value=1)
    seen = dataclasses.replace(eth.raw(tx_hash), tx_hash="0x" + "42" * 32)
    node = Node(eth.network.code, eth.anvil.url, "jsonrpc", history="recent")
    assert FAMILY.fetch_replacement is not None
    with pytest.raises(Unhealthy):
        FAMILY.fetch_replacement(eth.network, node, seen)
    node.close()


def test_a_transaction_that_stands_in_the_chain_was_not_replaced(eth: Chain) -> None:
    tx_hash = eth.anvil.send(from_=eth.account(0), to=eth.account(1), value=1)
    eth.anvil.mine(5)
    assert FAMILY.fetch_replacement is not None
    assert FAMILY.fetch_replacement(eth.network, eth.node, eth.raw(tx_hash)) is None
