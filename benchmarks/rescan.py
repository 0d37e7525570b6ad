"""What the night costs: open cases on 32 networks looked at again, nodes answering at once.

    python benchmarks/rescan.py [CASES ...]      default: 4000 40000; the whole night: 400000

The nodes are stubs in a process of their own: a story's recorded or written answers for each network, in which the
hash is replaced by that of each case, so that every case is another transaction. (Networks whose hash is recomputed from the
transaction's fields can't be played so: what is substituted is refused as garbled. They are named and left out.) The records are the demonstration's,
without a complete credit ledger: every case stays open, as most do in most nights. Cases are copied in the database
from one real one for each network (their seals are the original's: the night does not read them).

Measured beside it, in the same run: for each network the bare request rate of httpx to the same stub, with the very
requests that the night made, by as many threads. Where the night asks in batches, its own rate is in cases.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import os
import re
import resource
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import sqlalchemy as sa

from recovery.cases.opening import store_checks
from recovery.cases.table import State
from recovery.checker import Checker
from recovery.claims import parse_claim
from recovery.config import Config, NetworkConfig
from recovery.demo import play
from recovery.demo.fixtures import Fixture, load_fixtures
from recovery.demo.server import Replay, ReplayServer
from recovery.errors import RecoveryError
from recovery.model import NetworkCode
from recovery.networks import load_registry
from recovery.scan.night import Scope, run_night
from recovery.store import Store, open_store

OPEN = {State.WAITING, State.NEEDS_INPUT, State.NEEDS_REVIEW}
VARIED = 6
"""How many characters of the hash tell one case from another."""

ALPHABETS = (
    "0123456789abcdef",
    "0123456789ABCDEF",
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567",
    "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz",
)


@dataclass(frozen=True)
class Template:
    """A story that is played for every case of its network."""

    code: str
    fixture: str
    tx_hash: str

    @property
    def place(self) -> int:
        return len(self.tx_hash) // 2

    def alphabet(self) -> str:
        bare = self.tx_hash.removeprefix("0x")
        return next((a for a in ALPHABETS if set(bare) <= set(a)), "0123456789")

    def hash_of(self, number: int) -> str:
        digits, told = self.alphabet(), ""
        for _ in range(VARIED):
            number, rest = divmod(number, len(digits))
            told += digits[rest]
        return self.tx_hash[: self.place] + told + self.tx_hash[self.place + VARIED :]


class Stub:
    """One network's answers, by request, the hash put in where the template's stood."""

    def __init__(self, template: Template, fixtures: list[Fixture]) -> None:
        self.server = ReplayServer(Replay(fixtures))
        told, place = template.tx_hash, template.place
        head, tail = re.escape(told[:place]), re.escape(told[place + VARIED :])
        self.pattern = re.compile(f"{head}(.{{{VARIED}}}){tail}".encode(), re.IGNORECASE)
        self.middle = told[place : place + VARIED].encode()
        self.known: dict[tuple[str, bytes, bytes], tuple[int, list[bytes]]] = {}
        self.told = told.encode()

    def reply(self, method: str, target: bytes, sent: bytes) -> tuple[int, bytes]:
        if sent[:1] == b"[":
            answers = [
                self.reply(method, target, json.dumps(c).encode())[1] for c in json.loads(sent)
            ]
            return 200, b"[" + b",".join(answers) + b"]"
        number: Any = None
        if sent[:1] == b"{":
            call = json.loads(sent)
            if "jsonrpc" in call or "id" in call:
                number, call["id"] = call.get("id"), 0
                sent = json.dumps(call).encode()
        found = self.pattern.search(target) or self.pattern.search(sent)
        varied = self.middle if found is None else found.group(1)
        key = (method, self._plain(target), self._plain(sent))
        if key not in self.known:
            reply = self.server.reply(method, key[1].decode(), key[2])
            self.known[key] = reply.status, re.split(b"(?i)" + re.escape(self.told), reply.body)
        status, parts = self.known[key]
        mine = self.told.replace(self.middle, varied, 1)
        body = mine.join(parts)
        if number is not None:
            body = re.sub(rb'"id":\s*0', b'"id":' + json.dumps(number).encode(), body, count=1)
        return status, body

    def _plain(self, text: bytes) -> bytes:
        return self.pattern.sub(self.told, text)


class Wire(asyncio.Protocol):
    """HTTP/1.1, as much of it as httpx speaks."""

    def __init__(
        self, stubs: dict[bytes, Stub], sample: dict[bytes, list[tuple[str, str, str]]]
    ) -> None:
        self.stubs, self.sample, self.buffer = stubs, sample, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: Any = transport

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while True:
            head, gap, rest = self.buffer.partition(b"\r\n\r\n")
            if not gap:
                return
            found = re.search(rb"(?i)content-length: *(\d+)", head)
            length = int(found.group(1)) if found else 0
            if len(rest) < length:
                return
            self.buffer = rest[length:]
            method, target, _ = head.split(b"\r\n", 1)[0].split(b" ")
            self._answer(method.decode(), target, rest[:length])

    def _answer(self, method: str, target: bytes, sent: bytes) -> None:
        code, _, path = target[1:].partition(b"/")
        if code == b"sample":
            status, body = 200, json.dumps({k.decode(): v for k, v in self.sample.items()}).encode()
        else:
            kept = self.sample.setdefault(code, [])
            if len(kept) < 2_000:
                kept.append((method, target.decode(), sent.decode()))
            status, body = self.stubs[code].reply(method, b"/" + path, sent)
        head = f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        self.transport.write(head.encode() + body)


def serve(templates: list[Template], told: Any) -> None:
    fixtures = load_fixtures()
    stubs = {
        t.code.encode(): Stub(t, [f for f in fixtures if f.name == t.fixture] + _fees(t.code))
        for t in templates
    }

    async def run() -> None:
        sample: dict[bytes, list[tuple[str, str, str]]] = {}
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: Wire(stubs, sample), "127.0.0.1", 0)
        told.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(run())


def _fees(code: str) -> list[Fixture]:
    return [f for f in play._find_fixtures() if f.network == code and f.file == "node_answers.json"]


class Nodes:
    def __init__(self, templates: list[Template]) -> None:
        here, there = multiprocessing.Pipe()
        self.process = multiprocessing.Process(target=serve, args=(templates, there), daemon=True)
        self.process.start()
        self.url = f"http://127.0.0.1:{here.recv()}"

    def __enter__(self) -> Nodes:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.join()


def configure(templates: list[Template], url: str, database: Path) -> Config:
    sections = {
        t.code: NetworkConfig.model_validate({"endpoints": [f"{url}/{t.code}"]}) for t in templates
    }
    return Config(database_url=f"sqlite:///{database}", networks=sections)


def fill_records(store: Store) -> None:
    """The demonstration's records, but a ledger that nobody declared complete."""
    play._KINDS = tuple(kind for kind in play._KINDS if kind != "credits")
    play.fill(store)


def choose(folder: Path) -> list[Template]:
    """For each network a story whose hash can be varied and whose case stays open."""
    chosen: dict[str, Template] = {}
    everything = [
        f
        for f in load_fixtures()
        if f.evidence is not None and f.profile is None and f.evidence["tx_hash"] == f.tx_hash
    ]
    stories = {s.fixture for s in play.load_stories()}
    everything.sort(key=lambda f: f.name not in stories)
    for attempt in range(12):
        options = [
            t
            for n in load_registry().networks
            if n.code not in chosen
            for t in [_nth([f for f in everything if f.network == n.code], attempt)]
            if t is not None
        ]
        if not options:
            break
        with Nodes(options) as nodes:
            database = folder / f"choose{attempt}.db"
            config = configure(options, nodes.url, database)
            with open_store(config.database_url) as store:
                fill_records(store)
                checker = Checker(config, store)
                for template in options:
                    if _stays_open(checker, store, template):
                        chosen[template.code] = template
                checker.nodes.close()
    return [chosen[n.code] for n in load_registry().networks if n.code in chosen]


def _nth(fixtures: list[Fixture], number: int) -> Template | None:
    if number >= len(fixtures):
        return None
    fixture = fixtures[number]
    return Template(fixture.network, fixture.name, fixture.tx_hash)


def _stays_open(checker: Checker, store: Store, template: Template) -> bool:
    try:
        network = checker.config.network(template.code)
        claims = [parse_claim(template.hash_of(i), network=template.code) for i in (1, 2)]
        checks = list(checker.check_batch(network, claims))
        cases = store_checks(store, checks, actor="front-desk")
        return all(check.found is not None for check in checks) and all(
            c.state in OPEN and c.tx_hash == template.hash_of(i)
            for i, some in enumerate(cases, start=1)
            for c in some
        )
    except (RecoveryError, AssertionError, ValueError):
        return False


def copy_cases(store: Store, config: Config, templates: list[Template], count: int) -> None:
    """One real case for each network, and copies of its rows with other ids and hashes."""
    checker = Checker(config, store)
    each = count // len(templates)
    for template in templates:
        network = config.network(template.code)
        claim = parse_claim(template.hash_of(0), network=template.code)
        (cases,) = store_checks(
            store, list(checker.check_batch(network, [claim])), actor="front-desk"
        )
        case, first = cases[0], template.hash_of(0)
        with store.begin() as session:
            connection = session.connection()
            for table, key in (("cases", "id"), ("trail", "case_id")):
                rows = connection.execute(
                    sa.text(f"SELECT * FROM {table} WHERE {key} = :id"), {"id": case.id}
                )
                originals = [dict(row._mapping) for row in rows]
                names = list(originals[0])
                insert = sa.text(
                    f"INSERT INTO {table} ({', '.join(names)}) VALUES (:{', :'.join(names)})"
                )
                for start in range(1, each, 5_000):
                    numbers = range(start, min(start + 5_000, each))
                    connection.execute(
                        insert,
                        [
                            _copy(row, first, template.hash_of(n), (case.id, _id(template, n)))
                            for n in numbers
                            for row in originals
                        ],
                    )
    with store.begin() as session:  # yesterday's
        session.connection().execute(
            sa.text(
                "UPDATE cases SET opened_at = '2026-11-19 01:00:00', next_look_at = "
                "CASE WHEN next_look_at IS NULL THEN NULL ELSE '2026-11-20 01:00:00' END"
            )
        )
    checker.nodes.close()


def _id(template: Template, number: int) -> str:
    """Ids are random, as real ones are: copies in the order of their numbers would flatter every index."""
    return f"{(number * 2654435761) % 2**32:08x}{template.code.lower()}{number}"


def _copy(row: dict[str, Any], old: str, new: str, ids: tuple[str, str]) -> dict[str, Any]:
    copied = {k: v.replace(old, new) if isinstance(v, str) else v for k, v in row.items()}
    for key in ("id", "case_id"):
        if key in copied:
            copied[key] = ids[1]
    if copied.get("opening_key") is not None:
        copied["opening_key"] = ids[1]
    return copied


def measure(config: Config, codes: tuple[str, ...] = ()) -> dict[str, Any]:
    """A night in a process of its own: seconds, memory, and its document."""
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(
        target=_night, args=(config, codes, there)
    )  # not forked: its memory is its own
    process.start()
    told: dict[str, Any] = here.recv()
    process.join()
    return told


def _night(config: Config, codes: tuple[str, ...], told: Any) -> None:
    scope = Scope(tuple(NetworkCode(c) for c in codes), only="cases")
    began, cpu = time.perf_counter(), time.process_time()
    with open_store(config.database_url) as store:
        document = run_night(config, store, actor="bench", scope=scope)
    told.send(
        {
            "seconds": time.perf_counter() - began,
            "cpu": time.process_time() - cpu,
            "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            "document": document,
        }
    )


def bare_rate(url: str, requests: list[tuple[str, str, str]], threads: int) -> float:
    """Requests a second of httpx alone."""

    def ask(some: list[tuple[str, str, str]]) -> None:
        with httpx.Client(trust_env=False) as client:
            for method, target, sent in some:
                client.request(
                    method,
                    url + target,
                    content=sent or None,
                    headers={"Content-Type": "application/json"},
                ).read()

    began = time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(ask, [requests[i::threads] for i in range(threads)]))
    return len(requests) / (time.perf_counter() - began)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("cases", type=int, nargs="*", default=[4_000, 40_000])
    counts = parser.parse_args().cases
    os.environ["RECOVERY_NOW"] = play.NOW
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        templates = choose(folder)
        missing = sorted({n.code for n in load_registry().networks} - {t.code for t in templates})
        print(
            f"{len(templates)} networks; without a story that fits: {', '.join(missing) or 'none'}"
        )
        for count in counts:
            with Nodes(templates) as nodes:
                run(templates, nodes, folder / f"{count}.db", count)


def run(templates: list[Template], nodes: Nodes, database: Path, count: int) -> None:
    config = configure(templates, nodes.url, database)
    with open_store(config.database_url) as store:
        fill_records(store)
        copy_cases(store, config, templates, count)
    told = measure(config)
    document = told["document"]
    looked, requests = document["looked_at"], document["cost"]["requests"]
    print(
        f"\n{count:,} cases: {looked:,} looked at in {told['seconds']:.1f} s"
        f" ({told['seconds'] / max(looked, 1) * 1000:.2f} ms each, {told['cpu'] / max(looked, 1) * 1000:.2f} of it"
        f" processor time of the night itself), {requests:,} requests, {told['memory']:.0f} MB;"
        f" moved {sum(document['moved'].values())}, unreachable {document['unreachable']}"
    )
    sys.stdout.flush()
    sample = httpx.get(nodes.url + "/sample", trust_env=False).json()
    print("network  cases  requests/case  bytes/case")
    for row in document["networks"]:
        cases = max(row["cases"]["looked_at"], 1)
        cost = row["cost"]
        print(
            f"{row['network']:8} {cases:6} {cost['requests'] / cases:10.2f} {cost['bytes_received'] / cases:12.0f}"
            f"  unchanged {row['cases']['unchanged']} unreachable {row['cases']['unreachable']}"
        )
    unbatched = [
        row["network"]
        for row in document["networks"]
        if row["cost"]["requests"] >= max(row["cases"]["looked_at"], 1)
    ]
    if count <= 4_000 and unbatched:
        compare(config, nodes, sample, unbatched)


def compare(config: Config, nodes: Nodes, sample: dict[str, Any], codes: list[str]) -> None:
    """The night's request rate beside that of httpx, where the API does not batch."""
    with open_store(config.database_url) as store, store.begin() as session:
        session.connection().execute(sa.text("DELETE FROM case_looks"))
    told = measure(config, tuple(codes))
    rate = told["document"]["cost"]["requests"] / told["seconds"]
    requests = [tuple(r) for code in codes for r in sample[code]]
    bare = {threads: bare_rate(nodes.url, requests, threads) for threads in (1, 8)}
    best = max(bare.values())
    print(
        f"without batches ({', '.join(codes)}): {rate:.0f} requests/s;"
        f" httpx bare {bare[1]:.0f} by one thread, {bare[8]:.0f} by eight: {rate / best:.2f} of it"
    )


if __name__ == "__main__":
    main()
