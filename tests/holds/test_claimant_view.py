"""What a claimant sees of a held case is the same whatever it is held for."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from cases.factories import (
    AT,
    HASH,
    RETURN_TO,
    make_check,
    make_evidence,
    make_transfer,
    make_unanswered,
    make_verdict,
    unmet,
)

from recovery.cases import desk
from recovery.cases.table import Role, State
from recovery.cases.values import Case
from recovery.checks import Check
from recovery.claimantview import print_for_claimant
from recovery.classify.verdict import Cause, Condition, Outcome, Reason, Recoverability
from recovery.model import Claim, Note
from recovery.store import Store

SECRETS = ("harald", "OFAC", "sonja", "olga", "walt", "frozen", "sha256")
HOLDS = [
    Cause.TAINTED_SOURCE,
    Cause.COMPLIANCE_HOLD,
    Cause.DUPLICATE_CLAIM,
    Cause.MEMO_OF_OTHER_USER,
    Cause.ADDRESS_OF_OTHER_USER,
    Cause.CLAIMANT_MISMATCH,
    Cause.BOUNCED_WITHDRAWAL,
    Cause.UNLISTED_TOKEN,
    Cause.WRONG_NETWORK_SAME_KEY,
]


def held_check(cause: Cause) -> Check:
    holder = "harald" if cause in (Cause.CLAIMANT_MISMATCH, Cause.MEMO_OF_OTHER_USER) else None
    verdict = make_verdict(
        Recoverability.HOLD,
        cause=cause,
        reasons=(
            Reason(f"because_{cause}", f"{cause} of harald", {"list": "OFAC", "was": "frozen"}),
        ),
        notes=(Note("further_payments", "harald was paid too"),),
        user="harald",
        holder=holder,
    )
    return make_check(verdict, user="carla")


def open_one(store: Store, check: Check) -> Case:
    (case,) = desk.open_claim(store, check, actor="olga", at=AT)
    return case


def view(case: Case) -> str:
    """The document as text, the case's own number apart."""
    return json.dumps(print_for_claimant(replace(case, id="c")), indent=1)


def test_every_cause_of_a_hold_reads_alike_to_the_last_byte(sqlite_store: Store) -> None:
    seen = set()
    for number, cause in enumerate(HOLDS):
        check = held_check(cause)
        tx_hash = "0x" + f"{number:064x}"
        assert check.found is not None
        evidence = make_evidence(tx_hash=tx_hash)
        found = replace(check.found, evidence=evidence)
        case = open_one(sqlite_store, replace(check, found=found))
        assert case.state is State.HELD
        assert case.claim.tx_hash == HASH
        seen.add(view(case))
    (text,) = seen
    document = json.loads(text)
    assert (document["state"], document["cause"]) == ("held", "under_review")
    assert (document["reasons"], document["notes"], document["evidence"]) == ([], [], None)
    assert not any(secret in text for secret in SECRETS)


def asked(store: Store) -> Case:
    check = held_check(Cause.CLAIMANT_MISMATCH)
    case = open_one(store, check)
    return desk.ask_consent(store, case.id, recheck=lambda _: check, days=14, actor="sonja", at=AT)


def test_a_request_to_the_holder_leaves_no_trace(sqlite_store: Store) -> None:
    before = open_one(sqlite_store, held_check(Cause.TAINTED_SOURCE))
    other = make_evidence(tx_hash="0x" + "77" * 32)
    check = held_check(Cause.CLAIMANT_MISMATCH)
    assert check.found is not None
    check = replace(check, found=replace(check.found, evidence=other))
    case = open_one(sqlite_store, check)
    case = desk.ask_consent(
        sqlite_store, case.id, recheck=lambda _: check, days=14, actor="sonja", at=AT
    )
    assert view(case) == view(before)


def refused_by_security(store: Store) -> Case:
    case = open_one(store, held_check(Cause.TAINTED_SOURCE))
    return desk.refuse(store, case.id, reason="OFAC", actor="sonja", at=AT)


def refused_by_holder(store: Store) -> Case:
    case = asked(store)
    return desk.answer_consent(
        store, case.id, given=False, reference="harald says no", actor="sonja", at=AT
    )


def lapsed(store: Store) -> Case:
    case = asked(store)
    # the deadline is the desk's own: here it passes at once, so that only the words can differ
    late = AT + timedelta(days=14)
    (ended,) = desk.lapse_consents(store, at=late)
    after = desk.load_case(store, ended)
    *rest, last = after.trail
    return replace(after, trail=(*rest, replace(last, at=AT)), id=case.id)


def held_by_a_person(store: Store) -> Case:
    case = open_one(store, make_check(make_verdict(user="carla"), user="carla"))
    case = desk.hold(store, case.id, reason="frozen", actor="rita", at=AT)
    return desk.refuse(store, case.id, reason="OFAC", actor="sonja", at=AT)


def test_a_refusal_out_of_a_hold_reads_alike_whoever_refused(
    sqlite_url: str, sqlite_template: object, tmp_path: object
) -> None:
    from pathlib import Path

    from recovery.store import open_store

    seen = set()
    for number, way in enumerate((refused_by_security, refused_by_holder, lapsed)):
        path = Path(str(tmp_path)) / f"{number}.db"
        path.write_bytes(Path(str(sqlite_template)).read_bytes())
        with open_store(f"sqlite:///{path}") as store:
            seen.add(view(way(store)))
    (text,) = seen
    document = json.loads(text)
    assert (document["state"], document["cause"]) == ("refused", "under_review")
    assert not any(secret in text for secret in SECRETS)


def test_a_quoted_case_that_a_person_holds_shows_no_terms_any_more(sqlite_store: Store) -> None:
    text = view(held_by_a_person(sqlite_store))
    document = json.loads(text)
    assert (document["state"], document["cause"]) == ("refused", "under_review")
    assert (document["quote"], document["evidence"], document["destination"]) == (None, None, None)
    assert not any(secret in text for secret in SECRETS)


def test_a_consented_case_shows_terms_and_proof_and_no_other_side(sqlite_store: Store) -> None:
    case = asked(sqlite_store)
    desk.answer_consent(
        sqlite_store, case.id, given=True, reference="harald agrees", actor="sonja", at=AT
    )
    verdict = make_verdict(
        Recoverability.CONDITIONAL,
        cause=Cause.CLAIMANT_MISMATCH,
        outcome=Outcome.CREDIT,
        reasons=(Reason("holder_consents", "harald agreed"),),
        conditions=(
            Condition("holder_consent", met=True, text="harald"),
            Condition("holder_debit", met=False, text="harald"),
            unmet("sender_proof"),
        ),
        notes=(Note("claimant_mismatch", "another customer's"),),
        user="carla",
    )
    (after,) = desk.apply_check(sqlite_store, case.id, make_check(verdict, user="carla"), at=AT)
    text = view(after)
    document = json.loads(text)
    assert (document["state"], document["cause"]) == ("needs_input", "under_review")
    assert [c["code"] for c in document["conditions"]] == ["sender_proof"]
    assert document["evidence"] is not None
    for secret in (*SECRETS[:-1], "another customer", "holder", "mismatch"):
        assert secret not in text


def test_an_ordinary_case_shows_evidence_quote_and_the_way_so_far(sqlite_store: Store) -> None:
    two = (make_transfer(), make_transfer(index=1, position="log:13", amount=7))
    mine = make_verdict(reasons=(Reason("plain", "A token."), Reason("contract_elsewhere", "!")))
    theirs = make_verdict(transfer=1, user="harald", reasons=(Reason("x", "harald's"),))
    check = make_check(mine, theirs, evidence=make_evidence(transfers=two))
    case = desk.open_claim(sqlite_store, check, actor="olga", at=AT)[0]
    case = desk.accept(sqlite_store, case.id, actor="alice", return_to=RETURN_TO, at=AT)
    case = desk.sign(
        sqlite_store, case.id, role=Role.WALLET, actor="walt", recheck=lambda _: check, at=AT
    )
    text = view(case)
    document = json.loads(text)
    assert [step["state"] for step in document["timeline"]] == ["quoted", "in_sign_off"]
    assert (document["cause"], document["outcome"]) == ("unlisted_token", "return")
    assert document["reasons"] == [{"code": "plain", "text": "A token."}]
    assert document["quote"]["net"]["amount"] == "2000000"
    assert document["destination"]["address"] == RETURN_TO
    assert document["evidence"]["tx_hash"] == HASH
    for secret in SECRETS[:-1]:
        assert secret not in text


def test_whose_deposit_it_is_stays_unsaid_where_the_claim_named_nobody(sqlite_store: Store) -> None:
    case = open_one(sqlite_store, make_check(user=None))
    assert case.user == "alice"
    assert "alice" not in view(case)


@pytest.mark.parametrize("make", [make_unanswered])
def test_a_claim_that_nobody_could_answer_has_no_cause_yet(
    make: Callable[[], Check], sqlite_store: Store
) -> None:
    document = print_for_claimant(open_one(sqlite_store, make()))
    assert (document["state"], document["cause"], document["evidence"]) == ("checking", None, None)
    assert [step["state"] for step in document["timeline"]] == ["checking"]


def test_the_view_has_the_same_fields_in_every_state(
    sqlite_store: Store, bring_to_state: Callable[[State], Case]
) -> None:
    shapes = {
        tuple(print_for_claimant(bring_to_state(state)))
        for state in State
        if state not in (State.RECEIVED, State.ACCEPTED)
    }
    assert len(shapes) == 1


@pytest.fixture
def bring_to_state(sqlite_store: Store) -> Callable[[State], Case]:
    from cases.walks import bring_case

    numbers = itertools.count(1)
    return lambda state: bring_case(sqlite_store, state, "0x" + f"{next(numbers):064x}")


def test_a_claim_is_shown_as_it_was_made(sqlite_store: Store) -> None:
    check = replace(make_check(), claim=Claim(HASH, user="alice", memo="7"))
    assert print_for_claimant(open_one(sqlite_store, check))["claim"]["memo"] == "7"
