"""Asking Cardano's indexers: many hashes, health, cost, and what became of a lost transaction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from cardano.stories import (
    BOB,
    HEAD,
    HEAD_S,
    NOW_S,
    USDM,
    blockfrost,
    blockfrost_absent,
    blockfrost_health,
    blockfrost_mempool,
    get,
    koios,
    koios_health,
    koios_question,
    pay,
    post,
    send,
    slot_of,
)

from recovery.chains.cardano.family import FAMILY
from recovery.chains.family import Absent, FetchOutcome, RawTx
from recovery.chains.source import Node
from recovery.errors import Unhealthy, Unreachable
from recovery.model import Replacement, Transfer
from recovery.networks import Network

Serve = Callable[..., Node]
Look = Callable[..., FetchOutcome]

PARAMETERS = {"min_fee_a": 44, "min_fee_b": 155_381, "coins_per_utxo_size": "4310"}
KOIOS_PARAMETERS = {"txFeePerByte": 44, "txFeeFixed": 155_381, "utxoCostPerByte": 4310}


def test_many_hashes_give_one_outcome_each_in_their_order(row: Network, serve: Serve) -> None:
    one, two = pay(), pay(BOB, 26_000_000)
    unknown = "ab" * 32
    node = serve([*blockfrost(one), *blockfrost(two), *blockfrost_absent(unknown)])
    first, second, third = FAMILY.fetch(row, node, [two.tx_hash, unknown, one.tx_hash])
    assert isinstance(first, RawTx)
    assert isinstance(second, Absent)
    assert isinstance(third, RawTx)
    assert (first.tx_hash, third.tx_hash) == (two.tx_hash, one.tx_hash)


def test_koios_is_asked_for_many_at_once(row: Network, serve: Serve) -> None:
    one, two = pay(), pay(BOB, 26_000_000)
    hashes = [one.tx_hash, "ab" * 32, two.tx_hash]
    question = koios_question(one.tx_hash) | {"_tx_hashes": hashes}
    rows = [koios(t)[2]["json"][0] for t in (two, one)]
    known = [two.tx_hash, one.tx_hash]
    told = [*koios_health(), post("/tx_info", question, rows)]
    told.append(post("/tx_cbor", {"_tx_hashes": known}, []))
    outcomes = FAMILY.fetch(row, serve(told, api="koios"), hashes)
    assert [type(o) for o in outcomes] == [RawTx, Absent, RawTx]


def test_a_base_path_and_its_project_key_are_kept(row: Network, serve: Serve) -> None:
    told = pay()
    moved = [e | {"get": "/api/v0" + e["get"]} for e in blockfrost(told)]
    node = serve(moved, headers={"project_id": "mainnetSecret"})
    node.url += "/api/v0"
    (outcome,) = FAMILY.fetch(row, node, [told.tx_hash])
    assert isinstance(outcome, RawTx)
    assert "Secret" not in outcome.source


def test_health_tells_head_and_history(row: Network, serve: Serve) -> None:
    health = FAMILY.fetch_health(row, serve(blockfrost_health()))
    assert (health.height, health.history) == (HEAD, "full")
    assert health.time is not None
    assert int(health.time.timestamp()) == HEAD_S
    recent = serve(koios_health(), api="koios", history="recent")
    assert FAMILY.fetch_health(row, recent).history == "recent"


@pytest.mark.parametrize("status", [402, 418, 425, 429, 500, 503])
def test_a_limit_is_no_absence(look: Look, status: int) -> None:
    told = pay()
    limit = get(f"/txs/{told.tx_hash}", {"status_code": status, "error": "x"}, status)
    assert isinstance(look([*blockfrost_health(), limit], told.tx_hash), Unreachable)


def _first(row: Network, outcome: FetchOutcome, *, token: bool) -> Transfer:
    assert isinstance(outcome, RawTx)
    transfers = FAMILY.decode(row, outcome).transfers
    return next(t for t in transfers if ("/token:" in t.asset) == token)


@pytest.mark.parametrize(
    ("health", "api", "parameters"),
    [
        (blockfrost_health, "blockfrost", get("/epochs/latest/parameters", PARAMETERS)),
        (koios_health, "koios", get("/cli_protocol_params", KOIOS_PARAMETERS)),
    ],
    ids=["blockfrost", "koios"],
)
def test_a_tokens_cost_names_the_coin_that_its_output_locks(
    row: Network, serve: Serve, look: Look, health: Any, api: str, parameters: Any
) -> None:
    told = send(USDM, 2_500_000)
    raw = look(blockfrost(told), told.tx_hash)
    node = serve([*health(), parameters], api=api)
    coin = FAMILY.fetch_cost(row, node, _first(row, raw, token=False))
    token = FAMILY.fetch_cost(row, node, _first(row, raw, token=True))
    assert [line.code for line in coin.lines] == ["network_cost"]
    assert [line.code for line in token.lines] == ["network_cost", "reserve"]
    assert 160_000 < coin.lines[0].amount < 170_000
    assert 170_000 < token.lines[0].amount < 180_000
    # about 1.15 ADA by the ledger's rule for one token with a short name
    assert 1_100_000 < token.lines[1].amount < 1_200_000


def test_what_stands_in_an_output_was_received(row: Network, serve: Serve, look: Look) -> None:
    told = pay()
    raw = look(blockfrost(told), told.tx_hash)
    assert isinstance(raw, RawTx)
    evidence = FAMILY.decode(row, raw)
    assert FAMILY.fetch_received is not None
    received = FAMILY.fetch_received(row, serve([]), evidence, evidence.transfers)
    assert {i: r.amount for i, r in received.items()} == {0: 25_000_000, 1: 74_830_000}


def _seen(look: Look, **more: Any) -> RawTx:
    told = pay(**more)
    raw = look(blockfrost_mempool(told), told.tx_hash)
    assert isinstance(raw, RawTx)
    return raw


def test_a_spent_input_names_the_transaction_that_took_its_place(
    row: Network, serve: Serve, look: Look
) -> None:
    seen = _seen(look)
    spent = pay().inputs[0]
    other = replace(pay(BOB, 30_000_000), hash="cd" * 32)
    before = {"output_index": 0, "collateral": False, "consumed_by_tx": other.hash}
    utxos = get(f"/txs/{spent.source}/utxos", {"hash": spent.source, "outputs": [before]})
    assert FAMILY.fetch_replacement is not None
    node = serve([*blockfrost(other), utxos])
    assert FAMILY.fetch_replacement(row, node, seen) == Replacement(other.hash)
    young = serve([*blockfrost(replace(other, height=HEAD - 3)), utxos])
    assert FAMILY.fetch_replacement(row, young, seen) is None


def test_what_expired_long_ago_and_is_unknown_never_happens(
    row: Network, serve: Serve, look: Look
) -> None:
    assert FAMILY.fetch_replacement is not None
    spent = pay().inputs[0]
    unspent = {"output_index": 0, "collateral": False, "consumed_by_tx": None}
    utxos = get(f"/txs/{spent.source}/utxos", {"hash": spent.source, "outputs": [unspent]})
    for expires, found in ((slot_of(NOW_S - 7200), Replacement(None)), (slot_of(NOW_S), None)):
        seen = _seen(look, expires=expires)
        node = serve([*blockfrost_absent(seen.tx_hash), utxos])
        assert FAMILY.fetch_replacement(row, node, seen) == found


def test_without_the_whole_history_nothing_is_absent(look: Look) -> None:
    unknown = "ab" * 32
    outcome = look(blockfrost_absent(unknown), unknown, history="recent")
    assert isinstance(outcome, Unhealthy)
