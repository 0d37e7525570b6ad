"""Asking a Tron node: what is absent, what can't be asked, what is final, what moving costs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tron.stories import (
    ALICE,
    BOB,
    HEAD,
    HEAD_MS,
    SOLID,
    SOLID_MS,
    SPENDER,
    USDT,
    Json,
    answers,
    call,
    called,
    header,
    health,
    inner,
    keeps_internal,
    moved,
    named,
    pay,
    pay_trc10,
    post,
    registered,
    result,
    transfer_data,
    word,
)

from recovery.chains.family import Absent, RawTx
from recovery.chains.source import Node
from recovery.chains.tron.decode import decode
from recovery.chains.tron.family import FAMILY, verify
from recovery.chains.tron.fetch import fetch
from recovery.chains.tron.wire import parse_signed, text_of
from recovery.errors import Garbled, Unhealthy, Unreachable
from recovery.model import Evidence, Gap, Replacement, TxStatus
from recovery.networks import Network
from recovery.triage import ask_node

Serve = Callable[[list[Json]], Node]
UNKNOWN = "3b9c" + "5d" * 30

NO_SOLID_VIEW = {
    "post": "/walletsolidity/getblock",
    "body": {"detail": False},
    "status": 404,
    "text": "Not Found",
}
NEWEST = "/wallet/getblock", {"detail": False}
FIRST = "/wallet/getblock", {"detail": False, "id_or_num": "1"}


def evidence(row: Network, node: Node, tx_hash: str) -> Evidence:
    (raw,) = fetch(row, node, [tx_hash])
    assert isinstance(raw, RawTx), raw
    return decode(row, raw)


def test_the_id_is_the_hash_of_the_signed_bytes() -> None:
    """A transaction of the Nile test network, from java-tron's documentation."""
    raw = (
        "0a0229272208939ece39d08a7abe40d8c483c1dd335a67080112630a2d747970652e676f6f676c65617069732e"
        "636f6d2f70726f746f636f6c2e5472616e73666572436f6e747261637412320a1541dd791d6b49e190062d650e"
        "6a23c575510d35f2f912154192ad11c1bf16b3b14b0bd6b5c7e2db73a0b5e83a18c0843d70d68780c1dd33"
    )
    tx_hash = "6303c7639f591407ef9f34a7ac8c9c9a21151f5a6af21924502515734fc267ab"
    signed = parse_signed({"raw_data_hex": raw, "txID": tx_hash}, tx_hash)
    assert signed.kind == 1
    recipient = signed.value[2][0]
    assert isinstance(recipient, bytes)
    assert text_of(recipient.hex()) == "TPLkz8rzTT7gKRS1bUm3hBcvw1EExAbKTV"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (post(*NEWEST, header(HEAD, HEAD_MS - 120_000)), "old"),
        (post("/walletsolidity/getblock", {"detail": False}, header(HEAD - 500, 1)), "behind"),
        (post(*FIRST, {}), "lacks the first blocks"),
        (
            post("/wallet/getblock", {"detail": False, "id_or_num": "0"}, header(0, 0, "00" * 32)),
            "begins with",
        ),
    ],
    ids=["stale head", "stalled solidification", "lite with open history", "another chain"],
)
def test_an_unhealthy_node_proves_no_absence(
    row: Network, serve: Serve, change: Json, words: str
) -> None:
    node = serve([*answers(None, tx_hash=UNKNOWN), change])
    (answer,) = ask_node(row, node, [UNKNOWN])
    assert isinstance(answer, Unhealthy)
    assert words in answer.text


def test_a_node_said_to_keep_recent_history_proves_no_absence(row: Network, serve: Serve) -> None:
    node = serve(answers(None, tx_hash=UNKNOWN))
    node.history = "recent"
    assert isinstance(fetch(row, node, [UNKNOWN])[0], Unhealthy)


def test_an_empty_answer_of_a_healthy_node_is_an_absence(row: Network, serve: Serve) -> None:
    outcome = fetch(row, serve(answers(None, tx_hash=UNKNOWN)), [UNKNOWN])[0]
    assert isinstance(outcome, Absent)
    assert str(HEAD) in outcome.text


def test_a_views_knowledge_that_the_other_lacks_is_no_absence(row: Network, serve: Serve) -> None:
    told = post("/walletsolidity/gettransactioninfobyid", {"value": UNKNOWN}, {"id": UNKNOWN})
    node = serve([*answers(None, tx_hash=UNKNOWN), told])
    assert isinstance(fetch(row, node, [UNKNOWN])[0], Unhealthy)


def test_a_node_that_keeps_no_results_is_no_pending_transaction(row: Network, serve: Serve) -> None:
    body = pay(1, timestamp=SOLID_MS - 3_600_000)
    assert isinstance(fetch(row, serve(answers(body)), [body["txID"]])[0], Unhealthy)


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        (
            {"Error": "class java.lang.IllegalAccessException : lack of computing resources"},
            Unreachable,
        ),
        ({"Error": "class java.lang.NullPointerException : null"}, Unhealthy),
        ([], Garbled),
        ("{}", Garbled),
    ],
)
def test_errors_within_http_200_are_could_not_ask(
    row: Network, serve: Serve, said: Any, kind: type[Exception]
) -> None:
    told = post("/wallet/gettransactioninfobyid", {"value": UNKNOWN}, said)
    node = serve([*answers(None, tx_hash=UNKNOWN), told])
    assert isinstance(fetch(row, node, [UNKNOWN])[0], kind)


def test_many_hashes_have_one_outcome_each_in_order(row: Network, serve: Serve) -> None:
    bodies = [pay(n) for n in range(1, 13)]
    told = [e for b in bodies for e in answers(b, result(b))]
    hashes = [b["txID"] for b in bodies] + [UNKNOWN]
    outcomes = fetch(row, serve([*told, *answers(None, tx_hash=UNKNOWN)]), hashes)
    assert [getattr(o, "tx_hash", None) for o in outcomes] == hashes
    assert isinstance(outcomes[-1], Absent)
    assert fetch(row, serve([]), []) == []


class TestWithoutTheSolidifiedView:
    """A full node serves that view at another port: its own account of itself must do."""

    @pytest.fixture
    def served(self, serve: Serve) -> Callable[..., Node]:
        def start(body: Json, info: Json, *extra: Json) -> Node:
            told = [e for e in answers(body, info, solid=False) if "solidity/get" not in e["post"]]
            return serve([*told, NO_SOLID_VIEW, *extra])

        return start

    def test_the_node_info_tells_the_solidified_height(
        self, row: Network, served: Callable[..., Node]
    ) -> None:
        said = {"solidityBlock": f"Num:{SOLID},ID:{header(SOLID, SOLID_MS)['blockID']}"}
        asked = {"detail": False, "id_or_num": str(SOLID)}
        extra = (
            post("/wallet/getnodeinfo", {}, said),
            post("/wallet/getblock", asked, header(SOLID, SOLID_MS)),
        )
        for height, final in ((SOLID - 1, True), (SOLID + 1, False)):
            body = pay(height)
            found = evidence(row, served(body, result(body, height=height), *extra), body["txID"])
            assert found.final is final
            assert Gap.FINALITY not in found.gaps

    def test_without_either_finality_is_unknown(
        self, row: Network, served: Callable[..., Node]
    ) -> None:
        body = pay(5)
        hidden = {"post": "/wallet/getnodeinfo", "body": {}, "status": 404, "text": ""}
        found = evidence(row, served(body, result(body), hidden), body["txID"])
        assert not found.final
        assert found.gaps == {Gap.FINALITY}


def test_a_result_that_is_not_solidified_is_not_final(row: Network, serve: Serve) -> None:
    body = pay(7)
    found = evidence(row, serve(answers(body, result(body), solid=False)), body["txID"])
    assert (found.status, found.final, found.confirmations) == (TxStatus.CONFIRMED, False, 120)
    assert found.required_confirmations is None


def test_a_call_whose_inner_payments_are_not_kept_leaves_them_unknown(
    row: Network, serve: Serve
) -> None:
    body = call(SPENDER, "00" * 4)
    silent = post("/wallet/gettransactioninfobyblocknum", {"num": SOLID}, [{"id": "00"}])
    told = answers(body, called(body))
    found = evidence(row, serve([*told, silent]), body["txID"])
    assert Gap.INTERNAL_TRANSFERS in found.gaps
    found = evidence(row, serve([*told, keeps_internal()]), body["txID"])
    assert found.gaps == frozenset()


def test_a_plain_token_transfer_needs_no_such_list(row: Network, serve: Serve) -> None:
    body = call(USDT, transfer_data(BOB, 5))
    info = called(body, logs=[moved(USDT, ALICE, BOB, 5)])
    found = evidence(row, serve(answers(body, info, extra=named(USDT))), body["txID"])
    assert found.gaps == frozenset()


def test_a_list_that_only_the_solidified_view_keeps_is_read(row: Network, serve: Serve) -> None:
    body = call(SPENDER, "00" * 4)
    info = called(body)
    solid = info | {"internal_transactions": [inner(BOB, {"callValue": 5})]}
    told = [*answers(body, info, solid=solid), keeps_internal()]
    found = evidence(row, serve(told), body["txID"])
    assert [t.amount for t in found.transfers] == [5]


def test_the_signed_bytes_are_verified_again(row: Network, serve: Serve) -> None:
    body = pay(5)
    (raw,) = fetch(row, serve(answers(body, result(body))), [body["txID"]])
    assert isinstance(raw, RawTx)
    verify(row, raw, decode(row, raw))
    forged = pay(6) | {"txID": body["txID"]}
    lying = RawTx(raw.network, raw.tx_hash, raw.api, raw.source, raw.at, {"tx": forged})
    with pytest.raises(Garbled):
        verify(row, lying, decode(row, raw))


class TestReplacement:
    def seen(self, row: Network, body: Json) -> RawTx:
        from datetime import UTC, datetime

        at = datetime(2026, 11, 20, tzinfo=UTC)
        return RawTx(row.code, body["txID"], "fullnode", "http://node", at, {"tx": body})

    def test_an_expired_unknown_transaction_can_never_come(
        self, row: Network, serve: Serve
    ) -> None:
        assert FAMILY.fetch_replacement is not None
        body = pay(5, timestamp=SOLID_MS - 120_000)
        node = serve(answers(None, tx_hash=body["txID"]))
        assert FAMILY.fetch_replacement(row, node, self.seen(row, body)) == Replacement(None)

    def test_one_that_may_still_come_is_not_given_up(self, row: Network, serve: Serve) -> None:
        assert FAMILY.fetch_replacement is not None
        body = pay(5, timestamp=SOLID_MS - 30_000)
        node = serve(answers(None, tx_hash=body["txID"]))
        assert FAMILY.fetch_replacement(row, node, self.seen(row, body)) is None

    def test_one_that_came_is_not_given_up(self, row: Network, serve: Serve) -> None:
        assert FAMILY.fetch_replacement is not None
        body = pay(5, timestamp=SOLID_MS - 120_000)
        node = serve(answers(body, result(body)))
        assert FAMILY.fetch_replacement(row, node, self.seen(row, body)) is None


def test_health_names_head_history_and_version(row: Network, serve: Serve) -> None:
    info = post("/wallet/getnodeinfo", {}, {"configNodeInfo": {"codeVersion": "4.8.1"}})
    first = answers(None, tx_hash=UNKNOWN)
    found = FAMILY.fetch_health(row, serve([*first, info]))
    assert (found.height, found.history, found.version) == (HEAD, "full", "java-tron 4.8.1")
    lite = FAMILY.fetch_health(row, serve([*first, info, post(*FIRST, {})]))
    assert lite.history == "recent"


PRICES = {
    "getTransactionFee": 1000,
    "getEnergyFee": 100,
    "getCreateAccountFee": 100_000,
    "getCreateNewAccountFeeInSystemContract": 1_000_000,
}


class TestCost:
    @pytest.fixture
    def cost(self, row: Network, serve: Serve) -> Callable[..., list[tuple[str, int]]]:
        def ask(body: Json, info: Json, exists: tuple[str, ...], *extra: Json) -> Any:
            listed = [{"key": k, "value": v} for k, v in PRICES.items()] + [{"key": "getX"}]
            told = [post("/wallet/getchainparameters", {}, {"chainParameter": listed})]
            for who in (ALICE, BOB):
                account = {"address": who} if who in exists else {}
                told.append(post("/wallet/getaccount", {"address": who}, account))
            node = serve([*answers(body, info), *told, *extra])
            transfer = evidence(row, node, body["txID"]).transfers[0]
            found = FAMILY.fetch_cost(row, node, transfer)
            assert found.asset == row.native_asset
            return [(line.code, line.amount) for line in found.lines]

        return ask

    def test_coin_back_to_a_living_account_costs_its_bytes(self, cost: Callable[..., Any]) -> None:
        body = pay(5_000_000)
        assert cost(body, result(body), (ALICE, BOB)) == [("network_cost", 268_000)]

    def test_coin_to_an_account_that_must_be_made_takes_a_reserve(
        self, cost: Callable[..., Any]
    ) -> None:
        body = pay(5_000_000)
        lines = cost(body, result(body), (BOB,))
        assert lines == [("network_cost", 100_000), ("reserve", 1_000_000)]

    def test_a_token_on_an_address_without_account_costs_life_bandwidth_and_energy(
        self, cost: Callable[..., Any]
    ) -> None:
        body = call(USDT, transfer_data(BOB, 5))
        info = called(body, logs=[moved(USDT, ALICE, BOB, 5)])
        asked = {
            "owner_address": BOB,
            "contract_address": USDT,
            "function_selector": "transfer(address,uint256)",
            "parameter": word(ALICE) + word(5),
        }
        tried = {"result": {"result": True}, "energy_used": 64_285}
        trial = post("/wallet/triggerconstantcontract", asked, tried)
        lines = cost(body, info, (ALICE,), *named(USDT), trial)
        life = [("network_cost", 100_000), ("reserve", 1_000_000)]
        assert lines == [*life, ("network_cost", 64_285 * 100 + 345_000)]
        refused = {"result": {"result": True, "message": "52455645"}, "energy_used": 500}
        trial = post("/wallet/triggerconstantcontract", asked, refused)
        lines = cost(body, info, (ALICE, BOB), *named(USDT), trial)
        assert lines == [("network_cost", 268_000), ("network_cost", 131_000 * 100 + 345_000)]

    def test_a_trc10_needs_bandwidth_only(self, cost: Callable[..., Any]) -> None:
        body = pay_trc10(7, "1002000")
        lines = cost(body, result(body), (ALICE, BOB), registered("1002000"))
        assert lines == [("network_cost", 268_000), ("network_cost", 285_000)]

    def test_missing_prices_are_garbled(self, row: Network, serve: Serve) -> None:
        body = pay(5)
        told = post("/wallet/getchainparameters", {}, {"chainParameter": []})
        node = serve([*health(), *answers(body, result(body)), told])
        transfer = evidence(row, node, body["txID"]).transfers[0]
        with pytest.raises(Garbled):
            FAMILY.fetch_cost(row, node, transfer)
