"""More delivered never means less returned: judgement and quote together, rounding and every threshold included.

What comes back: of a credit what is booked, of a quoted recovery its net, of a refusal and of a
deposit that is not worth its costs nothing. Where a person, the claimant or time has yet to decide
there is no answer to compare.
"""

from __future__ import annotations

import itertools
import os
import random
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Literal

import pytest
from properties.whole_facts import NOW, draw_facts

from recovery.chains.family import CostLine, NetworkCost
from recovery.classify.decide import classify
from recovery.classify.facts import Facts, Known
from recovery.classify.verdict import Cause, Recoverability
from recovery.fees.policy import load_policy
from recovery.fees.quote import make_quote
from recovery.fees.values import Quote
from recovery.model import Amount
from recovery.records.port import Price

SEEDS = 100_000 if "RECOVERY_SOAK" in os.environ else 1_200
CHUNK = 400
COST_CODES: tuple[Literal["network_cost", "reserve"], ...] = (
    "network_cost",
    "network_cost",
    "reserve",
)
BENDS = (
    "0.09",
    "0.1",
    "5",
    "49.99",
    "50",
    "50.01",
    "53",
    "55.55",
    "55.56",
    "100",
    "9850",
    "10000",
    "1e7",
)
"""Values in USD near which the formula bends, and beyond."""


def amounts_of(rng: random.Random, unit: Fraction, *, issued: bool) -> list[Amount]:
    """Amounts in rising order, from dust to huge, close together where the formula bends.

    ``unit`` is the value of one base unit.
    """
    if issued:
        found: set[Amount] = {
            Decimal(rng.randint(1, 10**15)).scaleb(rng.randint(-25, 5)) for _ in range(6)
        }
        return sorted(found)
    near = [int(Fraction(rng.choice(BENDS)) / unit) for _ in range(5)]
    wide = [rng.randint(1, 10 ** rng.randint(1, 30)) for _ in range(3)]
    return sorted({max(0, n + step) for n in (*near, *wide) for step in (-1, 0, 1)})


def deliver(facts: Facts, amount: Amount) -> Facts:
    """The same facts, but that this amount arrived, as asked for and as measured."""
    assert facts.transfer is not None
    assert facts.evidence is not None
    transfer = replace(facts.transfer, amount=amount, requested_amount=None)
    transfers = tuple(
        transfer if t.index == transfer.index else t for t in facts.evidence.transfers
    )
    return replace(
        facts,
        transfer=transfer,
        evidence=replace(facts.evidence, transfers=transfers),
        delivered=Known(amount),
        measured=Known(amount),
        paid_together=amount,
        consent=None,
    )


class Desk:
    """Everything of a quote but the facts: drawn once, the same for every amount."""

    def __init__(self, rng: random.Random, facts: Facts) -> None:
        assert facts.network is not None
        assert facts.transfer is not None
        self.decimals = rng.randint(0, 24)
        self.nth = rng.randint(1, 4)
        value = Decimal(rng.randint(1, 10**6)).scaleb(rng.randint(-9, 0))
        self.price = Price(facts.transfer.asset, "USD", value, NOW, "book")
        native = self.price
        if not facts.native:
            native = Price(
                facts.network.native_asset, "USD", Decimal(rng.randint(1, 9000)), NOW, "book"
            )
        self.native = native
        whole = 10**facts.network.decimals
        lines = tuple(
            CostLine(code, rng.randint(0, whole // 100), "Cost")
            for code in rng.sample(COST_CODES, rng.randint(0, 3))
        )
        self.cost = NetworkCost(facts.network.native_asset, lines, "node", NOW)

    def unit(self, facts: Facts) -> Fraction:
        """The value of one base unit."""
        assert facts.network is not None
        places = facts.network.decimals if facts.native else self.decimals
        unit: Fraction = Fraction(self.price.value) / 10**places
        return unit

    def returned(self, facts: Facts) -> Fraction | None:
        """What comes back, None where nothing is decided yet."""
        verdict = classify(facts)
        if verdict.cause is Cause.NEEDS_REVIEW:
            return None
        match verdict.recoverability:
            case Recoverability.CREDIT:
                assert verdict.amount is not None
                return Fraction(verdict.amount)
            case Recoverability.UNRECOVERABLE:
                return Fraction(0)
            case Recoverability.RECOVERABLE | Recoverability.CONDITIONAL:
                pass
            case _:
                return None
        assert facts.network is not None
        quote = make_quote(
            load_policy(),
            verdict=verdict,
            transfer=facts.transfer,
            network=facts.network,
            price=self.price,
            native_price=self.native,
            cost=self.cost,
            nth_case_this_year=self.nth,
            planned=False,
            now=NOW + timedelta(minutes=1),
            decimals=self.decimals,
        )
        if isinstance(quote, Quote):
            assert Fraction(quote.gross) == sum(
                (Fraction(line.amount) for line in quote.lines), Fraction(quote.net)
            )
            return Fraction(quote.net)
        return Fraction(0) if quote.reason.code == "not_worth_it" else None


def returns(seed: int) -> list[tuple[Amount, Fraction]]:
    """What comes back of each amount, in rising order of the amounts."""
    rng, facts = random.Random(seed), draw_facts(seed)
    if facts.transfer is None:
        return []
    desk = Desk(rng, facts)
    issued = isinstance(facts.transfer.amount, Decimal)
    listing = facts.view.listing  # its decimals and its price are the desk's, its limits stay
    if listing is not None:
        facts = replace(
            facts, view=replace(facts.view, listing=replace(listing, decimals=desk.decimals))
        )
    facts = replace(facts, price=desk.price)
    found = []
    for amount in amounts_of(rng, desk.unit(facts), issued=issued):
        comes_back = desk.returned(deliver(facts, amount))
        if comes_back is not None:
            found.append((amount, comes_back))
    return found


@pytest.mark.parametrize("first", range(0, SEEDS, CHUNK))
def test_more_delivered_never_means_less_returned(first: int) -> None:
    compared = paid = 0
    for seed in range(first, first + CHUNK):
        found = returns(seed)
        for (less, back), (more, more_back) in itertools.pairwise(found):
            assert back <= more_back, f"seed {seed}: {less} returns {back}, {more} only {more_back}"
            assert more_back <= more, f"seed {seed}"
            compared += 1
            paid += 0 < more_back < more
    assert compared > CHUNK
    assert paid > CHUNK // 4, "too few of them paid a fee"
