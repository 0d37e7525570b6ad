"""Looks and chunks in several processes of this machine, behind the standard `Executor` interface.

Knows: `multiprocessing`'s managers, how endpoints' limits are shared out. Must not know: what a task does, cursors, cases.

One interpreter keeps one core busy, however many threads it has. Each process here runs what it is asked in threads of its
own, so that nodes are waited for side by side as at home. What a process was at when it died is done again by another
one: looks keep nothing and chunks may be run twice. None outlives the one that started it.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from multiprocessing.managers import BaseManager
from typing import Any, TypeVar

from recovery.config import Config
from recovery.errors import Unreachable
from recovery.store import parse_database_url

_T = TypeVar("_T")
_log = logging.getLogger(__name__)


class _Runner:
    def run(self, fn: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        return fn(*args, **kwargs)


class _Manager(BaseManager):
    """A process that serves each thread of ours in a thread of its own."""


_Manager.register("Runner", _Runner)


class Processes(ThreadPoolExecutor):
    """Runs what it is given in one of the processes, ``threads`` tasks at once over all of them.

    ``config`` is what tasks must be made of. Where every process died, what is asked fails with `Unreachable`, and
    ``lost`` says so afterwards.
    """

    def __init__(self, runners: Sequence[Any], config: Config, threads: int) -> None:
        super().__init__(threads, thread_name_prefix="process")
        self.config = config
        self.threads = threads
        self.lost: str | None = None
        self._living = dict(enumerate(runners, 1))
        self._under_way = dict.fromkeys(self._living, 0)
        self._choice = threading.Lock()

    def submit(self, fn: Callable[..., _T], /, *args: Any, **kwargs: Any) -> Future[_T]:
        return super().submit(self._run, fn, args, kwargs)

    def _run(self, fn: Callable[..., _T], args: tuple[Any, ...], kwargs: dict[str, Any]) -> _T:
        while True:
            number, runner = self._choose()
            try:
                result: _T = runner.run(fn, args, kwargs)
            except (EOFError, ConnectionError):
                self._bury(number)
            else:
                return result
            finally:
                with self._choice:
                    self._under_way[number] -= 1

    def _choose(self) -> tuple[int, Any]:
        """The living process that has least to do."""
        with self._choice:
            if not self._living:
                self.lost = "every process died"
                hint = "run it again: it goes on where it was"
                raise Unreachable("process-died", self.lost, hint=hint, where="--processes")
            number = min(self._living, key=self._under_way.__getitem__)
            self._under_way[number] += 1
            return number, self._living[number]

    def _bury(self, number: int) -> None:
        with self._choice:
            if self._living.pop(number, None) is not None:
                left = len(self._living)
                _log.warning("process %d died, %d are left and do its work again", number, left)


@contextmanager
def open_processes(count: int, config: Config) -> Iterator[Processes]:
    """So many processes, with as many tasks at once over all of them as a night has workers."""
    context = multiprocessing.get_context("spawn")
    with ExitStack() as started:
        managers = [started.enter_context(_start(_Manager(ctx=context))) for _ in range(count)]
        runners = [manager.Runner() for manager in managers]  # type: ignore[attr-defined]
        threads = max(config.rescan.workers, count)
        with Processes(runners, share_limits(config, count + 1), threads) as processes:
            yield processes


@contextmanager
def _start(manager: _Manager) -> Iterator[_Manager]:
    manager.start(_end_with_parent)
    try:
        yield manager
    finally:
        manager.shutdown()


def _end_with_parent() -> None:
    """In the new process: one whose parent was killed would wait for it for ever."""
    parent = multiprocessing.parent_process()
    assert parent is not None

    def watch() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=watch, name="parent", daemon=True).start()


def share_limits(config: Config, count: int) -> Config:
    """The same for one of so many processes, each with its part of what an endpoint allows.

    On PostgreSQL the limits are the database's to keep, for whoever asks (`recovery.pacing`).
    """
    if parse_database_url(config.database_url).drivername != "sqlite":
        return config
    networks = {
        code: section.model_copy(
            update={"requests_per_second": section.requests_per_second / count}
        )
        if section.requests_per_second
        else section
        for code, section in config.networks.items()
    }
    return config.model_copy(update={"networks": networks})
