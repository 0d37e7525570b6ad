"""Asking Horizon: pages, ids, health, and what a move costs."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from stellar.stories import (
    ALICE,
    DAVE,
    DOLLAR,
    EXCHANGE,
    HEAD,
    HEAD_TIME,
    MISSING,
    ROOT,
    USDC,
    XLM,
    Json,
    Told,
    answers_of,
    create_balance,
    get,
    ledger,
    merge,
    page,
    payment,
)

from recovery.chains.family import Absent, RawTx
from recovery.chains.source import Node
from recovery.chains.stellar.cost import fetch_cost
from recovery.chains.stellar.decode import decode
from recovery.chains.stellar.fetch import fetch, fetch_health
from recovery.errors import Garbled, Unhealthy
from recovery.model import Transfer
from recovery.networks import Network

Serve = Callable[[list[Json]], Node]
RawOf = Callable[..., RawTx]


def test_many_hashes_get_one_outcome_each_in_order(row: Network, serve: Serve) -> None:
    told = [Told(payment(n + 1)) for n in range(9)]
    nobody = "ab" * 32
    exchanges = [e for t in told for e in answers_of(t)]
    exchanges.append(get(f"/transactions/{nobody}", MISSING, 404))
    hashes = [t.tx_hash for t in told]
    outcomes = fetch(row, serve(exchanges), [*hashes[:4], nobody, *hashes[4:]])
    assert isinstance(outcomes[4], Absent)
    assert [o.tx_hash for o in outcomes if isinstance(o, RawTx)] == hashes


def test_effects_beyond_one_page_are_all_read(row: Network, serve: Serve) -> None:
    told = Told(merge(EXCHANGE, 5, source=ALICE))
    path = f"/transactions/{told.tx_hash}/effects?limit=200"
    number = told.paging_id + 1
    filler = [
        {"id": f"{number:019d}-{i:010d}", "paging_token": f"{number}-{i}", "type": "data_created"}
        for i in range(200)
    ]
    exchanges = [*answers_of(told), get(path, page(*filler))]
    exchanges.append(get(f"{path}&cursor={number}-199", page(*told.effects())))
    (raw,) = fetch(row, serve(exchanges), [told.tx_hash])
    assert isinstance(raw, RawTx)
    assert decode(row, raw).transfers[0].amount == 5


def test_a_404_that_is_not_horizons_is_no_absence(row: Network, serve: Serve) -> None:
    nobody = "ab" * 32
    gone = {"get": f"/transactions/{nobody}", "status": 404, "text": "<html>not here</html>"}
    (outcome,) = fetch(row, serve([get("/", ROOT), gone]), [nobody])
    assert isinstance(outcome, Unhealthy)


def test_another_transaction_is_no_answer(row: Network, serve: Serve) -> None:
    told = Told(payment(5))
    other = get(f"/transactions/{'ab' * 32}", told.document)
    (outcome,) = fetch(row, serve([*answers_of(told), other]), ["ab" * 32])
    assert isinstance(outcome, Garbled)


def id_answers(told: Told) -> list[Json]:
    first = f"/transactions?cursor={told.paging_id - 1}&order=asc&limit=1&include_failed=true"
    return [*answers_of(told), get(first, page(told.document))]


@pytest.mark.parametrize("place", [0, 1])
def test_ids_of_transaction_and_operation_lead_to_it(
    row: Network, serve: Serve, place: int
) -> None:
    told = Told(payment(5))
    (raw,) = fetch(row, serve(id_answers(told)), [str(told.paging_id + place)])
    assert isinstance(raw, RawTx)
    assert raw.tx_hash == told.tx_hash


def test_an_id_behind_the_last_operation_names_nothing(row: Network, serve: Serve) -> None:
    told = Told(payment(5))
    (outcome,) = fetch(row, serve(id_answers(told)), [str(told.paging_id + 2)])
    assert isinstance(outcome, Absent)


def test_an_id_older_than_the_history_is_not_absent(row: Network, serve: Serve) -> None:
    told = Told(payment(5))
    old = 1000 << 32 | 1 << 12
    first = f"/transactions?cursor={old - 1}&order=asc&limit=1&include_failed=true"
    root = get("/", ROOT | {"history_elder_ledger": HEAD - 1000})
    (outcome,) = fetch(row, serve([root, get(first, page(told.document))]), [str(old)])
    assert isinstance(outcome, Unhealthy)


def test_health_says_how_far_back_it_sees(row: Network, serve: Serve) -> None:
    health = fetch_health(row, serve([get("/", ROOT)]))
    assert (health.height, health.history, health.version) == (HEAD, "full", "horizon 25.0.0")
    recent = fetch_health(row, serve([get("/", ROOT | {"history_elder_ledger": HEAD - 9})]))
    assert (recent.history, recent.oldest) == ("recent", HEAD - 9)


def cost_answers(*accounts: Json) -> list[Json]:
    stats = {"last_ledger_base_fee": "100", "fee_charged": {"p90": "400"}}
    head = get(f"/ledgers/{HEAD}", ledger(HEAD, HEAD_TIME))
    return [get("/", ROOT), get("/fee_stats", stats), head, *accounts]


def account(address: str, *balances: Json) -> Json:
    native = {"asset_type": "native", "balance": "9.0000000"}
    return get(f"/accounts/{address}", {"id": address, "balances": [native, *balances]})


def transfer_of(row: Network, raw: RawTx) -> Transfer:
    return decode(row, raw).transfers[0]


def test_a_payment_costs_what_most_were_charged(row: Network, serve: Serve, raw_of: RawOf) -> None:
    node = serve(cost_answers(account(ALICE)))
    cost = fetch_cost(row, node, transfer_of(row, raw_of(Told(payment(5)))))
    assert [(line.code, line.amount) for line in cost.lines] == [("network_cost", 400)]


def test_a_merged_sender_takes_the_reserve_of_an_account(
    row: Network, serve: Serve, raw_of: RawOf
) -> None:
    told = Told(merge(EXCHANGE, 5, source=DAVE), source=DAVE)
    node = serve(cost_answers(get(f"/accounts/{DAVE}", MISSING, 404)))
    cost = fetch_cost(row, node, transfer_of(row, raw_of(told)))
    expected = [("network_cost", 400), ("reserve", 10_000_000)]
    assert [(line.code, line.amount) for line in cost.lines] == expected


@pytest.mark.parametrize("trusts", [True, False])
def test_a_claim_takes_a_trustline_where_there_is_none(
    row: Network, serve: Serve, raw_of: RawOf, *, trusts: bool
) -> None:
    line = {"asset_type": "credit_alphanum4", "asset_code": "USDC", "asset_issuer": USDC}
    balances = [line] if trusts else []
    node = serve(cost_answers(account(EXCHANGE, *balances)))
    told = Told(create_balance(5, DOLLAR, EXCHANGE))
    cost = fetch_cost(row, node, transfer_of(row, raw_of(told)))
    expected = [("network_cost", 800)]
    if not trusts:
        expected = [("network_cost", 1200), ("reserve", 5_000_000)]
    assert [(line.code, line.amount) for line in cost.lines] == expected


def test_a_claim_of_the_native_coin_needs_no_trustline(
    row: Network, serve: Serve, raw_of: RawOf
) -> None:
    told = Told(create_balance(5, XLM, EXCHANGE))
    cost = fetch_cost(row, serve(cost_answers(account(ALICE))), transfer_of(row, raw_of(told)))
    assert [(line.code, line.amount) for line in cost.lines] == [("network_cost", 800)]
