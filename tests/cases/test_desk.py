"""What people can do with a case, on both databases."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from cases.factories import (
    AT,
    ETH,
    HASH,
    OURS,
    RETURN_TO,
    make_check,
    make_evidence,
    make_not_found,
    make_quote,
    make_transfer,
    make_unanswered,
    make_verdict,
    unmet,
)

from recovery.abuse.policy import Channel
from recovery.cases import desk, table
from recovery.cases.audit import audit
from recovery.cases.table import Event, Queue, Role, State
from recovery.cases.values import Case
from recovery.checks import Check, Found
from recovery.classify.verdict import Cause, Recoverability
from recovery.errors import BadInput, NotAllowed, SourceError, Unreachable
from recovery.model import Block, Claim
from recovery.store import Store

R = Recoverability
BringTo = Callable[[State], Case]
SEEN = [state for state in State if state not in (State.RECEIVED, State.ACCEPTED)]


def open_one(store: Store, check: Check, **more: str | None) -> Case:
    (case,) = desk.open_claim(store, check, actor="olga", at=AT, **more)  # type: ignore[arg-type]  # keyword texts
    return case


def sign(store: Store, case: Case, role: Role, actor: str, check: Check | None = None) -> Case:
    seen = check or make_check()
    return desk.sign(store, case.id, role=role, actor=actor, recheck=lambda _: seen, at=AT)


def in_sign_off(store: Store, check: Check | None = None) -> Case:
    case = open_one(store, check or make_check())
    return desk.accept(store, case.id, actor="olga", return_to=RETURN_TO, at=AT)


def what_counts(case: Case) -> Case:
    """The case without what a refused attempt may add: its trail."""
    return replace(case, trail=(), version=0)


ACTIONS: dict[Event, Callable[[Store, str], object]] = {
    Event.CHECKED: lambda s, i: desk.apply_check(s, i, make_check(), at=AT),
    Event.ACCEPTED: lambda s, i: desk.accept(s, i, actor="olga", return_to=RETURN_TO, at=AT),
    Event.SIGNED: lambda s, i: desk.sign(
        s,
        i,
        role=Role.WALLET,
        actor="wanda",
        recheck=lambda c: make_check(evidence=make_evidence(tx_hash=c.tx_hash)),
        at=AT,
    ),
    Event.REFUSED: lambda s, i: desk.refuse(s, i, reason="no", actor="rita", at=AT),
    Event.HELD: lambda s, i: desk.hold(s, i, reason="odd", actor="rita", at=AT),
    Event.ESCALATED: lambda s, i: desk.escalate(s, i, actor="rita", at=AT),
    Event.REOPENED: lambda s, i: desk.reopen(s, i, reason="again", actor="rita", at=AT),
    Event.WITHDRAWN: lambda s, i: desk.withdraw(s, i, actor="olga", at=AT),
    Event.SETTLED: lambda s, i: desk.settle(s, i, reference="0xother", actor="clara", at=AT),
    Event.FAILED: lambda s, i: desk.fail(s, i, reason="stuck", actor="walt", at=AT),
}


@pytest.mark.parametrize("state", SEEN)
def test_every_action_does_what_the_table_says_or_changes_nothing(
    state: State, store: Store, bring_to: BringTo
) -> None:
    for event, act in ACTIONS.items():
        if event is Event.CHECKED and event in table.TRANSITIONS[state]:
            continue  # where a check leads is its verdict's: tested below
        before = bring_to(state)
        if event in table.TRANSITIONS[state]:
            act(store, before.id)
            after = desk.load_case(store, before.id)
            last = after.trail[-1]
            assert last.event in (event, Event.QUEUED)
            assert after.state in (*table.TRANSITIONS[state][event], State.IN_SIGN_OFF)
            assert after.version == len(after.trail) > len(before.trail)
            continue
        with pytest.raises(NotAllowed) as refused:
            act(store, before.id)
        assert refused.value.exit_code == 1
        after = desk.load_case(store, before.id)
        assert what_counts(after) == what_counts(before)
        if event is not Event.CHECKED:
            assert after.trail[-1].event == Event.DENIED
            assert after.trail[:-1] == before.trail
    assert audit(store).problems == ()


@pytest.mark.parametrize(
    ("recoverability", "state"),
    [
        (R.CREDIT, State.IN_SIGN_OFF),
        (R.RECOVERABLE, State.QUOTED),
        (R.CONDITIONAL, State.QUOTED),
        (R.WAIT, State.WAITING),
        (R.NEEDS_INPUT, State.NEEDS_INPUT),
        (R.UNRECOVERABLE, State.REFUSED),
        (R.HOLD, State.HELD),
    ],
)
def test_a_check_leads_a_new_case_and_an_unanswered_one_to_the_same_state(
    recoverability: Recoverability, state: State, store: Store
) -> None:
    check = make_check(make_verdict(recoverability))
    waiting = open_one(store, make_unanswered())
    assert waiting.state is State.CHECKING
    (answered,) = desk.apply_check(store, waiting.id, check, at=AT)
    assert answered.state is state
    other = make_evidence(tx_hash="0x" + "11" * 32)
    fresh = open_one(store, make_check(make_verdict(recoverability), evidence=other))
    assert fresh.state is state
    assert (fresh.next_look_at is not None) == (state is State.WAITING)
    assert desk.load_case(store, fresh.id) == fresh


def test_what_a_claimant_adds_is_kept_where_nobody_can_be_asked(store: Store) -> None:
    case = open_one(store, make_check(make_verdict(R.NEEDS_INPUT)))
    silent = make_unanswered()
    told = replace(silent, claim=replace(silent.claim, memo="77"))
    assert open_one(store, silent) == case, "nothing new, nothing written"
    kept = open_one(store, told)
    assert (kept.id, kept.state, kept.claim.memo) == (case.id, State.CHECKING, "77")
    assert desk.load_case(store, case.id) == kept
    assert kept.is_own_of("olga")
    assert audit(store).problems == ()


def test_a_case_walks_from_the_claim_to_the_settlement(store: Store) -> None:
    case = open_one(store, make_check(), return_to=RETURN_TO)
    assert (case.state, case.queue, case.transfer) == (State.QUOTED, None, 0)
    case = desk.accept(store, case.id, actor="alice", at=AT)
    assert case.queues == (Queue.WALLET, Queue.CLEARING)
    case = sign(store, case, Role.WALLET, "walt")
    assert case.queues == (Queue.CLEARING,)
    case = sign(store, case, Role.CLEARING, "clara")
    assert case.state is State.APPROVED
    case = desk.settle(store, case.id, reference="0xpaid", actor="clara", at=AT)
    again = desk.settle(store, case.id, reference="0xpaid", actor="clara", at=AT)
    assert again == case
    assert [entry.event for entry in case.trail] == [
        "opened",
        "checked",
        "accepted",
        "queued",
        "signed",
        "signed",
        "settled",
    ]
    with pytest.raises(NotAllowed, match="0xpaid"):
        desk.settle(store, case.id, reference="0xtwice", actor="clara", at=AT)
    assert {s.digest for s in case.signatures} == {case.digest}
    assert audit(store).problems == ()


def test_a_small_credit_goes_to_clearing_alone_and_one_above_the_limit_to_both(
    store: Store,
) -> None:
    check = make_check(make_verdict(R.CREDIT))
    (small,) = desk.open_claim(store, check, actor="olga", needs_wallet=lambda *_: False, at=AT)
    assert small.queues == (Queue.CLEARING,)
    assert small.destination is not None
    assert small.destination.user == "alice"
    with pytest.raises(NotAllowed, match="not signed by wallet"):
        sign(store, small, Role.WALLET, "walt", check)
    assert sign(store, small, Role.CLEARING, "clara", check).state is State.APPROVED
    other = make_check(make_verdict(R.CREDIT), evidence=make_evidence(tx_hash="0x" + "22" * 32))
    assert open_one(store, other).queues == (Queue.WALLET, Queue.CLEARING)


@pytest.mark.parametrize("owner", [None, "bob"])
def test_a_credit_is_never_booked_to_a_name_that_only_the_claim_brought(
    owner: str | None, store: Store
) -> None:
    case = open_one(store, make_check(make_verdict(R.CREDIT, user=owner), user="mallory"))
    assert (case.state, case.destination) == (State.NEEDS_REVIEW, None)


def test_without_a_user_the_recorded_owner_is_the_claimant(store: Store) -> None:
    case = open_one(store, make_check(user=None))
    assert (case.user, case.claim.user) == ("alice", "alice")


def test_a_transaction_with_two_transfers_to_us_opens_a_case_for_each(store: Store) -> None:
    two = (make_transfer(), make_transfer(index=1, position="log:13", amount=7))
    check = make_check(
        make_verdict(), make_verdict(transfer=1), evidence=make_evidence(transfers=two)
    )
    cases = desk.open_claim(store, check, actor="olga", at=AT)
    assert [(c.transfer, c.position) for c in cases] == [(0, "log:12"), (1, "log:13")]
    again = desk.open_claim(store, check, actor="olga", at=AT)
    assert [c.id for c in again] == [c.id for c in cases]


def test_a_claim_nobody_could_answer_may_turn_out_to_be_several(store: Store) -> None:
    case = open_one(store, make_unanswered())
    two = (make_transfer(), make_transfer(index=1, position="log:13", amount=7))
    check = make_check(
        make_verdict(), make_verdict(transfer=1), evidence=make_evidence(transfers=two)
    )
    first, second = desk.apply_check(store, case.id, check, at=AT)
    assert (first.id, first.state, first.position) == (case.id, State.QUOTED, "log:12")
    assert (second.state, second.position, second.opener) == (State.QUOTED, "log:13", "olga")


@pytest.mark.parametrize(("channel", "opened"), [(Channel.STAFF, 2), (Channel.CUSTOMER, 1)])
def test_what_came_to_light_of_others_is_opened_for_the_desk_and_not_for_a_customer(
    store: Store, channel: Channel, opened: int
) -> None:
    (case,) = desk.open_claim(
        store, make_unanswered(user="alice"), actor="olga", channel=channel, at=AT
    )
    two = (make_transfer(), make_transfer(index=1, position="log:13", amount=7))
    check = make_check(
        make_verdict(user="bob", recoverability=Recoverability.HOLD),
        make_verdict(user="alice", transfer=1),
        evidence=make_evidence(transfers=two),
        user="alice",
    )
    cases = desk.apply_check(store, case.id, check, at=AT)
    assert len(cases) == opened
    assert [c.state for c in cases if c.position == "log:13"] == [State.QUOTED]


def test_the_same_claim_again_shows_the_case_and_another_persons_is_held(store: Store) -> None:
    case = open_one(store, make_check())
    assert open_one(store, make_check()) == case
    foreign = open_one(store, make_check(make_verdict(user="alice"), user="mallory"))
    assert foreign.id != case.id
    assert (foreign.state, foreign.cause) == (State.HELD, Cause.DUPLICATE_CLAIM)
    assert foreign.check["verdicts"][0]["cause"] == "duplicate_claim"
    assert desk.load_case(store, case.id) == case


def test_a_claim_made_again_with_more_brings_the_waiting_case_up_to_date(store: Store) -> None:
    early = open_one(store, make_not_found())
    assert early.state is State.NEEDS_INPUT
    later = open_one(store, make_check(), return_to=RETURN_TO)
    assert (later.id, later.state, later.return_to) == (early.id, State.QUOTED, RETURN_TO)


def test_a_persons_no_is_not_undone_by_claiming_again(store: Store) -> None:
    case = open_one(store, make_check())
    desk.refuse(store, case.id, reason="a false proof", actor="rita", at=AT)
    again = open_one(store, make_check())
    assert (again.id, again.state) == (case.id, State.REFUSED)
    reopened = desk.reopen(store, case.id, reason="it was true", actor="rita", at=AT)
    assert reopened.state is State.CHECKING
    assert desk.apply_check(store, case.id, make_check(), at=AT)[0].state is State.QUOTED


def test_the_rules_no_gives_way_when_the_rules_say_otherwise(store: Store) -> None:
    refused = open_one(store, make_check(make_verdict(R.UNRECOVERABLE)))
    assert open_one(store, make_check(make_verdict(R.UNRECOVERABLE))).id == refused.id
    now_ours = open_one(store, make_check())
    assert (now_ours.state, now_ours.id == refused.id) == (State.QUOTED, False)


def test_a_transfer_given_free_can_be_claimed_and_one_that_was_settled_never(
    store: Store, bring_to: BringTo
) -> None:
    for state in (State.WITHDRAWN, State.EXPIRED, State.FAILED):
        free = bring_to(state)
        check = make_check(make_verdict(user="bob"), user="bob")
        check = replace(check, found=replace_hash(check, free.tx_hash))
        assert open_one(store, check).state is State.QUOTED
    for state in (State.SETTLED, State.APPROVED):
        taken = bring_to(state)
        check = make_check(make_verdict(user="bob"), user="bob")
        check = replace(check, found=replace_hash(check, taken.tx_hash))
        assert open_one(store, check).cause is Cause.DUPLICATE_CLAIM


def replace_hash(check: Check, tx_hash: str) -> Found:
    assert check.found is not None
    return replace(check.found, evidence=replace(check.found.evidence, tx_hash=tx_hash))


def test_a_held_case_keeps_the_transfer_it_had(store: Store) -> None:
    case = open_one(store, make_check())
    desk.hold(store, case.id, reason="odd", actor="rita", at=AT)
    other = open_one(store, make_check(make_verdict(user="bob"), user="bob"))
    assert other.cause is Cause.DUPLICATE_CLAIM
    key = (ETH, HASH, "log:12")
    (holder,) = desk.CaseOccupancy(store).find_occupying([key])[key]
    assert holder.id == case.id
    assert desk.CaseOccupancy(store, except_case=case.id).find_occupying([key]) == {}


@pytest.mark.parametrize(
    ("return_to", "return_memo", "reference"),
    [
        (None, None, "return-address-missing"),
        ("0x1234", None, "bad-address"),
        (RETURN_TO, "7", "bad-memo"),
        (OURS, None, "return-to-deposit-address"),
        (None, "7", "memo-alone"),
    ],
)
def test_a_return_that_would_lose_the_money_again_is_refused(
    return_to: str | None, return_memo: str | None, reference: str, store: Store
) -> None:
    case = open_one(store, make_check())
    with pytest.raises(BadInput) as refused:
        desk.accept(
            store, case.id, actor="olga", return_to=return_to, return_memo=return_memo, at=AT
        )
    assert refused.value.reference == reference
    assert desk.load_case(store, case.id) == case


def test_a_bad_return_address_stores_no_case(store: Store) -> None:
    with pytest.raises(BadInput):
        desk.open_claim(store, make_check(), actor="olga", return_to="0x1234", at=AT)
    assert desk.list_cases(store) == ()


def test_a_quote_that_ran_out_is_not_accepted(store: Store) -> None:
    case = open_one(store, make_check())
    with pytest.raises(NotAllowed) as refused:
        desk.accept(store, case.id, actor="olga", return_to=RETURN_TO, at=AT + timedelta(hours=24))
    assert refused.value.reference == "quote-expired"
    assert desk.load_case(store, case.id).state is State.EXPIRED


def test_an_accepted_quote_is_never_quoted_again(store: Store) -> None:
    case = in_sign_off(store)
    desk.hold(store, case.id, reason="odd", actor="rita", at=AT)
    desk.reopen(store, case.id, reason="it is well", actor="rita", at=AT)
    dearer = make_check(quote=make_quote(net=1), at=AT + timedelta(days=3))
    (back,) = desk.apply_check(store, case.id, dearer, at=AT)
    assert (back.state, back.quote, back.digest) == (State.IN_SIGN_OFF, case.quote, case.digest)
    assert back.check["verdicts"][0]["quote"]["net"]["amount"] == "2000000"
    assert sign(store, back, Role.WALLET, "walt", dearer).signatures


def test_after_a_reorganisation_the_accepted_terms_outlive_the_wait(store: Store) -> None:
    case = in_sign_off(store)
    moved = make_evidence(block=Block(19_000_003, "0x" + "ce" * 32, AT), final=False)
    pending = make_check(make_verdict(R.WAIT, transfer=None), evidence=moved)
    with pytest.raises(desk.EvidenceChanged):
        sign(store, case, Role.WALLET, "walt", pending)
    (waiting,) = desk.apply_check(store, case.id, pending, at=AT)
    assert waiting.state is State.WAITING
    deeper = make_check(
        evidence=replace(moved, final=True, transfers=(make_transfer(position="log:2"),)),
        quote=make_quote(net=5),
    )
    (again,) = desk.apply_check(store, case.id, deeper, at=AT)
    assert (again.state, again.quote) == (State.IN_SIGN_OFF, case.quote)
    assert (again.position, again.digest == case.digest) == ("log:2", False)
    assert audit(store).problems == ()


CHANGED: dict[str, Check] = {
    "block": make_check(evidence=make_evidence(block=Block(19_000_000, "0x" + "ee" * 32, AT))),
    "finality": make_check(evidence=make_evidence(final=False)),
    "amount": make_check(evidence=make_evidence(transfers=(make_transfer(amount=1),))),
    "cause": make_check(make_verdict(cause=Cause.COUNTERFEIT_TOKEN)),
    "credited meanwhile": make_check(
        make_verdict(R.WAIT, cause=Cause.ALREADY_CREDITED, answered=True)
    ),
    "planned meanwhile": make_check(make_verdict(R.WAIT, cause=Cause.UNLISTED_TOKEN)),
    "gone": make_not_found(),
    "another position": make_check(
        evidence=make_evidence(transfers=(make_transfer(position="log:9"),))
    ),
    "sources disagree": make_check(
        second=make_evidence(block=Block(19_000_000, "0x" + "ee" * 32, AT))
    ),
}


@pytest.mark.parametrize("what", CHANGED)
def test_changed_evidence_is_not_signed_and_voids_what_was_signed(what: str, store: Store) -> None:
    case = sign(store, in_sign_off(store), Role.WALLET, "walt")
    with pytest.raises(desk.EvidenceChanged) as refused:
        sign(store, case, Role.CLEARING, "clara", CHANGED[what])
    assert (refused.value.exit_code, refused.value.reference) == (1, "evidence-changed")
    after = desk.load_case(store, case.id)
    assert (after.state, after.signatures) == (State.CHECKING, ())
    assert after.trail[-1].event == Event.EVIDENCE_CHANGED
    assert audit(store).problems == ()


def test_what_the_digest_does_not_cover_may_change_between_signatures(store: Store) -> None:
    case = sign(store, in_sign_off(store), Role.WALLET, "walt")
    other = make_transfer(index=1, position="log:99", amount=3)
    later = make_evidence(confirmations=99, transfers=(make_transfer(symbol="X"), other))
    check = make_check(
        evidence=later, quote=make_quote(net=1), second=replace(later, confirmations=98)
    )
    assert sign(store, case, Role.CLEARING, "clara", check).state is State.APPROVED


def test_where_nobody_can_be_asked_nothing_is_signed_and_nothing_changes(store: Store) -> None:
    case = sign(store, in_sign_off(store), Role.WALLET, "walt")

    def fails(_: Case) -> Check:
        raise Unreachable("source-unreachable", "no connection")

    with pytest.raises(SourceError) as refused:
        desk.sign(store, case.id, role=Role.CLEARING, actor="clara", recheck=fails)
    assert refused.value.exit_code == 3
    with pytest.raises(SourceError):
        sign(store, case, Role.CLEARING, "clara", make_unanswered())
    assert desk.load_case(store, case.id) == case


@pytest.mark.parametrize(
    ("role", "actor", "reference"),
    [
        (Role.WALLET, "wanda", "already-signed"),
        (Role.WALLET, "walt", "already-signed"),
        (Role.CLEARING, "walt", "same-person"),
        (Role.CLEARING, " WALT ", "same-person"),
        (Role.CLEARING, "ｗａｌｔ", "same-person"),
        (Role.CLEARING, "olga", "own-case"),
        (Role.CLEARING, "Olga", "own-case"),
        (Role.CLEARING, "alice", "own-case"),
        (Role.REVIEWER, "rita", "role-not-allowed"),
    ],
)
def test_two_roles_are_two_persons_and_neither_is_a_party(
    role: Role, actor: str, reference: str, store: Store
) -> None:
    case = sign(store, in_sign_off(store), Role.WALLET, "walt")
    asked = []

    def recheck(_: Case) -> Check:
        asked.append(1)
        return make_check()

    with pytest.raises(NotAllowed) as refused:
        desk.sign(store, case.id, role=role, actor=actor, recheck=recheck, at=AT)
    assert refused.value.reference == reference
    assert not asked, "what is refused anyway asks no node"
    after = desk.load_case(store, case.id)
    assert what_counts(after) == what_counts(case)
    assert after.trail[-1].event == Event.DENIED


def test_a_denied_attempt_is_written_once_however_often_it_is_repeated(store: Store) -> None:
    case = in_sign_off(store)
    for _ in range(3):
        with pytest.raises(NotAllowed):
            sign(store, case, Role.WALLET, "olga")
    assert len(desk.load_case(store, case.id).trail) == len(case.trail) + 1


def test_who_spoke_for_the_claimant_later_does_not_sign_either(store: Store) -> None:
    desk.open_claim(store, make_not_found(), actor="olga", at=AT)
    (case,) = desk.open_claim(store, make_check(), actor="bert", return_to=RETURN_TO, at=AT)
    case = desk.accept(store, case.id, actor="alice", at=AT)
    with pytest.raises(NotAllowed, match="bert"):
        sign(store, case, Role.WALLET, "bert")


def test_a_reviewer_confirms_what_is_asked_first_and_the_case_goes_on(store: Store) -> None:
    asked = make_check(
        make_verdict(conditions=(unmet("sender_proof"), unmet("key_available"))),
    )
    case = open_one(store, asked)
    assert case.state is State.NEEDS_INPUT
    with pytest.raises(NotAllowed, match="olga"):
        desk.confirm(store, case.id, condition="sender_proof", reason="seen", actor="olga", at=AT)
    with pytest.raises(BadInput, match="sender_prof"):
        desk.confirm(store, case.id, condition="sender_prof", reason="seen", actor="rita", at=AT)
    confirmed = desk.confirm(
        store, case.id, condition="sender_proof", reason="seen", actor="rita", at=AT
    )
    assert confirmed.state is State.CHECKING
    (quoted,) = desk.apply_check(store, case.id, asked, at=AT)
    assert quoted.state is State.QUOTED
    assert quoted.confirmations == confirmed.confirmations


def test_nobody_signs_while_a_condition_is_open(store: Store) -> None:
    asked = make_check(make_verdict(R.CONDITIONAL, conditions=(unmet("key_available"),)))
    case = open_one(store, asked)
    assert case.state is State.QUOTED
    case = desk.accept(store, case.id, actor="olga", return_to=RETURN_TO, at=AT)
    with pytest.raises(NotAllowed, match="key_available"):
        sign(store, case, Role.WALLET, "walt", asked)
    after = desk.load_case(store, case.id)
    assert (after.state, after.signatures, after.digest) == (case.state, (), case.digest)
    with pytest.raises(NotAllowed, match="olga"):
        desk.confirm(store, case.id, condition="key_available", reason="?", actor="olga", at=AT)
    confirmed = desk.confirm(
        store, case.id, condition="key_available", reason="asked custody", actor="rita", at=AT
    )
    assert (confirmed.state, confirmed.digest) == (State.IN_SIGN_OFF, case.digest)
    assert sign(store, case, Role.WALLET, "walt", asked).signatures


def test_a_condition_that_the_facts_come_to_show_needs_no_word(store: Store) -> None:
    open_ = make_verdict(R.CONDITIONAL, conditions=(unmet("key_available"),))
    case = open_one(store, make_check(open_))
    case = desk.accept(store, case.id, actor="olga", return_to=RETURN_TO, at=AT)
    met = replace(open_, conditions=(replace(unmet("key_available"), met=True),))
    assert sign(store, case, Role.WALLET, "walt", make_check(met)).signatures
    with pytest.raises(NotAllowed, match="key_available"):
        sign(store, case, Role.CLEARING, "cleo", make_check(open_))


def test_a_quoted_case_takes_a_confirmation_and_stays_quoted(store: Store) -> None:
    asked = make_check(make_verdict(R.CONDITIONAL, conditions=(unmet("key_available"),)))
    case = open_one(store, asked)
    confirmed = desk.confirm(
        store, case.id, condition="key_available", reason="asked custody", actor="rita", at=AT
    )
    assert (confirmed.state, confirmed.quote) == (State.QUOTED, case.quote)


def test_a_confirmation_does_not_outlive_the_facts_it_was_given_for(store: Store) -> None:
    asked = make_verdict(conditions=(unmet("sender_proof"),))
    case = open_one(store, make_check(asked))
    desk.confirm(store, case.id, condition="sender_proof", reason="seen", actor="rita", at=AT)
    other = make_evidence(transfers=(make_transfer(amount=99),))
    (after,) = desk.apply_check(store, case.id, make_check(asked, evidence=other), at=AT)
    assert (after.state, after.confirmations) == (State.NEEDS_INPUT, ())


def test_a_transfer_that_vanished_from_its_transaction_is_looked_at_by_a_person(
    store: Store,
) -> None:
    case = open_one(store, make_check(make_verdict(R.CONDITIONAL)))
    desk.reopen(store, case.id, reason="again", actor="rita", at=AT)
    other = make_evidence(transfers=(make_transfer(position="log:1", amount=1),))
    (after,) = desk.apply_check(store, case.id, make_check(evidence=other), at=AT)
    assert after.state is State.NEEDS_REVIEW
    assert audit(store).problems == ()


def test_queues_list_what_stands_in_them(store: Store, bring_to: BringTo) -> None:
    cases = {state: bring_to(state) for state in SEEN}
    for state, case in cases.items():
        assert [c.id for c in desk.list_cases(store, state=state)] == [case.id]
    for queue in Queue:
        listed = {c.id for c in desk.list_cases(store, queue=queue)}
        assert listed == {c.id for c in cases.values() if queue in c.queues}, queue
    one_signed = sign(
        store,
        cases[State.IN_SIGN_OFF],
        Role.WALLET,
        "walt",
        make_check(evidence=make_evidence(tx_hash=cases[State.IN_SIGN_OFF].tx_hash)),
    )
    assert desk.list_cases(store, queue=Queue.WALLET) == ()
    assert desk.list_cases(store, queue=Queue.CLEARING) == (one_signed,)


def test_a_years_cases_are_counted_where_something_was_done_for_the_customer(
    store: Store, bring_to: BringTo
) -> None:
    ids = [bring_to(state).id for state in SEEN]
    counts, _ = desk.count_cases_this_year(store, ["alice", "bob"], now=AT)
    assert counts == {"alice": 4}
    next_year = AT.replace(year=2027)
    assert desk.count_cases_this_year(store, ["alice"], now=next_year, among=ids) == ({}, {})


def test_which_of_some_cases_were_counted_is_told_by_their_ids(
    store: Store, bring_to: BringTo
) -> None:
    cases = {state: bring_to(state).id for state in SEEN}
    some = [cases[State.WAITING], cases[State.APPROVED], "unheard-of"]
    _, counted = desk.count_cases_this_year(store, ["alice"], now=AT, among=some)
    assert counted == {cases[State.APPROVED]: "alice"}
    _, every = desk.count_cases_this_year(store, ["alice"], now=AT, among=cases.values())
    assert len(every) == 4


def test_the_raw_answers_come_back_digit_for_digit(store: Store) -> None:
    check = make_check()
    open_one(store, check)
    assert check.found is not None
    (kept,) = desk.load_raw(store, ETH, HASH)
    assert kept.answers == dict(check.found.raw.answers)
    assert str(kept.answers["tx"]["value"]) == "0.10"
    assert (kept.source, kept.at) == ("http://node", AT)


def test_an_unknown_case_is_bad_input(store: Store) -> None:
    with pytest.raises(BadInput, match="nosuch"):
        desk.load_case(store, "nosuch")
    with pytest.raises(BadInput, match="nosuch"):
        desk.withdraw(store, "nosuch", actor="olga")


@pytest.mark.parametrize("name", ["", "  ", "desk", "DESK", "wa\u200blt", "x" * 129])
def test_a_name_that_is_nobodys_or_hides_a_character_is_refused(name: str, store: Store) -> None:
    with pytest.raises(BadInput):
        desk.open_claim(store, make_check(), actor=name)


def test_many_checks_are_stored_as_one_is(store: Store) -> None:
    checks = [
        make_check(evidence=make_evidence(tx_hash="0x" + f"{n:064x}"), user=f"user{n}")
        for n in range(250)
    ]
    checks = [
        replace(c, claim=Claim(c.search.tx_hash, user=f"user{n}")) for n, c in enumerate(checks)
    ]
    stored = desk.store_checks(store, [*checks, checks[0]], actor="scanner", at=AT)
    assert len({cases[0].id for cases in stored}) == 250
    assert stored[-1][0].id == stored[0][0].id
    again = desk.store_checks(store, checks, actor="scanner", at=AT)
    assert [c[0].id for c in again] == [c[0].id for c in stored[:250]]
    assert desk.load_case(store, stored[120][0].id) == stored[120][0]
    assert audit(store).cases == 250
    assert audit(store).problems == ()
