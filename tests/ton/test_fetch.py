"""Asking toncenter: health, absence, every name of a payment, costs, and what a desk does with a batch."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from ton.stories import (
    ALICE,
    DESK,
    DESK_JETTONS,
    HEAD,
    HEAD_TIME,
    MASTER,
    Json,
    account,
    at_block,
    call,
    comment,
    find,
    get,
    hash_of,
    health,
    hex_of,
    key_of,
    message,
    nothing,
    trace,
    transaction,
)

from recovery.assets import token_asset
from recovery.chains.codecs import parse_hash
from recovery.chains.family import Absent, RawTx
from recovery.chains.source import Node
from recovery.chains.ton.family import FAMILY
from recovery.checker import Checker
from recovery.classify.verdict import Cause, Recoverability
from recovery.demo.fixtures import Fixture, load_fixtures
from recovery.errors import Garbled, SourceError, Unhealthy
from recovery.model import Claim, Party, Transfer, TransferKind, TxStatus
from recovery.networks import Network

Serve = Callable[..., Node]

UNKNOWN = hash_of("unknown")
FIXTURES = {f.name.removeprefix("TON/"): f for f in load_fixtures(network="TON")}


def look(row: Network, node: Node, tx_hash: str = UNKNOWN) -> Any:
    try:
        return FAMILY.fetch(row, node, [hex_of(tx_hash)])[0]
    except SourceError as failed:
        return failed


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"gen_utime": str(HEAD_TIME - 59)}, "s old"),
        ({"gen_utime": "soon"}, "no time"),
        ({"global_id": -3}, "chain -3"),
        ({"global_id": None}, "which chain"),
        ({"workchain": 0}, "no masterchain block"),
    ],
)
def test_an_index_that_must_not_be_believed_is_not_asked_further(
    serve: Serve, row: Network, change: Json, why: str
) -> None:
    failed = look(row, serve([health(**change)]))
    assert isinstance(failed, SourceError)
    assert why in failed.text


def test_an_index_a_few_seconds_behind_is_still_fresh(serve: Serve, row: Network) -> None:
    told = FAMILY.fetch_health(row, serve([health(gen_utime=str(HEAD_TIME - 57))]))
    assert (told.height, told.history, told.oldest) == (HEAD, "full", 1)


def test_absence_is_said_after_every_name_was_asked_for(serve: Serve, row: Network) -> None:
    asked = [health(), *nothing(UNKNOWN)]
    assert isinstance(look(row, serve(asked)), Absent)
    for missing in range(1, len(asked)):
        for status in (404, 500) if missing < len(asked) - 1 else (500,):
            broken = {**asked[missing], "status": status, "json": {"error": "context canceled"}}
            outcome = look(row, serve([*asked, broken]))
            assert isinstance(outcome, SourceError), broken["get"]


@pytest.mark.parametrize("change", [{"first": 2_000_000}, {"first": HEAD - 10}])
def test_an_index_that_begins_late_proves_no_absence(
    serve: Serve, row: Network, change: Json
) -> None:
    assert isinstance(look(row, serve([health(**change), *nothing(UNKNOWN)])), Unhealthy)


def test_an_endpoint_said_to_be_recent_proves_no_absence(serve: Serve, row: Network) -> None:
    node = serve([health(), *nothing(UNKNOWN)])
    node.history = "recent"
    assert isinstance(look(row, node), Unhealthy)


@pytest.mark.parametrize("form", ["hex", "HEX", "0x", "base64", "base64url", "url"])
def test_every_spelling_is_one_hash(row: Network, form: str) -> None:
    told = "+/+/" + hash_of("spelled")[4:]
    plain = hex_of(told)
    typed = {
        "hex": plain,
        "HEX": plain.upper(),
        "0x": f"0x{plain}",
        "base64": told,
        "base64url": told.replace("+", "-").replace("/", "_").rstrip("="),
        "url": f"https://tonviewer.com/transaction/{plain}",
    }
    assert parse_hash(row, typed[form]) == plain


def test_a_base_path_is_kept_with_or_without_the_dialects_own(serve: Serve, row: Network) -> None:
    for base in ("", "/api/v3", "/api/v3/"):
        node = serve([health()])
        node.url += base
        assert FAMILY.fetch_health(row, node).height == HEAD


def test_one_bad_answer_fails_alone(serve: Serve, row: Network) -> None:
    sent = message("good", ALICE, DESK, 10**9, comment("9417"))
    good = transaction("good", DESK, sent)
    bad = transaction("bad", DESK, message("bad", ALICE, DESK, 10**9)) | {"lt": 5}
    rest = [*find(good["hash"], [good], [trace([good])]), *find(bad["hash"], [bad], []), at_block()]
    node = serve([health(), *rest, *nothing(UNKNOWN)])
    hashes = [hex_of(h) for h in (good["hash"], bad["hash"], UNKNOWN)]
    kinds = [type(outcome) for outcome in FAMILY.fetch(row, node, hashes)]
    assert kinds == [RawTx, Garbled, Absent]


def test_a_message_not_yet_received_waits_with_its_sender(serve: Serve, row: Network) -> None:
    sent = message("under way", ALICE, DESK, 10**9)
    outside = message("outside", None, ALICE, None, call(0x7369676E))
    first = transaction("sender", ALICE, outside, [sent])
    state = {"trace_state": "pending", "messages": 2, "transactions": 1, "pending_messages": 1}
    told = trace([first], trace_info=state)
    by_message = get("transactionsByMessage", {"transactions": [first]}, msg_hash=sent["hash"])
    asked = [*nothing(sent["hash"]), by_message, *find(first["hash"], [first], [told]), at_block()]
    raw = look(row, serve([health(), *asked]), sent["hash"])
    assert FAMILY.decode(row, raw).status is TxStatus.PENDING


def test_a_block_that_the_head_has_not_reached_is_not_final(serve: Serve, row: Network) -> None:
    sent = message("ahead", ALICE, DESK, 10**9)
    told = transaction("ahead", DESK, sent, mc_block_seqno=HEAD + 1)
    node = serve([health(), *find(told["hash"], [told], [trace([told])]), at_block(HEAD + 1)])
    assert not FAMILY.decode(row, look(row, node, told["hash"])).final


# -- costs ---------------------------------------------------------------------------------------


def _transfer(row: Network, kind: TransferKind) -> Transfer:
    asset = row.native_asset
    if kind is TransferKind.TOKEN:
        asset = token_asset(row, "jetton", MASTER)
    party = Party(None, key_of(DESK))
    return Transfer(0, "native", kind, asset, 10**9, (Party(None, key_of(ALICE)),), party)


def _state(status: str, balance: str) -> Json:
    told = {"accounts": [{"address": DESK, "status": status, "balance": balance}]}
    return get("accountStates", told, address=DESK.lower(), include_boc="false")


def _lines(row: Network, node: Node, kind: TransferKind) -> list[tuple[str, int]]:
    return [(x.code, x.amount) for x in FAMILY.fetch_cost(row, node, _transfer(row, kind)).lines]


def test_coins_cost_one_message_and_a_new_wallet_its_deployment(serve: Serve, row: Network) -> None:
    used = serve([health(), _state("active", "5000000000")])
    assert _lines(row, used, TransferKind.NATIVE) == [("network_cost", 6_000_000)]
    new = serve([health(), _state("uninit", "5000000000")])
    assert _lines(row, new, TransferKind.NATIVE)[1:] == [("network_cost", 10_000_000)]


def test_a_jetton_takes_gas_most_of_which_comes_back(serve: Serve, row: Network) -> None:
    rich = serve([health(), _state("active", "5000000000")])
    lines = _lines(row, rich, TransferKind.TOKEN)
    assert sum(amount for _, amount in lines[1:]) == 50_000_000
    assert [code for code, _ in lines] == ["network_cost", "network_cost", "reserve"]
    poor = serve([health(), _state("active", "1000")])
    assert len(_lines(row, poor, TransferKind.TOKEN)) == 4


def test_the_second_api_tells_head_and_costs_and_finds_no_bare_hash(
    serve: Serve, row: Network
) -> None:
    head = list(FIXTURES["v2_needs_the_account"].model_dump(by_alias=True)["exchanges"])
    head = [{k: e[k] for k in ("get", "json")} for e in head]
    told = {"ok": True, "result": {"state": "uninitialized", "balance": "0"}}
    from urllib.parse import urlencode

    asked = urlencode({"address": DESK.lower()})
    answers = [*head, {"get": f"/api/v2/getAddressInformation?{asked}", "json": told}]
    node = serve(answers, "toncenter-v2")
    told_health = FAMILY.fetch_health(row, node)
    assert (told_health.height, told_health.history) == (HEAD, "recent")
    assert told_health.time is not None
    assert node.now() - told_health.time < timedelta(seconds=60)
    assert len(_lines(row, node, TransferKind.TOKEN)) == 5
    assert isinstance(look(row, node), Unhealthy)


# -- a payment that only the records can choose --------------------------------------------------


@pytest.fixture
def check(desk: Callable[..., Checker], play: Callable[[Fixture], str]) -> Callable[..., Any]:
    def checked(name: str, **records: Any) -> Any:
        """The story's claim, against a node that plays it and each of its payments alone."""
        url = play(FIXTURES[name])
        return desk(url, **records).check(Claim(tx_hash=FIXTURES[name].tx_hash, user="u1"))

    return checked


def test_of_a_swaps_payments_the_one_to_us_is_judged_under_its_own_hash(
    desk: Callable[..., Checker], play: Callable[[Fixture], str]
) -> None:
    fixture = FIXTURES["swap_pays_by_call"]
    told = fixture.exchanges[2].document["traces"][0]  # type: ignore[union-attr]  # a GET's
    paid = hash_of("transaction payout")
    more = find(paid, [told["transactions"][paid]], [told])
    exchanges = [e.model_dump(by_alias=True, exclude_unset=True) for e in fixture.exchanges]
    both = Fixture.model_validate(
        fixture.model_dump(exclude={"exchanges"}) | {"exchanges": [*exchanges, *more]}
    )
    checker = desk(play(both), deposits={"u1": DESK})
    result = checker.check(Claim(tx_hash=fixture.tx_hash, user="u1"))
    assert result.found is not None
    assert result.found.evidence.tx_hash == hex_of(paid)
    ((verdict),) = [j.verdict for j in result.judged]
    assert verdict.cause is Cause.UNUSUAL_TRANSACTION_TYPE
    assert verdict.recoverability is Recoverability.CONDITIONAL


def test_where_the_payments_own_transaction_can_not_be_asked_nothing_is_credited(
    check: Callable[..., Any],
) -> None:
    """The story's node does not know the payments alone: no verdict under the sender's hash."""
    result = check("highload_batch", deposits={"u1": account("customer 1")})
    assert all(j.verdict.recoverability is not Recoverability.CREDIT for j in result.judged)
    assert all(j.verdict.cause is not Cause.ADDRESS_NOT_OURS for j in result.judged)


def test_a_batch_that_pays_no_address_of_ours_is_not_ours(check: Callable[..., Any]) -> None:
    result = check("highload_batch", deposits={"u1": DESK_JETTONS})
    assert [j.verdict.cause for j in result.judged] == [Cause.ADDRESS_NOT_OURS]


def test_our_own_withdrawal_to_a_customers_address_is_found_by_the_wallets_hash(
    check: Callable[..., Any],
) -> None:
    """The ledger of withdrawals knows the hash of our wallet's transaction, not the recipient's."""
    records = {"hot": ALICE, "deposits": {"u1": DESK}}
    moved = check("native_by_explorer", **records)
    assert [j.verdict.cause for j in moved.judged] == [Cause.OWN_MOVEMENT]
    wallet = hash_of("transaction native start")
    row = f"TON,{wallet},u9,native,5990000000,{DESK},2026-11-20T11:58:00Z"
    paid = check("native_by_explorer", **records, withdrawals=(row,))
    assert [j.verdict.cause for j in paid.judged] == [Cause.LISTED_DEPOSIT_MISSED]
