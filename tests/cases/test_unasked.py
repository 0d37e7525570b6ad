"""What a step takes by itself where nobody says it: the moment, the policy, the user; and what it does with what is said."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cases.factories import (
    AT,
    HASH,
    RETURN_CANONICAL,
    RETURN_TO,
    make_check,
    make_evidence,
    make_unanswered,
    make_verdict,
)

from recovery.abuse.policy import AbusePolicy, Bands, load_abuse_policy
from recovery.cases import desk
from recovery.cases.digest import payment_of
from recovery.cases.opening import apply_check, open_claim, store_checks
from recovery.cases.plan import (
    Opening,
    claim_again,
    is_proof_with_reviewer,
    plan_case,
    wallet_always,
)
from recovery.cases.relooking import Came, Look, apply_looks
from recovery.cases.table import Event, State
from recovery.cases.terms import find_transfer
from recovery.cases.values import Case, ConsentStatus, OccupyingCase
from recovery.checks import Check
from recovery.classify.verdict import Cause, Recoverability
from recovery.errors import BadInput
from recovery.model import NetworkCode, Note
from recovery.networks import Network, load_registry
from recovery.records.importer import import_csv
from recovery.store import Store

R = Recoverability
BringTo = Callable[[State], Case]
TODAY = datetime(2026, 11, 21, 8, tzinfo=UTC)


@pytest.fixture
def today(monkeypatch: pytest.MonkeyPatch) -> datetime:
    """The moment that the clock says."""
    monkeypatch.setenv("RECOVERY_NOW", "2026-11-21T08:00:00Z")
    return TODAY


def held(store: Store) -> tuple[Case, Check]:
    verdict = make_verdict(R.HOLD, cause=Cause.CLAIMANT_MISMATCH, user="harald", holder="harald")
    check = make_check(verdict, user="carla")
    (case,) = desk.open_claim(store, check, actor="olga", at=AT)
    return case, check


# -- the moment ----------------------------------------------------------------------------------


def test_a_step_without_a_moment_is_done_now(
    store: Store, bring_to: BringTo, today: datetime
) -> None:
    quoted, approved = bring_to(State.QUOTED).id, bring_to(State.APPROVED).id
    for after in (
        desk.hold(store, quoted, reason="odd", actor="rita"),
        desk.reopen(store, quoted, reason="well", actor="sonja"),
        desk.withdraw(store, quoted, actor="olga"),
        desk.settle(store, approved, reference="0xpaid", actor="clara"),
    ):
        assert after.trail[-1].at == today


def test_a_claim_without_a_moment_is_opened_now(store: Store, today: datetime) -> None:
    (opened,) = open_claim(store, make_unanswered(), actor="olga")
    assert (opened.opened_at, opened.trail[0].at) == (today, today)
    (judged,) = apply_check(store, opened.id, make_check())
    assert judged.trail[-1].at == today
    hashes = ["0x" + f"{number:064x}" for number in (1, 2)]
    checks = [make_check(evidence=make_evidence(tx_hash=tx_hash)) for tx_hash in hashes]
    ((found,),) = store_checks(store, checks[:1])
    ((typed,),) = store_checks(store, checks[1:], actor="olga")
    assert (found.opened_at, typed.opened_at) == (today, today)


def test_quotes_run_out_and_requests_lapse_now(store: Store, today: datetime) -> None:
    case, check = held(store)
    desk.ask_consent(
        store, case.id, recheck=lambda _: check, days=1, actor="sonja", at=today - timedelta(days=1)
    )
    asked = desk.load_case(store, case.id)
    assert asked.consent is not None
    assert asked.consent.deadline == today
    assert desk.lapse_consents(store) == (case.id,)
    lapsed = desk.load_case(store, case.id)
    assert lapsed.consent == replace(asked.consent, status=ConsentStatus.LAPSED, answered_at=today)
    assert (lapsed.state, lapsed.trail[-1].at) == (State.REFUSED, today)
    quoted = open_quoted(store)
    assert desk.expire_quotes(store) == ()
    assert desk.expire_quotes(store, at=today + timedelta(days=1)) == (quoted.id,)
    assert desk.load_case(store, quoted.id).trail[-1].at == today + timedelta(days=1)


def open_quoted(store: Store) -> Case:
    check = make_check(evidence=make_evidence(tx_hash="0x" + "cd" * 32))
    (case,) = desk.open_claim(store, check, actor="olga", at=AT)
    return case


# -- the policy ----------------------------------------------------------------------------------


def nervous() -> AbusePolicy:
    """One point is enough for a look."""
    return load_abuse_policy().model_copy(update={"bands": Bands(look_twice=1, senior_look=2)})


def strangers(number: int, recoverability: R) -> Check:
    """Of a transfer whose owner the records don't name, by a claim that differs from it."""
    differs = Note("claimed_memo_differs", "The claim names another memo.")
    return make_check(
        make_verdict(recoverability, user=None, notes=(differs,)),
        evidence=make_evidence(tx_hash="0x" + f"{number:064x}"),
        user="mallory",
    )


def test_a_policy_that_is_named_is_the_one_that_counts(store: Store) -> None:
    first, second, third = (strangers(number, R.RECOVERABLE) for number in (1, 2, 3))
    opened = (
        *desk.open_claim(store, first, actor="mallory", policy=nervous(), at=AT),
        *desk.open_claim(store, second, actor="mallory", at=AT),
        *store_checks(store, [third], policy=nervous(), at=AT)[0],
    )
    assert [case.state for case in opened] == [
        State.NEEDS_REVIEW,
        State.QUOTED,
        State.NEEDS_REVIEW,
    ]
    (waiting,) = desk.open_claim(store, strangers(4, R.WAIT), actor="mallory", at=AT)
    (after,) = apply_check(store, waiting.id, strangers(4, R.RECOVERABLE), policy=nervous(), at=AT)
    assert after.state is State.NEEDS_REVIEW


def test_the_nights_policy_counts_for_each_case_of_a_night_that_one_spoiled(
    store: Store, bring_to: BringTo
) -> None:
    stuck = bring_to(State.QUOTED)
    waiting = [
        desk.open_claim(store, strangers(number, R.WAIT), actor="mallory", at=AT)[0]
        for number in (101, 102, 103)
    ]
    looks = [
        Look(case, strangers(number, R.RECOVERABLE), "-")
        for number, case in zip((101, 102, 103), waiting, strict=True)
    ]
    spoiled = [
        Look(stuck, make_check(evidence=make_evidence(tx_hash=stuck.tx_hash)), "-"),
        looks[0],
    ]
    night = AT + timedelta(hours=3)
    failed, with_it = apply_looks(
        store, spoiled, at=night, needs_wallet=wallet_always, policy=nervous()
    )
    (by_itself,) = apply_looks(
        store, looks[1:2], at=night, needs_wallet=wallet_always, policy=nervous()
    )
    (shipped,) = apply_looks(store, looks[2:], at=night, needs_wallet=wallet_always)
    assert failed.came is Came.FAILED
    assert [o.to for o in (with_it, by_itself, shipped)] == [
        State.NEEDS_REVIEW,
        State.NEEDS_REVIEW,
        State.QUOTED,
    ]
    assert {desk.load_case(store, case.id).trail[-1].at for case in waiting} == {night}


# -- the user, the transfer ----------------------------------------------------------------------


def test_a_claim_made_again_without_a_name_is_still_its_users() -> None:
    opening = Opening("olga", AT)
    alices = plan_case(make_check(), 0, opening, case_id="c" * 20)
    nobodys = plan_case(make_unanswered(user=None), None, opening, case_id="d" * 20)
    unnamed, named = make_check(user=None), make_check(user="bob")
    assert claim_again(alices, unnamed, opening).claim.user == "alice"
    assert claim_again(alices, named, opening).claim.user == "alice"
    assert claim_again(nobodys, unnamed, opening).claim.user is None
    assert claim_again(nobodys, named, opening).claim.user == "bob"


def test_a_transfer_is_found_by_its_index_where_there_is_evidence() -> None:
    evidence = make_evidence()
    assert find_transfer(evidence, 0) is evidence.transfers[0]
    assert find_transfer(evidence, 1) is None
    assert find_transfer(evidence, None) is None
    assert find_transfer(None, 0) is None


def test_a_proof_for_a_reviewer_is_about_one_payment_alone() -> None:
    case = plan_case(make_check(), 0, Opening("olga", AT), case_id="c" * 20)
    assert case.subject is not None
    other = {**case.subject, "amount": "1"}

    def with_proof(event: Event, reviewer: str | None) -> Case:
        proof = {"payment": payment_of(case.subject or {}), "reviewer": reviewer}
        told = replace(case.trail[-1], event=event, detail={"proof": proof})
        return replace(case, trail=(*case.trail, told))

    for event in (Event.PROOF_GIVEN, Event.PROOF_FAILED):
        referred = with_proof(event, "a bare script")
        assert is_proof_with_reviewer(referred, case.subject)
        assert is_proof_with_reviewer(referred, {**case.subject, "position": "log:99"})
        assert not is_proof_with_reviewer(referred, other)
        assert not is_proof_with_reviewer(referred, None)
        assert not is_proof_with_reviewer(with_proof(event, None), case.subject)
    assert not is_proof_with_reviewer(with_proof(Event.PROOF_ASKED, "a bare script"), case.subject)
    assert not is_proof_with_reviewer(case, case.subject)


@pytest.mark.parametrize("own", [True, False])
def test_a_second_claim_says_which_case_has_the_transfer_and_whose_it_is(own: bool) -> None:
    check = make_check(make_verdict(user="alice", amount=7), user="alice")
    holder = OccupyingCase(id="h" * 20, user=" Alice" if own else "bob", state=State.QUOTED)
    case = plan_case(
        check, 0, Opening("olga", AT), case_id="c" * 20, find_occupying=lambda *_: holder
    )
    assert (case.state, case.cause) == (
        State.REFUSED if own else State.HELD,
        Cause.DUPLICATE_CLAIM,
    )
    assert (case.user, case.transfer, case.verdict) == ("alice", 0, 0)
    assert (case.quote, case.destination) == (None, None)
    (told,) = case.check["verdicts"]
    assert told["recoverability"] == ("wait" if own else "hold")
    assert (told["outcome"], told["transfer"]) == ("none", 0)
    assert told["reasons"] == [
        {
            "code": "transfer_occupied",
            "text": "another case about this transfer is open or settled",
            "facts": {"case": "h" * 20},
        }
    ]
    assert told["quote_reason"]["code"] == "no_recovery"


def test_each_look_moves_the_moment_of_the_next(store: Store) -> None:
    (case,) = desk.open_claim(store, make_check(make_verdict(R.WAIT)), actor="olga", at=AT)
    for hours in (5, 9):
        moment = AT + timedelta(hours=hours)
        check = make_check(make_verdict(R.WAIT, look_again=moment))
        looks = [Look(desk.load_case(store, case.id), check, "-")]
        (outcome,) = apply_looks(store, looks, at=AT, needs_wallet=wallet_always)
        assert outcome.came is Came.SAME
        assert desk.load_case(store, case.id) == replace(case, next_look_at=moment)


# -- noes that stand -----------------------------------------------------------------------------


@pytest.mark.parametrize("end", ["lapsed", "refused by its holder", "refused"])
def test_a_persons_no_stands_also_where_the_rules_have_changed_their_mind(
    end: str, store: Store
) -> None:
    case, check = held(store)
    if end == "refused":
        desk.refuse(store, case.id, reason="no", actor="sonja", at=AT)
    else:
        desk.ask_consent(store, case.id, recheck=lambda _: check, days=1, actor="sonja", at=AT)
    if end == "lapsed":
        assert desk.lapse_consents(store, at=AT + timedelta(days=1)) == (case.id,)
    elif end == "refused by its holder":
        desk.answer_consent(store, case.id, given=False, reference="mail", actor="sonja", at=AT)
    ended = desk.load_case(store, case.id)
    assert ended.state is State.REFUSED
    other = make_check(make_verdict(user=None), user="carla")
    assert desk.open_claim(store, other, actor="olga", at=AT + timedelta(days=2)) == (ended,)


# -- a return that something speaks against ------------------------------------------------------


def with_memo(code: NetworkCode) -> Network:
    return load_registry()[code].model_copy(update={"memo": "optional"})


def test_the_wish_that_security_looks_at_is_kept_whole(store: Store, tmp_path: Path) -> None:
    listed = tmp_path / "screening.csv"
    listed.write_text(f"network,address,list\nETH,{RETURN_TO},OFAC\n", "utf-8")
    import_csv(store, "screening", listed, actor="boss")
    (case,) = desk.open_claim(store, make_check(), actor="olga", at=AT)
    frozen = desk.accept(
        store, case.id, actor="olga", return_to=RETURN_TO, return_memo=" 77 ", row_of=with_memo,
        at=AT,
    )  # fmt: skip
    assert (frozen.state, frozen.tx_hash) == (State.HELD, HASH)
    assert (frozen.return_to, frozen.return_memo) == (RETURN_CANONICAL, "77")
    assert desk.load_case(store, case.id) == frozen
    last = frozen.trail[-1]
    assert (last.event, last.actor) == (Event.HELD, "desk")
    assert {k: last.detail[k] for k in ("reason", "code", "noticed_with", "role")} == {
        "reason": f"The return address {RETURN_CANONICAL} is on the screening list OFAC.",
        "code": "return_address_screened",
        "noticed_with": "olga",
        "role": "desk",
    }


def test_an_address_of_ours_that_is_another_customers_is_for_security(
    store: Store, tmp_path: Path
) -> None:
    ours = tmp_path / "addresses.csv"
    ours.write_text(f"address,user,network,role\n{RETURN_TO},bob,ETH,deposit\n", "utf-8")
    import_csv(store, "addresses", ours, actor="boss")
    (case,) = desk.open_claim(store, make_check(), actor="olga", at=AT)
    frozen = desk.accept(store, case.id, actor="olga", return_to=RETURN_TO, at=AT)
    assert (frozen.state, frozen.trail[-1].detail["code"]) == (State.HELD, "return_address_ours")


@pytest.mark.parametrize(
    ("act", "where"),
    [
        (lambda s, i: desk.settle(s, i, reference=" ", actor="clara", at=AT), "--reference"),
        (lambda s, i: desk.fail(s, i, reason=" ", actor="walt", at=AT), "--reason"),
        (
            lambda s, i: desk.answer_consent(s, i, given=True, reference="", actor="sonja", at=AT),
            "--reference",
        ),
    ],
)
def test_an_empty_word_is_refused_by_the_option_that_it_was_given_to(
    act: Callable[[Store, str], Case], where: str, store: Store, bring_to: BringTo
) -> None:
    case = bring_to(State.APPROVED)
    with pytest.raises(BadInput, match=rf"^{where} is empty") as wrong:
        act(store, case.id)
    assert wrong.value.where == where
    assert desk.load_case(store, case.id) == case
