"""What staff see of a claim, and how it sends a case past a person: counted from real cases."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from abuse.claims import POLICY, PROVEN, another_ones, hash_of, lost_deposit, with_limits
from cases.factories import (
    AT,
    RETURN_TO,
    make_check,
    make_evidence,
    make_not_found,
    make_transfer,
    make_verdict,
)
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert

from recovery.abuse.counting import PROOF_FAILED, count_facts
from recovery.abuse.limits import TooManyClaims
from recovery.abuse.links import LinkKind, key_of
from recovery.abuse.look import Look, look_at, print_look
from recovery.abuse.policy import Channel, ReasonCode
from recovery.abuse.score import Band
from recovery.cases import desk
from recovery.cases.audit import audit
from recovery.cases.plan import LOOK, Opening, plan_case
from recovery.cases.rows import write_entry
from recovery.cases.table import Role, State
from recovery.cases.tables import TrailRow
from recovery.cases.values import Case, TrailEntry
from recovery.checks import Check
from recovery.classify.results import review
from recovery.classify.verdict import Cause, Recoverability
from recovery.documents import print_case
from recovery.fees.values import NoQuote
from recovery.model import AddressKey, Block, NetworkCode, Note
from recovery.records.tables import CreditRow, ExchangeRow, LedgerMarkRow, ScreenedRow
from recovery.store import Store

OTHER = "0x27b1fdb04752bbc536007a920d24acb045561c26"


def claim(store: Store, check: Check, *, actor: str = "olga", **more: Any) -> Case:
    (case,) = desk.open_claim(store, check, actor=actor, at=more.pop("at", AT), **more)
    return case


def look(store: Store, case: Case) -> Look:
    return look_at(store, case.id, POLICY)


def counts(store: Store, case: Case) -> dict[str, int]:
    return {reason.code.value: reason.count for reason in look(store, case).score.reasons}


def links(store: Store, case: Case) -> dict[str, set[str]]:
    return {
        one.link.kind.value: {linked.id for linked in one.cases} for one in look(store, case).linked
    }


def probe(store: Store, user: str, times: int, *, first: int = 1000) -> None:
    for number in range(first, first + times):
        claim(store, another_ones(number, user=user))


def test_an_ordinary_claim_has_no_reasons_and_no_links(store: Store) -> None:
    case = claim(store, lost_deposit(1, user="alice"))
    seen = look(store, case)
    assert (seen.score.points, seen.score.band, seen.score.reasons) == (0, Band.ORDINARY, ())
    assert seen.linked == ()
    assert case.state is State.QUOTED


def test_claims_on_deposits_of_others_are_counted_by_transaction(store: Store) -> None:
    probe(store, "mallory", 3)
    claim(store, another_ones(1000, user="mallory"))
    case = claim(store, lost_deposit(1, user="mallory"))
    assert counts(store, case) == {"deposits_of_others": 3}


def test_only_the_last_ninety_days_are_counted(store: Store) -> None:
    for number in range(5):
        claim(store, another_ones(number, user="mallory"), at=AT - timedelta(days=91))
    case = claim(store, lost_deposit(99, user="mallory"))
    assert counts(store, case) == {}


def test_unknown_hashes_and_payments_to_others_are_counted(store: Store) -> None:
    for number in range(4):
        claim(store, make_not_found(user="bob", tx_hash=hash_of(100 + number)))
        nobody = make_verdict(Recoverability.UNRECOVERABLE, transfer=None, user=None)
        evidence = make_evidence(tx_hash=hash_of(200 + number))
        claim(store, make_check(nobody, evidence=evidence, user="bob"))
    case = claim(store, lost_deposit(1, user="bob"))
    assert counts(store, case) == {"hashes_not_found": 4, "addresses_not_ours": 4}


def test_a_case_that_a_person_holds_is_another_hold(store: Store) -> None:
    held = claim(store, lost_deposit(1, user="bob"))
    desk.hold(store, held.id, reason="odd", actor="rita", at=AT)
    case = claim(store, lost_deposit(2, user="bob"))
    assert counts(store, case) == {"other_holds": 1}


def test_other_claimants_of_the_same_transfer_are_counted_unless_the_records_name_the_owner(
    store: Store,
) -> None:
    mine = make_check(
        make_verdict(user="alice"), evidence=make_evidence(tx_hash=hash_of(1)), user="alice"
    )
    for user in ("x", "y", "z"):
        claim(store, another_ones(1, user=user))
        claim(store, lost_deposit(2, user=user))
    assert counts(store, claim(store, mine)) == {}
    assert counts(store, claim(store, lost_deposit(2, user="alice"))) == {
        "claimants_of_transfer": 3
    }


def test_another_transfer_of_the_same_batch_is_not_the_same_transfer(store: Store) -> None:
    def part(index: int, user: str) -> Case:
        transfer = make_transfer(index=index, position=f"log:{index}")
        verdict = make_verdict(
            transfer=index, user=None, cause=Cause.MEMO_MISSING, conditions=(PROVEN,)
        )
        evidence = make_evidence(tx_hash=hash_of(1), transfers=(transfer,))
        return claim(store, make_check(verdict, evidence=evidence, user=user))

    part(1, "x")
    part(2, "y")
    assert counts(store, part(3, "alice")) == {}


@pytest.mark.parametrize(
    ("age", "told"),
    [
        (timedelta(minutes=14), {"claimed_soon": 1}),
        (timedelta(minutes=16), {}),
        (timedelta(days=364), {}),
        (timedelta(days=366), {"claimed_late": 1}),
    ],
)
def test_a_claim_at_once_or_after_years_is_told(
    age: timedelta, told: dict[str, int], sqlite_store: Store
) -> None:
    check = lost_deposit(1, user="bob")
    assert check.found is not None
    block = Block(1, "0x" + "cd" * 32, AT - age)
    evidence = replace(check.found.evidence, block=block)
    check = replace(check, found=replace(check.found, evidence=evidence))
    assert counts(sqlite_store, claim(sqlite_store, check)) == told


def test_a_return_address_of_other_customers_is_counted_by_customer_in_every_spelling(
    store: Store,
) -> None:
    for number, user in enumerate(["x", "y", "y"]):
        claim(store, lost_deposit(number, user=user), return_to=RETURN_TO.lower())
    case = claim(store, lost_deposit(9, user="alice"), return_to=RETURN_TO)
    assert counts(store, case) == {"return_address_shared": 2}
    own = claim(store, lost_deposit(10, user="x"), return_to=OTHER)
    assert counts(store, own) == {}


def test_a_return_address_named_at_acceptance_is_linked_too(store: Store) -> None:
    first = claim(store, lost_deposit(1, user="x"))
    desk.accept(store, first.id, actor="anna", return_to=RETURN_TO, at=AT)
    case = claim(store, lost_deposit(2, user="alice"), return_to=RETURN_TO)
    assert counts(store, case) == {"return_address_shared": 1}
    assert links(store, case)["return_address"] == {first.id}
    second = claim(store, lost_deposit(3, user="z"))
    desk.accept(store, second.id, actor="Anna", return_to=OTHER, at=AT)
    assert links(store, second)["acceptor"] == {first.id}


def test_a_screened_return_address_is_told(store: Store) -> None:
    key = AddressKey("evm", bytes.fromhex(RETURN_TO[2:]))
    with store.begin() as session:
        session.add(
            ScreenedRow(
                scheme=key.scheme,
                payload=key.payload,
                network="BSC",
                list_name="list",
                address=RETURN_TO,
                reason=None,
            )
        )
    case = claim(store, lost_deposit(1, user="alice"), return_to=RETURN_TO)
    assert counts(store, case) == {"return_address_screened": 1}
    assert case.state is State.NEEDS_REVIEW


def test_an_address_that_was_taken_off_its_list_is_no_reason(store: Store) -> None:
    key = AddressKey("evm", bytes.fromhex(RETURN_TO[2:]))
    with store.begin() as session:
        session.add(
            ScreenedRow(
                scheme=key.scheme,
                payload=key.payload,
                network="BSC",
                list_name="list",
                address=RETURN_TO,
                reason="a mistake",
                withdrawn_at=AT,
            )
        )
    case = claim(store, lost_deposit(1, user="alice"), return_to=RETURN_TO)
    assert counts(store, case) == {}


def test_a_return_to_a_known_exchanges_own_wallet_is_told(store: Store) -> None:
    """By its key: the exchange named it on another network."""
    key = AddressKey("evm", bytes.fromhex(RETURN_TO[2:]))
    with store.begin() as session:
        session.add(
            ExchangeRow(
                scheme=key.scheme,
                payload=key.payload,
                network="BSC",
                address=RETURN_TO,
                name="Kraken",
            )
        )
    case = claim(store, lost_deposit(1, user="alice"), return_to=RETURN_TO)
    assert counts(store, case) == {"return_address_exchange": 1}
    assert look(store, case).score.band is Band.LOOK_TWICE
    assert case.state is State.QUOTED
    other = claim(store, lost_deposit(2, user="bob"), return_to=OTHER)
    assert counts(store, other) == {}


def test_a_customer_without_deposits_is_told_where_there_is_a_ledger(store: Store) -> None:
    case = claim(store, lost_deposit(1, user="alice"))
    assert counts(store, case) == {}, "an empty ledger says nothing"
    with store.begin() as session:
        session.add(LedgerMarkRow(ledger="credits", complete_through=AT))
    assert counts(store, case) == {"no_deposits": 1}
    with store.begin() as session:
        session.add(
            CreditRow(
                network="ETH",
                tx_hash="0x1",
                transfer="0",
                owner="alice",
                asset="a",
                amount=1,
                credited_at=AT,
            )
        )
    assert counts(store, case) == {}


def test_claims_that_came_too_fast_are_told(store: Store) -> None:
    policy = with_limits(attempts=1)
    case = claim(store, lost_deposit(1, user="alice"), channel=Channel.CUSTOMER, policy=policy)
    for number in range(12):
        with pytest.raises(TooManyClaims):
            claim(
                store,
                lost_deposit(number, user="alice"),
                channel=Channel.CUSTOMER,
                policy=policy,
            )
    assert counts(store, case) == {"claims_throttled": 12}


def test_what_the_claim_says_otherwise_than_the_chain_is_counted(store: Store) -> None:
    check = lost_deposit(1, user="alice")
    (judged,) = check.judged
    notes = (Note("claimed_amount_differs", "-"), Note("claimed_memo_differs", "-"))
    told = replace(judged, verdict=replace(judged.verdict, notes=notes))
    assert counts(store, claim(store, replace(check, judged=(told,)))) == {"claim_differs": 2}


def test_links_say_why_and_the_rarest_comes_first(store: Store) -> None:
    first = claim(store, lost_deposit(1, user="alice"), return_to=RETURN_TO)
    second = claim(store, lost_deposit(2, user="alice"), return_to=OTHER, actor="otto")
    third = claim(store, lost_deposit(1, user="bob"), return_to=RETURN_TO)
    found = links(store, first)
    assert found == {
        "transaction": {third.id},
        "user": {second.id},
        "return_address": {third.id},
        "opener": {third.id},
        "sender": {second.id, third.id},
    }
    totals = [one.total for one in look(store, first).linked]
    assert totals == sorted(totals)


def test_claimed_addresses_and_memos_link_cases(store: Store) -> None:
    def saying(number: int, user: str, address: str, memo: str) -> Case:
        check = lost_deposit(number, user=user)
        said = replace(check.claim, address=address, memo=memo, network=NetworkCode("ETH"))
        return claim(store, replace(check, claim=said))

    one = saying(1, "x", OTHER, "1234")
    two = saying(2, "y", OTHER.upper().replace("0X", "0x"), " 1234")
    assert links(store, one)["claimed_address"] == {two.id}
    assert links(store, one)["memo"] == {two.id}


def test_one_key_is_one_address_on_every_network_that_shares_it() -> None:
    evm = key_of(NetworkCode("ETH"), OTHER)
    assert key_of(NetworkCode("BSC"), OTHER) == evm
    assert key_of(NetworkCode("TRX"), "not an address") == "text:notanaddress"
    assert key_of(None, f" {OTHER} ") == f"text:{OTHER}"
    for text in ("\0", "x" * 500, "\ud800"):
        assert key_of(None, text).startswith("sha256:")


def test_a_hub_is_counted_to_its_end_and_listed_by_the_newest(sqlite_store: Store) -> None:
    store = sqlite_store
    checks = [lost_deposit(number, user=f"u{number}") for number in range(60)]
    for number, check in enumerate(checks):
        desk.store_checks(store, [check], actor="night", at=AT + timedelta(seconds=number))
    case = claim(store, lost_deposit(99, user="alice"))
    (sender,) = [one for one in look(store, case).linked if one.link.kind is LinkKind.SENDER]
    assert (sender.total, len(sender.cases)) == (60, 50)
    assert sender.cases[0].user == "u59"


# --- routing -----------------------------------------------------------------------------------


def suspicious(store: Store, user: str = "mallory") -> None:
    probe(store, user, 6)
    for number, other in enumerate(["x", "y"]):
        claim(store, lost_deposit(5000 + number, user=other), return_to=RETURN_TO)


def test_in_the_highest_band_a_person_looks_before_a_quote_is_offered(store: Store) -> None:
    suspicious(store)
    check = lost_deposit(1, user="mallory")
    case = claim(store, check, return_to=RETURN_TO)
    assert look(store, case).score.band is Band.SENIOR_LOOK
    assert case.state is State.NEEDS_REVIEW
    assert case.queue is not None
    confirmed = desk.confirm(
        store, case.id, condition=LOOK.code, reason="known to us", actor="rita", at=AT
    )
    assert confirmed.state is State.CHECKING
    (quoted,) = desk.apply_check(store, case.id, check, role=Role.REVIEWER, actor="rita", at=AT)
    assert quoted.state is State.QUOTED
    assert audit(store).problems == ()


def test_a_claim_nobody_could_answer_is_looked_at_once_it_is(store: Store) -> None:
    from cases.factories import make_unanswered

    suspicious(store)
    waiting = claim(store, make_unanswered(user="mallory", tx_hash=hash_of(1)), return_to=RETURN_TO)
    assert waiting.state is State.CHECKING
    (case,) = desk.apply_check(store, waiting.id, lost_deposit(1, user="mallory"), at=AT)
    assert case.state is State.NEEDS_REVIEW


def test_claiming_again_is_looked_at_again(store: Store) -> None:
    suspicious(store)
    check = lost_deposit(1, user="mallory")
    first = claim(store, check, return_to=RETURN_TO)
    again = claim(store, check, return_to=RETURN_TO)
    assert (again.id, again.state) == (first.id, State.NEEDS_REVIEW)


def test_in_bulk_too_a_person_looks(store: Store) -> None:
    suspicious(store)
    probe(store, "mallory", 4, first=3000)
    for user in ("x", "y"):
        tried = claim(store, lost_deposit(1, user=user))
        desk.withdraw(store, tried.id, actor=user, at=AT)
    ((case,),) = desk.store_checks(store, [lost_deposit(1, user="mallory")], actor="night", at=AT)
    assert case.state is State.NEEDS_REVIEW


def test_a_credit_to_the_recorded_owner_is_never_stopped(store: Store) -> None:
    """It goes to the balance of whom the records name, whoever asks for it."""
    suspicious(store, "alice")
    for number in range(9):
        claim(store, make_not_found(user="alice", tx_hash=hash_of(900 + number)))
    credit = make_verdict(Recoverability.CREDIT, user="alice")
    check = make_check(credit, evidence=make_evidence(tx_hash=hash_of(1)), user="alice")
    case = claim(store, check)
    assert look(store, case).score.band is Band.SENIOR_LOOK
    assert case.state is State.IN_SIGN_OFF


def test_nobody_can_raise_the_score_of_anothers_own_deposit(store: Store) -> None:
    own = make_check(
        make_verdict(user="alice"), evidence=make_evidence(tx_hash=hash_of(1)), user="alice"
    )
    for number in range(30):
        claim(store, another_ones(1, user=f"sybil{number}"))
    case = claim(store, own)
    assert look(store, case).score.points == 0


def test_the_words_of_the_look_are_those_of_every_other_reviewers_decision(
    answer_of_a_reviewer: Callable[[], Any],
) -> None:
    (usual,) = answer_of_a_reviewer().conditions
    assert (LOOK.code, LOOK.text, LOOK.met) == (usual.code, usual.text, usual.met)


@pytest.fixture
def answer_of_a_reviewer() -> Callable[[], Any]:
    from types import SimpleNamespace

    facts: Any = SimpleNamespace(route=None)
    return lambda: review(facts, transfer=None)


_PAYING = [Recoverability.CREDIT, Recoverability.RECOVERABLE, Recoverability.CONDITIONAL]


@given(
    st.sampled_from(list(Recoverability)),
    st.sampled_from([None, "alice"]),
    st.booleans(),
    st.sampled_from([(), (LOOK,)]),
)
def test_a_score_changes_no_verdict_no_quote_and_no_refusal(
    recoverability: Recoverability, owner: str | None, quoted: bool, conditions: tuple[Any, ...]
) -> None:
    """Whatever it says, the documents are the same but for the one condition, and so is every no."""
    verdict = make_verdict(recoverability, user=owner, conditions=conditions)
    check = make_check(verdict, quote=None if quoted else NoQuote(Note("none", "None.")))
    opening = Opening(actor="olga", at=AT)
    plain = plan_case(check, 0, opening, case_id="one")
    looked = plan_case(check, 0, opening, case_id="one", needs_look=lambda _: True)
    (before,), (after,) = plain.check["verdicts"], looked.check["verdicts"]
    added = [c for c in after["conditions"] if c not in before["conditions"]]
    assert {**after, "conditions": None} == {**before, "conditions": None}
    assert {**plain.check, "verdicts": None} == {**looked.check, "verdicts": None}
    if added:
        assert [c["code"] for c in added] == [LOOK.code]
        assert plain.state in (State.QUOTED, State.IN_SIGN_OFF)
        assert looked.state is State.NEEDS_REVIEW
        assert recoverability in _PAYING
    else:
        assert (looked.state, looked.digest) == (plain.state, plain.digest)
    assert looked.quote == plain.quote
    assert looked.destination == plain.destination


def test_no_document_of_a_case_holds_anything_of_the_look(store: Store) -> None:
    suspicious(store)
    case = claim(store, lost_deposit(1, user="mallory"), return_to=RETURN_TO)
    seen = look(store, case)
    printed = json.dumps(print_case(case)) + json.dumps([dict(e.detail) for e in case.trail])
    for reason in seen.score.reasons:
        assert reason.code.value not in printed
        assert reason.text not in printed
    for word in ("score", "band", "senior", "linked", "abuse"):
        assert word not in printed
    document = print_look(seen)
    assert document["score"]["band"] == "senior_look"
    assert {link["why"] for link in document["links"]} >= {"user", "return_address"}


def test_failed_proofs_of_the_claimant_are_counted(store: Store) -> None:
    """By the trails: whichever way a proof is given, its failure is written there."""
    earlier = claim(store, lost_deposit(1, user="bob"))
    case = claim(store, lost_deposit(2, user="bob"))
    failed = TrailEntry(
        seq=9,
        at=AT,
        event=PROOF_FAILED,
        actor="bob",
        from_state=State.QUOTED,
        to_state=State.QUOTED,
        detail={},
        previous="",
        hash="",
    )
    with store.begin() as session:
        rows = [write_entry(earlier.id, replace(failed, seq=seq)) for seq in (100, 101)]
        session.connection().execute(insert(TrailRow), rows)
        own = replace(case, trail=(*case.trail, failed))
        assert count_facts(session, own, POLICY)[ReasonCode.PROOFS_REFUSED] == 3
