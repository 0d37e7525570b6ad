"""Many ids at once, what a node says of itself, what a move costs, and what has expired."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest
from antelope import packed

from recovery.chains.antelope.actions import parse_quantity, read_payment, read_traces
from recovery.chains.antelope.family import FAMILY
from recovery.chains.family import Absent, RawTx
from recovery.chains.source import Node
from recovery.model import Evidence, Replacement
from recovery.networks import Network

Serve = Callable[..., Node]
Exchanges = Callable[[str], list[Any]]
Story = Callable[[str], Evidence]


def test_each_id_has_its_own_outcome(serve: Serve, row: Network, exchanges: Exchanges) -> None:
    found, absent = exchanges("native-a-with-memo"), exchanges("absent")
    ids = [e["get"].partition("id=")[2] for e in (found[1], absent[1])]
    outcomes = FAMILY.fetch(row, serve([*found, absent[1]]), ids)
    assert isinstance(outcomes[0], RawTx)
    assert isinstance(outcomes[1], Absent)


@pytest.mark.parametrize(
    ("name", "api", "history"),
    [
        ("absent", "hyperion", "full"),
        ("absent-by-nodeos", "nodeos", "full"),
        ("unhealthy-index-begins-late", "hyperion", "recent"),
        ("unhealthy-nodeos-recent-traces", "nodeos", "recent"),
    ],
)
def test_a_node_says_what_it_keeps(
    serve: Serve, row: Network, exchanges: Exchanges, name: str, api: str, history: str
) -> None:
    health = FAMILY.fetch_health(row, serve(exchanges(name), api))
    assert (health.height, health.history) == (478_000_000, history)


def balance(contract: str, account: str, symbol: str, rows: list[str]) -> dict[str, Any]:
    body = {"code": contract, "account": account, "symbol": symbol}
    return {"post": "/v1/chain/get_currency_balance", "body": body, "json": rows}


def market() -> dict[str, Any]:
    row = {
        "supply": "10000000000.0000 RAMCORE",
        "base": {"balance": "100000000000 RAM", "weight": "0.5"},
        "quote": {"balance": "2000000.0000 EOS", "weight": "0.5"},
    }
    body = {"code": "eosio", "scope": "eosio", "table": "rammarket", "json": True, "limit": 1}
    return {"post": "/v1/chain/get_table_rows", "body": body, "json": {"rows": [row]}}


def test_a_payment_is_free_where_the_payee_has_a_row(
    serve: Serve, row: Network, exchanges: Exchanges, story: Story
) -> None:
    held = balance("core.vaulta", "alice", "A", ["1.0000 A"])
    node = serve([*exchanges("absent"), held])
    cost = FAMILY.fetch_cost(row, node, story("native-a-with-memo").transfers[0])
    assert [(line.code, line.amount) for line in cost.lines] == [("network_cost", 0)]


def test_a_payee_without_a_row_needs_memory(
    serve: Serve, row: Network, exchanges: Exchanges, story: Story
) -> None:
    none = balance("eosio.token", "alice", "EOS", [])
    node = serve([*exchanges("absent"), none, market()])
    cost = FAMILY.fetch_cost(row, node, story("token-eos-of-eosio-token").transfers[0])
    # 240 bytes at 0.2 units a byte, and half a per cent
    assert [(line.code, line.amount) for line in cost.lines] == [
        ("network_cost", 0),
        ("reserve", 49),
    ]


def test_an_expired_transaction_that_nobody_knows_is_gone(
    serve: Serve, row: Network, exchanges: Exchanges
) -> None:
    seen_in = exchanges("native-by-nodeos")
    tx_hash = seen_in[1]["body"]["id"]
    (raw,) = FAMILY.fetch(row, serve(seen_in, "nodeos"), [tx_hash])
    assert isinstance(raw, RawTx)
    gone = [
        {**e, "body": {"id": tx_hash}} if e.get("body", {}).get("id") else e
        for e in exchanges("absent-by-nodeos")
    ]
    assert FAMILY.fetch_replacement is not None
    node = serve(gone, "nodeos")
    assert FAMILY.fetch_replacement(row, node, raw) is None, "it expires only now"
    trace = raw.answers["trace"]
    header = {**trace["transaction_header"], "expiration": "2026-11-20T10:00:00"}
    answers = {**raw.answers, "trace": {**trace, "transaction_header": header}}
    old = dataclasses.replace(raw, answers=answers)
    assert FAMILY.fetch_replacement(row, node, old) == Replacement(None)
    assert FAMILY.fetch_replacement(row, serve(seen_in, "nodeos"), old) is None


@pytest.mark.parametrize("text", ["2.5 a", "-1.0000 A", "1,0 A", "1.0000", "", None, "0x1 A"])
def test_what_is_no_quantity_is_none(text: str | None) -> None:
    assert parse_quantity(text) is None


@pytest.mark.parametrize("quantity", ["2.5000 A", "1 RAM", "0.000000000000000001 WAXX"])
def test_packed_and_written_payments_read_alike(quantity: str) -> None:
    data = packed.transfer("alice", "exchangeacct", quantity, "é" * 70)
    trace = {
        "account": "core.vaulta",
        "action": "transfer",
        "receiver": "core.vaulta",
        "authorization": [],
        "data": data.hex(),
        "global_sequence": 1,
    }
    (action,) = read_traces([trace], [])
    payment = read_payment(action)
    assert payment is not None
    assert payment.quantity == parse_quantity(quantity)
    assert (payment.sender, payment.recipient) == ("alice", "exchangeacct")
    assert payment.memo == "é" * 70
