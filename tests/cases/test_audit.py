"""Whatever is changed behind the desk's back, `audit` finds it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from cases.walks import bring_case
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from recovery.cases import desk
from recovery.cases.audit import audit
from recovery.cases.table import State
from recovery.cases.values import Case
from recovery.errors import Inconsistent
from recovery.store import Store

TRAIL_TEXTS = ("at", "event", "actor", "from_state", "to_state", "detail", "previous", "hash")
COVERED_COLUMNS = (
    "state",
    "head",
    "owner",
    "opener",
    "claim",
    "network",
    "tx_hash",
    "position",
    "cause",
    "check_document",
    "subject",
    "destination",
    "quote",
    "digest",
    "signers",
    "reference",
)


def run(store: Store, statement: str, **values: object) -> None:
    with store.begin() as session:
        session.connection().execute(text(statement), values)


def unseal(store: Store) -> None:
    """What somebody with the database's own password would do first."""
    if store.is_sqlite:
        run(store, "DROP TRIGGER trail_refuses_update")
        run(store, "DROP TRIGGER trail_refuses_delete")
    else:
        run(store, "DROP TRIGGER trail_is_append_only ON trail")


def stored(store: Store, query: str, **values: object) -> str | None:
    with store.read() as session:
        value = session.connection().execute(text(query), values).scalar()
    return None if value is None else str(value)


@pytest.fixture
def settled(store: Store) -> Case:
    return bring_case(store, State.SETTLED, "0x" + "ab" * 32)


def test_the_database_itself_refuses_to_rewrite_the_trail(store: Store, settled: Case) -> None:
    for statement in ("UPDATE trail SET actor = 'x'", "DELETE FROM trail"):
        with pytest.raises(DBAPIError, match="append-only"):
            run(store, statement)
    assert audit(store).problems == ()


def test_every_changed_byte_of_every_entry_is_found(sqlite_store: Store) -> None:
    store = sqlite_store
    case = bring_case(store, State.IN_SIGN_OFF, "0x" + "ab" * 32)
    unseal(store)
    tried = 0
    for seq in range(1, len(case.trail) + 1):
        for column in TRAIL_TEXTS:
            where = "WHERE case_id = :i AND seq = :s"
            plain = stored(store, f"SELECT {column} FROM trail {where}", i=case.id, s=seq)
            update = f"UPDATE trail SET {column} = :v {where}"
            if plain is None:
                run(store, update, v="received", i=case.id, s=seq)
                assert not audit(store).is_clean
            for place in range(len(plain or "")):
                assert plain is not None
                changed = chr(ord(plain[place]) ^ 1)
                value = plain[:place] + changed + plain[place + 1 :]
                run(store, update, v=value, i=case.id, s=seq)
                report = audit(store)
                assert report.problems, (seq, column, place)
                tried += 1
            run(store, update, v=plain, i=case.id, s=seq)
    assert tried > 1000
    assert audit(store).is_clean


@pytest.mark.parametrize(
    "tamper",
    [
        "DELETE FROM trail WHERE case_id = :i AND seq = 1",
        "DELETE FROM trail WHERE case_id = :i AND seq = 3",
        "DELETE FROM trail WHERE case_id = :i AND seq = 7",
        "DELETE FROM trail WHERE case_id = :i",
        "UPDATE trail SET seq = seq + 1 WHERE case_id = :i AND seq = 7",
        "UPDATE cases SET version = version - 1 WHERE id = :i",
        "UPDATE cases SET state = 'approved' WHERE id = :i",
        "DELETE FROM signatures WHERE case_id = :i",
        "DELETE FROM signatures WHERE case_id = :i AND role = 'wallet'",
        "UPDATE signatures SET actor = 'mallory' WHERE case_id = :i AND role = 'wallet'",
        "UPDATE signatures SET digest = 'sha256:0' WHERE case_id = :i AND role = 'wallet'",
        "DELETE FROM occupancy WHERE case_id = :i",
        "UPDATE occupancy SET position = 'log:99' WHERE case_id = :i",
        "UPDATE raw_answers SET sha256 = 'sha256:0'",
    ],
)
def test_what_is_removed_moved_or_replaced_is_found(
    tamper: str, store: Store, settled: Case
) -> None:
    unseal(store)
    values = {"i": settled.id} if ":i" in tamper else {}
    run(store, tamper, **values)
    assert audit(store).problems


def test_a_cut_tail_is_found_even_where_the_state_is_set_back(store: Store, settled: Case) -> None:
    unseal(store)
    run(store, "DELETE FROM trail WHERE case_id = :i AND seq = 7", i=settled.id)
    run(store, "UPDATE cases SET state = 'approved' WHERE id = :i", i=settled.id)
    assert audit(store).problems


@pytest.mark.parametrize("column", COVERED_COLUMNS)
def test_every_column_of_a_case_that_decides_anything_is_covered(
    column: str, store: Store, settled: Case
) -> None:
    plain = stored(store, f"SELECT {column} FROM cases WHERE id = :i", i=settled.id)
    assert plain is not None
    for place in {0, len(plain) // 2, len(plain) - 1}:
        value = plain[:place] + chr(ord(plain[place]) ^ 1) + plain[place + 1 :]
        run(store, f"UPDATE cases SET {column} = :v WHERE id = :i", v=value, i=settled.id)
        assert audit(store).problems, (column, place)


def test_an_entry_copied_from_another_case_is_found(store: Store, settled: Case) -> None:
    other = bring_case(store, State.SETTLED, "0x" + "ac" * 32)
    unseal(store)
    run(store, "DELETE FROM trail WHERE case_id = :i AND seq = 7", i=settled.id)
    copy = (
        "INSERT INTO trail SELECT :i, seq, at, event, actor, from_state, to_state, detail, "
        "previous, hash FROM trail WHERE case_id = :o AND seq = 7"
    )
    run(store, copy, i=settled.id, o=other.id)
    assert audit(store).problems


def test_a_case_whose_trail_does_not_fit_is_not_acted_upon(store: Store, settled: Case) -> None:
    unseal(store)
    run(store, "DELETE FROM trail WHERE case_id = :i AND seq = 7", i=settled.id)
    with pytest.raises(Inconsistent) as refused:
        desk.load_case(store, settled.id)
    assert "audit" in refused.value.hint


def test_a_destination_changed_in_the_store_is_never_signed_for(store: Store) -> None:
    from cases.factories import make_check

    from recovery.cases.table import Role

    case = bring_case(store, State.IN_SIGN_OFF, "0x" + "ab" * 32)
    evil = '{"address":"0xevil","kind":"return","memo":null,"user":null}'
    run(store, "UPDATE cases SET destination = :v WHERE id = :i", v=evil, i=case.id)
    with pytest.raises(Inconsistent, match="its own digest"):
        desk.sign(store, case.id, role=Role.WALLET, actor="walt", recheck=lambda _: make_check())
    assert audit(store).problems


def test_an_honest_database_of_every_state_is_clean(
    store: Store, bring_to: Callable[[State], Case]
) -> None:
    for state in State:
        if state not in (State.RECEIVED, State.ACCEPTED):
            bring_to(state)
    report = audit(store)
    assert (report.cases, report.problems) == (13, ())
    assert report.entries > 40
