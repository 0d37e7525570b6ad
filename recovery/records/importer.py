"""Importing a CSV file into the records: the whole file or nothing, in one transaction.

Knows: how rows are staged, compared with what stands, and merged. Must not know: what columns mean
(`recovery.records.kinds`).

The key of a row is the primary key of its table. A row whose key stands already changes nothing
where it says the same; where it says something else, it replaces what stood, except in the two
ledgers: a credit or withdrawal that contradicts an earlier import is a bad line, because which of
the two is true is not for the newer file to say. Two lines of one file that contradict each
other are always bad lines. Nothing is ever deleted by an import: what is missing in a later file
stays as it was.

Periods of one listing, or of one address with one memo, must not overlap. A period that was
imported by mistake is taken back by a row that ends it where it begins (``valid_to`` =
``valid_from``; 1970-01-01T00:00:00Z where it had no ``valid_from``).

Parsing and staging hold no lock; only the merge excludes other writers.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Table
from sqlmodel import SQLModel, col

from recovery.clock import now
from recovery.errors import BadInput
from recovery.model import NetworkCode
from recovery.records.csvfile import MAX_PROBLEMS, CsvFile, Problems
from recovery.records.kinds import Kind, Row, find_kind
from recovery.records.staff import restore_staff, write_ledger
from recovery.records.tables import BEGINNING, AdditionRow, ImportRow, LedgerMarkRow
from recovery.store import Store
from recovery.times import print_time

_BATCH = 10_000
_CREDITS = "credits"

MOST_LISTED = 100_000
"""Lines of a file of addresses up to which its additions are listed."""

MARK_AHEAD = timedelta(days=1)
"""How far ahead the ledger can be declared complete."""


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did: ``rows`` of the file were ``new``, ``replaced`` others or ``unchanged``.

    A line that repeats another of the same file word for word counts as unchanged.
    """

    kind: str
    rows: int
    new: int
    unchanged: int
    replaced: int
    complete_through: datetime | None = None


def import_csv(
    store: Store,
    kind: str,
    path: Path | str,
    *,
    actor: str,
    complete_through: datetime | None = None,
    profiles: Mapping[NetworkCode, str] | None = None,
) -> ImportReport:
    """Import one file of a kind; ``complete_through`` says up to when credits are complete, a day
    ahead at most (a later moment counts as that).

    ``profiles`` are the development profiles in force (`Config.profiles`). Raises `BadInput`, with
    every bad line and its number (`ManyProblems`), and then nothing was stored.
    """
    found = find_kind(kind)
    complete_through = _parse_mark(found, complete_through)
    path = Path(path)
    problems = Problems(path, found.name)
    file = CsvFile(path, required=found.required, optional=found.optional, problems=problems)
    with store.own_connection() as connection:
        merge = _Merge(connection, found, problems)
        rows = merge.stage(_parse(file, found, problems, profiles or {}))
        problems.raise_if_any()
        with store.begin_on(connection, lock="records"):
            if found.name == "staff":
                restore_staff(connection)
            new, replaced = merge.apply()
            marked = _mark(connection, complete_through)
            if new or replaced or marked:
                log = ImportRow(
                    at=now(),
                    actor=actor,
                    kind=found.name,
                    file=path.name,
                    sha256=file.sha256,
                    rows=rows,
                    new=new,
                    replaced=replaced,
                    complete_through=complete_through,
                )
                logged = sa.insert(ImportRow).values(log.model_dump(exclude={"id"}))
                (number,) = connection.execute(logged).inserted_primary_key or (0,)
                merge.name_additions(number)
                if found.name == "staff":
                    write_ledger(connection, actor=actor, file=file.sha256, at=log.at)
    return ImportReport(found.name, rows, new, rows - new - replaced, replaced, complete_through)


def _parse_mark(kind: Kind, complete_through: datetime | None) -> datetime | None:
    """The mark that is kept: a day ahead at most, whatever is declared.

    Clocks of young chains run ahead of ours, and somebody may import every minute. But a mark far
    ahead, a wrong year, would have every later credit that was not imported paid twice.
    """
    if complete_through is None:
        return None
    if kind.name != _CREDITS:
        raise BadInput(
            "bad-complete-through",
            f"{kind.name} are never complete through a time",
            hint="only credits are",
        )
    return min(complete_through, now() + MARK_AHEAD)


def _mark(connection: Connection, complete_through: datetime | None) -> bool:
    """Declare the ledger complete; the last word counts, so that a wrong one can be taken back."""
    if complete_through is None:
        return False
    known = sa.select(LedgerMarkRow).where(col(LedgerMarkRow.ledger) == _CREDITS)
    mark = connection.execute(known).one_or_none()
    if mark is not None and mark.complete_through == complete_through:
        return False
    if mark is None:
        values = {"ledger": _CREDITS, "complete_through": complete_through}
        connection.execute(sa.insert(LedgerMarkRow).values(values))
    else:
        changed = sa.update(LedgerMarkRow).where(col(LedgerMarkRow.ledger) == _CREDITS)
        connection.execute(changed.values(complete_through=complete_through))
    return True


def _parse(
    file: CsvFile, kind: Kind, problems: Problems, profiles: Mapping[NetworkCode, str]
) -> Iterator[tuple[int, Row]]:
    for line, cells in file.rows():
        try:
            yield line, kind.parse(cells, profiles)
        except BadInput as wrong:
            problems.add(line, f"{wrong.text} ({wrong.hint})" if wrong.hint else wrong.text)


class _Merge:
    """The rows of one file in a temporary table, and the statements that bring them home."""

    def __init__(self, connection: Connection, kind: Kind, problems: Problems) -> None:
        self._connection = connection
        self._kind = kind
        self._problems = problems
        self._table: Table = SQLModel.metadata.tables[kind.table]
        self._key = [c.name for c in self._table.primary_key.columns]
        self._content = [c.name for c in self._table.columns if c.name not in self._key]
        self._staged = sa.Table(
            "staged",
            sa.MetaData(),
            sa.Column("line", sa.Integer),
            *(sa.Column(c.name, c.type) for c in self._table.columns),
            prefixes=["TEMPORARY"],
        )

    def stage(self, rows: Iterable[tuple[int, Row]]) -> int:
        """Fill the temporary table; how many rows there were."""
        connection, staged = self._connection, self._staged
        connection.execute(sa.schema.CreateTable(staged))
        converters = [(c.name, _converter(c, connection.dialect)) for c in self._table.columns]

        def convert(line: int, row: Row) -> tuple[Any, ...]:
            return line, *(
                row[name] if make is None else make(row[name]) for name, make in converters
            )

        count = 0
        tuples = (convert(line, row) for line, row in rows)
        while batch := list(islice(tuples, _BATCH)):
            count += len(batch)
            if (
                not self._problems
            ):  # else nothing will be stored: the rest is only read for its faults
                _load(connection, staged, batch)
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("ANALYZE staged")  # the planner knows nothing of it yet
        connection.commit()
        return count

    def apply(self) -> tuple[int, int]:
        """Merge; how many rows were new and how many replaced others. Raises `ManyProblems`."""
        self._drop_repeated()
        if self._kind.append_only:
            self._refuse_contradictions()
        self._problems.raise_if_any()
        replaced = self._replace()
        if self._kind.name == "addresses":
            self._list_additions()
        new = self._insert()
        if self._kind.period:
            self._refuse_overlaps()
        self._problems.raise_if_any()
        if self._kind.name == "addresses":
            self._declare_shared()
        return new, replaced

    def _same_key(self, a: Any, b: Any) -> sa.ColumnElement[bool]:
        return sa.and_(*(a.c[name] == b.c[name] for name in self._key))

    def _differs(self, a: Any, b: Any) -> sa.ColumnElement[bool]:
        return sa.or_(*(a.c[name].is_distinct_from(b.c[name]) for name in self._content))

    def _drop_repeated(self) -> None:
        """Lines with the key of an earlier line: bad where they contradict it, else not needed."""
        staged = self._staged
        keys = [staged.c[name] for name in self._key]
        first = (
            sa.select(sa.func.min(staged.c.line).label("line"))
            .group_by(*keys)
            .having(sa.func.count() > 1)
            .subquery()
        )
        if self._connection.scalar(sa.select(sa.func.count()).select_from(first)) == 0:
            return
        one, other = staged.alias("one"), staged.alias("other")
        contradicting = (
            sa.select(other.c.line, one.c.line)
            .select_from(first)
            .join(one, one.c.line == first.c.line)
            .join(other, sa.and_(self._same_key(one, other), other.c.line > one.c.line))
            .where(self._differs(one, other))
            .order_by(other.c.line)
            .limit(MAX_PROBLEMS)
        )
        for line, earlier in self._connection.execute(contradicting):
            self._problems.add(line, f"contradicts line {earlier}: same {self._named_key}")
        kept = sa.select(sa.func.min(staged.c.line)).group_by(*keys)
        self._connection.execute(sa.delete(staged).where(staged.c.line.not_in(kept)))

    @property
    def _named_key(self) -> str:
        hidden = {"scheme": "address", "payload": "", "owner": "user", "list_name": "list"}
        hidden["person"] = "actor"
        return ", ".join(name for name in (hidden.get(n, n) for n in self._key) if name)

    def _refuse_contradictions(self) -> None:
        staged, table = self._staged, self._table
        contradicting = (
            sa.select(staged.c.line)
            .join(table, self._same_key(staged, table))
            .where(self._differs(staged, table))
            .order_by(staged.c.line)
            .limit(MAX_PROBLEMS)
        )
        for (line,) in self._connection.execute(contradicting):
            self._problems.add(
                line, f"contradicts an earlier import: same {self._named_key}, other content"
            )

    def _replace(self) -> int:
        staged, table = self._staged, self._table
        changed = (
            sa.update(table)
            .values({name: staged.c[name] for name in self._content})
            .where(self._same_key(staged, table), self._differs(staged, table))
        )
        return self._count(changed)

    def _insert(self) -> int:
        staged, table = self._staged, self._table
        columns = [c.name for c in table.columns]
        missing = (
            sa.select(*(staged.c[name] for name in columns))
            .where(~sa.exists().where(self._same_key(staged, table)))
            .order_by(*(staged.c[name] for name in self._key))
        )
        if self._connection.dialect.name == "postgresql":
            missing = missing.order_by(None)  # only SQLite's clustered tables gain by the order
        return self._count(sa.insert(table).from_select(columns, missing))

    def _list_additions(self) -> None:
        """List the keys about to be added, unless they are too many: see `AdditionRow`."""
        staged, table = self._staged, self._table
        rows = sa.select(sa.func.count()).select_from(staged)
        if (self._connection.scalar(rows) or 0) > MOST_LISTED:
            return
        key = [staged.c[name] for name in ("scheme", "payload", "network")]
        added = (
            sa.select(sa.literal(0), *key, sa.func.count())
            .where(~sa.exists().where(self._same_key(staged, table)))
            .group_by(*key)
        )
        columns = ["import_id", "scheme", "payload", "network", "rows"]
        self._connection.execute(sa.insert(AdditionRow).from_select(columns, added))

    def name_additions(self, import_id: int) -> None:
        """Say which import the listed additions belong to, once it has a number."""
        if self._kind.name == "addresses":
            unnamed = sa.update(AdditionRow).where(col(AdditionRow.import_id) == 0)
            self._connection.execute(unnamed.values(import_id=import_id))

    def _count(self, statement: sa.Insert | sa.Update) -> int:
        kept = statement.execution_options(preserve_rowcount=True)
        return self._connection.execute(kept).rowcount

    def _refuse_overlaps(self) -> None:
        """Two rows that hold at one moment: which of them decides about money would be chance."""
        staged, table = self._staged, self._table
        same = (staged.c[name] == table.c[name] for name in self._kind.period)
        overlapping = (
            sa.select(staged.c.line, table.c.valid_from, table.c.valid_to)
            .join(table, sa.and_(*same, staged.c.valid_from != table.c.valid_from))
            .where(
                *(
                    sa.or_(a.c.valid_to.is_(None), b.c.valid_from < a.c.valid_to)
                    for a in (staged, table)
                    for b in (staged, table)
                )
            )
            .order_by(*(staged.c[name] for name in self._key))
            .limit(MAX_PROBLEMS)
        )
        for line, begin, end in self._connection.execute(overlapping):
            self._problems.add(
                line,
                f"overlaps the period of the same {_words(self._kind)} from {_moment(begin)} to"
                f" {_moment(end)}: end that one with valid_to where this one begins",
            )

    def _declare_shared(self) -> None:
        """A memo row says that its address is ours and shared, also where no row declares it."""
        staged, table = self._staged, self._table
        where = ("scheme", "payload", "network")
        is_declared = sa.and_(
            *(table.c[name] == staged.c[name] for name in where), table.c.memo == ""
        )
        declaration = {
            **{name: staged.c[name] for name in where},
            "memo": sa.literal(""),
            "valid_from": sa.literal(BEGINNING, table.c.valid_from.type),
            "valid_to": sa.null(),
            "address": sa.func.min(staged.c.address),
            "role": sa.literal("shared"),
            "owner": sa.null(),
            "key_scheme": sa.func.min(staged.c.key_scheme),
            "can_sign": sa.func.min(staged.c.can_sign),
        }
        undeclared = (
            sa.select(*(v.label(k) for k, v in declaration.items()))
            .where(staged.c.memo != "", staged.c.role == "shared", ~sa.exists().where(is_declared))
            .group_by(*(staged.c[name] for name in where))
        )
        self._connection.execute(sa.insert(table).from_select(list(declaration), undeclared))


def _words(kind: Kind) -> str:
    return {"listings": "asset", "staff": "person and role"}.get(kind.name, "address and memo")


def _moment(moment: datetime | None) -> str:
    if moment is None:
        return "now on"
    return "the beginning" if moment == BEGINNING else print_time(moment)


def _converter(column: sa.Column[Any], dialect: sa.Dialect) -> Callable[[Any], Any] | None:
    """How the driver wants the column's values; a file repeats few times, so they are remembered."""
    make = column.type.dialect_impl(dialect).bind_processor(dialect)
    is_time = make is not None and column.type.python_type is datetime
    return functools.lru_cache(maxsize=1024)(make) if make and is_time else make


def _load(connection: Connection, staged: Table, batch: list[tuple[Any, ...]]) -> None:
    """Append driver-level tuples by the fastest way each database has."""
    names = ", ".join(f'"{c.name}"' for c in staged.columns)
    if connection.dialect.name == "postgresql":
        _copy(connection, f"COPY staged ({names}) FROM STDIN", batch)
        return
    marks = ", ".join("?" * len(staged.columns))
    connection.exec_driver_sql(f"INSERT INTO staged ({names}) VALUES ({marks})", batch)  # noqa: S608 - our own column names


def _copy(connection: Connection, statement: str, batch: list[tuple[Any, ...]]) -> None:
    import psycopg

    driver: Any = connection.connection.dbapi_connection
    try:
        with driver.cursor() as cursor, cursor.copy(statement) as copy:
            for row in batch:
                copy.write_row(row)
    except psycopg.OperationalError as error:  # past SQLAlchemy, which would have wrapped it
        raise sa.exc.OperationalError(statement, None, error) from error
