"""One pytest run that is asked again and again: collected once, forked for every mutant.

Knows: pytest's run loop, which tests pass over which line, how a function is exchanged in a running
process. Must not know: which changes are made (`mutation.mutators`), what is reported.

The parent collects and never runs a test. A forked child runs every test once under coverage, so
that it is known which tests pass over which line and how long they take. Then each mutant has a
child of its own: the function's code is exchanged in place, wherever the function object went,
and the tests of that line run, the fastest first, until one fails. What is computed at import is
out of reach of this: such mutants are run in a process that imports the changed module
(`mutation.run`).
"""

from __future__ import annotations

import ast
import functools
import gc
import os
import pickle
import resource
import signal
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

import pytest
from mutation.mutators import Mutant, apply_mutant
from mutation.rooms import SLOW, WHOLE

MOST_SECONDS = 6.0
"""Tests that one mutant is worth, by their time in the first run: the fastest of those that pass there.

All times are those of the processor, not of the clock: on a busy machine the same tests are chosen, and
a mutant is not killed because others were served first.
"""

_MEMORY = 6 * 2**30

Functions = dict[tuple[str, str, int], list[FunctionType]]
"""By file, qualified name and first line: one code may have several function objects."""


class Outcome(StrEnum):
    KILLED = "killed"
    SURVIVED = "survived"
    TIMED_OUT = "timed out"
    OUT_OF_REACH = "out of reach"
    """Not a result: the mutant must be run in a process that imports it."""


@dataclass(slots=True)
class Baseline:
    """What the tests did without any mutant. ``lines``: by file and line, the tests that pass there."""

    seconds: dict[str, float] = field(default_factory=dict)
    failed: set[str] = field(default_factory=set)
    lines: dict[str, dict[int, list[str]]] = field(default_factory=dict)

    def find_tests(self, path: Path, mutant: Mutant) -> list[str]:
        """The tests that pass over the changed line, or over its statement, where only that is seen."""
        lines = self.lines.get(str(path), {})
        return lines.get(mutant.line) or lines.get(mutant.statement) or []

    def is_run(self, path: Path, mutant: Mutant) -> bool:
        """Whether any test passes through the function that holds the change."""
        lines = self.lines.get(str(path), {})
        return any(lines.get(n) for n in range(mutant.first_line + 1, mutant.last_line + 1))

    def choose(self, found: Iterable[str] | None) -> list[str]:
        """These tests, those of whole answers and then the fastest first, as far as they are worth it; without any named, those of the
        whole room: what is made at import may be read anywhere.
        """
        found = self.seconds.keys() - self.failed if found is None else found
        ordered = sorted(found, key=lambda test: (not _is_whole(test), self.seconds[test], test))
        chosen: list[str] = []
        spent = 0.0
        for test in ordered:
            spent += self.seconds[test]
            if chosen and spent > MOST_SECONDS:
                break
            chosen.append(test)
        return chosen


def _is_whole(test: str) -> bool:
    return any(name in test for name in WHOLE)


class Reports:
    """A pytest plugin: what failed, and how much processor time each test took."""

    def __init__(self) -> None:
        self.failed: set[str] = set()
        self.seconds: dict[str, float] = defaultdict(float)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        start = time.process_time()
        done = yield
        self.seconds[item.nodeid] += time.process_time() - start
        return done

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed.add(report.nodeid)


def keep_family(items: list[pytest.Item], family: str | None) -> list[pytest.Item]:
    """Without PostgreSQL and the slow ones, and without the fixtures of other families."""
    if family is None:
        without = ("postgresql", *SLOW)
        return [i for i in items if not any(name in i.nodeid for name in without)]
    from recovery.networks import load_registry

    registry = load_registry()
    kept = []
    for item in items:
        fixture = getattr(getattr(item, "callspec", None), "params", {}).get("fixture")
        network = getattr(fixture, "network", None)
        if network is None or registry[network].family == family:
            kept.append(item)
    return kept


def run_tests(session: pytest.Session, items: Sequence[pytest.Item], *, stop: bool) -> Reports:
    """Run these tests in this process; with ``stop`` until the first that fails."""
    reports = Reports()
    session.config.pluginmanager.register(reports)
    for item, following in zip(items, [*items[1:], None], strict=True):
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        if stop and reports.failed:
            break
    return reports


class MutationSession:
    """A pytest plugin whose run loop is ``work``."""

    def __init__(self, family: str | None, work: Callable[[MutationSession], None]) -> None:
        self._family = family
        self._work = work
        self.session: pytest.Session | None = None
        self.items: dict[str, pytest.Item] = {}
        self._functions: Functions = {}
        self._caches: list[functools._lru_cache_wrapper[Any]] = []

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = keep_family(items, self._family)

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        self.session = session
        self.items = {item.nodeid: item for item in session.items}
        self._functions, self._caches = find_functions(), find_caches()
        gc.freeze()  # what the children share stays shared
        self._work(self)
        return True

    def _forget(self) -> None:
        for cache in self._caches:
            cache.cache_clear()

    def measure(self, sources: Sequence[Path]) -> Baseline:
        """Run every test once, in a child, and note which lines of the sources it passes over."""
        measured: Baseline = _ask_child(lambda: self._measure(sources))
        return measured

    def _measure(self, sources: Sequence[Path]) -> Baseline:
        import coverage

        assert self.session is not None
        self._forget()
        watch = coverage.Coverage(
            data_file=None, include=[str(s) for s in sources], config_file=False
        )
        baseline = Baseline()
        reports = Reports()
        self.session.config.pluginmanager.register(reports)
        watch.start()
        ordered = list(self.items.values())
        files = {str(source) for source in sources}
        kept = [c for c in self._caches if c.__wrapped__.__code__.co_filename in files]
        for item, following in zip(ordered, [*ordered[1:], None], strict=True):
            watch.switch_context(item.nodeid)
            for cache in kept:  # else only the first test that asks would be seen to pass there
                cache.cache_clear()
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        watch.stop()
        baseline.seconds = dict(reports.seconds)
        baseline.failed = reports.failed
        data = watch.get_data()
        for source in data.measured_files():
            lines = data.contexts_by_lineno(source)
            baseline.lines[source] = {
                line: [t for t in tests if t in self.items and t not in reports.failed]
                for line, tests in lines.items()
            }
        return baseline

    def try_mutant(self, path: Path, mutant: Mutant, tests: Sequence[str], seconds: float) -> int:
        """Fork a child that runs the tests with that change; gives its process id."""
        pid = os.fork()
        if pid:
            return pid
        try:
            limit_child(seconds)
            self._forget()
            code = 3
            if exchange_code(path, mutant, self._functions):
                assert self.session is not None
                chosen = [self.items[test] for test in tests]
                code = 1 if run_tests(self.session, chosen, stop=True).failed else 0
        except BaseException:  # noqa: BLE001  a child must never return into the parent's loop
            code = 1
        os._exit(code)


def limit_child(seconds: float) -> None:
    """The lowest priority, silence, limits on time that Python can't catch, and one on memory."""
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    os.nice(19)
    for its_signal, timer, most in (
        (signal.SIGPROF, signal.ITIMER_PROF, seconds),
        (signal.SIGALRM, signal.ITIMER_REAL, 60 + 20 * seconds),  # it waits for ever
    ):
        signal.signal(its_signal, signal.SIG_DFL)
        signal.setitimer(timer, most)
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))


def read_status(status: int) -> Outcome:
    """What a child's end means: killed by the alarm is a mutant that never came to an end."""
    if os.WIFSIGNALED(status):
        by_timer = os.WTERMSIG(status) in (signal.SIGPROF, signal.SIGALRM)
        return Outcome.TIMED_OUT if by_timer else Outcome.KILLED
    found = {0: Outcome.SURVIVED, 3: Outcome.OUT_OF_REACH}
    return found.get(os.WEXITSTATUS(status), Outcome.KILLED)


def find_caches() -> list[functools._lru_cache_wrapper[Any]]:
    """What functions of this project remember: it was computed without the mutant."""
    return [
        thing
        for thing in gc.get_objects()
        if isinstance(thing, functools._lru_cache_wrapper)
        and thing.__module__.startswith("recovery")
    ]


def find_functions() -> Functions:
    """Every live function object."""
    found = defaultdict(list)
    for thing in gc.get_objects():
        if isinstance(thing, FunctionType):
            code = thing.__code__
            found[code.co_filename, code.co_qualname, code.co_firstlineno].append(thing)
    return dict(found)


def exchange_code(path: Path, mutant: Mutant, functions: Functions) -> bool:
    """Put the changed code into every live function object of that place; False where there is none."""
    source = path.read_text("utf-8")
    code = compile_mutant(source, path, mutant.number)
    new = _find_code(code, mutant)
    if new is None or mutant.function is None:
        return False
    found = functions.get((str(path), mutant.function, mutant.first_line), [])
    if any(thing.__code__.co_freevars != new.co_freevars for thing in found):
        return False
    for thing in found:
        thing.__code__ = new
    return bool(found)


def compile_mutant(source: str, path: Path, number: int) -> CodeType:
    tree: ast.Module = apply_mutant(source, number)
    compiled: CodeType = compile(tree, str(path), "exec", dont_inherit=True)
    return compiled


def _find_code(code: CodeType, mutant: Mutant) -> CodeType | None:
    todo: list[CodeType] = [code]
    while todo:
        one = todo.pop()
        if one.co_qualname == mutant.function and one.co_firstlineno == mutant.first_line:
            return one
        todo += [c for c in one.co_consts if isinstance(c, CodeType)]
    return None


def _ask_child(work: Callable[[], Any]) -> Any:
    """The value of ``work`` as a forked child computes it, by way of a file."""
    with tempfile.NamedTemporaryFile() as file:
        pid = os.fork()
        if not pid:
            code = 1
            try:
                Path(file.name).write_bytes(pickle.dumps(work()))
                code = 0
            except BaseException:  # noqa: BLE001  a child must never return into the parent's loop
                import traceback

                traceback.print_exc()
                sys.stderr.flush()
            os._exit(code)
        _, status = os.waitpid(pid, 0)
        if status:
            raise RuntimeError("the tests could not be measured without a mutant")
        return pickle.loads(Path(file.name).read_bytes())


def wait_for(pids: Iterable[int]) -> tuple[int, Outcome]:
    """The next child that ends."""
    del pids
    pid, status = os.wait()
    return pid, read_status(status)


def wait_seconds(tests: Sequence[str], baseline: Baseline) -> float:
    """How long a mutant's tests may take: much longer than without it."""
    return 10.0 + 4 * sum(baseline.seconds[test] for test in tests)


def stopwatch() -> float:
    return time.monotonic()
