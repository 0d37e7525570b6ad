"""Bags of cells and the bodies in them: honest ones are read back, all others are `Garbled`."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ton.stories import Builder, account, boc, comment, internal_transfer, key_of, notification

from recovery.chains.ton.bodies import read_internal_transfer, read_memo
from recovery.chains.ton.cells import Cell, Slice, make_cell, parse_boc, print_address_boc
from recovery.errors import Garbled
from recovery.model import Memo, MemoKind

cells = st.recursive(
    st.integers(0, 255).flatmap(
        lambda bits: st.integers(0, (1 << bits) - 1).map(lambda n: Builder().uint(n, bits).cell())
    ),
    lambda inner: st.lists(inner, max_size=3).map(lambda refs: make_cell(b"\xa0", 3, tuple(refs))),
    max_leaves=8,
)


@given(cells)
def test_what_is_written_is_read_back(cell: Cell) -> None:
    assert parse_boc(boc(cell)) == cell


@given(st.binary(max_size=200))
def test_arbitrary_bytes_are_garbled_at_worst(raw: bytes) -> None:
    for text in (
        base64.b64encode(raw).decode(),
        base64.b64encode(b"\xb5\xee\x9c\x72" + raw).decode(),
    ):
        try:
            parse_boc(text)
        except Garbled:
            continue


@given(cells)
def test_any_body_is_read_as_a_memo_or_as_none(cell: Cell) -> None:
    for body in (cell, make_cell(bytes(4) + cell.data, 32 + cell.bits, cell.refs)):
        memo = read_memo(body)
        assert memo is None or memo.kind in (MemoKind.COMMENT, MemoKind.BINARY, MemoKind.ENCRYPTED)
    try:
        read_internal_transfer(cell)
    except Garbled:
        return


def test_the_hash_of_a_real_body_is_the_chains() -> None:
    """The comment "claim" of a mainnet message, and the empty body."""
    assert (
        base64.b64encode(comment("claim").hash) == b"U11EUUVUruA2wJo5Bj/oeMowpQy5tfj28ewk8T4xaek="
    )
    assert parse_boc("te6cckEBAQEACwAAEgAAAABjbGFpbVz+4mA=") == comment("claim")
    assert make_cell(b"", 0).hash.hex().startswith("96a296d2")


def test_a_changed_checksum_is_noticed() -> None:
    with pytest.raises(Garbled):
        parse_boc("te6cckEBAQEACwAAEgAAAABjbGFpbVz+5mA=")


@pytest.mark.parametrize("text", ["", "AAAA", "te6cckEBAQEA", "not base64!", "te6ccgEBAQEAAgAA"])
def test_no_bag_of_cells_is_garbled(text: str) -> None:
    with pytest.raises(Garbled):
        parse_boc(text)


def test_a_long_comment_goes_on_in_the_next_cells() -> None:
    parts = [f"part {i} of a text, " * 5 for i in range(3)]
    last = Builder().data(parts[2].encode()).cell()
    middle = Builder().data(parts[1].encode()).ref(last).cell()
    body = Builder().uint(0, 32).data(parts[0].encode()).ref(middle).cell()
    assert read_memo(body) == Memo(MemoKind.COMMENT, "".join(parts))


@pytest.mark.parametrize(
    ("body", "memo"),
    [
        (comment("9417"), Memo(MemoKind.COMMENT, "9417")),
        (comment(" 9417 "), Memo(MemoKind.COMMENT, " 9417 ")),
        (comment(""), None),
        (comment(b"\xff\x01\x02"), Memo(MemoKind.BINARY, "0102")),
        (comment(b"\x80\x81"), Memo(MemoKind.BINARY, "8081")),
        (Builder().uint(0x2167DA4B, 32).data(b"\x07\x08").cell(), Memo(MemoKind.ENCRYPTED, "0708")),
        (notification(5, account("x"), comment("9417")), None),
        (Builder().uint(7, 8).cell(), None),
        (None, None),
    ],
)
def test_comments_of_every_kind(body: Cell | None, memo: Memo | None) -> None:
    assert read_memo(body) == memo


@pytest.mark.parametrize("payload", ["reference", "in place", "none", "missing", "call"])
def test_a_jettons_comment_in_every_place(payload: str) -> None:
    start = Builder().uint(0x178D4519, 32).uint(0, 64).coins(300).address(account("a"))
    start.address(None).coins(0)
    text = Builder().uint(0, 32).data(b"9417")
    body = {
        "reference": lambda: start.uint(1, 1).ref(text.cell()),
        "in place": lambda: start.uint(0, 1).uint(0, 32).data(b"9417"),
        "none": lambda: start.uint(0, 1),
        "missing": lambda: start,
        "call": lambda: start.uint(0, 1).uint(0x12345678, 32).data(b"9417"),
    }[payload]().cell()
    move = read_internal_transfer(body)
    assert (move.amount, move.party) == (300, key_of(account("a")))
    read = payload in ("reference", "in place")
    assert move.memo == (Memo(MemoKind.COMMENT, "9417") if read else None)


def test_an_address_for_a_get_method_is_read_back() -> None:
    key = key_of(account("owner"))
    assert Slice(parse_boc(print_address_boc(key))).address() == key
    assert read_internal_transfer(internal_transfer(1 << 100, account("o"))).amount == 1 << 100
