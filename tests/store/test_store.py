"""The database opens, migrates, serialises writers and says clearly what is wrong."""

from __future__ import annotations

import importlib
import shutil
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import create_engine, inspect
from sqlalchemy.exc import IntegrityError
from sqlmodel import SQLModel, select

from recovery.errors import BadInput, Inconsistent, Unreachable
from recovery.model import Amount
from recovery.records.tables import AccountRow, CreditRow
from recovery.store import (
    VERSION_TABLE,
    Store,
    newest_revision,
    open_store,
    parse_database_url,
    print_amount,
    read_amount,
)


def _account(owner: str) -> AccountRow:
    return AccountRow(owner=owner, status="active", reason=None)


def _owners(store: Store) -> set[str]:
    with store.read() as session:
        return set(session.exec(select(AccountRow.owner)).all())


def test_what_is_written_is_read_back(store: Store) -> None:
    with store.begin() as session:
        session.add(_account("alice"))
    assert _owners(store) == {"alice"}


def test_a_transaction_that_raises_leaves_nothing(store: Store) -> None:
    def fail_half_way() -> None:
        with store.begin() as session:
            session.add(_account("alice"))
            session.flush()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_half_way()
    assert _owners(store) == set()


def test_amounts_keep_their_type_and_every_digit(store: Store) -> None:
    amounts: list[Amount] = [
        0,
        2**256 - 1,
        -5,
        Decimal("5"),
        Decimal("0.000000000000000001"),
        Decimal("1E+80"),
    ]
    with store.begin() as session:
        for number, amount in enumerate(amounts):
            session.add(
                CreditRow(
                    network="XRP",
                    tx_hash="ab",
                    transfer=str(number),
                    owner="alice",
                    asset="a",
                    amount=amount,
                    credited_at=datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC),
                )
            )
    with store.read() as session:
        rows = session.exec(select(CreditRow)).all()
    read = {int(row.transfer): row.amount for row in rows}
    assert [read[n] for n in range(len(amounts))] == amounts
    assert [type(read[n]) for n in range(len(amounts))] == [type(a) for a in amounts]
    assert rows[0].credited_at == datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC)


@given(st.integers() | st.decimals(allow_nan=False, allow_infinity=False))
def test_every_amount_reads_back_as_it_was(amount: int | Decimal) -> None:
    text = print_amount(amount)
    back = read_amount(text)
    assert back == amount
    assert type(back) is type(amount)
    assert print_amount(back) == text


def test_a_number_that_is_none_is_never_stored() -> None:
    with pytest.raises(ValueError, match="not an amount"):
        print_amount(Decimal("NaN"))


ROOMS = ("records", "cases", "abuse", "proofs", "scan", "api", "notices")
"""Those that have tables."""


@pytest.mark.parametrize("room", ROOMS)
def test_the_tables_of_a_room_are_whole_without_any_other_room(room: str) -> None:
    """A process that imports no more than it needs can't write a row that names one of an unknown table."""
    words = f"import recovery.{room}.tables; from sqlmodel import SQLModel; SQLModel.metadata.sorted_tables"
    subprocess.run([sys.executable, "-c", words], check=True)


def test_the_migrations_make_exactly_the_tables_of_the_code(store: Store) -> None:
    for room in ROOMS:
        importlib.import_module(f"recovery.{room}.tables")
    importlib.import_module("recovery.pacing")
    found = inspect(store.engine)
    tables = {t.name: t for t in SQLModel.metadata.sorted_tables}
    assert set(tables) <= set(found.get_table_names())
    for name, table in tables.items():
        columns = {c["name"]: c for c in found.get_columns(name)}
        assert set(columns) == {c.name for c in table.columns}, name
        for column in table.columns:
            assert columns[column.name]["nullable"] == bool(column.nullable), (name, column.name)
        key = found.get_pk_constraint(name)["constrained_columns"]
        assert set(key) == {c.name for c in table.primary_key.columns}, name
        indexes = {i["name"]: i["column_names"] for i in found.get_indexes(name)}
        wanted = {i.name: [c.name for c in i.columns] for i in table.indexes}
        assert wanted.items() <= indexes.items(), name


def test_the_key_of_an_address_leads_its_table(store: Store) -> None:
    key = inspect(store.engine).get_pk_constraint("addresses")["constrained_columns"]
    assert key[:2] == ["scheme", "payload"]


def test_a_database_of_a_newer_version_is_refused(store_url: str) -> None:
    with open_store(store_url) as store, store.begin() as session:
        session.connection().exec_driver_sql(f"UPDATE {VERSION_TABLE} SET version_num = '9999'")
    with pytest.raises(BadInput, match="revision 9999") as caught:
        open_store(store_url)
    assert caught.value.reference == "database-too-new"


def test_an_empty_database_is_not_opened_without_migrations(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as caught:
        open_store(f"sqlite:///{tmp_path}/new.db", migrate=False)
    assert caught.value.reference == "database-not-migrated"


def test_opening_a_migrated_file_again_is_fast(sqlite_url: str) -> None:
    """In processor time, the best of three: what else the machine does is left out."""
    open_store(sqlite_url).close()
    spent = []
    for _ in range(3):
        started = time.process_time()
        open_store(sqlite_url).close()
        spent.append(time.process_time() - started)
    assert min(spent) < 0.06


def test_a_connection_of_the_pool_keeps_few_pages_and_the_importers_own_many(
    sqlite_store: Store,
) -> None:
    """A process has twenty of the pool's, and each may fill its cache."""
    with sqlite_store.begin() as session:
        pooled = session.connection().exec_driver_sql("PRAGMA cache_size").scalar_one()
    with sqlite_store.own_connection() as connection:
        own = connection.exec_driver_sql("PRAGMA cache_size").scalar_one()
    with sqlite_store.look() as connection:
        again = connection.exec_driver_sql("PRAGMA cache_size").scalar_one()
    assert (pooled, own, again) == (-4_096, -65_536, -4_096)  # KiB


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_two_processes_that_start_at_once_do_not_collide(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    if kind == "sqlite":
        url = f"sqlite:///{tmp_path}/new.db"
    else:
        url = request.getfixturevalue("postgresql_url")
        with open_store(url) as store, store.begin() as session:
            session.connection().exec_driver_sql("DROP SCHEMA public CASCADE")
            session.connection().exec_driver_sql("CREATE SCHEMA public")
    program = "import sys; from recovery.store import open_store; open_store(sys.argv[1]).close()"
    starters = [subprocess.Popen([sys.executable, "-c", program, url]) for _ in range(3)]
    assert [starter.wait(60) for starter in starters] == [0, 0, 0]
    with open_store(url, migrate=False) as store:
        assert _owners(store) == set()


def test_writers_are_serialised_from_their_first_read_on(store: Store) -> None:
    """Each reads a counter and writes it one higher: no step is lost under a named lock."""
    with store.begin() as session:
        session.add(AccountRow(owner="counter", status="0", reason=None))

    def count() -> None:
        for _ in range(10):
            with store.begin(lock="counter") as session:
                row = session.get_one(AccountRow, "counter")
                row.status = str(int(row.status) + 1)
                session.add(row)

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with store.read() as session:
        assert session.get_one(AccountRow, "counter").status == "40"


def test_a_unique_key_decides_a_race_and_says_so(store: Store) -> None:
    with store.begin() as session:
        session.add(_account("alice"))
    with pytest.raises(IntegrityError), store.begin() as session:
        session.add(_account("alice"))


def test_a_reader_sees_one_moment(store: Store) -> None:
    with store.read() as reading:
        assert reading.exec(select(AccountRow.owner)).all() == []
        with store.begin() as session:
            session.add(_account("alice"))
        assert reading.exec(select(AccountRow.owner)).all() == []
    assert _owners(store) == {"alice"}


@pytest.mark.parametrize(
    "url",
    [
        "",
        "recovery.db",
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite:recovery.db",
        "sqlite://recovery.db",
        "sqlite:///recovery.db?mode=ro",
        "sqlite:////no/such/folder/recovery.db",
        "sqlite:////",
        "mysql://root@localhost/recovery",
        "postgresql+asyncpg://localhost/recovery",
        "postgresql://localhost:port/recovery",
        "http://localhost/",
        "sqlite:///a\x00b",
    ],
)
def test_a_wrong_url_names_the_right_ones(url: str) -> None:
    with pytest.raises(BadInput) as caught:
        open_store(url)
    assert "sqlite:///recovery.db" in caught.value.hint
    assert "postgresql+psycopg://" in caught.value.hint


def test_the_short_name_of_postgresql_means_the_driver_that_is_here() -> None:
    assert parse_database_url("postgresql://a/b").drivername == "postgresql+psycopg"


def test_a_file_that_is_no_database_is_bad_input(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("These are notes, and not a database. " * 100)
    with pytest.raises(BadInput, match="not a database"):
        open_store(f"sqlite:///{path}")
    assert path.read_text().startswith("These are notes")


def test_a_server_that_is_not_there_is_an_outage(tmp_path: Path) -> None:
    with pytest.raises(Unreachable) as caught:
        open_store("postgresql+psycopg://someone:secret@127.0.0.1:1/recovery")
    assert caught.value.exit_code == 3
    assert "secret" not in caught.value.text


def test_a_database_that_the_server_does_not_have_is_bad_input(postgresql_server: str) -> None:
    url = postgresql_server.replace("/postgres?", "/no_such_database?")
    with pytest.raises(BadInput, match="no_such_database"):
        open_store(url)


def test_an_option_that_libpq_does_not_know_is_bad_input() -> None:
    with pytest.raises(BadInput, match="wrong_option"):
        open_store("postgresql+psycopg://127.0.0.1:1/recovery?wrong_option=1")


def test_a_damaged_file_is_not_an_outage(sqlite_template: Path, tmp_path: Path) -> None:
    path = tmp_path / "damaged.db"
    shutil.copyfile(sqlite_template, path)
    with open_store(f"sqlite:///{path}") as store:
        with store.begin() as session:
            session.add_all(_account(f"user-{n}" * 50) for n in range(200))
        store.engine.dispose()
        content = bytearray(path.read_bytes())
        content[40000:] = b"\xff" * (len(content) - 40000)
        path.write_bytes(content)
        with pytest.raises(Inconsistent), store.read() as session:
            session.exec(select(AccountRow)).all()


def test_a_database_that_went_away_is_an_outage(
    store: Store, request: pytest.FixtureRequest
) -> None:
    store.engine.dispose()
    if store.is_sqlite:
        path = Path(store.engine.url.database or "")
        path.unlink()
        path.mkdir()
    else:
        server = create_engine(
            request.getfixturevalue("postgresql_server"), isolation_level="AUTOCOMMIT"
        )
        with server.connect() as connection:
            connection.exec_driver_sql(f"DROP DATABASE {store.engine.url.database} WITH (FORCE)")
        server.dispose()
    with pytest.raises(Unreachable) as caught, store.read() as session:
        session.exec(select(AccountRow)).all()
    assert caught.value.exit_code == 3


def test_the_newest_revision_is_read_off_the_file_names() -> None:
    assert newest_revision() >= "0001"
