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
