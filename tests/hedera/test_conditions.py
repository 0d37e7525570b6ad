"""What a mirror says of a token's holder and of who shall get it, met and unmet."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hedera.stories import ALICE, EXCHANGE, NOT_FOUND, USDC, Json, at, get, health, paid, row, token

from recovery.chains.family import RawTx
from recovery.chains.hedera.conditions import fetch_conditions
from recovery.chains.hedera.decode import decode
from recovery.networks import Network

PLAIN = token("USDC", "USD Coin") | {"pause_status": "UNPAUSED", "deleted": False, "kyc_key": None}
HELD = {
    "token_id": USDC,
    "balance": 50,
    "freeze_status": "UNFROZEN",
    "kyc_status": "NOT_APPLICABLE",
    "automatic_association": True,
}
ACCOUNT = {"deleted": False, "max_automatic_token_associations": 0, "receiver_sig_required": False}


def about(told: Any) -> Json:
    return get(f"/tokens/{USDC}", told) if told else get(f"/tokens/{USDC}", NOT_FOUND, 404)


def holds(who: str, *held: Json) -> Json:
    return get(f"/accounts/{who}/tokens?token.id={USDC}", {"tokens": list(held)})


def account(who: str, **more: Any) -> Json:
    return get(f"/accounts/{who}?limit=1", {"account": who} | ACCOUNT | more)


Ask = Callable[..., dict[str, bool]]


@pytest.fixture
def ask(row_of_hbar: Network, serve: Any, raw_of: Callable[..., RawTx]) -> Ask:
    def conditions(
        *answers: Json, coin: bool = False, destination: str | None = None
    ) -> dict[str, bool]:
        moves = [paid(USDC, EXCHANGE, 50), paid(USDC, ALICE, -50)]
        one = row(at(EXCHANGE, 5), at(ALICE, -5)) if coin else row(token_transfers=moves)
        evidence = decode(row_of_hbar, raw_of(one))
        (transfer,) = evidence.transfers
        node = serve([*health(), *answers])
        return fetch_conditions(row_of_hbar, node, evidence, transfer, destination=destination)

    return conditions


@pytest.mark.parametrize(
    ("held", "told", "movable"),
    [
        ([HELD], PLAIN, True),
        ([HELD | {"freeze_status": "FROZEN"}], PLAIN, False),
        ([HELD | {"kyc_status": "REVOKED"}], PLAIN, False),
        ([HELD | {"balance": 49}], PLAIN, False),
        ([], PLAIN, False),
        ([HELD], PLAIN | {"pause_status": "PAUSED"}, False),
        ([HELD], PLAIN | {"deleted": True}, False),
        ([HELD], None, False),
    ],
    ids=["free", "frozen", "no KYC", "wiped", "dissociated", "paused", "deleted", "unknown"],
)
def test_a_token_moves_while_it_is_held_and_free(
    ask: Ask, held: list[Json], told: Any, movable: bool
) -> None:
    assert ask(about(told), holds(EXCHANGE, *held)) == {"token_transferable": movable}


@pytest.mark.parametrize(
    ("answers", "ready"),
    [
        ([account(ALICE), holds(ALICE, HELD)], True),
        ([account(ALICE), holds(ALICE, HELD | {"freeze_status": "FROZEN"})], False),
        ([account(ALICE), holds(ALICE)], False),
        ([account(ALICE, max_automatic_token_associations=-1), holds(ALICE)], True),
        ([get(f"/accounts/{ALICE}?limit=1", NOT_FOUND, 404)], False),
        ([account(ALICE, deleted=True)], False),
        ([account(ALICE, receiver_sig_required=True)], False),
    ],
    ids=["associated", "frozen", "no room", "unlimited", "nobody", "deleted", "must sign"],
)
def test_a_token_goes_to_who_is_associated_or_has_room(
    ask: Ask, answers: list[Json], ready: bool
) -> None:
    shown = ask(about(PLAIN), holds(EXCHANGE, HELD), *answers, destination=ALICE)
    assert shown["destination_ready"] is ready


@pytest.mark.parametrize(("room", "ready"), [(2, True), (1, False)])
def test_room_is_what_other_tokens_left(ask: Ask, room: int, ready: bool) -> None:
    others = {"tokens": [{"automatic_association": True}, {"automatic_association": False}]}
    answers = [account(ALICE, max_automatic_token_associations=room), holds(ALICE)]
    listed = get(f"/accounts/{ALICE}/tokens?limit=100", others)
    shown = ask(about(PLAIN), holds(EXCHANGE, HELD), *answers, listed, destination=ALICE)
    assert shown["destination_ready"] is ready


def test_a_token_with_kyc_lets_no_newcomer_in(ask: Ask) -> None:
    guarded = about(PLAIN | {"kyc_key": {"key": "00"}})
    answers = [account(ALICE, max_automatic_token_associations=-1), holds(ALICE)]
    shown = ask(guarded, holds(EXCHANGE, HELD), *answers, destination=ALICE)
    assert shown["destination_ready"] is False


def test_coin_goes_to_any_account_that_is_there(ask: Ask) -> None:
    assert ask(coin=True) == {}
    assert ask(account(ALICE), coin=True, destination=ALICE) == {"destination_ready": True}
