"""What an indexer or algod says of itself, what proves an absence, and what moving out costs."""

from __future__ import annotations

from typing import Any

import pytest
from algorand.stories import (
    ALICE,
    HEAD,
    NOW_SECONDS,
    OURS,
    ROW,
    USDC,
    axfer,
    digest,
    get,
    header,
    health,
    history,
    identified,
    indexed,
    node,
    pay,
    pool_answers,
    pooled,
    some_id,
    told,
    unknown,
    wire,
)

from recovery.chains.algorand.family import FAMILY
from recovery.chains.family import Absent, RawTx
from recovery.errors import Garbled, SourceError, Unhealthy
from recovery.model import Evidence, Replacement, Transfer

TESTNET = "SGO1GKSzyE7IEPItTxCByw9x8FmnrCDexi9/cOUJOiI="
ID = some_id("asked for")


def evidence_of(serve: Any, tx: dict[str, Any], *more: dict[str, Any]) -> Evidence:
    known = identified(tx)
    (raw,) = FAMILY.fetch(ROW, serve([*indexed(known), *more]), [known["id"]])
    assert isinstance(raw, RawTx), raw
    return FAMILY.decode(ROW, raw)


@pytest.mark.parametrize(
    "broken",
    [
        get("/health", {"db-available": False, "is-migrating": False, "round": HEAD}),
        get("/health", {"db-available": True, "is-migrating": True, "round": HEAD}),
        get(
            "/health", {"db-available": True, "is-migrating": False, "round": HEAD, "errors": ["x"]}
        ),
        header(HEAD, genesis=TESTNET),
        header(HEAD, seconds=NOW_SECONDS - 61),
    ],
    ids=["no database", "migrating", "errors", "another chain", "behind"],
)
def test_an_indexer_that_must_not_be_believed_proves_nothing(serve: Any, broken: Any) -> None:
    with pytest.raises(Unhealthy):
        FAMILY.fetch(ROW, serve([*unknown(ID), history(), broken]), [ID])


@pytest.mark.parametrize(
    ("path", "key", "value"),
    [
        ("/v2/transactions/params", "genesis-hash", TESTNET),
        ("/v2/status", "catchup-time", 5),
        ("/v2/status", "stopped-at-unsupported-round", True),
        ("/v2/status", "time-since-last-round", 61 * 10**9),
    ],
)
def test_a_node_that_must_not_be_believed_is_not_asked(
    serve: Any, path: str, key: str, value: Any
) -> None:
    answers = [get(e["get"], e["json"] | {key: value}) if e["get"] == path else e for e in node()]
    with pytest.raises(Unhealthy):
        FAMILY.fetch(ROW, serve(answers, api="algod"), [ID])


def test_an_indexer_that_dropped_the_beginning_proves_no_absence(serve: Any) -> None:
    empty = get("/v2/transactions?max-round=200000&limit=1", {"transactions": []})
    (answer,) = FAMILY.fetch(ROW, serve([*unknown(ID), empty]), [ID])
    assert isinstance(answer, Unhealthy)


@pytest.mark.parametrize("said", ["page not found", "no such account"])
def test_another_404_is_no_absence(serve: Any, said: str) -> None:
    answers = [*health(), history(), get(f"/v2/transactions/{ID}", {"message": said}, 404)]
    (answer,) = FAMILY.fetch(ROW, serve(answers), [ID])
    assert isinstance(answer, SourceError)


def test_many_ids_are_answered_in_their_order(serve: Any) -> None:
    known = [identified(pay(OURS, amount)) for amount in range(1, 12)]
    answers = [e for tx in known for e in indexed(tx)]
    ids = [ID, *(tx["id"] for tx in known)]
    found = FAMILY.fetch(ROW, serve([*answers, *unknown(ID), history()]), ids)
    assert isinstance(found[0], Absent)
    assert [a.tx_hash for a in found if isinstance(a, RawTx)] == ids[1:]


def test_another_transaction_than_asked_for_is_noticed(serve: Any) -> None:
    tx = identified(pay(OURS, 1))
    other = get(f"/v2/transactions/{ID}", {"current-round": HEAD, "transaction": tx})
    (raw,) = FAMILY.fetch(ROW, serve([*indexed(tx), other]), [ID])
    assert isinstance(raw, RawTx)
    with pytest.raises(Garbled):
        FAMILY.decode(ROW, raw)


def test_health_tells_round_time_and_how_far_back_it_sees(serve: Any) -> None:
    indexer = FAMILY.fetch_health(ROW, serve([*health(), history()]))
    assert (indexer.height, indexer.history, indexer.version) == (HEAD, "full", "3.8.1")
    algod = FAMILY.fetch_health(ROW, serve(node(), api="algod"))
    assert (algod.history, algod.oldest) == ("recent", HEAD - 1000)


def account(balance: int, minimum: int) -> dict[str, Any]:
    held = {"address": OURS, "amount": balance, "min-balance": minimum}
    return get(f"/v2/accounts/{OURS}?exclude=all", {"account": held, "current-round": HEAD})


def cost_lines(serve: Any, transfer: Transfer, *answers: dict[str, Any]) -> list[tuple[str, int]]:
    cost = FAMILY.fetch_cost(ROW, serve([*health(), *answers]), transfer)
    return [(line.code, line.amount) for line in cost.lines]


def test_moving_all_of_a_deposit_leaves_the_minimum_balance_behind(serve: Any) -> None:
    (transfer,) = evidence_of(serve, pay(OURS, 2_000_000)).transfers
    rich, fresh = account(9_000_000, 100_000), account(2_000_000, 100_000)
    assert cost_lines(serve, transfer, rich) == [("network_cost", 1000)]
    assert cost_lines(serve, transfer, fresh) == [("network_cost", 1000), ("reserve", 100_000)]


def test_an_account_without_coin_is_funded_before_it_moves_an_asset(serve: Any) -> None:
    tx = axfer(USDC, OURS, 5)
    (transfer,) = evidence_of(serve, tx, told(USDC, "indexer")).transfers
    assert cost_lines(serve, transfer, account(201_000, 200_000)) == [("network_cost", 1000)]
    poor = cost_lines(serve, transfer, account(150_000, 200_000))
    assert poor == [("network_cost", 1000), ("network_cost", 1000), ("reserve", 50_000)]


def test_a_pooled_transaction_is_gone_when_its_last_round_is_over(serve: Any) -> None:
    for last, expected in ((HEAD - 1, Replacement(None)), (HEAD + 1, None)):
        answer = pooled(wire("pay", rcv=OURS, amt=5, last=last))
        tx_id, answers = pool_answers(answer)
        (seen,) = FAMILY.fetch(ROW, serve(answers, api="algod"), [tx_id])
        assert isinstance(seen, RawTx)
        assert FAMILY.fetch_replacement is not None
        indexer = serve([*unknown(tx_id), history()])
        assert FAMILY.fetch_replacement(ROW, indexer, seen) == expected


def test_the_next_block_names_the_hash(serve: Any) -> None:
    import base64

    evidence = evidence_of(serve, pay(OURS, 3, sender=ALICE))
    assert evidence.block is not None
    named = base64.b32encode(digest(f"block {evidence.block.height}")).decode().rstrip("=")
    assert evidence.block.hash == named
