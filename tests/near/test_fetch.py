"""What a node says of itself, looking up by hash alone, proving an absence, and costs."""

from __future__ import annotations

from typing import Any

import pytest
from near.stories import (
    ALICE,
    HEAD,
    NEAR,
    OURS,
    ROW,
    USDT,
    b64,
    block,
    call,
    fault,
    found,
    ft_transfer,
    health,
    lookup,
    metadata,
    moved,
    name_id,
    receipt,
    rpc,
    send,
    transaction,
    unknown,
)

from recovery.chains.family import Absent, RawTx
from recovery.chains.near.family import FAMILY
from recovery.errors import Garbled, SourceError, Unhealthy
from recovery.model import Gap, Transfer

HASH = name_id("asked for")
KNOWN = ROW.parameters["known_transactions"]


def answers_of(answer: dict[str, Any], *more: dict[str, Any]) -> list[dict[str, Any]]:
    near = [
        rpc("block", {"block_id": name_id(f"block {h}")}, block(h)) for h in range(HEAD - 110, HEAD)
    ]
    return [*health(), found(answer), *near, *more]


def known(hashes: list[str]) -> list[dict[str, Any]]:
    return [
        found(transaction(f"known {h}", receipt(f"r {h}", ALICE, OURS, send(1)), tx_hash=h))
        for h in hashes
    ]


def plain(name: str = "plain", **more: Any) -> dict[str, Any]:
    return transaction(f"{name} tx", receipt(name, ALICE, OURS, send(3 * NEAR), **more))


def only(serve: Any, exchanges: list[dict[str, Any]], tx_hash: str, **more: Any) -> Any:
    (answer,) = FAMILY.fetch(ROW, serve(exchanges, **more), [tx_hash])
    return answer


@pytest.mark.parametrize(
    "broken", [health(chain="testnet"), health(syncing=True), health(age=61)],
    ids=["another chain", "syncing", "behind"],
)  # fmt: skip
def test_a_node_that_must_not_be_believed_is_not_asked(serve: Any, broken: Any) -> None:
    with pytest.raises(Unhealthy):
        FAMILY.fetch(ROW, serve([*broken, unknown(HASH), *known(KNOWN)]), [HASH])


def test_a_hash_is_looked_up_without_knowing_its_sender(serve: Any) -> None:
    answer = plain()
    raw = only(serve, answers_of(answer), answer["transaction"]["hash"])
    assert isinstance(raw, RawTx)
    assert lookup(HASH)["sender_account_id"] != answer["transaction"]["signer_id"]


@pytest.mark.parametrize("lost", range(len(KNOWN)))
def test_a_node_that_misses_one_known_transaction_proves_no_absence(serve: Any, lost: int) -> None:
    found_ones = known([h for h in KNOWN if h != KNOWN[lost]])
    answers = [*health(), unknown(HASH), *found_ones, unknown(KNOWN[lost])]
    assert isinstance(only(serve, answers, HASH), Unhealthy)


def test_the_operators_word_goes_before_the_trial(serve: Any) -> None:
    answers = [*health(), unknown(HASH)]
    assert isinstance(only(serve, answers, HASH, history="full"), Absent)
    assert isinstance(only(serve, [*answers, *known(KNOWN)], HASH, history="recent"), Unhealthy)


def test_a_network_without_known_transactions_needs_the_operators_word(serve: Any) -> None:
    row = ROW.with_profile("testnet")
    answers = [*health(chain="testnet"), unknown(HASH)]
    (answer,) = FAMILY.fetch(row, serve(answers), [HASH])
    assert isinstance(answer, Unhealthy)


@pytest.mark.parametrize(
    "cause",
    ["TIMEOUT_ERROR", "DOES_NOT_TRACK_SHARD", "INTERNAL_ERROR", "INVALID_TRANSACTION", "NEW_ONE"],
)
def test_no_error_but_unknown_transaction_is_an_absence(serve: Any, cause: str) -> None:
    failed = fault("EXPERIMENTAL_tx_status", lookup(HASH), cause, {"cause": "NOT_OBSERVED"})
    assert isinstance(only(serve, [*health(), failed, *known(KNOWN)], HASH), SourceError)


def test_an_error_without_its_cause_is_no_absence(serve: Any) -> None:
    error = {"code": -32000, "message": "Server error", "data": "Transaction doesn't exist"}
    failed = {"rpc": "EXPERIMENTAL_tx_status", "params": lookup(HASH), "error": error}
    assert isinstance(only(serve, [*health(), failed, *known(KNOWN)], HASH), SourceError)


def test_many_hashes_are_answered_in_their_order(serve: Any) -> None:
    told = [plain(f"number {n}") for n in range(10)]
    hashes = [HASH, *(t["transaction"]["hash"] for t in told)]
    answers = [*answers_of(told[0]), *(found(t) for t in told), unknown(HASH), *known(KNOWN)]
    outcomes = FAMILY.fetch(ROW, serve(answers), hashes)
    assert isinstance(outcomes[0], Absent)
    assert [o.tx_hash for o in outcomes if isinstance(o, RawTx)] == hashes[1:]


def test_another_transaction_than_asked_for_is_noticed(serve: Any) -> None:
    other = rpc("EXPERIMENTAL_tx_status", lookup(HASH), plain())
    assert isinstance(only(serve, [*answers_of(plain()), other], HASH), Garbled)


def test_another_block_than_asked_for_is_noticed(serve: Any) -> None:
    answer = plain()
    wrong = rpc("block", {"block_id": name_id(f"block {HEAD - 100}")}, block(HEAD - 99))
    raw = only(serve, answers_of(answer, wrong), answer["transaction"]["hash"])
    assert isinstance(raw, RawTx)
    with pytest.raises(Garbled):
        FAMILY.decode(ROW, raw)


def test_a_token_without_words_of_its_own_is_shown_without_them(serve: Any) -> None:
    logs = (moved(ALICE, OURS, 5),)
    first = receipt("silent", ALICE, "silent.near", ft_transfer(OURS, 5), logs=logs)
    answer = transaction("silent tx", first)
    raw = only(serve, answers_of(answer, metadata("silent.near")), answer["transaction"]["hash"])
    assert isinstance(raw, RawTx)
    (transfer,) = [t for t in FAMILY.decode(ROW, raw).transfers if t.standard]
    assert (transfer.symbol, transfer.decimals, transfer.amount) == (None, None, 5)


def test_a_refund_that_the_events_and_the_return_value_tell_differently_is_a_gap(
    serve: Any,
) -> None:
    first = receipt("a", ALICE, USDT, ft_transfer(OURS, 100, method="ft_transfer_call"),
                    logs=(moved(ALICE, OURS, 100),))  # fmt: skip
    arguments = {"sender_id": ALICE, "receiver_id": OURS, "amount": "100"}
    resolved = receipt("b", USDT, USDT, call("ft_resolve_transfer", arguments), parent="a",
                       value="100", logs=(moved(OURS, ALICE, 60),))  # fmt: skip
    answer = transaction("a tx", first, resolved)
    raw = only(serve, answers_of(answer, metadata(USDT)), answer["transaction"]["hash"])
    assert isinstance(raw, RawTx)
    assert Gap.AMOUNT in FAMILY.decode(ROW, raw).gaps


def test_a_receipt_that_ran_in_another_account_is_a_gap(serve: Any) -> None:
    answer = plain("moved")
    answer["receipts_outcome"][0]["outcome"]["executor_id"] = "mallory.near"
    raw = only(serve, answers_of(answer), answer["transaction"]["hash"])
    assert isinstance(raw, RawTx)
    assert Gap.AMOUNT in FAMILY.decode(ROW, raw).gaps


def test_health_tells_the_final_height_and_how_far_back_it_sees(serve: Any) -> None:
    told = FAMILY.fetch_health(ROW, serve([*health(), *known(KNOWN)]))
    assert (told.height, told.history, told.version) == (HEAD, "full", "2.9.0")
    lost = [unknown(h) for h in KNOWN]
    assert FAMILY.fetch_health(ROW, serve([*health(), *lost])).history == "recent"


# -- costs ---------------------------------------------------------------------------------------


def account(balance: int, *, used: int = 500) -> dict[str, Any]:
    asked = {"request_type": "view_account", "finality": "final", "account_id": OURS}
    return rpc("query", asked, {"amount": str(balance), "locked": "0", "storage_usage": used})


def view(method: str, value: Any, arguments: str = "e30=") -> dict[str, Any]:
    asked = {"request_type": "call_function", "finality": "final", "account_id": USDT}
    asked |= {"method_name": method, "args_base64": arguments}
    return rpc("query", asked, {"result": list(b"null" if value is None else value), "logs": []})


def costs(serve: Any, transfer: Transfer, *answers: dict[str, Any]) -> list[tuple[str, int]]:
    priced = rpc("gas_price", [None], {"gas_price": "100000000"})
    cost = FAMILY.fetch_cost(ROW, serve([*health(), priced, *answers]), transfer)
    return [(line.code, line.amount) for line in cost.lines]


def transfer_of(serve: Any, answer: dict[str, Any], *more: dict[str, Any]) -> Transfer:
    raw = only(serve, answers_of(answer, *more), answer["transaction"]["hash"])
    assert isinstance(raw, RawTx), raw
    return FAMILY.decode(ROW, raw).transfers[-1]


def test_a_small_account_keeps_nothing_back_and_a_large_one_what_its_bytes_need(serve: Any) -> None:
    transfer = transfer_of(serve, plain())
    assert costs(serve, transfer, account(3 * NEAR)) == [("network_cost", 10**21)]
    large = costs(serve, transfer, account(3 * NEAR, used=1_000))
    assert large == [("network_cost", 10**21), ("reserve", 10**22)]


def test_a_tokens_way_out_pays_for_gas_and_the_recipients_registration(serve: Any) -> None:
    first = receipt("t", ALICE, USDT, ft_transfer(OURS, 5), logs=(moved(ALICE, OURS, 5),))
    transfer = transfer_of(serve, transaction("t tx", first), metadata(USDT))
    asked = b64({"account_id": ALICE})
    held = view("storage_balance_of", b'{"total":"1250000000000000000000","available":"0"}', asked)
    gas = 3 * 10**21 + 1
    assert costs(serve, transfer, account(NEAR), held) == [("network_cost", gas)]
    none = view("storage_balance_of", None, asked)
    bounds = view("storage_balance_bounds", b'{"min":"2350000000000000000000","max":null}')
    assert costs(serve, transfer, account(0), none, bounds) == [
        ("network_cost", gas),
        ("network_cost", 10**21),
        ("reserve", 2_350_000_000_000_000_000_000),
    ]
