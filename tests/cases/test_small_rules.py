"""Rules of the cases that one function holds by itself: whose transfer it stays, which payment is the same, what is unreadable."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from cases.factories import (
    AT,
    ETH,
    HASH,
    RETURN_TO,
    TOKEN,
    make_check,
    make_evidence,
    make_transfer,
    make_unanswered,
    make_verdict,
    party,
)

from recovery.cases import rows
from recovery.cases.consent import answer_consent, ask_consent
from recovery.cases.consenting import print_consent
from recovery.cases.plan import Opening, find_concerned, plan_case
from recovery.cases.severalnetworks import ask_for_network
from recovery.cases.signing import find_change, find_judged
from recovery.cases.table import Event, Role, State
from recovery.cases.tables import RawRow
from recovery.cases.trail import link
from recovery.cases.values import Case
from recovery.checks import Check, Found
from recovery.classify.verdict import Cause, Outcome, Recoverability
from recovery.model import NetworkCode

R = Recoverability
S, E = State, Event


def opened(check: Check | None = None) -> Case:
    return plan_case(check or make_check(), 0, Opening("olga", AT), case_id="c" * 20)


HOLDS: dict[str, tuple[tuple[tuple[Event, State], ...], bool]] = {
    "quoted": (((E.CHECKED, S.QUOTED),), True),
    "held after its quote": (((E.CHECKED, S.QUOTED), (E.HELD, S.HELD)), True),
    "held without one": (((E.CHECKED, S.HELD),), False),
    "looked at anew": (((E.CHECKED, S.QUOTED), (E.REOPENED, S.CHECKING)), True),
    "for a person after its quote": (
        ((E.CHECKED, S.QUOTED), (E.REOPENED, S.CHECKING), (E.CHECKED, S.NEEDS_REVIEW)),
        False,
    ),
    "withdrawn": (((E.CHECKED, S.QUOTED), (E.WITHDRAWN, S.WITHDRAWN)), False),
    "consent asked": (((E.CHECKED, S.HELD), (E.CONSENT_ASKED, S.HELD)), True),
    "consent asked, then for a person": (
        (
            (E.CHECKED, S.HELD),
            (E.CONSENT_ASKED, S.HELD),
            (E.REOPENED, S.CHECKING),
            (E.CHECKED, S.NEEDS_REVIEW),
        ),
        False,
    ),
    "consent given, then for a person": (
        (
            (E.CHECKED, S.HELD),
            (E.CONSENT_ASKED, S.HELD),
            (E.CONSENT_GIVEN, S.CHECKING),
            (E.CHECKED, S.NEEDS_REVIEW),
        ),
        True,
    ),
    "consent given, refused, and for a person": (
        (
            (E.CHECKED, S.HELD),
            (E.CONSENT_ASKED, S.HELD),
            (E.CONSENT_GIVEN, S.CHECKING),
            (E.REFUSED, S.REFUSED),
            (E.REOPENED, S.CHECKING),
            (E.CHECKED, S.NEEDS_REVIEW),
        ),
        False,
    ),
}


@pytest.mark.parametrize("what", HOLDS)
def test_whose_transfer_it_stays_is_told_by_the_trail(what: str) -> None:
    steps, holds = HOLDS[what]
    case = opened()
    trail = case.trail[:1]
    for event, to in steps:
        entry = link(case.id, trail, at=AT, event=event, actor="olga", to_state=to, detail={})
        trail = (*trail, entry)
    assert replace(case, trail=trail, state=trail[-1].to_state).holds_transfer is holds


def test_the_same_payment_at_another_place_of_its_block_is_found_whatever_it_is_called() -> None:
    case = opened()
    moved = make_evidence(
        transfers=(make_transfer(position="log:3", amount=1), make_transfer(index=1, position="log:99"))
    )  # fmt: skip
    other = make_verdict(transfer=0)
    for same in (
        make_verdict(transfer=1),
        make_verdict(transfer=1, cause=Cause.DELISTED_TOKEN),
        make_verdict(R.WAIT, transfer=1, amount=1),
    ):
        assert find_judged(case, make_check(other, same, evidence=moved)) == 1
    assert find_judged(case, make_check(other, evidence=moved)) is None
    twice = make_evidence(
        transfers=(make_transfer(position="log:3"), make_transfer(index=1, position="log:99"))
    )
    alike = make_check(other, make_verdict(transfer=1), evidence=twice)
    assert find_judged(case, alike) is None, "nobody can say which of the two it was"


def test_a_return_that_would_be_a_credit_now_is_another_outcome() -> None:
    case = opened()
    assert case.destination is not None
    assert case.destination.kind == "return"
    credit = make_check(make_verdict(outcome=Outcome.CREDIT))
    assert find_change(case, credit) == "the outcome is now credit"
    nothing = make_check(make_verdict(outcome=Outcome.NONE))
    assert find_change(case, nothing) == "the outcome is now none"


def test_a_network_is_asked_for_where_the_hash_is_on_several_and_nothing_was_judged() -> None:
    silent = make_unanswered()
    (found,) = make_check().search.found
    other = replace(found, evidence=make_evidence(network=NetworkCode("BSC")))

    def seen(*on: Found) -> Check:
        return replace(silent, search=replace(silent.search, found=on))

    for plain in (silent, seen(found), make_check()):
        assert ask_for_network(plain) is plain
    judged = replace(make_check(), search=seen(found, other).search)
    assert ask_for_network(judged) is judged
    (asked,) = ask_for_network(seen(found, other)).judged
    assert asked.verdict.recoverability is R.NEEDS_INPUT
    assert [(n.code, n.text) for n in asked.verdict.needs] == [
        ("network", "Name the network that you sent over: ETH, BSC.")
    ]
    assert [(r.code, r.facts) for r in asked.verdict.reasons] == [
        ("several_networks", {"found": ["ETH", "BSC"]})
    ]


def raw_row(answers: bytes, **changes: object) -> RawRow:
    check = make_check()
    assert check.found is not None
    row = {**rows.write_raw(check.found.raw), **changes}
    return RawRow(**{**row, "answers": answers or row["answers"]})


def test_kept_answers_that_are_damaged_say_how() -> None:
    whole = rows.read_raw(raw_row(b""))
    assert (whole.network, whole.source, whole.at) == (ETH, "http://node", AT)
    for answers in (b"nonsense", b"x\x9c"):
        with pytest.raises(ValueError, match=r"^can't be unpacked: "):
            rows.read_raw(raw_row(answers))
    for row in (raw_row(b"{}"), raw_row(b"", sha256="sha256:0")):
        with pytest.raises(ValueError, match=r"^does not have the hash it was kept with$"):
            rows.read_raw(row)


def test_who_opened_the_claim_or_spoke_for_it_later_is_a_party_and_no_other_clerk() -> None:
    case = opened(make_check(user="carla"))
    for event, role, mine in (
        (Event.CHECKED, Role.OPENER, True),
        (Event.UNANSWERED, Role.OPENER, True),
        (Event.CHECKED, Role.REVIEWER, False),
        (Event.CONFIRMED, Role.OPENER, False),
    ):
        detail = {"role": role.value}
        entry = link(case.id, case.trail, at=AT, event=event, actor="bert", to_state=S.QUOTED, detail=detail)  # fmt: skip
        assert replace(case, trail=(*case.trail, entry)).is_own_of(" BERT") is mine, (event, role)


def test_a_request_is_printed_whole_for_security() -> None:
    verdict = make_verdict(R.HOLD, cause=Cause.CLAIMANT_MISMATCH, user="harald", holder="harald")
    check = make_check(verdict, user="carla")
    asked = ask_consent(
        opened(check), check, request="r1", deadline=AT + timedelta(days=14), actor="sonja", at=AT
    )
    told = {
        "schema": "recovery.consent/1",
        "case": "c" * 20,
        "state": "held",
        "request": "r1",
        "status": "asked",
        "deadline": "2026-12-04T12:00:00Z",
        "holder": "harald",
        "claimant": "carla",
        "network": "ETH",
        "tx_hash": HASH,
        "position": "log:12",
        "asset": TOKEN,
        "amount": "2500000",
        "asked_by": "sonja",
        "asked_at": "2026-11-20T12:00:00Z",
        "answered_by": None,
        "answered_at": None,
        "reference": None,
    }
    assert print_consent(asked) == told
    later = AT + timedelta(hours=1)
    given = answer_consent(asked, given=True, reference="mail 7", actor="sven", at=later)
    assert print_consent(given) == {
        **told,
        "state": "checking",
        "status": "given",
        "answered_by": "sven",
        "answered_at": "2026-11-20T13:00:00Z",
        "reference": "mail 7",
    }


def test_a_claim_concerns_no_transfer_of_another_customer() -> None:
    """Where all are others', one: that of the claimed address, else one that is held."""
    evidence = make_evidence(
        transfers=(
            make_transfer(),
            make_transfer(index=1, position="log:13", recipient=party(RETURN_TO)),
        )
    )

    def concerned(*users: str | None, of_claimant: bool = True, **claim: Any) -> Any:
        held = Recoverability.HOLD
        verdicts = (
            make_verdict(user=users[0], recoverability=Recoverability.UNRECOVERABLE),
            make_verdict(user=users[1], transfer=1, recoverability=held),
        )
        check = make_check(*verdicts, evidence=evidence, user="mallory")
        check = replace(check, claim=replace(check.claim, **claim))
        return find_concerned(check, of_claimant=of_claimant)

    assert concerned("mallory", "alice") == (0,)
    assert concerned("alice", "mallory") == (1,)
    assert concerned(None, "alice") == (0,)
    assert concerned(None, None) == (0, 1)
    assert concerned("alice", "bob") == (1,), "the one that is held"
    paid = evidence.transfers[0].recipient.address
    assert paid is not None
    assert concerned("alice", "bob", address=paid.upper()) == (0,), "the one that is named"
    assert concerned("alice", "bob", of_claimant=False) == (0, 1), "the desk has a case for each"
    assert find_concerned(make_unanswered(), of_claimant=True) == ()
