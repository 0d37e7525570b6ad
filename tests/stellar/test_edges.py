"""Stellar's own limits and names, each on both sides of its edge."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from stellar.stories import (
    ALICE,
    EXCHANGE,
    ISSUER,
    XLM,
    Op,
    Told,
    change,
    contract_call,
    payment,
    text_memo,
)

from recovery.chains.family import RawTx
from recovery.chains.stellar.decode import decode, verify
from recovery.errors import Garbled
from recovery.model import Memo, MemoKind, TxStatus
from recovery.networks import Network

RawOf = Callable[..., RawTx]

RESULTS = {
    -1: "tx_failed",
    -2: "tx_too_early",
    -3: "tx_too_late",
    -4: "tx_missing_operation",
    -5: "tx_bad_seq",
    -6: "tx_bad_auth",
    -7: "tx_insufficient_balance",
    -8: "tx_no_source_account",
    -9: "tx_insufficient_fee",
    -10: "tx_bad_auth_extra",
    -11: "tx_internal_error",
    -12: "tx_not_supported",
    -14: "tx_bad_sponsorship",
    -15: "tx_bad_minseq_age_or_gap",
    -16: "tx_malformed",
    -17: "tx_soroban_invalid",
    -18: "tx_frozen_key_accessed",
}
"""TransactionResultCode of the protocol's XDR, by Horizon's names."""


@pytest.mark.parametrize("code", RESULTS)
def test_a_failed_transaction_names_its_result(row: Network, raw_of: RawOf, code: int) -> None:
    evidence = decode(row, raw_of(Told(payment(5), code=code)))
    assert (evidence.status, evidence.failure) == (TxStatus.FAILED, RESULTS[code])
    assert not any(t.succeeded for t in evidence.transfers)


def test_a_result_that_the_protocol_does_not_know_is_no_answer(row: Network, raw_of: RawOf) -> None:
    with pytest.raises(Garbled):
        decode(row, raw_of(Told(payment(5), code=-19)))


def test_a_text_memo_has_at_most_28_bytes(row: Network, raw_of: RawOf) -> None:
    whole = decode(row, raw_of(Told(payment(5), memo=text_memo("x" * 28))))
    assert whole.transfers[0].memo == Memo(MemoKind.TEXT, "x" * 28)
    with pytest.raises(Garbled, match="28 bytes"):
        decode(row, raw_of(Told(payment(5), memo=text_memo("x" * 29))))


@pytest.mark.parametrize("code", ["A", "USDC", "USDCE", "TWELVELETTER"])
def test_an_asset_code_of_one_to_twelve_letters_is_read_from_the_signed_bytes(
    row: Network, raw_of: RawOf, code: str
) -> None:
    raw = raw_of(Told(payment(5, coin=(code, ISSUER)), payment(7)))
    evidence = decode(row, raw)
    verify(row, raw, evidence)
    assert evidence.transfers[0].asset.endswith(f"/asset:{code}-{ISSUER}")
    other = raw_of(Told(payment(5, coin=(f"{code[:-1]}Z", ISSUER)), payment(7)))
    tx = raw.answers["tx"] | {"envelope_xdr": other.answers["tx"]["envelope_xdr"]}
    with pytest.raises(Garbled):
        verify(row, raw_of(Told(payment(5, coin=(code, ISSUER)), payment(7)), tx=tx), evidence)


def test_a_transaction_of_a_hundred_operations_is_the_largest(row: Network, raw_of: RawOf) -> None:
    raw = raw_of(Told(*[payment(1)] * 100))
    evidence = decode(row, raw)
    assert len(evidence.transfers) == 100
    verify(row, raw, evidence)
    larger = raw_of(Told(*[payment(1)] * 101))
    with pytest.raises(Garbled):
        verify(row, larger, decode(row, larger))


@pytest.mark.parametrize(
    "kind",
    [
        "set_options", "change_trust", "allow_trust", "set_trust_line_flags", "manage_data",
        "bump_sequence", "begin_sponsoring_future_reserves", "end_sponsoring_future_reserves",
        "revoke_sponsorship", "extend_footprint_ttl", "bump_footprint_expiration",
        "restore_footprint",
    ],
)  # fmt: skip
def test_an_operation_without_value_pays_nobody_and_leaves_nothing_open(
    row: Network, raw_of: RawOf, kind: str
) -> None:
    evidence = decode(row, raw_of(Told(Op(kind, 5, b"", {}))))
    assert (evidence.transfers, evidence.gaps) == ((), frozenset())


def test_an_inflation_without_effects_paid_nobody(row: Network, raw_of: RawOf) -> None:
    assert decode(row, raw_of(Told(Op("inflation", 9, b"", {})))).transfers == ()


@pytest.mark.parametrize(
    ("told", "memo"),
    [
        ({"destination_muxed_id": "77"}, Memo(MemoKind.MUXED, "77")),
        (
            {"destination_muxed_id": "77", "destination_muxed_id_type": "uint64"},
            Memo(MemoKind.MUXED, "77"),
        ),
        (
            {"destination_muxed_id": "shop 7", "destination_muxed_id_type": "string"},
            Memo(MemoKind.TEXT, "shop 7"),
        ),
        (
            {"destination_muxed_id": "c0ffee", "destination_muxed_id_type": "bytes"},
            Memo(MemoKind.HASH, "c0ffee"),
        ),
    ],
)
def test_a_contract_may_name_the_customer_by_number_text_or_bytes(
    row: Network, raw_of: RawOf, told: dict[str, str], memo: Memo
) -> None:
    """CAP-67: the muxed id of an event, and its type."""
    moved = change("transfer", 5, XLM, giver=ALICE, to=EXCHANGE) | told
    (transfer,) = decode(row, raw_of(Told(contract_call(moved)))).transfers
    assert transfer.memo == memo
    with pytest.raises(Garbled):
        decode(row, raw_of(Told(contract_call(moved | {"destination_muxed_id_type": "mood"}))))
