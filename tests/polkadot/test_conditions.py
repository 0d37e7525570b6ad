"""What sidecar says of deposits that must stay, payees that exist, and holdings that are frozen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from polkadot.stories import (
    ALICE,
    FINAL,
    OURS,
    Json,
    asset_info,
    block,
    event,
    extrinsic,
    get,
    health,
    plain,
    sidecar,
)

from recovery.chains.polkadot.conditions import fetch_conditions
from recovery.checks import Found
from recovery.model import Evidence
from recovery.networks import load_registry
from recovery.triage import ask_node

ROW = load_registry()["DOT"]
FEE, DEPOSIT, PAID = 16_000_000, 100_000_000, 10_000_000_000
PRICED = {"post": "/transaction/fee-estimate", "json": {"partialFee": str(FEE)}}


def evidence_of(serve: Any, exchanges: list[Json], name: str) -> Evidence:
    (answer,) = ask_node(ROW, serve(exchanges), [name])
    assert isinstance(answer, Found), answer
    return answer.evidence


@pytest.fixture
def coin(serve: Any) -> Evidence:
    return evidence_of(serve, sidecar(block(FINAL - 7, plain(OURS, PAID))), f"{FINAL - 7}-2")


@pytest.fixture
def token(serve: Any) -> Evidence:
    paid = event("assets.Transferred", "1984", ALICE, OURS, "5000000")
    call = {"id": "1984", "target": {"id": OURS}, "amount": "5000000"}
    one = extrinsic("assets.transfer", call, paid)
    exchanges = [*sidecar(block(FINAL - 6, one)), asset_info(1984, "USDt", "Tether USD", 6)]
    return evidence_of(serve, exchanges, f"{FINAL - 6}-2")


def free(who: str, amount: int) -> Json:
    return get(f"/accounts/{who}/balance-info", {"free": str(amount), "reserved": "0"})


def held(who: str, *assets: Json) -> Json:
    return get(f"/accounts/{who}/asset-balances?assets[]=1984", {"assets": list(assets)})


def usdt(balance: int, frozen: bool = False) -> Json:
    return {"assetId": 1984, "balance": str(balance), "isFrozen": frozen, "isSufficient": True}


Ask = Callable[..., dict[str, bool]]


@pytest.fixture
def ask(serve: Any) -> Ask:
    def conditions(evidence: Evidence, *answers: Json, to: str | None = None) -> dict[str, bool]:
        node = serve([*health(), PRICED, *answers])
        return fetch_conditions(ROW, node, evidence, evidence.transfers[0], destination=to)

    return conditions


@pytest.mark.parametrize("less", [0, 1])
def test_the_existential_deposit_stays_to_the_last_unit(
    ask: Ask, coin: Evidence, less: int
) -> None:
    assert ask(coin, free(OURS, PAID + FEE + DEPOSIT - less)) == {"reserve_kept": not less}


def test_coin_makes_its_payee_exist(ask: Ask, coin: Evidence) -> None:
    shown = ask(coin, free(OURS, 3 * PAID), free(ALICE, 0), to=ALICE)
    assert shown["destination_ready"] is True


@pytest.mark.parametrize(
    ("coins", "balance", "ready"), [(DEPOSIT, 0, True), (0, 7, True), (0, 0, False)]
)
def test_a_token_needs_a_payee_that_is_there(
    ask: Ask, token: Evidence, coins: int, balance: int, ready: bool
) -> None:
    theirs = held(ALICE, usdt(balance)) if balance else held(ALICE)
    answers = (free(OURS, PAID), held(OURS, usdt(5_000_000)), free(ALICE, coins), theirs)
    assert ask(token, *answers, to=ALICE)["destination_ready"] is ready


@pytest.mark.parametrize(
    ("asset", "movable"),
    [(usdt(5_000_000), True), (usdt(4_999_999), False), (usdt(5_000_000, frozen=True), False)],
    ids=["held", "partly gone", "frozen"],
)
def test_a_token_moves_while_it_is_held_and_free(
    ask: Ask, token: Evidence, asset: Json, movable: bool
) -> None:
    assert ask(token, free(OURS, PAID), held(OURS, asset))["token_transferable"] is movable
