"""A desk whose TON wallet is shared by comment, and nodes played from fixtures or by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest
from ton.stories import NOW, Json

from recovery.chains.codecs import parse_hash
from recovery.chains.source import Node
from recovery.checker import Checker
from recovery.checks import Found
from recovery.config import parse_config
from recovery.demo.fixtures import Fixture, load_fixtures
from recovery.demo.server import Replay, ReplayServer
from recovery.model import Evidence
from recovery.networks import Network, load_registry
from recovery.records.importer import import_csv
from recovery.store import Store
from recovery.triage import ask_node

Serve = Callable[..., Node]
Desk = Callable[..., Checker]


@pytest.fixture
def row() -> Network:
    return load_registry()["TON"]


@pytest.fixture
def play(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Fixture], str]]:
    """The URL of a node that plays one fixture at the story's moment."""
    monkeypatch.setenv("RECOVERY_NOW", NOW)
    with ExitStack() as stack:
        yield lambda fixture: stack.enter_context(ReplayServer(Replay([fixture]))).url


@pytest.fixture
def serve(play: Callable[[Fixture], str]) -> Iterator[Serve]:
    """``serve(exchanges)``: a node; of two answers to one request the later counts."""
    with ExitStack() as stack:

        def start(exchanges: list[Json], api: str = "toncenter-v3") -> Node:
            last = {(e.get("get", e.get("post")), repr(e.get("body"))): e for e in exchanges}
            fixture = Fixture.model_validate(
                {
                    "file": "TON/scripted.json",
                    "story": "what this test says",
                    "origin": "synthetic",
                    "source": "written in the test itself",
                    "network": "TON",
                    "api": api,
                    "tx_hash": "0",
                    "exchanges": list(last.values()),
                    "absent": True,
                }
            )
            node = Node(load_registry()["TON"].code, play(fixture), api, timeout_seconds=2)
            stack.callback(node.close)
            return node

        yield start


@pytest.fixture
def story(row: Network, play: Callable[[Fixture], str]) -> Callable[[str], Evidence]:
    """The evidence of one fixture, asked over HTTP."""
    fixtures = {f.name: f for f in load_fixtures(network="TON")}

    def tell(name: str) -> Evidence:
        fixture = fixtures[f"TON/{name}"]
        node = Node(row.code, play(fixture), fixture.api)
        (answer,) = ask_node(row, node, [parse_hash(row, fixture.tx_hash)])
        node.close()
        assert isinstance(answer, Found), answer
        return answer.evidence

    return tell


@pytest.fixture
def desk(sqlite_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """``desk(url, shared=…, memos=…, deposits=…, jettons=…, credits=…)``: a checker with records."""
    monkeypatch.setenv("RECOVERY_NOW", NOW)
    with ExitStack() as stack:

        def open_desk(
            url: str,
            *,
            shared: str | None = None,
            memos: dict[str, str] | None = None,
            deposits: dict[str, str] | None = None,
            jettons: tuple[str, ...] = (),
            credits: tuple[str, ...] = (),
            hot: str | None = None,
            withdrawals: tuple[str, ...] = (),
        ) -> Checker:
            rows = ["network,address,role,memo,user,can_sign"]
            if shared:
                rows.append(f"TON,{shared},shared,,,TON")
                rows += [f"TON,{shared},shared,{m},{u},TON" for m, u in (memos or {}).items()]
            rows += [f"TON,{a},deposit,,{u},TON" for u, a in (deposits or {}).items()]
            rows += [f"TON,{hot},hot,,,TON"] if hot else []
            listed = ["network,asset,symbol,decimals,status", "TON,native,GRAM,9,listed"]
            listed += [f"TON,jetton:{master},SAND,6,listed" for master in jettons]
            ledger = ["network,tx_hash,transfer,user,asset,amount,credited_at", *credits]
            sent = ["network,tx_hash,user,asset,amount,destination,sent_at", *withdrawals]
            files = {"addresses": rows, "listings": listed, "credits": ledger, "withdrawals": sent}
            for kind, lines in files.items():
                path = tmp_path / f"{kind}.csv"
                path.write_text("\n".join(lines) + "\n", "utf-8")
                until = datetime(2026, 11, 20, 12, tzinfo=UTC) if kind == "credits" else None
                import_csv(sqlite_store, kind, path, actor="test", complete_through=until)
            text = f'[networks.TON]\nendpoints = ["{url}"]\n'
            checker = Checker(parse_config(text, where="test"), sqlite_store)
            stack.callback(checker.nodes.close)
            return checker

        yield open_desk
