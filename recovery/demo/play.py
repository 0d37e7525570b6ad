"""The demonstration: a small exchange, its nodes played from fixtures, and claims of every kind.

Knows: the bundled records and stories, and that the clock stands still at their moment. Must not
know: any rule; everything goes the way a real claim goes, over real local HTTP.
"""

from __future__ import annotations

import csv
import os
import tempfile
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from recovery.cases import desk
from recovery.cases.table import Role
from recovery.cases.values import Case
from recovery.checker import Checker
from recovery.claims import parse_claim
from recovery.config import Config, NetworkConfig
from recovery.demo.fixtures import Fixture, load_fixtures, parse_json
from recovery.demo.server import serve_networks
from recovery.errors import BadInput
from recovery.networks import load_registry
from recovery.records.importer import import_csv
from recovery.store import Store, open_store
from recovery.times import parse_time

NOW = "2026-11-20T12:00:00Z"
"""The moment of the stories: recorded heads are a few seconds old, prices a few minutes."""

_PRICED_AT = "2026-11-20T11:50:00Z"
_KINDS: tuple[str, ...] = (
    "listings",
    "addresses",
    "accounts",
    "withdrawals",
    "screening",
    "prices",
    "credits",
)
_OPENER = "front-desk"


class Story(BaseModel):
    """One claim and what becomes of it. ``then`` are steps: accept, sign or settle, by an actor."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str
    fixture: str
    user: str
    network: str | None = None
    address: str | None = None
    memo: str | None = None
    then: tuple[dict[str, str], ...] = Field(default=())


@dataclass(frozen=True, slots=True)
class Played:
    """A story, and its case after the last step."""

    story: Story
    case: Case


def load_stories() -> tuple[Story, ...]:
    text = _bundled("stories.toml").read_text("utf-8")
    return tuple(Story.model_validate(story) for story in tomllib.loads(text)["story"])


def _bundled(name: str) -> Any:
    return resources.files("recovery.demo").joinpath("exchange", name)


@contextmanager
def stand_still() -> Iterator[None]:
    """The clock of the stories, for this process."""
    before = os.environ.get("RECOVERY_NOW")
    os.environ["RECOVERY_NOW"] = NOW
    try:
        yield
    finally:
        if before is None:
            del os.environ["RECOVERY_NOW"]
        else:
            os.environ["RECOVERY_NOW"] = before


@contextmanager
def serve_nodes(database_url: str) -> Iterator[Config]:
    """Play every network that a story is on, by two nodes; the configuration that names them.

    The second gives the opinion that large values need.
    """
    fixtures = _find_fixtures()
    with serve_networks(fixtures) as urls, serve_networks(fixtures) as others:
        sections = {
            code: NetworkConfig.model_validate({"endpoints": [url, others[code]]})
            for code, url in urls.items()
        }
        yield Config(database_url=database_url, networks=sections)


def _find_fixtures() -> list[Fixture]:
    """The stories' fixtures, with answers about fees, which the fixtures have no need of."""
    stories = {story.fixture for story in load_stories()}
    codes = {name.partition("/")[0] for name in stories}
    chosen = [f for f in load_fixtures() if f.name in stories or f.name in _absences(codes)]
    answers = parse_json(_bundled("node_answers.json").read_text("utf-8"))
    return chosen + [
        Fixture(
            file="node_answers.json",
            story="what the demonstration's node says of fees and balances",
            origin="synthetic",
            source="written for the demonstration",
            network=code,
            api="any",
            tx_hash="none",
            exchanges=exchanges,
            absent=True,
        )
        for code, exchanges in answers.items()
        if code in codes
    ]


def _absences(codes: set[str]) -> set[str]:
    return {f"{code}/absent" for code in codes}


def fill(store: Store) -> None:
    """Import the exchange's records, by the way everybody imports; the database must be empty."""
    if desk.list_cases(store, limit=1):
        raise BadInput(
            "database-not-empty",
            "the demonstration wants an empty database, and this one holds cases",
            hint="name another with RECOVERY_DATABASE_URL, or remove the file",
        )
    with tempfile.TemporaryDirectory() as folder:
        for kind in _KINDS:
            path = Path(folder) / f"{kind}.csv"
            path.write_text(_bundled(f"{kind}.csv").read_text("utf-8"), "utf-8")
            mark = None
            if kind == "prices":
                _date_prices(path)
            if kind == "credits":
                mark = parse_time(NOW)
            import_csv(store, kind, path, actor="demo", complete_through=mark)


def _date_prices(path: Path) -> None:
    """The bundled prices get the stories' moment, so that they are fresh there."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [*rows[0], "as_of"])
        writer.writeheader()
        writer.writerows({**row, "as_of": _PRICED_AT} for row in rows)


def play(checker: Checker, stories: Sequence[Story]) -> Iterator[Played]:
    """Take each claim through the whole line: check, open, and the steps the story tells."""
    hashes = {f.name: f.tx_hash for f in load_fixtures()}
    for story in stories:
        claim = parse_claim(
            hashes[story.fixture],
            network=story.network or story.fixture.partition("/")[0],
            user=story.user,
            address=story.address,
            memo=story.memo,
        )
        (case, *_) = desk.open_claim(
            checker.store,
            checker.check(claim),
            actor=_OPENER,
            needs_wallet=checker.needs_wallet,
        )
        for step in story.then:
            case = _take(checker, case, step)
        yield Played(story, case)


def _take(checker: Checker, case: Case, step: dict[str, str]) -> Case:
    store, actor = checker.store, step["actor"]
    if "accept" in step:
        return desk.accept(store, case.id, actor=actor, return_to=step["accept"])
    if "settle" in step:
        return desk.settle(store, case.id, actor=actor, reference=step["settle"])
    role = Role(step["sign"])
    return desk.sign(store, case.id, role=role, actor=actor, recheck=checker.recheck)


def print_config(config: Config) -> str:
    """The configuration as a file, so that every other command can go on with the demonstration."""
    lines = [f'database_url = "{config.database_url}"']
    for row in load_registry():
        named = ", ".join(f'"{endpoint.url}"' for endpoint in config.of(row).endpoints)
        if named:
            lines += [f"[networks.{row.code}]", f"endpoints = [{named}]"]
    return "\n".join(lines) + "\n"


__all__ = [
    "NOW",
    "Played",
    "Story",
    "fill",
    "load_stories",
    "open_store",
    "play",
    "print_config",
    "serve_nodes",
    "stand_still",
]
