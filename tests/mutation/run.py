"""``python -m mutation.run ROOM…``: mutants of a room, how many the tests kill, and which live.

Knows: the order of work, what is written down. Must not know: what a mutant is.

With ``--out`` each result is written as it comes, so that a run that is cut loses nothing: ``--resume`` goes on from there.
Ends with 1 where fewer than 90 % are killed, or where one lives that no file in ``survivors/`` explains.
"""

from __future__ import annotations

import argparse
import functools
import importlib.abc
import importlib.machinery
import importlib.util
import json
import os
import random
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

import pytest
from mutation.mutators import Mutant, plan_mutants
from mutation.rooms import ROOT, Room, load_rooms
from mutation.session import (
    Baseline,
    MutationSession,
    Outcome,
    _ask_child,
    compile_mutant,
    keep_family,
    limit_child,
    run_tests,
    stopwatch,
    wait_for,
    wait_seconds,
)

WANTED = 0.90
HERE = Path(__file__).parent
Key = tuple[str, str, str, str]
"""File, function, old and new text: what names a mutant whatever its line."""

_DEAD = (Outcome.KILLED, Outcome.TIMED_OUT)


@dataclass(frozen=True, slots=True)
class Tried:
    """One mutant and what became of it. ``tests`` is how many were chosen for it."""

    path: Path
    mutant: Mutant
    outcome: Outcome
    tests: int

    @property
    def key(self) -> Key:
        m = self.mutant
        return (str(self.path.relative_to(ROOT)), m.where, m.old, m.new)

    @property
    def row(self) -> dict[str, Any]:
        m = self.mutant
        return {
            "file": self.key[0],
            "number": m.number,
            "line": m.line,
            "function": m.where,
            "operator": m.operator,
            "old": m.old,
            "new": m.new,
            "outcome": self.outcome.value,
            "tests": self.tests,
        }


def main(arguments: Sequence[str] | None = None) -> int:
    rooms = load_rooms()
    parser = argparse.ArgumentParser(prog="mutation")
    parser.add_argument("rooms", nargs="*", metavar="ROOM", help=", ".join(rooms))
    parser.add_argument("--sample", type=int, help="mutants of each room, drawn by the seed")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--only", default="", help="files whose path contains this")
    parser.add_argument(
        "--again", type=Path, help="only what lived in the run that wrote this folder"
    )
    parser.add_argument("--at-import", action="store_true", help="only what is made at import")
    parser.add_argument("--out", type=Path, help="a folder for one JSON file for each room")
    parser.add_argument("--resume", action="store_true", help="without what --out already holds")
    options = parser.parse_args(arguments)
    unknown = [name for name in options.rooms if name not in rooms]
    if unknown:
        parser.error(f"no such room: {', '.join(unknown)}")
    if options.resume and options.out is None:
        parser.error("--resume goes on from the files of --out: name its folder")
    prepare()
    explained = load_survivors()
    bad = 0
    for name in options.rooms or rooms:
        bad += report(rooms[name], try_room(rooms[name], options), explained)
    return 1 if bad else 0


def prepare() -> None:
    """What every child shares: heavy libraries, and properties that look at the same examples each time."""
    os.chdir(ROOT)
    sys.path.insert(0, str(ROOT))
    os.environ["PYTHONHASHSEED"] = "0"
    import hypothesis
    import orjson  # noqa: F401  loaded once, before the forks
    import pydantic  # noqa: F401
    import sqlmodel  # noqa: F401

    hypothesis.settings.register_profile(
        "mutation",
        derandomize=True,
        database=None,
        deadline=None,
        max_examples=25,
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    hypothesis.settings.load_profile("mutation")


def plan(room: Room, options: argparse.Namespace) -> list[tuple[Path, Mutant]]:
    """The mutants of a room, or a sample of them: the same for the same seed and source."""
    planned = [
        (path, mutant)
        for path in room.sources
        if options.only in str(path)
        for mutant in plan_mutants(path.read_text("utf-8"))
    ]
    planned = _draw(room, options, planned)
    return [(path, m) for path, m in planned if not (options.at_import and m.function)]


def _draw(
    room: Room, options: argparse.Namespace, planned: list[tuple[Path, Mutant]]
) -> list[tuple[Path, Mutant]]:
    if options.again:
        lived = load_living(options.again, room.name)
        return [
            (path, m) for path, m in planned if Tried(path, m, Outcome.SURVIVED, 0).key in lived
        ]
    wanted = options.sample or room.sample
    if wanted is None or wanted >= len(planned):
        return planned
    chosen = random.Random(f"{options.seed} {room.name}").sample(range(len(planned)), wanted)
    return [planned[i] for i in sorted(chosen)]


def try_room(room: Room, options: argparse.Namespace) -> list[Tried]:
    """Every planned mutant; what an earlier run has tried is taken from its file."""
    planned = plan(room, options)
    file = None if options.out is None else _file_of(options.out, room.name)
    tried = load_tried(file, planned) if file and options.resume else []
    if file:
        write(file, tried)
    known = {(t.path, t.mutant.number) for t in tried}
    todo = [(path, m) for path, m in planned if (path, m.number) not in known]
    if tried:
        say(f"{room.name}: {len(tried)} of {len(planned)} are known")
    if todo:
        work = _ask_child(functools.partial(try_in_process, room, todo, options.jobs, file))
        tried += retry_out_of_reach(room, work, options.jobs, file)
    if file:
        write(file, tried)
    return tried


Work = tuple[list[tuple[Tried, list[str]]], Baseline]


def try_in_process(
    room: Room, planned: Sequence[tuple[Path, Mutant]], jobs: int, file: Path | None
) -> Work:
    """Every mutant whose function can be exchanged in a running process."""
    done: list[tuple[Tried, list[str]]] = []
    kept = Baseline()

    def work(session: MutationSession) -> None:
        nonlocal kept
        start = stopwatch()
        kept = session.measure(room.sources)
        say(f"{room.name}: {len(session.items)} tests, {stopwatch() - start:.0f} s under coverage")
        if kept.failed:
            say(f"  failed without any mutant, left out: {sorted(kept.failed)[:5]}")
        running: dict[int, tuple[Path, Mutant, list[str]]] = {}
        todo = list(reversed(planned))
        while todo or running:
            while todo and len(running) < jobs:
                path, mutant = todo.pop()
                passing = kept.find_tests(path, mutant) if mutant.function else []
                if mutant.function and not passing and kept.is_run(path, mutant):
                    done.append((Tried(path, mutant, Outcome.SURVIVED, 0), []))
                    note(file, done[-1][0])
                    continue
                tests = kept.choose(passing or None)
                if not passing:
                    done.append((Tried(path, mutant, Outcome.OUT_OF_REACH, len(tests)), tests))
                    continue
                pid = session.try_mutant(path, mutant, tests, wait_seconds(tests, kept))
                running[pid] = (path, mutant, tests)
            if running:
                pid, outcome = wait_for(running)
                path, mutant, tests = running.pop(pid)
                done.append((Tried(path, mutant, outcome, len(tests)), tests))
                note(file, done[-1][0])
                if len(done) % 100 == 0:
                    say(f"  {len(done)} of {len(planned)}, {stopwatch() - start:.0f} s")

    pytest.main(_arguments(room), plugins=[MutationSession(room.family, work)])
    return done, kept


def retry_out_of_reach(room: Room, work: Work, jobs: int, file: Path | None) -> list[Tried]:
    """What the running process could not change is imported changed, each in a process of its own."""
    done, baseline = work
    result = [tried for tried, _ in done if tried.outcome is not Outcome.OUT_OF_REACH]
    todo = [(t, tests) for t, tests in done if t.outcome is Outcome.OUT_OF_REACH]
    running: dict[int, Tried] = {}
    while todo or running:
        while todo and len(running) < jobs:
            tried, tests = todo.pop()
            if not tests:
                result.append(Tried(tried.path, tried.mutant, Outcome.SURVIVED, 0))
                note(file, result[-1])
                continue
            seconds = 40.0 + wait_seconds(tests, baseline)
            running[_import_changed(room, tried, tests, seconds)] = tried
        if running:
            pid, outcome = wait_for(running)
            tried = running.pop(pid)
            result.append(Tried(tried.path, tried.mutant, outcome, tried.tests))
            note(file, result[-1])
    return result


def _import_changed(room: Room, tried: Tried, tests: list[str], seconds: float) -> int:
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        limit_child(seconds)
        sys.meta_path.insert(0, _Changed(tried.path, tried.mutant))
        files = list(dict.fromkeys(test.partition("::")[0] for test in tests))
        code = int(pytest.main(_arguments(room, files), plugins=[_Chosen(room, tests)]))
    except BaseException:  # noqa: BLE001  a child must never return into the parent's loop
        code = 1
    os._exit(1 if code else 0)


def _arguments(room: Room, files: Sequence[str] | None = None) -> list[str]:
    # no reporter: a thousand runs have nothing to say; the project's own options are its own
    quiet = ["-o", "addopts=--import-mode=importlib", "-p", "no:terminal"]
    quiet += ["-p", "no:cacheprovider", "-p", "no:xdist"]
    quiet += ["-W", "ignore::pytest.PytestAssertRewriteWarning"]
    return [*quiet, *(room.tests if files is None else files)]


class _Chosen:
    """A pytest plugin that runs the chosen tests, the fastest first, until one fails."""

    def __init__(self, room: Room, tests: list[str]) -> None:
        self._room = room
        self._tests = tests

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        items = {item.nodeid: item for item in keep_family(session.items, self._room.family)}
        # a test that is gone or could not even be collected tells of the mutant, too
        gone = [test for test in self._tests if test not in items]
        if (
            gone
            or session.testsfailed
            or run_tests(session, list(map(items.__getitem__, self._tests)), stop=True).failed
        ):
            session.testsfailed += 1
        return True


class _Changed(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Imports one module of the project with its change, and leaves all others alone."""

    def __init__(self, path: Path, mutant: Mutant) -> None:
        parts = path.relative_to(ROOT).with_suffix("").parts
        self._name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        self._path = path
        self._mutant = mutant

    def find_spec(
        self, fullname: str, path: Any = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != self._name:
            return None
        package = [str(self._path.parent)] if self._path.stem == "__init__" else None
        return importlib.util.spec_from_file_location(
            fullname, self._path, loader=_FileLoader(fullname, self._path, self._mutant),
            submodule_search_locations=package,
        )  # fmt: skip


class _FileLoader(importlib.machinery.SourceFileLoader):
    def __init__(self, name: str, path: Path, mutant: Mutant) -> None:
        super().__init__(name, str(path))
        self._mutant = mutant
        self._file = path

    def get_code(self, fullname: str) -> CodeType:
        return compile_mutant(self._file.read_text("utf-8"), self._file, self._mutant.number)


Explained = dict[Key, str]


def load_survivors(folder: Path = HERE / "survivors") -> Explained:
    """The mutants that may live, each with the reason why no test can or should kill it."""
    rows = [
        row
        for path in sorted(folder.glob("*.toml"))
        for row in tomllib.loads(path.read_text("utf-8")).get("survivor", [])
    ]
    return {(r["file"], r["function"], r["old"], r["new"]): r["reason"] for r in rows}


def report(room: Room, tried: Sequence[Tried], explained: Explained) -> int:
    """Print the figures of a room; 1 where they are not good enough."""
    counts = Counter(t.outcome for t in tried)
    dead = sum(counts[o] for o in _DEAD)
    share = dead / len(tried) if tried else 1.0
    living = [t for t in tried if t.outcome is Outcome.SURVIVED]
    new = [t for t in living if t.key not in explained]
    say(
        f"{room.name}: {len(tried)} mutants, {dead} killed ({counts[Outcome.TIMED_OUT]} by the clock),"
        f" {len(living)} survived ({len(living) - len(new)} explained): {share:.1%}"
    )
    for t in sorted(new, key=lambda t: (t.path, t.mutant.line)):
        m = t.mutant
        say(
            f"  {t.path.relative_to(ROOT)}:{m.line} {m.where} [{m.operator}, {t.tests} tests]\n"
            f"      {m.old}\n   →  {m.new}"
        )
    return int(share < WANTED or bool(new))


def _file_of(folder: Path, name: str) -> Path:
    return folder / f"{name.replace('/', '-')}.jsonl"


def _line(tried: Tried) -> str:
    return json.dumps(tried.row, ensure_ascii=False) + "\n"


def note(file: Path | None, tried: Tried) -> None:
    """Write one result as it comes; what must still be imported changed is none."""
    if file is not None and tried.outcome is not Outcome.OUT_OF_REACH:
        with file.open("a", encoding="utf-8") as notes:
            notes.write(_line(tried))


def write(file: Path, tried: Sequence[Tried]) -> None:
    """All that was tried, in the order of the source, for a table or a later look."""
    file.parent.mkdir(parents=True, exist_ok=True)
    ordered = sorted(tried, key=lambda t: (t.path, t.mutant.number))
    file.write_text("".join(map(_line, ordered)), "utf-8")


def _load_rows(file: Path) -> Iterator[dict[str, Any]]:
    """The results of a file (`note`); a last line that was cut is none."""
    lines = file.read_text("utf-8").splitlines(keepends=True)
    return (json.loads(line) for line in lines if line.endswith("\n"))


def load_tried(file: Path, planned: Sequence[tuple[Path, Mutant]]) -> list[Tried]:
    """Those of the planned mutants that a file tells the end of, if the source still has them."""
    written = _load_rows(file) if file.exists() else ()
    rows = {(r["file"], r["number"], r["old"], r["new"]): r for r in written}
    found = []
    for path, m in planned:
        row = rows.get((str(path.relative_to(ROOT)), m.number, m.old, m.new))
        if row is not None:
            found.append(Tried(path, m, Outcome(row["outcome"]), row["tests"]))
    return found


def load_living(folder: Path, name: str) -> set[Key]:
    """What lived in an earlier run (`write`)."""
    return {
        (r["file"], r["function"], r["old"], r["new"])
        for r in _load_rows(_file_of(folder, name))
        if r["outcome"] == Outcome.SURVIVED
    }


def say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
