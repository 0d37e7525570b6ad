"""Step 5: what security must see before anybody else.

Knows: screening and account flags. Must not know: whether the deposit is otherwise good.
"""

from __future__ import annotations

from recovery.classify.facts import Facts, MissingFact
from recovery.classify.results import hold
from recovery.classify.verdict import Cause, Reason, Verdict
from recovery.records.port import AccountStatus

_HELD = (AccountStatus.FROZEN, AccountStatus.KYC_PENDING, AccountStatus.TRAVEL_RULE_PENDING)


def tainted_source(facts: Facts) -> Verdict | None:
    """A sender, an input or the payer of the fee is on a screening list."""
    if facts.transfer is None or not facts.rows:
        return None
    if facts.screened:
        hit = facts.screened[0]
        seen = {"address": hit.address, "list": hit.list_name, "reason": hit.reason}
        text = f"A sender is on the screening list {hit.list_name}."
        return hold(facts, Cause.TAINTED_SOURCE, Reason("screened", text, seen))
    if any(p.key is None for p in facts.senders.value):
        raise MissingFact("senders", "a sender is hidden by the chain and can't be screened")
    return None


def compliance_hold(facts: Facts) -> Verdict | None:
    """The account is frozen, or waits for an identity or travel-rule check."""
    if facts.transfer is None or not facts.rows:
        return None
    flagged = next((a for a in facts.accounts if a.status in _HELD), None)
    if flagged is None:
        return None
    text = "The account's own records ask for a look before anything moves."
    seen = {"status": flagged.status.value, "reason": flagged.reason}
    return hold(facts, Cause.COMPLIANCE_HOLD, Reason("account_flag", text, seen))
