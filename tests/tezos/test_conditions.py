"""Whether a key is revealed and a destination exists, by both APIs."""

from __future__ import annotations

from typing import Any

import pytest
from tezos.stories import ALICE, BOB, ROUTER, USDT_TOKEN, Op, fa2, get, octez_health, told, tzkt
from tezos.stories import tzkt_health as health

from recovery.chains.family import RawTx
from recovery.chains.tezos.family import FAMILY
from recovery.model import Evidence
from recovery.networks import Network

USED = {"type": "user", "revealed": True, "balance": 5_000_000}
FRESH = USED | {"revealed": False}
EMPTY = {"type": "empty"}
KEY = "edpkufcnEkVmG2GUS9SbDmactMcGH4NcRH93FBxdkzTFzxNuqmks2x"


def tzkt_account(address: str, kind: dict[str, Any]) -> list[Any]:
    return [get(f"/v1/accounts/{address}", {"address": address} | kind)]


def octez_account(address: str, kind: dict[str, Any]) -> list[Any]:
    base = f"/chains/main/blocks/head/context/contracts/{address}"
    balance = get(f"{base}/balance", str(kind.get("balance", 0)))
    return [balance, get(f"{base}/manager_key", KEY if kind.get("revealed") else None)]


@pytest.fixture
def ask(row: Network, serve: Any, look: Any) -> Any:
    def conditions(
        *, token: bool, holder: Any, outside: Any, destination: str | None, api: str = "tzkt"
    ) -> dict[str, bool]:
        group = told("way out", fa2(USDT_TOKEN, [(BOB, 5)]) if token else Op(BOB, 5_000_000))
        raw = look(tzkt(group), group.hash)
        assert isinstance(raw, RawTx)
        evidence: Evidence = FAMILY.decode(row, raw)
        shape = tzkt_account if api == "tzkt" else octez_account
        answers = [*(health() if api == "tzkt" else octez_health())]
        answers += [*shape(BOB, holder), *shape(ALICE, outside)]
        assert FAMILY.fetch_conditions is not None
        node = serve(answers, api=api)
        transfer = evidence.transfers[0]
        return dict(FAMILY.fetch_conditions(row, node, evidence, transfer, destination=destination))

    return conditions


@pytest.mark.parametrize("api", ["tzkt", "octez"])
@pytest.mark.parametrize(("holder", "revealed"), [(USED, True), (FRESH, False), (EMPTY, False)])
def test_a_key_is_revealed_by_the_first_payment_out(
    ask: Any, api: str, holder: Any, revealed: bool
) -> None:
    shown = ask(token=False, holder=holder, outside=USED, destination=None, api=api)
    assert shown == {"revealed": revealed}


@pytest.mark.parametrize(("outside", "ready"), [(USED, True), (EMPTY, False)])
def test_coin_goes_to_an_account_that_exists(ask: Any, outside: Any, ready: bool) -> None:
    shown = ask(token=False, holder=USED, outside=outside, destination=ALICE)
    assert shown["destination_ready"] is ready


def test_a_token_s_books_take_anybody_and_nothing_is_said_of_a_contract(ask: Any) -> None:
    shown = ask(token=True, holder=USED, outside=EMPTY, destination=ALICE)
    assert shown["destination_ready"] is True
    assert "destination_ready" not in ask(
        token=False, holder=USED, outside=EMPTY, destination=ROUTER
    )
