"""What the night costs: open cases on 32 networks looked at again, nodes answering at once.

    python benchmarks/rescan.py [CASES ...] [--processes N]      default: 4000 40000; the whole night: 400000

The nodes are stubs in a process of their own (`benchmarks/nightstubs.py`): a story's recorded or written answers for each network, told anew for each
case, so that every case is another transaction; where hashes are recomputed, so are the stories' (`benchmarks/retold.py`). The records are the demonstration's,
without a complete credit ledger: every case stays open, as most do in most nights. Cases are copied in the database
from one real one for each network (their seals are the original's: the night does not read them).

Measured beside it, in the same run: the bare request rate of httpx to the same stubs, with the very requests that the night made of the
networks whose API takes no batches, by as many threads as the night has workers. By one thread, which no lock of the interpreter
keeps waiting, httpx is faster; that is printed too. Memory is what the night's processes hold together, shared pages counted once.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import resource
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import sqlalchemy as sa

from benchmarks.nightstubs import Nodes, Template
from benchmarks.retold import retell
from recovery.cases.opening import store_checks
from recovery.cases.table import State
from recovery.checker import Checker
from recovery.claims import parse_claim
from recovery.config import Config, NetworkConfig
from recovery.demo import play
from recovery.demo.fixtures import load_fixtures
from recovery.model import NetworkCode
from recovery.networks import load_registry
from recovery.scan.night import Scope, run_night
from recovery.scan.processes import open_processes
from recovery.store import Store, open_store

OPEN = {State.WAITING, State.NEEDS_INPUT, State.NEEDS_REVIEW}

STORIES = {
    "BTC": "coinbase_immature",
    "LTC": "mweb_peg_out",
    "DOGE": "coinbase_immature",
    "BCH": "not_final",
    "ETH": "not-final",
    "BSC": "not-final",
    "POL": "token-transfer",
    "ARB": "deposit-from-ethereum",
    "OP": "native-transfer",
    "AVAXC": "pending",
    "BASE": "deposit-from-ethereum",
    "ETC": "not-final",
    "SOL": "coin_from_program_account",
    "HBAR": "hostile-pending-airdrop",
    "NEAR": "native-to-implicit",
    "APT": "deleted-store",
    "ADA": "expired",
    "EOS": "from-evm-bridge",
    "ZKSYNC": "not-final",
    "LINEA": "not-final",
    "CELO": "not-final",
    "DASH": "asset_unlock",
    "ZEC": "not_final",
    "XRP": "native_tag_in_memo",
    "XLM": "create-account",
    "TRX": "trc20-transfer",
    "ALGO": "asset-close-to-us",
    "ATOM": "native-with-memo",
    "DOT": "native",
    "TON": "played_batch_one",
    "XTZ": "minted-and-burnt",
    "SUI": "native-jsonrpc",
}
"""One story of each network whose case stays open, by its fixture's name."""


def configure(templates: list[Template], url: str, database: Path) -> Config:
    sections = {
        t.code: NetworkConfig.model_validate(
            {"endpoints": [{"url": f"{url}/{t.code}", "api": t.api}]}
        )
        for t in templates
    }
    return Config(database_url=f"sqlite:///{database}", networks=sections)


def fill_records(store: Store) -> None:
    """The demonstration's records, but a ledger that nobody declared complete."""
    play._KINDS = tuple(kind for kind in play._KINDS if kind != "credits")
    play.fill(store)


def find_templates() -> list[Template]:
    """The story of each network, one after the other in the registry's order."""
    fixtures = {f.name: f for f in load_fixtures()}
    chosen = [fixtures[f"{n.code}/{STORIES[n.code]}"] for n in load_registry().networks]
    return [Template(f.network, f.name, f.api) for f in chosen]


def copy_cases(store: Store, config: Config, templates: list[Template], count: int) -> None:
    """One real case for each network, and copies of its rows with other ids and hashes."""
    checker = Checker(config, store)
    fixtures = {f.name: f for f in load_fixtures()}
    each = count // len(templates)
    for template in templates:
        network = config.network(template.code)
        telling = retell(fixtures[template.fixture], 0)
        first, *others = (telling.tell(number)[0] for number in range(each))
        claim = parse_claim(first, network=template.code)
        (cases,) = store_checks(
            store, list(checker.check_batch(network, [claim])), actor="front-desk"
        )
        case = cases[0]
        assert case.tx_hash == first, f"{template.fixture}: {case.tx_hash}"
        assert case.state in OPEN, f"{template.fixture}: {case.state}"
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
                for start in range(0, len(others), 5_000):
                    some = enumerate(others[start : start + 5_000], start)
                    connection.execute(
                        insert,
                        [
                            _copy(row, first, other, _id(template, number))
                            for number, other in some
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


def _copy(row: dict[str, Any], old: str, new: str, named: str) -> dict[str, Any]:
    copied = {k: v.replace(old, new) if isinstance(v, str) else v for k, v in row.items()}
    for key in ("id", "case_id"):
        if key in copied:
            copied[key] = named
    if copied.get("opening_key") is not None:
        copied["opening_key"] = named
    return copied


def measure(config: Config, codes: tuple[str, ...] = (), *, processes: int) -> dict[str, Any]:
    """A night in a process of its own: seconds, memory, and its document."""
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(
        target=_night, args=(config, codes, processes, there)
    )  # not forked: its memory is its own
    process.start()
    there.close()  # ours: else a night that dies is waited for
    told: dict[str, Any] = here.recv()
    process.join()
    return told


def _night(config: Config, codes: tuple[str, ...], processes: int, told: Any) -> None:
    scope = Scope(tuple(NetworkCode(c) for c in codes), only="cases")
    began = time.perf_counter()
    with ExitStack() as opened:
        memory = opened.enter_context(_watched_memory())
        executor = None
        if processes > 1:
            executor = opened.enter_context(open_processes(processes, config))
            config = executor.config
        store = opened.enter_context(open_store(config.database_url))
        document = run_night(config, store, actor="bench", scope=scope, executor=executor)
        seconds = time.perf_counter() - began
    spent = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    told.send(
        {
            "seconds": seconds,
            "cpu": sum(usage.ru_utime + usage.ru_stime for usage in spent),
            "memory": max(memory) / 1024,
            "document": document,
        }
    )


@contextmanager
def _watched_memory() -> Iterator[list[int]]:
    """What this process and its own hold together, in KiB, a sample every second."""
    samples = [0]
    ends = threading.Event()

    def watch() -> None:
        while not ends.wait(1):
            pids = [os.getpid(), *(child.pid for child in multiprocessing.active_children())]
            with suppress(OSError):  # one that is ending
                samples.append(sum(map(_held_by, pids)))

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield samples
    finally:
        ends.set()
        thread.join()


def _held_by(pid: int | None) -> int:
    """Its proportional set size: a page that several map is shared out among them."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("Pss:")).split()[1])


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
    parser.add_argument("--processes", type=int, default=1)
    given = parser.parse_args()
    os.environ["RECOVERY_NOW"] = play.NOW
    templates = find_templates()
    with tempfile.TemporaryDirectory() as folder:
        for count in given.cases:
            with Nodes(templates, count // len(templates)) as nodes:
                database = Path(folder) / f"{count}.db"
                run(templates, nodes, database, count, processes=given.processes)


def run(
    templates: list[Template], nodes: Nodes, database: Path, count: int, *, processes: int
) -> None:
    config = configure(templates, nodes.url, database)
    with open_store(config.database_url) as store:
        fill_records(store)
        copy_cases(store, config, templates, count)
    told = measure(config, processes=processes)
    document = told["document"]
    looked, requests = document["looked_at"], document["cost"]["requests"]
    print(
        f"\n{count:,} cases, {processes} processes: {looked:,} looked at in {told['seconds']:.1f} s"
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
    if count <= 16_000 and unbatched:
        compare(config, nodes, sample, unbatched, processes=processes)


def compare(
    config: Config, nodes: Nodes, sample: dict[str, Any], codes: list[str], *, processes: int
) -> None:
    """The night's request rate beside that of httpx, where the API does not batch."""
    with open_store(config.database_url) as store, store.begin() as session:
        session.connection().execute(sa.text("DELETE FROM case_looks"))
    told = measure(config, tuple(codes), processes=processes)
    rate = told["document"]["cost"]["requests"] / told["seconds"]
    requests = [tuple(r) for code in codes for r in sample[code]]
    workers = config.rescan.workers
    alone, bare = (bare_rate(nodes.url, requests, threads) for threads in (1, workers))
    print(
        f"without batches ({', '.join(codes)}): {rate:.0f} requests/s; httpx bare {bare:.0f} by {workers}"
        f" threads as well ({rate / bare:.2f} of it), {alone:.0f} by one ({rate / alone:.2f})"
    )


if __name__ == "__main__":
    main()
