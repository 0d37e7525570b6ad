"""Two at once: whatever races, one transfer has one case and one case moves one way."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial

import pytest
from cases.factories import AT, RETURN_TO, make_check, make_evidence, make_verdict
from cases.walks import bring_case
from sqlalchemy.exc import IntegrityError

from recovery.cases import casebook, desk
from recovery.cases.audit import audit
from recovery.cases.plan import Opening, plan_case
from recovery.cases.table import OCCUPYING, Event, Role, State
from recovery.cases.values import Case
from recovery.checks import Check
from recovery.errors import NotAllowed, RecoveryError
from recovery.store import Store, open_store

HASH = "0x" + "ab" * 32
ROUNDS = 5


def at_once(acts: Sequence[Callable[[], object]]) -> list[object]:
    """Run all acts from one starting line; a refusal counts as an outcome."""
    line = threading.Barrier(len(acts))

    def run(act: Callable[[], object]) -> object:
        line.wait()
        try:
            return act()
        except RecoveryError as refused:
            return refused

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


@pytest.fixture
def second(store_url: str, store: Store) -> Iterator[Store]:
    """The same database through connections of its own, as another process has it."""
    with open_store(store_url) as opened:
        yield opened


def test_the_same_claim_opened_by_many_at_once_is_one_case(store: Store, second: Store) -> None:
    for n in range(ROUNDS):
        seen = make_evidence(tx_hash="0x" + f"{n:064x}")
        check = make_check(make_verdict(user=f"u{n}"), user=f"u{n}", evidence=seen)
        opened = at_once(
            [
                partial(desk.open_claim, one, check, actor="olga", at=AT)
                for one in (store, second, store, second)
            ]
        )
        mine = [c for c in desk.list_cases(store) if c.user == f"u{n}"]
        assert len(mine) == 1, opened


def test_one_transfer_claimed_by_many_customers_at_once_is_occupied_once(
    store: Store, second: Store
) -> None:
    claims = {u: make_check(make_verdict(user=u), user=u) for u in "abcd"}
    at_once(
        [
            partial(desk.open_claim, one, check, actor="olga", at=AT)
            for one, check in zip((store, second, store, second), claims.values(), strict=True)
        ]
    )
    cases = desk.list_cases(store)
    assert sorted(c.state for c in cases) == [State.HELD] * 3 + [State.QUOTED]
    assert audit(store).problems == ()


def test_the_key_of_a_transfer_decides_where_nobody_looked(store: Store) -> None:
    def blind(case_id: str, user: str) -> Case:
        check = make_check(make_verdict(user=user), user=user)
        return plan_case(check, 0, Opening(actor="olga", at=AT), case_id=case_id)

    with store.begin() as session:
        casebook.insert_cases(session, [blind("one", "a")])
    with pytest.raises(IntegrityError), store.begin() as session:
        casebook.insert_cases(session, [blind("two", "b")])
    assert [c.id for c in desk.list_cases(store)] == ["one"]


def test_two_signers_at_once_both_sign_and_one_role_signs_once(store: Store, second: Store) -> None:
    for n in range(ROUNDS):
        case = bring_case(store, State.IN_SIGN_OFF, "0x" + f"{n:064x}")
        signers = (
            (store, Role.WALLET, "walt"),
            (second, Role.CLEARING, "clara"),
            (second, Role.WALLET, "wanda"),
            (store, Role.CLEARING, "walt"),
        )
        ask = partial(_answer, make_check(evidence=make_evidence(tx_hash=case.tx_hash)))
        at_once(
            [
                partial(desk.sign, one, case.id, role=role, actor=actor, recheck=ask, at=AT)
                for one, role, actor in signers
            ]
        )
        after = desk.load_case(store, case.id)
        assert len({s.role for s in after.signatures}) == len(after.signatures)
        assert len({s.actor for s in after.signatures}) == len(after.signatures)
        signed = [e for e in after.trail if e.event == Event.SIGNED]
        assert len(signed) == len(after.signatures) >= 1
        assert (after.state is State.APPROVED) == (len(after.signatures) == 2)
    assert audit(store).problems == ()


def test_acceptance_and_expiry_at_once_leave_one_of_them(store: Store, second: Store) -> None:
    for n in range(ROUNDS):
        case = bring_case(store, State.QUOTED, "0x" + f"{n:064x}")
        soon, late = AT + timedelta(hours=23), AT + timedelta(hours=25)
        at_once(
            [
                partial(desk.accept, store, case.id, actor="olga", return_to=RETURN_TO, at=soon),
                partial(desk.expire_quotes, second, at=late),
                partial(desk.withdraw, store, case.id, actor="olga", at=AT),
            ]
        )
        after = desk.load_case(store, case.id)
        ends = [e.event for e in after.trail if e.event != Event.DENIED][2:]
        assert ends in (
            ["accepted", "queued"],
            ["expired"],
            ["withdrawn"],
            ["accepted", "queued", "withdrawn"],
        )
    assert audit(store).problems == ()


def test_two_settlements_at_once_are_one(store: Store, second: Store) -> None:
    case = bring_case(store, State.APPROVED, HASH)
    results = at_once(
        [
            partial(desk.settle, d, case.id, reference=r, actor="clara", at=AT)
            for d, r in ((store, "0xone"), (second, "0xtwo"), (second, "0xone"))
        ]
    )
    after = desk.load_case(store, case.id)
    assert sum(e.event == Event.SETTLED for e in after.trail) == 1
    refused = [r for r in results if isinstance(r, NotAllowed)]
    assert len(refused) == (1 if after.reference == "0xone" else 2)


def _answer(check: Check, _: Case) -> Check:
    return check


def test_a_signature_on_terms_that_change_while_the_node_is_asked_is_not_given(
    store: Store,
) -> None:
    case = bring_case(store, State.IN_SIGN_OFF, HASH)

    def held_meanwhile(_: Case) -> Check:
        desk.hold(store, case.id, reason="odd", actor="rita", at=AT)
        return make_check()

    with pytest.raises(NotAllowed, match="held"):
        desk.sign(store, case.id, role=Role.WALLET, actor="walt", recheck=held_meanwhile, at=AT)
    after = desk.load_case(store, case.id)
    assert (after.state, after.signatures) == (State.HELD, ())
    assert after.state not in OCCUPYING
