"""What the contract suite asks every network: a fixture, played over real local HTTP."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from recovery.chains import FAMILIES
from recovery.chains.family import Absent
from recovery.chains.source import Node
from recovery.checks import Found
from recovery.demo.fixtures import Fixture, load_fixtures
from recovery.demo.server import Replay, ReplayServer
from recovery.errors import SourceError
from recovery.networks import Network, load_registry
from recovery.triage import ask_node

Answer = Found | Absent | SourceError


def row_of(fixture: Fixture) -> Network:
    row = load_registry()[fixture.network]
    return row.with_profile(fixture.profile) if fixture.profile else row


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Every test that takes ``fixture`` runs over every file of every family that can be asked."""
    if "fixture" in metafunc.fixturenames:
        registry = load_registry()
        fixtures = [f for f in load_fixtures() if registry[f.network].family in FAMILIES]
        metafunc.parametrize("fixture", fixtures, ids=lambda f: f.name)


@pytest.fixture
def row(fixture: Fixture) -> Network:
    return row_of(fixture)


@pytest.fixture
def ask(monkeypatch: pytest.MonkeyPatch) -> Callable[[Fixture, str], Answer]:
    """Ask a server that plays the fixture; every request must be one that the fixture answers."""

    def ask_about(fixture: Fixture, tx_hash: str) -> Answer:
        if fixture.now is not None:
            monkeypatch.setenv("RECOVERY_NOW", fixture.now)
        row = row_of(fixture)
        with ReplayServer(Replay([fixture])) as server:
            node = Node(row.code, server.url, fixture.api, history=fixture.history)
            try:
                (answer,) = ask_node(row, node, [tx_hash])
            finally:
                node.close()
        assert server.unanswered == [], "the fixture lacks answers to requests of the family"
        return answer

    return ask_about
