"""The digest covers what decides the payment, and nothing that may change without changing it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from cases.factories import (
    SENDER,
    make_evidence,
    make_quote,
    make_transfer,
    make_verdict,
    party,
)

from recovery.cases.digest import digest_of, payment_of, same_payment, subject_of
from recovery.cases.values import Destination
from recovery.classify.verdict import Cause, Verdict
from recovery.documents import print_quote
from recovery.fees.values import Quote
from recovery.model import (
    AssetId,
    Block,
    Evidence,
    Memo,
    MemoKind,
    NetworkCode,
    Note,
    Transfer,
)

OTHER = "0x27b1fdb04752bbc536007a920d24acb045561c26"
BACK = Destination("return", address="0xaa", memo=None)


def digest(
    evidence: Evidence | None = None,
    transfer: Transfer | None = None,
    verdict: Verdict | None = None,
    destination: Destination | None = BACK,
    quote: Quote | None = None,
) -> str:
    subject = subject_of(
        evidence or make_evidence(), transfer or make_transfer(), verdict or make_verdict()
    )
    return digest_of(subject, destination, print_quote(quote or make_quote()))


COVERED: dict[str, dict[str, Any]] = {
    "network": {"evidence": make_evidence(network=NetworkCode("BSC"))},
    "transaction": {"evidence": make_evidence(tx_hash="0x" + "ac" * 32)},
    "position": {"transfer": make_transfer(position="log:13")},
    "block hash": {"evidence": make_evidence(block=Block(19_000_000, "0x" + "ce" * 32, None))},
    "no block": {"evidence": make_evidence(block=None)},
    "finality": {"evidence": make_evidence(final=False)},
    "asset": {"transfer": make_transfer(asset=AssetId("eip155:1/slip44:60"))},
    "amount": {"transfer": make_transfer(amount=2_500_001)},
    "booked amount": {"verdict": make_verdict(amount=2_400_000)},
    "recipient": {"transfer": make_transfer(recipient=party(OTHER))},
    "memo": {"transfer": make_transfer(memo=Memo(MemoKind.TAG, "7"))},
    "memo kind": {"transfer": make_transfer(memo=Memo(MemoKind.TEXT, "7"))},
    "a sender": {"transfer": make_transfer(senders=(party(OTHER),))},
    "one sender more": {"transfer": make_transfer(senders=(party(SENDER), party(OTHER)))},
    "no sender": {"transfer": make_transfer(senders=())},
    "cause": {"verdict": make_verdict(cause=Cause.DELISTED_TOKEN)},
    "no destination": {"destination": None},
    "kind of destination": {"destination": replace(BACK, kind="credit")},
    "destination address": {"destination": replace(BACK, address="0xab")},
    "destination memo": {"destination": replace(BACK, memo="7")},
    "credited user": {"destination": Destination("credit", user="mallory")},
    "net": {"quote": make_quote(net=1_999_999)},
    "expiry of the quote": {"quote": make_quote(policy="2026-12")},
}

NOT_COVERED: dict[str, dict[str, Any]] = {
    "confirmations": {"evidence": make_evidence(confirmations=65)},
    "required confirmations": {"evidence": make_evidence(required_confirmations=None)},
    "notes": {"evidence": make_evidence(notes=(Note("seen", "Seen."),))},
    "other transfers": {
        "evidence": make_evidence(transfers=(make_transfer(), make_transfer(index=1, amount=1)))
    },
    "symbol": {"transfer": make_transfer(symbol="ΤETHER")},
    "decimals": {"transfer": make_transfer(decimals=18)},
    "name": {"transfer": make_transfer(name="Tether")},
    "index": {"transfer": make_transfer(index=3)},
    "block time": {
        "evidence": make_evidence(block=Block(19_000_000, "0x" + "cd" * 32, None)),
    },
    "notes of the verdict": {"verdict": make_verdict(notes=(Note("seen", "Seen."),))},
}


@pytest.mark.parametrize("changed", COVERED)
def test_what_decides_the_payment_changes_the_digest(changed: str) -> None:
    assert digest(**COVERED[changed]) != digest()


def test_every_covered_change_makes_a_digest_of_its_own() -> None:
    digests = [digest(**changes) for changes in COVERED.values()]
    assert len(set(digests)) == len(digests)


@pytest.mark.parametrize("changed", NOT_COVERED)
def test_what_is_only_shown_leaves_the_digest_alone(changed: str) -> None:
    assert digest(**NOT_COVERED[changed]) == digest()


def test_the_order_in_which_a_node_lists_senders_plays_no_part() -> None:
    two = (party(SENDER), party(OTHER))
    there, back = make_transfer(senders=two), make_transfer(senders=two[::-1])
    assert digest(transfer=there) == digest(transfer=back)


def test_an_exact_decimal_amount_has_one_spelling() -> None:
    short, long = make_transfer(amount=Decimal("1.5")), make_transfer(amount=Decimal("1.50"))
    assert digest(transfer=short) == digest(transfer=long)


def test_the_digest_of_version_one_never_changes_its_meaning() -> None:
    assert digest() == GOLDEN


def test_a_float_has_no_place_in_what_is_signed() -> None:
    with pytest.raises(TypeError):
        digest_of({"amount": "1"}, None, {"lines": [{"amount": 0.1}]})


GOLDEN = "sha256:3df8ff63c20d3c342f3d04f06517f13be0ee669f1827719911662c5d29328105"


def test_a_payment_is_the_same_wherever_a_reorganisation_puts_it_and_no_other_is() -> None:
    subject = dict(subject_of(make_evidence(), make_transfer(), make_verdict()))
    same = {name for name in subject if same_payment({**subject, name: "other"}, subject)}
    assert same == {"block_hash", "final", "position"}
    assert {
        n for n in subject if payment_of({**subject, n: "other"}) == payment_of(subject)
    } == same
