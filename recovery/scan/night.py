"""The whole night: what ran out is ended, every network is scanned, every due case is looked at.

Knows: the order of things, who works side by side, what is counted where. Must not know: chains, rules, what
moves a case.

Each network goes its own way beside the others: its scan, its findings, its cases, chunk after chunk. All of it
can be done again: cursors, findings and cases say themselves how far they are, and what was counted was
counted in the same transaction. A run that was killed goes on under its own name.
"""

from __future__ import annotations

import itertools
import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from recovery.abuse.attempts import forget_claims
from recovery.abuse.policy import load_abuse_policy
from recovery.cases import desk
from recovery.checker import Checker
from recovery.clock import now
from recovery.config import Config
from recovery.errors import RecoveryError
from recovery.model import NetworkCode
from recovery.networks import Network
from recovery.scan import rescan, runs
from recovery.scan.document import print_scan
from recovery.scan.due import Why, World
from recovery.scan.engine import scan_network
from recovery.scan.foundsince import load_found_since
from recovery.scan.looking import Eyes, find_passes, find_polled, watch_folder
from recovery.scan.nightdocument import print_night
from recovery.scan.opening import open_findings
from recovery.scan.rescan import CHUNK, NOWHERE, Chunk, Looked, look_at
from recovery.scan.runs import Hold, Run
from recovery.scan.staleness import find_ages
from recovery.scan.tools import Tools, open_tools
from recovery.scan.verification import VerificationDeposits
from recovery.scan.watching import open_watch
from recovery.store import Store

SCANNERS = 8
"""Networks whose blocks are walked at once; each has looks of its own under way."""

Told = Callable[[str, Mapping[str, Any]], None]
"""Called with what just happened and its figures: for a progress bar, or lines of a log."""

LookAt = Callable[[Chunk], Looked]


@dataclass(frozen=True, slots=True)
class Scope:
    """What of the night is wanted: everything, unless it says less. ``limit`` is of due cases per network."""

    networks: tuple[NetworkCode, ...] = ()
    only: str | None = None
    limit: int | None = None

    def print(self) -> dict[str, Any]:
        return {"networks": list(self.networks), "only": self.only, "limit": self.limit}

    @property
    def scans(self) -> bool:
        return self.only in (None, "scan")

    @property
    def looks(self) -> bool:
        return self.only in (None, "cases")


def run_night(
    config: Config,
    store: Store,
    *,
    actor: str,
    scope: Scope | None = None,
    executor: Executor | None = None,
    workers: int | None = None,
    told: Told = lambda event, facts: None,
) -> dict[str, Any]:
    """One run, from beginning to end or from where a killed one was; its document, ``recovery.rescan/1``.

    ``executor`` runs looks at blocks and `recovery.scan.rescan.look_chunk` somewhere else, ``workers`` chunks of them at once; without
    one threads of this process do, as many as configured.
    Raises `NotAllowed` while another process is at it.
    """
    wanted = scope or Scope()
    began = time.monotonic()
    with (
        runs.hold_run(store, actor=actor, scope=wanted.print(), at=now()) as (run, hold),
        open_tools(config, store) as tools,
    ):
        told("began", {"run": run.id, "resumed": run.resumed})
        night = _Night(config, store, tools, run, hold, wanted, told)
        night.clear_up()
        night.walk(executor, workers or config.rescan.workers)
        hold.require()
        seconds = {"seconds_ms": int((time.monotonic() - began) * 1000)}
        with store.begin() as session:
            runs.add_tallies(session, run.id, "", seconds)
        document = night.report(actor)
        runs.end_run(store, run, json.dumps(document), at=now())
        told("ended", {"run": run.id, "whole": document["whole"], "stale": document["stale"]})
    return document


class _Ended(Exception):
    """The night is to end before its work does."""


@dataclass(slots=True)
class _Night:
    config: Config
    store: Store
    tools: Tools
    run: Run
    hold: Hold
    scope: Scope
    told: Told
    ends: threading.Event = field(default_factory=threading.Event)

    def clear_up(self) -> None:
        """What ends by itself: quotes, requests for consent, counters of claims."""
        if not self.scope.looks or self.scope.networks:
            return
        at = now()
        window = timedelta(days=load_abuse_policy(self.config.abuse_policy).window.days)
        counts = {
            "quotes_expired": len(desk.expire_quotes(self.store, at=at)),
            "consents_lapsed": len(desk.lapse_consents(self.store, at=at)),
            "claims_forgotten": forget_claims(self.store, before=at - window),
        }
        with self.store.begin() as session:
            runs.add_tallies(session, self.run.id, "", counts)
        self.told("cleared_up", counts)

    def walk(self, executor: Executor | None, workers: int) -> None:
        """Every network beside the others."""
        world = rescan.load_world(self.store, self.run.started_at)
        places = rescan.find_networks(self.store)
        networks = [n for n in self.config.configured() if self._is_wanted(n.code)]
        eyes = self._open_eyes() if self.scope.scans and networks else None
        chunks = ThreadPoolExecutor(workers, thread_name_prefix="cases")
        drivers = ThreadPoolExecutor(max(len(networks), 1) + 1, thread_name_prefix="network")
        scanners = ThreadPoolExecutor(SCANNERS, thread_name_prefix="scanner")
        try:

            def look_wherever(chunk: Chunk) -> Looked:
                if executor is not None:
                    return executor.submit(rescan.look_chunk, chunk).result()
                return look_at(self.tools, chunk, go_on=self._go_on)

            def look(chunk: Chunk) -> Looked:
                return chunks.submit(look_wherever, chunk).result()

            def drive(network: Network) -> None:
                if eyes is not None:
                    scanners.submit(self._scan, eyes, network, executor).result()
                if self.scope.looks:
                    self._look(network.code, world, look)

            jobs = [drivers.submit(drive, network) for network in networks]
            if self.scope.looks and not self.scope.networks and NOWHERE in places:
                jobs.append(drivers.submit(self._look, NOWHERE, world, look))
            for job in jobs:
                job.result()
        except BaseException:
            # Somebody's Ctrl-C, most of all: what is under way is not waited for to its end.
            self.ends.set()
            if executor is not None:
                executor.shutdown(wait=False, cancel_futures=True)
            raise
        finally:
            for pool in (drivers, scanners, chunks):
                pool.shutdown(wait=True, cancel_futures=True)

    def _go_on(self) -> None:
        """Raise where the night is to end, or is another process's by now."""
        if self.ends.is_set():
            raise _Ended
        self.hold.require()

    def _is_wanted(self, code: NetworkCode) -> bool:
        return not self.scope.networks or code in self.scope.networks

    def _open_eyes(self) -> Eyes:
        folder = watch_folder(self.config)
        watch = open_watch(self.store, folder, polled=find_polled(self.config))
        return Eyes(self.config, self.store, watch, nodes=self.tools.checker.nodes)

    def _scan(self, eyes: Eyes, network: Network, executor: Executor | None) -> None:
        """Its blocks, then its findings; what keeps it from either is told, and no other network waits."""
        self._go_on()
        code = network.code
        if (code, "scan") in runs.load_parts(self.store, self.run.id):
            return  # before the run was killed
        if not find_passes(network):
            self._keep(code, "scan_error", "no scan: its deposits are found by hash")
            return
        try:
            report = scan_network(
                eyes, self.store, network, executor=executor, told=lambda _: self._go_on()
            )
            self._go_on()  # else what was broken off would stand for what can't be scanned
            checker: Checker = self.tools.checker
            report.opened = open_findings(checker, network, deposits=VerificationDeposits(checker))
        except RecoveryError as failed:
            self._go_on()
            self._keep(code, "scan_error", failed.text)
            self.told("scan_failed", {"network": code, "error": failed.text})
            return
        since = load_found_since(self.store, code, self.run.started_at)
        report.opened.cases, report.opened.counted = dict(since.cases), dict(since.counted)
        document = print_scan(report, chain=network.chain, actor=self.run.holder.split(" ")[0])
        document.pop("actor")
        costs = Counter[str]()
        for walk in report.walks:
            costs["cost:requests"] += walk.spent.requests
            costs["cost:bytes_sent"] += walk.spent.bytes_sent
            costs["cost:bytes_received"] += walk.spent.bytes_received
        costs["findings"] = since.findings
        costs["found_cases"] = sum(since.cases.values())
        self._keep(code, "scan", json.dumps(document), costs)
        self.told("scanned", {"network": code, "cases": costs["found_cases"]})

    def _keep(
        self, network: str, name: str, text: str, counts: Mapping[str, int] | None = None
    ) -> None:
        runs.keep_part(self.store, self.run.id, (network, name), text, counts or {})

    def _look(self, network: str, world: World, look: LookAt) -> None:
        due = rescan.find_due(self.store, network, world)
        some = itertools.islice(due, self.scope.limit)
        for chunk in self._plan_chunks(network, world, some):
            self._go_on()
            try:
                looked = look(chunk)
            except RecoveryError as failed:  # the database, or the executor's way to it
                self._go_on()
                self._keep(network, f"error:{failed.reference}", failed.text)
                self.told("failed", {"network": network, "error": failed.text})
                return
            for reference, text in looked.errors.items():
                self._keep(network, f"error:{reference}", text)
            self.told("looked", {"network": network, "due": len(chunk.due), **looked.counts})

    def _plan_chunks(
        self, network: str, world: World, due: Iterator[tuple[str, Why]]
    ) -> Iterator[Chunk]:
        while part := tuple(itertools.islice(due, CHUNK)):
            counts = Counter(f"due:{why.value}" for _, why in part)
            with self.store.begin() as session:
                runs.add_tallies(session, self.run.id, network, counts)
            yield Chunk(self.config, self.run.id, world, network, part)

    def report(self, actor: str) -> dict[str, Any]:
        """What the run did, out of what it kept."""
        networks = [n for n in self.config.configured() if self._is_wanted(n.code)]
        ages = find_ages(self.store, self.config, networks, at=now()) if self.scope.scans else {}
        asked = {NOWHERE, *(n.code for n in self.config.configured())}
        places = sorted(rescan.find_networks(self.store).items())
        return print_night(
            self.run,
            actor=actor,
            ended_at=now(),
            networks=[n.code for n in networks],
            tallies=runs.load_tallies(self.store, self.run.id),
            parts=runs.load_parts(self.store, self.run.id),
            ages=ages,
            unasked={code: count for code, count in places if code not in asked},
        )


def exit_code(document: Mapping[str, Any]) -> int:
    """3 where a network is staler than allowed, else 0."""
    stale: Sequence[str] = document["stale"]
    return 3 if stale else 0
