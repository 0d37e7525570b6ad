"""Looks and chunks on many machines: a Dask cluster behind the standard `Executor` interface.

Knows: `distributed` (the only room that does, and only once a cluster is asked for), which workers fit. Must not know:
what a task does, cursors, cases.

A task travels as a name and its arguments, never with secrets: the configuration goes by name, and each worker
opens its own (``RECOVERY_CONFIG``, ``RECOVERY_DATABASE_URL``, the headers' variables). A worker of another version,
another database or other rules is refused by name, at the beginning and again at each task, since workers join
whenever they like. The scheduler opens nothing: it passes bytes on.
"""

from __future__ import annotations

import hashlib
import json
import os
import pickle
import platform
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import CancelledError, Executor, Future
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from recovery.config import Config, EndpointConfig, load_config
from recovery.errors import BadInput, RecoveryError, Unreachable
from recovery.store import newest_revision, open_store, parse_database_url

CONNECT_SECONDS = 10.0
EMPTY_SECONDS = 60.0
"""How long work may lie at a cluster that has no worker left: a killed one is back by then, or nobody comes."""

_T = TypeVar("_T")
_Facts = Mapping[str, str]
_Client = Any
"""`distributed.Client`, whose methods have no types."""


class OwnConfig(Config):
    """A configuration that never travels: who unpickles it gets the one of the process it is in."""

    def __reduce__(self) -> tuple[Callable[[], Config], tuple[()]]:
        return _own_config, ()


class Cluster(Executor):
    """Runs `run_task` on the workers; ``config`` is what tasks must be made of, ``threads`` how many run at once.

    A cluster that is gone, or has no worker for `EMPTY_SECONDS`, fails what was asked of it with `Unreachable`;
    ``lost`` says so afterwards.
    """

    def __init__(self, client: _Client, config: Config, threads: int) -> None:
        self.config = OwnConfig.model_construct(**dict(config))
        self.threads = threads
        self.lost: str | None = None
        self._client = client
        self._pool = client.get_executor(pure=False)
        self._ours = fingerprint(describe_process(config))
        self._waiting: set[Future[Any]] = set()
        self._lock = threading.Lock()
        self._ends = threading.Event()
        self._watcher = threading.Thread(target=self._watch, name="cluster", daemon=True)
        self._watcher.start()

    def submit(self, fn: Callable[..., _T], /, *args: Any, **kwargs: Any) -> Future[_T]:
        here: Future[_T] = Future()
        task = pickle.dumps((fn, args, kwargs))
        try:
            there = self._pool.submit(run_task, task, self._ours)
        except Exception:  # it names no class for a client whose scheduler went away
            if self._client.status == "running":
                raise
            self.lost = self.lost or "the scheduler is gone"
            here.set_exception(_lost(self.lost))
            return here
        with self._lock:
            self._waiting.add(here)

        def bring(done: Future[_T]) -> None:
            if not self._settle(here):
                return
            failed = CancelledError() if done.cancelled() else done.exception()
            if failed is None:
                here.set_result(done.result())
            else:
                here.set_exception(self._read_failure(failed))

        def drop(cancelled: Future[_T]) -> None:
            if cancelled.cancelled():
                there.cancel()

        here.add_done_callback(drop)
        there.add_done_callback(bring)
        return here

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        self._ends.set()
        if wait:
            self._watcher.join()
        self._pool.shutdown(wait=wait and not cancel_futures)

    def _settle(self, future: Future[Any]) -> bool:
        """Whether it is ours to say what became of it: nobody did before, and it was not cancelled."""
        with self._lock:
            if future not in self._waiting:
                return False
            self._waiting.discard(future)
            return future.set_running_or_notify_cancel()

    def _read_failure(self, failed: BaseException) -> BaseException:
        """Our own errors as they are; the cluster's as a source that could not be asked."""
        from distributed import KilledWorker
        from distributed.comm.core import CommClosedError

        if isinstance(failed, RecoveryError):
            return failed
        if isinstance(failed, KilledWorker):
            text = f"the same work ended several workers: {failed}"
            return Unreachable("cluster-worker-died", text, hint="see the workers' logs")
        if isinstance(failed, (CancelledError, CommClosedError)):
            self.lost = self.lost or "the scheduler is gone"
            return _lost(self.lost)
        return failed

    def _watch(self) -> None:
        """Give up what waits for workers that do not come."""
        seen = time.monotonic()
        while not self._ends.wait(1.0):
            with self._lock:
                waiting = list(self._waiting)
            try:
                if self._client.nthreads() or not waiting:
                    seen = time.monotonic()
                    continue
            except Exception:  # noqa: BLE001  whatever it says: there is no cluster at the moment
                if not waiting:
                    continue
            if time.monotonic() - seen > EMPTY_SECONDS:
                self.lost = f"no worker for {EMPTY_SECONDS:g} seconds"
                for future in waiting:
                    if self._settle(future):
                        future.set_exception(_lost(self.lost))


def _lost(text: str) -> Unreachable:
    return Unreachable(
        "cluster-lost", text, hint="run it again: it goes on where it was", where="--cluster"
    )


@contextmanager
def open_cluster(address: str, config: Config) -> Iterator[Cluster]:
    """The cluster at an address, once all of its workers fit.

    Raises `BadInput` for SQLite, without the extra, for no address and for workers that do not fit; `Unreachable`
    where nobody answers or there is no worker.
    """
    if parse_database_url(config.database_url).drivername == "sqlite":
        raise BadInput(
            "cluster-needs-postgresql",
            "many machines can't share a SQLite file",
            hint="set database_url to a PostgreSQL database that all of them reach",
            where="database_url",
        )
    client = _connect(address)
    try:
        open_store(config.database_url).close()  # migrated once, here: workers migrate nothing
        threads = _check_workers(client, address, describe_process(config))
        cluster = Cluster(client, config, threads)
        try:
            yield cluster
        finally:
            cluster.shutdown(cancel_futures=True)
    finally:
        client.close(timeout=CONNECT_SECONDS)


def _connect(address: str) -> _Client:
    try:
        from distributed import Client
    except ImportError:
        raise BadInput(
            "cluster-not-installed",
            "the part of recovery that speaks to a Dask cluster is not installed",
            hint="pip install 'recovery[cluster]', here and on every machine of the cluster",
            where="--cluster",
        ) from None
    kind, _, place = address.partition("://")
    if kind not in ("tcp", "tls") or not place.rpartition(":")[2].isdigit():
        raise BadInput(
            "bad-cluster-address",
            f"{address!r} is no address of a scheduler",
            hint="tcp://HOST:8786, or tls://HOST:8786",
            where="--cluster",
        )
    try:
        connect: Any = Client
        return connect(address, timeout=CONNECT_SECONDS, set_as_default=False, name="recovery")
    except (OSError, ValueError) as refused:
        raise Unreachable(
            "cluster-unreachable",
            f"{address}: no scheduler answers: {' '.join(str(refused).split())}",
            hint="start it with `dask scheduler`",
            where="--cluster",
        ) from refused


def _check_workers(client: _Client, address: str, ours: _Facts) -> int:
    """How many threads the workers have together, where all of them fit."""
    try:
        client.wait_for_workers(1, timeout=CONNECT_SECONDS)
    except TimeoutError:
        raise Unreachable(
            "cluster-empty",
            f"{address} has no worker",
            hint="start some with `dask worker ADDRESS`",
            where="--cluster",
        ) from None
    told = client.run(describe_worker, on_error="return")
    for worker, facts in sorted(told.items()):
        if isinstance(facts, RecoveryError):
            raise BadInput(
                "cluster-mismatch",
                f"{worker}: {facts.text}",
                hint=facts.hint,
                where=facts.where,
            )
        if isinstance(facts, BaseException):
            text = f"{worker} can't say what it is: {type(facts).__name__}: {facts}"
            raise BadInput("cluster-mismatch", text, hint=_SAME, where="--cluster")
        check_facts(worker, facts, ours)
    return sum(client.nthreads().values())


_SAME = "the same version, configuration and database on every machine; restart the worker then"


def check_facts(worker: str, facts: _Facts, ours: _Facts) -> None:
    """Raise `BadInput` that names the worker and what is not as here; secrets are not among the facts."""
    for name in sorted({*facts, *ours}):
        if facts.get(name) != ours.get(name):
            raise BadInput(
                "cluster-mismatch",
                f"{worker}: {name} is {facts.get(name, 'missing')} there and {ours.get(name, 'missing')} here",
                hint=_SAME,
                where=name,
            )


def fingerprint(facts: _Facts) -> str:
    """All facts in one digest."""
    return hashlib.sha256(json.dumps(dict(facts), sort_keys=True).encode()).hexdigest()


def describe_process(config: Config) -> dict[str, str]:
    """What must be equal wherever a task runs, in names, versions and digests: no URL's path, no header's value.

    Raises `RecoveryError` where the configuration does not work here: a missing secret, a database out of reach.
    """
    facts = {
        "recovery": _version("recovery"),
        "distributed": _version("distributed"),
        "python": ".".join(platform.python_version_tuple()[:2]),
        "revision": newest_revision(),
        "RECOVERY_NOW": os.environ.get("RECOVERY_NOW", "not set"),
        "database": _name_database(config.database_url),
    }
    for key in ("fee_policy", "abuse_policy", "proof_policy"):
        path = getattr(config, key)
        facts[key] = "as delivered" if path is None else _digest(Path(path).read_bytes())
    plain = config.model_dump(mode="json", include={"prices", "desk", "proof_site"})
    plain["prices"] = {k: v for k, v in plain["prices"].items() if k != "headers"}
    plain["prices"]["endpoint"] = _host(config.prices.endpoint or "")
    facts["prices, desk, proof_site"] = _digest(_print(plain))
    for code, section in sorted(config.networks.items()):
        section.secret_headers(code)  # or it says which variable is missing
        said = section.model_dump(mode="json")
        said["headers"] = sorted(section.headers)
        for name in ("endpoints", "testnet_endpoints"):
            said[name] = [_without_secrets(endpoint) for endpoint in getattr(section, name)]
        facts[f"networks.{code}"] = _digest(_print(said))
    return facts


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _name_database(url: str) -> str:
    """Which database it is, whatever the URL calls its host; raises where it is of another revision."""
    query = "SELECT system_identifier FROM pg_control_system()"
    ours = "SELECT oid FROM pg_database WHERE datname = current_database()"
    with open_store(url, migrate=False) as store, store.look() as connection:
        server = connection.exec_driver_sql(query).scalar_one()
        return f"{server}/{connection.exec_driver_sql(ours).scalar_one()}"


def _without_secrets(endpoint: EndpointConfig) -> dict[str, Any]:
    return {**endpoint.model_dump(mode="json"), "url": _host(endpoint.url)}


def _host(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname}:{parts.port}"


def _print(said: Any) -> bytes:
    return json.dumps(said, sort_keys=True).encode()


def _digest(said: bytes) -> str:
    return hashlib.sha256(said).hexdigest()[:12]


# What runs on a worker.

_LOCK = threading.RLock()
_OPENED: list[tuple[Config, dict[str, str]]] = []


def describe_worker() -> dict[str, str]:
    """This worker's facts, its configuration read afresh: a changed file counts from the next run on."""
    with _LOCK:
        config = load_config()
        if parse_database_url(config.database_url).drivername == "sqlite":
            raise BadInput(
                "cluster-needs-postgresql",
                "this worker's configuration names a SQLite database",
                hint="set RECOVERY_CONFIG or RECOVERY_DATABASE_URL where `dask worker` is started",
                where="database_url",
            )
        _OPENED[:] = [(config, describe_process(config))]
        return _OPENED[0][1]


def run_task(task: bytes, wanted: str) -> Any:
    """Run what was submitted, in this process and by its own configuration; the same errors as at home."""
    with _LOCK:
        if not _OPENED:
            describe_worker()
        if fingerprint(_OPENED[0][1]) != wanted:
            raise BadInput(
                "cluster-mismatch",
                f"worker {platform.node()} {os.getpid()} joined with another version or configuration",
                hint=_SAME,
                where="--cluster",
            )
        # made by `Cluster.submit` of a process that may submit: see docs/scanner.md, "Many machines"
        fn, args, kwargs = pickle.loads(task)  # noqa: S301
    return fn(*args, **kwargs)


def _own_config() -> Config:
    with _LOCK:
        if not _OPENED:
            describe_worker()
        return _OPENED[0][0]
