"""How a case is brought into each state, by the desk itself."""

from __future__ import annotations

from datetime import timedelta

import pytest
from cases.factories import (
    AT,
    RETURN_TO,
    make_check,
    make_evidence,
    make_unanswered,
    make_verdict,
)

from recovery.cases import desk
from recovery.cases.table import Role, State
from recovery.cases.values import Case
from recovery.classify.verdict import Recoverability
from recovery.errors import NotAllowed
from recovery.fees.values import NoQuote
from recovery.model import Note
from recovery.store import Store

_OPENED_IN = {
    State.CHECKING: None,
    State.NEEDS_INPUT: Recoverability.NEEDS_INPUT,
    State.WAITING: Recoverability.WAIT,
    State.QUOTED: Recoverability.RECOVERABLE,
    State.REFUSED: Recoverability.UNRECOVERABLE,
    State.HELD: Recoverability.HOLD,
}


def bring_case(store: Store, state: State, tx_hash: str) -> Case:
    if state in _OPENED_IN:
        return _open(store, _OPENED_IN[state], tx_hash)
    if state is State.NEEDS_REVIEW:
        no_quote = NoQuote(Note("no_price", "Nobody has a price."))
        check = make_check(evidence=make_evidence(tx_hash=tx_hash), quote=no_quote)
        return desk.open_claim(store, check, actor="olga", at=AT)[0]
    quoted = _open(store, Recoverability.RECOVERABLE, tx_hash)
    if state is State.EXPIRED:
        with pytest.raises(NotAllowed, match="ran out"):
            desk.accept(store, quoted.id, actor="olga", at=AT + timedelta(days=2))
        return desk.load_case(store, quoted.id)
    if state is State.WITHDRAWN:
        return desk.withdraw(store, quoted.id, actor="olga", at=AT)
    case = desk.accept(store, quoted.id, actor="olga", return_to=RETURN_TO, at=AT)
    if state is State.IN_SIGN_OFF:
        return case
    check = make_check(evidence=make_evidence(tx_hash=tx_hash))
    for role, actor in ((Role.WALLET, "walt"), (Role.CLEARING, "clara")):
        case = desk.sign(store, case.id, role=role, actor=actor, recheck=lambda _: check, at=AT)
    if state is State.SETTLED:
        return desk.settle(store, case.id, reference="0xpaid", actor="clara", at=AT)
    if state is State.FAILED:
        return desk.fail(store, case.id, reason="the node refused it", actor="walt", at=AT)
    assert state is State.APPROVED
    return case


def _open(store: Store, recoverability: Recoverability | None, tx_hash: str) -> Case:
    if recoverability is None:
        check = make_unanswered(tx_hash=tx_hash)
    else:
        check = make_check(make_verdict(recoverability), evidence=make_evidence(tx_hash=tx_hash))
    return desk.open_claim(store, check, actor="olga", at=AT)[0]
