"""Decoding: transactions per second of every family on one core, beside parsing the same JSON.

    python benchmarks/decode.py [FAMILY…]

Every story of ``fixtures/`` that ends in evidence is asked once over local HTTP; its answers are then
decoded again and again. The peer is ``json.loads`` of the same answers: the least that any decoder
in this language must spend.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from decimal import Decimal

from recovery.chains import FAMILIES, load_family
from recovery.chains.family import RawTx
from recovery.chains.source import Node
from recovery.checks import Found
from recovery.demo.fixtures import Fixture, load_fixtures
from recovery.demo.server import Replay, ReplayServer
from recovery.networks import Network, load_registry
from recovery.triage import ask_node

SECONDS = 1.0
WANTED = 2_000


def ask_story(fixture: Fixture, row: Network) -> RawTx | None:
    from recovery.chains.codecs import parse_hash

    if fixture.evidence is None:
        return None
    os.environ.pop("RECOVERY_NOW", None)
    if fixture.now is not None:
        os.environ["RECOVERY_NOW"] = fixture.now
    with ReplayServer(Replay([fixture])) as server:
        node = Node(row.code, server.url, fixture.api, history=fixture.history)
        (answer,) = ask_node(row, node, [parse_hash(row, fixture.tx_hash)])
        node.close()
    return answer.raw if isinstance(answer, Found) else None


def measure(runs: Sequence[Callable[[], object]]) -> float:
    """Runs per second, all of them in turn."""
    done, began = 0, time.perf_counter()
    while time.perf_counter() - began < SECONDS:
        for run in runs:
            run()
        done += len(runs)
    return done / (time.perf_counter() - began)


def decoder(row: Network, raw: RawTx) -> Callable[[], object]:
    decode = load_family(row.family).decode
    return lambda: decode(row, raw)


def parser(raw: RawTx) -> Callable[[], object]:
    text = json.dumps(dict(raw.answers), default=str)
    return lambda: json.loads(text, parse_float=Decimal)


def main(wanted: Sequence[str]) -> None:
    registry = load_registry()
    print(f"{'family':<10} {'stories':>7} {'decode tx/s':>12} {'json.loads tx/s':>16}")
    slow = []
    for family in wanted:
        stories: list[tuple[Network, RawTx]] = []
        for fixture in load_fixtures():
            row = registry[fixture.network]
            if row.family != family:
                continue
            row = row.with_profile(fixture.profile) if fixture.profile else row
            raw = ask_story(fixture, row)
            if raw is not None:
                stories.append((row, raw))
        if not stories:
            continue
        decoded = measure([decoder(row, raw) for row, raw in stories])
        parsed = measure([parser(raw) for _, raw in stories])
        print(f"{family:<10} {len(stories):>7} {decoded:>12,.0f} {parsed:>16,.0f}")
        if decoded < WANTED:
            slow.append(family)
    if slow:
        raise SystemExit(f"below {WANTED:,} tx/s: {', '.join(slow)}")


if __name__ == "__main__":
    main(sys.argv[1:] or FAMILIES)
