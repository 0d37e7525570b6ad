"""Asset name labels and sizes, computed again.

Sources: CIP-67 (a label is its number between nibbles of zero, with a CRC-8 of polynomial 7), CIP-68 (the four kinds),
CIP-20 (messages under 674), the ledger's CDDL (a policy is a hash of 28 bytes).
"""

from __future__ import annotations

import pytest

from recovery.chains.cardano import answer, decode


def _label(number: int) -> str:
    raw = number.to_bytes(2, "big")
    crc = 0
    for byte in raw:
        crc ^= byte
        for _ in range(8):
            crc = (crc << 1 ^ 0x07) & 0xFF if crc & 0x80 else crc << 1
    return f"0{raw.hex()}{crc:02x}0"


@pytest.mark.parametrize(
    ("number", "kind"), [(100, "reference"), (222, "nft"), (333, "ft"), (444, "rft")]
)
def test_a_label_is_its_number_with_a_checksum(number: int, kind: str) -> None:
    assert decode._LABELS[_label(number)] == kind
    assert len(decode._LABELS) == 4


def test_of_reference_tokens_and_nfts_there_is_one() -> None:
    assert {"reference", "nft"} == decode._UNIQUE_LABELS


def test_sizes_and_names_are_the_ledgers() -> None:
    assert decode._POLICY_DIGITS == 2 * 28
    assert (answer.LOVELACE, answer._MESSAGE_LABEL) == ("lovelace", "674")


def test_a_transaction_withdraws_mints_and_says_nothing_unless_it_is_told() -> None:
    tx = answer.Tx(
        hash="0", block=None, valid=True, fee=0, inputs=(), outputs=(), collateral=(),
        collateral_return=None, expires=None,
    )  # fmt: skip
    assert (tx.withdrawn, tx.minted, tx.message, tx.message_encrypted) == (0, 0, None, False)
