"""A second source that lies about a recorded transaction is never taken for one that agrees.

For every network and every field that must agree (amount, recipient, memo, block, status) a node
is played that tells the recorded story with that field changed, over HTTP. Whatever it changes in the
evidence is named as the difference; where the answers contradict themselves, it is no opinion.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import pytest
from agreement.lies import plan_lies

from recovery.chains import FAMILIES
from recovery.chains.codecs import parse_hash
from recovery.chains.source import Node
from recovery.checks import Found
from recovery.demo.fixtures import Fixture, load_fixtures
from recovery.demo.server import Replay, ReplayServer
from recovery.model import Evidence, Gap, Transfer, TransferKind
from recovery.networks import Network, load_registry
from recovery.secondopinion import ask_second
from recovery.triage import ask_node

FIELDS = ("amount", "recipient", "block", "status", "memo")

_EVERY_STORY = "RECOVERY_SOAK" in os.environ

_MOST = 6
"""Stories of one family and API: more than enough to hear a lie about every field."""

_HARMLESS = frozenset({Gap.INTERNAL_TRANSFERS, Gap.FINALITY})
"""What a second source need not show in order to confirm a transfer that both show."""

_APPLIED = {"status": "only what succeeded is put into a block of Algorand"}

UNTOLD: dict[str, dict[str, str]] = {
    "algorand by algod": _APPLIED,
    "algorand by indexer": _APPLIED,
}
"""By family and API, the fields about which no lie can be played, with the reason."""


def _stories() -> dict[str, list[Fixture]]:
    """Paying stories by family and API, the plainest first; those of one network after each other's."""
    told: dict[str, list[Fixture]] = {}
    registry = load_registry()
    for fixture in load_fixtures():
        family = registry[fixture.network].family
        if family in FAMILIES and _pays(fixture):
            told.setdefault(f"{family} by {fixture.api}", []).append(fixture)
    return {name: sorted(stories, key=_plainness) for name, stories in sorted(told.items())}


def _pays(fixture: Fixture) -> bool:
    evidence = fixture.evidence or {}
    if evidence.get("tx_hash") != parse_hash(load_registry()[fixture.network], fixture.tx_hash):
        return False  # it was looked up by another spelling, and answers no other
    moved = [t for t in evidence["transfers"] if t["succeeded"] and t["amount"] != "0"]
    return bool(moved) and evidence["final"] and evidence["status"] == "confirmed"


def _has_memo(fixture: Fixture) -> bool:
    return any(t["memo"] for t in (fixture.evidence or {})["transfers"])


def _plainness(fixture: Fixture) -> tuple[bool, int, str]:
    return not _has_memo(fixture), len((fixture.evidence or {})["transfers"]), fixture.name


@dataclass
class Pair:
    """An honest node, a liar beside it."""

    row: Network
    tx_hash: str
    honest: Node
    liar: Node
    server: ReplayServer

    def ask(self) -> Found:
        self.honest.memory.clear()
        (answer,) = ask_node(self.row, self.honest, [self.tx_hash])
        assert isinstance(answer, Found), answer
        return answer

    def hear(self, found: Found, lie: Fixture) -> Found:
        self.server.replay = Replay([lie])
        self.liar.memory.clear()
        (heard,) = ask_second(self.row, [self.honest, self.liar], [found])
        return heard


@contextmanager
def _play(fixture: Fixture) -> Iterator[Pair]:
    row = load_registry()[fixture.network]
    row = row.with_profile(fixture.profile) if fixture.profile else row
    with ExitStack() as stack:
        if fixture.now is not None:
            patch = stack.enter_context(pytest.MonkeyPatch.context())
            patch.setenv("RECOVERY_NOW", fixture.now)
        nodes = []
        for _ in range(2):
            server = stack.enter_context(ReplayServer(Replay([fixture])))
            node = Node(row.code, server.url, fixture.api, history=fixture.history)
            stack.callback(node.close)
            nodes.append(node)
        yield Pair(row, parse_hash(row, fixture.tx_hash), nodes[0], nodes[1], server)


def _facts(evidence: Evidence, gaps: AbstractSet[Gap]) -> tuple[object, ...]:
    """What must agree, told apart from the rest of the evidence without the product's own comparison.

    ``gaps`` are the first source's: what it can't show, no rule takes from it.
    """
    block = evidence.block
    moves = []
    for t in evidence.transfers:
        seen: dict[str, object] = {
            "where": (t.position, t.asset, str(t.recipient), str(t.unlock_at)),
            "amount": None if Gap.AMOUNT in gaps else t.amount,
            "memo": None if Gap.MEMO in gaps else t.memo,
            "senders": None if Gap.SENDERS in gaps else sorted(map(str, t.senders)),
            "succeeded": None if Gap.SUCCESS in gaps else t.succeeded,
        }
        if t.kind is not TransferKind.INTERNAL or Gap.INTERNAL_TRANSFERS not in gaps:
            moves.append(seen)
    return evidence.status, (block.height, block.hash) if block else None, moves


def _best(evidence: Evidence) -> Transfer:
    moved = [t for t in evidence.transfers if t.succeeded and t.amount and t.recipient.key]
    return max(moved, key=lambda t: (t.memo is not None, len(str(t.amount))))


_STORIES = _stories()


@pytest.mark.parametrize("source", _STORIES)
def test_a_second_source_that_lies_is_never_taken_for_one_that_agrees(source: str) -> None:
    noticed: set[str] = set()
    expected = {f for f in FIELDS if f != "memo" or any(map(_has_memo, _STORIES[source]))}
    for fixture in _STORIES[source][: None if _EVERY_STORY else _MOST]:
        noticed |= _play_lies(fixture)
        if not _EVERY_STORY and noticed.issuperset(expected):
            break
    unnoticed = expected - noticed
    assert unnoticed == set(UNTOLD.get(source, {})), unnoticed


def _play_lies(fixture: Fixture) -> set[str]:
    """The fields about which a lie changed the evidence, or made the answers no evidence at all."""
    noticed = set()
    with _play(fixture) as pair:
        first = pair.ask()
        honest = pair.hear(first, fixture)
        transfer = _best(first.evidence)
        assert honest.disagreement is None
        assert honest.is_confirmed(transfer.position), f"{fixture.name}: the same story agrees"
        for name, lies in plan_lies(fixture, first.evidence, transfer).items():
            for lie in lies[:40]:
                outcome = _listen(pair, first, lie, transfer)
                if outcome != "unread":
                    noticed.add(name)
                if outcome == "differs":
                    break
    return noticed


def _listen(pair: Pair, first: Found, lie: Fixture, transfer: Transfer) -> str:
    heard = pair.hear(first, lie)
    if heard.second is None and not heard.second_absent:
        assert heard.unheard
        return "no opinion"
    gaps = first.evidence.gaps
    if heard.second is not None and heard.second.gaps - gaps - _HARMLESS:
        assert not heard.is_confirmed(transfer.position)
        return "no opinion"  # it owns to not knowing what the first one shows
    if heard.second is not None and _facts(heard.second, gaps) == _facts(first.evidence, gaps):
        return "unread"  # this place decides nothing
    assert heard.disagreement is not None, "the evidence differs and nobody said so"
    assert heard.differences
    assert not heard.is_confirmed(transfer.position)
    return "differs"
