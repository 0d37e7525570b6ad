"""Once a staff is imported, only listed persons act: in their roles, in their time, up to their limits."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from cases.factories import (
    AT,
    RETURN_TO,
    make_check,
    make_evidence,
    make_verdict,
    unmet,
)
from cases.walks import bring_case
from sqlalchemy import text

from recovery.cases import desk
from recovery.cases.audit import audit
from recovery.cases.signing import FourEyes
from recovery.cases.table import Event, Role, State
from recovery.cases.values import Case
from recovery.checks import Check
from recovery.classify.verdict import Recoverability
from recovery.errors import BadInput, Inconsistent, NotAllowed
from recovery.records.importer import import_csv
from recovery.records.staff import is_staff_listed, read_staff
from recovery.store import Store

Load = Callable[[str], object]
HEADER = "actor,role,limit,valid_from,valid_to"
TEAM = """olga,opener,,,
rita,reviewer,,,
walt,wallet,5000,,
wilma,wallet,,,
clara,clearing,5000.50,,
sonja,security,,,
"""


@pytest.fixture
def load(store: Store, tmp_path: Path) -> Load:
    def load(rows: str, header: str = HEADER) -> object:
        path = tmp_path / "staff.csv"
        path.write_text(f"{header}\n{rows}", "utf-8")
        return import_csv(store, "staff", path, actor="boss")

    return load


def check_worth(value: str | None, tx_hash: str | None = None) -> Check:
    from dataclasses import replace

    check = make_check(evidence=None if tx_hash is None else make_evidence(tx_hash=tx_hash))
    worth = None if value is None else Decimal(value)
    return replace(check, judged=tuple(replace(j, value=worth) for j in check.judged))


def in_sign_off(store: Store, check: Check) -> Case:
    (case,) = desk.open_claim(store, check, actor="olga", at=AT)
    return desk.accept(store, case.id, actor="alice", return_to=RETURN_TO, at=AT)


def sign(store: Store, case: Case, role: Role, actor: str, check: Check) -> Case:
    return desk.sign(store, case.id, role=role, actor=actor, recheck=lambda _: check, at=AT)


def denied(store: Store, case: Case, act: Callable[[], object]) -> str:
    """The reference of the refusal, which must stand in the trail with its words."""
    before = desk.load_case(store, case.id)
    with pytest.raises(NotAllowed) as refused:
        act()
    after = desk.load_case(store, case.id)
    last = after.trail[-1]
    assert last.event == Event.DENIED
    assert last.detail["reference"] == refused.value.reference
    assert last.detail["text"] == refused.value.text
    assert (after.state, after.signatures) == (before.state, before.signatures)
    return refused.value.reference


def test_without_a_staff_a_name_is_believed_and_from_the_first_row_on_it_is_not(
    store: Store, load: Load
) -> None:
    assert not is_staff_listed(store)
    check = check_worth("100")
    case = in_sign_off(store, check)
    case = sign(store, case, Role.WALLET, "anybody", check)
    load("clara,clearing,,,\n")
    assert is_staff_listed(store)
    act = lambda: sign(store, case, Role.CLEARING, "somebody", check)  # noqa: E731
    assert denied(store, case, act) == "unknown-person"
    assert sign(store, case, Role.CLEARING, " CLARA ", check).state is State.APPROVED
    assert audit(store).problems == ()


@pytest.mark.parametrize(
    ("actor", "role", "reference"),
    [
        ("mallory", Role.WALLET, "unknown-person"),
        ("rita", Role.WALLET, "not-in-role"),
        ("walt", Role.CLEARING, "not-in-role"),
        ("old walt", Role.WALLET, "not-valid-now"),
        ("next walt", Role.WALLET, "not-valid-now"),
        ("rita", Role.REVIEWER, "role-not-allowed"),
    ],
)
def test_who_may_not_sign_is_told_why_and_the_trail_too(
    actor: str, role: Role, reference: str, store: Store, load: Load
) -> None:
    load(
        TEAM
        + "old walt,wallet,,2020-01-01T00:00:00Z,2026-11-20T12:00:00Z\n"
        + "next walt,wallet,,2026-11-20T12:00:01Z,\n"
    )
    check = check_worth("100")
    case = in_sign_off(store, check)
    asked: list[int] = []

    def act() -> object:
        return desk.sign(
            store,
            case.id,
            role=role,
            actor=actor,
            recheck=lambda _: asked.append(1) or check,  # type: ignore[func-returns-value]  # counts
            at=AT,
        )

    assert denied(store, case, act) == reference
    assert asked == [], "what is refused anyway asks no node"


@pytest.mark.parametrize(
    ("actor", "role", "worth", "allowed"),
    [
        ("walt", Role.WALLET, "5000", True),
        ("walt", Role.WALLET, "5000.01", False),
        ("walt", Role.WALLET, None, False),
        ("wilma", Role.WALLET, "9000000", True),
        ("wilma", Role.WALLET, None, True),
        ("clara", Role.CLEARING, "5000.50", True),
        ("clara", Role.CLEARING, "5000.51", False),
    ],
)
def test_a_limit_is_kept_to_the_cent_and_an_unknown_value_is_above_every_limit(
    actor: str, role: Role, worth: str | None, allowed: bool, store: Store, load: Load
) -> None:
    load(TEAM)
    check = check_worth(worth)
    case = in_sign_off(store, check)
    if allowed:
        assert sign(store, case, role, actor, check).signatures
        return
    assert denied(store, case, lambda: sign(store, case, role, actor, check)) == "above-limit"


def test_a_value_that_rose_since_the_quote_counts_at_the_signature(
    store: Store, load: Load
) -> None:
    load(TEAM)
    case = in_sign_off(store, check_worth("100"))
    dearer = check_worth("5001")
    act = lambda: sign(store, case, Role.WALLET, "walt", dearer)  # noqa: E731
    assert denied(store, case, act) == "above-limit"


def test_a_reviewers_limit_holds_for_what_they_confirm(store: Store, load: Load) -> None:
    from dataclasses import replace

    load("olga,opener,,,\nrita,reviewer,99,,\nrolf,reviewer,100,,\n")
    check = make_check(make_verdict(conditions=(unmet("sender_proof"),)))
    check = replace(check, judged=tuple(replace(j, value=Decimal(100)) for j in check.judged))
    (case,) = desk.open_claim(store, check, actor="olga", at=AT)

    def confirm(actor: str) -> Case:
        return desk.confirm(
            store, case.id, condition="sender_proof", reason="seen", actor=actor, at=AT
        )

    assert denied(store, case, lambda: confirm("rita")) == "above-limit"
    assert confirm("rolf").state is State.CHECKING


def test_the_role_is_the_fitting_one_that_the_person_holds(store: Store, load: Load) -> None:
    load(TEAM + "wilma,clearing,,,\n")
    for actor, role in (
        ("rita", "reviewer"),
        ("sonja", "security"),
        ("clara", "clearing"),
        ("wilma", "clearing"),
        ("walt", "wallet"),
    ):
        case = bring_case(store, State.HELD, "0x" + actor.encode().hex().rjust(64, "0"))
        case = desk.reopen(store, case.id, reason="look", actor="sonja", at=AT)
        after = desk.refuse(store, case.id, reason="no", actor=actor, at=AT)
        assert after.trail[-1].detail["role"] == role
    other = bring_case(store, State.HELD, "0x" + "22" * 32)
    reopened = desk.reopen(store, other.id, reason="look", actor="sonja", at=AT)
    held = desk.hold(store, reopened.id, reason="odd", actor="wilma", role=Role.WALLET, at=AT)
    assert held.trail[-1].detail["role"] == "wallet"


def test_what_security_holds_or_refused_only_security_moves(store: Store, load: Load) -> None:
    case = bring_case(store, State.HELD, "0x" + "11" * 32)
    load(TEAM)
    for act in (desk.reopen, desk.refuse):
        for actor, role in (("rita", None), ("rita", Role.REVIEWER), ("sonja", Role.REVIEWER)):

            def attempt() -> object:
                return act(store, case.id, reason="r", actor=actor, role=role, at=AT)  # noqa: B023

            reference = denied(store, case, attempt)
            assert reference == ("not-in-role" if role is None else "role-not-allowed")
    case = desk.refuse(store, case.id, reason="listed", actor="sonja", at=AT)
    act_again = lambda: desk.reopen(store, case.id, reason="r", actor="rita", at=AT)  # noqa: E731
    assert denied(store, case, act_again) == "not-in-role"
    assert desk.reopen(store, case.id, reason="r", actor="sonja", at=AT).state is State.CHECKING


def test_nobody_releases_their_own_case_from_a_hold(store: Store, load: Load) -> None:
    load(TEAM + "olga,security,,,\nalice,security,,,\n")
    case = bring_case(store, State.HELD, "0x" + "11" * 32)
    for actor in ("olga", "alice", "ALICE"):

        def attempt() -> object:
            return desk.reopen(store, case.id, reason="r", actor=actor, at=AT)  # noqa: B023

        assert denied(store, case, attempt) == "own-case"


def test_customers_act_for_themselves_and_nobody_else_does(store: Store, load: Load) -> None:
    load(TEAM)
    with pytest.raises(NotAllowed) as refused:
        desk.open_claim(store, make_check(), actor="rita", at=AT)
    assert refused.value.reference == "not-in-role"
    with pytest.raises(NotAllowed) as refused:
        desk.open_claim(store, make_check(), actor="bob", at=AT)
    assert refused.value.reference == "unknown-person"
    assert desk.list_cases(store) == ()
    (case,) = desk.open_claim(store, make_check(), actor="alice", at=AT)
    for actor, reference in (("bob", "unknown-person"), ("walt", "not-in-role")):

        def attempt() -> object:
            return desk.accept(store, case.id, actor=actor, return_to=RETURN_TO, at=AT)  # noqa: B023

        assert denied(store, case, attempt) == reference
    taken = desk.accept(store, case.id, actor="Alice", return_to=RETURN_TO, at=AT)
    assert taken.state is State.IN_SIGN_OFF
    assert desk.withdraw(store, case.id, actor="olga", at=AT).state is State.WITHDRAWN


def test_a_strict_desk_asks_for_a_third_pair_of_eyes(store: Store) -> None:
    check = make_check(
        make_verdict(Recoverability.CONDITIONAL, conditions=(unmet("key_available"),))
    )
    (case,) = desk.open_claim(store, check, actor="alice", at=AT)
    case = desk.accept(store, case.id, actor="anna", return_to=RETURN_TO, at=AT)
    desk.confirm(store, case.id, condition="key_available", reason="seen", actor="rita", at=AT)
    strict = FourEyes(confirmer_may_sign=False, acceptor_may_sign=False)

    def attempt(actor: str, four_eyes: FourEyes) -> Case:
        return desk.sign(
            store,
            case.id,
            role=Role.WALLET,
            actor=actor,
            recheck=lambda _: check,
            four_eyes=four_eyes,
            at=AT,
        )

    assert denied(store, case, lambda: attempt("Rita", strict)) == "confirmed-it"
    assert denied(store, case, lambda: attempt("anna", strict)) == "accepted-it"
    assert attempt("rita", FourEyes()).signatures, "the contract refuses neither"


def test_different_denials_are_all_kept_and_each_of_them_once(store: Store, load: Load) -> None:
    load(TEAM)
    check = check_worth("100")
    case = in_sign_off(store, check)
    for _ in range(3):
        for actor in ("mallory", "MALLORY", "rita"):
            with pytest.raises(NotAllowed):
                sign(store, case, Role.WALLET, actor, check)
    after = desk.load_case(store, case.id)
    told = [(e.actor, e.detail["reference"]) for e in after.trail if e.event == Event.DENIED]
    assert told == [
        ("mallory", "unknown-person"),
        ("MALLORY", "unknown-person"),
        ("rita", "not-in-role"),
    ]


# -- the file ------------------------------------------------------------------------------------


def test_the_same_file_twice_changes_nothing_and_a_later_one_replaces(
    store: Store, load: Load
) -> None:
    first, again = load(TEAM), load(TEAM)
    assert (first.new, again.new, again.replaced) == (6, 0, 0)  # type: ignore[attr-defined]  # ImportReport
    changed = load("Walt,wallet,7,,\n")
    assert (changed.new, changed.replaced) == (0, 1)  # type: ignore[attr-defined]  # likewise
    with store.read() as session:
        assert read_staff(session).find_roles("walt", AT) == {Role.WALLET: Decimal(7)}
    assert audit(store).problems == ()


def test_a_person_is_sent_away_by_a_row_that_ends(store: Store, load: Load) -> None:
    load("walt,wallet,,2026-01-01T00:00:00Z,\n")
    load("walt,wallet,,2026-01-01T00:00:00Z,2026-11-20T00:00:00Z\n")
    with store.read() as session:
        staff = read_staff(session)
    assert staff.find_roles("walt", AT) == {}
    assert staff.find_roles("walt", AT - timedelta(days=1)) == {Role.WALLET: None}
    assert staff.is_listed


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ("walt,walet,,,\n", "did you mean 'wallet'"),
        ("walt,desk,,,\n", "no person's role"),
        ("desk,wallet,,,\n", "desk itself"),
        (",wallet,,,\n", "actor is empty"),
        ("wa\u200blt,wallet,,,\n", "not a name"),
        ("walt,wallet,-5,,\n", "limit"),
        ("walt,wallet,1e9,,\n", "limit"),
        ("walt,wallet,many,,\n", "limit"),
        ("walt,wallet,,2026-02-01T00:00:00Z,2026-01-01T00:00:00Z\n", "before"),
        ("walt,wallet,5,,\nWALT,wallet,6,,\n", "contradicts line 2"),
        ("walt,wallet,,,\nwalt,wallet,,2026-01-01T00:00:00Z,\n", "overlaps"),
    ],
)
def test_a_bad_line_is_told_and_the_whole_file_refused(
    rows: str, words: str, store: Store, load: Load
) -> None:
    with pytest.raises(BadInput) as refused:
        load("olga,opener,,,\n" + rows if "contradicts" not in words else rows)
    assert words in refused.value.text
    assert not is_staff_listed(store)


@pytest.mark.parametrize(
    "tamper",
    [
        "UPDATE staff SET role = 'clearing' WHERE person = 'walt'",
        "UPDATE staff SET most = NULL WHERE person = 'walt'",
        "UPDATE staff SET valid_to = NULL, actor = 'Mallory' WHERE person = 'rita'",
        "DELETE FROM staff WHERE person = 'rita'",
        "DELETE FROM staff",
        "INSERT INTO staff (person, role, valid_from, actor) "
        "VALUES ('mallory', 'wallet', '2020-01-01 00:00:00', 'mallory')",
    ],
)
def test_a_staff_changed_behind_the_desks_back_is_nobodys_authority(
    tamper: str, store: Store, load: Load
) -> None:
    load(TEAM)
    with store.read() as session:
        honest = read_staff(session)
    check = check_worth("100")
    case = in_sign_off(store, check)
    with store.begin() as session:
        session.connection().execute(text(tamper))
    with pytest.raises(Inconsistent, match="changed since"):
        sign(store, case, Role.WALLET, "wilma", check)
    assert any("staff" in problem.text for problem in audit(store).problems)
    load("nina,reviewer,,,\n")
    with store.read() as session:
        mended = read_staff(session)
    assert {m for m in mended.members if m.person != "nina"} == set(honest.members)
    assert audit(store).problems == ()


def test_rows_without_any_import_are_nobodys_authority_either(store: Store, load: Load) -> None:
    with store.begin() as session:
        statement = "INSERT INTO staff (person, role, valid_from, actor) VALUES (:p, :r, :f, :p)"
        values = {"p": "mallory", "r": "wallet", "f": "2020-01-01 00:00:00"}
        session.connection().execute(text(statement), values)
    with pytest.raises(Inconsistent):
        bring_case(store, State.IN_SIGN_OFF, "0x" + "11" * 32)
    load(TEAM)
    with store.read() as session:
        assert not read_staff(session).knows("mallory")


def test_the_clock_decides_not_the_import(store: Store, load: Load) -> None:
    load(f"walt,wallet,,{datetime(2030, 1, 1, tzinfo=UTC).isoformat()},\n")
    with store.read() as session:
        staff = read_staff(session)
    assert staff.is_listed
    assert staff.find_roles("walt", AT) == {}
