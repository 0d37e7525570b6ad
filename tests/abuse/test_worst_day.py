"""The worst day: 70,000 tickets of honest people who repeat themselves, and none is refused.

A sample of it always; ``RECOVERY_SOAK=1`` plays the whole day.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from datetime import timedelta

import pytest
from abuse.claims import APP, POLICY
from cases.factories import AT

from recovery.abuse.attempts import Attempt, admit
from recovery.abuse.policy import Channel
from recovery.store import Store

WHOLE = 70_000
SAMPLE = WHOLE if os.environ.get("RECOVERY_SOAK") else 900
SEED = 20_261_122
PAYOUT = 300
"""Customers of ours whom one payout of another exchange pays, in one transaction."""

_HOURS = [1, 1, 1, 1, 1, 2, 3, 5, 8, 10, 12, 14, 14, 13, 12, 11, 10, 9, 8, 7, 5, 4, 3, 2]
"""How first tickets spread over a day."""


def honest_day(tickets: int, seed: int) -> list[Attempt]:
    """Tickets in order of time: most customers have one deposit and ask once or twice; a few have
    dozens, a few reload the page for an hour; one payout brings hundreds at once."""
    chance = random.Random(seed)
    start = AT.replace(hour=0)
    day: list[Attempt] = []
    customer = 0
    while len(day) < tickets:
        customer += 1
        deposits = 1 + min(38, int(chance.paretovariate(1.6)) - 1)
        reloads = chance.random() < 0.01
        first = start + timedelta(hours=chance.choices(range(24), _HOURS)[0])
        for number in range(deposits):
            asked = first + timedelta(seconds=chance.randrange(3600))
            again = chance.randrange(15, 45) if reloads and not number else _repeats(chance)
            owned = (
                chance.random() < 0.7
            )  # the rest have no memo, or sent it where nobody is recorded
            tx_hash = f"0x{chance.getrandbits(256):064x}"
            for _ in range(again):
                at = asked + timedelta(seconds=chance.randrange(3600 if reloads else 43_200))
                day.append(
                    Attempt(f"c{customer}", APP, Channel.CUSTOMER, tx_hash, at, is_owner=owned)
                )
    payout = f"0x{seed:064x}"
    hit = [chance.randrange(customer) for _ in range(PAYOUT * min(1, tickets // WHOLE + 1))]
    at = start + timedelta(hours=11)
    day += [
        Attempt(
            f"c{one}",
            APP,
            Channel.CUSTOMER,
            payout,
            at + timedelta(seconds=chance.randrange(1800)),
            is_owner=chance.random() < 0.9,
        )
        for one in hit
    ]
    return sorted(day, key=lambda one: one.at)


def _repeats(chance: random.Random) -> int:
    return 1 + min(12, int(chance.expovariate(1.2)))


def test_the_day_is_as_hard_as_it_says() -> None:
    """Else nobody being refused would say nothing."""
    day = honest_day(WHOLE, SEED)
    attempts = Counter(one.user for one in day)
    transactions = {user: set[str]() for user in attempts}
    for one in day:
        transactions[one.user].add(one.tx_hash)
    assert max(attempts.values()) >= 60
    assert max(map(len, transactions.values())) >= 35
    hours = Counter(one.at.hour for one in day)
    assert max(hours.values()) > 4_000


def test_on_the_worst_day_no_honest_customer_is_refused(sqlite_store: Store) -> None:
    """A sample takes the hardest customers: all that one of them does, and the crowd on the payout."""
    day = honest_day(WHOLE, SEED)
    if len(day) > SAMPLE:
        busiest = [user for user, _ in Counter(one.user for one in day).most_common(6)]
        chosen = set(busiest) | {one.user for one in day[:: len(day) // 60]}
        payout = f"0x{SEED:064x}"
        day = [one for one in day if one.user in chosen or one.tx_hash == payout][:SAMPLE]
        assert len(day) > 800
    for one in day:
        admit(sqlite_store, one, POLICY)


@pytest.mark.parametrize("seed", range(3))
def test_the_busiest_hour_fits_through_one_front_end(seed: int) -> None:
    hours = Counter(one.at.hour for one in honest_day(WHOLE, seed))
    assert max(hours.values()) * 4 < POLICY.channel.attempts_per_hour
