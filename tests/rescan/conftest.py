"""An exchange whose customers all came while no node answered: fifty claims on 32 networks."""

from __future__ import annotations

import contextlib
import os
import shlex
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from recovery.cases import desk
from recovery.cases.opening import store_checks
from recovery.checks import Check, Search, UnreachableNetwork
from recovery.claims import parse_claim
from recovery.config import Config
from recovery.demo import play
from recovery.demo.fixtures import load_fixtures
from recovery.model import NetworkCode
from recovery.store import Store
from recovery.times import parse_time

REPOSITORY = Path(__file__).parents[2]
UNIT = REPOSITORY / "deploy" / "recovery-rescan.service"


@pytest.fixture(scope="session")
def played() -> Iterator[Config]:
    """Two nodes of each network, played from the stories."""
    with play.serve_nodes("sqlite:///unused.db") as config:
        yield config


@pytest.fixture(autouse=True)
def standing_still() -> Iterator[None]:
    with play.stand_still():
        yield


def open_unanswered(store: Store) -> int:
    """Every story's claim, in ``checking``; no two about one transaction."""
    hashes = {f.name: f.tx_hash for f in load_fixtures()}
    stories = {story.fixture: story for story in reversed(play.load_stories())}
    checks = []
    for story in stories.values():
        code = NetworkCode(story.fixture.partition("/")[0])
        claim = parse_claim(
            hashes[story.fixture],
            network=code,
            user=story.user,
            address=story.address,
            memo=story.memo,
        )
        down = UnreachableNetwork(code, "connection refused")
        looked = Search(claim.tx_hash, (), (), (down,), ())
        at = parse_time(play.NOW)
        checks.append(Check(claim=claim, at=at, search=looked, found=None, judged=()))
    store_checks(store, checks, actor="front-desk")
    return len(checks)


def fill(store: Store) -> int:
    play.fill(store)
    return open_unanswered(store)


def write_config(config: Config, url: str, folder: Path, *more: str) -> Path:
    path = folder / "recovery.toml"
    text = play.print_config(config.model_copy(update={"database_url": url}))
    head, _, rest = text.partition("\n")
    lines = [head, f'watch_folder = "{folder}/watch"', rest, *more]
    path.write_text("\n".join(lines), "utf-8")
    return path


def timer_command(config: Path) -> list[str]:
    """What the timer starts, with this checkout's program and configuration in their places."""
    (line,) = [x for x in UNIT.read_text("utf-8").splitlines() if x.startswith("ExecStart=")]
    words = shlex.split(line.removeprefix("ExecStart="))
    assert words[0].endswith("/recovery")
    words[words.index("--config") + 1] = str(config)
    return [sys.executable, str(REPOSITORY / "cli.py"), *words[1:]]


def run_timer(config: Path, *more: str, kill_after: int | None = None) -> tuple[int, str, str]:
    """The timer's command; killed with -9 after so many lines of its log. Code, stdout, log."""
    environment = {k: v for k, v in os.environ.items() if k != "COVERAGE_PROCESS_START"}
    with (
        tempfile.TemporaryFile("w+") as out,  # a pipe that nobody reads meanwhile would fill up
        subprocess.Popen(
            [*timer_command(config), *more],
            cwd=config.parent,
            env=environment,
            stdout=out,
            stderr=subprocess.PIPE,
            text=True,
        ) as process,
    ):
        assert process.stderr is not None
        log = ""
        for number, line in enumerate(process.stderr, start=1):
            log += line
            if number == kill_after:
                with contextlib.suppress(ProcessLookupError):
                    process.send_signal(signal.SIGKILL)
        process.wait(timeout=120)
        out.seek(0)
        return process.returncode, out.read(), log


def state_of(store: Store) -> list[tuple[Any, ...]]:
    """Everything that a reader of the cases could see, but ids and moments."""
    return sorted(
        (
            str(c.network),
            c.tx_hash,
            str(c.position),
            c.state.value,
            str(c.cause),
            str(c.user),
            str(c.destination),
            tuple((e.event, str(e.from_state), e.to_state.value, e.actor) for e in c.trail),
        )
        for c in desk.list_cases(store)
    )
