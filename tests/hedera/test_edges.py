"""Hedera's names: what is an entity, what an alias, and what is neither."""

from __future__ import annotations

import base64
from collections.abc import Callable

import pytest
from hedera.stories import ALICE, ART, EXCHANGE, STAMP, USDC, Json, row

from recovery.chains.codecs import parse_address
from recovery.chains.family import RawTx
from recovery.chains.hedera.answer import read_party
from recovery.chains.hedera.decode import decode
from recovery.errors import BadInput, Garbled
from recovery.model import Gap
from recovery.networks import Network, load_registry


def alias(raw: bytes) -> str:
    return base64.b32encode(raw).decode().rstrip("=")


ED25519 = b"\x12\x20" + bytes(range(32))
SECP256K1 = b"\x3a\x21" + b"\x02" + bytes(range(32))


@pytest.mark.parametrize(("raw", "scheme"), [(ED25519, "ed25519"), (SECP256K1, "secp256k1")])
def test_a_key_alias_is_a_public_key_in_base32(raw: bytes, scheme: str) -> None:
    """HIP-32: the protobuf of the key; its length stands in its second byte."""
    address = parse_address(load_registry()["HBAR"], f"0.0.{alias(raw)}")
    assert address.form == "key-alias"
    assert address.key is not None
    assert (address.key.scheme, address.key.payload) == (scheme, raw[2:])
    assert parse_address(load_registry()["HBAR"], alias(raw)).key == address.key


def test_base32_that_is_no_key_is_no_alias() -> None:
    ends = alias(ED25519)
    loose = ends[:-1] + chr(ord(ends[-1]) + 1)  # the same bytes, with bits left over
    assert base64.b32decode(loose + "=") == ED25519
    wrong = [loose, alias(b"\x12\x21" + ED25519[2:]), alias(b"\x13\x20" + ED25519[2:])]
    wrong += [alias(ED25519[:-1]), alias(SECP256K1[:-1]), alias(b"\x3a\x20" + SECP256K1[2:])]
    for text in wrong:
        with pytest.raises(BadInput):
            parse_address(load_registry()["HBAR"], f"0.0.{text}")


@pytest.mark.parametrize(
    "text",
    [
        "123",
        "0.0.123-vfmkw",
        "0x000000000000000000000000000000000000007b",
        "0.0.x",
        alias(ED25519),
        "",
    ],
)
def test_a_mirror_node_names_accounts_by_their_plain_ids_alone(text: str) -> None:
    network = load_registry()["HBAR"]
    assert read_party(network, "0.0.123", "account").address == "0.0.123"
    with pytest.raises(Garbled, match=r"^account"):
        read_party(network, text, "account")


# -- airdrops that wait, and batches -------------------------------------------------------------


@pytest.mark.parametrize(
    ("token", "serial", "asset"),
    [
        (USDC, None, f"token:{USDC}"),
        (USDC, 5, None),
        (ART, 5, f"nft:{ART}/5"),
        (ART, None, None),
        ("0.0.777", 5, "nft:0.0.777/5"),
    ],
    ids=["coins", "coins-with-a-number", "item", "item-without", "unknown"],
)
def test_an_airdrop_has_a_serial_number_where_its_token_has_items(
    row_of_hbar: Network,
    raw_of: Callable[..., RawTx],
    token: str,
    serial: int | None,
    asset: str | None,
) -> None:
    waits: Json = {"receiver_id": EXCHANGE, "sender_id": ALICE, "serial_number": serial}
    waits |= {"token_id": token, "amount": 7, "timestamp": {"from": STAMP, "to": None}}
    raw = raw_of(row(name="TOKENAIRDROP"), airdrops=[waits])
    if asset is None:
        with pytest.raises(Garbled, match="serial number does not fit"):
            decode(row_of_hbar, raw)
        return
    (transfer,) = decode(row_of_hbar, raw).transfers
    assert transfer.asset == f"{row_of_hbar.chain}/{asset}"
    assert transfer.amount == (7 if serial is None else 1)
    assert (transfer.type, transfer.special) == ("pending_airdrop", True)


def test_a_batch_points_to_transactions_of_their_own(
    row_of_hbar: Network, raw_of: Callable[..., RawTx]
) -> None:
    batch, plain = (
        decode(row_of_hbar, raw_of(row(name=n))) for n in ("ATOMICBATCH", "CRYPTOTRANSFER")
    )
    assert "batch_of_transactions" in [n.code for n in batch.notes]
    assert Gap.INTERNAL_TRANSFERS in batch.gaps
    assert "batch_of_transactions" not in [n.code for n in plain.notes]
    assert Gap.INTERNAL_TRANSFERS not in plain.gaps
