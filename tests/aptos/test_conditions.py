"""What an Aptos node says of the key on record and of a store, met and unmet."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from aptos.stories import BOB, USDC, Json, get, primary, refused

from recovery.chains.aptos.family import FAMILY
from recovery.errors import SourceError
from recovery.model import Evidence
from recovery.networks import Network

STORE = "0x1::fungible_asset::FungibleStore"
HOOKS = "0x1::fungible_asset::DispatchFunctionStore"
PLAIN = refused(f"/accounts/{USDC}/resource/{HOOKS}", "resource_not_found")


def account(key: Any = BOB, who: str = BOB) -> Json:
    return get(f"/accounts/{who}", {"sequence_number": "0", "authentication_key": key})


def store(frozen: Any = False) -> Json:
    data = {"balance": "0", "frozen": frozen, "metadata": {"inner": USDC}}
    path = f"/accounts/{primary(BOB, USDC)}/resource/{STORE}"
    return get(path, {"type": STORE, "data": data})


def balance(amount: int) -> Json:
    return get(f"/accounts/{BOB}/balance/{USDC}", amount)


Ask = Callable[..., dict[str, bool]]


@pytest.fixture
def ask(serve: Any, row: Network, story: Callable[[str], Evidence]) -> Ask:
    def conditions(name: str, *answers: Json) -> dict[str, bool]:
        evidence = story(name)
        (transfer,) = evidence.transfers
        assert FAMILY.fetch_conditions is not None
        node = serve(list(answers))
        return dict(FAMILY.fetch_conditions(row, node, evidence, transfer, destination=None))

    return conditions


def test_the_key_on_record_is_the_address_s_own_or_it_was_rotated(
    ask: Ask, story: Callable[[str], Evidence]
) -> None:
    ours = story("native").transfers[0].recipient.address
    assert ours is not None
    assert ask("native", account(ours, ours)) == {"key_not_rotated": True}
    never = refused(f"/accounts/{ours}", "account_not_found")
    assert ask("native", never) == {"key_not_rotated": True}
    assert ask("native", account("0x" + "77" * 32, ours)) == {"key_not_rotated": False}
    with pytest.raises(SourceError):
        ask("native", account(None, ours))


def test_a_token_moves_while_its_store_is_free_and_full(ask: Ask) -> None:
    held = balance(10**15)
    assert ask("token", account(), PLAIN, store(), held)["token_transferable"] is True
    assert ask("token", account(), PLAIN, store(True), held)["token_transferable"] is False
    assert ask("token", account(), PLAIN, store(), balance(0))["token_transferable"] is False


def test_a_token_that_decides_for_itself_is_not_foretold(ask: Ask) -> None:
    hooks = get(f"/accounts/{USDC}/resource/{HOOKS}", {"type": HOOKS, "data": {}})
    assert "token_transferable" not in ask("token", account(), hooks)
