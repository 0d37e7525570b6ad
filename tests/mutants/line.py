"""The line from a node's answers to the verdicts, in one process: fetch, decode, gather, judge, verify.

Knows: how a changed answer is put in the place of the recorded one. Must not know: what an answer
means, nor what may come of it (`mutants.oracle`). Nothing is patched: the node is a `Node` whose requests
are answered by the replay server's own words, without the wire.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from mutants.stories import Story

from recovery.chains import load_family
from recovery.chains.codecs import parse_hash
from recovery.chains.exchange import Reply
from recovery.chains.family import Absent
from recovery.chains.source import HttpAnswer, Node, Query
from recovery.checks import Found, Search
from recovery.classify.decide import judge
from recovery.classify.facts import PolicyNumbers
from recovery.classify.gather import Subject, gather_facts
from recovery.classify.verdict import Cause, Recoverability, Verdict
from recovery.demo.fixtures import Exchange
from recovery.demo.server import Replay, ReplayServer
from recovery.errors import SourceError
from recovery.model import Amount, Evidence
from recovery.times import parse_time
from recovery.triage import ask_node, verify

_MOVES = (Recoverability.CREDIT, Recoverability.RECOVERABLE, Recoverability.CONDITIONAL)


@dataclass(slots=True)
class Played(Node):
    """A node that is asked without HTTP: the replay server's reply is read as it came."""

    server: ReplayServer | None = None
    moment: datetime | None = None

    def request(
        self,
        method: str,
        path: str,
        *,
        query: Query | None = None,
        json_body: Any = None,
    ) -> HttpAnswer:
        assert self.server is not None
        target = self._connection().target(path, query).decode()
        sent = b"" if json_body is None else json.dumps(json_body).encode()
        reply = self.server.reply(method, target, sent)
        return self._read(Reply(reply.status, {}), reply.body)

    def now(self) -> datetime:
        return Node.now(self) if self.moment is None else self.moment


class Changed(Replay):
    """The answers of a story with some of them changed."""

    def __init__(self, honest: Replay, exchanges: Sequence[Exchange]) -> None:
        super().__init__()
        self._answers = honest._answers | {e.request: (e, "") for e in exchanges}


Money = Counter[tuple[str, str]]
"""What would leave the house: ``("credit" or "return", asset)`` and how much."""


@dataclass(frozen=True, slots=True)
class Result:
    """What the line says: money, or why there is none."""

    money: Money = field(default_factory=Counter)
    refused: str | None = None
    evidence: Evidence | None = None
    verdicts: tuple[Verdict, ...] = ()

    @property
    def words(self) -> str:
        """Who refused it, or what it was judged to be, for the figures."""
        if self.refused is not None:
            return self.refused
        return "+".join(sorted({v.cause.value for v in self.verdicts}))


def walk(story: Story, replay: Replay) -> Result:
    """The whole line for one story, with these answers."""
    network, fixture = story.network, story.fixture
    node = Played(
        network.code,
        "http://played",
        fixture.api,
        history=fixture.history,
        server=ReplayServer(replay),
        moment=story.now,
    )
    (answer,) = ask_node(network, node, [parse_hash(network, fixture.tx_hash)])
    if isinstance(answer, SourceError):
        return Result(refused=type(answer).__name__.lower())
    if isinstance(answer, Absent):
        return Result(refused="absent")
    return _judge(story, answer)


def _judge(story: Story, found: Found) -> Result:
    evidence = found.evidence
    subject = Subject(
        claim=story.claim, search=Search(story.claim.tx_hash, (found,), (), (), ()), found=found
    )
    (facts,) = gather_facts(
        [subject],
        records=story.records,
        occupancy=story.records,
        small_deposits=story.records,
        now=story.now or parse_time("2026-11-20T12:00:00Z"),
        policy=PolicyNumbers(),
        network_of=lambda _: story.network,
    )
    verdicts = judge(facts)
    money: Money = Counter()
    for verdict in verdicts:
        decided = verdict.cause is not Cause.NEEDS_REVIEW  # there, a person decides
        if decided and verdict.recoverability in _MOVES and verdict.transfer is not None:
            transfer = evidence.transfers[verdict.transfer]
            amount: Amount = transfer.amount if verdict.amount is None else verdict.amount
            way = "credit" if verdict.recoverability is Recoverability.CREDIT else "return"
            money[way, transfer.asset] += amount  # type: ignore[assignment]  # exact, whole or not
    if money:
        try:
            verify(load_family(story.network.family), story.network, found.raw, evidence)
        except SourceError:
            return Result(refused="contradicts its bytes", evidence=evidence)
    return Result(money=money, evidence=evidence, verdicts=verdicts)
