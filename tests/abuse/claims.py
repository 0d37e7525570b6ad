"""Claims for the tests of abuse: many transactions, many customers, the desk's own opening."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from cases.factories import AT, make_check, make_evidence, make_transfer, make_verdict

from recovery.abuse.attempts import Attempt
from recovery.abuse.policy import AbusePolicy, Channel, load_abuse_policy
from recovery.checks import Check
from recovery.classify.verdict import Cause, Condition, Reason, Recoverability

POLICY = load_abuse_policy()
APP = "app"
PROVEN = Condition("sender_proof", met=True, text="The claimant has proven to be the sender.")


def hash_of(number: int) -> str:
    return "0x" + f"{number:064x}"


def attempt(
    number: int = 1,
    *,
    user: str | None = "mallory",
    opener: str = APP,
    channel: Channel = Channel.CUSTOMER,
    at: datetime = AT,
    is_owner: bool = False,
) -> Attempt:
    return Attempt(user, opener, channel, hash_of(number), at, is_owner)


def with_limits(
    *, attempts: int = 240, transactions: int = 100, channel: int = 40_000, claimants: int = 500
) -> AbusePolicy:
    """The shipped policy with other limits, the same for staff and customers."""
    limits = {"attempts_per_hour": attempts, "transactions_per_day": transactions}
    document = POLICY.model_dump(by_alias=True) | {
        "claimant": {"customer": limits, "staff": limits},
        "channel": {"attempts_per_hour": channel},
        "transaction": {"claimants_per_day": claimants},
    }
    return AbusePolicy.model_validate(document)


def lost_deposit(number: int, *, user: str, **changes: Any) -> Check:
    """A deposit without memo, the proof of its sender given: money goes back to whoever is believed."""
    verdict = make_verdict(cause=Cause.MEMO_MISSING, user=None, conditions=(PROVEN,))
    evidence = make_evidence(tx_hash=hash_of(number), transfers=(make_transfer(memo=None),))
    return make_check(verdict, evidence=evidence, user=user, **changes)


def another_ones(number: int, *, user: str) -> Check:
    """A claim on somebody else's deposit, as the rules hold it."""
    verdict = make_verdict(
        Recoverability.HOLD,
        cause=Cause.CLAIMANT_MISMATCH,
        reasons=(Reason("other_owner", "Another customer's."),),
        user="alice",
    )
    return make_check(verdict, evidence=make_evidence(tx_hash=hash_of(number)), user=user)
