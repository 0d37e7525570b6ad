"""Whether the receiving account runs a wallet that is published."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest
from ton.stories import ALICE, DESK, get, health, key_of

from recovery.chains.source import Node
from recovery.chains.ton.conditions import WALLETS
from recovery.chains.ton.family import FAMILY
from recovery.errors import SourceError
from recovery.model import Evidence, Party, Transfer, TransferKind
from recovery.networks import Network

Ask = Callable[..., dict[str, bool]]
V4R2 = base64.b64encode(bytes.fromhex(next(h for h, n in WALLETS.items() if n == "v4r2"))).decode()


@pytest.fixture
def ask(serve: Callable[..., Node], row: Network, story: Callable[[str], Evidence]) -> Ask:
    def conditions(*accounts: Any) -> dict[str, bool]:
        told = get(
            "accountStates",
            {"accounts": list(accounts)},
            address=DESK.lower(),
            include_boc="false",
        )
        evidence = story("bounce_comes_home")
        party, payer = Party(None, key_of(DESK)), Party(None, key_of(ALICE))
        paid = Transfer(0, "native", TransferKind.NATIVE, row.native_asset, 10**9, (payer,), party)
        assert FAMILY.fetch_conditions is not None
        node = serve([health(), told])
        return dict(FAMILY.fetch_conditions(row, node, evidence, paid, destination=None))

    return conditions


def state(status: str, code: Any) -> dict[str, Any]:
    return {"address": DESK, "status": status, "balance": "1", "code_hash": code}


def test_a_published_wallet_is_known_and_any_other_code_is_not(ask: Ask) -> None:
    assert ask(state("active", V4R2)) == {"wallet_code_known": True}
    other = base64.b64encode(bytes(32)).decode()
    assert ask(state("active", other)) == {"wallet_code_known": False}


def test_an_account_without_code_does_not_tell(ask: Ask) -> None:
    assert ask(state("uninit", None)) == {}
    assert ask() == {}


@pytest.mark.parametrize("code", ["short", 5, "!!"])
def test_what_is_no_hash_shows_nothing(ask: Ask, code: Any) -> None:
    with pytest.raises(SourceError):
        ask(state("active", code))
