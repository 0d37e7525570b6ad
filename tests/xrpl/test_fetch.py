"""Asking an XRP Ledger server: health, absence, API versions, costs, replaced transactions."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from recovery.chains.family import Absent, RawTx
from recovery.chains.source import Node
from recovery.chains.xrpl.decode import decode
from recovery.chains.xrpl.family import FAMILY
from recovery.errors import Garbled, SourceError, Unhealthy, Unreachable
from recovery.model import Replacement
from recovery.networks import Network

Serve = Callable[..., Node]
Story = Callable[[str], dict[str, Any]]

HASH = "A" * 64
NOT_FOUND = {"status": "error", "error": "txnNotFound", "error_code": 29}


def look(row: Network, node: Node, tx_hash: str = HASH) -> Any:
    try:
        return FAMILY.fetch(row, node, [tx_hash])[0]
    except SourceError as failed:
        return failed


@pytest.mark.parametrize(
    ("ledgers", "outcome"),
    [
        ("32570-103500000", Absent),
        ("32570-103500004", Absent),
        ("32571-103500000", Unhealthy),
        ("32570-103499999", Unhealthy),
        ("32570-5000000,5000002-103500000", Unhealthy),
        ("90000000-103500000", Unhealthy),
        ("empty", Unhealthy),
        ("all of them", Garbled),
        (None, Garbled),
    ],
)
def test_only_a_server_with_every_ledger_proves_an_absence(
    serve: Serve, row: Network, server_info: dict[str, Any], ledgers: Any, outcome: type
) -> None:
    server_info["complete_ledgers"] = ledgers
    assert isinstance(look(row, serve(tx=NOT_FOUND)), outcome)


def test_an_endpoint_said_to_be_recent_proves_no_absence(serve: Serve, row: Network) -> None:
    node = serve(tx=NOT_FOUND)
    node.history = "recent"
    assert isinstance(look(row, node), Unhealthy)
    assert FAMILY.fetch_health(row, node).history == "recent"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"server_state": "syncing"}, "not synced"),
        ({"server_state": "tracking"}, "not synced"),
        ({"validated_ledger": {"seq": 103_500_000, "age": 61}}, "61 s old"),
        ({"network_id": 1}, "network 1"),
        ({"network_id": 21337}, "network 21337"),
        ({"amendment_blocked": True}, "too old"),
    ],
)
def test_a_server_that_must_not_be_believed_is_not_asked_further(
    serve: Serve, row: Network, server_info: dict[str, Any], change: dict[str, Any], why: str
) -> None:
    server_info |= change
    failed = look(row, serve())
    assert isinstance(failed, Unhealthy)
    assert why in failed.text


def test_a_server_without_network_id_is_known_by_the_height_of_its_ledgers(
    serve: Serve, row: Network, server_info: dict[str, Any]
) -> None:
    del server_info["network_id"]
    assert FAMILY.fetch_health(row, serve()).height == 103_500_000
    server_info["validated_ledger"]["seq"] = 12_000_000
    with pytest.raises(Unhealthy, match="does not say"):
        FAMILY.fetch_health(row, serve())


def test_clio_has_no_server_state_and_is_healthy(
    serve: Serve, row: Network, server_info: dict[str, Any]
) -> None:
    del server_info["server_state"]
    server_info["clio_version"] = "2.5.0"
    health = FAMILY.fetch_health(row, serve())
    assert (health.history, health.oldest, health.version) == ("full", 32570, "2.5.0")


@pytest.mark.parametrize(
    ("token", "outcome"),
    [
        ("tooBusy", Unreachable),
        ("slowDown", Unreachable),
        ("noNetwork", Unhealthy),
        ("noCurrent", Unhealthy),
        ("noPermission", Unhealthy),
        ("invalidParams", Unhealthy),
        ("lgrNotFound", Unhealthy),
    ],
)
def test_an_error_other_than_not_found_never_means_absent(
    serve: Serve, row: Network, token: str, outcome: type
) -> None:
    assert isinstance(look(row, serve(tx={"status": "error", "error": token})), outcome)


def test_a_server_without_api_version_2_is_asked_in_version_1(
    serve: Serve, row: Network, server_info: dict[str, Any], story: Story
) -> None:
    told = story("native_tag_zero")

    def refusal(method: str, params: dict[str, Any]) -> dict[str, Any]:
        body = {"method": method, "params": [params | {"api_version": 2}]}
        return {"post": "/", "body": body, "status": 400, "text": "invalid_API_version"}

    ledger = {"ledger_hash": "B" * 64, "ledger_index": told["ledger_index"], "validated": True}
    ledger["ledger"] = {"ledger_index": str(told["ledger_index"])}
    node = serve([refusal("server_info", {})], tx=told, ledger=ledger)
    raw = look(row, node, told["hash"])
    assert isinstance(raw, RawTx)
    assert node.memory["api_version"] == 1
    evidence = decode(row, raw)
    assert evidence.block is not None
    assert evidence.block.hash == "B" * 64


def test_the_ledger_hash_of_another_ledger_is_refused(
    serve: Serve, row: Network, story: Story
) -> None:
    told = story("native_tag_zero")
    ledger = {"ledger_hash": "B" * 64, "validated": True, "ledger": {"ledger_index": "1"}}
    assert isinstance(look(row, serve(tx=told, ledger=ledger), told["hash"]), Garbled)


def test_another_transaction_than_asked_for_is_refused(
    serve: Serve, row: Network, story: Story
) -> None:
    assert isinstance(look(row, serve(tx=story("native_with_tag"))), Garbled)


def test_a_ctid_must_lead_to_its_own_place(serve: Serve, row: Network, story: Story) -> None:
    told = story("native_by_ctid")
    raw = look(row, serve(tx=told), "c5f1f7c800630000")
    assert isinstance(raw, RawTx)
    assert raw.tx_hash == told["hash"]
    assert isinstance(look(row, serve(tx=told), "C5F1F7C800640000"), Garbled)
    assert isinstance(look(row, serve(tx=told), "C5F1F7C800630001"), Absent)


def test_several_hashes_keep_their_order_and_their_own_failures(
    serve: Serve, row: Network, story: Story
) -> None:
    told = story("native_with_tag")

    def asked(tx_hash: str, result: dict[str, Any]) -> dict[str, Any]:
        params = [{"transaction": tx_hash, "binary": False, "api_version": 2}]
        return {"rpc": "tx", "params": params, "result": result}

    busy = {"status": "error", "error": "tooBusy"}
    node = serve([asked(HASH, NOT_FOUND), asked(told["hash"], told), asked("C" * 64, busy)])
    absent, found, failed = FAMILY.fetch(row, node, [HASH, told["hash"], "C" * 64])
    assert isinstance(absent, Absent)
    assert isinstance(found, RawTx)
    assert isinstance(failed, Unreachable)


FEE = {"drops": {"base_fee": "10", "open_ledger_fee": "256", "median_fee": "5000"}}


def test_a_recovery_costs_the_open_ledgers_fee(
    serve: Serve, row: Network, story: Story, raw_of: Callable[[dict[str, Any]], RawTx]
) -> None:
    transfer = decode(row, raw_of(story("native_with_tag"))).transfers[0]
    account = {"account_data": {"Balance": "1"}}
    cost = FAMILY.fetch_cost(row, serve(fee=FEE, account_info=account), transfer)
    assert [(line.code, line.amount) for line in cost.lines] == [("network_cost", 256)]


def test_paying_an_account_that_is_gone_takes_the_base_reserve(
    serve: Serve, row: Network, story: Story, raw_of: Callable[[dict[str, Any]], RawTx]
) -> None:
    transfer = decode(row, raw_of(story("account_delete"))).transfers[0]
    gone = {"status": "error", "error": "actNotFound"}
    cost = FAMILY.fetch_cost(row, serve(fee=FEE, account_info=gone), transfer)
    assert [(line.code, line.amount) for line in cost.lines] == [
        ("network_cost", 256),
        ("reserve", 1_000_000),
    ]


@pytest.fixture
def seen(row: Network, story: Story, server_info: dict[str, Any]) -> RawTx:
    result = story("pending")
    then = {"validated_ledger": {"seq": 103_499_990, "age": 1}}
    at = datetime(2026, 11, 1, tzinfo=UTC)
    answers = {"tx": result, "server": then}
    return RawTx(row.code, result["hash"], "jsonrpc", "http://node", at, answers)


def page(seen: RawTx, **fields: Any) -> dict[str, Any]:
    tx = seen.answers["tx"]["tx_json"] | fields
    entry = {"tx_json": tx, "hash": "D" * 64, "validated": True}
    return {"transactions": [entry]}


def replacement(row: Network, node: Node, seen: RawTx) -> Replacement | None:
    assert FAMILY.fetch_replacement is not None
    return FAMILY.fetch_replacement(row, node, seen)


def test_another_transaction_with_the_same_sequence_replaced_it(
    serve: Serve, row: Network, seen: RawTx
) -> None:
    node = serve(tx=NOT_FOUND, account_tx=page(seen))
    assert replacement(row, node, seen) == Replacement("D" * 64)


def test_other_sequences_other_accounts_and_unvalidated_ones_replace_nothing(
    serve: Serve, row: Network, seen: RawTx
) -> None:
    for other in (page(seen, Sequence=78), page(seen, Account="rrrrrrrrrrrrrrrrrrrrBZbvji")):
        assert replacement(row, serve(tx=NOT_FOUND, account_tx=other), seen) is None
    waiting = page(seen)
    waiting["transactions"][0]["validated"] = False
    assert replacement(row, serve(tx=NOT_FOUND, account_tx=waiting), seen) is None


def test_past_its_last_ledger_it_can_never_be_applied(
    serve: Serve, row: Network, seen: RawTx, server_info: dict[str, Any]
) -> None:
    last = seen.answers["tx"]["tx_json"]["LastLedgerSequence"]
    nothing: dict[str, Any] = {"transactions": []}
    server_info["complete_ledgers"] = "32570-103600000"
    server_info["validated_ledger"]["seq"] = last
    assert replacement(row, serve(tx=NOT_FOUND, account_tx=nothing), seen) is None
    server_info["validated_ledger"]["seq"] = last + 1
    assert replacement(row, serve(tx=NOT_FOUND, account_tx=nothing), seen) == Replacement(None)


def test_a_server_that_lacks_a_ledger_since_proves_no_replacement(
    serve: Serve, row: Network, seen: RawTx, server_info: dict[str, Any]
) -> None:
    last = seen.answers["tx"]["tx_json"]["LastLedgerSequence"]
    server_info["validated_ledger"]["seq"] = last + 50
    server_info["complete_ledgers"] = f"{last + 1}-{last + 50}"
    node = serve(tx=NOT_FOUND, account_tx={"transactions": []})
    assert replacement(row, node, seen) is None


def test_what_the_server_knows_again_was_not_replaced(
    serve: Serve, row: Network, seen: RawTx, story: Story
) -> None:
    assert replacement(row, serve(tx=story("pending")), seen) is None
