"""Many hashes at once, what a move costs, and what became of a transaction once seen."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest
from cosmos.txs import field, message

from recovery.chains.cosmos.events import read_events
from recovery.chains.cosmos.family import FAMILY
from recovery.chains.cosmos.signed import Message, Packet, local_denom, read_packet
from recovery.chains.family import Absent, CostLine, RawTx
from recovery.chains.source import Node
from recovery.chains.tron.wire import parse_fields
from recovery.model import Evidence, Replacement
from recovery.networks import Network

Serve = Callable[..., Node]
Exchanges = Callable[[str], list[Any]]
Story = Callable[[str], Evidence]


def merged(*lists: list[Any]) -> list[Any]:
    unique = {repr(e): e for listed in lists for e in listed}
    return list(unique.values())


def asked_hash(listed: list[Any]) -> str:
    (text,) = {e["params"]["hash"] for e in listed if e.get("rpc") == "tx"}
    return base64.b64decode(text).hex().upper()


def test_each_hash_has_its_own_outcome(serve: Serve, row: Network, exchanges: Exchanges) -> None:
    names = ["native-by-rpc", "absent-by-rpc", "failed-out-of-gas"]
    lists = [exchanges(name) for name in names]
    node = serve(merged(*lists), "cometbft")
    found, absent, failed = FAMILY.fetch(row, node, [asked_hash(listed) for listed in lists])
    assert isinstance(found, RawTx)
    assert isinstance(absent, Absent)
    assert isinstance(failed, RawTx)
    assert FAMILY.decode(row, failed).failure is not None


@pytest.mark.parametrize(("name", "api"), [("absent", "lcd"), ("absent-by-rpc", "cometbft")])
def test_a_node_with_the_whole_chain_says_so(
    serve: Serve, row: Network, exchanges: Exchanges, name: str, api: str
) -> None:
    health = FAMILY.fetch_health(row, serve(exchanges(name), api))
    assert (health.height, health.history, health.oldest) == (33_800_000, "full", None)


def test_a_pruned_node_is_healthy_with_recent_history(
    serve: Serve, row: Network, exchanges: Exchanges
) -> None:
    health = FAMILY.fetch_health(row, serve(exchanges("unhealthy-pruned")))
    assert (health.history, health.oldest) == ("recent", 33_000_000)


def gas(amount: str) -> dict[str, Any]:
    price = {"price": {"denom": "uatom", "amount": amount}}
    return {"get": "/feemarket/v1/gas_price/uatom", "json": price}


def balance(address: str | None, amount: str) -> dict[str, Any]:
    told = {"balance": {"denom": "uatom", "amount": amount}}
    return {"get": f"/cosmos/bank/v1beta1/balances/{address}/by_denom?denom=uatom", "json": told}


def test_moving_atom_costs_one_payment(
    serve: Serve, row: Network, exchanges: Exchanges, story: Story
) -> None:
    node = serve([*exchanges("absent"), gas("0.005000000000000000")])
    cost = FAMILY.fetch_cost(row, node, story("native-with-memo").transfers[0])
    assert cost.lines == (CostLine("network_cost", 600, "the fee of one payment"),)


@pytest.mark.parametrize(("held", "lines"), [("0", 2), ("5000", 1)])
def test_another_coin_needs_atom_beside_it(
    serve: Serve, row: Network, exchanges: Exchanges, story: Story, held: str, lines: int
) -> None:
    transfer = story("ibc-coin-of-another-chain").transfers[0]
    holder = balance(transfer.recipient.address, held)
    cost = FAMILY.fetch_cost(row, serve([*exchanges("absent"), gas("0.0051"), holder]), transfer)
    assert [line.amount for line in cost.lines] == [1122, 612][:lines]


def test_the_rpc_tells_the_same_price(
    serve: Serve, row: Network, exchanges: Exchanges, story: Story
) -> None:
    price = message(1, field(1, "uatom") + field(2, "5000000000000000"))
    answer = {"response": {"code": 0, "value": base64.b64encode(price).decode()}}
    asked = {
        "path": "/feemarket.feemarket.v1.Query/GasPrice",
        "data": field(1, "uatom").hex(),
        "height": "0",
        "prove": False,
    }
    exchange = {"rpc": "abci_query", "params": asked, "result": answer}
    node = serve([*exchanges("absent-by-rpc"), exchange], "cometbft")
    cost = FAMILY.fetch_cost(row, node, story("native-with-memo").transfers[0])
    assert [line.amount for line in cost.lines] == [600]


def test_another_transaction_of_the_same_sequence_replaced_it(
    serve: Serve, row: Network, exchanges: Exchanges, story: Story
) -> None:
    waiting = exchanges("pending")
    (raw,) = FAMILY.fetch(row, serve(waiting, "cometbft"), [asked_hash(waiting)])
    assert isinstance(raw, RawTx)
    assert FAMILY.fetch_replacement is not None
    (sender,) = story("pending").transfers[0].senders
    gone = [e for e in waiting if e["rpc"] != "unconfirmed_txs"]
    empty = {"n_txs": "0", "total": "0", "txs": None}
    gone.append({"rpc": "unconfirmed_txs", "params": {"limit": "100"}, "result": empty})
    (other,) = [e["result"]["tx"] for e in exchanges("native-by-rpc") if e["rpc"] == "tx"]
    search = {
        "query": f"tx.acc_seq='{sender.address}/12'",
        "prove": False,
        "page": "1",
        "per_page": "1",
        "order_by": "asc",
    }
    found = {"rpc": "tx_search", "params": search, "result": {"txs": [{"tx": other}]}}
    none = {"rpc": "tx_search", "params": search, "result": {"txs": []}}
    replaced = FAMILY.fetch_replacement(row, serve([*gone, found], "cometbft"), raw)
    assert replaced == Replacement(asked_hash(exchanges("native-by-rpc")))
    assert FAMILY.fetch_replacement(row, serve([*gone, none], "cometbft"), raw) is None


def test_a_received_coin_is_named_by_the_way_it_came() -> None:
    def named(denom: str, source: str, destination: str) -> str:
        return local_denom(Packet(source, destination, denom, "1", "", "", ""))

    # ATOM on Osmosis has this well-known name
    there = named("uatom", "transfer/channel-141", "transfer/channel-0")
    assert there == "ibc/27394FB092D2ECCD56123C74F36E4C1F926001CEADA9CA97EA622B25F41E5EB2"
    home = named("transfer/channel-0/uatom", "transfer/channel-0", "transfer/channel-141")
    assert home == "uatom"


@pytest.mark.parametrize(
    ("version", "port", "source"),
    [("v1", "transfer", "transfer/channel-0"), ("v2", "transfer", "transfer/08-wasm-1369")],
)
def test_packets_of_both_ibc_versions_read_alike(version: str, port: str, source: str) -> None:
    content = b'{"denom":"uatom","amount":"5","sender":"osmo1x","receiver":"cosmos1y","memo":"7"}'
    if version == "v1":
        sent = field(2, "transfer") + field(3, "channel-0") + field(4, "transfer")
        packet = field(1, 9) + sent + field(5, "channel-141") + field(6, content)
    else:
        payload = field(1, "transfer") + field(2, "transfer") + field(3, "ics20-1")
        payload += field(4, "application/json") + field(5, content)
        packet = (
            field(1, 9) + field(2, "08-wasm-1369") + field(3, "08-wasm-1") + message(5, payload)
        )
    fields = parse_fields(message(1, packet))
    received = Message(f"/ibc.core.channel.{version}.MsgRecvPacket", fields)
    found, read = read_packet(received)
    assert found == port
    assert read is not None
    assert (read.source, read.amount, read.memo) == (source, "5", "7")


def test_logs_that_merge_events_of_one_type_are_taken_apart() -> None:
    def pair(key: str, value: str) -> dict[str, str]:
        return {"key": key, "value": value}

    merged = [
        pair("recipient", "a"),
        pair("sender", "s"),
        pair("amount", "1uatom"),
        pair("recipient", "b"),
        pair("amount", "2uatom,3ibc/AB"),
    ]
    logs = [{"msg_index": 0, "events": [{"type": "transfer", "attributes": merged}]}]
    ((first, second),) = read_events({"logs": logs}, messages=1, succeeded=True).messages
    assert (first.find("recipient"), first.find("sender")) == ("a", "s")
    assert (second.find("recipient"), second.find("sender")) == ("b", None)
