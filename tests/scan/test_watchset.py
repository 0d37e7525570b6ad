"""The watch set answers exactly what a plain set would, whatever bytes the keys are made of."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recovery.errors import Inconsistent
from recovery.model import AddressKey, NetworkCode
from recovery.records.importer import import_csv
from recovery.scan import watchset
from recovery.scan.watching import build, catch_up, open_watch
from recovery.scan.watchset import Table, WatchSet
from recovery.store import Store, open_store

# Few values of a byte, zeros among them: keys that differ in one place, or only in trailing zeros.
_payloads = st.lists(st.sampled_from([0, 1, 255]), min_size=6, max_size=6).map(bytes)


def _rows(payloads: list[bytes]) -> watchset.Payloads:
    return np.frombuffer(b"".join(payloads), np.uint8).reshape(len(payloads), -1)


@given(st.lists(_payloads, min_size=1, max_size=60), st.lists(_payloads, min_size=1, max_size=60))
def test_a_table_answers_as_a_plain_set(ours: list[bytes], asked: list[bytes]) -> None:
    marks = Table.build(_rows(ours)).mark(_rows(asked))
    assert marks.tolist() == [payload in set(ours) for payload in asked]


@given(
    st.lists(_payloads, min_size=1, max_size=30),
    st.lists(_payloads, min_size=1, max_size=30),
    st.integers(0, 2),
)
def test_keys_that_share_their_hash_are_told_apart(
    ours: list[bytes], asked: list[bytes], bits: int
) -> None:
    """The hash only says where to look: with one of a few hashes for all, answers are the same."""
    honest = watchset.hash_payloads

    def crowded(payloads: watchset.Payloads) -> np.ndarray[tuple[int], np.dtype[np.uint64]]:
        return (honest(payloads) >> np.uint64(63 - bits)) << np.uint64(63 - bits)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(watchset, "hash_payloads", crowded)
        marks = Table.build(_rows(ours)).mark(_rows(asked))
    assert marks.tolist() == [payload in set(ours) for payload in asked]


@pytest.mark.parametrize("width", [1, 7, 8, 9, 20, 28, 32, 33, 64])
def test_every_width_is_answered_exactly(width: int) -> None:
    random = np.random.default_rng(width)
    keys = random.integers(0, 256, (5_000, width), dtype=np.uint8)
    asked = np.concatenate([keys[:100], random.integers(0, 256, (5_000, width), dtype=np.uint8)])
    plain = {row.tobytes() for row in keys}
    marks = Table.build(keys).mark(asked)
    assert marks.tolist() == [row.tobytes() in plain for row in asked]


def test_the_hash_of_a_key_never_changes() -> None:
    """Files outlive the program that wrote them."""
    rows = _rows([bytes(range(20)), bytes(20)])
    assert [hex(h) for h in watchset.hash_payloads(rows).tolist()] == [
        "0x7ecb454a3f4d5908",
        "0xb77e292f901c04fa",
    ]


def _addresses(*numbers: int) -> str:
    rows = [f"ETH,0x{number:040x},deposit,u{number}" for number in numbers]
    return "\n".join(["network,address,role,user", *rows]) + "\n"


def _key(number: int) -> AddressKey:
    return AddressKey("evm", number.to_bytes(20, "big"))


def _load(store: Store, folder: Path, text: str) -> None:
    path = folder / "addresses.csv"
    path.write_text(text, "utf-8")
    import_csv(store, "addresses", path, actor="olga")


def test_a_set_is_built_from_the_book_and_opened_again(store: Store, tmp_path: Path) -> None:
    _load(store, tmp_path, _addresses(256, 257, 65_536))
    watch = open_watch(store, tmp_path / "watch")
    assert [watch.holds(_key(n)) for n in (256, 257, 65_536, 1, 65_537)] == [True] * 3 + [False] * 2
    assert not watch.holds(AddressKey("p2pkh", _key(256).payload))
    assert open_watch(store, tmp_path / "watch").folder == watch.folder
    assert len(watch) == 3


def test_who_only_reads_needs_not_write_into_the_folder(store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "watch"
    built = open_watch(store, folder).folder
    (folder / ".lock").unlink()
    (folder / ".lock").mkdir()  # as little to be written as another account's file
    assert open_watch(store, folder).folder == built


def test_later_imports_are_taken_up_without_building_again(store: Store, tmp_path: Path) -> None:
    _load(store, tmp_path, _addresses(1, 2))
    watch = open_watch(store, tmp_path / "watch")
    _load(store, tmp_path, _addresses(2, 3))
    _load(store, tmp_path, _addresses(4))
    assert not watch.holds(_key(3))
    assert catch_up(store, watch)
    assert watch.find_held([_key(n) for n in range(9)]) == {_key(n) for n in (1, 2, 3, 4)}
    again = open_watch(store, tmp_path / "watch")
    assert again.folder == watch.folder
    assert again.holds(_key(4))


def test_an_import_too_large_to_list_builds_the_set_again(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _load(store, tmp_path, _addresses(1))
    watch = open_watch(store, tmp_path / "watch")
    monkeypatch.setattr("recovery.records.importer.MOST_LISTED", 1)
    _load(store, tmp_path, _addresses(2, 3))
    assert not catch_up(store, watch)
    again = open_watch(store, tmp_path / "watch")
    assert again.folder != watch.folder
    assert again.find_held([_key(n) for n in range(5)]) == {_key(1), _key(2), _key(3)}
    assert watch.holds(_key(1)), "who uses the old files goes on with them"


def test_additions_that_were_forgotten_build_the_set_again(store: Store, tmp_path: Path) -> None:
    _load(store, tmp_path, _addresses(1))
    mine = open_watch(store, tmp_path / "mine")
    _load(store, tmp_path, _addresses(2))
    build(store, tmp_path / "theirs")  # another machine's: it forgets what it holds now
    assert not catch_up(store, mine)
    assert open_watch(store, tmp_path / "mine").holds(_key(2))


def test_the_set_of_another_database_is_never_believed(sqlite_store: Store, tmp_path: Path) -> None:
    _load(sqlite_store, tmp_path, _addresses(1))
    open_watch(sqlite_store, tmp_path / "watch")
    with open_store(f"sqlite:///{tmp_path}/other.db") as other:
        _load(other, tmp_path, _addresses(2))
        watch = open_watch(other, tmp_path / "watch")
    assert watch.find_held([_key(1), _key(2)]) == {_key(2)}


def test_memo_rows_of_one_shared_address_are_one_key(sqlite_store: Store, tmp_path: Path) -> None:
    head = "network,address,role,memo,user\n"
    rows = "".join(f"XRP,rNNuQMuExCiEjeZ4h9JJnj5PSWypdMXDj4,shared,{n},u{n}\n" for n in range(50))
    _load(sqlite_store, tmp_path, head + rows)
    watch = open_watch(sqlite_store, tmp_path / "watch", polled=[NetworkCode("XRP")])
    (key,) = watch.addresses_of(NetworkCode("XRP"))
    assert watch.holds(key)
    assert len(watch) == 1
    _load(sqlite_store, tmp_path, head + rows.replace(",u", ",v").replace("shared,", "shared,9"))
    assert catch_up(sqlite_store, watch)
    assert list(watch.addresses_of(NetworkCode("XRP"))) == [key]


def test_a_network_without_a_list_is_said_and_not_taken_for_empty(
    sqlite_store: Store, tmp_path: Path
) -> None:
    watch = open_watch(sqlite_store, tmp_path / "watch")
    with pytest.raises(Inconsistent, match="no list of XRP"):
        list(watch.addresses_of(NetworkCode("XRP")))
    assert (
        list(
            open_watch(sqlite_store, tmp_path / "watch", polled=[NetworkCode("XRP")]).addresses_of(
                NetworkCode("XRP")
            )
        )
        == []
    )


def test_a_cut_file_is_found_and_built_again(sqlite_store: Store, tmp_path: Path) -> None:
    _load(sqlite_store, tmp_path, _addresses(*range(1, 200)))
    watch = open_watch(sqlite_store, tmp_path / "watch")
    keys = watch.folder / "0.keys"
    keys.write_bytes(keys.read_bytes()[:-1])
    with pytest.raises(Inconsistent, match="bytes"):
        WatchSet(watch.folder)
    assert len(open_watch(sqlite_store, tmp_path / "watch")) == 199
