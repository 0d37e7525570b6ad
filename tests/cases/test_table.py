"""The table: every step it has, every step it has not, and the diagram that is printed from it."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from recovery.cases import table
from recovery.cases.table import Event, Queue, Role, State
from recovery.classify.verdict import Recoverability
from recovery.errors import NotAllowed

R = Recoverability
LEGAL = {
    (state, event, to)
    for state, events in table.TRANSITIONS.items()
    for event, targets in events.items()
    for to in targets
}


@pytest.mark.parametrize("state", [None, *State])
def test_a_step_is_possible_if_and_only_if_the_table_has_it(state: State | None) -> None:
    for event, to in itertools.product(Event, State):
        if (state, event, to) in LEGAL:
            assert table.step(state, event, to) is to
            continue
        with pytest.raises(NotAllowed) as refused:
            table.step(state, event, to)
        assert refused.value.reference == "transition-not-allowed"
        for possible in table.TRANSITIONS[state]:
            assert possible.value in refused.value.hint


def test_every_state_can_be_reached_and_left_unless_it_is_settled() -> None:
    reached = {to for _, _, to in LEGAL}
    assert reached == set(State)
    assert [state for state in State if not table.TRANSITIONS[state]] == [State.SETTLED]


def test_every_event_has_somebody_who_may_cause_it() -> None:
    events = {event for _, event, _ in LEGAL}
    assert set(table.WHO_MAY) == events
    assert Event.DENIED not in events


def test_approval_is_reached_by_signatures_alone() -> None:
    assert {(state, event) for state, event, to in LEGAL if to is State.APPROVED} == {
        (State.IN_SIGN_OFF, Event.SIGNED)
    }
    assert set(table.WHO_MAY[Event.SIGNED]) == {Role.WALLET, Role.CLEARING}


def test_settlement_follows_approval_alone() -> None:
    assert {state for state, _, to in LEGAL if to is State.SETTLED} == {State.APPROVED}


@pytest.mark.parametrize("role", Role)
def test_a_role_may_do_what_the_table_gives_it(role: Role) -> None:
    for event, roles in table.WHO_MAY.items():
        if role in roles:
            table.allow_role(event, role)
            continue
        with pytest.raises(NotAllowed) as refused:
            table.allow_role(event, role)
        assert refused.value.reference == "role-not-allowed"


@pytest.mark.parametrize(
    ("recoverability", "facts", "state"),
    [
        (R.CREDIT, {}, State.IN_SIGN_OFF),
        (R.CREDIT, {"quoted": False}, State.IN_SIGN_OFF),
        (R.CREDIT, {"payable": False}, State.NEEDS_REVIEW),
        (R.RECOVERABLE, {}, State.QUOTED),
        (R.RECOVERABLE, {"quoted": False}, State.NEEDS_REVIEW),
        (R.RECOVERABLE, {"payable": False}, State.NEEDS_REVIEW),
        (R.RECOVERABLE, {"unmet": ["sender_proof"]}, State.NEEDS_INPUT),
        (R.RECOVERABLE, {"unmet": ["token_identity"]}, State.NEEDS_REVIEW),
        (R.CONDITIONAL, {"unmet": ["key_available"]}, State.QUOTED),
        (R.CONDITIONAL, {"unmet": ["reviewer_decision"]}, State.NEEDS_REVIEW),
        (R.CONDITIONAL, {"unmet": ["sender_proof", "reviewer_decision"]}, State.NEEDS_REVIEW),
        (R.CONDITIONAL, {"unmet": ["identity_check"]}, State.NEEDS_INPUT),
        (R.WAIT, {}, State.WAITING),
        (R.WAIT, {"answered": True}, State.REFUSED),
        (R.NEEDS_INPUT, {}, State.NEEDS_INPUT),
        (R.UNRECOVERABLE, {}, State.REFUSED),
        (R.HOLD, {}, State.HELD),
    ],
)
def test_a_verdict_leads_where_the_contract_says(
    recoverability: Recoverability, facts: dict[str, object], state: State
) -> None:
    plain = {"answered": False, "quoted": True, "payable": True, "unmet": []}
    assert table.find_target(recoverability, **(plain | facts)) is state  # type: ignore[arg-type]  # a table of cases


def test_a_small_credit_is_signed_by_clearing_and_everything_else_by_both() -> None:
    assert table.signers_of(R.CREDIT, wallet=False) == (Role.CLEARING,)
    assert table.signers_of(R.CREDIT, wallet=True) == (Role.WALLET, Role.CLEARING)
    assert table.signers_of(R.RECOVERABLE, wallet=False) == (Role.WALLET, Role.CLEARING)
    assert table.signers_of(R.CONDITIONAL, wallet=False) == (Role.WALLET, Role.CLEARING)


def test_a_case_in_sign_off_stands_in_the_queue_of_each_role_that_has_not_signed() -> None:
    both = (Role.WALLET, Role.CLEARING)
    assert table.queues_of(State.IN_SIGN_OFF, unsigned=both) == (Queue.WALLET, Queue.CLEARING)
    assert table.queues_of(State.IN_SIGN_OFF, unsigned=both[1:]) == (Queue.CLEARING,)
    assert table.queues_of(State.NEEDS_REVIEW, unsigned=()) == (Queue.REVIEW,)
    assert table.queues_of(State.HELD, unsigned=()) == (Queue.SECURITY,)
    assert table.queues_of(State.APPROVED, unsigned=()) == ()


def test_the_diagram_in_the_docs_is_the_one_the_table_prints() -> None:
    page = (Path(__file__).parents[2] / "docs" / "cases.md").read_text("utf-8")
    assert f"```mermaid\n{table.print_diagram()}```" in page


WHO_MAY = """
opened            opener desk
unanswered        opener reviewer security desk
checked           opener reviewer security desk
confirmed         reviewer security
accepted          opener
queued            opener
signed            wallet clearing
evidence_changed  wallet clearing desk
refused           reviewer security clearing wallet
held              reviewer security clearing wallet desk
escalated         reviewer clearing wallet opener
reopened          reviewer security desk
withdrawn         opener
expired           desk
settled           clearing wallet
failed            wallet clearing
consent_asked     security
consent_given     security
consent_refused   security
consent_lapsed    desk
proof_asked       opener reviewer desk
proof_given       opener reviewer desk
proof_failed      opener reviewer desk
"""
"""The separation of duties as it was agreed, the role that is meant where none is named first."""


def test_duties_are_separated_as_they_were_agreed() -> None:
    agreed = {line.split()[0]: line.split()[1:] for line in WHO_MAY.strip().splitlines()}
    assert {e.value: [r.value for r in table.roles_for(e)] for e in table.WHO_MAY} == agreed
    held = {e.value: [r.value for r in table.roles_for(e, out_of_hold=True)] for e in table.WHO_MAY}
    assert held == agreed | {"reopened": ["security"], "refused": ["security"]}


def test_what_a_customer_does_and_what_a_limit_binds_is_a_closed_list() -> None:
    own = "opened accepted queued withdrawn proof_asked proof_given proof_failed"
    assert sorted(e.value for e in table.CUSTOMERS_OWN) == sorted(own.split())
    assert sorted(e.value for e in table.LIMITED) == ["confirmed", "consent_given", "signed"]


def test_which_states_take_keep_and_free_a_transfer() -> None:
    taking = "quoted accepted in_sign_off approved settled"
    assert sorted(s.value for s in table.OCCUPYING) == sorted(taking.split())
    assert sorted(s.value for s in table.KEEPING) == ["checking", "held"]
    ended = "settled refused expired withdrawn failed"
    assert sorted(s.value for s in table.FINISHED) == sorted(ended.split())


def test_a_verdict_needs_the_one_who_is_asked_first_in_this_order() -> None:
    review, ask = State.NEEDS_REVIEW, State.NEEDS_INPUT
    assert list(table.ASKED_FIRST.items()) == [
        ("reviewer_decision", review),
        ("token_identity", review),
        ("sender_proof", ask),
        ("identity_check", ask),
    ]


def test_a_refused_step_says_it_in_words() -> None:
    def words(state: State | None, event: Event) -> str:
        with pytest.raises(NotAllowed) as refused:
            table.allow(state, event)
        return refused.value.text

    assert words(None, Event.SIGNED) == "a case that is not opened can't be signed"
    assert (
        words(State.SETTLED, Event.QUEUED) == "a case that is settled can't be queued for sign-off"
    )
    for event in Event:
        if event not in table.TRANSITIONS[State.SETTLED]:
            assert "_" not in words(State.SETTLED, event)
    with pytest.raises(NotAllowed, match="checked does not lead from waiting to approved"):
        table.step(State.WAITING, Event.CHECKED, State.APPROVED)


def test_a_role_that_may_not_is_told_who_may() -> None:
    with pytest.raises(NotAllowed) as refused:
        table.allow_role(Event.SIGNED, Role.OPENER)
    assert refused.value.text == "opener may not do this: signed"
    assert refused.value.hint == "it takes: clearing, wallet"
    with pytest.raises(NotAllowed) as refused:
        table.allow_role(Event.REFUSED, Role.REVIEWER, out_of_hold=True)
    assert refused.value.text == (
        "reviewer may not do this with a case that security holds or refused: refused"
    )
    assert refused.value.hint == "it takes: security"


def test_the_words_of_states_roles_and_queues_are_the_contract_s() -> None:
    states = (
        "received checking needs_input needs_review waiting quoted accepted in_sign_off approved "
        "settled refused held expired withdrawn failed"
    )
    assert " ".join(State) == states
    assert " ".join(Role) == "opener reviewer wallet clearing security desk"
    assert " ".join(Queue) == "review security wallet clearing"
