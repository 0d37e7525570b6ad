"""Asking a full node: what may be believed, what an absence needs, what moving out costs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from aptos.stories import (
    ALICE,
    BOB,
    HEAD_HEIGHT,
    HEAD_MICROSECONDS,
    HEAD_VERSION,
    USDC,
    Json,
    answers,
    call,
    get,
    hash_of,
    into,
    ledger,
    out_of,
    pay,
    pending,
    refused,
    statement,
    store,
    token,
    transaction,
)

from recovery.chains.aptos.family import FAMILY
from recovery.chains.codecs import find_networks_for_hash, parse_hash
from recovery.chains.family import Absent, RawTx
from recovery.chains.source import Node
from recovery.errors import BadInput, Garbled, SourceError, Unhealthy
from recovery.model import Evidence
from recovery.networks import Network, load_registry

Serve = Callable[..., Node]


def native(name: str = "native") -> Json:
    return transaction(
        name,
        pay(BOB, 500),
        [out_of(ALICE, 500), into(BOB, 500), statement(57)],
        [*store(ALICE, 9), *store(BOB, 500)],
    )


def usdc() -> Json:
    return transaction(
        "usdc",
        call("0x1::primary_fungible_store::transfer", [{"inner": USDC}, BOB, "25"]),
        [out_of(ALICE, 25, USDC), into(BOB, 25, USDC), statement(57)],
        [*store(ALICE, 9, metadata=USDC), *store(BOB, 25, metadata=USDC)],
    )


def test_an_endpoint_may_name_the_api_version_or_leave_it_to_us(serve: Serve, row: Network) -> None:
    for path in ("", "/v1"):
        node = serve(answers(native()), path=path)
        (outcome,) = FAMILY.fetch(row, node, [hash_of("native")])
        assert isinstance(outcome, RawTx), path


def test_many_hashes_get_one_outcome_each_in_their_order(serve: Serve, row: Network) -> None:
    one, two = native("one"), native("two")
    unknown = hash_of("unknown")
    missing = refused(f"/transactions/by_hash/{unknown}", "transaction_not_found")
    told = {e["get"]: e for e in (*answers(one), *answers(two), missing)}
    asked = [two["hash"], unknown, one["hash"]]
    outcomes = FAMILY.fetch(row, serve(list(told.values())), asked)
    assert [getattr(o, "tx_hash", None) for o in outcomes] == asked
    assert isinstance(outcomes[1], Absent)


def test_a_version_leads_to_the_hash(serve: Serve, row: Network) -> None:
    tx = native()
    (outcome,) = FAMILY.fetch(row, serve(answers(tx, by="version")), [tx["version"]])
    assert isinstance(outcome, RawTx)
    assert outcome.tx_hash == tx["hash"]


@pytest.mark.parametrize(
    ("typed", "canonical"),
    [
        ("0X" + "AB" * 32, "0x" + "ab" * 32),
        ("ab" * 32, "0x" + "ab" * 32),
        (" 5412345678 ", "5412345678"),
        (
            "https://explorer.aptoslabs.com/txn/5412345678/userTxnOverview?network=mainnet",
            "5412345678",
        ),
        (f"https://aptoscan.com/transaction/0x{'ab' * 32}", "0x" + "ab" * 32),
    ],
)
def test_hashes_and_versions_in_every_spelling(row: Network, typed: str, canonical: str) -> None:
    assert parse_hash(row, typed) == canonical


def test_numbers_in_other_networks_explorer_addresses_are_no_versions(row: Network) -> None:
    address = f"https://www.mintscan.io/cosmos/tx/{'AB' * 32}?height=21345678"
    found = {str(r.network): r.canonical for r in find_networks_for_hash(load_registry(), address)}
    assert found.get("APT", "0x" + "ab" * 32) == "0x" + "ab" * 32
    with pytest.raises(BadInput):
        parse_hash(row, "https://etherscan.io/block/19000000")


@pytest.mark.parametrize(
    "wrong",
    [
        {"chain_id": 2},
        {"ledger_timestamp": str(HEAD_MICROSECONDS - 61_000_000)},
    ],
)
def test_nothing_of_another_or_a_standing_chain_is_believed(
    serve: Serve, row: Network, wrong: Json
) -> None:
    node = serve(answers(native(), head=ledger(**wrong)))
    with pytest.raises(Unhealthy):
        FAMILY.fetch(row, node, [hash_of("native")])
    with pytest.raises(Unhealthy):
        FAMILY.fetch_health(row, node)


def test_health_tells_the_height_and_what_is_kept(serve: Serve, row: Network) -> None:
    whole = FAMILY.fetch_health(row, serve([]))
    assert (whole.height, whole.history, whole.oldest) == (HEAD_HEIGHT, "full", None)
    pruned = FAMILY.fetch_health(row, serve([ledger(oldest_ledger_version="5000000000")]))
    assert (pruned.history, pruned.oldest) == ("recent", 5_000_000_000)


def test_a_404_that_is_not_the_apis_own_proves_nothing(serve: Serve, row: Network) -> None:
    unknown = hash_of("unknown")
    bodies: tuple[Any, ...] = ({"detail": "Not Found"}, {"error_code": 404}, [])
    for body in bodies:
        node = serve([get(f"/transactions/by_hash/{unknown}", body, 404)])
        (outcome,) = FAMILY.fetch(row, node, [unknown])
        assert isinstance(outcome, Garbled)


def test_an_endpoint_said_to_keep_recent_history_proves_no_absence(
    serve: Serve, row: Network
) -> None:
    unknown = hash_of("unknown")
    node = serve([refused(f"/transactions/by_hash/{unknown}", "transaction_not_found")])
    node.history = "recent"
    (outcome,) = FAMILY.fetch(row, node, [unknown])
    assert isinstance(outcome, Unhealthy)


def test_names_of_tokens_are_asked_once_per_node(serve: Serve, row: Network) -> None:
    told = answers(usdc(), *token(USDC, None))
    node = serve(told)
    assert isinstance(FAMILY.fetch(row, node, [hash_of("usdc")])[0], RawTx)
    assert len(node.memory["aptos_tokens"]) == 1


def waiting(serve: Serve, row: Network, *exchanges: Json, **more: Any) -> Any:
    tx = pending("waiting", pay(BOB, 5), **more)
    raw = RawTx(row.code, tx["hash"], "rest", "", FAMILY_MOMENT, {"tx": tx})
    gone = refused(f"/transactions/by_hash/{tx['hash']}", "transaction_not_found")
    assert FAMILY.fetch_replacement is not None
    return FAMILY.fetch_replacement(row, serve([gone, *exchanges]), raw)


FAMILY_MOMENT: Any = None


def of_account(*listed: Json) -> Json:
    return get(f"/accounts/{ALICE}/transactions?start=42&limit=1", list(listed))


def test_a_used_sequence_number_names_the_replacement(serve: Serve, row: Network) -> None:
    other = native("other") | {"sequence_number": "42"}
    found = waiting(serve, row, of_account(other))
    assert found is not None
    assert found.tx_hash == other["hash"]


def test_an_expired_transaction_is_gone_and_one_that_may_still_come_is_not(
    serve: Serve, row: Network
) -> None:
    assert waiting(serve, row, of_account()) is None
    gone = waiting(serve, row, of_account(), expiration_timestamp_secs="1795175000")
    assert gone is not None
    assert gone.tx_hash is None
    orderless = {"sequence_number": str(2**64 - 1), "expiration_timestamp_secs": "1795175000"}
    assert waiting(serve, row, **orderless) is not None


def price(estimate: Any = 120) -> Json:
    told = {
        "deprioritized_gas_estimate": 100,
        "gas_estimate": estimate,
        "prioritized_gas_estimate": 150,
    }
    return get("/estimate_gas_price", told)


def balance(owner: str, asset: str, amount: int) -> Json:
    return get(f"/accounts/{owner}/balance/{asset}", amount)


COIN = "0x1::aptos_coin::AptosCoin"


def test_moving_the_coin_back_costs_its_gas(serve: Serve, row: Network, evidence_of: Any) -> None:
    (transfer,) = evidence_of(native()).transfers
    cost = FAMILY.fetch_cost(row, serve([price(), balance(ALICE, COIN, 9)]), transfer)
    assert [(line.code, line.amount) for line in cost.lines] == [("network_cost", 3_600)]


def test_a_token_needs_gas_where_it_lies_and_a_store_where_it_goes(
    serve: Serve, row: Network, evidence_of: Any
) -> None:
    (transfer,) = evidence_of(usdc()).transfers
    never = refused(f"/accounts/{ALICE}/balance/{USDC}", "account_not_found")
    cost = FAMILY.fetch_cost(row, serve([price(), balance(BOB, COIN, 10), never]), transfer)
    assert [line.code for line in cost.lines] == ["network_cost", "network_cost", "reserve"]


def test_a_price_that_is_none_is_garbled(serve: Serve, row: Network, evidence_of: Any) -> None:
    (transfer,) = evidence_of(native()).transfers
    for wrong in (0, "100", None, True):
        with pytest.raises(SourceError):
            FAMILY.fetch_cost(row, serve([price(wrong), balance(ALICE, COIN, 9)]), transfer)


def measure(serve: Serve, row: Network, evidence: Evidence, *more: Json) -> Any:
    tx = usdc()
    assert FAMILY.fetch_received is not None
    node = serve([get(f"/transactions/by_hash/{tx['hash']}", tx), *more])
    return FAMILY.fetch_received(row, node, evidence, evidence.transfers)


def test_the_nodes_own_balances_measure_what_arrived(
    serve: Serve, row: Network, evidence_of: Any
) -> None:
    version, path = HEAD_VERSION - 4_000, f"/accounts/{BOB}/balance/{USDC}?ledger_version="
    evidence = evidence_of(usdc())
    measured = measure(
        serve, row, evidence, get(f"{path}{version}", 30), get(f"{path}{version - 1}", 7)
    )
    assert measured[0].amount == 23
    pruned = refused(f"{path}{version - 1}", "version_pruned", 410)
    assert measure(serve, row, evidence, get(f"{path}{version}", 30), pruned) == {}


def test_a_store_beside_the_usual_one_is_not_measured_by_the_usual_one(
    serve: Serve, row: Network, story: Any
) -> None:
    """The balance endpoint counts primary stores: a rise of nothing would read as a forgery."""
    evidence = story("secondary-store")
    node = serve([get(f"/transactions/by_hash/{evidence.tx_hash}", usdc())])
    assert FAMILY.fetch_received is not None
    assert FAMILY.fetch_received(row, node, evidence, evidence.transfers) == {}
