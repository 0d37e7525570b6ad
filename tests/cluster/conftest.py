"""A real cluster on the loopback: a scheduler, and workers that are started and killed as processes."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from nodes.evm import Chain, start_chain
from nodes.litecoind import Litecoind, run_litecoind

REPOSITORY = Path(__file__).parents[2]
DASK = shutil.which("dask", path=str(Path(sys.executable).parent)) or "dask"


def plain_environment(**more: str) -> dict[str, str]:
    """This process's own, without what would tell a worker where its configuration is."""
    left = ("COVERAGE_PROCESS_START", "RECOVERY_CONFIG", "RECOVERY_DATABASE_URL", "RECOVERY_NOW")
    return {k: v for k, v in os.environ.items() if k not in left} | more


def start(*words: str, log: Path, **environment: str) -> subprocess.Popen[bytes]:
    with log.open("ab") as file:
        return subprocess.Popen(
            [DASK, *words],
            stdout=file,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            env=plain_environment(**environment),
            cwd=log.parent,
        )


def stop(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(signal.SIGKILL)
    process.wait(20)


@contextlib.contextmanager
def run_scheduler() -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """A scheduler on a free port: its address and its process."""
    with tempfile.TemporaryDirectory(prefix="dask") as folder:
        file, log = Path(folder, "scheduler.json"), Path(folder, "scheduler.log")
        words = ("--host", "127.0.0.1", "--port", "0", "--no-dashboard")
        process = start("scheduler", *words, "--scheduler-file", str(file), log=log)
        try:
            deadline = time.monotonic() + 60
            while True:
                with contextlib.suppress(OSError, ValueError):
                    address: str = json.loads(file.read_text("utf-8"))["address"]
                    break
                assert process.poll() is None, log.read_text("utf-8")
                assert time.monotonic() < deadline
                time.sleep(0.05)
            yield address, process
        finally:
            stop(process)


@pytest.fixture(scope="session")
def scheduler() -> Iterator[str]:
    """The address of a scheduler of this test process."""
    with run_scheduler() as (address, _):
        yield address


Starting = Callable[..., subprocess.Popen[bytes]]


@pytest.fixture
def start_worker(scheduler: str, tmp_path: Path) -> Iterator[Starting]:
    """Starts `dask worker` with two threads and no nanny: a killed one stays dead."""
    started: list[subprocess.Popen[bytes]] = []

    def begin(
        config: Path, *, address: str = scheduler, **environment: str
    ) -> subprocess.Popen[bytes]:
        words = ("--nthreads", "2", "--nworkers", "1", "--no-nanny", "--no-dashboard")
        place = tmp_path / f"worker{len(started)}"
        process = start(
            "worker",
            address,
            *words,
            *("--host", "127.0.0.1", "--memory-limit", "0", "--local-directory", str(place)),
            log=tmp_path / f"worker{len(started)}.log",
            RECOVERY_CONFIG=str(config),
            **environment,
        )
        started.append(process)
        return process

    yield begin
    for process in started:
        stop(process)


def wait_until_joined(*workers: subprocess.Popen[bytes], folder: Path) -> None:
    """Wait until so many workers of a folder say that the scheduler knows them."""
    deadline = time.monotonic() + 60
    while sum("Registered to" in x.read_text("utf-8") for x in folder.glob("worker*.log")) < len(
        workers
    ):
        assert [w.poll() for w in workers] == [None] * len(workers)
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.fixture(scope="session")
def ltc() -> Iterator[Litecoind]:
    """One for all tests: each has addresses of its own on it, and coins take a hundred blocks to be spent."""
    with run_litecoind(blocks=120) as node:
        yield node


@pytest.fixture
def eth() -> Iterator[Chain]:
    """A chain of the test's own: fifty seeds on one would each scan the blocks of all before."""
    with start_chain("ETH") as chain:
        yield chain
