"""One operator's day as a program that may be killed at any statement.

Run by ``test_kill.py`` with a database's URL. For every number on its standard input it starts a
process that dies by ``kill -9`` after so many statements (never, for 0), and answers with the
signal it died of, 0 where it got through. Started again it goes on where the database says it stands, as a
person would who looks at the case before doing the next thing.
"""

from __future__ import annotations

import os
import signal
import sys
from functools import partial

from cases.factories import (
    AT,
    RETURN_TO,
    make_check,
    make_evidence,
    make_transfer,
    make_unanswered,
    make_verdict,
)
from sqlalchemy import event

from recovery.cases import desk
from recovery.cases.table import Role, State
from recovery.cases.values import Case
from recovery.checks import Check
from recovery.store import Store, open_store

TWO = (make_transfer(), make_transfer(index=1, position="log:13", amount=7))
CHECK = make_check(make_verdict(), make_verdict(transfer=1), evidence=make_evidence(transfers=TWO))


def die_after(store: Store, left: int) -> None:
    """Kill this process when ``left`` statements and commits have begun or ended."""
    seen = 0

    def tick(*_: object) -> None:
        nonlocal seen
        seen += 1
        if seen == left:
            os.kill(os.getpid(), signal.SIGKILL)

    for moment in ("before_cursor_execute", "after_cursor_execute", "commit"):
        event.listen(store.engine, moment, tick)


def walk(store: Store) -> None:
    """Claim, answer, accept, both signatures, settlement: of two transfers in one transaction."""
    cases = desk.list_cases(store)
    if not cases:
        cases = desk.open_claim(store, make_unanswered(), actor="olga", return_to=RETURN_TO, at=AT)
    if cases[0].state is State.CHECKING:
        desk.apply_check(store, cases[0].id, CHECK, at=AT)
    for known in desk.open_claim(store, CHECK, actor="olga", at=AT):
        case = known
        while case.state is not State.SETTLED:
            case = _next_step(store, case)


def _next_step(store: Store, case: Case) -> Case:
    if case.state is State.QUOTED:
        return desk.accept(store, case.id, actor="alice", return_to=RETURN_TO, at=AT)
    if case.state is State.IN_SIGN_OFF:
        role = case.unsigned[0]
        actor = {Role.WALLET: "walt", Role.CLEARING: "clara"}[role]
        recheck = partial(_answer, CHECK)
        return desk.sign(store, case.id, role=role, actor=actor, recheck=recheck, at=AT)
    assert case.state is State.APPROVED, case.state
    return desk.settle(store, case.id, reference=f"paid-{case.position}", actor="clara", at=AT)


def _answer(check: Check, _: Case) -> Check:
    return check


def live(url: str, left: int) -> int:
    """Walk in a process of its own; the signal it died of, or its exit code."""
    child = os.fork()
    if child:
        _, status = os.waitpid(child, 0)
        return os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
    code = 1
    try:
        with open_store(url) as opened:
            die_after(opened, left)
            walk(opened)
        code = 0
    finally:
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    for line in sys.stdin:
        print(live(sys.argv[1], int(line)), flush=True)
