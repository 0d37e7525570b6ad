"""The verification deposit: its amount, and whether a transaction is it."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recovery.chains.family import RawTx
from recovery.checks import Found
from recovery.model import (
    AddressKey,
    AssetId,
    Block,
    Evidence,
    Gap,
    Memo,
    MemoKind,
    Party,
    Transfer,
    TransferKind,
    TxFee,
    TxStatus,
)
from recovery.networks import Network, load_registry
from recovery.proofs.deposit import (
    Accepted,
    Refusal,
    draw_amount,
    judge_deposit,
    plan_amounts,
    print_coins,
)
from recovery.proofs.policy import load_policy
from recovery.proofs.requests import Means, ProofRequest

RULE = load_policy().deposit
XRP = load_registry()["XRP"]
AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
SENDER = Party("rSender", AddressKey("xrpl", b"s" * 20))
OTHER = Party("rOther", AddressKey("xrpl", b"o" * 20))
OURS = Party("rOurs", AddressKey("xrpl", b"r" * 20))
AMOUNT = 512_347


def make_request(**changes: Any) -> ProofRequest:
    assert SENDER.key is not None
    plain = ProofRequest(
        id="r",
        case_id="c",
        means=Means.DEPOSIT,
        network=XRP.code,
        sender=SENDER.address,
        sender_key=SENDER.key,
        payment="sha256:00",
        actor="olga",
        issued_at=AT,
        expires_at=AT + timedelta(hours=72),
        recipient=OURS.address,
        recipient_key=OURS.key,
        amount=AMOUNT,
    )
    return replace(plain, **changes)


def make_transfer(**changes: Any) -> Transfer:
    plain = Transfer(
        index=0,
        position="native",
        kind=TransferKind.NATIVE,
        asset=XRP.native_asset,
        amount=AMOUNT,
        senders=(SENDER,),
        recipient=OURS,
    )
    return replace(plain, **changes)


def found(*transfers: Transfer, second: Evidence | None = None, **changes: Any) -> Found:
    evidence = Evidence(
        network=XRP.code,
        chain=XRP.chain,
        tx_hash="AB" * 32,
        status=TxStatus.CONFIRMED,
        block=Block(1, "B" * 64, AT + timedelta(hours=1)),
        confirmations=1,
        required_confirmations=None,
        final=True,
        fee=TxFee(XRP.native_asset, 12, SENDER.address),
        transfers=transfers or (make_transfer(),),
    )
    evidence = replace(evidence, **changes)
    raw = RawTx(evidence.network, evidence.tx_hash, "jsonrpc", "http://node", AT, {})
    return Found(evidence, raw, second)


def judge(what: Found, **changes: Any) -> Accepted | Refusal:
    return judge_deposit(make_request(**changes), what, network=XRP, rule=RULE)


def reference(said: Accepted | Refusal) -> str:
    return said.reference if isinstance(said, Refusal) else "accepted"


def test_exactly_what_was_asked_for_is_accepted() -> None:
    said = judge(found())
    assert isinstance(said, Accepted)
    assert said.reviewer is None


@pytest.mark.parametrize(
    ("what", "refused"),
    [
        (found(make_transfer(amount=AMOUNT + 1)), "deposit-wrong-amount"),
        (found(make_transfer(amount=AMOUNT - 1)), "deposit-wrong-amount"),
        (found(make_transfer(senders=(OTHER,))), "deposit-other-sender"),
        (found(make_transfer(senders=(SENDER, OTHER))), "deposit-other-sender"),
        (found(make_transfer(senders=(SENDER, Party(None, None)))), "deposit-other-sender"),
        (found(make_transfer(senders=())), "deposit-other-sender"),
        (found(make_transfer(recipient=OTHER)), "deposit-elsewhere"),
        (found(make_transfer(recipient=Party(OURS.address, None))), "deposit-elsewhere"),
        (found(make_transfer(asset=AssetId("xrpl:0/token:USD.r"))), "deposit-elsewhere"),
        (found(make_transfer(kind=TransferKind.TOKEN)), "deposit-elsewhere"),
        (found(make_transfer(kind=TransferKind.REWARD)), "deposit-elsewhere"),
        (found(make_transfer(succeeded=False)), "deposit-elsewhere"),
        (found(make_transfer(tx_hash="other")), "deposit-elsewhere"),
        (found(make_transfer(memo=Memo(MemoKind.TAG, "5"))), "deposit-other-memo"),
        (found(status=TxStatus.FAILED), "deposit-failed"),
        (found(network="XLM"), "deposit-other-network"),
        (replace(found(), testnet=True), "deposit-other-network"),
        (found(block=Block(1, "B", AT - timedelta(minutes=3))), "deposit-too-early"),
        (found(block=Block(1, "B", AT + timedelta(hours=73))), "deposit-too-late"),
    ],
)
def test_what_differs_in_anything_is_an_attempt_that_failed(what: Found, refused: str) -> None:
    said = judge(what)
    assert reference(said) == refused
    assert isinstance(said, Refusal)
    assert said.counts


@pytest.mark.parametrize(
    ("what", "refused"),
    [
        (found(final=False), "deposit-not-final"),
        (found(status=TxStatus.PENDING, block=None, final=False), "deposit-pending"),
        (found(status=TxStatus.ORPHANED), "deposit-pending"),
        (found(block=Block(1, "B", None)), "deposit-unclear"),
        (found(gaps=frozenset({Gap.SENDERS})), "deposit-unclear"),
        (found(gaps=frozenset({Gap.AMOUNT})), "deposit-unclear"),
        (found(gaps=frozenset({Gap.SUCCESS})), "deposit-unclear"),
        (found(gaps=frozenset({Gap.MEMO})), "deposit-unclear"),
        (found(second=found(make_transfer(amount=1)).evidence), "deposit-disputed"),
        (replace(found(), second_absent=True), "deposit-disputed"),
    ],
)
def test_what_may_still_become_it_is_no_attempt(what: Found, refused: str) -> None:
    said = judge(what)
    assert reference(said) == refused
    assert isinstance(said, Refusal)
    assert not said.counts


@pytest.mark.parametrize(
    "what",
    [
        found(make_transfer(kind=TransferKind.INTERNAL)),
        found(make_transfer(batched=True)),
        found(make_transfer(special=True, type="escrow_finish")),
        found(fee=TxFee(XRP.native_asset, 12, OTHER.address)),
    ],
)
def test_what_the_sender_need_not_have_ordered_is_a_reviewers(what: Found) -> None:
    said = judge(what)
    assert isinstance(said, Accepted)
    assert said.reviewer is not None
    assert said.reviewer.code == "not_sent_plainly"


def test_by_policy_a_person_looks_at_every_deposit() -> None:
    rule = RULE.model_copy(update={"reviewed": "always"})
    said = judge_deposit(make_request(), found(), network=XRP, rule=rule)
    assert isinstance(said, Accepted)
    assert said.reviewer is not None


def test_the_stated_memo_is_right_and_none_at_all_too() -> None:
    tag = make_transfer(memo=Memo(MemoKind.TAG, "77"))
    assert reference(judge(found(tag), memo="77")) == "accepted"
    assert reference(judge(found(), memo="77")) == "accepted"
    assert reference(judge(found(tag), memo="78")) == "deposit-other-memo"
    assert reference(judge(found(make_transfer(memo=Memo(MemoKind.TEXT, ""))))) == "accepted"


def test_a_transfer_that_served_is_taken_and_its_twin_is_not() -> None:
    two = found(make_transfer(), make_transfer(index=1, position="second"))
    request = make_request()
    said = judge_deposit(request, two, network=XRP, rule=RULE, taken={"native"})
    assert isinstance(said, Accepted)
    assert said.transfer.position == "second"
    taken = {"native", "second"}
    assert reference(judge_deposit(request, two, network=XRP, rule=RULE, taken=taken)) == (
        "deposit-used"
    )


@pytest.mark.parametrize("network", list(load_registry()), ids=lambda n: str(n.code))
@pytest.mark.parametrize("exchange", [False, True])
@pytest.mark.parametrize("price", ["0.0001", "0.5", "2", "3000", "100000"])
def test_the_amounts_are_worth_what_the_policy_says_and_odd(
    network: Network, exchange: bool, price: str
) -> None:
    amounts = plan_amounts(network, price=Decimal(price), rule=RULE, exchange=exchange)
    if amounts is None:
        return  # too few: not offered
    amount = draw_amount(amounts, taken=(), pick=random.Random(1).randrange)
    assert amount is not None
    low = RULE.exchange_value_low if exchange else RULE.value_low
    value = Decimal(amount).scaleb(-network.decimals) * Decimal(price)
    least = max(2 * network.dust, RULE.minimum.get(network.code, 0))
    assert value >= low * Decimal("0.99") or amount >= least
    assert amount >= least
    assert amount // amounts.step % 10 != 0
    assert len(print_coins(amount, network).replace(".", "").strip("0")) <= 12
    assert Decimal(print_coins(amount, network)).scaleb(network.decimals) == amount


@given(st.integers(0, 2**32), st.sets(st.integers(500, 540)))
def test_no_amount_is_drawn_twice_and_none_is_round(seed: int, taken: set[int]) -> None:
    from recovery.proofs.deposit import Amounts

    amounts = Amounts(500, 540, 1)
    amount = draw_amount(amounts, taken=taken, pick=random.Random(seed).randrange)
    free = {n for n in range(500, 541) if n % 10} - taken
    assert (amount in free) if free else amount is None


def test_too_few_amounts_are_none() -> None:
    coarse = load_registry()["EOS"]
    assert plan_amounts(coarse, price=Decimal("0.5"), rule=RULE, exchange=False) is not None
    assert plan_amounts(coarse, price=Decimal("10000"), rule=RULE, exchange=False) is None
