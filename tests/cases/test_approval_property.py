"""Whatever happens in whatever order, approval takes two roles, two persons and one digest."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cases.factories import (
    AT,
    RETURN_TO,
    make_check,
    make_evidence,
    make_quote,
    make_transfer,
    make_unanswered,
    make_verdict,
    unmet,
)
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from recovery.cases import desk
from recovery.cases.audit import audit
from recovery.cases.signing import is_complete
from recovery.cases.table import OCCUPYING, Event, Role, State
from recovery.cases.values import Case
from recovery.checks import Check
from recovery.classify.verdict import Recoverability
from recovery.errors import RecoveryError
from recovery.model import Block
from recovery.store import Store, open_store

PEOPLE = ["alice", "olga", "walt", "Walt ", "clara", "rita"]
numbers = itertools.count(1)


@pytest.fixture(scope="module")
def shared(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """One database for all examples: each has a transaction of its own."""
    path = tmp_path_factory.mktemp("property") / "recovery.db"
    path.write_bytes(sqlite_template.read_bytes())
    with open_store(f"sqlite:///{path}") as store:
        yield store


def _checks(tx_hash: str) -> list[Check]:
    """What a node and the records may say at some moment, honest and less so."""
    seen = make_evidence(tx_hash=tx_hash)
    moved = make_evidence(tx_hash=tx_hash, block=Block(19_000_001, "0x" + "99" * 32, AT))
    less = make_evidence(tx_hash=tx_hash, transfers=(make_transfer(amount=1),))
    return [
        make_check(evidence=seen),
        make_check(evidence=seen),
        make_check(evidence=seen, quote=make_quote(net=7)),
        make_check(evidence=seen, second=moved),
        make_check(evidence=moved),
        make_check(evidence=less),
        make_check(make_verdict(Recoverability.CREDIT), evidence=seen),
        make_check(make_verdict(Recoverability.WAIT, transfer=None), evidence=moved),
        make_check(make_verdict(conditions=(unmet("sender_proof"),)), evidence=seen),
        make_unanswered(tx_hash=tx_hash),
    ]


which = st.integers(0, 9)
person = st.sampled_from(PEOPLE)
steps = st.one_of(
    st.tuples(st.just("sign"), st.sampled_from([Role.WALLET, Role.CLEARING]), person, which),
    st.tuples(st.just("sign"), st.sampled_from([Role.WALLET, Role.CLEARING]), person, st.just(0)),
    st.tuples(st.just("check"), st.just(Role.DESK), person, which),
    st.tuples(
        st.sampled_from(["open", "accept", "accept", "reopen", "hold", "confirm", "withdraw"]),
        st.just(Role.REVIEWER),
        person,
        which,
    ),
)


def _do(store: Store, case: Case, step: tuple[str, Role, str, int], checks: list[Check]) -> None:
    name, role, actor, number = step
    check = checks[number]
    acts: dict[str, Callable[[], object]] = {
        "sign": lambda: desk.sign(
            store, case.id, role=role, actor=actor, recheck=lambda _: check, at=AT
        ),
        "check": lambda: desk.apply_check(store, case.id, check, at=AT),
        "open": lambda: desk.open_claim(store, check, actor=actor, at=AT),
        "accept": lambda: desk.accept(store, case.id, actor=actor, return_to=RETURN_TO, at=AT),
        "reopen": lambda: desk.reopen(store, case.id, reason="r", actor=actor, at=AT),
        "hold": lambda: desk.hold(store, case.id, reason="r", actor=actor, at=AT),
        "confirm": lambda: desk.confirm(
            store, case.id, condition="sender_proof", reason="r", actor=actor, at=AT
        ),
        "withdraw": lambda: desk.withdraw(store, case.id, actor=actor, at=AT),
    }
    refused: RecoveryError | None = None
    try:
        acts[name]()
    except RecoveryError as error:
        refused = error
    assert refused is None or refused.exit_code in (1, 2, 3)
    assert refused is None or refused.reference != "digest-broken"


@settings(
    max_examples=60,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@example(
    todo=[
        ("accept", Role.REVIEWER, "olga", 0),
        ("sign", Role.WALLET, "walt", 0),
        ("sign", Role.CLEARING, "Walt ", 0),
        ("sign", Role.CLEARING, "clara", 2),
    ]
)
@given(todo=st.lists(steps, min_size=4, max_size=14))
def test_no_order_of_events_approves_without_two_roles_two_persons_and_one_digest(
    todo: list[tuple[str, Role, str, int]], shared: Store
) -> None:
    checks = _checks("0x" + f"{next(numbers):064x}")
    (case,) = desk.open_claim(shared, checks[0], actor="olga", at=AT)
    for step in todo:
        _do(shared, case, step, checks)
        case = desk.load_case(shared, case.id)
        assert case.version == len(case.trail)
        assert (case.state in OCCUPYING) <= (case.subject is not None)
        assert all(signature.digest == case.digest for signature in case.signatures)
        if case.state is State.APPROVED:
            signed = [e for e in case.trail if e.event == Event.SIGNED][-2:]
            assert {e.detail["role"] for e in signed} == {"wallet", "clearing"}
            assert {e.detail["digest"] for e in signed} == {case.digest}
            people = {e.actor.strip().casefold() for e in signed}
            assert len(people) == 2
            assert not people & {"alice", "olga"}
            assert is_complete(case)


def test_after_all_of_it_the_audit_is_clean(shared: Store) -> None:
    assert audit(shared).problems == ()
