"""Published fake deposits on Stellar: each ends in nothing, or in what was delivered."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from stellar.stories import (
    ALICE,
    BOB,
    DOLLAR,
    EXCHANGE,
    ISSUER,
    USDC,
    XLM,
    Told,
    claim,
    create_balance,
    merge,
    path_send,
    payment,
)

from recovery.chains.family import RawTx
from recovery.chains.stellar.decode import decode, verify
from recovery.checks import Found
from recovery.errors import Garbled
from recovery.model import Gap, TxStatus
from recovery.networks import Network

Story = Callable[[str], Found]
RawOf = Callable[..., RawTx]


def test_a_failed_payment_in_an_applied_ledger_paid_nobody(story: Story) -> None:
    evidence = story("hostile-failed-payment").evidence
    assert evidence.status is TxStatus.FAILED
    assert not any(t.succeeded for t in evidence.transfers)


def test_an_unclaimed_balance_is_a_promise_by_type(story: Story) -> None:
    transfers = story("hostile-unclaimed-balance").evidence.transfers
    assert {t.type for t in transfers} == {"claimable_balance"}
    assert [t.recipient.address for t in transfers] == [EXCHANGE, ALICE]
    (real,) = story("hostile-claimable-balance").evidence.transfers
    assert real.type == "claimable_balance"


def test_the_send_side_of_a_path_payment_is_not_the_deposit(story: Story) -> None:
    (transfer,) = story("hostile-path-payment-send-side").evidence.transfers
    assert transfer.asset == "stellar:pubnet/slip44:148"
    assert transfer.amount == 10_000


def test_the_same_code_of_another_issuer_is_another_asset(story: Story) -> None:
    (transfer,) = story("hostile-usdc-of-another-issuer").evidence.transfers
    assert transfer.asset == f"stellar:pubnet/asset:USDC-{ISSUER}"
    assert USDC not in transfer.asset
    assert transfer.symbol == "USDC"


def test_a_stroop_with_an_advert_is_a_stroop(story: Story) -> None:
    (transfer,) = story("hostile-dust-with-advert").evidence.transfers
    assert transfer.amount == 1


def test_a_token_named_like_a_coin_keeps_its_issuer(story: Story) -> None:
    (transfer,) = story("issued-named-like-xrp").evidence.transfers
    assert transfer.asset.startswith("stellar:pubnet/asset:XRP-GBXRPL45")


def test_a_path_that_delivers_less_than_its_least_is_no_answer(row: Network, raw_of: RawOf) -> None:
    told = Told(path_send((50, XLM), 100, (99, DOLLAR), EXCHANGE))
    with pytest.raises(Garbled):
        decode(row, raw_of(told))


@pytest.mark.parametrize("effects", [[], "none of ours", "twice"])
def test_a_merge_without_its_one_credit_is_no_answer(
    row: Network, raw_of: RawOf, effects: object
) -> None:
    told = Told(merge(EXCHANGE, 5, source=ALICE))
    real = told.effects()
    if effects == "none of ours":
        effects = [e | {"account": BOB} for e in real]
    if effects == "twice":
        effects = real + real
    with pytest.raises(Garbled):
        decode(row, raw_of(told, effects=effects))


def test_a_claim_whose_maker_is_not_known_leaves_a_gap(row: Network, raw_of: RawOf) -> None:
    told = Told(claim(5, DOLLAR, EXCHANGE, None), source=EXCHANGE)
    evidence = decode(row, raw_of(told))
    assert evidence.transfers[0].senders == ()
    assert Gap.SENDERS in evidence.gaps


def test_a_failed_merge_and_a_failed_promise_pay_nobody(row: Network, raw_of: RawOf) -> None:
    told = Told(merge(EXCHANGE, 5, source=ALICE), create_balance(7, XLM, EXCHANGE), code=-1)
    evidence = decode(row, raw_of(told, effects=[]))
    assert [t.succeeded for t in evidence.transfers] == [False]


def test_operations_of_another_transaction_are_refused(row: Network, raw_of: RawOf) -> None:
    told, other = Told(payment(5)), Told(payment(5_000_000))
    with pytest.raises(Garbled):
        decode(row, raw_of(told, operations=other.operations()))


def test_a_muxed_id_that_is_not_its_addresss_is_refused(row: Network, raw_of: RawOf) -> None:
    told = Told(payment(5, number=420))
    lied = [told.operations()[0] | {"to_muxed_id": "421"}]
    with pytest.raises(Garbled):
        decode(row, raw_of(told, operations=lied))


LIES: dict[str, dict[str, str | None]] = {
    "amount": {"amount": "999.0000000"},
    "recipient": {"to": BOB},
    "asset": {"asset_type": "credit_alphanum4", "asset_code": "USDC", "asset_issuer": USDC},
    "muxed id": {"to_muxed_id": "7", "to_muxed": None},
}


@pytest.mark.parametrize("lie", LIES)
def test_the_signed_bytes_expose_a_lie_about_a_payment(
    row: Network, raw_of: RawOf, lie: str
) -> None:
    told = Told(payment(5))
    operation = {k: v for k, v in (told.operations()[0] | LIES[lie]).items() if v is not None}
    raw = raw_of(told, operations=[operation])
    with pytest.raises(Garbled):
        verify(row, raw, decode(row, raw))


def test_the_signed_bytes_expose_a_lie_about_the_memo(row: Network, raw_of: RawOf) -> None:
    told = Told(payment(5))
    raw = raw_of(told, tx=told.document | {"memo_type": "id", "memo": "104857"})
    with pytest.raises(Garbled):
        verify(row, raw, decode(row, raw))


def test_an_envelope_of_another_network_has_another_hash(row: Network, raw_of: RawOf) -> None:
    raw = raw_of(Told(payment(5)))
    evidence = decode(row, raw)
    verify(row, raw, evidence)
    with pytest.raises(Garbled):
        verify(row.with_profile("testnet"), raw, evidence)
