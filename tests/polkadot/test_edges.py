"""SCALE's compact integers, by whose bytes Asset Hub names assets."""

from __future__ import annotations

import pytest

from recovery.chains.polkadot.location import (
    _decode_compact,
    asset_of_place,
    encode_compact,
    local_place,
)
from recovery.networks import load_registry


@pytest.mark.parametrize(
    ("number", "written"),
    [
        (0, "00"),
        (1, "04"),
        (63, "fc"),
        (64, "0101"),
        (1984, "011f"),
        (16_383, "fdff"),
        (16_384, "02000100"),
        (2**30 - 1, "feffffff"),
        (2**30, "0300000040"),
        (2**32 - 1, "03ffffffff"),
        (2**32, "070000000001"),
        (2**64 - 1, "13ffffffffffffffff"),
        (2**128 - 1, "33" + "ff" * 16),
    ],
)
def test_a_compact_integer_takes_the_fewest_bytes_and_is_read_from_no_others(
    number: int, written: str
) -> None:
    data = bytes.fromhex(written)
    assert encode_compact(number) == data
    assert _decode_compact(data) == number
    assert _decode_compact(data + b"\x00") is None
    place = local_place(50, number)
    assert asset_of_place(load_registry()["DOT"], place).endswith(f"/asset:{number}")


@pytest.mark.parametrize("written", ["0100", "02000000", "0300000000", "0700000000"])
def test_a_number_in_more_bytes_than_it_takes_names_nothing(written: str) -> None:
    assert _decode_compact(bytes.fromhex(written)) is None
