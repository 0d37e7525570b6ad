"""Each thing that an audit can find, changed by itself: the sentence that says it, and no other."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from cases.factories import AT, RETURN_TO, make_check, make_evidence, make_verdict
from cases.walks import bring_case

from recovery.cases import desk
from recovery.cases.audit import AuditProblem, audit
from recovery.cases.table import State
from recovery.cases.values import Case
from recovery.classify.verdict import Cause, Recoverability
from recovery.store import Store, open_store

BringTo = Callable[[State], Case]


def run(store: Store, *statements: str) -> None:
    with store.begin() as session:
        for statement in statements:
            session.connection().execute(sa.text(statement))


def unseal(store: Store) -> None:
    if store.is_sqlite:
        run(store, "DROP TRIGGER trail_refuses_update", "DROP TRIGGER trail_refuses_delete")
    else:
        run(store, "DROP TRIGGER trail_is_append_only ON trail")


def sentences(store: Store) -> set[str]:
    report = audit(store)
    assert report.is_clean is (report.problems == ())
    return {problem.text for problem in report.problems}


COLUMNS = {
    "return_to = 'x'": "its fields are not those the trail was written with",
    "next_look_at = NULL": "its fields are not those the trail was written with",
    "opener = 'x'": "the opener is not the one in the trail",
    "opened_at = '2020-01-01 00:00:00'": "the moment of opening is not the one in the trail",
    "owner = 'x'": "the user is not the one in the trail",
    "digest = 'sha256:0'": "the digest is not the one in the trail",
    "subject = '{}'": "facts, destination or quote do not have the digest",
    "check_document = '{}'": "the check is not the one in the trail",
    "cause = 'nft'": "the cause is not the one in the trail",
    "claim = replace(claim, 'alice', 'bob')": "the claim is not the one in the trail",
    "signers = 'clearing'": "the roles that sign are not those in the trail",
    "head = 'sha256:0'": "the case names another last entry",
    "version = 9": "the case has 9 entries, the trail 2",
    "state = 'checking'": "ends at waiting, the case is checking",
}


@pytest.mark.parametrize("change", COLUMNS)
def test_a_changed_column_is_said_by_what_it_contradicts(
    change: str, store: Store, bring_to: BringTo
) -> None:
    case = bring_to(State.WAITING)
    run(store, f"UPDATE cases SET {change}")
    assert COLUMNS[change] in sentences(store)
    assert {p.case_id for p in audit(store).problems} == {case.id}


TRAIL = {
    "UPDATE trail SET previous = 'x' WHERE seq = 2": (2, "does not follow the entry before it"),
    "UPDATE trail SET actor = 'x' WHERE seq = 2": (2, "was changed after it was written"),
    "UPDATE trail SET detail = detail || ' ' WHERE seq = 2": (
        2,
        "is not spelled as it was written",
    ),
    "UPDATE trail SET from_state = 'held' WHERE seq = 2": (
        2,
        "begins at held, the entry before ended at received",
    ),
    "DELETE FROM trail WHERE seq = 1": (1, "entry 1 is missing"),
    "DELETE FROM trail WHERE seq = 2": (2, "the case has 2 entries, the trail 1"),
}


@pytest.mark.parametrize("change", TRAIL)
def test_a_changed_entry_is_said_by_its_number(
    change: str, store: Store, bring_to: BringTo
) -> None:
    case = bring_to(State.WAITING)
    unseal(store)
    run(store, change)
    assert AuditProblem(case.id, *TRAIL[change]) in audit(store).problems


def test_an_entry_that_cannot_be_read_is_said_and_nothing_more_of_its_case(
    store: Store, bring_to: BringTo
) -> None:
    case = bring_to(State.WAITING)
    unseal(store)
    run(store, "UPDATE trail SET at = 'yesterday' WHERE seq = 2")
    found = [p for p in audit(store).problems if p.case_id == case.id]
    assert [p.seq for p in found] == [2]
    assert found[0].text.startswith("can't be read: ")
    run(store, "UPDATE trail SET at = '2026-11-20T12:00:00Z' WHERE seq = 2")
    run(store, "UPDATE cases SET state = 'nowhere'")
    (problem,) = audit(store).problems
    assert (problem.case_id, problem.seq) == (case.id, None)
    assert problem.text.startswith("the case can't be read: ")


SIGNED = {
    "DELETE FROM signatures WHERE role = 'wallet'": {
        "the signatures are not those in the trail",
        "it is approved without two roles, two persons and one digest",
    },
    "UPDATE signatures SET actor = 'x' WHERE role = 'wallet'": {
        "the signatures are not those in the trail"
    },
    "UPDATE signatures SET seq = 99 WHERE role = 'wallet'": {
        "the signatures are not those in the trail"
    },
    "UPDATE signatures SET person = 'x' WHERE role = 'wallet'": {
        "the signatures are not those in the trail"
    },
    "UPDATE cases SET reference = 'x'": {
        "its fields are not those the trail was written with",
        "the reference is not the one in the trail",
    },
    "DELETE FROM occupancy": {"it does not hold its own transfer"},
    "UPDATE occupancy SET position = 'log:99'": {"it does not hold its own transfer"},
}


@pytest.mark.parametrize("change", SIGNED)
def test_what_carries_a_settled_case_is_compared(change: str, store: Store) -> None:
    bring_case(store, State.SETTLED, "0x" + "ab" * 32)
    assert sentences(store) == set()
    run(store, change)
    assert sentences(store) == SIGNED[change]


def test_a_transfer_held_by_a_case_that_gave_it_free_is_found(
    store: Store, bring_to: BringTo
) -> None:
    case = bring_to(State.WITHDRAWN)
    run(
        store,
        "INSERT INTO occupancy (network, tx_hash, position, case_id) "
        f"VALUES ('ETH', '{case.tx_hash}', 'log:12', '{case.id}')",
    )
    assert sentences(store) == {"it holds a transfer that it gave free"}


def ask(store: Store, tx_hash: str = "0x" + "ab" * 32) -> Case:
    verdict = make_verdict(
        Recoverability.HOLD, cause=Cause.CLAIMANT_MISMATCH, user="harald", holder="harald"
    )
    check = make_check(verdict, user="carla", evidence=make_evidence(tx_hash=tx_hash))
    (case,) = desk.open_claim(store, check, actor="olga", return_to=RETURN_TO, at=AT)
    return desk.ask_consent(store, case.id, recheck=lambda _: check, days=14, actor="sonja", at=AT)


def test_a_row_that_the_trail_seals_is_compared_with_it(store: Store) -> None:
    case = ask(store)
    assert case.consent is not None
    name = f"the row consents/{case.consent.request}"
    assert sentences(store) == set()
    run(store, "UPDATE consents SET status = 'given'")
    assert sentences(store) == {f"{name} is not as it was written"}
    run(store, "UPDATE consents SET status = 'asked'")
    assert sentences(store) == set()
    run(store, "UPDATE consents SET request = 'other'")
    assert sentences(store) == {
        f"{name} is gone",
        "the row consents/other is in no entry of the trail",
    }


def test_kept_answers_are_compared_with_the_trails_that_name_them(
    store: Store, bring_to: BringTo
) -> None:
    case = bring_to(State.WAITING)
    where = f"about ETH {case.tx_hash}"
    gone = "the kept answers that it names are changed or gone"
    run(store, "UPDATE raw_answers SET source = 'elsewhere'")
    problems = audit(store).problems
    assert {p.text for p in problems} == {gone, f"no trail names a kept answer {where}"}
    assert AuditProblem(case.id, 2, gone) in problems
    run(store, "UPDATE raw_answers SET source = 'http://node', answers = CAST('{}' AS BLOB)"
        if store.is_sqlite else "UPDATE raw_answers SET source = 'http://node', answers = '{}'::bytea")  # fmt: skip
    (problem,) = audit(store).problems
    assert problem.text.startswith(f"a kept answer {where}")
    run(store, "DELETE FROM raw_answers")
    assert sentences(store) == {gone}


def test_rows_whose_case_is_gone_are_found(sqlite_url: str) -> None:
    with open_store(sqlite_url) as store:
        bring_case(store, State.SETTLED, "0x" + "ab" * 32)
        ask(store, "0x" + "cd" * 32)
        with contextlib.closing(sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))) as direct:
            direct.execute("DELETE FROM cases")  # a plain connection asks for no foreign key
            direct.commit()
        orphans = {s for s in sentences(store) if s.startswith("rows of ")}
    tables = ("trail", "signatures", "occupancy", "consents")
    assert orphans == {f"rows of {table} without their case" for table in tables}
