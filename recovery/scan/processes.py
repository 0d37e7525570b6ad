"""Looks and chunks in several processes of this machine, behind the standard `Executor` interface.

Knows: `multiprocessing`'s managers, how endpoints' limits are shared out. Must not know: what a task does, cursors, cases.

One interpreter keeps one core busy, however many threads it has. Each process here runs what it is asked in threads of its
own, so that nodes are waited for side by side as at home. One that dies is replaced, and what it was at is done again: looks
keep nothing, and of a chunk what was looked at is not due any longer. None outlives the process that started it.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import pickle
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from multiprocessing.managers import BaseManager
from pathlib import Path
from typing import Any, Protocol, TypeVar

from recovery.config import Config
from recovery.errors import Unreachable
from recovery.store import parse_database_url

TRIES = 3
"""Processes that the same work may end before it is given up: it is the work then."""

MOST_DEATHS = 12
"""In one run: then it is the machine."""

_LOOKS_AT_ONCE = 32
"""Beside chunks: eight networks with four looks each, so that those that wait for a slow node keep no other waiting."""

_T = TypeVar("_T")
_log = logging.getLogger(__name__)


class Runner(Protocol):
    """Where tasks are run: pickled function and arguments in, pickled outcome out."""

    def run(self, task: bytes) -> bytes: ...


class _Runner:
    def run(self, task: bytes) -> bytes:
        try:
            fn, args, kwargs = pickle.loads(task)  # noqa: S301  by `Processes.submit`, over a socket of ours alone
            return pickle.dumps((True, fn(*args, **kwargs)))
        except Exception as failed:  # noqa: BLE001  it is raised again where the task came from
            return _print_error(failed)


def _print_error(failed: Exception) -> bytes:
    try:
        printed = pickle.dumps((False, failed))
        pickle.loads(printed)  # noqa: S301  some can be pickled and not be read
    except Exception:  # noqa: BLE001
        return pickle.dumps((False, RuntimeError(f"{type(failed).__name__}: {failed}")))
    return printed


class _Manager(BaseManager):
    """A process that serves each thread of ours in a thread of its own."""


_Manager.register("Runner", _Runner)


class Processes(ThreadPoolExecutor):
    """Runs what it is given in one of ``count`` processes, each made by ``start``, all ended by ``end``.

    ``config`` is what tasks must be made of, ``threads`` how many chunks are meant to be under way. Where the
    same work ends `TRIES` processes, it fails with `Unreachable`; after `MOST_DEATHS` everything does, and ``lost`` says so.
    """

    def __init__(
        self,
        start: Callable[[], Runner],
        end: Callable[[], None],
        config: Config,
        *,
        count: int,
        threads: int,
    ) -> None:
        super().__init__(threads + _LOOKS_AT_ONCE, thread_name_prefix="process")
        self.config = config
        self.threads = threads
        self.lost: str | None = None
        self._start, self._end = start, end
        self._runners = [start() for _ in range(count)]
        self._under_way = [0] * count
        self._deaths = 0
        self._choice = threading.Lock()

    def submit(self, fn: Callable[..., _T], /, *args: Any, **kwargs: Any) -> Future[_T]:
        return super().submit(self._run, pickle.dumps((fn, args, kwargs)))

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End it; with ``cancel_futures`` what is under way fails too, and is not waited for."""
        if cancel_futures:
            self.lost = self.lost or "they were ended"
            self._end()
        super().shutdown(wait, cancel_futures=cancel_futures)

    def _run(self, task: bytes) -> Any:
        for _ in range(TRIES):
            place, runner = self._choose()
            try:
                answer = runner.run(task)
            except (EOFError, OSError):  # what the task raised is in its answer
                self._replace(place, runner)
                continue
            finally:
                with self._choice:
                    self._under_way[place] -= 1
            done, told = pickle.loads(answer)  # noqa: S301
            if not done:
                raise told
            return told
        raise _died(f"the same work ended {TRIES} processes")

    def _choose(self) -> tuple[int, Runner]:
        """The process that has least to do."""
        with self._choice:
            if self.lost is not None:
                raise _died(self.lost)
            place = self._under_way.index(min(self._under_way))
            self._under_way[place] += 1
            return place, self._runners[place]

    def _replace(self, place: int, dead: Runner) -> None:
        with self._choice:
            if self._runners[place] is not dead or self.lost is not None:
                return  # another of its tasks noticed before
            self._deaths += 1
            _log.warning("one of the processes died; what it was at is done again")
            if self._deaths == MOST_DEATHS:
                self.lost = f"{MOST_DEATHS} processes died"
            else:
                self._runners[place] = self._start()


def _died(text: str) -> Unreachable:
    hint = "most likely memory was short: fewer --processes; run it again, it goes on where it was"
    return Unreachable("process-died", text, hint=hint, where="--processes")


@contextmanager
def open_processes(count: int, config: Config) -> Iterator[Processes]:
    """So many processes, with as many chunks at once over all of them as a night has workers.

    Raises `Unreachable` where one can't be started.
    """
    context = multiprocessing.get_context("spawn")
    numbers = iter(range(count + MOST_DEATHS))
    with (
        tempfile.TemporaryDirectory(prefix="recovery-") as folder,
        ExitStack() as started,
    ):

        def start() -> Runner:
            address = str(Path(folder, str(next(numbers))))
            manager = _Manager(address, ctx=context)
            try:
                manager.start(_end_with_parent, (folder,))
                started.callback(manager.shutdown)
                runner: Runner = manager.Runner()  # type: ignore[attr-defined]
            except (EOFError, OSError) as failed:
                raise _died("a process ended before it began") from failed
            return runner

        threads = max(config.rescan.workers, count)
        limited = share_limits(config, count + 1)
        with Processes(start, started.close, limited, count=count, threads=threads) as processes:
            yield processes


def _end_with_parent(folder: str) -> None:
    """In the new process: one whose parent was killed would wait for it for ever."""
    parent = multiprocessing.parent_process()
    assert parent is not None

    def watch() -> None:
        parent.join()
        shutil.rmtree(folder, ignore_errors=True)
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
