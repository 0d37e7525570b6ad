"""What the contract suite asks every network: a fixture, played over real local HTTP."""

from __future__ import annotations

import pytest

from recovery.chains import FAMILIES
from recovery.chains.codecs import parse_hash
from recovery.chains.family import Absent
from recovery.chains.source import Node
from recovery.checks import Found
from recovery.demo.fixtures import Fixture, load_fixtures
from recovery.demo.server import Replay, ReplayServer
from recovery.errors import SourceError
from recovery.networks import Network, load_registry
from recovery.triage import ask_node

Answer = Found | Absent | SourceError


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Every test that takes ``fixture`` runs over every file of every family that can be asked;

    with ``found`` over those that end with evidence.
    """
    if "fixture" in metafunc.fixturenames:
        registry = load_registry()
        fixtures = [f for f in load_fixtures() if registry[f.network].family in FAMILIES]
        if "found" in metafunc.fixturenames:
            fixtures = [f for f in fixtures if f.evidence is not None]
        metafunc.parametrize("fixture", fixtures, ids=lambda f: f.name)


@pytest.fixture
def row(fixture: Fixture) -> Network:
    registered = load_registry()[fixture.network]
    return registered.with_profile(fixture.profile) if fixture.profile else registered


_ANSWERS: dict[str, tuple[Answer, list[str]]] = {}
"""What each fixture's node said: every test of this worker looks at the same frozen answer."""


@pytest.fixture
def answer(fixture: Fixture, row: Network) -> Answer:
    """What a node that plays the fixture says; it must be asked nothing that the file lacks."""
    if fixture.name not in _ANSWERS:
        _ANSWERS[fixture.name] = ask(fixture, row)
    answer, unanswered = _ANSWERS[fixture.name]
    assert unanswered == [], "the fixture lacks answers to requests of the family"
    return answer


def ask(fixture: Fixture, row: Network) -> tuple[Answer, list[str]]:
    """What a node that plays the fixture says, and the requests that the fixture has no answer to."""
    with pytest.MonkeyPatch.context() as patch, ReplayServer(Replay([fixture])) as server:
        if fixture.now is not None:
            patch.setenv("RECOVERY_NOW", fixture.now)
        node = Node(row.code, server.url, fixture.api, history=fixture.history)
        try:
            (answer,) = ask_node(row, node, [parse_hash(row, fixture.tx_hash)])
        finally:
            node.close()
    return answer, list(server.unanswered)


@pytest.fixture
def found(answer: Answer) -> Found:
    assert isinstance(answer, Found), answer
    return answer
