"""Steps 10 and 11: everything is right, and ordinary crediting still missed it, or must wait.

Knows: the listing's own limits, and the kinds of transfers that pipelines overlook. Must not know:
anything that an earlier step decides. A credit is always of what was delivered.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from recovery.classify.facts import Facts, Place
from recovery.classify.results import after, credit, outcome_for, recover, show, wait
from recovery.classify.verdict import Cause, Condition, Reason, Verdict
from recovery.model import Amount, Note, TransferKind
from recovery.records.port import ListingStatus
from recovery.times import print_time

_SUSPENDED_SECONDS = 6 * 3_600
_A_YEAR = 365 * 86_400

_CREDITED_TYPES = frozenset(
    {
        "accountdelete", "accountmerge", "accountwithdrawal", "ammwithdraw", "arbitrumdeposit",
        "arbitrumretry", "assetunlock",
        "checkcash", "claimclaimablebalance", "closeremainder", "closeremainderto", "coinbase",
        "createaccount", "escrowfinish", "mintto", "opdeposit", "pathpayment", "pathpaymentstrictreceive",
        "pathpaymentstrictsend", "paymentchannelclaim", "reward", "selfdestruct", "stakingreward",
        "statesync", "zksyncl1",
    }
)  # fmt: skip
"""Special types whose delivered amount is as good as a payment's, in letters and digits only. Every
other one is looked at by a reviewer."""


def network_suspended(facts: Facts) -> Verdict | None:
    """Deposits of the asset are suspended for maintenance."""
    transfer, view = facts.transfer, facts.view
    if transfer is None or facts.route is None or view.status is not ListingStatus.SUSPENDED:
        return None
    until = view.listing.valid_to if view.listing else None
    text = (
        "Deposits of this asset are suspended for maintenance; it is credited by itself afterwards."
    )
    seen = {"asset": transfer.asset, "until": print_time(until) if until else None}
    later = after(facts, seconds=_SUSPENDED_SECONDS)
    if until is not None and until > facts.now:
        later = until
    return wait(
        facts,
        Cause.NETWORK_SUSPENDED,
        Reason("suspended", text, seen),
        transfer=transfer.index,
        look_again=later,
    )


def below_minimum(facts: Facts) -> Verdict | None:
    """What was delivered, with what waits of the same user and asset, is below the minimum deposit."""
    transfer, listing = facts.transfer, facts.view.listing
    if transfer is None or facts.route is None or not facts.route.here or listing is None:
        return None
    if facts.view.status is not ListingStatus.LISTED:
        return None
    delivered = facts.delivered.value
    least = max(listing.min_deposit or 0, listing.denomination or 0)
    if delivered >= least or _sum(facts) >= least:
        return None
    seen = {"delivered": show(delivered), "together": show(_sum(facts)), "minimum": str(least)}
    text = (
        f"{show(delivered)} base units are below the minimum deposit of {least}. A second deposit that "
        "lifts the sum over the minimum credits both."
    )
    condition = Condition(
        "minimum_reached",
        met=False,
        text=f"Further deposits of the same asset lift the sum to {least} base units.",
    )
    return recover(
        facts,
        Cause.BELOW_MINIMUM,
        Reason("too_small", text, seen),
        conditional=True,
        conditions=(condition,),
        outcome=outcome_for(facts, facts.route.owner.value),
    )


def _sum(facts: Facts) -> Amount:
    """The deposit, what came with it in this transaction, and what waits in other cases."""
    together = facts.delivered.value
    if not facts.view.care:  # the events of a flagged token are no measure of what arrived
        together = max(together, facts.paid_together)
    return sum((d.amount for d in facts.small_deposits), together)


def time_locked(facts: Facts) -> Verdict | None:
    """The value is ours and can't move before a stated height or time."""
    transfer, evidence = facts.transfer, facts.evidence
    if transfer is None or evidence is None or facts.route is None or transfer.unlock_at is None:
        return None
    until = transfer.unlock_at
    if isinstance(until, datetime):
        if until <= facts.now:
            return None
        text, later = f"The value is locked until {print_time(until)}.", until
        seen: dict[str, object] = {"unlock_at": print_time(until)}
    else:
        head = evidence.block.height + max(evidence.confirmations - 1, 0) if evidence.block else 0
        # The first block that may spend it has the height ``until``: the head must stand right before it.
        if head + 1 >= until:
            return None
        pace = facts.network.block_milliseconds / 1000 if facts.network else 600
        text = f"The value is locked until block {until}; the chain is at {head}."
        # a height that is never reached is a lock too: then we look once a year
        seconds = min((until - head) * pace, _A_YEAR)
        later = facts.now + timedelta(seconds=max(seconds, 60))
        seen = {"unlock_at": until, "head": head}
    return wait(
        facts,
        Cause.TIME_LOCKED,
        Reason("locked", text, seen),
        transfer=transfer.index,
        look_again=later,
    )


def partial_payment(facts: Facts) -> Verdict | None:
    """Less was delivered than the sender's transaction asked for."""
    transfer = facts.transfer
    if transfer is None or transfer.requested_amount is None or not _is_routed(facts):
        return None
    delivered = facts.delivered.value
    if delivered >= transfer.requested_amount:
        return None
    text = "Less arrived than the transaction asked for; what arrived is what counts."
    seen = {"requested": show(transfer.requested_amount), "delivered": show(delivered)}
    return credit(facts, Cause.PARTIAL_PAYMENT, Reason("less_delivered", text, seen))


def unusual_transaction_type(facts: Facts) -> Verdict | None:
    """The value came by a special kind of transaction that deposit scanners overlook."""
    transfer = facts.transfer
    if transfer is None or not transfer.special or not _is_routed(facts):
        return None
    kind = transfer.type or "special"
    seen = {"type": kind}
    if re.sub(r"[^a-z0-9]", "", kind.lower()) in _CREDITED_TYPES:
        text = f"The value arrived by {kind}, which ordinary crediting does not look at."
        return credit(facts, Cause.UNUSUAL_TRANSACTION_TYPE, Reason("special_type", text, seen))
    text = f"The value arrived by {kind}; a reviewer looks what it means for the deposit."
    condition = Condition("reviewer_decision", met=False, text="A reviewer has looked and decided.")
    return recover(
        facts,
        Cause.UNUSUAL_TRANSACTION_TYPE,
        Reason("special_type", text, seen),
        conditional=True,
        conditions=(condition,),
    )


def batched_transfer(facts: Facts) -> Verdict | None:
    """One call of one sender paid several recipients, this one among them."""
    transfer = facts.transfer
    if transfer is None or not transfer.batched or not _is_routed(facts):
        return None
    text = "The transfer is one of several in a single call."
    return credit(
        facts, Cause.BATCHED_TRANSFER, Reason("several_paid", text, {"position": transfer.position})
    )


def internal_transfer(facts: Facts) -> Verdict | None:
    """A program moved the coins, every call that led there having succeeded."""
    transfer = facts.transfer
    if transfer is None or transfer.kind is not TransferKind.INTERNAL or not _is_routed(facts):
        return None
    text = "The coins were moved by a contract, not by the transaction itself."
    return credit(
        facts,
        Cause.INTERNAL_TRANSFER,
        Reason("moved_by_program", text, {"position": transfer.position}),
    )


def listed_deposit_missed(facts: Facts) -> Verdict | None:
    """All is right, and the ledger lacks it: the deposit pipeline missed it."""
    transfer = facts.transfer
    if transfer is None or not _is_routed(facts):
        return None
    text = "Listed asset, right address, right memo, final, and not in the credit ledger."
    alarm = Note(
        "pipeline_missed", "Tell the deposit team: ordinary crediting should have seen this."
    )
    return credit(
        facts,
        Cause.LISTED_DEPOSIT_MISSED,
        Reason("missed", text, {"asset": transfer.asset, "position": transfer.position}),
        notes=(alarm,),
    )


def _is_routed(facts: Facts) -> bool:
    """The records name the user by address or memo; our own wallets name nobody."""
    route = facts.route
    if route is None or not route.here or route.place is Place.TREASURY:
        return False
    return route.owner.value is not None
