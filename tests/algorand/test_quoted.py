"""A quoted verdict shows which conditions a node found met, and asks again once it knows where to."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from algorand.stories import ALICE, BOB, HEAD, OURS, Json, get, identified, indexed, pay

from recovery.cases.values import Case
from recovery.chains.source import Node
from recovery.checker import Checker
from recovery.config import parse_config
from recovery.model import Claim, NetworkCode
from recovery.records.importer import import_csv
from recovery.store import Store, open_store

TX = identified(pay(OURS, 2_000_000))
Ask = Callable[..., dict[str, bool]]


def account(who: str, amount: int, **more: Any) -> Json:
    inside = {"address": who, "amount": amount, "min-balance": 100_000, **more}
    return get(f"/v2/accounts/{who}?exclude=all", {"account": inside, "current-round": HEAD})


@pytest.fixture
def ask(sqlite_url: str, tmp_path: Path, serve: Callable[..., Node]) -> Iterator[Ask]:
    """The conditions of the one verdict, by code."""
    store: Store = open_store(sqlite_url)
    files = {
        "addresses": ["network,address,role,user,can_sign", f"ALGO,{OURS},deposit,u1,ALGO"],
        "credits": ["network,tx_hash,transfer,user,asset,amount,credited_at"],
    }
    for kind, lines in files.items():
        path = tmp_path / f"{kind}.csv"
        path.write_text("\n".join(lines) + "\n", "utf-8")
        until = datetime(2026, 11, 20, 12, tzinfo=UTC) if kind == "credits" else None
        import_csv(store, kind, path, actor="test", complete_through=until)

    def check(*more: Json, case: Case | None = None) -> dict[str, bool]:
        url = serve([*indexed(TX), *more]).url
        text = f'[networks.ALGO]\nendpoints = ["{url}"]\n'
        checker = Checker(parse_config(text, where="test"), store)
        found = checker.check(Claim(TX["id"], network=NetworkCode("ALGO")), case=case)
        checker.nodes.close()
        (judged,) = found.judged
        return {c.code: c.met for c in judged.verdict.conditions}

    yield check
    store.close()


def test_a_node_shows_what_only_it_can_show(ask: Ask) -> None:
    shown = ask(account(OURS, 9_000_000))
    assert (shown["key_not_rotated"], shown["reserve_kept"]) == (True, True)
    assert shown["destination_ready"] is False, "nobody has said where it goes"
    taken = ask(account(OURS, 2_000_000, **{"auth-addr": BOB}))
    assert (taken["key_not_rotated"], taken["reserve_kept"]) == (False, False)


@pytest.mark.parametrize(
    "said", [[], [account(OURS, -1)], [account(BOB, 5) | {"get": account(OURS, 5)["get"]}]]
)
def test_a_node_that_does_not_say_leaves_them_open(ask: Ask, said: list[Json]) -> None:
    shown = ask(*said)
    assert shown["finality_reached"] is True
    assert not shown["key_not_rotated"]
    assert not shown["reserve_kept"]


def case_to(wish: str) -> Case:
    """A case of which nothing is known but where the claimant wants his value."""
    unsaid: dict[str, Any] = dict.fromkeys(f.name for f in dataclasses.fields(Case))
    return Case(**unsaid | {"id": "c1", "return_to": wish, "confirmations": ()})


def test_where_a_case_sends_the_value_is_looked_at(ask: Ask) -> None:
    answers = (account(OURS, 9_000_000), account(ALICE, 1))
    assert ask(*answers, case=case_to(ALICE))["destination_ready"] is True
    assert ask(*answers, case=case_to("no address"))["destination_ready"] is False
