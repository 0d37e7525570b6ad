"""One look: a window or an address, asked of one endpoint after the other until it is seen whole.

Knows: how a range is halved and grown again, when the next endpoint is asked, when to wait, and that the
evidence of a hit comes from triage's own path (`reading`). Must not know: cursors, findings' fate, who runs it.

A look keeps nothing: it can be run on any machine, killed, and run again.
"""

from __future__ import annotations

import functools
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from recovery.chains import load_family
from recovery.chains.meter import metered
from recovery.chains.scan import Arrivals, Hit, Hits, Pass, Tip, Window
from recovery.chains.source import Node
from recovery.config import Config
from recovery.errors import SourceError, TooMuch, Unhealthy, Unreachable
from recovery.model import AddressKey, NetworkCode, Note
from recovery.networks import Network
from recovery.pacing import find_pace
from recovery.records.book import Book
from recovery.scan.reading import FIRST_WAIT_SECONDS, ROUNDS, EvidenceSource, read_hits
from recovery.scan.tools import find_tools
from recovery.scan.values import Look
from recovery.scan.watching import open_watch
from recovery.scan.watchset import WatchSet
from recovery.store import Store
from recovery.triage import Nodes, readable

PAGES_AT_ONCE = 20
"""Pages of one address in one look: then its cursor is kept, and the next look goes on."""

LONGEST_WAIT_SECONDS = 60.0
SUCCESSES_TO_GROW = 5


_T = TypeVar("_T")

_Looked = tuple[list[Hit], Window | None, list[str], list[Note], list[str], int, str, bool]
"""Hits, what was covered, methods, gaps, sources, how much was looked at, token, done."""


@dataclass(frozen=True, slots=True)
class Job:
    """What to look at: a window of a pass, or one address from its token on."""

    network: NetworkCode
    pass_name: str
    window: Window
    key: AddressKey | None = None
    token: str = ""
    tip: Tip | None = None


class Eyes:
    """All that a look needs, on this machine: nodes, watch set, records. Thread-safe.

    It travels to another process by its configuration, and opens there what it needs, once.
    """

    def __init__(
        self,
        config: Config,
        store: Store,
        watch: WatchSet,
        *,
        nodes: Nodes | None = None,
        rest: Callable[[float], None] = time.sleep,
    ) -> None:
        self.config = config
        self.watch = watch
        self.nodes = nodes or Nodes(config, pace=find_pace(store))
        self.book = Book(store)
        self.rest = rest

    def __reduce__(self) -> tuple[Callable[[Config, int], Eyes], tuple[Config, int]]:
        return _open_eyes, (self.config, self.watch.imports)

    def find_passes(self, network: Network) -> tuple[Pass, ...]:
        """The passes of a network, none where its family has no scan."""
        return find_passes(network)

    def look(self, job: Job) -> Look:
        """See the job's whole window, or pages of its address; raises `SourceError` where no endpoint
        can show it."""
        network = self.config.network(job.network)
        way = next(way for way in self.find_passes(network) if way.name == job.pass_name)
        with metered() as spent:
            if way.fetch_arrivals is not None:
                looked = self._poll(network, way, job)
            else:
                looked = self._walk(network, way, job.window)
            hits, covered, methods, gaps, sources, count, token, done = looked
            told = read_hits(self._source(network), hits)
        return Look(
            covered=covered,
            seen=told.seen,
            unread=told.unread,
            looked_at=count,
            methods=tuple(dict.fromkeys(methods)),
            gaps=tuple(dict.fromkeys(gaps)),
            sources=tuple(dict.fromkeys(sources)),
            spent=spent,
            token=token,
            done=done,
        )

    def _source(self, network: Network) -> EvidenceSource:
        nodes = self.nodes.of(network)
        return EvidenceSource(network, nodes, self.watch, self.book, self.rest)

    def fetch_final(self, network: Network) -> Tip:
        """The newest tip that a healthy endpoint tells; raises `SourceError` where none is healthy."""
        scan = load_family(network.family).scan
        assert scan is not None

        def ask(node: Node) -> Tip:
            with readable(node):
                return scan.fetch_final(network, node)

        return self._ask_in_turn(network, ask)[0]

    def _walk(self, network: Network, way: Pass, window: Window) -> _Looked:
        hits: list[Hit] = []
        methods: list[str] = []
        gaps: list[Note] = []
        sources: list[str] = []
        seen, first = 0, window.first
        fetch = way.fetch_hits
        assert fetch is not None
        while first <= window.last:

            def ask(node: Node, first: int = first) -> Hits:
                size = _Size(node, way)
                while True:
                    part = Window(first, min(first + size.now - 1, window.last))
                    try:
                        with readable(node):
                            told = fetch(network, node, part, self.watch)
                    except TooMuch:
                        if len(part) == 1:
                            raise
                        size.halve(len(part))
                    else:
                        size.succeed()
                        return told

            told, source = self._ask_in_turn(network, ask)
            gaps += told.gaps
            if not told.methods:
                return hits, None, methods, gaps, sources, seen, "", True
            if told.covered.first != first or not first <= told.covered.last <= window.last:
                raise Unhealthy(
                    "scan-lost", f"{network.code}: asked for {first}, looked at {told.covered}"
                )
            hits += told.hits
            methods += told.methods
            sources.append(source)
            seen += told.seen
            first = told.covered.last + 1
        return hits, window, methods, gaps, sources, seen, "", True

    def _poll(self, network: Network, way: Pass, job: Job) -> _Looked:
        hits: list[Hit] = []
        methods: list[str] = []
        gaps: list[Note] = []
        sources: list[str] = []
        fetch, key, tip = way.fetch_arrivals, job.key, job.tip
        assert fetch is not None
        assert key is not None
        assert tip is not None
        seen, token, reached, done = 0, job.token, job.window.first - 1, False
        for _ in range(PAGES_AT_ONCE):

            def ask(node: Node, token: str = token) -> Arrivals:
                with readable(node):
                    return fetch(network, node, key, token or None, job.window.first, tip)

            told, source = self._ask_in_turn(network, ask)
            hits += told.hits
            methods += told.methods
            gaps += told.gaps
            sources.append(source)
            seen += told.seen
            token, reached, done = told.after, max(reached, told.height), told.done
            if done:
                break
        covered = Window(job.window.first, max(reached, job.window.first - 1))
        return hits, covered, methods, gaps, sources, seen, token, done

    def _ask_in_turn(self, network: Network, ask: Callable[[Node], _T]) -> tuple[_T, str]:
        """The first endpoint's answer that can be had, and its label; all of them again after a wait."""
        nodes = self.nodes.of(network)
        if not nodes:
            raise Unreachable("source-unreachable", f"{network.code}: no endpoint is configured")
        wait = FIRST_WAIT_SECONDS
        for attempt in range(ROUNDS):
            failures: list[SourceError] = []
            for node in _awake(nodes):
                try:
                    return ask(node), node.label
                except SourceError as failed:
                    failures.append(failed)
                    node.memory["scan_failed_at"] = time.monotonic()
            if attempt == ROUNDS - 1:
                break
            told = [getattr(failed, "after_seconds", None) for failed in failures]
            asked = min((seconds for seconds in told if seconds), default=wait)
            self.rest(min(max(asked, wait), LONGEST_WAIT_SECONDS))
            wait *= 2
        if len(failures) == 1:
            raise failures[0]
        reasons = "; ".join(failed.text for failed in failures)
        raise Unreachable("source-unreachable", reasons)


class _Size:
    """How many heights one endpoint is asked for at once, learned from its refusals."""

    def __init__(self, node: Node, way: Pass) -> None:
        self._most = way.window
        self._learned = node.memory.setdefault(f"scan_size:{way.name}", [way.window, 0])

    @property
    def now(self) -> int:
        return int(self._learned[0])

    def halve(self, refused: int) -> None:
        self._learned[:] = [max(refused // 2, 1), 0]

    def succeed(self) -> None:
        size, successes = self._learned
        if size >= self._most:
            return
        if successes + 1 < SUCCESSES_TO_GROW:
            self._learned[1] = successes + 1
        else:
            self._learned[:] = [min(size + size // 2 + 1, self._most), 0]


_RESTED_SECONDS = 30.0


def _awake(nodes: Sequence[Node]) -> list[Node]:
    """The endpoints in their order, those that failed a moment ago behind the others."""
    moment = time.monotonic()

    def is_tired(node: Node) -> bool:
        failed: float = node.memory.get("scan_failed_at", -_RESTED_SECONDS)
        return moment - failed < _RESTED_SECONDS

    return sorted(nodes, key=is_tired)


def find_passes(network: Network) -> tuple[Pass, ...]:
    """The passes of a network, none where its family has no scan."""
    scan = load_family(network.family).scan
    return () if scan is None else scan.plan_passes(network)


def find_polled(config: Config) -> tuple[NetworkCode, ...]:
    """The configured networks that are asked address by address."""
    return tuple(
        network.code
        for network in config.configured()
        if any(way.fetch_arrivals is not None for way in find_passes(network))
    )


def watch_folder(config: Config) -> Path:
    """Where the watch set lies: as configured, else beside the SQLite file."""
    if config.watch_folder is not None:
        return Path(config.watch_folder)
    if config.database_url.startswith("sqlite"):
        return Path(config.database_url.partition(":///")[2] + "-watch")
    return Path("recovery-watch")


_LOCK = threading.Lock()


def _open_eyes(config: Config, imports: int) -> Eyes:
    """The eyes of this process, made once; made again where addresses were imported since."""
    with _LOCK:
        eyes = _open(config.model_dump_json())
        if eyes.watch.imports < imports:
            _open.cache_clear()
            eyes = _open(config.model_dump_json())
        return eyes


@functools.lru_cache(maxsize=4)
def _open(config_json: str) -> Eyes:
    config = Config.model_validate_json(config_json)
    tools = find_tools(config)
    watch = open_watch(tools.store, watch_folder(config), polled=find_polled(config))
    return Eyes(config, tools.store, watch, nodes=tools.checker.nodes)
