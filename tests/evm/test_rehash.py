"""The signed form of transactions, against the library that signs them and against known hashes."""

from __future__ import annotations

from typing import Any

import pytest
from eth_account import Account
from eth_utils.crypto import keccak
from hypothesis import given
from hypothesis import strategies as st

from recovery.chains.evm.rehash import encode_rlp, encode_signed

ITEMS = st.recursive(
    st.integers(0, 2**256 - 1) | st.binary(max_size=80),
    lambda inner: st.lists(inner, max_size=6),
    max_leaves=40,
)


@given(item=ITEMS)
def test_any_item_is_encoded_as_the_ethereum_library_does(item: Any) -> None:
    import rlp  # type: ignore[import-untyped]  # it ships no types

    assert encode_rlp(item) == rlp.encode(item)


def test_a_long_text_has_a_length_of_its_length() -> None:
    assert encode_rlp(b"a" * 55)[:1] == bytes([0x80 + 55])
    assert encode_rlp(b"a" * 56)[:2] == bytes([0xB8, 56])
    assert encode_rlp(b"a" * 70_000)[:4] == bytes([0xBA]) + (70_000).to_bytes(3, "big")


TO = "0x" + "35" * 20
SIGNED: list[dict[str, Any]] = [
    {"gasPrice": 3},
    {"type": 1, "gasPrice": 3, "accessList": [{"address": TO, "storageKeys": ["0x" + "11" * 32]}]},
    {"type": 2, "maxFeePerGas": 9, "maxPriorityFeePerGas": 1},
]


@pytest.mark.parametrize("extra", SIGNED)
def test_what_a_wallet_signs_hashes_to_its_hash(extra: dict[str, Any]) -> None:
    fields = {"nonce": 7, "gas": 21000, "to": TO, "value": 10**18, "data": "0x1234", "chainId": 1}
    signed = Account.sign_transaction(fields | extra, "0x" + "46" * 32)
    answer = {
        "type": hex(extra.get("type", 0)),
        "nonce": "0x7",
        "gas": "0x5208",
        "to": TO,
        "value": hex(10**18),
        "input": "0x1234",
        "chainId": "0x1",
        "v": hex(signed.v),
        "r": hex(signed.r),
        "s": hex(signed.s),
    } | {k: hex(v) if isinstance(v, int) else v for k, v in extra.items() if k != "type"}
    encoded = encode_signed(answer, stack="ethereum")
    assert encoded is not None
    assert keccak(encoded) == bytes(signed.hash)


def test_types_of_another_making_are_left_alone() -> None:
    assert encode_signed({"type": "0x71"}, stack="zksync") is None
    assert encode_signed({"type": "0x7e", "sourceHash": "0x00"}, stack="ethereum") is None
    assert encode_signed({"type": "0x0", "r": "0x0", "s": "0x0"}, stack="op") is None
