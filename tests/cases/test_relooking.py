"""Cases looked at again by the desk: what is written, what only moves a moment, which noes stand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from cases.factories import (
    AT,
    RETURN_TO,
    make_check,
    make_evidence,
    make_not_found,
    make_quote,
    make_transfer,
    make_unanswered,
    make_verdict,
    unmet,
)
from sqlmodel import Session

from recovery.cases import desk
from recovery.cases.audit import audit
from recovery.cases.plan import wallet_always
from recovery.cases.relooking import Came, Look, Outcome, apply_looks
from recovery.cases.table import Event, Role, State
from recovery.cases.values import Case
from recovery.checks import Check
from recovery.classify.verdict import Cause, Reason, Recoverability
from recovery.errors import NotAllowed
from recovery.model import Claim, Note
from recovery.store import Store

R = Recoverability
NIGHT = AT + timedelta(days=1)
BringTo = Callable[[State], Case]


def look(store: Store, *pairs: tuple[Case, Check], at: datetime = NIGHT) -> list[Outcome]:
    looks = [Look(case, check, "the records changed") for case, check in pairs]
    return apply_looks(store, looks, at=at, needs_wallet=wallet_always)


def look_at(store: Store, case: Case, check: Check, *, at: datetime = NIGHT) -> Outcome:
    (outcome,) = look(store, (case, check), at=at)
    assert outcome.case_id == case.id
    assert outcome.before is case.state
    return outcome


def about(case: Case, *verdicts: object, **changes: object) -> Check:
    """A check of the case's own transaction."""
    return make_check(*verdicts, evidence=make_evidence(tx_hash=case.tx_hash, **changes))  # type: ignore[arg-type]  # verdicts


def looks_of(store: Store) -> list[tuple[str, int, datetime, datetime | None]]:
    query = "SELECT case_id, version, looked_at, next_look_at FROM case_looks ORDER BY looked_at"
    with store.read() as session:
        found = session.connection().execute(
            sa.text(query).columns(looked_at=sa.DateTime(), next_look_at=sa.DateTime())
        )
        return [tuple(row) for row in found]


def test_a_look_that_finds_the_case_as_it_was_moves_its_moment_and_nothing_else(
    store: Store, bring_to: BringTo
) -> None:
    case = bring_to(State.WAITING)
    later = NIGHT + timedelta(hours=5)
    check = about(case, make_verdict(R.WAIT, look_again=later), confirmations=99)
    outcome = look_at(store, case, check)
    assert (outcome.came, outcome.to) == (Came.SAME, State.WAITING)
    after = desk.load_case(store, case.id)
    assert after == replace(case, next_look_at=later)
    assert after.trail == case.trail
    [(case_id, version, _, _)] = looks_of(store)
    assert (case_id, version) == (case.id, case.version)
    assert desk.find_due_cases(store, case.next_look_at or NIGHT) == (case.id,)


def test_a_moment_that_a_look_has_set_is_forgotten_when_the_case_moves(
    store: Store, bring_to: BringTo
) -> None:
    case = bring_to(State.WAITING)
    check = about(case, make_verdict(R.WAIT, look_again=NIGHT + timedelta(hours=5)))
    look_at(store, case, check)
    other = about(case, make_verdict(R.WAIT, cause=Cause.PENDING_IN_MEMPOOL))
    (moved,) = desk.apply_check(store, case.id, other, at=NIGHT)
    assert desk.load_case(store, case.id).next_look_at == moved.next_look_at


def test_a_wait_that_is_over_is_judged_by_the_desk(store: Store, bring_to: BringTo) -> None:
    case = bring_to(State.WAITING)
    outcome = look_at(store, case, about(case, make_verdict(R.CREDIT)))
    assert (outcome.came, outcome.to, outcome.others) == (Came.MOVED, State.IN_SIGN_OFF, ())
    after = desk.load_case(store, case.id)
    assert (after.state, after.version) == (State.IN_SIGN_OFF, case.version + 1)
    last = after.trail[-1]
    assert (last.event, last.actor, last.detail["role"], last.at) == (
        Event.CHECKED,
        "desk",
        "desk",
        NIGHT,
    )
    assert last.detail["raw"].startswith("sha256:")
    [row] = looks_of(store)
    assert row[:2] == (case.id, after.version)
    assert audit(store).problems == ()


def test_where_nobody_could_be_asked_the_case_stays_due(store: Store) -> None:
    (case,) = desk.open_claim(store, make_unanswered(), actor="olga", at=AT)
    outcome = look_at(store, case, make_unanswered())
    assert (outcome.came, outcome.to) == (Came.UNREACHABLE, State.CHECKING)
    assert desk.load_case(store, case.id) == case
    assert looks_of(store) == []
    assert desk.find_due_cases(store, NIGHT) == (case.id,)


def test_a_case_that_was_moved_meanwhile_is_left_alone(store: Store, bring_to: BringTo) -> None:
    case = bring_to(State.WAITING)
    held = desk.hold(store, case.id, reason="odd", actor="rita", at=AT)
    outcome = look_at(store, case, about(case, make_verdict(R.CREDIT)))
    assert (outcome.came, outcome.to) == (Came.OVERTAKEN, State.WAITING)
    assert desk.load_case(store, case.id) == held


def test_the_rules_no_is_taken_back_with_the_reason(store: Store, bring_to: BringTo) -> None:
    case = bring_to(State.REFUSED)
    outcome = look_at(store, case, about(case))
    assert (outcome.came, outcome.before, outcome.to) == (Came.MOVED, State.REFUSED, State.QUOTED)
    after = desk.load_case(store, case.id)
    reopened, checked = after.trail[-2:]
    assert (reopened.event, reopened.actor) == (Event.REOPENED, "desk")
    assert reopened.detail["reason"] == "the records changed"
    assert (checked.event, checked.from_state) == (Event.CHECKED, State.CHECKING)
    assert audit(store).problems == ()


def test_the_rules_no_that_they_say_again_stays_without_an_entry(
    store: Store, bring_to: BringTo
) -> None:
    case = bring_to(State.REFUSED)
    outcome = look_at(store, case, about(case, make_verdict(R.UNRECOVERABLE)))
    assert (outcome.came, outcome.to) == (Came.SAME, State.REFUSED)
    assert desk.load_case(store, case.id) == case
    assert len(looks_of(store)) == 1


@pytest.mark.parametrize(
    "ending",
    [
        lambda s, i: desk.refuse(s, i, reason="a false proof", actor="rita", at=AT),
        lambda s, i: desk.withdraw(s, i, actor="olga", at=AT),
    ],
    ids=["refused by a person", "withdrawn"],
)
def test_what_a_person_ended_stands(
    ending: Callable[[Store, str], Case], store: Store, bring_to: BringTo
) -> None:
    case = ending(store, bring_to(State.QUOTED).id)
    outcome = look_at(store, case, about(case))
    assert (outcome.came, outcome.to) == (Came.STANDS, case.state)
    assert desk.load_case(store, case.id) == case
    [(case_id, version, _, moment)] = looks_of(store)
    assert (case_id, version, moment) == (case.id, case.version, None)


def test_a_no_out_of_a_hold_stands_whoever_knocked_since(store: Store, bring_to: BringTo) -> None:
    case = bring_to(State.HELD)
    desk.refuse(store, case.id, reason="sanctioned", actor="sonja", at=AT)
    with pytest.raises(NotAllowed):
        desk.withdraw(store, case.id, actor="olga", at=AT)
    refused = desk.load_case(store, case.id)
    assert refused.trail[-1].event == Event.DENIED
    outcome = look_at(store, refused, about(case))
    assert (outcome.came, outcome.to) == (Came.STANDS, State.REFUSED)


def test_a_no_of_the_rules_is_theirs_still_after_a_denied_attempt(
    store: Store, bring_to: BringTo
) -> None:
    case = bring_to(State.REFUSED)
    with pytest.raises(NotAllowed):
        desk.withdraw(store, case.id, actor="olga", at=AT)
    knocked = desk.load_case(store, case.id)
    assert look_at(store, knocked, about(case)).came is Came.MOVED


def test_a_quote_that_ran_out_is_offered_once_more_and_never_a_third_time(
    store: Store, bring_to: BringTo
) -> None:
    case = bring_to(State.EXPIRED)
    moment = NIGHT
    for came, state in ((Came.MOVED, State.QUOTED), (Came.STANDS, State.EXPIRED)):
        quote = make_quote(expires_at=moment + timedelta(days=1))
        check = make_check(evidence=make_evidence(tx_hash=case.tx_hash), quote=quote, at=moment)
        outcome = look_at(store, desk.load_case(store, case.id), check, at=moment)
        assert (outcome.came, outcome.to) == (came, state)
        moment += timedelta(days=3)
        desk.expire_quotes(store, at=moment)


def open_again(store: Store, case: Case, check: Check, user: str = "alice") -> Case:
    claim = replace(check.claim, user=user)
    (other,) = desk.open_claim(store, replace(check, claim=claim), actor="bert", at=AT)
    assert other.id != case.id
    return other


def test_a_claimants_later_case_takes_the_place_of_the_old_one(
    store: Store, bring_to: BringTo
) -> None:
    case = bring_to(State.REFUSED)
    later = open_again(store, case, about(case))
    outcome = look_at(store, case, about(case))
    assert (outcome.came, outcome.to) == (Came.OVERTAKEN, State.REFUSED)
    assert desk.load_case(store, later.id) == later
    assert desk.load_case(store, case.id) == case
    assert [row[0] for row in looks_of(store)] == [case.id]


def test_a_later_case_that_ended_without_payment_takes_no_place(
    store: Store, bring_to: BringTo
) -> None:
    case = bring_to(State.REFUSED)
    later = open_again(store, case, about(case))
    desk.withdraw(store, later.id, actor="bert", at=AT)
    assert look_at(store, case, about(case)).came is Came.MOVED


def test_a_later_case_that_was_settled_takes_the_place_for_good(
    store: Store, bring_to: BringTo
) -> None:
    case = bring_to(State.REFUSED)
    later = open_again(store, case, about(case))
    desk.accept(store, later.id, actor="bert", return_to=RETURN_TO, at=AT)
    for role, actor in ((Role.WALLET, "walt"), (Role.CLEARING, "clara")):
        desk.sign(store, later.id, role=role, actor=actor, recheck=lambda _: about(case), at=AT)
    desk.settle(store, later.id, reference="0xpaid", actor="clara", at=AT)
    assert look_at(store, case, about(case)).came is Came.OVERTAKEN


def test_another_customers_case_takes_nobodys_place(store: Store, bring_to: BringTo) -> None:
    case = bring_to(State.REFUSED)
    check = about(case, make_verdict(R.WAIT, user="bob"))
    assert open_again(store, case, check, user="bob").state is State.WAITING
    assert look_at(store, case, about(case)).came is Came.MOVED


def test_a_case_about_another_transfer_takes_no_place(store: Store, bring_to: BringTo) -> None:
    case = bring_to(State.REFUSED)
    other = make_transfer(index=0, position="log:77", amount=5)
    assert open_again(store, case, about(case, transfers=(other,))).position == "log:77"
    assert look_at(store, case, about(case)).came is Came.MOVED


def test_a_transaction_seen_at_last_brings_the_cases_of_its_other_transfers(store: Store) -> None:
    (case,) = desk.open_claim(store, make_unanswered(), actor="olga", at=AT)
    two = (make_transfer(), make_transfer(index=1, position="log:13", amount=7))
    check = make_check(
        make_verdict(), make_verdict(transfer=1), evidence=make_evidence(transfers=two)
    )
    outcome = look_at(store, case, check)
    assert (outcome.came, outcome.to) == (Came.MOVED, State.QUOTED)
    (other,) = (desk.load_case(store, i) for i in outcome.others)
    assert (other.position, other.opener, other.state) == ("log:13", "olga", State.QUOTED)
    assert other.trail[0].detail["role"] == "opener"
    assert desk.load_case(store, case.id).position == "log:12"
    assert len(desk.list_cases(store)) == 2
    again = look_at(store, desk.load_case(store, case.id), check)
    assert again.others == ()


def test_a_case_of_one_transfer_opens_none_for_the_others(store: Store, bring_to: BringTo) -> None:
    case = bring_to(State.WAITING)
    two = (make_transfer(), make_transfer(index=1, position="log:13", amount=7))
    outcome = look_at(
        store, case, about(case, make_verdict(), make_verdict(transfer=1), transfers=two)
    )
    assert (outcome.came, outcome.others) == (Came.MOVED, ())
    assert len(desk.list_cases(store)) == 1


def test_a_transfer_that_is_gone_is_for_a_person(store: Store, bring_to: BringTo) -> None:
    case = bring_to(State.WAITING)
    other = make_transfer(position="log:1", amount=1)
    outcome = look_at(store, case, about(case, transfers=(other,)))
    assert (outcome.came, outcome.to) == (Came.MOVED, State.NEEDS_REVIEW)
    after = desk.load_case(store, case.id)
    assert after.trail[-1].detail["change"] == "the transfer is not there any more"
    assert after.trail[-1].detail["raw"].startswith("sha256:")
    assert audit(store).problems == ()


def test_a_hash_that_is_still_not_found_is_the_same_answer(store: Store) -> None:
    (case,) = desk.open_claim(store, make_not_found(), actor="olga", at=AT)
    assert look_at(store, case, make_not_found()).came is Came.SAME


CHANGED = {
    "cause": make_verdict(R.CONDITIONAL, cause=Cause.WRONG_ISSUER, conditions=(unmet("sender_proof"),)),
    "recoverability": make_verdict(R.RECOVERABLE, cause=Cause.DELISTED_TOKEN, conditions=(unmet("sender_proof"),)),
    "another condition": make_verdict(R.CONDITIONAL, conditions=(unmet("sender_proof"), unmet("key_available"))),
    "a condition that is met": make_verdict(R.CONDITIONAL, conditions=(unmet("sender_proof"), replace(unmet("key_available"), met=True))),
    "reason": make_verdict(R.CONDITIONAL, conditions=(unmet("sender_proof"),), reasons=(Reason("other", "Other."),)),
    "need": make_verdict(R.CONDITIONAL, conditions=(unmet("sender_proof"),), needs=(Note("memo", "The memo."),)),
    "note": make_verdict(R.CONDITIONAL, conditions=(unmet("sender_proof"),), notes=(Note("seen", "Seen."),)),
}  # fmt: skip


@pytest.mark.parametrize("what", CHANGED)
def test_what_a_reader_of_the_case_would_learn_is_written(what: str, store: Store) -> None:
    plain = make_verdict(R.CONDITIONAL, conditions=(unmet("sender_proof"),))
    (case,) = desk.open_claim(store, make_check(plain), actor="olga", at=AT)
    assert case.state is State.NEEDS_INPUT
    assert look_at(store, case, make_check(plain)).came is Came.SAME
    outcome = look_at(store, case, make_check(CHANGED[what]))
    assert (outcome.came, outcome.to) == (Came.MOVED, State.NEEDS_INPUT)


def test_one_nights_looks_are_one_transaction_with_their_count(
    store: Store, bring_to: BringTo
) -> None:
    first, second = bring_to(State.WAITING), bring_to(State.CHECKING)
    counted: list[list[Came]] = []

    def tally(session: Session, outcomes: Sequence[Outcome]) -> None:
        assert session.is_active
        counted.append([o.came for o in outcomes])

    looks = [
        Look(first, about(first, make_verdict(R.CREDIT)), "-"),
        Look(second, make_unanswered(tx_hash=second.tx_hash), "-"),
    ]
    outcomes = apply_looks(store, looks, at=NIGHT, needs_wallet=lambda *_: False, tally=tally)
    assert [o.case_id for o in outcomes] == [first.id, second.id]
    assert counted == [[Came.MOVED, Came.UNREACHABLE]]
    assert desk.load_case(store, first.id).signers == (Role.CLEARING,)
    again = look_at(store, desk.load_case(store, first.id), looks[0].check)
    assert again.came is Came.FAILED, "no check moves what stands in sign-off"


def test_one_case_that_cannot_be_moved_keeps_none_of_the_others(
    store: Store, bring_to: BringTo
) -> None:
    sound, stuck = bring_to(State.WAITING), bring_to(State.QUOTED)
    counted: list[Came] = []

    def tally(_session: Session, outcomes: Sequence[Outcome]) -> None:
        counted.extend(o.came for o in outcomes)

    looks = [
        Look(stuck, about(stuck, make_verdict(R.CREDIT)), "-"),  # no check moves a quote
        Look(sound, about(sound, make_verdict(R.CREDIT)), "-"),
    ]
    failed, moved = apply_looks(store, looks, at=NIGHT, needs_wallet=wallet_always, tally=tally)
    assert (failed.came, failed.before, failed.to) == (Came.FAILED, State.QUOTED, State.QUOTED)
    assert failed.error is not None
    assert failed.error.reference == "transition-not-allowed"
    assert (moved.came, moved.to, moved.error) == (Came.MOVED, State.IN_SIGN_OFF, None)
    assert counted == [Came.FAILED, Came.MOVED]
    assert desk.load_case(store, stuck.id) == stuck


def test_a_transfer_taken_by_another_is_held_when_its_wait_is_over(
    store: Store, bring_to: BringTo
) -> None:
    case = bring_to(State.WAITING)
    taker = open_again(store, case, about(case, make_verdict(user="bob")), user="bob")
    assert taker.state is State.QUOTED
    outcome = look_at(store, case, about(case))
    assert (outcome.came, outcome.to) == (Came.MOVED, State.HELD)
    assert desk.load_case(store, case.id).cause is Cause.DUPLICATE_CLAIM


def test_two_waits_for_one_transfer_end_with_one_that_has_it(
    store: Store, bring_to: BringTo
) -> None:
    mine = bring_to(State.WAITING)
    check = about(mine, make_verdict(R.WAIT, user="bob"))
    his = open_again(store, mine, check, user="bob")
    first, second = look(store, (mine, about(mine)), (his, about(mine)))
    assert (first.to, second.to) == (State.QUOTED, State.HELD)
    assert audit(store).problems == ()


def test_a_claim_that_names_another_spelling_of_the_hash_is_the_claimants_own(
    store: Store, bring_to: BringTo
) -> None:
    case = bring_to(State.REFUSED)
    check = about(case)
    typed = replace(check, claim=Claim(case.tx_hash.upper(), user="alice"))
    later = open_again(store, case, typed)
    assert later.tx_hash == case.tx_hash
    assert look_at(store, case, check).came is Came.OVERTAKEN
