"""The code and data of an account, by both dialects, and what is no answer."""

from __future__ import annotations

import pytest
from ton.stories import ROW, Json, account, boc, get, health, key_of
from ton.test_fetch import FIXTURES, Serve

from recovery.chains.source import Node
from recovery.chains.ton.cells import make_cell
from recovery.chains.ton.codec import format_raw
from recovery.chains.ton.states import State, fetch_state
from recovery.errors import Garbled, SourceError, Unhealthy

KEY = key_of(account("anybody"))
HERE = format_raw(KEY)
CODE, DATA = make_cell(b"\xff\x00", 16), make_cell(b"\x80", 1)


def v3(serve: Serve, **more: Json | str | None) -> Node:
    told = {"address": HERE.upper(), "status": "active", "code_boc": boc(CODE)}
    accounts = {"accounts": [told | {"data_boc": boc(DATA)} | more]}
    return serve([health(), get("accountStates", accounts, address=HERE, include_boc="true")])


def v2(serve: Serve, **more: Json | str | None) -> Node:
    head = list(FIXTURES["v2_needs_the_account"].model_dump(by_alias=True)["exchanges"])
    told = {"state": "active", "code": boc(CODE), "data": boc(DATA)} | more
    path = get("", {}, address=HERE)["get"].removeprefix("/api/v3/")
    answer = {"get": f"/api/v2/getAddressInformation{path}", "json": {"ok": True, "result": told}}
    return serve([*head, answer], "toncenter-v2")


def test_both_dialects_tell_code_and_data(serve: Serve) -> None:
    for node in (v3(serve), v2(serve)):
        assert fetch_state(ROW, node, KEY) == State(CODE, DATA)


def test_an_account_that_is_not_active_has_neither(serve: Serve) -> None:
    none = v3(serve, status="frozen", code_boc=None), v2(serve, state="uninitialized", code="")
    for node in none:
        assert fetch_state(ROW, node, KEY) is None


def test_what_has_not_the_dialects_shape_is_garbled(serve: Serve) -> None:
    for node in (
        v3(serve, data_boc="x"),
        v3(serve, address=account("another")),
        v3(serve, status=None),
        v2(serve, data=None),
        v2(serve, state=None),
    ):
        with pytest.raises(Garbled, match=r"^TON http"):
            fetch_state(ROW, node, KEY)


def test_two_accounts_for_one_are_garbled(serve: Serve) -> None:
    two = {"accounts": [{"address": HERE}, {"address": HERE}]}
    node = serve([health(), get("accountStates", two, address=HERE, include_boc="true")])
    with pytest.raises(Garbled, match="another account"):
        fetch_state(ROW, node, KEY)


def test_an_index_that_does_not_have_the_call_is_no_answer(serve: Serve) -> None:
    silent = get("accountStates", {"error": "x"}, 404, address=HERE, include_boc="true")
    with pytest.raises(Unhealthy):
        fetch_state(ROW, serve([health(), silent]), KEY)
    with pytest.raises(SourceError):
        fetch_state(ROW, serve([]), KEY)
