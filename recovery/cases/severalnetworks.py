"""A hash that is on several networks: the claimant is asked which one is meant. Pure.

Knows: what is asked for then, in which words for staff. Must not know: networks' names, stores. Whoever types a
claim is told at once and nothing is stored; a claim that was stored before its nodes had answered, and
whose answer is this one, would wait for ever without a question.
"""

from __future__ import annotations

from dataclasses import replace

from recovery.checks import Check, Judged
from recovery.classify.verdict import Cause, Outcome, Reason, Recoverability, Verdict
from recovery.fees import words
from recovery.fees.values import NoQuote
from recovery.model import Note

NETWORK = "network"
"""The need that `/information` answers with ``network``."""


def ask_for_network(check: Check) -> Check:
    """The check with the question, where it found the hash on several networks; else the check itself."""
    codes = [found.evidence.network for found in check.search.found]
    if check.judged or len(codes) < 2:
        return check
    told = ", ".join(codes)
    verdict = Verdict(
        None,
        Cause.NEEDS_REVIEW,
        Recoverability.NEEDS_INPUT,
        Outcome.NONE,
        (
            Reason(
                "several_networks", f"The hash is on several networks: {told}.", {"found": codes}
            ),
        ),
        needs=(Note(NETWORK, f"Name the network that you sent over: {told}."),),
    )
    return replace(check, judged=(Judged(verdict, NoQuote(words.NEEDS_INPUT)),))
