"""Every question about a claim is answered by an index, on both kinds of database."""

from __future__ import annotations

import re
from typing import Any

from abuse.claims import APP, lost_deposit
from cases.factories import AT, RETURN_TO
from sqlalchemy import event

from recovery.abuse.look import look_at
from recovery.abuse.policy import Channel, load_abuse_policy
from recovery.cases import desk
from recovery.store import Store

WALKED = re.compile(
    r"(?:SCAN|Seq Scan on) (cases|trail|case_links|claims_made|claim_counts|credits|screening)\b"
)


def test_no_question_of_opening_or_looking_walks_a_table(store: Store) -> None:
    """On PostgreSQL small tables are walked for speed: it is told to do so only where it must."""
    asked: dict[str, Any] = {}

    def note(_c: Any, _u: Any, statement: str, parameters: Any, *_: Any) -> None:
        if statement.lstrip().startswith("SELECT"):
            asked.setdefault(statement, parameters)

    event.listen(store.engine, "before_cursor_execute", note)
    (case,) = desk.open_claim(
        store,
        lost_deposit(1, user="alice"),
        actor=APP,
        return_to=RETURN_TO,
        channel=Channel.CUSTOMER,
        at=AT,
    )
    look_at(store, case.id, load_abuse_policy())
    event.remove(store.engine, "before_cursor_execute", note)
    assert len(asked) > 12
    explain = "EXPLAIN QUERY PLAN" if store.is_sqlite else "EXPLAIN"
    with store.engine.connect() as connection:
        if not store.is_sqlite:
            connection.exec_driver_sql("SET enable_seqscan = off")
        for statement, parameters in asked.items():
            if "pg_advisory" in statement:
                continue
            plan = connection.exec_driver_sql(f"{explain} {statement}", parameters)
            text = "\n".join(" ".join(map(str, row)) for row in plan)
            assert not WALKED.search(text), f"{statement}\n{text}"
