"""Four whole cases as their rows: what databases in the field hold, column by column.

``python -m cases.stored`` (in ``tests``) writes the file again. A difference means that cases stored by
an earlier version are read, sealed or signed for otherwise by this one: it takes a migration, or a new
number of `recovery.cases.digest.VERSION`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from cases.factories import (
    AT,
    ETH,
    HASH,
    OURS,
    RETURN_TO,
    SENDER,
    make_check,
    make_evidence,
    make_transfer,
    make_unanswered,
    make_verdict,
    party,
    unmet,
)

from recovery.cases import rows
from recovery.cases.consent import answer_consent, ask_consent
from recovery.cases.digest import digest_of
from recovery.cases.life import advance, deny
from recovery.cases.plan import Opening, judge, plan_case
from recovery.cases.reviewing import confirm_condition
from recovery.cases.seals import seal_raw, write_consent
from recovery.cases.signing import sign
from recovery.cases.table import Event, Role, State
from recovery.cases.values import Case, Destination
from recovery.checks import Check
from recovery.classify.verdict import Cause, Recoverability
from recovery.errors import NotAllowed
from recovery.model import AddressKey, Claim, Memo, MemoKind, Party
from recovery.times import print_time

FILE = Path(__file__).with_name("stored.json")
HOUR = timedelta(hours=1)


def _check(recoverability: Recoverability, **verdict: Any) -> Check:
    hidden = Party(None, AddressKey("evm", b"z" * 20))
    transfer = make_transfer(memo=Memo(MemoKind.TEXT, "77"), senders=(party(SENDER), hidden))
    check = make_check(
        make_verdict(recoverability, **verdict), evidence=make_evidence(transfers=(transfer,))
    )
    judged = tuple(replace(j, value=Decimal("2.50")) for j in check.judged)
    claim = Claim(HASH, user="alice", network=ETH, memo="77", address=OURS)
    return replace(check, claim=claim, judged=judged)


def _open(check: Check, number: int, **opening: Any) -> Case:
    assert check.found is not None
    raw = seal_raw(rows.write_raw(check.found.raw))
    return plan_case(check, 0, Opening("olga", AT, **opening), case_id=str(number) * 20, raw=raw)


def settle_return() -> Case:
    """Asked, confirmed, accepted, signed twice, settled; somebody tried to sign for himself."""
    asked = (unmet("key_available"),)
    check = _check(Recoverability.CONDITIONAL, amount=2_400_000, conditions=asked)
    case = _open(check, 1, return_to=RETURN_TO, return_memo="5")
    case = confirm_condition(
        case, condition="key_available", reason="seen", actor="rita", role=Role.REVIEWER, at=AT
    )
    assert case.subject is not None
    destination = Destination("return", address=RETURN_TO, memo="5")
    digest = digest_of(case.subject, destination, case.quote)
    case = advance(
        case, Event.ACCEPTED, to=State.ACCEPTED, actor="alice", role=Role.OPENER, at=AT + HOUR,
        destination=destination, digest=digest, accepted_at=AT + HOUR,
    )  # fmt: skip
    case = advance(
        case, Event.QUEUED, to=State.IN_SIGN_OFF, actor="alice", role=Role.OPENER, at=AT + HOUR
    )
    no = NotAllowed("own-case", "alice is a party", hint="another person signs it")
    case = deny(case, Event.SIGNED, actor="alice", at=AT + HOUR, no=no)
    case = sign(case, role=Role.WALLET, actor="Walt", at=AT + HOUR, detail={"raw": "sha256:1"})
    case = sign(case, role=Role.CLEARING, actor="clara", at=AT + 2 * HOUR)
    return advance(
        case, Event.SETTLED, to=State.SETTLED, actor="clara", role=Role.CLEARING, at=AT + 3 * HOUR,
        detail={"reference": "0xpaid"}, reference="0xpaid",
    )  # fmt: skip


def credit() -> Case:
    """A credit that waits for its one signature."""
    check = _check(Recoverability.CREDIT, amount=2_500_000)
    return plan_case(check, 0, Opening("olga", AT), case_id="2" * 20, needs_wallet=lambda *_: False)


def consent() -> Case:
    """Held for another customer, who was asked and agreed."""
    check = _check(
        Recoverability.HOLD, cause=Cause.CLAIMANT_MISMATCH, user="harald", holder="harald"
    )
    case = _open(check, 3)
    case = ask_consent(
        case, check, request="r1", deadline=AT + 24 * HOUR, actor="sonja", at=AT + HOUR
    )
    return answer_consent(case, given=True, reference="mail 7", actor="sven", at=AT + 2 * HOUR)


def wait() -> Case:
    """Nobody answered; then the chain did, and asked for patience."""
    case = plan_case(make_unanswered(), None, Opening("Olga", AT), case_id="4" * 20)
    desk = Opening("desk", AT + HOUR, role=Role.DESK)
    later = AT + 2 * HOUR
    return judge(case, _check(Recoverability.WAIT, look_again=later), 0, opening=desk)


CASES: Mapping[str, Callable[[], Case]] = {
    "settled": settle_return,
    "credit": credit,
    "consent": consent,
    "waiting": wait,
}


def print_rows(case: Case) -> dict[str, Any]:
    """Every row of the case, as JSON."""
    written: dict[str, Any] = {
        "case": rows.write_new_case(case),
        "trail": [rows.write_entry(case.id, entry) for entry in case.trail],
        "signatures": [rows.write_signature(case.id, s, seq=case.version) for s in case.signatures],
        "consent": None if case.consent is None else write_consent(case.id, case.consent),
    }
    plain: dict[str, Any] = json.loads(json.dumps(written, default=_moment))
    return plain


def _moment(value: object) -> str:
    assert isinstance(value, datetime)
    return print_time(value)


def main() -> None:
    written = {name: print_rows(make()) for name, make in CASES.items()}
    FILE.write_text(json.dumps(written, indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
