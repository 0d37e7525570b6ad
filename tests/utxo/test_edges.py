"""One byte beside the rule: scripts that are almost standard, addresses that are almost right, data cut short."""

from __future__ import annotations

import pytest
from base58_bech32.base58 import b58encode_check
from base58_bech32.bech32 import BECH32_1_CONST, BECH32_M_CONST, bech32_encode, convertbits

from recovery.chains.codecs import parse_address
from recovery.chains.utxo.carried import find_carried, parse_pushes
from recovery.chains.utxo.codec import read_key
from recovery.chains.utxo.decode_core import _place
from recovery.chains.utxo.seen import SeenOutput, SeenTx
from recovery.errors import BadInput, Garbled
from recovery.networks import load_registry

HASH = bytes(range(1, 21))
LONG = bytes(range(1, 33))

TEMPLATES: dict[str, tuple[bytes, bytes, bytes]] = {
    "p2pkh": (b"\x76\xa9\x14", HASH, b"\x88\xac"),
    "p2sh": (b"\xa9\x14", HASH, b"\x87"),
    "p2wpkh": (b"\x00\x14", HASH, b""),
    "p2wsh": (b"\x00\x20", LONG, b""),
    "p2tr": (b"\x51\x20", LONG, b""),
    "p2sh32": (b"\xaa\x20", LONG, b"\x87"),
}
"""Opcodes before and behind what controls the coins (BIP-16, BIP-141, BIP-341, CHIP-2022-05)."""


@pytest.mark.parametrize("scheme", TEMPLATES)
def test_a_script_pays_its_key_only_with_every_opcode_in_its_place(scheme: str) -> None:
    network = load_registry()["BCH" if scheme == "p2sh32" else "BTC"]
    head, payload, tail = TEMPLATES[scheme]
    script = head + payload + tail
    key = read_key(network, script)
    assert key is not None
    assert (key.scheme, key.payload) == (scheme, payload)
    fixed = [*range(len(head)), *range(len(script) - len(tail), len(script))]
    almost = [
        script[:n] + bytes([script[n] ^ bit]) + script[n + 1 :] for n in fixed for bit in (1, 0x80)
    ]
    almost += [script[:-1], script + b"\x00", script[1:], b"\x61" + script, script[::-1]]
    for other in almost:
        found = read_key(network, other)
        assert found is None or (found.scheme, found.payload) != (scheme, payload), other.hex()


def test_pushes_are_read_with_all_their_sizes_and_end_at_the_first_opcode() -> None:
    assert parse_pushes(b"\x02ab\x4c\x03cde\x4d\x02\x00fg\x4e\x01\x00\x00\x00h") == [
        b"ab", b"cde", b"fg", b"h",
    ]  # fmt: skip
    assert parse_pushes(b"\x4b" + b"x" * 75) == [b"x" * 75]
    assert parse_pushes(b"\x01a\x4f\x01b") == [
        b"a"
    ]  # OP_1NEGATE pushes a number, and is no push of data
    assert parse_pushes(b"\x00\x05ab") == [b"", b"ab"]


def witness(version: int, size: int, *, constant: int | None = None, prefix: str = "bc") -> str:
    own = BECH32_M_CONST if version else BECH32_1_CONST
    data = [version, *convertbits(bytes(size), 8, 5)]
    return bech32_encode(prefix, data, m=own if constant is None else constant).decode()


@pytest.mark.parametrize(
    ("version", "size", "scheme"),
    [
        (0, 20, "p2wpkh"), (0, 32, "p2wsh"), (1, 32, "p2tr"), (1, 2, "witness"), (1, 40, "witness"),
        (2, 32, "witness"), (16, 2, "witness"), (16, 40, "witness"),
    ],
)  # fmt: skip
def test_a_witness_program_has_2_to_40_bytes_and_a_version_up_to_16(
    version: int, size: int, scheme: str
) -> None:
    """BIP-141, BIP-350."""
    address = parse_address(load_registry()["BTC"], witness(version, size))
    assert address.key is not None
    assert address.key.scheme == scheme
    assert address.form == ("bech32" if version == 0 else "bech32m")


@pytest.mark.parametrize(
    ("version", "size"), [(0, 19), (0, 21), (0, 40), (1, 1), (1, 41), (17, 2), (17, 32), (31, 40)]
)
def test_a_witness_program_beyond_its_limits_is_no_address(version: int, size: int) -> None:
    with pytest.raises(BadInput):
        parse_address(load_registry()["BTC"], witness(version, size))


@pytest.mark.parametrize(("version", "size"), [(0, 20), (1, 32), (16, 2)])
def test_a_witness_version_with_the_checksum_of_another_is_no_address(
    version: int, size: int
) -> None:
    wrong = BECH32_1_CONST if version else BECH32_M_CONST
    with pytest.raises(BadInput, match="witness version"):
        parse_address(load_registry()["BTC"], witness(version, size, constant=wrong))


def bech32(prefix: str, payload: bytes, *, version: int | None = None, constant: int) -> str:
    head = [] if version is None else [version]
    return bech32_encode(prefix, [*head, *convertbits(payload, 8, 5)], m=constant).decode()


@pytest.mark.parametrize(
    ("code", "prefix", "version", "size", "constant", "form"),
    [
        ("ZEC", "tex", None, 20, BECH32_M_CONST, "tex"),
        ("ZEC", "zs", None, 43, BECH32_1_CONST, "sapling"),
        ("LTC", "ltcmweb", 0, 66, BECH32_1_CONST, "mweb"),
    ],
)
def test_other_forms_have_one_size_one_version_and_one_checksum(
    code: str, prefix: str, version: int | None, size: int, constant: int, form: str
) -> None:
    """ZIP-320 (tex), ZIP-173 (Sapling), LIP-5 (MWEB: two public keys)."""
    network = load_registry()[code]
    right = bech32(prefix, bytes(size), version=version, constant=constant)
    assert parse_address(network, right).form == form
    other = BECH32_M_CONST if constant == BECH32_1_CONST else BECH32_1_CONST
    wrong = [
        bech32(prefix, bytes(size), version=version, constant=other),
        bech32(prefix, bytes(size - 1), version=version, constant=constant),
        bech32(prefix, bytes(size + 1), version=version, constant=constant),
    ]
    if version is not None:
        wrong.append(bech32(prefix, bytes(size), version=version + 1, constant=constant))
    for text in wrong:
        with pytest.raises(BadInput):
            parse_address(network, text)


def test_a_sprout_address_is_its_version_and_64_bytes() -> None:
    network = load_registry()["ZEC"]
    version = network.parameters["sprout"].to_bytes(2, "big")
    assert parse_address(network, b58encode_check(version + bytes(64)).decode()).form == "sprout"
    for raw in (version + bytes(20), version + bytes(63), b"\x16\x9b" + bytes(64)):
        with pytest.raises(BadInput):
            parse_address(network, b58encode_check(raw).decode())


@pytest.mark.parametrize("letter", "qpzrQPZR")
def test_a_cash_address_without_its_prefix_is_known_by_its_first_letter(letter: str) -> None:
    network = load_registry()["BCH"]
    with pytest.raises(BadInput, match="checksum"):
        parse_address(network, letter + ("q" if letter.islower() else "Q") * 41)


def test_a_cash_address_under_another_prefix_is_no_address() -> None:
    from base58_bech32.cashaddr import cashaddr_encode

    network = load_registry()["BCH"]
    for prefix in ("bchtest", "simpleledger", "bchreg"):
        with pytest.raises(BadInput):
            parse_address(network, cashaddr_encode(prefix, 0, HASH).decode())


def told_of(data: bytes) -> str:
    script = b"\x6a" + bytes([len(data)]) + data
    seen = SeenTx("00" * 32, None, 0, False, (), (SeenOutput(0, 0, script),))
    (note,), _ = find_carried(seen)
    return note.text


def test_an_omni_send_names_property_and_amount_by_their_bytes() -> None:
    property_id, amount = 31, 2**62 + 5
    data = b"omni" + bytes(4) + property_id.to_bytes(4, "big") + amount.to_bytes(8, "big")
    assert f"{amount} units of property {property_id}," in told_of(data)
    for other in (data[:-1], data[:4] + b"\0\0\0\1" + data[8:], data[:4] + b"\0\1\0\0" + data[8:]):
        assert "claims an Omni transaction" in told_of(other)


def test_what_a_node_knows_off_the_best_chain_is_stale_and_what_waits_is_not() -> None:
    assert _place({"confirmations": 0}, None) == (None, 0, False)
    assert _place({}, None) == (None, 0, False)
    assert _place({"in_active_chain": True}, None) == (None, 0, False)
    assert _place({"in_active_chain": False}, None) == (None, 0, True)
    with pytest.raises(Garbled, match="names no block"):
        _place({"confirmations": 1}, None)


@pytest.mark.parametrize(("own", "header", "depth"), [(3, 3, 3), (0, -1, 0), (-1, 3, 0), (3, 0, 0)])
def test_a_block_counts_where_transaction_and_header_stand_on_the_best_chain(
    own: int, header: int, depth: int
) -> None:
    told = {"blockhash": "ab" * 32, "confirmations": own}
    head = {"hash": "ab" * 32, "height": 7, "confirmations": header, "time": 1_795_000_000}
    block, confirmations, stale = _place(told, head)
    assert block is not None
    assert (block.height, confirmations, stale) == (7, depth, depth == 0)
    assert _place(told | {"in_active_chain": False}, head)[1:] == (0, True)
    with pytest.raises(Garbled):
        _place(told | {"height": 8}, head)
