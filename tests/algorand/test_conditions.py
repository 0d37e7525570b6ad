"""What an account's own state says of the way out of it, met and unmet."""

from __future__ import annotations

from typing import Any

import pytest
from algorand.stories import (
    ALICE,
    BOB,
    HEAD,
    OURS,
    ROW,
    USDC,
    axfer,
    get,
    health,
    identified,
    indexed,
    node,
    pay,
    told,
)

from recovery.chains.algorand.family import FAMILY
from recovery.chains.family import RawTx
from recovery.errors import SourceError
from recovery.model import Evidence

FREE, TIED = {"asset-id": USDC, "amount": 5, "is-frozen": False}, 100_000


def account(
    who: str, amount: int, minimum: int = TIED, *, more: dict[str, Any] | None = None
) -> dict[str, Any]:
    inside = {"address": who, "amount": amount, "min-balance": minimum, **(more or {})}
    return get(f"/v2/accounts/{who}?exclude=all", {"account": inside, "current-round": HEAD})


def nobody(who: str) -> dict[str, Any]:
    message = {"message": f"no accounts found for address: {who}"}
    return get(f"/v2/accounts/{who}?exclude=all", message, 404)


def holds(who: str, *holdings: dict[str, Any]) -> dict[str, Any]:
    return get(f"/v2/accounts/{who}/assets?asset-id={USDC}", {"assets": list(holdings)})


def evidence_of(serve: Any, tx: dict[str, Any], *more: dict[str, Any]) -> Evidence:
    known = identified(tx)
    (raw,) = FAMILY.fetch(ROW, serve([*indexed(known), *more]), [known["id"]])
    assert isinstance(raw, RawTx), raw
    return FAMILY.decode(ROW, raw)


def ask(
    serve: Any, evidence: Evidence, *answers: dict[str, Any], destination: str | None = None
) -> dict[str, bool]:
    assert FAMILY.fetch_conditions is not None
    indexer = serve([*health(), *answers])
    (transfer,) = evidence.transfers
    found = FAMILY.fetch_conditions(ROW, indexer, evidence, transfer, destination=destination)
    return dict(found)


@pytest.fixture
def coin(serve: Any) -> Evidence:
    return evidence_of(serve, pay(OURS, 2_000_000))


@pytest.fixture
def asset(serve: Any) -> Evidence:
    return evidence_of(serve, axfer(USDC, OURS, 5), told(USDC, "indexer"))


def test_the_key_on_record_is_the_address_s_own_or_it_was_rekeyed(
    serve: Any, coin: Evidence
) -> None:
    assert ask(serve, coin, account(OURS, 9_000_000))["key_not_rotated"] is True
    rekeyed = account(OURS, 9_000_000, more={"auth-addr": BOB})
    assert ask(serve, coin, rekeyed)["key_not_rotated"] is False


@pytest.mark.parametrize(("balance", "kept"), [(2_101_000, True), (2_100_999, False)])
def test_the_minimum_balance_stays_to_the_last_unit(
    serve: Any, coin: Evidence, balance: int, kept: bool
) -> None:
    assert ask(serve, coin, account(OURS, balance))["reserve_kept"] is kept


def test_an_account_that_is_gone_keeps_nothing(serve: Any, coin: Evidence) -> None:
    assert ask(serve, coin, nobody(OURS)) == {"reserve_kept": False}


def test_coin_goes_where_an_account_is_or_where_it_makes_one(serve: Any, coin: Evidence) -> None:
    ours = account(OURS, 9_000_000)
    assert "destination_ready" not in ask(serve, coin, ours)
    there = ask(serve, coin, ours, account(ALICE, 0), destination=ALICE)
    assert there["destination_ready"] is True
    assert ask(serve, coin, ours, nobody(ALICE), destination=ALICE)["destination_ready"] is True
    small = evidence_of(serve, pay(OURS, 100_999))
    assert ask(serve, small, ours, nobody(ALICE), destination=ALICE)["destination_ready"] is False


@pytest.mark.parametrize(
    ("holdings", "movable"),
    [
        ([FREE], True),
        ([FREE | {"is-frozen": True}], False),
        ([FREE | {"amount": 4}], False),
        ([FREE | {"deleted": True}], False),
        ([], False),
    ],
    ids=["free", "frozen", "clawed back", "closed", "opted out"],
)
def test_an_asset_moves_while_it_is_held_and_free(
    serve: Any, asset: Evidence, holdings: list[Any], movable: bool
) -> None:
    answer = ask(serve, asset, account(OURS, 300_000, 200_000), holds(OURS, *holdings))
    assert answer["token_transferable"] is movable
    assert "destination_ready" not in answer


@pytest.mark.parametrize(
    ("holdings", "ready"), [([FREE], True), ([], False), ([FREE | {"is-frozen": True}], False)]
)
def test_an_asset_goes_only_to_who_opted_in(
    serve: Any, asset: Evidence, holdings: list[Any], ready: bool
) -> None:
    told_of = [account(OURS, 300_000, 200_000), holds(OURS, FREE), holds(ALICE, *holdings)]
    assert ask(serve, asset, *told_of, destination=ALICE)["destination_ready"] is ready


def test_algod_tells_the_same(serve: Any, asset: Evidence) -> None:
    assert FAMILY.fetch_conditions is not None
    (transfer,) = asset.transfers
    ours = {"address": OURS, "amount": 300_000, "min-balance": 200_000}
    missing = {"message": "account asset info not found"}
    answers = [
        get(f"/v2/accounts/{OURS}?exclude=all", ours),
        get(f"/v2/accounts/{OURS}/assets/{USDC}", {"asset-holding": FREE, "round": HEAD}),
        get(f"/v2/accounts/{ALICE}/assets/{USDC}", missing, 404),
    ]
    algod = serve([*node(), *answers], api="algod")
    found = FAMILY.fetch_conditions(ROW, algod, asset, transfer, destination=ALICE)
    assert found == {
        "key_not_rotated": True,
        "reserve_kept": True,
        "token_transferable": True,
        "destination_ready": False,
    }


def test_a_node_that_does_not_answer_shows_nothing(serve: Any, coin: Evidence) -> None:
    with pytest.raises(SourceError):
        ask(serve, coin)
    with pytest.raises(SourceError):
        ask(serve, coin, account(OURS, 1, more={"auth-addr": 5}))
