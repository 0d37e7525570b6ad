"""Asking a Sui service: what may be believed, what an absence needs, what moving out costs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sui.stories import (
    ALICE,
    BOB,
    HEAD,
    HEAD_MS,
    SUI,
    USDC,
    Json,
    Told,
    by_graphql,
    by_rpc,
    coin,
    data,
    digest_of,
    graphql_head,
    graphql_tx,
    post,
    rpc,
    rpc_head,
)

from recovery.chains.codecs import parse_hash
from recovery.chains.family import Absent, RawTx
from recovery.chains.source import Node
from recovery.chains.sui import graphql, jsonrpc
from recovery.chains.sui.family import FAMILY
from recovery.errors import Garbled, SourceError, Unhealthy
from recovery.networks import Network

Serve = Callable[..., Node]
UNKNOWN = digest_of("unknown")
FEE = 1_747_880


def native(name: str = "native") -> Told:
    return Told(digest_of(name), [(ALICE, SUI, -500 - FEE), (BOB, SUI, 500)])


def nothing(chain: str = "35834a8a") -> Json:
    told = {"chainIdentifier": chain, "transaction": None}
    return data(graphql.ask_transaction(UNKNOWN), told)


def unknown_rpc(
    message: str = "Could not find the referenced transaction [..]", code: int = -32602
) -> Json:
    error = {"code": code, "message": message}
    return {"rpc": "sui_getTransactionBlock", "params": [UNKNOWN, jsonrpc.SHOWN], "error": error}


def test_many_digests_get_one_outcome_each_in_their_order(serve: Serve, row: Network) -> None:
    one, two = native("one"), native("two")
    exchanges = [*by_graphql(one), *by_graphql(two), nothing()]
    asked = [two.digest, UNKNOWN, one.digest]
    outcomes = FAMILY.fetch(row, serve(exchanges), asked)
    assert [getattr(o, "tx_hash", None) for o in outcomes] == asked
    assert isinstance(outcomes[1], Absent)


def test_digests_keep_their_letters_and_addresses_of_explorers_are_read(row: Network) -> None:
    digest = "CJ16PEqq49KFp758iEVwxEkd3CwP7zDfqGYLuLuu9Z63"
    for typed in (digest, f" {digest}\n", f"https://suivision.xyz/txblock/{digest}?tab=Changes"):
        assert parse_hash(row, typed) == digest


@pytest.mark.parametrize("wrong", [{"chain": "4c78adac"}, {"at": HEAD_MS - 61_000}])
def test_nothing_of_another_or_a_standing_chain_is_believed(
    serve: Serve, row: Network, wrong: dict[str, Any]
) -> None:
    node = serve(by_graphql(native(), head=graphql_head(**wrong)))
    with pytest.raises(Unhealthy):
        FAMILY.fetch(row, node, [native().digest])
    exchanges = [*rpc_head(**wrong), *by_rpc(native())[4:]]
    with pytest.raises(Unhealthy):
        FAMILY.fetch(row, serve(exchanges, api="jsonrpc"), [native().digest])


def test_the_chains_whole_digest_serves_as_its_identifier(serve: Serve, row: Network) -> None:
    whole = "4btiuiMPvEENsttpZC7CZ53DruC3MAgfznDbASZ7DR6S"
    assert FAMILY.fetch_health(row, serve([graphql_head(chain=whole)])).height == HEAD


def test_each_answer_names_its_chain_and_a_fork_behind_the_same_address_is_noticed(
    serve: Serve, row: Network
) -> None:
    (outcome,) = FAMILY.fetch(row, serve([graphql_head(), nothing(chain="6364aad5")]), [UNKNOWN])
    assert isinstance(outcome, Unhealthy)


@pytest.mark.parametrize(
    ("oldest", "history", "absent"),
    [
        (0, None, True),
        (0, "recent", False),
        (274_000_000, None, False),
        (274_000_000, "full", True),
    ],
)
def test_an_absence_needs_the_whole_range_or_the_operators_word(
    serve: Serve, row: Network, oldest: int, history: str | None, absent: bool
) -> None:
    """An archive may stand behind the lookup by digest: only who runs the service knows."""
    node = serve([graphql_head(oldest=oldest), nothing()])
    node.history = history
    (outcome,) = FAMILY.fetch(row, node, [UNKNOWN])
    assert isinstance(outcome, Absent if absent else Unhealthy)
    assert FAMILY.fetch_health(row, node).history == ("full" if absent else "recent")


def test_a_node_of_which_nobody_said_what_it_keeps_proves_no_absence(
    serve: Serve, row: Network
) -> None:
    node = serve([*rpc_head(), unknown_rpc()], api="jsonrpc")
    assert isinstance(FAMILY.fetch(row, node, [UNKNOWN])[0], Unhealthy)
    node.history = "full"
    assert isinstance(FAMILY.fetch(row, node, [UNKNOWN])[0], Absent)


@pytest.mark.parametrize(
    "fault",
    [
        {"message": "Invalid params"},
        {"code": -32601},
        {"message": "Error checking transaction input objects"},
    ],
)
def test_other_errors_are_no_absence(serve: Serve, row: Network, fault: dict[str, Any]) -> None:
    node = serve([*rpc_head(), unknown_rpc(**fault)], api="jsonrpc")
    node.history = "full"
    assert isinstance(FAMILY.fetch(row, node, [UNKNOWN])[0], SourceError)


def test_an_answer_with_errors_is_none_even_with_data_beside_them(
    serve: Serve, row: Network
) -> None:
    half = {
        "data": {"chainIdentifier": "35834a8a", "transaction": None},
        "errors": [{"message": "timeout"}],
    }
    node = serve([graphql_head(), post(graphql.ask_transaction(UNKNOWN), half)])
    assert isinstance(FAMILY.fetch(row, node, [UNKNOWN])[0], Unhealthy)


def test_a_page_that_leads_nowhere_is_garbled(serve: Serve, row: Network) -> None:
    told = native()
    first = data(graphql.ask_transaction(told.digest), graphql_tx(told, more="again"))
    again = data(
        graphql.ask_transaction(told.digest, ("again", None)), graphql_tx(told, more="again")
    )
    (outcome,) = FAMILY.fetch(row, serve([graphql_head(), first, again]), [told.digest])
    assert isinstance(outcome, Garbled)


def test_another_transactions_answer_is_garbled(serve: Serve, row: Network) -> None:
    answer = data(graphql.ask_transaction(UNKNOWN), graphql_tx(native()))
    (outcome,) = FAMILY.fetch(row, serve([graphql_head(), answer]), [UNKNOWN])
    assert isinstance(outcome, Garbled)


def test_names_of_coins_are_asked_once_per_service(serve: Serve, row: Network) -> None:
    told = Told(digest_of("usdc"), [(ALICE, SUI, -FEE), (BOB, USDC, 5)])
    node = serve(by_graphql(told, coin(USDC, "USDC", "USDC", 6)[0]))
    assert isinstance(FAMILY.fetch(row, node, [told.digest])[0], RawTx)
    assert len(node.memory["sui_coins"]) == 1


def holdings(amount: int | None) -> tuple[Json, Json]:
    """What Bob has of SUI, by either API."""
    balance = None if amount is None else {"totalBalance": str(amount)}
    return (
        data(graphql.ask_balance(BOB, SUI), {"address": {"balance": balance}}),
        rpc("suix_getBalance", [BOB, SUI], {"coinType": SUI, "totalBalance": str(amount or 0)}),
    )


@pytest.mark.parametrize("api", ["graphql", "jsonrpc"])
def test_moving_sui_out_costs_its_gas_and_a_coins_storage(
    serve: Serve, row: Network, evidence_of: Any, api: str
) -> None:
    (transfer,) = evidence_of(native(), api=api).transfers
    head = [graphql_head()] if api == "graphql" else rpc_head()
    cost = FAMILY.fetch_cost(row, serve(head, api=api), transfer)
    assert [(line.code, line.amount) for line in cost.lines] == [
        ("network_cost", 750_000),
        ("reserve", 988_000),
    ]


@pytest.mark.parametrize("api", ["graphql", "jsonrpc"])
@pytest.mark.parametrize(("held", "lines"), [(None, 3), (1_000_000_000, 2)])
def test_a_coin_needs_gas_where_it_lies(
    serve: Serve, row: Network, evidence_of: Any, api: str, held: int | None, lines: int
) -> None:
    one, other = coin(USDC, "USDC", "USDC", 6)
    told = Told(digest_of("usdc"), [(ALICE, SUI, -FEE), (BOB, USDC, 5)])
    (transfer,) = evidence_of(told, one if api == "graphql" else other, api=api).transfers
    balance = holdings(held)[0 if api == "graphql" else 1]
    head = [graphql_head()] if api == "graphql" else rpc_head()
    cost = FAMILY.fetch_cost(row, serve([*head, balance], api=api), transfer)
    assert len(cost.lines) == lines
