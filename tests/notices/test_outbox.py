"""The outbox: written with the change or not at all, told in order, never by two at once."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
import sqlalchemy as sa
from cases.factories import AT, make_check, make_evidence, make_unanswered, make_verdict
from cases.walks import bring_case
from sqlmodel import col, select

from recovery.cases import casebook, desk
from recovery.cases.table import Event, State
from recovery.classify.verdict import Recoverability
from recovery.errors import BadInput, NotAllowed
from recovery.notices import outbox
from recovery.notices.plan import NoticeKind, plan_notice
from recovery.notices.tables import ContactRow, NoticeRow
from recovery.store import Store

DUE = AT + outbox.GRACE


def kinds(store: Store, case_id: str) -> list[str]:
    query = select(NoticeRow).where(col(NoticeRow.case_id) == case_id).order_by(col(NoticeRow.seq))
    with store.read() as session:
        return [row.kind for row in session.exec(query)]


@pytest.mark.parametrize(
    ("state", "told"),
    [
        (State.CHECKING, ["received"]),
        (State.NEEDS_INPUT, ["needs_input"]),
        (State.NEEDS_REVIEW, ["answered"]),
        (State.WAITING, ["answered"]),
        (State.QUOTED, ["quoted"]),
        (State.IN_SIGN_OFF, ["quoted", "in_sign_off"]),
        (State.APPROVED, ["quoted", "in_sign_off", "in_sign_off"]),
        (State.SETTLED, ["quoted", "in_sign_off", "in_sign_off", "settled"]),
        (State.REFUSED, ["refused"]),
        (State.HELD, ["held"]),
        (State.EXPIRED, ["quoted", "expired"]),
        (State.WITHDRAWN, ["quoted", "withdrawn"]),
        (State.FAILED, ["quoted", "in_sign_off", "in_sign_off", "failed"]),
    ],
)
def test_every_change_of_state_is_news(store: Store, state: State, told: list[str]) -> None:
    case = bring_case(store, state, "0x" + "a1" * 32)
    assert kinds(store, case.id) == told


def test_what_the_night_finds_is_told_as_found(store: Store) -> None:
    check = make_check(evidence=make_evidence(tx_hash="0x" + "f0" * 32))
    ((case,),) = desk.store_checks(store, [check], at=AT)
    assert kinds(store, case.id) == ["found"]


def test_a_hold_is_told_as_a_review_whatever_becomes_of_it(store: Store) -> None:
    case = bring_case(store, State.HELD, "0x" + "b2" * 32)
    refused = desk.refuse(store, case.id, reason="fraud", actor="sonja", at=AT)
    assert refused.state is State.REFUSED
    assert set(kinds(store, case.id)) == {"held"}


def test_a_refused_attempt_is_no_news(store: Store) -> None:
    case = bring_case(store, State.QUOTED, "0x" + "c3" * 32)
    with pytest.raises(NotAllowed):
        desk.settle(store, case.id, reference="x", actor="clara", at=AT)
    assert desk.load_case(store, case.id).trail[-1].event == Event.DENIED
    assert kinds(store, case.id) == ["quoted"]


def test_a_change_that_is_rolled_back_leaves_no_notice(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = bring_case(store, State.QUOTED, "0x" + "d4" * 32)

    def break_off(*_: object) -> None:
        raise RuntimeError("killed behind the notice")

    with monkeypatch.context() as broken:
        broken.setattr(casebook, "_taken_by", break_off)
        with pytest.raises(RuntimeError, match="killed"):
            desk.withdraw(store, case.id, actor="olga", at=AT)
    assert desk.load_case(store, case.id).state is State.QUOTED
    assert kinds(store, case.id) == ["quoted"]


def test_a_notice_that_can_not_be_written_stops_the_change(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = bring_case(store, State.QUOTED, "0x" + "e5" * 32)

    def full(*_: object) -> None:
        raise RuntimeError("the disk is full")

    with monkeypatch.context() as broken:
        broken.setattr(casebook, "insert_notices", full)
        with pytest.raises(RuntimeError, match="full"):
            desk.withdraw(store, case.id, actor="olga", at=AT)
    assert desk.load_case(store, case.id).state is State.QUOTED


def test_of_one_case_the_older_notice_goes_first(store: Store) -> None:
    case = bring_case(store, State.IN_SIGN_OFF, "0x" + "a6" * 32)
    first = outbox.lease_due(store, at=DUE)
    assert [due.kind for due in first] == ["quoted"]
    assert outbox.lease_due(store, at=DUE) == []
    outbox.mark(store, first[0].id, at=DUE, webhook=True, mail=True)
    assert [due.kind for due in outbox.lease_due(store, at=DUE)] == ["in_sign_off"]
    assert kinds(store, case.id) == ["quoted", "in_sign_off"]


def test_a_sender_that_died_gives_its_notices_free_when_its_lease_ends(store: Store) -> None:
    bring_case(store, State.QUOTED, "0x" + "a7" * 32)
    (held,) = outbox.lease_due(store, at=DUE)
    assert outbox.lease_due(store, at=DUE + timedelta(seconds=119)) == []
    (again,) = outbox.lease_due(store, at=DUE + timedelta(seconds=121))
    assert again.id == held.id


def test_several_senders_never_hold_the_same_notice(store: Store) -> None:
    checks = [
        make_check(make_verdict(Recoverability.WAIT), evidence=make_evidence(tx_hash=f"0x{n:064x}"))
        for n in range(60)
    ]
    desk.store_checks(store, checks, at=AT)
    held: list[str] = []
    lock = threading.Lock()

    def send() -> None:
        while due := outbox.lease_due(store, at=DUE, limit=7):
            with lock:
                held.extend(one.id for one in due)

    senders = [threading.Thread(target=send) for _ in range(4)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    assert len(held) == len(set(held)) == 60


def test_a_notice_is_put_off_longer_each_time_and_given_up_at_last(store: Store) -> None:
    bring_case(store, State.QUOTED, "0x" + "a8" * 32)
    at, waits = DUE, []
    while due := outbox.lease_due(store, at=at):
        outbox.put_off(store, due[0], at=at, error="down", give_up_after=timedelta(days=5))
        (row,) = outbox.list_waiting(store)
        if row.dead_at is not None:
            break
        waits.append((row.due_at - at).total_seconds())
        at = row.due_at
    assert waits[0] < 13
    assert waits[3] > waits[0]
    assert max(waits) <= 6 * 3600 * 1.2
    assert at - AT >= timedelta(days=4)
    outbox.retry(store, row.id, at=at)
    assert [due.id for due in outbox.lease_due(store, at=at)] == [row.id]


def test_an_address_is_forgotten_with_the_last_notice(store: Store) -> None:
    case = bring_case(store, State.QUOTED, "0x" + "a9" * 32)
    with store.begin() as session:
        outbox.keep_contact(session, [case.id], email="a@example.org", language="de", at=AT)
    (due,) = outbox.lease_due(store, at=DUE)
    assert due.email == "a@example.org"
    outbox.mark(store, due.id, at=AT, webhook=True, mail=True, forget_contact=True)
    with store.read() as session:
        assert session.exec(select(sa.func.count()).select_from(ContactRow)).one() == 0


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "a@b",
        "a@b.c\r\nBcc: x@y.z",
        "a b@c.de",
        "a@b.c,d@e.f",
        "<a@b.c>",
        "ä@b.de",
        "a\0@b.c",
    ],
)
def test_what_could_be_a_header_or_a_second_address_is_no_address(text: str) -> None:
    with pytest.raises(BadInput, match="e-mail"):
        outbox.parse_email(text)


def test_a_check_that_says_the_same_is_no_news(store: Store) -> None:
    check = make_unanswered()
    (case,) = desk.open_claim(store, check, actor="olga", at=AT)
    assert plan_notice(case, case) is None
    assert plan_notice(None, case) is not None
    assert set(NoticeKind) >= {NoticeKind(kind) for kind in kinds(store, case.id)}
