"""Step 9: the asset is good and the address is ours, but whose deposit it is needs a word.

Knows: owners, accounts, memos, earlier withdrawals. Must not know: listings beyond the outcome.
What a claim says about its memo never decides; where the sender is proved, it says whom to pay.
"""

from __future__ import annotations

from recovery.classify.facts import Facts, MemoMatch, MemoState, Place
from recovery.classify.results import (
    IDENTITY_CHECK,
    SENDER_PROOF,
    credit,
    hold,
    hold_for,
    outcome_for,
    recover,
    show,
)
from recovery.classify.verdict import Cause, Condition, Outcome, Reason, Verdict
from recovery.model import Note
from recovery.records.port import AccountStatus, Withdrawal

_SENDER_PROOF = Condition("sender_proof", met=False, text=SENDER_PROOF.text)


def account_closed(facts: Facts) -> Verdict | None:
    """The account whose deposit this is was closed."""
    if facts.transfer is None or facts.route is None:
        return None
    if not any(a.status is AccountStatus.CLOSED for a in facts.accounts):
        return None
    text = (
        "The account is closed, so nothing can be booked to it; the value can go back to its owner."
    )
    conditions = [
        Condition("identity_check", met=False, text="The owner passed the identity check.")
    ]
    needs = [IDENTITY_CHECK]
    if facts.policy.prove_closed:
        conditions.append(_SENDER_PROOF)
        needs.append(SENDER_PROOF)
    return recover(
        facts,
        Cause.ACCOUNT_CLOSED,
        Reason("closed", text),
        conditional=True,
        conditions=conditions,
        needs=tuple(needs),
        outcome=Outcome.RETURN,
    )


def claimant_mismatch(facts: Facts) -> Verdict | None:
    """The address or memo is another customer's than the claimant's, and nothing is credited."""
    if facts.transfer is None or facts.route is None or facts.claim.user is None:
        return None
    owner = facts.route.owner.value
    if owner is None or owner == facts.claim.user:
        return None
    text = "The address or memo belongs to another customer than the one who claims."
    reason = Reason("other_owner", text)
    return hold_for(facts, Cause.CLAIMANT_MISMATCH, reason, holder=owner, booked=False)


def address_retired(facts: Facts) -> Verdict | None:
    """The address was the claimant's once and was rotated or expired."""
    route = facts.route
    if (
        facts.transfer is None
        or route is None
        or route.place is not Place.RETIRED
        or not route.here
    ):
        return None
    text = "The address was rotated; deposits to it still count for its user."
    reason = Reason("rotated", text, {"address": route.row.address})
    return credit(facts, Cause.ADDRESS_RETIRED, reason)


def bounced_withdrawal(facts: Facts) -> Verdict | None:
    """The sender is where an earlier withdrawal of ours went, same asset, amount not above it."""
    transfer, route = facts.transfer, facts.route
    if transfer is None or route is None or not facts.earlier_withdrawals:
        return None
    matches = [
        w
        for w in facts.earlier_withdrawals
        if w.asset == transfer.asset and transfer.amount <= w.amount
    ]
    if not matches:
        return None
    chosen = _choose_withdrawal(facts, matches)
    if chosen is None:
        return None
    if facts.claim.user is not None and chosen.user != facts.claim.user:
        text = "The transfer answers a withdrawal of another customer than the one who claims."
        return hold(facts, Cause.BOUNCED_WITHDRAWAL, Reason("other_withdrawal", text))
    reason = Reason(
        "answers_withdrawal",
        "The sender is the destination of an earlier withdrawal: it came back.",
        {"withdrawal": chosen.tx_hash, "amount": show(chosen.amount)},
    )
    return recover(
        facts,
        Cause.BOUNCED_WITHDRAWAL,
        reason,
        conditions=(
            Condition(
                "withdrawal_matched",
                met=False,
                text="The clearing team matched the transfer to the withdrawal.",
            ),
        ),
        user=chosen.user,
    )


def _choose_withdrawal(facts: Facts, matches: list[Withdrawal]) -> Withdrawal | None:
    """The one withdrawal it can be: an exchange's own wallet receives and sends for many people.

    Where the address or memo names a user, his; else the claimant's; else that of the only user.
    """
    assert facts.route is not None
    named = facts.route.owner.value or facts.claim.user
    latest = sorted(matches, key=lambda w: w.sent_at, reverse=True)
    if named is not None:
        own = next((w for w in latest if w.user == named), None)
        if own is not None or facts.route.owner.value is not None:
            return own
    return latest[0] if len({w.user for w in latest}) == 1 else None


def memo_malformed(facts: Facts) -> Verdict | None:
    """The memo is not a registered one as written, and one documented normalisation makes it one."""
    match = _memo(facts)
    if match is None or match.state is not MemoState.NORMALISED:
        return None
    written = facts.transfer.memo.value if facts.transfer and facts.transfer.memo else None
    reason = Reason(
        "normalised",
        f"The memo names one user once it is read without its slip: {match.how}.",
        {"written": written, "registered": match.registered, "normalisation": match.how},
    )
    return credit(facts, Cause.MEMO_MALFORMED, reason)


def memo_missing(facts: Facts) -> Verdict | None:
    """The address is shared, and the transfer carries no memo that could name a user."""
    match = _memo(facts)
    if match is None or match.state is not MemoState.MISSING:
        return None
    name = facts.network.memo_name if facts.network and facts.network.memo_name else "memo"
    text = f"The address is shared by many customers, and the transfer carries no {name}."
    return _ask_sender(facts, Cause.MEMO_MISSING, Reason("no_memo", text))


def memo_unknown(facts: Facts) -> Verdict | None:
    """The memo names nobody, not even after every normalisation, or more than one user."""
    match = _memo(facts)
    if match is None or match.state is not MemoState.UNKNOWN:
        return None
    memo = facts.transfer.memo if facts.transfer else None
    name = facts.network.memo_name if facts.network and facts.network.memo_name else "memo"
    reason = Reason(
        "no_such_memo",
        f"The {name} of the transfer names no user of ours.",
        {"memo": None if memo is None else memo.value},
    )
    return _ask_sender(facts, Cause.MEMO_UNKNOWN, reason)


def sent_to_hot_wallet(facts: Facts) -> Verdict | None:
    """The address is one of our own wallets, which no customer's deposits are told apart on."""
    route = facts.route
    if facts.transfer is None or route is None or route.owner.value is not None:
        return None
    if route.place not in (Place.TREASURY, Place.CONTRACT):
        return None
    text = (
        "The address is one of our own wallets; nothing in the transfer says whose deposit it is."
    )
    return _ask_sender(facts, Cause.SENT_TO_HOT_WALLET, Reason("no_routing", text))


def _memo(facts: Facts) -> MemoMatch | None:
    route = facts.route
    if facts.transfer is None or route is None or route.place is not Place.SHARED:
        return None
    return route.memo.value


def _ask_sender(facts: Facts, cause: Cause, reason: Reason) -> Verdict:
    """Recoverable with a proof of the sender; paid to the account where the claim names the right memo."""
    outcome = Outcome.RETURN
    named = facts.claim.user is not None and facts.claimed_user == facts.claim.user
    if named or cause is Cause.SENT_TO_HOT_WALLET:
        outcome = outcome_for(facts, facts.claim.user)
    notes: tuple[Note, ...] = ()
    if named:
        notes = (Note("claimed_memo_fits", "The memo of the claim is the claimant's own."),)
    return recover(
        facts,
        cause,
        reason,
        conditions=(_SENDER_PROOF,),
        needs=(SENDER_PROOF,),
        notes=notes,
        outcome=outcome,
    )
