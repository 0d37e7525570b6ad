"""From counted facts to a score with its reasons, for the reviewer. Pure.

Knows: what each count means, in words, and what harmless thing looks alike. Must not know: how
anything is counted, stores, clocks. A score accuses nobody: it is shown to staff alone, and in its
highest band a person looks before a quote is offered.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from recovery.abuse.policy import AbusePolicy, ReasonCode

HIGHEST = 100


class Band(StrEnum):
    ORDINARY = "ordinary"
    LOOK_TWICE = "look_twice"
    SENIOR_LOOK = "senior_look"


@dataclass(frozen=True, slots=True)
class ScoreReason:
    """One reason with its points; ``text`` has the figures, ``benign`` what else looks like this."""

    code: ReasonCode
    count: int
    points: int
    text: str
    benign: str


@dataclass(frozen=True, slots=True)
class Score:
    """``points`` 0 to 100; ``reasons`` those that have points, the heaviest first."""

    points: int
    band: Band
    reasons: tuple[ScoreReason, ...]
    policy: str


def score(counts: Mapping[ReasonCode, int], policy: AbusePolicy) -> Score:
    """The score of these counts (missing: none). More of anything never lowers it."""
    reasons = [
        _reason(code, counts[code], policy) for code in ReasonCode if counts.get(code, 0) > 0
    ]
    telling = sorted((r for r in reasons if r.points), key=lambda r: -r.points)
    points = min(HIGHEST, sum(reason.points for reason in telling))
    return Score(points, _band(points, policy), tuple(telling), policy.version)


def _band(points: int, policy: AbusePolicy) -> Band:
    if points >= policy.bands.senior_look:
        return Band.SENIOR_LOOK
    return Band.LOOK_TWICE if points >= policy.bands.look_twice else Band.ORDINARY


def _reason(code: ReasonCode, count: int, policy: AbusePolicy) -> ScoreReason:
    text, benign = WORDS[code]
    figures = {
        "n": count,
        "days": policy.window.days,
        "soon": policy.timing.soon_minutes,
        "late": policy.timing.late_days,
    }
    points = policy.reasons[code].points(count)
    return ScoreReason(code, count, points, text.format(**figures), benign)


WORDS: Mapping[ReasonCode, tuple[str, str]] = {
    ReasonCode.HASHES_NOT_FOUND: (
        "{n} claims of this customer in {days} days named a transaction that no network knows",
        "A wallet's own reference is often taken for the hash, and a dropped transaction never was one.",
    ),
    ReasonCode.ADDRESSES_NOT_OURS: (
        "{n} claims of this customer in {days} days were about payments to nobody here",
        "A wrong address copied once is copied again; some claim every payment of their wallet to be sure.",
    ),
    ReasonCode.DEPOSITS_OF_OTHERS: (
        "{n} claims of this customer in {days} days were about deposits of another customer",
        "Families and firms share wallets, and friends send for each other.",
    ),
    ReasonCode.OTHER_HOLDS: (
        "{n} cases of this customer in {days} days are held for another reason",
        "A screening list names the service the coins came through, not the customer.",
    ),
    ReasonCode.CLAIMANTS_OF_TRANSFER: (
        "{n} other customers claim the same transfer",
        "Sender and receiver both claim it, or one person has two accounts; the owner may be the first or the last.",
    ),
    ReasonCode.RETURN_ADDRESS_SHARED: (
        "{n} other customers asked for a return to the same address",
        "It is the deposit address of a shared wallet, of a firm, or of another exchange.",
    ),
    ReasonCode.RETURN_ADDRESS_SCREENED: (
        "the return address is on the screening list",
        "Lists name mixers and services that ordinary people use too; security decides.",
    ),
    ReasonCode.RETURN_ADDRESS_EXCHANGE: (
        "the return address is a known exchange's wallet, which books nothing to anybody by itself",
        "The customer copied the sender of the deposit, which the exchange they withdrew from pays from.",
    ),
    ReasonCode.PROOFS_REFUSED: (
        "{n} proofs of the sender did not hold in {days} days",
        "Signing in a wallet is hard; most failures are a wrong account or a changed text.",
    ),
    ReasonCode.CLAIMS_THROTTLED: (
        "{n} claims of this customer in {days} days came too fast and were not taken",
        "A page reloaded in despair, or a script of the customer's firm.",
    ),
    ReasonCode.CLAIMED_SOON: (
        "claimed within {soon} minutes of the block, and no record says whose it is",
        "The sender watches the own payment, and knows at once that the memo is missing.",
    ),
    ReasonCode.CLAIMED_LATE: (
        "claimed more than {late} days after the block, and no record says whose it is",
        "People find old payments when they do their taxes.",
    ),
    ReasonCode.CLAIM_DIFFERS: (
        "{n} things the claim says are not what the chain shows",
        "Amounts are typed before fees, and networks are confused by nearly everybody.",
    ),
    ReasonCode.NO_DEPOSITS: (
        "the ledger has no earlier deposit of this customer",
        "Everybody's first deposit is the one that goes wrong.",
    ),
}
