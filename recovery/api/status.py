"""A claim as its claimant reads it: the claimant's view of each case, with words, links and next steps.

Knows: what is added to `recovery.claimantview` for a reader: texts of `recovery.messages`, the explorer's
page, the receipt, what can be done now. Must not know: HTTP, stores.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import quote

from recovery.api.receipts import check_word
from recovery.cases import table
from recovery.cases.severalnetworks import NETWORK
from recovery.cases.table import FINISHED, Event, State
from recovery.cases.values import Case
from recovery.claimantview import UNDER_REVIEW, is_under_review, print_for_claimant
from recovery.classify.verdict import SENDER_PROOF
from recovery.messages import Speaker
from recovery.model import NetworkCode
from recovery.networks import Network

Document = dict[str, Any]
RowOf = Callable[[NetworkCode], Network]


def print_claim_status(
    cases: Iterable[Case], *, speaker: Speaker, row_of: RowOf, secret: bytes | None
) -> Document:
    """``recovery.claim/1``: every case of a claim, the first one first."""
    return {
        "schema": "recovery.claim/1",
        "language": speaker.language,
        "cases": [
            print_status(case, speaker=speaker, row_of=row_of, secret=secret) for case in cases
        ],
    }


def print_status(case: Case, *, speaker: Speaker, row_of: RowOf, secret: bytes | None) -> Document:
    """``recovery.status/1`` of one case, its texts in the reader's language.

    ``actions`` names the routes under ``/v1/case/`` that are open now; ``next`` says what happens next
    and, where that is known, by when.
    """
    shown = print_for_claimant(case)
    hidden = is_under_review(case)
    return {
        **shown,
        "needs": _needs(case, shown["needs"], speaker),
        "conditions": _told(shown["conditions"], "condition", speaker),
        "quote": _quote(shown["quote"], speaker),
        "quote_reason": _reason(shown["quote_reason"], speaker),
        "words": _words(case, shown, speaker, hidden=hidden),
        "next": {
            "text": _next(case, speaker, hidden=hidden),
            "by": shown["next_look_at"],
        },
        "actions": find_actions(case),
        "explorer": find_explorer(shown["evidence"], row_of),
        "receipt": {
            "number": case.id,
            "check_word": None if secret is None else check_word(case.id, secret),
        },
    }


def find_actions(case: Case) -> list[str]:
    """What the claimant can do now, the most useful first."""
    allowed = table.TRANSITIONS[case.state]
    actions = []
    if Event.ACCEPTED in allowed:
        actions += ["accept", "decline"]
    if may_prove(case):
        actions.append("proof")
    if may_inform(case):
        actions.append("information")
    if may_claim_again(case):
        actions.append("again")
    if Event.WITHDRAWN in allowed:
        actions.append("withdraw")
    return actions


def may_prove(case: Case) -> bool:
    """A proof of the sender is asked of the claimant."""
    if is_under_review(case) or case.state is not State.NEEDS_INPUT or case.verdict is None:
        return False
    confirmed = {c.condition for c in case.confirmations}
    conditions = case.check["verdicts"][case.verdict]["conditions"]
    return SENDER_PROOF not in confirmed and any(
        c["code"] == SENDER_PROOF and not c["met"] for c in conditions
    )


def may_inform(case: Case) -> bool:
    """What the claimant adds is looked at: nothing is offered or decided yet."""
    return not is_under_review(case) and Event.CHECKED in table.TRANSITIONS[case.state]


def may_claim_again(case: Case) -> bool:
    """The case ended without paying: the same claim may be made once more."""
    return case.state in FINISHED and case.state is not State.SETTLED and not is_under_review(case)


def _next(case: Case, speaker: Speaker, *, hidden: bool) -> str:
    if hidden and case.state is State.REFUSED:
        return speaker.cause(UNDER_REVIEW, "hold", closed=True).next
    return speaker.say(f"state.{'held' if hidden else case.state.value}.next")


def _words(case: Case, shown: Document, speaker: Speaker, *, hidden: bool) -> Document:
    closed = case.state is State.REFUSED
    state = "held" if hidden and not closed else case.state.value
    cause = None
    if hidden or shown["cause"] == UNDER_REVIEW:
        told = speaker.cause(UNDER_REVIEW, "hold", closed=hidden and closed)
        cause = {"title": told.title, "happened": told.happened, "answer": told.answer}
        cause["next"] = told.next
    elif shown["cause"] is not None and shown["recoverability"] is not None:
        told = speaker.cause(shown["cause"], shown["recoverability"])
        cause = {"title": told.title, "happened": told.happened, "answer": told.answer}
        cause["next"] = told.next
    return {
        "state": speaker.say(f"state.{state}.name"),
        "cause": cause,
        "outcome": None if shown["outcome"] is None else speaker.code("outcome", shown["outcome"]),
        "never": speaker.say("page.never"),
    }


def _needs(case: Case, needs: Iterable[Document], speaker: Speaker) -> list[Document]:
    """What is asked for; beside the network the names of those that have the hash, as anybody can see."""
    search = case.check["search"]
    found = [] if search is None else [one["network"] for one in search["found"]]
    names = f" ({', '.join(found)})" if len(found) > 1 else ""
    return [
        {**need, "text": need["text"] + names} if need["code"] == NETWORK else need
        for need in _told(needs, "need", speaker)
    ]


def _told(items: Iterable[Document], kind: str, speaker: Speaker) -> list[Document]:
    return [{**item, "text": speaker.code(kind, item["code"])} for item in items]


def _reason(reason: Document | None, speaker: Speaker) -> Document | None:
    if reason is None:
        return None
    return {"code": reason["code"], "text": speaker.code("quote_reason", reason["code"])}


def _quote(offered: Any, speaker: Speaker) -> Document | None:
    if offered is None:
        return None
    advice = speaker.say(f"advice.{offered['advice']}")
    lines = _told(offered["lines"], "line", speaker)
    return {**offered, "lines": lines, "advice_text": advice}


def find_explorer(evidence: Document | None, row_of: RowOf) -> str | None:
    """The page on which the reader can look for themselves; None for another chain than the row's."""
    if evidence is None:
        return None
    row = row_of(evidence["network"])
    if row.profile is not None or evidence["chain"] != row.chain:
        return None
    return row.explorer_tx.replace("{}", quote(evidence["tx_hash"], safe="@.-_~:"))
