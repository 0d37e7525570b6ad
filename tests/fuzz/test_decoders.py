"""Every decoder on hostile answers: evidence or `SourceError`, soon, in bounded memory; and evidence can be judged.

The answers of every fixture are fetched over real HTTP and then changed at random places. Whatever
is still taken for evidence goes on as far as it would go in the house: it is printed, stored, compared,
judged with every recipient ours, and quoted.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from classify.world import World
from fuzz.limits import Note, run_limited
from fuzz.spoiling import spoil

from recovery.agreement import find_differences
from recovery.cases.digest import digest_of, subject_of
from recovery.chains import FAMILIES, load_family
from recovery.chains.codecs import parse_hash
from recovery.chains.family import RawTx
from recovery.chains.source import Node
from recovery.checks import Found, Search
from recovery.classify.decide import judge
from recovery.classify.gather import Subject
from recovery.clock import now
from recovery.demo.fixtures import Fixture, load_fixtures
from recovery.demo.server import Replay, ReplayServer
from recovery.documents import print_evidence
from recovery.errors import SourceError
from recovery.fees.policy import load_policy
from recovery.fees.quote import make_quote
from recovery.jsontext import print_json
from recovery.model import Claim, Evidence
from recovery.networks import Network, load_registry
from recovery.records.port import AddressRecord, AddressRole, Price
from recovery.triage import ask_node, decode, verify

SOAK = "RECOVERY_SOAK" in os.environ
STORIES = 10_000 if SOAK else 4
"""Fixtures of each family whose answers are changed: all of them in `make soak`."""
CHANGES = 2_000 if SOAK else 40
SECONDS = 600 if SOAK else 60


def choose_fixtures(family: str) -> list[Fixture]:
    """Fixtures that end with evidence, the richest first, one API after the other."""
    registry = load_registry()
    found = [f for f in load_fixtures() if f.evidence and registry[f.network].family == family]
    found.sort(key=lambda f: -len((f.evidence or {})["transfers"]))
    by_api: dict[str, list[Fixture]] = {}
    for fixture in found:
        by_api.setdefault(fixture.api, []).append(fixture)
    turns = [f for turn in range(len(found)) for fs in by_api.values() for f in fs[turn : turn + 1]]
    return turns[:STORIES]


def fetch_raw(fixtures: Sequence[Fixture]) -> Iterator[tuple[Network, RawTx, Evidence, datetime]]:
    for fixture in fixtures:
        row = load_registry()[fixture.network]
        if fixture.profile:
            row = row.with_profile(fixture.profile)
        with pytest.MonkeyPatch.context() as patch, ReplayServer(Replay([fixture])) as server:
            if fixture.now is not None:
                patch.setenv("RECOVERY_NOW", fixture.now)
            node = Node(row.code, server.url, fixture.api, history=fixture.history)
            (answer,) = ask_node(row, node, [parse_hash(row, fixture.tx_hash)])
            node.close()
            assert isinstance(answer, Found), answer
            yield row, answer.raw, answer.evidence, now()


@pytest.mark.parametrize("family", FAMILIES)
def test_no_answer_of_a_node_crashes_hangs_or_swells_the_decoder(family: str) -> None:
    stories = list(fetch_raw(choose_fixtures(family)))
    assert stories

    def work(note: Note) -> None:
        believed = 0
        for row, raw, honest, at in stories:
            for seed in range(CHANGES):
                answers, told = spoil(dict(raw.answers), random.Random(f"{raw.tx_hash} {seed}"))
                note(f"{row.code} {raw.api} {raw.tx_hash} seed {seed}: {told}")
                believed += use(row, replace(raw, answers=answers), honest, at)
        assert believed, "every change was refused: nothing behind the decoder was tried"

    ended = run_limited(work, seconds=SECONDS)
    assert ended is None, ended


def use(row: Network, raw: RawTx, honest: Evidence, at: datetime) -> bool:
    """Do with these answers what the house does; True where they were taken for evidence."""
    try:
        evidence = decode(load_family(row.family), row, raw)
    except SourceError:
        return False
    with contextlib.suppress(SourceError):
        verify(load_family(row.family), row, raw, evidence)
    for transfer in evidence.transfers:
        assert type(transfer.amount) in (int, Decimal)
        assert transfer.amount >= 0, transfer
    document = print_evidence(evidence)
    json.loads(print_json(document))
    print_json(dict(raw.answers), default=str)
    find_differences(evidence, honest)
    judge_and_quote(row, raw, evidence, at)
    return True


def judge_and_quote(row: Network, raw: RawTx, evidence: Evidence, at: datetime) -> None:
    """Every recipient is a customer's deposit address, every asset has a price."""
    world = World(now=at.astimezone(UTC), complete_through=at.astimezone(UTC))
    for key in {t.recipient.key for t in evidence.transfers[:50]} - {None}:
        assert key is not None
        world.addresses.append(
            AddressRecord(row.code, "ours", key, AddressRole.DEPOSIT, user="alice")
        )
    world.list_asset(row.native_asset, "COIN", network=row.code, decimals=row.decimals)
    found = Found(evidence, raw, second=evidence)
    search = Search(raw.tx_hash, (found,), (), (), ())
    claim = Claim(raw.tx_hash, user="alice", amount=Decimal(1))
    (facts,) = world.facts(Subject(claim, search, found, None, None, {}, None))
    for subject, verdict in zip(facts, judge(facts), strict=False):
        if subject.transfer is None:
            continue
        digest_of(subject_of(evidence, subject.transfer, verdict), None, None)
        price = Price(subject.transfer.asset, "USD", Decimal("0.37"), world.now, "book")
        quoted: dict[str, Any] = {"price": price, "native_price": price, "cost": None}
        make_quote(
            load_policy(),
            verdict=verdict,
            transfer=subject.transfer,
            network=row,
            nth_case_this_year=1,
            planned=False,
            now=world.now,
            decimals=subject.decimals,
            **quoted,
        )
