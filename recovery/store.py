"""The database: one engine, transactions for reading and writing, and its migrations.

Knows: SQLite and PostgreSQL, how writers are serialised, which revision the tables are at. Must
not know: what any table means (the rooms own theirs: `recovery.records.tables`,
`recovery.cases.tables`).

On SQLite a writer takes the write lock when it begins (``BEGIN IMMEDIATE``), so that races are
decided before anything was read; a killed process leaves nothing behind (WAL, every commit
synced to disk). On PostgreSQL writers run side by side: what must not interleave takes
a named lock with ``begin(lock=…)``, or is decided by a unique key or a compare-and-set.

Amounts outgrow 64 bits: they are stored as exact decimal text (`AmountText`), and are compared and
added in Python, never in SQL. Times are stored as UTC (SQLModel's own type).
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar
from zlib import crc32

from sqlalchemy import Connection, Dialect, Engine, String, Table, create_engine, event, exc
from sqlalchemy.engine import URL, make_url
from sqlalchemy.types import TypeDecorator
from sqlmodel import Session, SQLModel

from recovery.errors import BadInput, Inconsistent, RecoveryError, Unreachable
from recovery.model import Amount

VERSION_TABLE = "recovery_version"
BUSY_SECONDS = 60
"""How long a writer waits for another: a million-row import holds the lock for some seconds."""

CONNECT_SECONDS = 5

POOL, OVERFLOW = 16, 16
"""Connections of a process that stay open, and how many more it may open at its busiest: one that is
opened for a single look costs more than the look."""

POOL_CACHE_KIB, OWN_CACHE_KIB = 4_096, 65_536
"""SQLite's page cache of each connection in the pool, and of one outside it, which writes a million rows. Those of the pool forget
their pages whenever another one writes: at 64 MB the night's twenty held a gigabyte, at 2 MB a hundred lookups take twice as long."""

_RIGHT_URLS = "write sqlite:///recovery.db or postgresql+psycopg://user:password@host/database"
_VERSIONS = Path(__file__).with_name("migrations") / "versions"


class AmountText(TypeDecorator[Amount]):
    """An amount as exact text: ``"123"`` is an ``int``, anything with a point is a `Decimal`.

    A whole `Decimal` is written with ``.0``, so that an XRP Ledger issued amount comes back as what
    it was; it reads back without it, so that equal amounts print equally.
    """

    impl = String
    cache_ok = True

    def process_bind_param(self, value: Amount | None, dialect: Dialect) -> str | None:
        return None if value is None else print_amount(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Amount | None:
        return None if value is None else read_amount(value)


def print_amount(amount: Amount) -> str:
    """The stored form of an amount; raises `ValueError` for what is not a finite number."""
    if isinstance(amount, int):
        return str(amount)
    if not amount.is_finite():
        raise ValueError(f"{amount} is not an amount")
    text = f"{amount:f}"
    if "." not in text:
        return f"{text}.0"
    whole, _, fraction = text.partition(".")
    return f"{whole}.{fraction.rstrip('0') or '0'}"


def read_amount(text: str) -> Amount:
    """Read back what `print_amount` wrote."""
    return Decimal(text.removesuffix(".0")) if "." in text else int(text)


def find_table(model: type[SQLModel]) -> Table:
    """The table behind a row's class: what statements are made of that never load a row as an object."""
    return SQLModel.metadata.tables[str(model.__tablename__)]


_Key = TypeVar("_Key")
_KEYS_AT_ONCE = 400
"""Keys in one query: SQLite's limit on an expression's depth is 1,000, and no plan gets better by more."""


def in_parts(keys: Iterable[_Key]) -> Iterator[list[_Key]]:
    """Keys to ask for, each once and as many as one query bears at a time."""
    unique = list(dict.fromkeys(keys))
    for start in range(0, len(unique), _KEYS_AT_ONCE):
        yield unique[start : start + _KEYS_AT_ONCE]


class Store:
    """An open database at the current revision. Thread-safe; close it when done."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._writer = engine.execution_options(recovery_begin="BEGIN IMMEDIATE")
        self._reader = engine
        self._looker = engine.execution_options(recovery_begin="")
        if engine.dialect.name == "postgresql":
            self._reader = engine.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
            self._looker = engine.execution_options(isolation_level="AUTOCOMMIT")

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def begin(self, *, lock: str | None = None) -> Iterator[Session]:
        """A writing transaction: committed at the end, rolled back on any exception.

        ``lock`` names what may not run twice at once; on SQLite every writer excludes every
        other anyway. Raises `Unreachable` where the database fails; an ``IntegrityError``
        passes, for those who let a unique key decide.
        """
        with (
            _translated(self.engine.url),
            Session(self._writer, expire_on_commit=False) as session,
            session.begin(),
        ):
            if lock is not None:
                take_lock(session.connection(), lock)
            yield session

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A reading transaction: one consistent moment, nothing can be written on PostgreSQL."""
        with _translated(self.engine.url), Session(self._reader, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def look(self) -> Iterator[Connection]:
        """A connection for lookups of one statement each: no transaction, half the time of `read`."""
        with _translated(self.engine.url), self._looker.connect() as connection:
            yield connection

    @contextmanager
    def own_connection(self) -> Iterator[Connection]:
        """A connection outside the pool, for temporary tables: closed for good at the end."""
        with _translated(self.engine.url), self.engine.connect() as connection:
            connection.detach()
            if self.engine.dialect.name == "sqlite":
                cursor = connection.connection.cursor()
                cursor.execute(f"PRAGMA cache_size=-{OWN_CACHE_KIB}")
            yield connection

    @contextmanager
    def begin_on(self, connection: Connection, *, lock: str) -> Iterator[None]:
        """A writing transaction, as `begin`, on a connection that prepared something before."""
        connection.execution_options(recovery_begin="BEGIN IMMEDIATE")
        with connection.begin():
            take_lock(connection, lock)
            yield

    def require_ready(self) -> None:
        """Raise `Unreachable` where the database does not answer, or is at another revision."""
        with self.look() as connection:
            stored = _stored_revision(connection)
        if stored != newest_revision():
            raise Unreachable(
                "database-not-migrated",
                f"the database is at revision {stored or 'none'}, not {newest_revision()}",
                hint="restart this process with the version that fits",
                where="database_url",
            )

    def close(self) -> None:
        self.engine.dispose()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def take_lock(connection: Connection, name: str) -> None:
    """Hold a named lock until the transaction ends; SQLite's write lock already is one."""
    if connection.dialect.name == "postgresql":
        key = crc32(f"recovery:{name}".encode())
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(%s)", (key,))


def open_store(url: str, *, migrate: bool = True) -> Store:
    """Open the database, creating and migrating it as needed (under a lock).

    Raises `BadInput` for a URL that can't be right or a database of a newer version,
    `Unreachable` where the server can't be reached. Without ``migrate`` an older database is
    refused too.
    """
    parsed = parse_database_url(url)
    engine = _make_engine(parsed)
    try:
        with _opening(parsed), _translated(parsed):
            _bring_up(engine, migrate=migrate)
    except BaseException:
        engine.dispose()
        raise
    return Store(engine)


def parse_database_url(text: str) -> URL:
    """Parse a database URL; raises `BadInput` naming what would be right."""
    try:
        url = make_url(text.strip())
    except (exc.ArgumentError, ValueError):
        raise _bad_url("that is not a database URL") from None
    if "\0" in text:
        raise _bad_url("a database URL has no NUL characters")
    name = url.drivername
    if name in ("postgresql", "postgres"):
        url = url.set(drivername="postgresql+psycopg")
    elif name == "sqlite+pysqlite":
        url = url.set(drivername="sqlite")
    elif name not in ("sqlite", "postgresql+psycopg"):
        raise _bad_url(f"there is no database {name!r} here")
    if url.drivername == "sqlite":
        _check_sqlite(url)
    return url


def _check_sqlite(url: URL) -> None:
    if url.host or url.query or not url.database:
        raise _bad_url("a SQLite URL names one file, after three slashes, and nothing else")
    if url.database == ":memory:" or url.database.startswith("file:"):
        raise _bad_url("cases must outlive the process: SQLite needs a plain file")
    path = Path(url.database)
    if path.is_dir():
        raise _bad_url(f"{url.database} is a folder")
    if not path.parent.is_dir():
        raise _bad_url(f"the folder {path.parent} does not exist")


def _bad_url(text: str) -> BadInput:
    return BadInput("bad-database-url", text, hint=_RIGHT_URLS, where="database_url")


def _make_engine(url: URL) -> Engine:
    if url.drivername == "sqlite":
        engine = create_engine(
            url, connect_args={"timeout": BUSY_SECONDS}, pool_size=POOL, max_overflow=OVERFLOW
        )
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    arguments = {} if "connect_timeout" in url.query else {"connect_timeout": CONNECT_SECONDS}
    return create_engine(
        url,
        connect_args=arguments,
        pool_pre_ping=True,
        pool_size=POOL,
        max_overflow=OVERFLOW,
    )


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # the driver begins nothing by itself: `_begin_sqlite` does
    for pragma in ("foreign_keys=ON", "synchronous=FULL", f"cache_size=-{POOL_CACHE_KIB}"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    statement = connection.get_execution_options().get("recovery_begin", "BEGIN")
    if statement:
        connection.exec_driver_sql(statement)


def newest_revision() -> str:
    """The revision of this version of the package, read off the file names: no alembic needed."""
    return max(path.name.partition("_")[0] for path in _VERSIONS.glob("[0-9]*_*.py"))


def _stored_revision(connection: Connection) -> str | None:
    if connection.dialect.name == "sqlite":
        query = f"SELECT 1 FROM sqlite_master WHERE name = '{VERSION_TABLE}'"  # noqa: S608 - a constant
    else:
        query = f"SELECT to_regclass('{VERSION_TABLE}')"
    if connection.exec_driver_sql(query).scalar() is None:
        return None
    query = f"SELECT version_num FROM {VERSION_TABLE}"  # noqa: S608 - a constant
    revision: str | None = connection.exec_driver_sql(query).scalar()
    return revision


def _bring_up(engine: Engine, *, migrate: bool) -> None:
    newest = newest_revision()
    with engine.connect() as connection:
        stored = _stored_revision(connection)
    if stored == newest:
        return
    if stored is not None and stored > newest:
        raise BadInput(
            "database-too-new",
            f"the database is at revision {stored}, this version knows {newest}",
            hint="install the newer version of recovery, or name another database",
            where="database_url",
        )
    if not migrate:
        raise BadInput(
            "database-not-migrated",
            f"the database is at revision {stored or 'none'}, this version needs {newest}",
            hint="open it once with migrations",
            where="database_url",
        )
    if engine.dialect.name == "sqlite":
        _switch_to_wal(engine)
    with engine.execution_options(recovery_begin="BEGIN IMMEDIATE").begin() as connection:
        take_lock(connection, "migrations")
        if _stored_revision(connection) != newest:  # else another process was first
            _upgrade(connection)


def _switch_to_wal(engine: Engine) -> None:
    """The mode stays with the file; switching ignores the busy time-out, so that we wait here."""
    deadline = time.monotonic() + BUSY_SECONDS
    with engine.execution_options(recovery_begin="").connect() as connection:
        while True:
            try:
                connection.exec_driver_sql("PRAGMA journal_mode=WAL")
            except exc.OperationalError as error:
                if "locked" not in str(error) or time.monotonic() > deadline:
                    raise
                time.sleep(0.02)
            else:
                return


def _upgrade(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "recovery:migrations")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


@contextmanager
def _translated(url: URL) -> Iterator[None]:
    """Driver errors as ours: the database failing is a source that could not be asked."""
    try:
        yield
    except exc.IntegrityError:
        raise
    except (exc.OperationalError, exc.InterfaceError, exc.TimeoutError) as error:
        raise Unreachable(
            "database-unavailable", f"{_name(url)}: {_words(error)}", where="database_url"
        ) from error
    except exc.DatabaseError as error:
        if type(error) is not exc.DatabaseError:  # a wrong statement is our own mistake
            raise
        raise Inconsistent(
            "database-damaged", f"{_name(url)}: {_words(error)}", where="database_url"
        ) from error


@contextmanager
def _opening(url: URL) -> Iterator[None]:
    """What a failure to open says about the URL itself is bad input, not an outage."""
    try:
        yield
    except (Unreachable, Inconsistent) as error:
        if _blames_url(error):
            raise _bad_url(error.text) from error
        raise
    except exc.ProgrammingError as error:  # libpq knows no such option
        raise _bad_url(f"{_name(url)}: {_words(error)}") from error


def _blames_url(error: RecoveryError) -> bool:
    if isinstance(error, Inconsistent):
        return "not a database" in error.text
    refused = "does not exist", "authentication failed", "no password supplied", "no pg_hba.conf"
    return (
        "unable to open database file" in error.text
        or ("FATAL:" in error.text and any(words in error.text for words in refused))
        or "no password supplied" in error.text
    )


def _name(url: URL) -> str:
    return url.render_as_string(hide_password=True)


def _words(error: exc.SQLAlchemyError) -> str:
    cause = error.orig if isinstance(error, exc.DBAPIError) else error
    return " ".join(str(cause).split())
