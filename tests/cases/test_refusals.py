"""Every refusal of the cases' rooms by its reference, which the contract names, and where it points to.

Pure parts are asked directly; what needs a store is asked on both databases.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa
from cases.factories import (
    AT,
    OURS,
    RETURN_CANONICAL,
    RETURN_TO,
    make_check,
    make_evidence,
    make_not_found,
    make_transfer,
    make_verdict,
    unmet,
)

from recovery.cases import authority, consent, desk, destinations, signing
from recovery.cases.authority import NOBODY_LISTED, Staff, StaffMember
from recovery.cases.consenting import show_consent
from recovery.cases.people import parse_actor, person_of, same_person
from recovery.cases.plan import Opening, plan_case
from recovery.cases.reasons import MAX_REASON, parse_reason
from recovery.cases.reviewing import confirm_condition
from recovery.cases.signing import FourEyes, allow_signature, find_change, require_conditions
from recovery.cases.table import Event, Role, State
from recovery.cases.values import Case
from recovery.checks import Check
from recovery.classify.verdict import Cause, Recoverability
from recovery.clock import now
from recovery.errors import BadInput, Inconsistent, NotAllowed, RecoveryError, Unreachable
from recovery.networks import load_registry
from recovery.records.importer import import_csv
from recovery.store import Store

R = Recoverability
BringTo = Callable[[State], Case]
ETH, XRP = load_registry()["ETH"], load_registry()["XRP"]
X_ADDRESS = "XV5sbjUmgPpvXv4ixFWZ5ptAYZ6PD2m4Er6SnvjVLpMWPjR"
CLASSIC = "rPEPPER7kfTD9w2To4CQk6UCfuHM9c6GDY"


def refused(act: Callable[[], object], kind: type[RecoveryError] = NotAllowed) -> RecoveryError:
    with pytest.raises(kind) as raised:
        act()
    assert type(raised.value) is kind or issubclass(type(raised.value), kind)
    assert raised.value.hint or kind is BadInput
    return raised.value


def opened(check: Check | None = None, *, actor: str = "olga") -> Case:
    return plan_case(check or make_check(), 0, Opening(actor, AT), case_id="c" * 20)


def in_sign_off(check: Check | None = None) -> Case:
    case = opened(check)
    return replace(case, state=State.IN_SIGN_OFF)


# -- names and sentences -------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["", " ", "a\u200bb", "a\x00b", "x" * 129, "desk", " DeSK "])
def test_a_name_that_is_none(name: str) -> None:
    wrong = refused(lambda: parse_actor(name, where="--who"), BadInput)
    assert (wrong.reference, wrong.where) == ("bad-actor", "--who")
    assert refused(lambda: parse_actor(name), BadInput).where == "--actor"


def test_a_name_is_kept_as_typed_and_compared_without_its_dress() -> None:
    assert parse_actor("  Ada   Lovelace ") == "Ada Lovelace"
    assert parse_actor("x" * 128) == "x" * 128
    assert person_of(" ＡＤＡ  lovelace") == "ada lovelace"
    assert same_person("ada", "ADA")
    assert not same_person("ada", "eva")
    assert not same_person(None, None)
    assert not same_person("ada", None)


@pytest.mark.parametrize("text", ["", "  ", "x" * (MAX_REASON + 1), "a\x00b"])
def test_a_sentence_that_cannot_be_kept(text: str) -> None:
    wrong = refused(lambda: parse_reason(text), BadInput)
    assert (wrong.reference, wrong.where, wrong.hint) == (
        "bad-reason",
        "--reason",
        "1 to 2000 characters",
    )
    assert ("empty" in wrong.text) is (not text.strip())
    assert parse_reason(f" {'x' * MAX_REASON} ") == "x" * MAX_REASON


# -- where a return goes -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "address", "memo", "reference", "where"),
    [
        (ETH, "0x12", None, "bad-address", "--return-to"),
        (ETH, RETURN_TO, "7", "bad-memo", "--return-memo"),
        (XRP, CLASSIC, " ", "bad-memo", "--return-memo"),
        (XRP, CLASSIC, "7" * 257, "bad-memo", "--return-memo"),
    ],
)
def test_a_return_that_cannot_be_right(
    row: object, address: str, memo: str | None, reference: str, where: str
) -> None:
    wrong = refused(lambda: destinations.parse_return(row, address, memo), BadInput)  # type: ignore[arg-type]  # a row
    assert (wrong.reference, wrong.where) == (reference, where)


def test_what_is_wrong_with_a_return_memo_is_said_with_what_would_be_right() -> None:
    none = refused(lambda: destinations.parse_return(ETH, RETURN_TO, "7"), BadInput)
    assert (none.text, none.hint) == ("Ethereum has no memo", "leave --return-memo out")
    long = refused(lambda: destinations.parse_return(XRP, CLASSIC, "7" * 257), BadInput)
    assert (long.text, long.hint) == (f"{'7' * 40!r} is not a memo", "1 to 256 characters")


def test_a_return_memo_is_trimmed_and_kept() -> None:
    assert destinations.parse_return(XRP, CLASSIC, " 7 ") == (CLASSIC, "7")
    assert destinations.parse_return(XRP, CLASSIC, "7" * 256)[1] == "7" * 256
    assert destinations.parse_return(ETH, RETURN_TO, None) == (RETURN_CANONICAL, None)


def test_an_address_that_carries_its_memo_takes_no_other() -> None:
    for memo in (None, "0", " 0 "):
        assert destinations.parse_return(XRP, X_ADDRESS, memo) == (CLASSIC, "0")
    wrong = refused(lambda: destinations.parse_return(XRP, X_ADDRESS, "7"), BadInput)
    assert (wrong.reference, wrong.where) == ("memo-contradicts-address", "--return-memo")


def test_a_wish_before_the_network_is_known_is_kept_as_typed() -> None:
    nowhere = make_not_found()
    row_of = destinations.registry_row
    assert destinations.parse_wish(nowhere, " a  b ", "7", row_of=row_of) == ("a b", "7")
    assert destinations.parse_wish(nowhere, None, None, row_of=row_of) == (None, None)
    long = destinations.parse_wish(nowhere, "x" * 300, None, row_of=row_of)[0]
    assert long == "x" * 256
    alone = refused(lambda: destinations.parse_wish(nowhere, None, "7", row_of=row_of), BadInput)
    assert (alone.reference, alone.where) == ("memo-alone", "--return-memo")
    named = replace(nowhere, claim=replace(nowhere.claim, network=ETH.code))
    wrong = refused(lambda: destinations.parse_wish(named, "x", None, row_of=row_of), BadInput)
    assert wrong.reference == "bad-address"


@pytest.mark.parametrize(
    ("wish", "to", "memo", "reference", "where"),
    [
        (None, None, None, "return-address-missing", "--return-to"),
        (RETURN_TO, None, "7", "memo-alone", "--return-memo"),
        (None, OURS, None, "return-to-deposit-address", "--return-to"),
    ],
)
def test_a_destination_that_is_not_certain(
    wish: str | None, to: str | None, memo: str | None, reference: str, where: str
) -> None:
    case = replace(opened(), return_to=wish)
    wrong = refused(
        lambda: destinations.settle_destination(
            case, return_to=to, return_memo=memo, row_of=destinations.registry_row
        ),
        BadInput,
    )
    assert (wrong.reference, wrong.where) == (reference, where)


def test_a_credit_goes_nowhere_else() -> None:
    case = opened(make_check(make_verdict(R.CREDIT)))
    settle = destinations.settle_destination
    row_of = destinations.registry_row
    assert settle(case, return_to=None, return_memo=None, row_of=row_of) == case.destination
    for to, memo in ((RETURN_TO, None), (None, "7")):
        wrong = refused(
            lambda to=to, memo=memo: settle(case, return_to=to, return_memo=memo, row_of=row_of),  # type: ignore[misc]  # bound now
            BadInput,
        )
        assert (wrong.reference, wrong.where) == ("no-return", "--return-to")


def test_a_new_address_does_not_take_the_old_ones_memo() -> None:
    case = replace(opened(), return_to=RETURN_TO, return_memo="7")
    settled = destinations.settle_destination(
        case, return_to=RETURN_TO, return_memo=None, row_of=destinations.registry_row
    )
    assert (settled.kind, settled.address, settled.memo) == ("return", RETURN_CANONICAL, None)


# -- signing -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "actor", "reference"),
    [
        (Role.REVIEWER, "walt", "role-not-allowed"),
        (Role.WALLET, "olga", "own-case"),
        (Role.WALLET, "ALICE", "own-case"),
    ],
)
def test_who_does_not_sign(role: Role, actor: str, reference: str) -> None:
    case = in_sign_off()
    assert refused(lambda: allow_signature(case, role=role, actor=actor)).reference == reference


def test_a_signature_is_needed_once_by_each_role_and_person() -> None:
    check = make_check(make_verdict(R.CREDIT))
    one = plan_case(check, 0, Opening("olga", AT), case_id="c" * 20, needs_wallet=lambda *_: False)
    wrong = refused(lambda: allow_signature(one, role=Role.WALLET, actor="walt"))
    assert (wrong.reference, wrong.hint) == ("signature-not-needed", "it is signed by clearing")
    both = opened(check)
    signed = signing.sign(both, role=Role.WALLET, actor="walt", at=AT)
    again = refused(lambda: allow_signature(signed, role=Role.WALLET, actor="wanda"))
    assert again.reference == "already-signed"
    same = refused(lambda: allow_signature(signed, role=Role.CLEARING, actor="WALT"))
    assert same.reference == "same-person"
    assert not signing.is_complete(signed)
    whole = signing.sign(signed, role=Role.CLEARING, actor="clara", at=AT)
    assert (whole.state, signing.is_complete(whole)) == (State.APPROVED, True)
    for broken in (
        replace(whole, signers=()),
        replace(whole, digest="sha256:other"),
        replace(whole, opener="walt"),
        replace(
            whole, signatures=(whole.signatures[0], replace(whole.signatures[1], actor="walt"))
        ),
        replace(whole, signatures=whole.signatures[:1]),
    ):
        assert not signing.is_complete(broken)


def test_a_stricter_desk_asks_for_a_third_person() -> None:
    check = make_check(make_verdict(R.CREDIT, conditions=(unmet("key_available"),)))
    case = confirm_condition(
        opened(check), condition="key_available", reason="seen", actor="rita",
        role=Role.REVIEWER, at=AT,
    )  # fmt: skip
    strict = FourEyes(confirmer_may_sign=False, acceptor_may_sign=False)
    wrong = refused(lambda: allow_signature(case, role=Role.WALLET, actor="Rita", four_eyes=strict))
    assert wrong.reference == "confirmed-it"
    allow_signature(case, role=Role.WALLET, actor="rita")
    allow_signature(case, role=Role.WALLET, actor="walt", four_eyes=strict)
    accepted = replace(
        case, trail=(*case.trail, replace(case.trail[-1], event=Event.ACCEPTED, actor="bert"))
    )
    wrong = refused(
        lambda: allow_signature(accepted, role=Role.WALLET, actor="bert", four_eyes=strict)
    )
    assert wrong.reference == "accepted-it"
    allow_signature(accepted, role=Role.WALLET, actor="bert")


def test_a_condition_that_is_open_keeps_the_case_unsigned() -> None:
    check = make_check(
        make_verdict(R.CREDIT, conditions=(unmet("a"), unmet("b"), replace(unmet("c"), met=True)))
    )
    case = opened(check)
    wrong = refused(lambda: require_conditions(case, check))
    assert wrong.reference == "conditions-unmet"
    assert wrong.text.endswith("conditions are met: a, b")
    assert f"confirm {case.id} --condition" in wrong.hint
    half = confirm_condition(
        case, condition="a", reason="seen", actor="rita", role=Role.REVIEWER, at=AT
    )
    assert refused(lambda: require_conditions(half, check)).text.endswith("are met: b")
    assert signing.unmet_conditions(half) == ["b"]
    unknown = refused(
        lambda: confirm_condition(
            half, condition="a", reason="?", actor="rita", role=Role.REVIEWER, at=AT
        ),
        BadInput,
    )
    assert (unknown.reference, unknown.where, unknown.hint) == (
        "unknown-condition",
        "--condition",
        "open: b",
    )
    require_conditions(half, make_not_found())


CHANGES: dict[str, tuple[Check, str]] = {
    "not found": (make_not_found(), "the transaction is not found any more"),
    "moved": (
        make_check(evidence=make_evidence(transfers=(make_transfer(position="log:9", amount=3),))),
        "the transfer is not there any more",
    ),
    "whole": (
        make_check(make_verdict(R.WAIT, transfer=None, cause=Cause.PENDING_IN_MEMPOOL)),
        "the answer is now pending_in_mempool",
    ),
    "refused": (
        make_check(make_verdict(R.UNRECOVERABLE, cause=Cause.UNLISTED_TOKEN)),
        "the answer is now unrecoverable",
    ),
    "not final": (make_check(evidence=make_evidence(final=False)), "changed: final"),
    "cause": (make_check(make_verdict(cause=Cause.NFT)), "changed: cause"),
}


@pytest.mark.parametrize("what", CHANGES)
def test_what_changed_is_said_in_a_sentence(what: str) -> None:
    check, sentence = CHANGES[what]
    assert find_change(opened(), check) == sentence
    assert find_change(opened(), make_check()) is None


def test_a_case_that_is_not_its_digest_is_not_compared() -> None:
    for broken in (replace(opened(), digest="sha256:0"), replace(opened(), subject=None)):
        wrong = refused(lambda b=broken: find_change(b, make_check()), Inconsistent)  # type: ignore[misc]  # bound now
        assert wrong.reference == "digest-broken"


def test_a_credit_whose_owner_changed_is_said() -> None:
    check = make_check(make_verdict(R.CREDIT))
    other = make_check(make_verdict(R.CREDIT, user="bob"))
    assert find_change(opened(check), check) is None
    assert find_change(opened(check), other) == "the records name another owner"


# -- staff ---------------------------------------------------------------------------------------


def member(person: str, role: Role, limit: str | None = None, **period: datetime) -> StaffMember:
    start = period.get("valid_from", AT - timedelta(days=1))
    worth = None if limit is None else Decimal(limit)
    return StaffMember(person, role, worth, start, period.get("valid_to"))


STAFF = Staff(
    (
        member("rita", Role.REVIEWER, "100"),
        member("rita", Role.SECURITY),
        member("old", Role.REVIEWER, valid_to=AT),
        member("new", Role.REVIEWER, valid_from=AT + timedelta(seconds=1)),
        member("today", Role.REVIEWER, valid_from=AT, valid_to=AT + timedelta(seconds=1)),
    )
)


@pytest.mark.parametrize(
    ("actor", "event", "asked", "reference"),
    [
        ("nobody", Event.CONFIRMED, None, "unknown-person"),
        ("old", Event.CONFIRMED, None, "not-valid-now"),
        ("new", Event.CONFIRMED, None, "not-valid-now"),
        ("rita", Event.SIGNED, None, "not-in-role"),
        ("rita", Event.SIGNED, Role.WALLET, "not-in-role"),
        ("rita", Event.SIGNED, Role.REVIEWER, "role-not-allowed"),
    ],
)
def test_who_may_not(actor: str, event: Event, asked: Role | None, reference: str) -> None:
    case = opened()

    def choose() -> Role:
        return authority.choose_role(STAFF, case, event, actor=actor, asked=asked, at=AT)

    assert refused(choose).reference == reference


def test_who_may_and_in_which_role() -> None:
    def choose(actor: str, event: Event, asked: Role | None = None, staff: Staff = STAFF) -> Role:
        return authority.choose_role(staff, opened(), event, actor=actor, asked=asked, at=AT)

    assert choose("Rita", Event.CONFIRMED) is Role.REVIEWER
    assert choose("rita", Event.CONFIRMED, Role.SECURITY) is Role.SECURITY
    assert choose("today", Event.CONFIRMED) is Role.REVIEWER
    assert choose("alice", Event.ACCEPTED) is Role.OPENER
    assert choose("anybody", Event.SIGNED, staff=NOBODY_LISTED) is Role.WALLET
    wrong = refused(lambda: choose("mallory", Event.ACCEPTED))
    assert wrong.reference == "unknown-person"
    authority.allow_opener(STAFF, actor="alice", user="alice", at=AT)
    authority.allow_opener(NOBODY_LISTED, actor="x", user="alice", at=AT)
    opener = refused(lambda: authority.allow_opener(STAFF, actor="rita", user="alice", at=AT))
    assert opener.reference == "not-in-role"
    authority.require_role(STAFF, Role.SECURITY, actor="rita", at=AT)
    authority.require_role(NOBODY_LISTED, Role.WALLET, actor="x", at=AT)
    wallet = refused(lambda: authority.require_role(STAFF, Role.WALLET, actor="rita", at=AT))
    assert "rita is reviewer, security, not wallet" in wallet.text


@pytest.mark.parametrize(
    ("event", "role", "value", "allowed"),
    [
        (Event.CONFIRMED, Role.REVIEWER, "100", True),
        (Event.CONFIRMED, Role.REVIEWER, "100.01", False),
        (Event.CONFIRMED, Role.REVIEWER, None, False),
        (Event.CONFIRMED, Role.SECURITY, None, True),
        (Event.CONFIRMED, Role.SECURITY, "1e9", True),
        (Event.REFUSED, Role.REVIEWER, None, True),
    ],
)
def test_a_limit_binds_what_it_is_for(
    event: Event, role: Role, value: str | None, allowed: bool
) -> None:
    def ask(staff: Staff) -> None:
        worth = None if value is None else Decimal(value)
        authority.allow_value(staff, event, role, actor="rita", at=AT, value=worth)

    ask(NOBODY_LISTED)
    if allowed:
        ask(STAFF)
        return
    wrong = refused(lambda: ask(STAFF))
    assert wrong.reference == "above-limit"
    assert ("import a price" in wrong.hint) is (value is None)


# -- consents ------------------------------------------------------------------------------------


def held() -> tuple[Case, Check]:
    verdict = make_verdict(R.HOLD, cause=Cause.CLAIMANT_MISMATCH, user="harald", holder="harald")
    check = make_check(verdict, user="carla")
    return opened(check), check


def ask(case: Case, check: Check, actor: str = "sonja") -> Case:
    return consent.ask_consent(
        case, check, request="r1", deadline=AT + timedelta(days=1), actor=actor, at=AT
    )


def test_whom_nobody_can_ask() -> None:
    case, check = held()
    plain = make_check(make_verdict(R.HOLD), user="carla")
    assert refused(lambda: ask(case, plain)).reference == "nobody-to-ask"
    assert refused(lambda: ask(case, make_not_found())).reference == "nobody-to-ask"
    freed = make_check(make_verdict(holder="harald"), user="carla")
    assert refused(lambda: ask(case, freed)).reference == "nobody-to-ask"
    assert refused(lambda: ask(case, check, actor="Harald")).reference == "own-case"
    assert refused(lambda: ask(replace(case, user=None), check)).reference == "claimant-unknown"
    moved = make_check(
        *(j.verdict for j in check.judged),
        evidence=make_evidence(transfers=(make_transfer(position="log:2"),)),
        user="carla",
    )
    assert refused(lambda: ask(case, moved)).reference == "transfer-moved"
    waiting = opened()
    assert refused(lambda: ask(waiting, check)).reference == "transition-not-allowed"
    asked = ask(case, check)
    assert refused(lambda: ask(asked, check)).reference == "consent-asked"


def test_an_answer_needs_a_question_that_still_runs() -> None:
    case, check = held()

    def answer(of: Case, given: bool) -> Case:
        return consent.answer_consent(of, given=given, reference="mail", actor="sonja", at=AT)

    assert refused(lambda: answer(case, given=True)).reference == "consent-not-asked"
    asked = ask(case, check)
    assert not consent.has_lapsed(asked, AT + timedelta(days=1, microseconds=-1))
    assert consent.has_lapsed(asked, AT + timedelta(days=1))
    assert not consent.has_lapsed(case, AT + timedelta(days=9))
    yes, no = answer(asked, given=True), answer(asked, given=False)
    assert (yes.state, no.state) == (State.CHECKING, State.REFUSED)
    assert yes.consent is not None
    assert no.consent is not None
    assert (yes.consent.status.value, no.consent.status.value) == ("given", "refused")
    assert not consent.has_lapsed(yes, AT + timedelta(days=9))
    lapsed = consent.lapse_consent(asked, at=AT + timedelta(days=1))
    assert lapsed.consent is not None
    assert (lapsed.state, lapsed.consent.status.value) == (State.REFUSED, "lapsed")
    assert lapsed.trail[-1].actor == "desk"


# -- the store -----------------------------------------------------------------------------------


def test_refusals_of_the_desk_by_their_reference(store: Store, bring_to: BringTo) -> None:
    case = bring_to(State.SETTLED)
    wrong = refused(lambda: desk.settle(store, case.id, reference="0xother", actor="clara", at=AT))
    assert wrong.reference == "settled-otherwise"
    nobody = refused(lambda: desk.load_case(store, "nosuch"), BadInput)
    assert (nobody.reference, nobody.hint) == ("unknown-case", "see `recovery cases`")
    waiting = bring_to(State.IN_SIGN_OFF)
    for silent in (replace(make_check(), judged=()),):
        unreached = refused(
            lambda s=silent: desk.sign(  # type: ignore[misc]  # bound now
                store, waiting.id, role=Role.WALLET, actor="walt", recheck=lambda _: s, at=AT
            ),
            Unreachable,
        )
        assert unreached.reference == "nobody-could-be-asked"
    expired = bring_to(State.QUOTED)
    late = refused(
        lambda: desk.accept(
            store, expired.id, actor="olga", return_to=RETURN_TO, at=AT + timedelta(days=1)
        )
    )
    assert late.reference == "quote-expired"
    assert "2026-11-21T12:00:00Z" in late.text


def test_refusals_of_a_consent_by_their_reference(store: Store) -> None:
    _, check = held()
    (case,) = desk.open_claim(store, check, actor="olga", at=AT)

    def ask_for(days: int, found: Check = check) -> Case:
        return desk.ask_consent(
            store, case.id, recheck=lambda _: found, days=days, actor="sonja", at=AT
        )

    for days in (0, 366):
        wrong = refused(lambda d=days: ask_for(d), BadInput)  # type: ignore[misc]  # bound now
        assert (wrong.reference, wrong.where) == ("bad-deadline", "--deadline")
    assert refused(lambda: ask_for(1, make_not_found()), Unreachable).reference == (
        "nobody-could-be-asked"
    )
    nothing = refused(lambda: show_consent(store, case.id, actor="sonja", at=AT))
    assert nothing.reference == "consent-not-asked"
    asked = ask_for(365)
    assert asked.consent is not None
    assert asked.consent.deadline == AT + timedelta(days=365)
    assert asked.consent.request[:1] == "r"
    assert len(asked.consent.request) == 21
    assert show_consent(store, case.id, actor="sonja", at=AT) == asked
    late = AT + timedelta(days=365)
    wrong = refused(
        lambda: desk.answer_consent(
            store, case.id, given=True, reference="mail", actor="sonja", at=late
        )
    )
    assert wrong.reference == "consent-lapsed"
    assert desk.load_case(store, case.id).state is State.REFUSED
    assert desk.lapse_consents(store, at=late) == ()


def test_a_limit_binds_who_records_a_consent_and_not_who_records_a_no(
    store: Store, tmp_path: Path
) -> None:
    _, check = held()
    (case,) = desk.open_claim(store, check, actor="olga", at=AT)
    staff = tmp_path / "staff.csv"
    staff.write_text("actor,role,limit,valid_to\nsonja,security,5,\n", "utf-8")
    import_csv(store, "staff", staff, actor="boss")
    later = now()
    desk.ask_consent(store, case.id, recheck=lambda _: check, days=9, actor="sonja", at=later)

    def answer(given: bool) -> Case:
        return desk.answer_consent(
            store, case.id, given=given, reference="mail", actor="sonja", at=later
        )

    assert refused(lambda: answer(given=True)).reference == "above-limit"
    assert answer(given=False).state is State.REFUSED


def test_damage_is_said_by_its_reference(store: Store, bring_to: BringTo) -> None:
    case = bring_to(State.WAITING)
    with store.begin() as session:
        session.connection().execute(sa.text("UPDATE cases SET head = 'sha256:0'"))
        session.connection().execute(sa.text("UPDATE raw_answers SET sha256 = 'sha256:0'"))
    wrong = refused(lambda: desk.load_case(store, case.id), Inconsistent)
    assert (wrong.reference, wrong.hint) == ("case-damaged", "run `recovery audit`")
    assert case.network is not None
    network = case.network
    with pytest.raises(Inconsistent) as raised:
        desk.load_raw(store, network, case.tx_hash)
    assert raised.value.reference == "raw-damaged"
