"""Which cases are due, and why: the table of states, causes and moments."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from recovery.cases.table import State
from recovery.classify.verdict import Cause
from recovery.scan.due import LOOKED_AT, MAY_TURN, Candidate, Why, World, plan_due

AT = datetime(2026, 11, 20, 2, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def a_case(state: State, **changes: object) -> Candidate:
    fields: dict[str, object] = {
        "id": "a",
        "state": state,
        "cause": None,
        "opened_at": AT - 3 * DAY,
        "looked_at": None,
        "next_look_at": None,
        "quote_expires_at": None,
    }
    return Candidate(**{**fields, **changes})  # type: ignore[arg-type]  # a factory


def the_world(**changed: timedelta) -> World:
    return World(AT, {kind: AT - ago for kind, ago in changed.items()})


def test_a_case_that_nobody_could_answer_is_due_every_time() -> None:
    assert plan_due(a_case(State.CHECKING, looked_at=AT), the_world()) is Why.UNANSWERED


def test_a_waiting_case_is_due_from_its_moment_on_and_not_before() -> None:
    assert plan_due(a_case(State.WAITING, next_look_at=AT), the_world()) is Why.MOMENT_CAME
    assert plan_due(a_case(State.WAITING, next_look_at=AT + HOUR), the_world()) is None


def test_a_wait_ends_early_where_the_records_changed_since_it_was_looked_at() -> None:
    waiting = a_case(State.WAITING, next_look_at=AT + 90 * DAY, looked_at=AT - DAY)
    assert plan_due(waiting, the_world(listings=HOUR)) is Why.RECORDS_CHANGED
    assert plan_due(waiting, the_world(listings=2 * DAY)) is None
    assert plan_due(waiting, the_world(prices=HOUR)) is None


@pytest.mark.parametrize("state", [State.NEEDS_INPUT, State.NEEDS_REVIEW])
def test_what_waits_for_people_is_looked_at_once_a_night_and_rarely_when_old(state: State) -> None:
    assert plan_due(a_case(state, looked_at=AT - HOUR), the_world()) is None
    assert plan_due(a_case(state, looked_at=AT - 20 * HOUR), the_world()) is Why.AGAIN
    old = a_case(state, opened_at=AT - 60 * DAY, looked_at=AT - 3 * DAY)
    assert plan_due(old, the_world()) is None
    assert plan_due(old, the_world(credits=HOUR)) is Why.RECORDS_CHANGED


@pytest.mark.parametrize("cause", MAY_TURN)
def test_a_refusal_is_due_where_what_it_rests_on_changed(cause: Cause) -> None:
    refused = a_case(State.REFUSED, cause=cause, looked_at=AT - DAY)
    for kind in MAY_TURN[cause]:
        assert plan_due(refused, the_world(**{kind: HOUR})) is Why.RECORDS_CHANGED
        assert plan_due(refused, the_world(**{kind: 2 * DAY})) is None
    assert plan_due(refused, the_world(screening=HOUR)) is None


@pytest.mark.parametrize("cause", [c for c in Cause if c not in MAY_TURN])
def test_a_refusal_of_any_other_cause_stays(cause: Cause) -> None:
    kinds = ("listings", "addresses", "accounts", "credits", "withdrawals", "screening", "prices")
    world = the_world(**dict.fromkeys(kinds, HOUR))
    assert plan_due(a_case(State.REFUSED, cause=cause), world) is None


def test_an_old_refusal_as_dust_does_not_follow_the_price_for_ever() -> None:
    old = a_case(State.REFUSED, cause=Cause.DUST_OR_POISONING, opened_at=AT - 200 * DAY)
    assert plan_due(old, the_world(prices=HOUR)) is None
    assert plan_due(old, the_world(listings=HOUR)) is Why.RECORDS_CHANGED


def test_a_quote_that_ran_out_is_taken_up_once_and_while_it_is_fresh() -> None:
    expired = a_case(State.EXPIRED, quote_expires_at=AT - HOUR)
    assert plan_due(expired, the_world()) is Why.QUOTE_EXPIRED
    seen = a_case(State.EXPIRED, quote_expires_at=AT - HOUR, looked_at=AT - HOUR / 2)
    assert plan_due(seen, the_world()) is None
    assert plan_due(a_case(State.EXPIRED, quote_expires_at=AT - 8 * DAY), the_world()) is None


@pytest.mark.parametrize("state", [s for s in State if s not in LOOKED_AT])
def test_no_other_state_is_ever_due(state: State) -> None:
    world = the_world(listings=HOUR, addresses=HOUR)
    assert plan_due(a_case(state, next_look_at=AT - DAY), world) is None
