"""The watch set of one database: built from the address book, opened, kept up to date.

Knows: the address table, the log of its imports, the folder of built sets. Must not know: how keys
are looked up (`recovery.scan.watchset`), or what is found by them.

A built set names the imports it holds. A later import is taken from ``address_additions`` where that has
every row the import says it added (their sum is compared); else the set is built again. A set of another
database, or of a database that was put back to an earlier state, is never believed: the digest of the
whole import log up to its last import must be the database's own.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import tempfile
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import sqlalchemy as sa
from sqlalchemy import Connection

from recovery.errors import Inconsistent
from recovery.model import AddressKey, NetworkCode
from recovery.records.tables import AdditionRow, AddressRow, ImportRow
from recovery.scan.watchset import FORMAT, INDEX, WatchSet, write_table
from recovery.store import Store, find_table

_AT_ONCE = 100_000
_MOST_ADDITIONS = 200_000
"""Above it the added keys cost every process memory of its own, and building takes seconds."""


_KEPT = 2
"""Built sets left in the folder: the newest, and the one before, which somebody may be opening."""


_ADDRESSES, _IMPORTS, _ADDITIONS = (
    find_table(AddressRow),
    find_table(ImportRow),
    find_table(AdditionRow),
)


@dataclass(frozen=True, slots=True)
class _Import:
    id: int
    sha256: str
    new: int


def open_watch(store: Store, folder: Path, *, polled: Collection[NetworkCode] = ()) -> WatchSet:
    """The watch set with every address imported until now; built first where that is needed.

    ``polled`` are networks whose own lists are wanted (`WatchSet.addresses_of`). One process of this machine builds at a
    time: two would take their sets away from each other.
    """
    watch = _find(store, folder, polled)
    if watch is not None:
        return watch
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        watch = _find(store, folder, polled)  # who waited finds what another one has built
        return WatchSet(build(store, folder, polled=polled)) if watch is None else watch


def _find(store: Store, folder: Path, polled: Collection[NetworkCode]) -> WatchSet | None:
    """A built set that holds what is wanted, with what was imported since; None where there is none."""
    for built in _find_built(folder, _load_imports(store)):
        try:
            watch = WatchSet(built)
        except Inconsistent:
            continue  # half-removed, or written by another version: build
        if not set(polled) <= set(watch.index["lists"]):
            continue
        if catch_up(store, watch):
            return watch
    return None


def catch_up(store: Store, watch: WatchSet) -> bool:
    """Take up what was imported since; False where the set must be built again."""
    imports = _load_imports(store)
    holds = watch.index["imports"]
    if _digest(imports[: holds["count"]]) != holds["digest"]:
        return False
    if watch.imports == len(imports):
        return True
    later = imports[holds["count"] :]
    if sum(i.new for i in later) > _MOST_ADDITIONS:
        return False
    rows = _load_additions(store, later[0].id, later[-1].id) if any(i.new for i in later) else []
    said: dict[int, int] = defaultdict(int)
    for import_id, _, _, count in rows:
        said[import_id] += count
    if any(said[i.id] != i.new for i in later):
        return False
    watch.add((key, network) for _, key, network, _ in rows)
    watch.imports = len(imports)
    return True


def _load_imports(store: Store) -> list[_Import]:
    with store.read() as session:
        return _read_imports(session.connection())


def _read_imports(connection: Connection) -> list[_Import]:
    query = (
        sa.select(_IMPORTS.c.id, _IMPORTS.c.sha256, _IMPORTS.c.new)
        .where(_IMPORTS.c.kind == "addresses")
        .order_by(_IMPORTS.c.id)
    )
    return [_Import(*row) for row in connection.execute(query)]


def _load_additions(
    store: Store, first: int, last: int
) -> list[tuple[int, AddressKey, NetworkCode, int]]:
    query = sa.select(_ADDITIONS).where(_ADDITIONS.c.import_id.between(first, last))
    with store.read() as session:
        return [
            (
                row.import_id,
                AddressKey(row.scheme, bytes(row.payload)),
                NetworkCode(row.network),
                row.rows,
            )
            for row in session.connection().execute(query)
        ]


def _digest(imports: Sequence[_Import]) -> str:
    text = "\n".join(f"{i.id} {i.sha256} {i.new}" for i in imports)
    return hashlib.sha256(text.encode()).hexdigest()


def _find_built(folder: Path, imports: Sequence[_Import]) -> Iterator[Path]:
    """Built sets of this very database, the newest first."""
    found = []
    for path in folder.glob("watch-*"):
        try:
            holds = json.loads((path / INDEX).read_text("utf-8"))["imports"]
            count, digest = holds["count"], holds["digest"]
        except (OSError, ValueError, KeyError, TypeError):
            continue
        if count <= len(imports) and _digest(imports[:count]) == digest:
            found.append((count, path))
    return (path for _, path in sorted(found, reverse=True))


def build(store: Store, folder: Path, *, polled: Collection[NetworkCode] = ()) -> Path:
    """Build the set of this moment's address book into a new folder below ``folder``.

    Whoever uses an older one goes on with it: its files live as long as they are mapped.
    """
    folder.mkdir(parents=True, exist_ok=True)
    making = Path(tempfile.mkdtemp(prefix=".building-", dir=folder))
    try:
        with store.read() as session:
            connection = session.connection()
            imports = _read_imports(connection)
            tables = _write_tables(connection, making)
            _write_lists(connection, making, polled)
        index = {
            "format": FORMAT,
            "imports": {"count": len(imports), "digest": _digest(imports)},
            "tables": tables,
            "lists": sorted(polled),
        }
        with (making / INDEX).open("w", encoding="utf-8") as file:
            json.dump(index, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        making.chmod(0o755)
        name = hashlib.sha256(json.dumps(index, sort_keys=True).encode()).hexdigest()[:16]
        built = folder / f"watch-{len(imports)}-{name}"
        if built.is_dir():
            # The same content by another process, or a broken one that is to be replaced.
            shutil.rmtree(built, ignore_errors=True)
        making.rename(built)
    except BaseException:
        shutil.rmtree(making, ignore_errors=True)
        raise
    _forget(store, imports)
    for old in sorted(folder.glob("watch-*"), key=_age, reverse=True)[_KEPT:]:
        shutil.rmtree(old, ignore_errors=True)
    return built


def _age(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def _forget(store: Store, imports: Sequence[_Import]) -> None:
    """What the new set holds need not be listed any longer; who has an older one builds too."""
    if imports:
        with store.begin() as session:
            done = sa.delete(_ADDITIONS).where(_ADDITIONS.c.import_id <= imports[-1].id)
            session.connection().execute(done)


def _write_tables(connection: Connection, folder: Path) -> list[dict[str, Any]]:
    tables: list[dict[str, Any]] = []
    for scheme in _read_schemes(connection):
        columns: dict[int, bytearray] = defaultdict(bytearray)
        for payloads in _read_payloads(connection, scheme):
            widths = set(map(len, payloads))
            for width in widths:
                alike = payloads if len(widths) == 1 else [p for p in payloads if len(p) == width]
                columns[width] += b"".join(alike)
        for width, column in sorted(columns.items()):
            rows = np.frombuffer(column, np.uint8).reshape(-1, width)
            tables.append(write_table(folder, len(tables), scheme, rows))
    return tables


def _read_schemes(connection: Connection) -> Iterator[str]:
    """Each scheme once: the next one is a seek in the key, where DISTINCT would read all rows."""
    last = ""
    following = sa.select(sa.func.min(_ADDRESSES.c.scheme)).where(
        _ADDRESSES.c.scheme > sa.bindparam("last")
    )
    while (scheme := connection.execute(following, {"last": last}).scalar()) is not None:
        yield scheme
        last = scheme


def _read_payloads(connection: Connection, scheme: str) -> Iterator[list[bytes]]:
    """A scheme's payloads once each, past SQLAlchemy, whose rows would take ten times as long."""
    driver: Any = connection.connection.driver_connection
    query = "SELECT DISTINCT payload FROM addresses WHERE scheme = "
    if connection.dialect.name == "postgresql":
        with driver.cursor(name="watch_keys", binary=True) as cursor:
            cursor.execute(query + "%s", (scheme,))
            while part := cursor.fetchmany(_AT_ONCE):
                yield [payload for (payload,) in part]
        return
    found = driver.cursor()
    found.row_factory = lambda _cursor, row: row[0]
    found.execute(query + "?", (scheme,))
    while payloads := found.fetchmany(_AT_ONCE):
        yield payloads


def _write_lists(connection: Connection, folder: Path, polled: Collection[NetworkCode]) -> None:
    lists: dict[str, list[str]] = {code: [] for code in polled}
    query = (
        sa.select(_ADDRESSES.c.network, _ADDRESSES.c.scheme, _ADDRESSES.c.payload)
        .where(_ADDRESSES.c.network.in_(sorted(polled)), _ADDRESSES.c.memo == "")
        .distinct()
        .execution_options(stream_results=True, yield_per=_AT_ONCE)
    )
    if lists:
        for network, scheme, payload in connection.execute(query):
            lists[network].append(str(AddressKey(scheme, bytes(payload))))
    for code, keys in lists.items():
        (folder / f"{code}.list").write_text("".join(f"{key}\n" for key in keys), "ascii")
