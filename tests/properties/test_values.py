"""What holds of the values that are compared, signed and printed, for any evidence."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from cases.factories import make_quote, make_verdict
from properties.whole_facts import NOW, Dice, draw_evidence

from recovery.agreement import Difference, find_differences, find_disagreement
from recovery.cases.digest import digest_of, payment_of, same_payment, subject_of
from recovery.cases.values import Destination
from recovery.classify.verdict import Cause
from recovery.documents import print_evidence, print_quote
from recovery.jsontext import print_canonical, print_json
from recovery.model import (
    AddressKey,
    AssetId,
    Block,
    Evidence,
    Gap,
    Memo,
    MemoKind,
    NetworkCode,
    Note,
    Party,
    Transfer,
    TransferKind,
    TxStatus,
)

SEEDS = range(300)
NETWORKS = ("ETH", "XRP", "BTC")
SOMEBODY = Party("0xsomebody", AddressKey("evm", b"x" * 20))

Evident = Callable[[Evidence], Evidence]
Moved = Callable[[Transfer], Transfer]

COVERED: Mapping[str, Evident | None] = {
    "network": lambda e: replace(e, network=NetworkCode("BSC")),
    "chain": None,  # follows from the network
    "tx_hash": lambda e: replace(e, tx_hash=e.tx_hash + "0"),
    "status": None,  # a final one is confirmed; the rest is judged, not signed
    "block": lambda e: replace(e, block=Block(1, "0xelsewhere", None)),
    "confirmations": None,
    "required_confirmations": None,
    "final": lambda e: replace(e, final=not e.final),
    "fee": None,
    "transfers": None,  # see COVERED_OF_TRANSFER
    "notes": None,
    "gaps": None,
    "replacement": None,
    "failure": None,
    "aliases": None,
}
"""Every field of `Evidence`: how to change it where the digest covers it, None where it does not."""

COVERED_OF_TRANSFER: Mapping[str, Moved | None] = {
    "index": None,
    "position": lambda t: replace(t, position=t.position + "0"),
    "kind": None,
    "asset": lambda t: replace(t, asset=AssetId(t.asset + "0")),
    "amount": lambda t: replace(t, amount=t.amount + 1),
    "senders": lambda t: replace(t, senders=(*t.senders, SOMEBODY)),
    "recipient": lambda t: replace(t, recipient=SOMEBODY),
    "memo": lambda t: replace(t, memo=Memo(MemoKind.TEXT, "another")),
    "succeeded": None,
    "symbol": None,
    "decimals": None,
    "requested_amount": None,
    "type": None,
    "special": None,
    "batched": None,
    "unlock_at": None,
    "standard": None,
    "name": None,
    "tx_hash": None,
}
"""Likewise for `Transfer`."""

OTHERWISE: Mapping[str, Any] = {
    "chain": "eip155:99",
    "status": TxStatus.ORPHANED,
    "confirmations": 12345,
    "required_confirmations": 12345,
    "fee": None,
    "notes": (Note("said", "Said."),),
    "gaps": frozenset({Gap.MEMO}),
    "replacement": None,
    "failure": "reason",
    "aliases": ("0xalias",),
    "index": 77,
    "kind": TransferKind.REWARD,
    "succeeded": False,
    "symbol": "ΤETHER",
    "decimals": 77,
    "requested_amount": 77,
    "type": "odd",
    "special": True,
    "batched": True,
    "unlock_at": NOW + timedelta(days=77),
    "standard": "erc777",
    "name": "Tether",
}
"""Another value for each field that no signature covers."""


def evidence_of(seed: int) -> Evidence:
    """Evidence with at least one transfer."""
    dice = Dice(seed)
    while True:
        found = draw_evidence(dice, NETWORKS[seed % len(NETWORKS)])
        if found.transfers:
            return found


def digest(evidence: Evidence, transfer: Transfer, **terms: Any) -> str:
    subject = subject_of(evidence, transfer, terms.get("verdict", make_verdict()))
    quote = print_quote(terms.get("quote", make_quote()))
    return digest_of(
        subject, terms.get("destination", Destination("return", address="0xaa")), quote
    )


def test_every_field_of_evidence_is_said_to_be_covered_or_not() -> None:
    assert set(COVERED) == {f.name for f in fields(Evidence)}
    assert set(COVERED_OF_TRANSFER) == {f.name for f in fields(Transfer)}


@pytest.mark.parametrize("name", [*COVERED, *COVERED_OF_TRANSFER])
def test_the_digest_changes_when_a_covered_field_changes_and_only_then(name: str) -> None:
    for seed in SEEDS:
        evidence = evidence_of(seed)
        transfer = evidence.transfers[0]
        before = digest(evidence, transfer)
        in_evidence, in_transfer = COVERED.get(name), COVERED_OF_TRANSFER.get(name)
        if in_evidence is not None:
            assert digest(in_evidence(evidence), transfer) != before, seed
        if in_transfer is not None:
            assert digest(evidence, in_transfer(transfer)) != before, seed
        if in_evidence is None and name in COVERED and name in OTHERWISE:
            other = replace(evidence, **{name: OTHERWISE[name]})
            assert digest(other, transfer) == before, seed
        if in_transfer is None and name in COVERED_OF_TRANSFER and name in OTHERWISE:
            moved = replace(transfer, **{name: OTHERWISE[name]})
            assert digest(evidence, moved) == before, seed


@pytest.mark.parametrize(
    "terms",
    [
        {"verdict": make_verdict(cause=Cause.NFT)},
        {"verdict": make_verdict(amount=1)},
        {"destination": Destination("return", address="0xab")},
        {"destination": Destination("return", address="0xaa", memo="7")},
        {"destination": Destination("credit", user="alice")},
        {"destination": None},
        {"quote": make_quote(net=1)},
        {"quote": make_quote(gross=1)},
        {"quote": make_quote(policy="2026-12")},
        {"quote": make_quote(expires_at=NOW + timedelta(minutes=1))},
        {"quote": make_quote(lines=())},
    ],
)
def test_every_term_that_was_agreed_changes_the_digest(terms: dict[str, Any]) -> None:
    for seed in SEEDS:
        evidence = evidence_of(seed)
        transfer = evidence.transfers[0]
        assert digest(evidence, transfer, **terms) != digest(evidence, transfer), seed


def test_a_payment_is_the_same_exactly_where_its_name_is_the_same() -> None:
    for seed in SEEDS:
        rng = random.Random(seed)
        evidence = evidence_of(seed)
        transfer = evidence.transfers[0]
        other_evidence, other = evidence, transfer
        if rng.random() < 0.5:
            change = rng.choice([c for c in COVERED.values() if c is not None])
            other_evidence = change(evidence)
        if rng.random() < 0.5:
            move = rng.choice([c for c in COVERED_OF_TRANSFER.values() if c is not None])
            other = move(transfer)
        one = subject_of(evidence, transfer, make_verdict())
        two = subject_of(other_evidence, other, make_verdict())
        assert same_payment(one, two) is (payment_of(one) == payment_of(two)), seed
        assert same_payment(one, two) is same_payment(two, one), seed


def test_agreement_is_the_same_from_both_sides() -> None:
    differing = 0
    for seed in SEEDS:
        rng, first = random.Random(seed), evidence_of(seed)
        second = first
        for _ in range(rng.randint(0, 2)):
            transfers = list(second.transfers)
            moves = [c for c in COVERED_OF_TRANSFER.values() if c is not None]
            at = rng.randrange(len(transfers)) if transfers else 0
            what = rng.randint(0, 3)
            if what == 0 and transfers:
                transfers[at] = rng.choice(moves)(transfers[at])
            elif what == 1 and transfers:
                del transfers[at]
            elif what == 2:
                second = replace(
                    second, block=rng.choice((None, Block(5, "0x5", None), Block(1000, "", None)))
                )
            else:
                second = replace(
                    second,
                    status=rng.choice(list(TxStatus)),
                    gaps=frozenset({rng.choice(list(Gap))}),
                )
            second = replace(second, transfers=tuple(transfers))
        there, back = find_differences(first, second), find_differences(second, first)
        turned = tuple(Difference(d.field, d.position, d.second, d.first) for d in back)
        assert sorted(map(str, there)) == sorted(map(str, turned)), seed
        assert (find_disagreement(first, second) is None) is (not there), seed
        assert find_differences(first, first) == (), seed
        differing += bool(there)
    assert differing > len(SEEDS) // 4


def test_evidence_is_printed_without_loss_and_without_a_float() -> None:
    for seed in SEEDS:
        evidence = evidence_of(seed)
        document = print_evidence(evidence)
        text = print_json(document)
        read = json.loads(text, parse_float=refuse_float)
        assert read == document, seed
        assert print_canonical(read) == print_canonical(document), seed
        for transfer, printed in zip(evidence.transfers, read["transfers"], strict=True):
            amount = printed["amount"]
            kind = type(transfer.amount)
            assert kind(amount) == transfer.amount, seed
            assert "E" not in amount, seed
            assert printed["asset"] == transfer.asset
            assert printed["position"] == transfer.position
            assert printed["recipient"] == transfer.recipient.address
            assert printed["senders"] == [p.address for p in transfer.senders if p.address]


def refuse_float(text: str) -> Decimal:
    raise AssertionError(f"{text} is written as a number with a fraction")
