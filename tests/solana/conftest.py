"""Solana's row, its stories, and a node that is this process's own runtime."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any

import pytest
from nodes.litesvm import Ledger

from recovery.chains.family import RawTx
from recovery.chains.solana.decode import decode
from recovery.chains.source import Node
from recovery.demo.fixtures import Fixture, RpcExchange, load_fixtures
from recovery.demo.server import Replay, ReplayServer
from recovery.model import Evidence
from recovery.networks import Network, load_registry

NOW = "2026-11-20T12:00:00Z"


@pytest.fixture
def row() -> Network:
    return load_registry()["SOL"]


@pytest.fixture(autouse=True)
def _moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECOVERY_NOW", NOW)


@pytest.fixture
def stories() -> dict[str, Fixture]:
    return {f.name.removeprefix("SOL/"): f for f in load_fixtures(network="SOL")}


@pytest.fixture
def raw_of(stories: dict[str, Fixture], row: Network) -> Callable[[str], RawTx]:
    """The answers of one story as fetching leaves them, for a test to change before decoding."""

    def raw(name: str) -> RawTx:
        told: dict[str, Any] = {"mints": {}, "head": {"slot": 460_000_000, "first": 0}}
        for exchange in stories[name].exchanges:
            assert isinstance(exchange, RpcExchange)
            params: Any = exchange.params
            if exchange.rpc == "getTransaction":
                told["tx"] = exchange.result
            elif exchange.rpc == "getSignatureStatuses":
                told["status"] = exchange.result["value"][0]
            elif exchange.rpc == "getBlock":
                told["block"] = exchange.result
            elif exchange.rpc == "getMultipleAccounts":
                told["mints"][params[0][0]] = exchange.result
        at = datetime(2026, 11, 20, 12, tzinfo=UTC)
        answers = copy.deepcopy(told)
        return RawTx(row.code, stories[name].tx_hash, "jsonrpc", "http://node", at, answers)

    return raw


@pytest.fixture
def evidence_of(raw_of: Callable[[str], RawTx], row: Network) -> Callable[[str], Evidence]:
    return lambda name: decode(row, raw_of(name))


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


@pytest.fixture
def node(ledger: Ledger) -> Iterator[Node]:
    """A node over HTTP whose chain is the ledger."""
    with ledger.serve() as server:
        asked = Node(load_registry()["SOL"].code, server.url, "jsonrpc", timeout_seconds=5)
        yield asked
        asked.close()


@pytest.fixture
def play(stories: dict[str, Fixture]) -> Iterator[Callable[..., Node]]:
    """``play("absent", getHealth=…)``: a node that plays a story, some methods answering otherwise."""
    with ExitStack() as stack:

        def start(name: str, **changed: Any) -> Node:
            told = [
                e.model_copy(update={"result": changed[e.rpc]})
                if isinstance(e, RpcExchange) and e.rpc in changed
                else e
                for e in stories[name].exchanges
            ]
            replay = Replay([stories[name].model_copy(update={"exchanges": tuple(told)})])
            server = stack.enter_context(ReplayServer(replay))
            asked = Node(load_registry()["SOL"].code, server.url, "jsonrpc", timeout_seconds=2)
            stack.callback(asked.close)
            return asked

        yield start
