"""The book answers many keys in few queries, and each exactly as it was imported."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from recovery.errors import Unreachable
from recovery.model import AddressKey, AssetId, NetworkCode
from recovery.records.book import Book
from recovery.records.port import Records
from recovery.store import Store

ETH = NetworkCode("ETH")
MANY = 1007  # more than two queries' keys


@contextmanager
def _counting(store: Store) -> Iterator[list[str]]:
    statements: list[str] = []

    def count(*arguments: Any) -> None:
        if arguments[2].startswith("SELECT"):
            statements.append(arguments[2])

    event.listen(store.engine, "before_cursor_execute", count)
    yield statements
    event.remove(store.engine, "before_cursor_execute", count)


def _payload(number: int) -> bytes:
    return number.to_bytes(20, "big")


def _evm(number: int) -> str:
    return "0x" + _payload(number).hex()


def _hash(number: int) -> str:
    return f"0x{number:064x}"


def test_the_book_is_the_port_of_the_records(store: Store) -> None:
    records: Records = Book(store)
    assert records.load_listings() == ()


def test_an_empty_book_knows_nothing_of_anything(book: Book) -> None:
    key = AddressKey("evm", _payload(1))
    assert book.find_addresses([key]) == {}
    assert book.find_addresses([]) == {}
    assert book.find_held([key]) == set()
    assert book.find_memos([(key, "1")]) == {}
    assert book.find_accounts(["alice"]) == {}
    assert book.find_credits([(ETH, _hash(1))]) == {}
    assert book.find_withdrawals([(ETH, _hash(1))]) == {}
    assert book.find_withdrawals_to([(ETH, key)]) == {}
    assert book.find_screened([(ETH, key)]) == {}
    assert book.find_prices([AssetId("eip155:1/slip44:60")], "USD") == {}
    assert book.load_ledger_complete_through() is None


def test_thousands_of_keys_are_asked_in_few_queries(
    importing: Any, book: Book, store: Store
) -> None:
    rows = [f"ETH,{_evm(n)},deposit,user-{n}" for n in range(1, MANY)]
    importing("addresses", "network,address,role,user\n" + "\n".join(rows))
    keys = [AddressKey("evm", _payload(n)) for n in range(MANY + 100)]
    with _counting(store) as statements:
        found = book.find_addresses(keys + keys)
    assert {key: rows[0].user for key, rows in found.items()} == {
        AddressKey("evm", _payload(n)): f"user-{n}" for n in range(1, MANY)
    }
    assert len(statements) <= 3
    assert book.find_held(keys) == set(found)


def test_thousands_of_transactions_and_users_are_asked_in_few_queries(
    importing: Any, book: Book, store: Store
) -> None:
    header = "network,tx_hash,transfer,user,asset,amount,credited_at\n"
    rows = [f"ETH,{_hash(n)},0,user-{n},native,{n},2026-01-01" for n in range(MANY)]
    importing("credits", header + "\n".join(rows))
    importing("accounts", "user,status\n" + "\n".join(f"user-{n},closed" for n in range(MANY)))
    with _counting(store) as statements:
        credits = book.find_credits([(ETH, _hash(n)) for n in range(MANY)])
        accounts = book.find_accounts([f"user-{n}" for n in range(MANY)])
    assert [credits[ETH, _hash(n)][0].amount for n in range(MANY)] == list(range(MANY))
    assert len(accounts) == MANY
    assert len(statements) == 6


def test_a_shared_address_with_many_memos_is_one_row_to_who_asks_for_the_address(
    importing: Any, book: Book
) -> None:
    shared = "rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh"
    rows = [f"XRP,{shared},shared,{n},user-{n}" for n in range(MANY)]
    importing("addresses", "network,address,role,memo,user\n" + "\n".join(rows))
    from recovery.chains.codecs import parse_address
    from recovery.networks import load_registry

    key = parse_address(load_registry()["XRP"], shared).key
    assert [r.memo for r in book.find_addresses([key])[key]] == [None]
    assert book.find_held([key]) == {key}
    found = book.find_memos([(key, str(n)) for n in range(MANY + 5)])
    assert {memo: rows[0].user for (_, memo), rows in found.items()} == {
        str(n): f"user-{n}" for n in range(MANY)
    }


def test_equal_bytes_of_another_scheme_are_another_lock(importing: Any, book: Book) -> None:
    importing("addresses", f"network,address,role,user\nETH,{_evm(5)},deposit,alice\n")
    assert book.find_addresses([AddressKey("xrpl", _payload(5))]) == {}
    assert book.find_held([AddressKey("xrpl", _payload(5))]) == set()
    assert list(book.find_addresses([AddressKey("evm", _payload(5))])) == [
        AddressKey("evm", _payload(5))
    ]


def test_prices_of_many_moments_give_the_newest_of_each_asset(importing: Any, book: Book) -> None:
    header = "asset,currency,price,as_of\n"
    rows = [
        f"eip155:1/erc20:{_evm(asset)},USD,{asset}.{day},2026-01-{day:02}T00:00:00Z"
        for asset in range(1, 4)
        for day in (9, 1, 5)
    ]
    importing("prices", header + "\n".join(rows))
    assets = [AssetId(f"eip155:1/erc20:{_evm(n)}") for n in range(1, 4)]
    found = book.find_prices(assets, "usd")
    assert [found[a].value for a in assets] == [Decimal("1.9"), Decimal("2.9"), Decimal("3.9")]
    assert {p.as_of for p in found.values()} == {datetime(2026, 1, 9, tzinfo=UTC)}


def test_records_that_can_not_be_read_are_an_outage_and_not_an_empty_book(
    sqlite_store: Store,
) -> None:
    book = Book(sqlite_store)
    sqlite_store.close()
    path = Path(sqlite_store.engine.url.database or "")
    path.unlink()
    path.mkdir()
    with pytest.raises(Unreachable):
        book.find_addresses([AddressKey("evm", _payload(1))])
    with pytest.raises(Unreachable):
        book.load_ledger_complete_through()


def test_a_users_addresses_are_found_on_every_network_memos_and_past_ones_included(
    importing: Any, book: Book, store: Store
) -> None:
    importing(
        "addresses",
        "network,address,role,user,valid_to\n"
        f"ETH,{_evm(1)},deposit,alice,\n"
        f"BSC,{_evm(2)},retired,alice,2026-01-01\n"
        f"ETH,{_evm(3)},deposit,bob,",
    )
    importing(
        "addresses",
        "network,address,role,memo,user\n"
        "XRP,rN7n7otQDd6FczFgLdSqtcsAUxDkw6fzRH,shared,,\n"
        "XRP,rN7n7otQDd6FczFgLdSqtcsAUxDkw6fzRH,shared,77,alice",
    )
    found = book.find_addresses_of(["alice", "nobody"])
    assert set(found) == {"alice"}
    assert {(row.network, row.memo) for row in found["alice"]} == {
        ("ETH", None),
        ("BSC", None),
        ("XRP", "77"),
    }
    with _counting(store) as statements:
        book.find_addresses_of([f"user-{n}" for n in range(MANY)])
    assert len(statements) == 3


def test_a_users_withdrawals_are_found(importing: Any, book: Book) -> None:
    columns = "network,tx_hash,user,asset,amount,destination,sent_at\n"
    rows = [
        f"ETH,{_hash(n)},{user},native,5,{_evm(n)},2026-01-01"
        for n, user in ((1, "alice"), (2, "alice"), (3, "bob"))
    ]
    importing("withdrawals", columns + "\n".join(rows))
    found = book.find_withdrawals_of(["alice"])
    assert [w.tx_hash for w in found["alice"]] == [_hash(1), _hash(2)]
    assert book.find_withdrawals_of([]) == {}
