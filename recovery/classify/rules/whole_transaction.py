"""Steps 1 and 2: is there a transaction at all, is it on the real chain, done, and final?

Knows: search and status. Must not know: records. Every verdict here but that of a failed single
transfer concerns the whole transaction.
"""

from __future__ import annotations

import math

from recovery.classify.facts import Facts, MissingFact, outlives_failure
from recovery.classify.results import after, refuse, wait
from recovery.classify.verdict import Cause, Outcome, Reason, Recoverability, Verdict
from recovery.model import Note, TxStatus

_SLOWEST_TAG_SECONDS = 15 * 60
"""How long a finality tag takes where it is Ethereum's, which is the slowest in common use."""


def hash_not_found(facts: Facts) -> Verdict | None:
    """Every network that was asked is healthy and does not know the hash, and we never saw it."""
    if facts.evidence is not None or facts.seen is not None or facts.replacement is not None:
        return None
    search = facts.search
    if search is None:
        raise MissingFact("search", "nobody has looked for the hash")
    if search.unreachable:
        codes = ", ".join(u.network for u in search.unreachable)
        raise MissingFact("search", f"{codes} could not be asked")
    if search.found or not search.absent:
        raise MissingFact("evidence", "no network was asked, or its evidence is not at hand")
    asked = ", ".join(search.absent)
    reason = Reason(
        "absent",
        f"None of the networks asked knows this hash: {asked}.",
        {"absent": list(search.absent), "not_asked": list(search.not_asked)},
    )
    notes: tuple[Note, ...] = ()
    if search.not_asked:
        skipped = ", ".join(search.not_asked)
        notes = (Note("not_asked", f"The hash could also be on {skipped}, where we have no node."),)
    needs = (
        Note(
            "transaction_hash",
            "Send the transaction id as the sending wallet or exchange shows it, or the explorer's "
            "link: not an order number, an address or a block hash.",
        ),
    )
    return Verdict(
        None,
        Cause.HASH_NOT_FOUND,
        Recoverability.NEEDS_INPUT,
        Outcome.NONE,
        (reason,),
        needs=needs,
        notes=notes,
    )


def testnet(facts: Facts) -> Verdict | None:
    """The hash is known on a test network only, whose coins have no value."""
    if not facts.testnet:
        return None
    text = "The transaction is on a test network; its coins are play money and can't be credited."
    return refuse(facts, Cause.TESTNET, Reason("test_network", text), transfer=None)


def pending_in_mempool(facts: Facts) -> Verdict | None:
    """The transaction is in no block of the best chain, and nothing final has taken its place."""
    evidence = facts.evidence
    if facts.replacement is not None:
        return None
    if evidence is None:
        if facts.seen is None:
            return None
        code, text = (
            "gone_from_mempool",
            "We saw the transaction before; now no node knows it. It may come back.",
        )
    elif evidence.status is TxStatus.PENDING:
        code, text = "no_block", "The transaction waits for a block."
    elif evidence.status is TxStatus.ORPHANED:
        code, text = "orphaned", "Its block is no longer in the chain; it may be put into another."
    else:
        return None
    notes: tuple[Note, ...] = () if code == "no_block" else (Note(code, text),)
    looked = evidence or facts.seen
    if looked is not None:
        notes += tuple(n for n in looked.notes if n.code.startswith("rbf_"))
    return wait(
        facts,
        Cause.PENDING_IN_MEMPOOL,
        Reason(code, text),
        transfer=None,
        look_again=after(facts, seconds=_block_seconds(facts) * 3),
        notes=notes,
    )


def replaced_or_dropped(facts: Facts) -> Verdict | None:
    """A final transaction spent its input or its nonce, so that it can never be mined."""
    if facts.replacement is None:
        return None
    if facts.evidence is not None and facts.evidence.status in (
        TxStatus.CONFIRMED,
        TxStatus.FAILED,
    ):
        return None
    other = facts.replacement.tx_hash
    text = "Another, final transaction took its place, so this one never happens."
    if other is not None:
        text += f" It is {other}."
    reason = Reason("replaced", text, {"replaced_by": other})
    return refuse(facts, Cause.REPLACED_OR_DROPPED, reason, transfer=None)


def transaction_failed(facts: Facts) -> Verdict | None:
    """The chain executed the transaction, or the part that would have paid, and it failed."""
    evidence = facts.evidence
    if evidence is None:
        raise MissingFact("evidence", "no network's evidence is at hand")
    kept = any(outlives_failure(t) for t in evidence.transfers)
    if evidence.status is TxStatus.FAILED and not (kept and facts.succeeded.value):
        text = "The transaction failed: the funds never left the sender, less the network fee."
        reason = Reason("failed", text, {"failure": evidence.failure})
        notes: tuple[Note, ...] = ()
        if not evidence.final:
            notes = (Note("not_final", "The block is not final yet."),)
        index = facts.transfer.index if kept and facts.transfer is not None else None
        return refuse(facts, Cause.TRANSACTION_FAILED, reason, transfer=index, notes=notes)
    if not facts.succeeded.value and facts.transfer is not None:
        text = (
            "The transaction went through, but the part that would have paid this address failed."
        )
        reason = Reason("part_failed", text, {"position": facts.transfer.position})
        return refuse(facts, Cause.TRANSACTION_FAILED, reason, transfer=facts.transfer.index)
    return None


def awaiting_confirmations(facts: Facts) -> Verdict | None:
    """The block is not final yet by the network's own rule."""
    evidence = facts.evidence
    if evidence is None or facts.final.value:
        return None
    have, need = evidence.confirmations, evidence.required_confirmations
    if need is None:
        text = f"The block has {have} confirmations and is not final by the network's own tag yet."
        seconds: float = _SLOWEST_TAG_SECONDS
    else:
        missing = max(need - have, 1)
        seconds = missing * _block_seconds(facts)
        minutes = math.ceil(seconds / 60)
        text = f"{have} of {need} confirmations; about {minutes} more minutes."
    reason = Reason("not_final", text, {"confirmations": have, "required_confirmations": need})
    return wait(
        facts,
        Cause.AWAITING_CONFIRMATIONS,
        reason,
        transfer=None,
        look_again=after(facts, seconds=seconds),
    )


def _block_seconds(facts: Facts) -> float:
    return facts.network.block_milliseconds / 1000 if facts.network else 600
