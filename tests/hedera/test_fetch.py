"""Asking a mirror: spellings, absences, health, and what a move costs."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hedera.stories import (
    ALICE,
    EXCHANGE,
    HEAD,
    ID,
    NOT_FOUND,
    STAMP,
    USDC,
    Json,
    answers,
    at,
    get,
    health,
    paid,
    row,
)

from recovery.chains.codecs import parse_hash
from recovery.chains.family import Absent, RawTx
from recovery.chains.hedera.cost import fetch_cost
from recovery.chains.hedera.decode import decode
from recovery.chains.hedera.fetch import fetch, fetch_health
from recovery.chains.source import Node
from recovery.errors import Unhealthy
from recovery.networks import Network

Serve = Callable[[list[Json]], Node]
RawOf = Callable[..., RawTx]
PAID = row(at(EXCHANGE, 5), at(ALICE, -5))


@pytest.mark.parametrize(
    "typed",
    [
        f"{ALICE}@1795175880.000000123",
        f"{ALICE}@1795175880.123",
        f"{ALICE}-1795175880-000000123",
        f"https://hashscan.io/mainnet/transaction/{ALICE}-1795175880-000000123",
    ],
)
def test_every_spelling_of_an_id(row_of_hbar: Network, serve: Serve, typed: str) -> None:
    asked = parse_hash(row_of_hbar, typed)
    (raw,) = fetch(row_of_hbar, serve(answers(PAID)), [asked])
    assert asked == ID
    assert isinstance(raw, RawTx)
    assert decode(row_of_hbar, raw).tx_hash == ID


def test_many_ids_get_one_outcome_each(row_of_hbar: Network, serve: Serve) -> None:
    nobody = f"{ALICE}-1795000000-000000001"
    exchanges = [*answers(PAID), get(f"/transactions/{nobody}", NOT_FOUND, 404)]
    first, second = fetch(row_of_hbar, serve(exchanges), [nobody, ID])
    assert isinstance(first, Absent)
    assert isinstance(second, RawTx)


def test_a_part_that_is_not_there_is_absent(row_of_hbar: Network, serve: Serve) -> None:
    (outcome,) = fetch(row_of_hbar, serve(answers(PAID)), [f"{ID}/3"])
    assert isinstance(outcome, Absent)


def test_a_time_without_a_transaction_is_absent_once_it_has_passed(
    row_of_hbar: Network, serve: Serve
) -> None:
    past, future = "1795175000.000000001", "1795179999.000000001"
    nothing = {"transactions": [], "links": {"next": None}}
    exchanges = [*health(), *(get(f"/transactions?timestamp={t}", nothing) for t in (past, future))]
    one, other = fetch(row_of_hbar, serve(exchanges), [past, future])
    assert isinstance(one, Absent)
    assert isinstance(other, Unhealthy)


def test_a_404_that_is_not_the_mirrors_is_no_absence(row_of_hbar: Network, serve: Serve) -> None:
    nobody = f"{ALICE}-1795000000-000000001"
    gone = {"get": f"/api/v1/transactions/{nobody}", "status": 404, "text": "no such route"}
    (outcome,) = fetch(row_of_hbar, serve([*health(), gone]), [nobody])
    assert isinstance(outcome, Unhealthy)


def test_a_mirror_without_block_0_answers_for_what_it_finds(
    row_of_hbar: Network, serve: Serve
) -> None:
    exchanges = [*answers(PAID), get("/blocks/0", NOT_FOUND, 404)]
    (raw,) = fetch(row_of_hbar, serve(exchanges), [ID])
    assert isinstance(raw, RawTx)
    assert fetch_health(row_of_hbar, serve(exchanges)).history == "recent"


def test_a_low_head_without_block_0_is_another_network(row_of_hbar: Network, serve: Serve) -> None:
    exchanges = [*health(number=44_000_000), get("/blocks/0", NOT_FOUND, 404)]
    with pytest.raises(Unhealthy):
        fetch_health(row_of_hbar, serve(exchanges))


def test_the_main_network_is_no_test_network(row_of_hbar: Network, serve: Serve) -> None:
    with pytest.raises(Unhealthy):
        fetch_health(row_of_hbar.with_profile("testnet"), serve(health()))


def test_health_says_how_far_it_is(row_of_hbar: Network, serve: Serve) -> None:
    found = fetch_health(row_of_hbar, serve(health()))
    assert (found.height, found.history, found.version) == (HEAD, "full", "HAPI 0.68.0")


def rate(cents: int, hbars: int) -> Json:
    return get(
        "/network/exchangerate",
        {"current_rate": {"cent_equivalent": cents, "hbar_equivalent": hbars}},
    )


def test_costs_are_dollars_at_the_networks_own_rate(
    row_of_hbar: Network, serve: Serve, raw_of: RawOf
) -> None:
    node = serve([*health(), rate(12, 1)])
    (native,) = decode(row_of_hbar, raw_of(PAID)).transfers
    cost = fetch_cost(row_of_hbar, node, native)
    assert [line.amount for line in cost.lines] == [166_667]  # 0.0002 USD at 0.12 USD, rounded up
    dollars = row(token_transfers=[paid(USDC, ALICE, -5), paid(USDC, EXCHANGE, 5)])
    (token,) = decode(row_of_hbar, raw_of(dollars)).transfers
    assert [line.amount for line in fetch_cost(row_of_hbar, node, token).lines] == [1_666_667]


def test_an_airdrop_costs_its_claim_and_an_association(
    row_of_hbar: Network, serve: Serve, raw_of: RawOf
) -> None:
    waits: Json = {"receiver_id": EXCHANGE, "sender_id": ALICE, "serial_number": None, "amount": 7}
    waits |= {"token_id": USDC, "timestamp": {"from": STAMP, "to": None}}
    raw = raw_of(row(name="TOKENAIRDROP"), airdrops=[waits])
    (transfer,) = decode(row_of_hbar, raw).transfers
    cost = fetch_cost(row_of_hbar, serve([*health(), rate(10, 1)]), transfer)
    assert [line.amount for line in cost.lines] == [2_000_000, 50_000_000, 2_000_000]
