"""One played fixture that can be made to misbehave, and what it says when it does not."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from recovery.chains import FAMILIES
from recovery.chains.codecs import parse_hash
from recovery.chains.family import Absent
from recovery.chains.source import Node
from recovery.checks import Found
from recovery.demo.fixtures import Fixture, load_fixtures
from recovery.demo.server import Replay, ReplayServer, Twist
from recovery.errors import SourceError
from recovery.networks import Network, load_registry
from recovery.triage import ask_node

Answer = Found | Absent | SourceError

TIMEOUT_SECONDS = 0.5
"""So short that a time-out costs a test little; honest local answers take milliseconds, also on a
busy machine."""

_EVERY_OUTCOME = "RECOVERY_SOAK" in os.environ
"""Transport misbehaves below what an answer says: a paying story and an absence of each API show it.
`make soak` tries every outcome."""


@dataclass(slots=True)
class Bench:
    """A node and the server it asks. Each question forgets what the node had learned."""

    fixture: Fixture
    row: Network
    tx_hash: str
    server: ReplayServer
    node: Node

    def ask(self, *, twist: Twist | None = None, replay: Fixture | None = None) -> Answer:
        self.server.twist = twist
        self.server.replay = Replay([replay or self.fixture])
        self.node.memory.clear()
        (answer,) = ask_node(self.row, self.node, [self.tx_hash])
        return answer


def _row(fixture: Fixture) -> Network:
    row = load_registry()[fixture.network]
    return row.with_profile(fixture.profile) if fixture.profile else row


def _outcome(fixture: Fixture) -> str | None:
    if fixture.evidence is None:
        return "absent" if fixture.absent else None
    return str(fixture.evidence.get("status"))


def _chosen() -> list[Fixture]:
    """One fixture of each outcome for each family and API: the richest in transfers."""
    best: dict[tuple[str, str, str], Fixture] = {}
    registry = load_registry()
    for fixture in load_fixtures():
        family = registry[fixture.network].family
        outcome = _outcome(fixture)
        if family not in FAMILIES or outcome is None:
            continue
        kept = best.setdefault((family, fixture.api, outcome), fixture)
        if _richness(fixture) > _richness(kept):
            best[family, fixture.api, outcome] = fixture
    return list(best.values())


def _richness(fixture: Fixture) -> int:
    transfers = (fixture.evidence or {}).get("transfers", [])
    return min(len(transfers), 4)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "fixture" in metafunc.fixturenames:
        chosen = _chosen()
        if metafunc.module.__name__.endswith("test_transport") and not _EVERY_OUTCOME:
            chosen = [f for f in chosen if _outcome(f) in ("confirmed", "absent")]
        if "paying" in metafunc.fixturenames:
            chosen = [f for f in chosen if _pays_for_good(f)]
        metafunc.parametrize("fixture", chosen, ids=lambda f: f.name)


def _pays_for_good(fixture: Fixture) -> bool:
    evidence = fixture.evidence or {}
    succeeded = any(t["succeeded"] for t in evidence.get("transfers", []))
    return succeeded and bool(evidence["final"])


@pytest.fixture
def bench(fixture: Fixture, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    if fixture.now is not None:
        monkeypatch.setenv("RECOVERY_NOW", fixture.now)
    row = _row(fixture)
    with ExitStack() as stack:
        server = stack.enter_context(ReplayServer(Replay([fixture])))
        node = Node(
            row.code,
            server.url,
            fixture.api,
            timeout_seconds=TIMEOUT_SECONDS,
            history=fixture.history,
        )
        stack.callback(node.close)
        yield Bench(fixture, row, parse_hash(row, fixture.tx_hash), server, node)


@pytest.fixture
def other_rows() -> Callable[[Network], list[Network]]:
    def siblings(row: Network) -> list[Network]:
        return [n for n in load_registry() if n.family == row.family and n.code != row.code]

    return siblings


@pytest.fixture
def paying(bench: Bench) -> Bench:
    """A story in which somebody is paid for good."""
    return bench
