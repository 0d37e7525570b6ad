"""Whether accounts exist and can act, as nodeos tells it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from recovery.chains.antelope.family import FAMILY
from recovery.chains.source import Node
from recovery.errors import SourceError
from recovery.model import Evidence
from recovery.networks import Network

Ask = Callable[..., dict[str, bool]]
RICH: dict[str, Any] = {
    "cpu_limit": {"used": "10", "available": "90000", "max": 90010},
    "net_limit": {"used": 10, "available": 90000, "max": 90010},
    "ram_quota": 10_000,
    "ram_usage": "3000",
}


def account(name: str, **more: Any) -> dict[str, Any]:
    told = RICH | {"account_name": name} | more
    return {"post": "/v1/chain/get_account", "body": {"account_name": name}, "json": told}


def refused(name: str, code: int, what: str) -> dict[str, Any]:
    error = {"code": code, "name": "x", "what": what, "details": []}
    told = {"code": 500, "message": "Internal Service Error", "error": error}
    return account(name) | {"json": told, "status": 500}


@pytest.fixture
def ask(
    serve: Callable[..., Node],
    row: Network,
    exchanges: Callable[[str], list[Any]],
    story: Callable[[str], Evidence],
) -> Ask:
    evidence = story("native-a-with-memo")
    transfer = evidence.transfers[0]

    def conditions(holder: Callable[[str], Any], *more: Any, to: str | None = None) -> Any:
        node = serve([*exchanges("absent"), holder(str(transfer.recipient.address)), *more])
        assert FAMILY.fetch_conditions is not None
        return dict(FAMILY.fetch_conditions(row, node, evidence, transfer, destination=to))

    return conditions


@pytest.mark.parametrize(
    ("changed", "can"),
    [
        ({}, True),
        ({"ram_quota": -1}, True),
        ({"cpu_limit": {"available": "999"}}, False),
        ({"net_limit": {"available": 199}}, False),
        ({"ram_quota": 3239}, False),
    ],
    ids=["rich", "unlimited", "no CPU", "no NET", "no RAM"],
)
def test_an_account_acts_by_its_cpu_net_and_ram(ask: Ask, changed: Any, can: bool) -> None:
    assert ask(lambda name: account(name, **changed)) == {"resources_available": can}


def test_a_destination_exists_or_nodeos_says_that_it_does_not(ask: Ask) -> None:
    assert ask(account, account("alice"), to="alice")["account_exists"] is True
    unknown = refused("alice", 3060002, "Account Query Exception")
    assert ask(account, unknown, to="alice")["account_exists"] is False
    with pytest.raises(SourceError):
        ask(account, refused("alice", 3080006, "Deadline exceeded"), to="alice")


def test_an_answer_about_somebody_else_shows_nothing(ask: Ask) -> None:
    with pytest.raises(SourceError):
        ask(lambda name: account(name, account_name="mallory"))
