"""A second node that does not know a transaction: is it behind, or does it contradict the first?

Families that name blocks by height are told on real nodes (test_second_opinion); for the others the
time of the second node's head decides, played from a recorded "unknown" of the same network.
"""

from __future__ import annotations

import dataclasses
from contextlib import ExitStack
from datetime import timedelta

import pytest

from recovery.chains import FAMILIES, load_family
from recovery.chains.codecs import parse_hash
from recovery.chains.source import Node
from recovery.checks import Found
from recovery.demo.fixtures import Fixture, load_fixtures
from recovery.demo.server import Replay, ReplayServer
from recovery.networks import load_registry
from recovery.secondopinion import ask_second
from recovery.triage import ask_node

AGES = timedelta(days=365 * 40)


def _pairs() -> list[tuple[Fixture, Fixture]]:
    """A paying story and an absence of one network and API, where a node's head decides by its time."""
    registry = load_registry()
    fixtures = [f for f in load_fixtures() if registry[f.network].family in FAMILIES]
    pairs: dict[tuple[str, str], tuple[Fixture, Fixture]] = {}
    for absent in fixtures:
        family = load_family(registry[absent.network].family)
        if not absent.absent or family.fetch_block_hash is not None or absent.now is None:
            continue
        for story in fixtures:
            evidence = story.evidence or {}
            alike = (story.network, story.api) == (absent.network, absent.api)
            if alike and evidence.get("final") and evidence["tx_hash"] == story.tx_hash:
                pairs.setdefault((story.network, story.api), (story, absent))
    return list(pairs.values())


@pytest.mark.parametrize(("story", "absent"), _pairs(), ids=lambda f: f.name)
def test_an_unknown_counts_only_from_a_node_that_came_as_far(
    story: Fixture, absent: Fixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = load_registry()[story.network]
    row = row.with_profile(story.profile) if story.profile else row
    tx_hash = parse_hash(row, story.tx_hash)
    with ExitStack() as stack:
        nodes = []
        for fixture in (story, absent):
            server = stack.enter_context(ReplayServer(Replay([fixture])))
            nodes.append(Node(row.code, server.url, story.api, history=fixture.history))
            stack.callback(nodes[-1].close)
        monkeypatch.setenv("RECOVERY_NOW", story.now or absent.now or "")
        (found,) = ask_node(row, nodes[0], [tx_hash])
        assert isinstance(found, Found), found
        block = found.evidence.block
        assert block is not None
        assert block.time is not None
        monkeypatch.setenv("RECOVERY_NOW", absent.now or "")

        def hear(moved: timedelta) -> Found:
            assert block is not None
            assert block.time is not None
            there = dataclasses.replace(block, time=block.time + moved)
            asked = parse_hash(row, absent.tx_hash)
            evidence = dataclasses.replace(found.evidence, block=there, tx_hash=asked)
            (heard,) = ask_second(row, nodes, [dataclasses.replace(found, evidence=evidence)])
            return heard

        late, early = hear(AGES), hear(-AGES)
    assert (late.second_absent, late.disagreement) == (False, None)
    assert "not reached block" in late.unheard[0].why
    assert early.second_absent
    assert early.disagreement == "another healthy source does not know the transaction"
