"""Moments that can't be: before the calendar, behind its end, without a zone. Garbled or refused, never a crash.

A story of every API of every family is played over real HTTP, and each field that holds a moment is told wrong, field by
field: to the walk of a claim and to the scan.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from scan.ledgers import CANT_SCAN, Stage, play_story

from recovery.chains.codecs import parse_hash
from recovery.chains.shape import find_lock_end, read_moment, read_moment_text, step_back
from recovery.demo.fixtures import Fixture, load_fixtures
from recovery.demo.server import Reply
from recovery.errors import Garbled, SourceError
from recovery.networks import load_registry
from recovery.store import Store
from recovery.triage import ask_node

UNITS = (1, 10**3, 10**6, 10**9)
TEXTS = (
    "9999-12-31T23:59:59-23:59",
    "0001-01-01T00:00:00+23:59",
    "0001-01-01T00:00:00Z",
    "2026-02-30T00:00:00Z",
    "",
)
NUMBERS = (-1, 253_402_300_800, 2**63 - 1, 10**30)


def _stories() -> list[Fixture]:
    """The story with the most transfers of each family and API."""
    registry = load_registry()
    found: dict[tuple[str, str], Fixture] = {}
    told = [f for f in load_fixtures() if f.evidence and f.evidence["status"] == "confirmed"]
    for fixture in sorted(told, key=lambda f: -len((f.evidence or {})["transfers"])):
        found.setdefault((registry[fixture.network].family, fixture.api), fixture)
    return list(found.values())


def _is_moment(name: str, value: Any) -> bool:
    """A moment of the chains' years, in any unit and spelling; ``date`` is XRP Ledger's, from 2000 on."""
    if name == "date":
        return type(value) is int
    if isinstance(value, str) and re.match(r"20[0-3]\d-\d\d-\d\dT", value):
        return True
    if isinstance(value, str) and re.fullmatch(r"0x[0-9a-f]{8}", value):
        value = int(value, 16)
    if isinstance(value, str) and re.fullmatch(r"\d{10,19}(\.\d{9})?", value):
        value = int(value.partition(".")[0])
    return type(value) is int and any(1_500_000_000 * u < value < 1_900_000_000 * u for u in UNITS)


def _wrong_ones(value: Any) -> Iterator[Any]:
    """Moments that can't be, in the spelling of one that can."""
    if type(value) is int:
        yield from NUMBERS
    elif "T" in value:
        yield from TEXTS
    elif value.startswith("0x"):
        yield from (hex(number) for number in NUMBERS[1:])
    else:
        fraction = value[10:] if value[10:11] == "." else ""
        yield from (f"{number}{fraction}" for number in NUMBERS)


def _leaves(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, inside in value.items():
            yield from _leaves(inside, key)
    elif isinstance(value, list):
        for inside in value:
            yield from _leaves(inside, name)
    elif name:
        yield name, value


def _told_wrong(value: Any, name: str, wrong: Any) -> Any:
    """The same document with each moment of that name exchanged."""
    if isinstance(value, dict):
        return {
            key: wrong
            if key == name and _is_moment(key, inside)
            else _told_wrong(inside, name, wrong)
            for key, inside in value.items()
        }
    return [_told_wrong(v, name, wrong) for v in value] if isinstance(value, list) else value


@dataclass(slots=True)
class _Listener:
    """Every moment told so far, by its field's name."""

    moments: dict[str, Any]

    def __call__(self, number: int, asked: str, reply: Reply) -> Reply:
        for name, value in _leaves(_document(reply)):
            if _is_moment(name, value):
                self.moments.setdefault(name, value)
        return reply


def _document(reply: Reply) -> Any:
    try:
        return json.loads(reply.body)
    except ValueError:
        return None


def _liar(name: str, wrong: Any) -> Callable[[int, str, Reply], Reply]:
    def answer(number: int, asked: str, reply: Reply) -> Reply:
        told = _document(reply)
        if told is None:
            return reply
        body = json.dumps(_told_wrong(told, name, wrong)).encode()
        return Reply(reply.status, body, reply.content_type)

    return answer


def _walk(stage: Stage) -> None:
    """All that is asked of the node for a claim and for a scan; what it refuses, it refuses as a source's error."""
    network, fixture = stage.network, stage.fixture
    ask_node(network, stage.node, [parse_hash(network, fixture.tx_hash)])
    if not stage.is_scanned or fixture.api in CANT_SCAN:
        return
    for look in (
        lambda: stage.scan.fetch_final(network, stage.node),
        lambda: stage.look(stage.recipients),
    ):
        try:
            look()
        except SourceError:
            continue


@pytest.mark.parametrize("story", _stories(), ids=lambda f: f"{f.network}-{f.api}")
def test_a_moment_that_cant_be_crashes_nothing(
    story: Fixture, sqlite_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    lists = None if story.api not in CANT_SCAN else lambda asked: None
    with play_story(story, sqlite_store, monkeypatch, ledger=lists) as stage:
        listener = _Listener({})
        stage.server.twist = listener
        _walk(stage)
        for name, honest in listener.moments.items():
            for wrong in _wrong_ones(honest):
                stage.server.twist = _liar(name, wrong)
                stage.node.memory.clear()
                _walk(stage)
        assert listener.moments, "no moment was found to be told wrong"


@pytest.mark.parametrize(
    ("value", "bounds"),
    [
        (-1, {}),
        (253_402_300_800, {}),
        (253_402_300_800_000, {"a_second": 1000}),
        (10**30, {}),
        (-(10**30), {}),
        (True, {}),
        ("1795176000", {}),
        (None, {}),
        (99, {"since": 100}),
        (99_999, {"since": 100, "a_second": 1000}),
        (200, {"since": 100, "until": 200}),
    ],
)
def test_a_number_that_is_no_moment_is_garbled(value: object, bounds: dict[str, int]) -> None:
    with pytest.raises(Garbled, match=r"^block time is no time that can be: "):
        read_moment(value, "block time", **bounds)


def test_a_moment_is_read_to_the_microsecond_up_to_the_calendars_end() -> None:
    assert read_moment(0, "x") == datetime(1970, 1, 1, tzinfo=UTC)
    assert read_moment(253_402_300_799, "x") == datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
    last = datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)
    assert read_moment(253_402_300_799_999_999_999, "x", a_second=10**9) == last
    assert read_moment(1_757_976_723_123, "x", a_second=1000).microsecond == 123_000
    assert read_moment(100, "x", since=100, until=101).second == 40


@pytest.mark.parametrize(
    "text",
    ["9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59", "2026-11-21T12:00:00", "2026-11-21", "soon", "", 5, None],
)  # fmt: skip
def test_a_text_that_is_no_moment_with_a_zone_is_garbled(text: object) -> None:
    with pytest.raises(Garbled, match=r"^closed_at is no (time with a zone|text): "):
        read_moment_text(text, "closed_at")


def test_a_text_is_read_in_utc() -> None:
    for text in ("2026-11-21T12:00:00Z", "2026-11-21T14:00:00+02:00", "2026-11-21T12:00:00.000Z"):
        assert read_moment_text(text, "x").isoformat() == "2026-11-21T12:00:00+00:00"


def test_a_lock_of_any_length_ends_with_the_calendar() -> None:
    """Its maker chose it freely: it is the chain's truth, and no node's fault."""
    assert find_lock_end(100) == datetime(1970, 1, 1, 0, 1, 40, tzinfo=UTC)
    assert find_lock_end(10**30) == datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)


def test_heights_further_apart_than_the_calendar_are_garbled() -> None:
    at = datetime(2026, 11, 21, tzinfo=UTC)
    assert step_back(at, 86_400_000) == at - timedelta(days=1)
    for apart in (10**15, 10**30):
        with pytest.raises(Garbled, match="ms apart"):
            step_back(at, apart)
