"""A node that is slow, busy, broken or someone else: "could not ask", never "not found".

The invariant: whatever the transport or the JSON-RPC envelope does, the outcome is a
`SourceError`. It is never `Absent` (a customer would be told that the money does not exist), and
evidence only where the misbehaviour took nothing away from the answer, and then the same evidence.
"""

from __future__ import annotations

import socket
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from recovery.chains.family import Absent
from recovery.checks import Found
from recovery.demo.fixtures import Fixture
from recovery.demo.misbehaviour import JSONRPC, TRANSPORT
from recovery.demo.server import Reply
from recovery.errors import Garbled, SourceError, TooMuch, Unreachable
from recovery.networks import Network

HARMLESS = {
    "answers of other calls": "a single call on its own connection is not mistaken by its id",
    "answers under crossed ids": "asks no batches, so that nothing can be crossed",
}
"""Misbehaviour after which the whole answer may still be there: equal evidence is right too."""


@pytest.mark.parametrize("kind", TRANSPORT)
def test_a_broken_transport_is_could_not_ask(bench: Any, kind: str) -> None:
    began = time.monotonic()
    answer = bench.ask(twist=TRANSPORT[kind])
    assert isinstance(answer, SourceError), answer
    assert time.monotonic() - began < 10


def test_an_endless_nest_ends_no_process_whatever_limit_a_library_set(bench: Any) -> None:
    """py_ecc lets Python recurse 100,000 deep; the C stack ends before that."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(100_000)
    try:
        answer = bench.ask(twist=TRANSPORT["nested without end"])
    finally:
        sys.setrecursionlimit(before)
    assert isinstance(answer, Garbled), answer


@pytest.mark.parametrize("kind", JSONRPC)
def test_a_broken_envelope_is_could_not_ask(bench: Any, fixture: Fixture, kind: str) -> None:
    honest = bench.ask()
    answer = bench.ask(twist=JSONRPC[kind])
    if isinstance(answer, SourceError):
        return
    speaks_rpc = any("rpc" in e.model_fields_set for e in fixture.exchanges)
    assert kind in HARMLESS or not speaks_rpc, answer
    assert _same(answer, honest)


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, Found) and isinstance(other, Found):
        return one.evidence == other.evidence
    return isinstance(one, Absent) and isinstance(other, Absent)


@pytest.mark.parametrize("kind", ["429 with Retry-After", "502", "reset before the body"])
def test_a_moment_of_trouble_is_waited_out(bench: Any, kind: str) -> None:
    honest = bench.ask()
    start = bench.server.requests

    def stumble(number: int, request: str, reply: Reply) -> Reply:
        stumbles = number == start + 1
        return TRANSPORT[kind](number, request, reply) if stumbles else reply

    bench.node.timeout_seconds = 5
    assert _same(bench.ask(twist=stumble), honest)


def test_every_later_request_may_fail_and_still_nothing_is_absent(bench: Any) -> None:
    """The node dies between two requests of one look: after the 1st, the 2nd, the 3rd…"""
    start = bench.server.requests
    honest = bench.ask()
    needed = bench.server.requests - start
    for survived in range(needed):
        begin = bench.server.requests

        def die(number: int, _request: str, reply: Reply, *, last: int = begin + survived) -> Reply:
            return reply if number <= last else replace(reply, status=500, body=b"")

        answer = bench.ask(twist=die)
        # An optional answer may be missing: then the evidence must say no more than it knows.
        if isinstance(answer, Found) and isinstance(honest, Found):
            assert not answer.evidence.final or answer.evidence.gaps or _same(answer, honest)
        else:
            assert isinstance(answer, SourceError), (survived, answer)


def test_nobody_listens(bench: Any) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        bench.node.url = f"http://127.0.0.1:{closed.getsockname()[1]}"
        assert isinstance(bench.ask(), Unreachable)


def test_a_node_of_another_chain_is_refused(
    bench: Any, other_rows: Callable[[Network], list[Network]]
) -> None:
    for row in other_rows(bench.row):
        bench.row = row
        bench.node.network = row.code
        answer = bench.ask()
        assert isinstance(answer, SourceError), f"{bench.fixture.name} was believed as {row.code}"


def test_an_endless_answer_is_cut_off(bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recovery.chains.source.MAX_ANSWER_BYTES", 1_000_000)
    huge = Reply(200, b'{"result": "' + b"x" * 2_000_000 + b'"}')
    answer = bench.ask(twist=lambda _n, _r, _reply: huge)
    assert isinstance(answer, TooMuch)
