"""What an import file may say, and what it changes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlmodel import select

from recovery.chains.codecs import parse_address
from recovery.clock import now
from recovery.errors import BadInput, ManyProblems
from recovery.model import AddressKey, AssetId, NetworkCode
from recovery.networks import load_registry
from recovery.records.book import Book
from recovery.records.importer import ImportReport
from recovery.records.port import (
    Account,
    AccountStatus,
    AddressRole,
    KeyScheme,
    Listing,
    ListingStatus,
    TokenFlag,
)
from recovery.records.tables import ImportRow, ScreenedRow
from recovery.store import Store

ETH, BTC, XRP = NetworkCode("ETH"), NetworkCode("BTC"), NetworkCode("XRP")
USDT = "eip155:1/erc20:0xdAC17F958D2ee523a2206206994597C13D831ec7"
ALICE = "0x00000000219ab540356cBB839Cbe05303d7705Fa"
BOB = "0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045"
XRP_SHARED = "rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh"
HASH = "0x" + "ab" * 32


def _key(network: str, address: str) -> AddressKey:
    return parse_address(load_registry()[network], address).key


def _problems(importing: Any, kind: str, text: str) -> dict[int, str]:
    with pytest.raises(ManyProblems) as caught:
        importing(kind, text)
    assert caught.value.exit_code == 2
    return {int(p.where.rpartition(":")[2]): p.text for p in caught.value.problems}


def _report(kind: str, *, rows: int, new: int = 0, replaced: int = 0) -> ImportReport:
    return ImportReport(kind, rows, new, rows - new - replaced, replaced)


# --- each kind, as the contract writes it


def test_a_listing_reads_back_whole(importing: Any, book: Book) -> None:
    importing(
        "listings",
        "network,asset,symbol,decimals,status,name,min_deposit,denomination,flags,valid_from,valid_to\n"
        f"Ethereum,{USDT.lower()},USDT,6,listed,Tether USD,1000000,,pausable hooks,2024-01-01T00:00:00Z,2027-01-01T02:00:00+02:00\n"
        "eip155:1,native,ETH,18,suspended,,,,,,\n",
    )
    assert set(book.load_listings()) == {
        Listing(
            network=ETH,
            asset=AssetId(USDT),
            symbol="USDT",
            decimals=6,
            status=ListingStatus.LISTED,
            name="Tether USD",
            min_deposit=1_000_000,
            flags=frozenset({TokenFlag.PAUSABLE, TokenFlag.HOOKS}),
            valid_from=datetime(2024, 1, 1, tzinfo=UTC),
            valid_to=datetime(2027, 1, 1, tzinfo=UTC),
        ),
        Listing(
            network=ETH,
            asset=load_registry()["ETH"].native_asset,
            symbol="ETH",
            decimals=18,
            status=ListingStatus.SUSPENDED,
        ),
    }


def test_columns_come_in_any_order_and_optional_ones_may_be_missing(
    importing: Any, book: Book
) -> None:
    importing("addresses", f"role,user,address,network\ndeposit,alice,{ALICE},eth\n")
    (record,) = book.find_addresses([_key("ETH", ALICE)])[_key("ETH", ALICE)]
    assert (record.network, record.address, record.user) == (ETH, ALICE, "alice")
    assert (record.role, record.key_scheme) == (AddressRole.DEPOSIT, KeyScheme.SINGLE)
    assert (record.valid_from, record.valid_to, record.memo) == (None, None, None)


@pytest.mark.parametrize(
    ("column", "cell", "meaning"),
    [
        ("", "", None),
        (",can_sign", ",", frozenset({"ETH"})),
        (",can_sign", ",ETH BSC tron", frozenset({"ETH", "BSC", "TRX"})),
    ],
)
def test_a_missing_can_sign_is_unknown_and_an_empty_one_is_the_own_network(
    importing: Any, book: Book, column: str, cell: str, meaning: frozenset[str] | None
) -> None:
    importing("addresses", f"network,address,role,user{column}\nETH,{ALICE},deposit,alice{cell}\n")
    (record,) = book.find_addresses([_key("ETH", ALICE)])[_key("ETH", ALICE)]
    assert record.can_sign == meaning


def test_the_sample_address_of_every_network_is_found_by_its_key(
    importing: Any, book: Book
) -> None:
    rows = [f"{n.code},{n.sample_address},deposit,user-{n.code}" for n in load_registry()]
    report = importing("addresses", "network,address,role,user\n" + "\n".join(rows))
    assert report == _report("addresses", rows=32, new=32)
    for network in load_registry():
        key = parse_address(network, network.sample_address).key
        assert f"user-{network.code}" in {r.user for r in book.find_addresses([key])[key]}


def test_memos_of_a_shared_address_are_found_exactly_as_registered(
    importing: Any, book: Book
) -> None:
    importing(
        "addresses",
        "network,address,role,memo,user\n"
        f"XRP,{XRP_SHARED},shared,,\n"
        f"XRP,{XRP_SHARED},shared,007,alice\n"
        f'XRP,{XRP_SHARED},shared," 7",bob\n',
    )
    key = _key("XRP", XRP_SHARED)
    found = book.find_memos([(key, "007"), (key, " 7"), (key, "7"), (key, "")])
    assert {memo: rows[0].user for (_, memo), rows in found.items()} == {
        "007": "alice",
        " 7": "bob",
    }
    (declared,) = book.find_addresses([key])[key]
    assert (declared.role, declared.user, declared.memo) == (AddressRole.SHARED, None, None)


def test_an_address_that_only_memo_rows_name_is_ours_and_shared(importing: Any, book: Book) -> None:
    text = (
        "network,address,role,memo,user\n"
        f"XRP,{XRP_SHARED},shared,1,alice\nXRP,{XRP_SHARED},shared,2,bob\n"
    )
    assert importing("addresses", text) == _report("addresses", rows=2, new=2)
    assert importing("addresses", text) == _report("addresses", rows=2)
    key = _key("XRP", XRP_SHARED)
    (declared,) = book.find_addresses([key])[key]
    assert (declared.role, declared.user) == (AddressRole.SHARED, None)
    importing("addresses", f"network,address,role\nXRP,{XRP_SHARED},shared\n")
    assert len(book.find_addresses([key])[key]) == 1


def test_an_x_address_brings_its_own_tag(importing: Any, book: Book) -> None:
    tagged = "X7gJ5YK8abHf2eTPWPFHAAot8Knck11QGqmQ7a6a3Z8PJvk"
    address = parse_address(load_registry()["XRP"], tagged)
    assert address.memo is not None
    importing("addresses", f"network,address,role,user\nXRP,{tagged},shared,alice\n")
    found = book.find_memos([(address.key, address.memo.value)])
    assert [r.user for r in found[address.key, address.memo.value]] == ["alice"]
    problems = _problems(
        importing, "addresses", f"network,address,role,user,memo\nXRP,{tagged},shared,bob,99\n"
    )
    assert "carries" in problems[2]


def test_one_key_on_two_networks_is_two_rows_of_one_answer(importing: Any, book: Book) -> None:
    importing(
        "addresses",
        f"network,address,role,user\nETH,{ALICE},deposit,alice\nBSC,{ALICE.lower()},hot,\n",
    )
    rows = book.find_addresses([_key("POL", ALICE)])[_key("ETH", ALICE)]
    assert {(r.network, r.role) for r in rows} == {("ETH", "deposit"), ("BSC", "hot")}


def test_accounts_read_back_and_a_user_in_no_row_is_missing(importing: Any, book: Book) -> None:
    importing("accounts", "user,status,reason\nalice,frozen,court order\nbob,active,\n")
    assert book.find_accounts(["alice", "nobody"]) == {
        "alice": Account("alice", AccountStatus.FROZEN, "court order")
    }


def test_credits_and_the_ledger_mark_read_back(importing: Any, book: Book) -> None:
    assert book.load_ledger_complete_through() is None
    through = datetime(2026, 11, 1, tzinfo=UTC)
    importing(
        "credits",
        "network,tx_hash,transfer,user,asset,amount,credited_at\n"
        f"ETH,{HASH.upper().replace('X', 'x')},007,alice,native,{2**256 - 1},2026-01-02T03:04:05Z\n"
        f"ETH,{HASH},log:12,bob,{USDT},5,2026-01-02 03:04:05\n",
        complete_through=through,
    )
    first, second = book.find_credits([(ETH, HASH), (ETH, "0x" + "cd" * 32)])[ETH, HASH]
    assert (first.transfer, first.amount, first.user) == ("7", 2**256 - 1, "alice")
    assert (second.transfer, second.asset) == ("log:12", USDT)
    assert first.credited_at == second.credited_at == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert book.load_ledger_complete_through() == through


def test_a_header_alone_can_move_the_ledger_mark_either_way(importing: Any, book: Book) -> None:
    header = "network,tx_hash,transfer,user,asset,amount,credited_at\n"
    for day in (2, 3, 1):
        moment = datetime(2026, 11, day, tzinfo=UTC)
        importing("credits", header, complete_through=moment)
        assert book.load_ledger_complete_through() == moment


def test_a_ledger_is_complete_a_day_ahead_at_most(importing: Any, book: Book) -> None:
    header = "network,tx_hash,transfer,user,asset,amount,credited_at\n"
    importing("credits", header, complete_through=datetime(2099, 1, 1, tzinfo=UTC))
    marked = book.load_ledger_complete_through()
    assert marked is not None
    assert timedelta(hours=23) < marked - now() <= timedelta(days=1)


def test_only_a_ledger_is_complete_through_a_time(importing: Any, book: Book) -> None:
    with pytest.raises(BadInput, match="never complete"):
        importing("accounts", "user,status\n", complete_through=datetime(2026, 1, 1, tzinfo=UTC))
    assert book.load_ledger_complete_through() is None


def test_withdrawals_are_found_by_transaction_and_by_destination(
    importing: Any, book: Book
) -> None:
    importing(
        "withdrawals",
        "network,tx_hash,user,asset,amount,destination,sent_at\n"
        f"ETH,{HASH},alice,native,100,{BOB.lower()},2026-01-02T03:04:05Z\n"
        f"ETH,{HASH},alice,native,200,{BOB},2026-01-02T03:04:05Z\n",
    )
    assert [w.amount for w in book.find_withdrawals([(ETH, HASH)])[ETH, HASH]] == [100, 200]
    key = _key("ETH", BOB)
    found = book.find_withdrawals_to([(ETH, key), (NetworkCode("BSC"), key)])
    assert {k: [w.amount for w in v] for k, v in found.items()} == {(ETH, key): [100, 200]}
    assert found[ETH, key][0].destination == BOB


def test_a_screened_key_counts_on_every_network_that_shares_it(importing: Any, book: Book) -> None:
    importing("screening", f"network,address,list,reason\nETH,{BOB},OFAC,sanctions\n")
    key = _key("ETH", BOB)
    found = book.find_screened([(NetworkCode("BSC"), key), (ETH, _key("ETH", ALICE))])
    ((asked, rows),) = found.items()
    assert asked == ("BSC", key)
    assert (rows[0].network, rows[0].list_name, rows[0].reason) == (ETH, "OFAC", "sanctions")


def test_what_was_listed_by_mistake_is_withdrawn_and_both_files_stand_in_the_log(
    importing: Any, book: Book, store: Store
) -> None:
    header = "network,address,list,reason,withdrawn_at\n"
    key = _key("ETH", BOB)

    def lists() -> set[str]:
        found = book.find_screened([(ETH, key), (NetworkCode("BSC"), key)])
        return {row.list_name for rows in found.values() for row in rows}

    importing("screening", f"{header}ETH,{BOB},OFAC,sanctions,\nETH,{BOB},house,odd,\n")
    assert lists() == {"OFAC", "house"}
    mistaken = f"{header}ETH,{BOB.lower()},house,mistaken for another,2026-11-02T00:00:00Z\n"
    assert importing("screening", mistaken) == _report("screening", rows=1, replaced=1)
    assert lists() == {"OFAC"}, "another list still names it"
    with store.read() as session:
        (row,) = session.exec(select(ScreenedRow).where(ScreenedRow.list_name == "house")).all()
        assert (row.reason, row.withdrawn_at) == (
            "mistaken for another",
            datetime(2026, 11, 2, tzinfo=UTC),
        )
        logged = session.exec(select(ImportRow).order_by(ImportRow.id)).all()  # type: ignore[arg-type]
    assert [(i.actor, i.kind, i.new, i.replaced) for i in logged] == [
        ("olga", "screening", 2, 0),
        ("olga", "screening", 0, 1),
    ]
    assert logged[0].sha256 != logged[1].sha256
    importing("screening", f"network,address,list\nETH,{BOB},house\n")
    assert lists() == {"OFAC", "house"}, "the list names it again"


def test_nothing_is_withdrawn_from_screening_in_advance(importing: Any, book: Book) -> None:
    importing("screening", f"network,address,list\nETH,{BOB},OFAC\n")
    later = (now() + timedelta(hours=1)).isoformat()
    text = f"network,address,list,withdrawn_at\nETH,{BOB},OFAC,{later}\n"
    assert "future" in _problems(importing, "screening", text)[2]
    assert book.find_screened([(ETH, _key("ETH", BOB))])


def test_the_newest_price_wins_and_the_history_stays(importing: Any, book: Book) -> None:
    header = "asset,currency,price,as_of\n"
    importing("prices", f"{header}{USDT.lower()},usd,1.0002,2026-11-02T00:00:00Z\n")
    importing("prices", f"{header}{USDT},USD,0.9,2026-11-01T00:00:00Z\n")
    found = book.find_prices([AssetId(USDT), AssetId("eip155:1/slip44:60")], "USD")
    assert list(found) == [USDT]
    price = found[AssetId(USDT)]
    assert (price.value, price.source, price.currency) == (Decimal("1.0002"), "book", "USD")
    assert price.as_of == datetime(2026, 11, 2, tzinfo=UTC)
    assert book.find_prices([AssetId(USDT)], "EUR") == {}


def test_a_price_of_the_future_would_stay_fresh_for_ever(importing: Any) -> None:
    later = (now() + timedelta(hours=1)).isoformat()
    problems = _problems(importing, "prices", f"asset,currency,price,as_of\n{USDT},USD,1,{later}\n")
    assert "future" in problems[2]


def test_an_issued_currency_has_exact_decimal_amounts(importing: Any, book: Book) -> None:
    asset = f"xrpl:0/token:USD.{XRP_SHARED}"
    importing(
        "listings",
        f"network,asset,symbol,decimals,status,min_deposit\nXRP,{asset},USD,15,listed,0.5\n",
    )
    importing(
        "credits",
        "network,tx_hash,transfer,user,asset,amount,credited_at\n"
        f"XRP,{'AB' * 32},native,alice,{asset},12.3450,2026-01-02T03:04:05Z\n",
    )
    (listing,) = book.load_listings()
    assert listing.min_deposit == Decimal("0.5")
    assert listing.decimals == 0
    (credit,) = book.find_credits([(XRP, "AB" * 32)])[XRP, "AB" * 32]
    assert str(credit.amount) == "12.345"


# --- twice, changed, contradicting

FILES = {
    "listings": (
        "network,asset,symbol,decimals,status\n",
        f"ETH,{USDT},USDT,6,listed",
        f"ETH,{USDT},USDT,6,delisted",
    ),
    "addresses": (
        "network,address,role,user\n",
        f"ETH,{ALICE},deposit,alice",
        f"ETH,{ALICE.lower()},retired,alice",
    ),
    "accounts": ("user,status\n", "alice,active", "alice,closed"),
    "screening": ("network,address,list,reason\n", f"ETH,{BOB},OFAC,", f"ETH,{BOB},OFAC,x"),
    "exchanges": ("network,address,name\n", f"ETH,{BOB},Kraken", f"ETH,{BOB},Bitstamp"),
    "prices": (
        "asset,currency,price,as_of\n",
        f"{USDT},USD,1.0,2026-11-02T00:00:00Z",
        f"{USDT},USD,1.1,2026-11-02T00:00:00Z",
    ),
    "credits": (
        "network,tx_hash,transfer,user,asset,amount,credited_at\n",
        f"ETH,{HASH},0,alice,native,5,2026-01-02T03:04:05Z",
        f"ETH,{HASH},0,bob,native,5,2026-01-02T03:04:05Z",
    ),
    "withdrawals": (
        "network,tx_hash,user,asset,amount,destination,sent_at\n",
        f"ETH,{HASH},alice,native,5,{BOB},2026-01-02T03:04:05Z",
        f"ETH,{HASH},alice,native,5,{BOB},2026-01-02T03:04:06Z",
    ),
}
LEDGERS = ("credits", "withdrawals")


@pytest.mark.parametrize("kind", FILES)
def test_importing_twice_changes_nothing(importing: Any, store: Store, kind: str) -> None:
    header, row, _ = FILES[kind]
    assert importing(kind, header + row) == _report(kind, rows=1, new=1)
    assert importing(kind, header + row) == _report(kind, rows=1)
    with store.read() as session:
        logged = session.exec(select(ImportRow)).all()
    assert [(i.actor, i.kind, i.file, i.new) for i in logged] == [("olga", kind, "file.csv", 1)]


@pytest.mark.parametrize("kind", [k for k in FILES if k not in LEDGERS])
def test_a_later_file_replaces_the_row_of_the_same_key(importing: Any, kind: str) -> None:
    header, row, changed = FILES[kind]
    importing(kind, header + row)
    assert importing(kind, header + changed) == _report(kind, rows=1, replaced=1)
    assert importing(kind, header + changed) == _report(kind, rows=1)


@pytest.mark.parametrize("kind", LEDGERS)
def test_a_ledger_row_that_contradicts_an_earlier_import_is_refused(
    importing: Any, kind: str
) -> None:
    header, row, changed = FILES[kind]
    importing(kind, header + row)
    problems = _problems(importing, kind, f"{header}{changed}\n")
    assert "contradicts an earlier import" in problems[2]
    assert importing(kind, header + row) == _report(kind, rows=1)


@pytest.mark.parametrize("kind", FILES)
def test_two_lines_that_contradict_each_other_are_refused(importing: Any, kind: str) -> None:
    header, row, changed = FILES[kind]
    problems = _problems(importing, kind, f"{header}{row}\n{changed}\n")
    assert list(problems) == [3]
    assert "contradicts line 2" in problems[3]
    assert importing(kind, header) == _report(kind, rows=0)


@pytest.mark.parametrize("kind", FILES)
def test_a_line_written_twice_counts_once(importing: Any, kind: str) -> None:
    header, row, _ = FILES[kind]
    assert importing(kind, f"{header}{row}\n{row}\n") == _report(kind, rows=2, new=1)


def test_a_file_with_one_bad_line_changes_nothing(importing: Any, book: Book) -> None:
    rows = [f"user-{n},active" for n in range(50)]
    rows[30] = "user-30,activ"
    problems = _problems(importing, "accounts", "user,status\n" + "\n".join(rows))
    assert list(problems) == [32]
    assert "did you mean 'active'" in problems[32]
    assert book.find_accounts([f"user-{n}" for n in range(50)]) == {}


def test_two_periods_of_one_listing_may_follow_but_not_overlap(importing: Any, book: Book) -> None:
    header = "network,asset,symbol,decimals,status,valid_from,valid_to\n"
    row = f"ETH,{USDT},USDT,6"
    problems = _problems(
        importing,
        "listings",
        f"{header}{row},listed,,\n{row},delisted,2026-01-01T00:00:00Z,\n",
    )
    assert set(problems) == {2, 3}
    assert "overlaps" in problems[3]
    importing(
        "listings",
        f"{header}{row},listed,,2026-01-01T00:00:00Z\n{row},delisted,2026-01-01T00:00:00Z,\n",
    )
    assert [p.status for p in book.load_listings()] == ["listed", "delisted"]
    problems = _problems(importing, "listings", f"{header}{row},known,2026-06-01T00:00:00Z,\n")
    assert "from 2026-01-01T00:00:00Z to now on" in problems[2]


def test_a_period_imported_by_mistake_is_taken_back_by_ending_it_where_it_begins(
    importing: Any, book: Book
) -> None:
    header = "network,address,role,user,valid_from,valid_to\n"
    wrong = f"ETH,{ALICE},deposit,bob,2026-01-01T00:00:00Z,"
    importing("addresses", f"{header}{wrong}\n")
    importing(
        "addresses",
        f"{header}{wrong}2026-01-01T00:00:00Z\nETH,{ALICE},deposit,alice,2025-01-01T00:00:00Z,\n",
    )
    key = _key("ETH", ALICE)
    at = datetime(2026, 6, 1, tzinfo=UTC)
    assert [r.user for r in book.find_addresses([key])[key] if r.holds_at(at)] == ["alice"]


def test_an_address_can_pass_to_another_user_at_one_moment(importing: Any, book: Book) -> None:
    importing(
        "addresses",
        "network,address,role,user,valid_from,valid_to\n"
        f"ETH,{ALICE},deposit,bob,,2026-01-01T00:00:00Z\n"
        f"ETH,{ALICE},deposit,alice,2026-01-01T00:00:00Z,\n",
    )
    key = _key("ETH", ALICE)
    assert [r.user for r in book.find_addresses([key])[key]] == ["bob", "alice"]


# --- bad lines

BAD_LINES = [
    ("addresses", "network,address,role,user", f"ETH,{ALICE[:-1]}b,deposit,a", "checksum"),
    ("addresses", "network,address,role,user", f"BTC,{ALICE},deposit,a", "it is an address of"),
    ("addresses", "network,address,role,user", f"ETC2,{ALICE},deposit,a", "did you mean"),
    ("addresses", "network,address,role,user", ",,,", "network is empty"),
    ("addresses", "network,address,role,user", f"ETH,{ALICE},depsit,a", "'deposit'"),
    ("addresses", "network,address,role,user", f"ETH,{ALICE},deposit,", "user is empty"),
    ("addresses", "network,address,role,user", f"ETH,{ALICE},hot,a", "no one user's"),
    ("addresses", "network,address,role,user", f"ETH,{ALICE},shared,a", "no one user's"),
    ("addresses", "network,address,role,user,memo", f"XRP,{XRP_SHARED},shared,,1", "whose memo"),
    (
        "addresses",
        "network,address,role,user,memo",
        f"XRP,{XRP_SHARED},deposit,a,1",
        "has no memos",
    ),
    ("addresses", "network,address,role,user,can_sign", f"ETH,{ALICE},deposit,a,E", "'E'"),
    ("addresses", "network,address,role,user,key_scheme", f"ETH,{ALICE},deposit,a,x", "key_scheme"),
    ("addresses", "network,address,role", f"ETH,{ALICE}", "has 2 cells, the header 3"),
    ("addresses", "network,address,role,user", f"ETH,{ALICE},deposit,a,b", "has 5 cells"),
    ("addresses", "network,address,role,user", f"ETH,{ALICE},deposit,a\x00b", "U+0000"),
    ("addresses", "network,address,role,user", f"ETH,{ALICE},deposit,a\u202eb", "U+202E"),
    ("accounts", "user,status", '"a\nb",active', "U+000A"),
    ("accounts", "user,status", ",active", "user is empty"),
    ("listings", "network,asset,symbol,decimals,status", "ETH,native,ETH,1.5,listed", "decimals"),
    ("listings", "network,asset,symbol,decimals,status", "ETH,native,ETH,256,listed", "decimals"),
    ("listings", "network,asset,symbol,decimals,status", "ETH,native,ETH,,listed", "decimals"),
    ("listings", "network,asset,symbol,decimals,status", "ETH,native,,18,listed", "symbol"),
    ("listings", "network,asset,symbol,decimals,status", "ETH,what,ETH,18,listed", "what"),
    ("listings", "network,asset,symbol,decimals,status,flags", "ETH,native,E,1,listed,x", "flag"),
    (
        "listings",
        "network,asset,symbol,decimals,status,min_deposit",
        "ETH,native,E,1,listed,1.5",
        "whole number of base units",
    ),
    (
        "listings",
        "network,asset,symbol,decimals,status,denomination",
        "ETH,native,E,1,listed,0",
        "no step",
    ),
    (
        "listings",
        "network,asset,symbol,decimals,status,valid_from,valid_to",
        "ETH,native,E,1,listed,2026-01-02,2026-01-01",
        "before valid_from",
    ),
    (
        "listings",
        "network,asset,symbol,decimals,status,valid_from",
        "ETH,native,E,1,listed,yesterday",
        "ISO 8601",
    ),
    (
        "listings",
        "network,asset,symbol,decimals,status,valid_from",
        "ETH,native,E,1,listed,0001-01-01T00:00:00+10:00",
        "out of range",
    ),
    ("prices", "asset,currency,price,as_of", "native,USD,1,2026-01-01", "without a network"),
    ("prices", "asset,currency,price,as_of", "eip155:999/slip44:60,USD,1,2026-01-01", "CAIP-2"),
    ("prices", "asset,currency,price,as_of", f"{USDT},USD,,2026-01-01", "price is empty"),
]
BAD_LINES += [
    ("prices", "asset,currency,price,as_of", f"{USDT},USD,{price},2026-01-01", "positive")
    for price in ("0", "-1", "NaN", "inf", "1,5".replace(",", "_"), "0x1", "1e999", "١")
]
BAD_LINES += [
    (
        "credits",
        "network,tx_hash,transfer,user,asset,amount,credited_at",
        f"ETH,{HASH},0,a,native,{amount},2026-01-01",
        "amount",
    )
    for amount in ("-1", "1.0", "1e5", "", "0x10", "1_000", "٣", "=1+1", "9" * 101)
]
BAD_LINES += [
    (
        "credits",
        "network,tx_hash,transfer,user,asset,amount,credited_at",
        f"ETH,{tx},{transfer},a,native,1,2026-01-01",
        reason,
    )
    for tx, transfer, reason in (
        ("0xabc", "0", "no transaction hash"),
        (HASH, "", "transfer is empty"),
        (HASH, "log 1", "neither an index nor a position"),
    )
]


@pytest.mark.parametrize(("kind", "header", "line", "reason"), BAD_LINES)
def test_a_bad_line_is_named_with_its_reason(
    importing: Any, kind: str, header: str, line: str, reason: str
) -> None:
    problems = _problems(importing, kind, f"{header}\r\n\r\n{line}\r\n")
    assert list(problems) == [3]
    assert reason in problems[3]


def test_every_bad_line_is_reported_in_order(importing: Any) -> None:
    rows = ["alice,active", "bob,", "carol,active", ",closed", '"dave', 'x",frosen', "erin,active"]
    problems = _problems(importing, "accounts", "user,status\n" + "\n".join(rows))
    assert list(problems) == [3, 5, 6]


def test_thousands_of_bad_lines_are_counted_and_not_recited(importing: Any) -> None:
    with pytest.raises(ManyProblems) as caught:
        importing("accounts", "user,status\n" + "a,b\n" * 5000)
    assert len(caught.value.problems) == 1001
    assert caught.value.problems[-1].text == "and 4000 more bad lines"


def test_formulas_and_quotes_are_taken_literally(importing: Any, book: Book) -> None:
    importing("accounts", 'user,status,reason\n"=cmd|\'x\'!A1",active,"said ""no"", twice"\n')
    (account,) = book.find_accounts(["=cmd|'x'!A1"]).values()
    assert account.reason == 'said "no", twice'


def test_a_byte_order_mark_and_other_line_ends_do_no_harm(importing: Any) -> None:
    report = importing("accounts", b"\xef\xbb\xbfUser , STATUS\r\n alice ,active\r\n")
    assert report == _report("accounts", rows=1, new=1)


def test_bytes_that_are_not_utf_8_are_bad_lines(importing: Any) -> None:
    problems = _problems(importing, "accounts", b"user,status\nalice,active\nJ\xfcrgen,active\n")  # type: ignore[arg-type]
    assert problems == {3: "is not UTF-8"}


# --- bad files

BAD_FILES: list[tuple[str | bytes, str]] = [
    ("", "is empty"),
    (b"\xef\xbb\xbf", "is empty"),
    ("alice,active\n", "there is no column 'alice'"),
    ("user,statu\nalice,active\n", "did you mean 'status'"),
    ("user,user,status\n", "stands twice"),
    ("user\nalice\n", "'status' is missing"),
    ("user;status\nalice;active\n", "there is no column"),
    ("user,status,\nalice,active,\n", "there is no column ''"),
    ("user,status\nalice,active".encode("utf-16"), "not UTF-8"),
    (b"user,\x00status\n", "control character"),
    ('user,status\n"alice,active\nbob,active\n', "line 2"),
    ('user,status\n"alice"x,active\n', "line 2"),
    (b"user,status\ralice,active\r", "line"),
    ("user,status\n" + "a" * 200_000 + ",active\n", "longer than"),
    ('user,status\n"' + "a\n" * 100_000 + '",active\n', "field larger"),
]


@pytest.mark.parametrize(("content", "reason"), BAD_FILES)
def test_a_file_that_can_not_be_read_says_why(
    importing: Any, content: str | bytes, reason: str
) -> None:
    with pytest.raises(BadInput, match=reason) as caught:
        importing("accounts", content)
    assert caught.value.exit_code == 2
    assert caught.value.where is not None


def test_a_file_that_is_not_there_says_so(sqlite_store: Store, tmp_path: Any) -> None:
    from recovery.records.importer import import_csv

    for path in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(BadInput, match="can't read"):
            import_csv(sqlite_store, "accounts", path, actor="olga")


def test_an_unknown_kind_names_the_nearest(importing: Any) -> None:
    with pytest.raises(BadInput, match="did you mean 'addresses'"):
        importing("adresses", "")


def test_a_development_profile_reads_its_own_addresses(
    sqlite_store: Store, write_file: Any
) -> None:
    from recovery.records.importer import import_csv

    regtest = "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080"
    path = write_file(f"network,address,role,user\nBTC,{regtest},deposit,alice\n")
    with pytest.raises(ManyProblems):
        import_csv(sqlite_store, "addresses", path, actor="olga")
    import_csv(sqlite_store, "addresses", path, actor="olga", profiles={BTC: "regtest"})
    key = parse_address(load_registry()["BTC"].with_profile("regtest"), regtest).key
    assert Book(sqlite_store).find_addresses([key])[key][0].address == regtest
