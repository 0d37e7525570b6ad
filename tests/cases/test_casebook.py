"""What is asked of the stored cases: pages, what is due, what counts together, who has a transfer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from cases.factories import (
    AT,
    ETH,
    HASH,
    RETURN_TO,
    TOKEN,
    make_check,
    make_evidence,
    make_quote,
    make_transfer,
    make_unanswered,
    make_verdict,
)

from recovery.cases import casebook, desk
from recovery.cases.audit import audit
from recovery.cases.chunk import new_id
from recovery.cases.occupancy import CaseOccupancy, Known, find_occupying
from recovery.cases.table import Event, Role, State
from recovery.cases.values import Case
from recovery.checks import Check
from recovery.classify.facts import HolderConsent, SmallDeposit
from recovery.classify.verdict import Cause, Recoverability
from recovery.errors import BadInput, NotAllowed
from recovery.model import AssetId
from recovery.store import Store

R = Recoverability
BringTo = Callable[[State], Case]
TICK = timedelta(microseconds=1)


def open_one(store: Store, check: Check, at: timedelta = timedelta()) -> Case:
    (case,) = desk.open_claim(store, check, actor="olga", at=AT + at)
    return case


def numbered(number: int, *verdicts: object, **transfer: object) -> Check:
    evidence = make_evidence(
        tx_hash="0x" + f"{number:064x}",
        transfers=(make_transfer(**transfer),),
    )
    return make_check(*verdicts, evidence=evidence)  # type: ignore[arg-type]  # verdicts


def test_an_audit_says_how_much_it_verified(store: Store) -> None:
    assert audit(store) == replace(audit(store), cases=0, entries=0, problems=())
    for number in range(3):
        open_one(store, numbered(number))
    report = audit(store)
    assert (report.cases, report.entries, report.is_clean) == (3, 6, True)


def test_cases_are_listed_in_pages_as_they_were_opened(store: Store) -> None:
    opened = [open_one(store, numbered(n), timedelta(minutes=-n)) for n in range(4)]
    order = [case.id for case in reversed(opened)]
    assert [c.id for c in desk.list_cases(store)] == order
    assert [c.id for c in desk.list_cases(store, limit=2)] == order[:2]
    assert [c.id for c in desk.list_cases(store, after=order[1], limit=1)] == [order[2]]
    assert [c.id for c in desk.list_cases(store, after=order[-1])] == []
    assert desk.list_cases(store, after="nosuch") == ()
    assert [c.id for c in desk.list_cases(store, state=State.QUOTED, after=order[2])] == order[3:]
    same = [open_one(store, numbered(n), timedelta(1)).id for n in (7, 8)]
    assert [c.id for c in desk.list_cases(store, after=order[-1])] == sorted(same)


def test_cases_are_read_in_the_order_asked_and_unknown_ones_left_out(store: Store) -> None:
    one, two = (open_one(store, numbered(n)) for n in range(2))
    with store.read() as session:
        assert casebook.read_cases(session, [two.id, "nosuch", one.id]) == [two, one]
        assert casebook.read_case(session, f" {one.id} ") == one
    with store.begin() as session:
        assert casebook.read_case(session, one.id, lock=True) == one
    with pytest.raises(BadInput):
        desk.load_case(store, "x" * 200)


def test_what_is_due_is_due_from_its_moment_on(store: Store) -> None:
    checking = open_one(store, make_unanswered(tx_hash="0x" + f"{9:064x}"))
    waiting = open_one(store, numbered(1, make_verdict(R.WAIT, look_again=AT)))
    plain = open_one(store, numbered(2, make_verdict(R.WAIT)))
    assert plain.next_look_at == AT + timedelta(hours=1)
    assert set(desk.find_due_cases(store, AT - TICK)) == {checking.id}
    assert desk.find_due_cases(store, AT) == tuple(sorted([checking.id, waiting.id]))
    later = AT + timedelta(hours=1)
    assert set(desk.find_due_cases(store, later)) == {checking.id, waiting.id, plain.id}


def test_a_quote_runs_out_at_its_moment(store: Store) -> None:
    case = open_one(store, make_check(quote=make_quote(expires_at=AT + timedelta(hours=1))))
    assert desk.expire_quotes(store, at=AT + timedelta(hours=1) - TICK) == ()
    assert desk.expire_quotes(store, at=AT + timedelta(hours=1)) == (case.id,)
    assert desk.expire_quotes(store, at=AT + timedelta(hours=2)) == ()
    ended = desk.load_case(store, case.id)
    assert (ended.state, ended.trail[-1].actor) == (State.EXPIRED, "desk")
    assert casebook.find_expired(store, AT + timedelta(days=9)) == ()


def test_a_request_lapses_at_its_deadline(store: Store) -> None:
    verdict = make_verdict(R.HOLD, cause=Cause.CLAIMANT_MISMATCH, user="harald", holder="harald")
    check = make_check(verdict, user="carla")
    case = open_one(store, check)
    desk.ask_consent(store, case.id, recheck=lambda _: check, days=1, actor="sonja", at=AT)
    end = AT + timedelta(days=1)
    assert casebook.find_lapsed(store, end - TICK) == ()
    assert casebook.find_lapsed(store, end) == (case.id,)
    given = desk.answer_consent(store, case.id, given=True, reference="mail", actor="sonja", at=AT)
    assert casebook.find_lapsed(store, end) == ()
    assert CaseOccupancy(store).find_consents([case.id, "nosuch"]) == {
        case.id: HolderConsent("harald", "carla", "log:12", TOKEN, 2_500_000)
    }
    assert given.holds_transfer
    with store.read() as session:
        found = find_occupying(session, [(ETH, HASH, "log:12"), (ETH, HASH, "log:13")])
    (holder,) = found.values()
    assert (holder.id, holder.user, holder.state) == (case.id, "carla", State.CHECKING)


def test_deposits_below_the_minimum_count_together_by_user_and_asset(store: Store) -> None:
    small = make_verdict(R.CONDITIONAL, cause=Cause.BELOW_MINIMUM)
    one = open_one(store, numbered(1, small, amount=30))
    two = open_one(store, numbered(2, replace(small, amount=19), amount=20))
    other = AssetId("eip155:1/slip44:60")
    coin = open_one(store, numbered(3, small, asset=other, amount=5))
    open_one(store, numbered(4, amount=7))  # of another cause
    gone = open_one(store, numbered(5, small, amount=9))
    desk.withdraw(store, gone.id, actor="olga", at=AT)
    bobs = numbered(6, replace(small, user="bob"), amount=11)
    open_one(store, replace(bobs, claim=replace(bobs.claim, user="bob")))
    occupancy = CaseOccupancy(store)
    found = occupancy.find_small_deposits([("alice", TOKEN), ("alice", other), ("carol", TOKEN)])
    assert {k: sorted((d.case_id, d.amount) for d in v) for k, v in found.items()} == {
        ("alice", TOKEN): sorted([(one.id, 30), (two.id, 19)]),
        ("alice", other): [(coin.id, 5)],
    }
    except_one = replace(occupancy, except_case=one.id).find_small_deposits([("alice", TOKEN)])
    assert except_one == {("alice", TOKEN): (SmallDeposit(two.id, 19),)}
    issued = open_one(store, numbered(7, small, amount=Decimal("0.5")))
    amounts = occupancy.find_small_deposits([("alice", TOKEN)])["alice", TOKEN]
    assert Decimal("0.5") in [d.amount for d in amounts if d.case_id == issued.id]


@pytest.mark.parametrize(
    ("user", "opener", "mine"),
    [
        ("alice", "bert", True),
        ("bob", "olga", False),
        (None, "olga", False),
    ],
)
def test_a_case_is_its_users_whoever_opened_it(user: str | None, opener: str, mine: bool) -> None:
    known = Known("i", State.QUOTED, "alice", "olga", ETH, HASH, None)
    assert known.is_claimed_by(user, opener) is mine


def test_a_case_without_a_user_is_its_openers() -> None:
    known = Known("i", State.QUOTED, None, "olga", ETH, HASH, None)
    assert known.is_claimed_by(None, " OLGA ")
    assert not known.is_claimed_by(None, "bert")
    assert not known.is_claimed_by("alice", "olga")


def test_a_transfer_is_had_from_the_quote_to_the_end(store: Store, bring_to: BringTo) -> None:
    def holder(case: Case) -> str | None:
        assert case.position is not None
        key = (ETH, case.tx_hash, case.position)
        found = CaseOccupancy(store).find_occupying([key])
        return found[key][0].id if found else None

    has = {State.QUOTED, State.IN_SIGN_OFF, State.APPROVED, State.SETTLED}
    for state in State:
        if state in (State.RECEIVED, State.ACCEPTED, State.CHECKING):
            continue
        case = bring_to(state)
        assert (holder(case) == case.id) is (state in has), state
        assert case.holds_transfer is (state in has)
    quoted = bring_to(State.QUOTED)
    for step, holds in (
        (desk.hold(store, quoted.id, reason="odd", actor="rita", at=AT), True),
        (desk.reopen(store, quoted.id, reason="well", actor="sonja", at=AT), True),
        (desk.withdraw(store, quoted.id, actor="olga", at=AT), False),
    ):
        assert step.holds_transfer is holds
    assert holder(quoted) is None


def test_a_case_is_ones_own_who_opened_asked_or_spoke_for_it(store: Store) -> None:
    case = open_one(store, make_unanswered())
    (case,) = desk.open_claim(store, make_check(), actor="bert", return_to=RETURN_TO, at=AT)
    for party in ("olga", " OLGA", "alice", "bert"):
        assert case.is_own_of(party), party
    assert not case.is_own_of("rita")
    judged = desk.apply_check(
        store,
        desk.reopen(store, case.id, reason="again", actor="rita", at=AT).id,
        make_check(),
        actor="rita",
        role=Role.REVIEWER,
        at=AT,
    )[0]
    assert not judged.is_own_of("rita"), "who checked as a reviewer is no party"
    assert [e.event for e in judged.trail][-2:] == [Event.REOPENED, Event.CHECKED]


def test_the_desk_opens_what_it_found_in_its_own_name(store: Store) -> None:
    ((case,),) = desk.store_checks(store, [make_check(user=None)], at=AT)
    assert (case.opener, case.user, case.opened_at) == ("desk", "alice", AT)
    assert case.trail[0].detail["role"] == "desk"
    ((other,),) = desk.store_checks(store, [numbered(5)], actor=" Olga ", at=AT)
    assert (other.opener, other.trail[0].detail["role"]) == ("Olga", "opener")
    assert other.opened_at == AT


def test_an_id_cannot_be_guessed_or_misread() -> None:
    ids = {new_id() for _ in range(200)}
    assert len(ids) == 200
    assert {len(i) for i in ids} == {20}
    assert set("".join(ids)) == set("abcdefghijkmnpqrstuvwxyz23456789")


def test_why_a_person_did_something_stands_in_the_trail(store: Store, bring_to: BringTo) -> None:
    def said(case: Case) -> object:
        return case.trail[-1].detail["reason"]

    quoted, approved = bring_to(State.QUOTED).id, bring_to(State.APPROVED).id
    assert said(desk.hold(store, quoted, reason="odd", actor="rita", at=AT)) == "odd"
    assert said(desk.reopen(store, quoted, reason="well", actor="sonja", at=AT)) == "well"
    assert (
        said(desk.escalate(store, quoted, reason="odd again", actor="rita", at=AT)) == "odd again"
    )
    assert said(desk.refuse(store, quoted, reason="false", actor="sonja", at=AT)) == "false"
    assert said(desk.fail(store, approved, reason="stuck", actor="walt", at=AT)) == "stuck"
    silent = desk.escalate(store, bring_to(State.QUOTED).id, actor="rita", at=AT)
    assert "reason" not in silent.trail[-1].detail


def test_one_attempt_is_written_once_for_each_person(store: Store, bring_to: BringTo) -> None:
    case = bring_to(State.HELD)
    for actor in ("olga", "alice", "OLGA", "alice"):
        with pytest.raises(NotAllowed):
            desk.withdraw(store, case.id, actor=actor, at=AT)
    denied = [e.actor for e in desk.load_case(store, case.id).trail if e.event == Event.DENIED]
    assert denied == ["olga", "alice"]


def test_a_given_consent_stands_until_the_case_ends_in_a_no(store: Store) -> None:
    verdict = make_verdict(R.HOLD, cause=Cause.CLAIMANT_MISMATCH, user="harald", holder="harald")
    check = make_check(verdict, user="carla")

    def status(case: Case) -> str:
        assert case.consent is not None
        assert desk.load_case(store, case.id).consent == case.consent
        return case.consent.status.value

    case = open_one(store, check)
    i = case.id
    desk.ask_consent(store, i, recheck=lambda _: check, days=1, actor="sonja", at=AT)
    given = desk.answer_consent(store, i, given=True, reference="mail", actor="sonja", at=AT)
    assert status(given) == "given"
    (quoted,) = desk.apply_check(
        store, i, make_check(make_verdict(user="carla"), user="carla"), at=AT
    )
    assert (quoted.state, status(quoted)) == (State.QUOTED, "given")
    ended = desk.refuse(store, i, reason="no", actor="rita", at=AT)
    assert status(ended) == "cancelled"


def test_a_refused_consent_stays_refused(store: Store) -> None:
    verdict = make_verdict(R.HOLD, cause=Cause.CLAIMANT_MISMATCH, user="harald", holder="harald")
    check = make_check(verdict, user="carla")
    case = open_one(store, check)
    desk.ask_consent(store, case.id, recheck=lambda _: check, days=1, actor="sonja", at=AT)
    desk.answer_consent(store, case.id, given=False, reference="mail", actor="sonja", at=AT)
    desk.reopen(store, case.id, reason="again", actor="sven", at=AT)
    ended = desk.refuse(store, case.id, reason="no", actor="rita", at=AT)
    assert ended.consent is not None
    assert ended.consent.status.value == "refused"
    asked = open_one(store, numbered(5, verdict), timedelta())
    assert asked.consent is None


def test_a_request_is_cancelled_when_the_case_leaves_the_hold(store: Store) -> None:
    verdict = make_verdict(R.HOLD, cause=Cause.CLAIMANT_MISMATCH, user="harald", holder="harald")
    check = make_check(verdict, user="carla")
    case = open_one(store, check)
    desk.ask_consent(store, case.id, recheck=lambda _: check, days=1, actor="sonja", at=AT)
    reopened = desk.reopen(store, case.id, reason="again", actor="sven", at=AT)
    assert reopened.consent is not None
    assert reopened.consent.status.value == "cancelled"
    assert audit(store).problems == ()
